/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/api.c - the resources of the control socket.
 */
#include "server/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/version.h"
#include "iscsi/name.h"
#include "server/change.h"
#include "server/convert.h"
#include "server/create.h"
#include "server/diff.h"
#include "server/events.h"
#include "server/faults.h"
#include "server/job.h"
#include "server/listing.h"
#include "server/recording.h"
#include "server/remove.h"
#include "server/server.h"
#include "server/snapshot.h"
#include "server/survey.h"
#include "server/why.h"

/* ---- listings ---- */

static void
api_tell_status(const struct survey *survey, void *ctx)
{
	struct http_call *call = ctx;

	http_reply(call, 200, listing_status(call->server, survey));
}

static void
api_tell_sessions(const struct survey *survey, void *ctx)
{
	http_reply(ctx, 200, listing_sessions(survey));
}

static void
api_tell_targets(const struct survey *survey, void *ctx)
{
	struct http_call *call = ctx;

	http_reply(call, 200, listing_targets(call->server, survey));
}

static void
api_survey(struct http_call *call,
    void (*tell)(const struct survey *survey, void *ctx))
{
	if (!survey_begin(call->server, tell, call))
		http_fail(call, 503, "no memory");
}

static void
api_status(struct http_call *call)
{
	api_survey(call, api_tell_status);
}

static void
api_sessions(struct http_call *call)
{
	api_survey(call, api_tell_sessions);
}

static void
api_targets(struct http_call *call)
{
	api_survey(call, api_tell_targets);
}

static void
api_luns(struct http_call *call)
{
	http_reply(call, 200, listing_luns(call->server));
}

static void
api_initiators(struct http_call *call)
{
	http_reply(call, 200, listing_initiators(call->server));
}

static void
api_events(struct http_call *call)
{
	const char *follow = http_query(call, "follow");

	events_answer(call, follow != NULL && strcmp(follow, "true") == 0);
}

static void
api_describe(struct http_call *call)
{
	http_reply(call, 200, http_describe(api_routes, TISANE_VERSION));
}

/* ---- sessions ---- */

static void
api_dropped(unsigned count, void *ctx)
{
	struct http_call *call = ctx;

	if (count == 0)
		http_fail(call, 404, "no session has TSIH %s", call->argument);
	else
		http_reply(
		    call, 200, json_pack("{s:i}", "connections", (int)count));
}

static void
api_drop_session(struct http_call *call)
{
	char *end = NULL;
	unsigned long tsih = strtoul(call->argument, &end, 10);

	if (*end != '\0' || tsih == 0 || tsih > UINT16_MAX)
		http_fail(call, 400, "a TSIH is a number from 1 to 65535");
	else if (!survey_drop_session(
		     call->server, (uint16_t)tsih, api_dropped, call))
		http_fail(call, 503, "no memory");
	else
		log_notice("session is dropped by the admin tsih=%lu", tsih);
}

/* ---- why ---- */

static void
api_why(struct http_call *call)
{
	struct why_question q = {
		.address = http_query(call, "address"),
		.user = http_query(call, "user"),
		.target = http_query(call, "target"),
	};
	char name[ISCSI_NAME_MAX + 1];
	struct in6_addr ip;

	if (!iscsi_name_normalize(name, http_query(call, "initiator")))
		http_fail(call, 400, "initiator is not an iSCSI name");
	else if (q.address != NULL && !address_parse(q.address, &ip))
		http_fail(call, 400, "address is not an IP address");
	else {
		q.initiator = name;
		http_reply(call, 200, why_answer(call->server, &q));
	}
}

/* ---- the configuration ---- */

static json_t *
api_messages(const struct findings *f)
{
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < f->count; i++)
		json_array_append_new(list, json_string(f->lines[i]));
	return list;
}

struct api_reload {
	struct reload_waiter waiter;
	struct http_call *call;
};

static void
api_reloaded(struct reload_waiter *w, bool applied)
{
	struct api_reload *r = container_of(w, struct api_reload, waiter);
	struct server *s = r->call->server;

	if (applied)
		http_reply(r->call, 200,
		    json_pack("{s:b, s:o, s:i, s:i}", "applied", 1, "messages",
			api_messages(&s->findings), "luns", (int)s->unit_count,
			"targets", (int)s->service->target_count));
	else
		http_reply(r->call, 422,
		    json_pack("{s:s, s:b, s:o}", "error",
			"the old configuration stays in force", "applied", 0,
			"messages", api_messages(&s->findings)));
	free(r);
}

static void
api_reload(struct http_call *call)
{
	struct api_reload *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	r->call = call;
	r->waiter.done = api_reloaded;
	server_reload_for(call->server, &r->waiter);
}

/* A file is read by the control thread, and looked at here. */
struct api_check {
	struct job job;
	struct http_call *call;
	bool diff;
	struct findings findings;
	struct config *config; /* NULL: it has errors */
};

static json_t *
api_check_answer(const struct api_check *c)
{
	const struct server *s = c->call->server;
	json_t *o = json_pack("{s:s, s:b, s:o}", "file", s->source.name,
	    "valid", c->config != NULL, "messages", api_messages(&c->findings));

	if (c->diff && c->config != NULL)
		json_object_set_new(
		    o, "changes", diff_configs(s->config, c->config));
	if (c->config == NULL)
		json_object_set_new(
		    o, "error", json_string("the configuration is invalid"));
	return o;
}

static void
api_checked(struct job *job)
{
	struct api_check *c = container_of(job, struct api_check, job);
	bool valid = c->config != NULL;

	http_reply(c->call, valid ? 200 : 422, api_check_answer(c));
	config_free(c->config);
	findings_clear(&c->findings);
	free(c);
}

/* Control thread. */
static void
api_check_here(struct job *job)
{
	struct api_check *c = container_of(job, struct api_check, job);
	struct server *s = c->call->server;
	struct config_report report = { 0 };

	c->config = config_source_load(&s->source, &report);
	findings_add_report(&c->findings, &report);
	config_report_free(&report);
	c->job.fn = api_checked;
	s->loop.home.post(&s->loop.home, &c->job);
}

static void
api_check_begin(struct http_call *call, bool diff)
{
	struct api_check *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	c->call = call;
	c->diff = diff;
	c->job.fn = api_check_here;
	if (crew_post(&call->server->control, &c->job))
		return;
	free(c);
	http_fail(call, 503, "no thread");
}

static void
api_check(struct http_call *call)
{
	api_check_begin(call, false);
}

static void
api_diff(struct http_call *call)
{
	api_check_begin(call, true);
}

/* ---- the table ---- */

/* clang-format off */
static const struct http_field why_fields[] = {
	{ "initiator", "string", "name of the initiator", true, false },
	{ "address", "string", "IP address that it comes from", false, false },
	{ "user", "string", "CHAP name that it gives", false, false },
	{ "target", "string", "only this target", false, false },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field events_fields[] = {
	{ "follow", "boolean", "go on: one JSON object per line", false, false },
	{ NULL, NULL, NULL, false, false },
};

static const struct http_field create_fields[] = {
	{ "name", "string", "of the lun", true, true },
	{ "store", "string", "keyword of the store: file, block, lv, nbd, rbd, tcmu, ram, null",
	  true, true },
	{ "path", "string", "argument of the store", false, true },
	{ "size", "string", "as in the file: 20G", false, true },
	{ "allocation", "string", "sparse or full", false, true },
	{ "reserve", "string", "size or part that is guaranteed", false, true },
	{ "owner", "string", "user whose a file is", false, true },
	{ "group", "string", "of a file", false, true },
	{ "mode", "string", "of a file: 0640", false, true },
	{ "cache", "string", "writeback, writethrough or direct", false, true },
	{ "block-size", "string", "512 or 4096", false, true },
	{ "read-only", "string", "yes or no", false, true },
	{ "thin-pool", "string", "of a logical volume", false, true },
	{ "stripes", "string", "of a logical volume", false, true },
	{ "conf", "string", "Ceph's configuration", false, true },
	{ "user", "string", "of Ceph", false, true },
	{ "namespace", "string", "of Ceph's pool", false, true },
	{ "target", "string", "that offers it", false, true },
	{ "number", "integer", "of the LUN there; else the first free",
	  false, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field fault_fields[] = {
	{ "lun", "string", "name of the lun", true, true },
	{ "commands", "string", "reads, writes, any, or an operation code: 0x35",
	  true, true },
	{ "fault", "string", "delay, error, drop, digest or cut", true, true },
	{ "delay_ms", "integer", "of delay", false, true },
	{ "sense", "string", "of error: K/ASC/ASCQ, or busy", false, true },
	{ "lba", "integer", "first block that is touched", false, true },
	{ "blocks", "integer", "how many; 0: any", false, true },
	{ "count", "integer", "so often; 0: until removed", false, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field set_fields[] = {
	{ "size", "string", "larger than now: 20G", false, true },
	{ "limit-iops", "string", "1000, 1000 burst 200, or none", false, true },
	{ "limit-bandwidth", "string", "100M, 100M burst 10M, or none",
	  false, true },
	{ "threshold", "string", "of its space: 90%, or none", false, true },
	{ "pool-threshold", "string", "of the space below: 90%, or none",
	  false, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field set_initiator_fields[] = {
	{ "limit-iops", "string", "1000, 1000 burst 200, or none", false, true },
	{ "limit-bandwidth", "string", "100M, 100M burst 10M, or none",
	  false, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field delete_fields[] = {
	{ "force", "boolean", "also when initiators are logged in", false,
	  false },
	{ "data", "boolean", "its file or volume goes too; answered with a job",
	  false, false },
	{ NULL, NULL, NULL, false, false },
};

static const struct http_field snapshot_fields[] = {
	{ "lun", "string", "that is copied", true, true },
	{ "name", "string", "of the new one", true, true },
	{ "file", "string", "path; else beside the lun's own", false, true },
	{ "copy", "boolean", "with blocks of its own", false, true },
	{ "size", "string", "room for what differs, of a volume that is not thin",
	  false, true },
	{ "target", "string", "that offers it", false, true },
	{ "number", "integer", "of the LUN there; else the first free",
	  false, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field convert_fields[] = {
	{ "lun", "string", "on a file", true, true },
	{ "allocation", "string", "sparse or full", true, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field export_fields[] = {
	{ "lun", "string", "that is copied", true, true },
	{ "file", "string", "path of the new file", true, true },
	{ NULL, NULL, NULL, false, false },
};

static const struct http_field target_fields[] = {
	{ "name", "string", "iqn., eui. or naa.", true, true },
	{ "auth-group", "string", "who may log in; no-authentication: all",
	  true, true },
	{ "portal-group", "string", "where; else the only one that there is",
	  false, true },
	{ "alias", "string", "for people", false, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field map_fields[] = {
	{ "target", "string", "that offers it", true, true },
	{ "lun", "string", "its name", true, true },
	{ "number", "integer", "there; else the first free", false, true },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field unmap_fields[] = {
	{ "lun", "string", "its name", true, false },
	{ "force", "boolean", "also when initiators are logged in", false,
	  false },
	{ NULL, NULL, NULL, false, false },
};
static const struct http_field target_delete_fields[] = {
	{ "force", "boolean", "also when initiators are logged in", false,
	  false },
	{ NULL, NULL, NULL, false, false },
};

const struct http_route api_routes[] = {
	{ EVHTTP_REQ_GET, "/v1/status",
	  "The daemon, its workers, targets and LUNs", api_status, NULL },
	{ EVHTTP_REQ_GET, "/v1/sessions",
	  "Who is logged in", api_sessions, NULL },
	{ EVHTTP_REQ_DELETE, "/v1/sessions/{tsih}",
	  "Close a session's connections; initiators come back by themselves",
	  api_drop_session, NULL },
	{ EVHTTP_REQ_GET, "/v1/recordings/{tsih}",
	  "The headers of a session's last PDUs, as a pcapng file",
	  recording_answer, NULL },
	{ EVHTTP_REQ_GET, "/v1/luns",
	  "Logical units: size, space, identity, counters", api_luns, NULL },
	{ EVHTTP_REQ_POST, "/v1/luns",
	  "Add a LUN to the configuration file and serve it; a full file by a "
	  "job",
	  create_lun, create_fields },
	{ EVHTTP_REQ_PATCH, "/v1/luns/{name}",
	  "Change a LUN in the configuration file and while it is used: its size "
	  "grows, limits and thresholds become others",
	  change_set_lun, set_fields },
	{ EVHTTP_REQ_DELETE, "/v1/luns/{name}",
	  "Take a LUN and its maps out of the configuration file; its data stay",
	  remove_lun, delete_fields },
	{ EVHTTP_REQ_POST, "/v1/snapshots",
	  "A read-only LUN that is another as it is now; answered with a job",
	  snapshot_create, snapshot_fields },
	{ EVHTTP_REQ_POST, "/v1/clones",
	  "A writable LUN that begins as another is now; answered with a job",
	  snapshot_clone, snapshot_fields },
	{ EVHTTP_REQ_POST, "/v1/conversions",
	  "Make a sparse file full or a full one sparse; answered with a job",
	  convert_lun, convert_fields },
	{ EVHTTP_REQ_POST, "/v1/exports",
	  "A file with what a LUN has now; answered with a job",
	  snapshot_export, export_fields },
	{ EVHTTP_REQ_GET, "/v1/jobs",
	  "Long work: what runs, and what ended not long ago",
	  job_answer_list, NULL },
	{ EVHTTP_REQ_GET, "/v1/jobs/{id}",
	  "One of them: how far it is, or how it ended", job_answer_one, NULL },
	{ EVHTTP_REQ_DELETE, "/v1/jobs/{id}",
	  "Cancel it; what it has done is undone", job_answer_cancel, NULL },
	{ EVHTTP_REQ_GET, "/v1/faults",
	  "Faults on purpose", faults_answer_list, NULL },
	{ EVHTTP_REQ_POST, "/v1/faults",
	  "Have commands go wrong, where fault-injection is allowed",
	  faults_answer_add, fault_fields },
	{ EVHTTP_REQ_DELETE, "/v1/faults/{id}",
	  "End a fault on purpose", faults_answer_remove, NULL },
	{ EVHTTP_REQ_GET, "/v1/initiators",
	  "Limits of initiators, in the order in which their patterns are tried",
	  api_initiators, NULL },
	{ EVHTTP_REQ_PATCH, "/v1/initiators/{pattern}",
	  "Change the limits of an initiator block, or add one",
	  change_set_initiator, set_initiator_fields },
	{ EVHTTP_REQ_GET, "/v1/targets",
	  "Targets, where they are offered, and their LUN maps",
	  api_targets, NULL },
	{ EVHTTP_REQ_POST, "/v1/targets",
	  "Add a target to the configuration file and serve it",
	  change_create_target, target_fields },
	{ EVHTTP_REQ_DELETE, "/v1/targets/{name}",
	  "Take a target out of the configuration file; its LUNs stay",
	  change_delete_target, target_delete_fields },
	{ EVHTTP_REQ_POST, "/v1/maps",
	  "Offer a LUN at a target", change_add_map, map_fields },
	{ EVHTTP_REQ_DELETE, "/v1/maps/{target}",
	  "Offer a LUN there no longer", change_delete_map, unmap_fields },
	{ EVHTTP_REQ_GET, "/v1/why",
	  "What would become of a login, by which line of the file",
	  api_why, why_fields },
	{ EVHTTP_REQ_POST, "/v1/check",
	  "Read the configuration file and say what is wrong", api_check, NULL },
	{ EVHTTP_REQ_POST, "/v1/diff",
	  "What a reload would change", api_diff, NULL },
	{ EVHTTP_REQ_POST, "/v1/rollback",
	  "Back to the last good configuration: that in force, or the one before",
	  change_rollback, NULL },
	{ EVHTTP_REQ_POST, "/v1/reload",
	  "Put the configuration file in force, all of it or nothing",
	  api_reload, NULL },
	{ EVHTTP_REQ_GET, "/v1/events",
	  "The last events of the log", api_events, events_fields },
	{ EVHTTP_REQ_GET, "/v1/openapi.json",
	  "This description", api_describe, NULL },
	{ EVHTTP_REQ_GET, "/openapi.json",
	  "The same", api_describe, NULL },
	{ 0, NULL, NULL, NULL, NULL },
};
/* clang-format on */
