/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/listing.c - what there is, as JSON.
 */
#include "server/listing.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/version.h"
#include "server/faults.h"
#include "server/job.h"
#include "server/uuid.h"
#include "target/pr.h"
#include "target/sharing.h"

json_t *
listing_place(const struct config_place *place)
{
	if (place->line == 0)
		return json_null();
	return json_pack(
	    "{s:s, s:i}", "file", place->file, "line", (int)place->line);
}

static json_t *
listing_number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
listing_strings(const struct config_strings *strings)
{
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < strings->count; i++)
		json_array_append_new(list, json_string(strings->items[i]));
	return list;
}

/* ---- sessions ---- */

static json_t *
listing_session(const struct survey_session *s)
{
	return json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:b, s:i}", "tsih",
	    s->tsih, "cid", s->cid, "initiator", s->initiator, "target",
	    s->target, "address", s->peer, "portal", s->local, "discovery",
	    s->discovery, "tasks", (int)s->tasks);
}

static json_t *
listing_session_list(const struct survey *survey)
{
	const struct survey_worker *w;
	json_t *list = json_array();
	unsigned i, k;

	for (i = 0; i < survey->worker_count; i++) {
		w = &survey->workers[i];
		for (k = 0; k < w->session_count; k++)
			json_array_append_new(
			    list, listing_session(&w->sessions[k]));
	}
	return list;
}

json_t *
listing_sessions(const struct survey *survey)
{
	return json_pack("{s:o, s:i}", "sessions", listing_session_list(survey),
	    "unanswered_workers", (int)survey->unanswered);
}

/* ---- luns ---- */

static void
listing_add_maps_of(
    json_t *list, const struct config_target *t, const struct config_lun *lun)
{
	const struct config_lun_map *m;

	for (m = t->luns; m < t->luns + t->lun_count; m++) {
		if (m->lun != lun)
			continue;
		json_array_append_new(list,
		    json_pack("{s:s, s:i, s:b, s:o, s:o}", "target", t->name,
			"number", m->number, "read_only", m->read_only,
			"initiator_names", listing_strings(&m->initiator_names),
			"place", listing_place(&m->place)));
	}
}

static json_t *
listing_maps(const struct config *config, const struct config_lun *lun)
{
	const struct config_target *t;
	json_t *list = json_array();

	TAILQ_FOREACH (t, &config->targets, link)
		listing_add_maps_of(list, t, lun);
	return list;
}

static void
listing_add_identity(json_t *o, const struct lu_identity *id)
{
	char uuid[UUID_TEXT_BYTES], naa[36];

	uuid_format(uuid, id->uuid);
	snprintf(naa, sizeof(naa), "%016llx", (unsigned long long)id->naa[0]);
	if (id->naa[0] >> 60 == 6)
		snprintf(naa + 16, sizeof(naa) - 16, "%016llx",
		    (unsigned long long)id->naa[1]);
	json_object_set_new(o, "uuid", json_string(uuid));
	json_object_set_new(o, "naa", json_string(naa));
	json_object_set_new(o, "serial", json_string(id->serial));
}

static void
listing_add_counters(json_t *o, const struct stats_of_store *s)
{
	json_object_set_new(o, "reads", listing_number(s->reads));
	json_object_set_new(o, "writes", listing_number(s->writes));
	json_object_set_new(o, "read_bytes", listing_number(s->read_bytes));
	json_object_set_new(o, "write_bytes", listing_number(s->write_bytes));
	json_object_set_new(o, "errors", listing_number(s->errors));
}

static void
listing_add_limit(json_t *o, const char *name, const struct config_limit *l)
{
	char burst[32];

	if (l->per_second != 0)
		json_object_set_new(o, name, listing_number(l->per_second));
	snprintf(burst, sizeof(burst), "%s_burst", name);
	if (l->burst != 0)
		json_object_set_new(o, burst, listing_number(l->burst));
}

static void
listing_add_limits(json_t *o, const struct config_lun *lun, struct lu *lu)
{
	listing_add_limit(o, "limit_iops", &lun->iops);
	listing_add_limit(o, "limit_bandwidth", &lun->bandwidth);
	json_object_set_new(
	    o, "delayed_commands", listing_number(lu->throttle.delayed));
}

json_t *
listing_initiators(const struct server *s)
{
	const struct config_initiator *i;
	json_t *list = json_array(), *o;

	TAILQ_FOREACH (i, &s->config->initiators, link) {
		o = json_pack("{s:s, s:o}", "pattern", i->pattern, "place",
		    listing_place(&i->place));
		listing_add_limit(o, "limit_iops", &i->iops);
		listing_add_limit(o, "limit_bandwidth", &i->bandwidth);
		json_array_append_new(list, o);
	}
	return json_pack("{s:o}", "initiators", list);
}

static void
listing_add_space(json_t *o, struct unit *u)
{
	const struct headroom *h = &u->headroom;

	json_object_set_new(o, "allocated", listing_number(h->used));
	json_object_set_new(o, "pool_size", listing_number(h->pool_size));
	json_object_set_new(
	    o, "pool_available", listing_number(h->pool_available));
	json_object_set_new(o, "reserve", listing_number(h->reserve));
	json_object_set_new(o, "reserve_kept", listing_number(h->kept));
	json_object_set_new(o, "reserve_short", json_boolean(h->short_of));
	json_object_set_new(o, "threshold", json_integer(h->threshold));
	json_object_set_new(
	    o, "pool_threshold", json_integer(h->pool_threshold));
	json_object_set_new(o, "space_low", json_boolean(h->low));
	json_object_set_new(o, "pool_space_low", json_boolean(h->pool_low));
	json_object_set_new(o, "no_space", listing_number(u->lu->no_space));
}

static json_t *
listing_latency(const struct stats_of_kind *k)
{
	json_t *buckets = json_array();
	unsigned i;

	for (i = 0; i < STATS_BUCKETS; i++)
		json_array_append_new(buckets, listing_number(k->buckets[i]));
	return json_pack("{s:o, s:o, s:o, s:o}", "commands",
	    listing_number(k->commands), "bytes", listing_number(k->bytes),
	    "microseconds", listing_number(k->microseconds), "buckets",
	    buckets);
}

static void
listing_add_stats(json_t *o, struct lu *lu)
{
	struct stats stats;
	unsigned registrations, type;

	stats_of_lu(lu, &stats);
	listing_add_counters(o, &stats.store);
	pr_summary(lu, &registrations, &type);
	json_object_set_new(
	    o, "queue_depth", listing_number(stats_depth(&stats)));
	json_object_set_new(o, "latency",
	    json_pack("{s:o, s:o, s:o}", "read",
		listing_latency(&stats.kinds[STATS_READ]), "write",
		listing_latency(&stats.kinds[STATS_WRITE]), "other",
		listing_latency(&stats.kinds[STATS_OTHER])));
	json_object_set_new(o, "registrations", json_integer(registrations));
	json_object_set_new(o, "reservation_type", json_integer(type));
}

static void
listing_add_sharing(json_t *o, struct lu *lu)
{
	struct sharing_conflict c;

	if (sharing_find_conflict(lu, &c))
		json_object_set_new(o, "sharing_conflict",
		    json_pack("{s:s, s:s, s:b}", "initiator", c.second,
			"held_by", c.holder, "refused", c.refused));
}

static const char *const listing_faults[] = {
	[UNIT_DELETED] = "its file was deleted",
	[UNIT_REPLACED] = "its file was replaced by another",
	[UNIT_SHRUNK] = "its store has shrunk",
	[UNIT_OPENING] = "its store has not opened yet",
	[UNIT_UNOPENED] = "its store could not be opened",
};

static json_t *
listing_lun(
    const struct config *config, const struct config_lun *lun, struct unit *u)
{
	json_t *o = json_pack("{s:s, s:s, s:s?, s:o, s:i, s:b, s:b}", "name",
	    lun->name, "store", lun->store, "path", lun->path, "size",
	    listing_number(backstore_size(u->bs)), "block_size",
	    (int)lun->block_size, "read_only",
	    lun->read_only || u->bs->info.read_only, "flush_failed",
	    u->bs->flush_error != 0);

	if (atomic_load(&u->fault) != UNIT_WELL)
		json_object_set_new(o, "fault",
		    json_string(listing_faults[atomic_load(&u->fault)]));
	if (u->bs->info.origin[0] != '\0')
		json_object_set_new(
		    o, "origin", json_string(u->bs->info.origin));
	listing_add_space(o, u);
	listing_add_identity(o, &u->lu->identity);
	listing_add_stats(o, u->lu);
	listing_add_limits(o, lun, u->lu);
	listing_add_sharing(o, u->lu);
	json_object_set_new(o, "maps", listing_maps(config, lun));
	json_object_set_new(o, "place", listing_place(&lun->place));
	return o;
}

static json_t *
listing_lun_list(const struct server *s)
{
	const struct config_lun *lun;
	json_t *list = json_array();
	unsigned i = 0;

	TAILQ_FOREACH (lun, &s->config->luns, link)
		json_array_append_new(
		    list, listing_lun(s->config, lun, s->units[i++]));
	return list;
}

json_t *
listing_luns(const struct server *s)
{
	return json_pack("{s:o}", "luns", listing_lun_list(s));
}

/* ---- targets ---- */

unsigned
listing_count_sessions(const struct survey *survey, const char *target)
{
	const struct survey_worker *w;
	unsigned i, k, n = 0;

	for (i = 0; i < survey->worker_count; i++) {
		w = &survey->workers[i];
		for (k = 0; k < w->session_count; k++)
			n += strcmp(w->sessions[k].target, target) == 0;
	}
	return n;
}

static json_t *
listing_portals(const struct config_portal_group *pg)
{
	const struct config_portal *p;
	json_t *list = json_array();
	struct listener_place at;

	for (p = pg->portals; p < pg->portals + pg->portal_count; p++) {
		if (!listener_place_of(p, &at))
			continue;
		json_array_append_new(
		    list, json_pack("{s:s, s:s?, s:b}", "listen", at.text,
			      "advertise", p->advertise, "any_address",
			      address_is_wildcard(&at.ip)));
	}
	return list;
}

/* Names are no secrets. */
static json_t *
listing_chap_users(const struct config_auth_group *ag)
{
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < ag->chap_count; i++)
		json_array_append_new(list, json_string(ag->chap[i].user));
	return list;
}

static json_t *
listing_portal_group(const struct config_target *t,
    const struct config_target_portal_group *g, const struct target *target)
{
	const struct config_portal_group *pg = g->portal_group;
	const struct config_auth_group *ag =
	    g->auth_group != NULL ? g->auth_group : t->auth_group;
	unsigned tag = g->tag != 0 ? g->tag : pg->tag;

	return json_pack("{s:s, s:i, s:s, s:s, s:o, s:o}", "name", pg->name,
	    "tag", (int)tag, "state",
	    port_state_name(target_port_state(target, (uint16_t)tag)),
	    "auth_group", ag->name, "chap_users", listing_chap_users(ag),
	    "portals", listing_portals(pg));
}

static json_t *
listing_portal_groups(
    const struct config_target *t, const struct target *target)
{
	const struct config_target_portal_group *g = t->portal_groups;
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < t->portal_group_count; i++, g++)
		json_array_append_new(list, listing_portal_group(t, g, target));
	return list;
}

static json_t *
listing_target_luns(const struct config_target *t)
{
	const struct config_lun_map *m;
	json_t *list = json_array();

	for (m = t->luns; m < t->luns + t->lun_count; m++)
		json_array_append_new(
		    list, json_pack("{s:i, s:s, s:b, s:o}", "number", m->number,
			      "name", m->lun->name, "read_only", m->read_only,
			      "initiator_names",
			      listing_strings(&m->initiator_names)));
	return list;
}

static json_t *
listing_target(const struct config_target *t, const struct target *target,
    const struct survey *survey)
{
	return json_pack("{s:s, s:s?, s:i, s:s, s:o, s:o, s:o}", "name",
	    t->name, "alias", t->alias, "sessions",
	    (int)listing_count_sessions(survey, t->name), "auth_group",
	    t->auth_group->name, "portal_groups",
	    listing_portal_groups(t, target), "luns", listing_target_luns(t),
	    "place", listing_place(&t->place));
}

static json_t *
listing_target_list(const struct server *s, const struct survey *survey)
{
	const struct config_target *t;
	json_t *list = json_array();

	TAILQ_FOREACH (t, &s->config->targets, link)
		json_array_append_new(
		    list, listing_target(t,
			      service_find_target(s->service, t->name)->target,
			      survey));
	return list;
}

json_t *
listing_targets(const struct server *s, const struct survey *survey)
{
	return json_pack("{s:o}", "targets", listing_target_list(s, survey));
}

/* ---- the whole ---- */

static json_t *
listing_workers(const struct survey *survey)
{
	const struct survey_worker *w;
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < survey->worker_count; i++) {
		w = &survey->workers[i];
		json_array_append_new(
		    list, json_pack("{s:i, s:b, s:o, s:o, s:i}", "worker",
			      (int)i, "answered", w->answered, "lag_us",
			      listing_number(w->lag_us), "pool_bytes",
			      listing_number(w->pool_bytes), "connections",
			      (int)w->connections));
	}
	return list;
}

static json_t *
listing_configuration(const struct server *s)
{
	return json_pack("{s:s, s:o, s:b, s:b}", "file", s->source.name,
	    "applied_at", listing_number((uint64_t)s->applied_at), "reloading",
	    s->reloading, "last_reload_failed", s->reload_failed);
}

/* What a LUN can be on. */
static json_t *
listing_stores(void)
{
	json_t *list = json_array();
	const char *name;
	unsigned n;

	for (n = 0; (name = bs_store_name(n)) != NULL; n++)
		json_array_append_new(list, json_string(name));
	return list;
}

json_t *
listing_status(const struct server *s, const struct survey *survey)
{
	struct session_logins logins = session_table_logins(s->sessions);

	return json_pack(
	    "{s:s, s:i, s:o, s:o, s:{s:o, s:o}, s:i, s:i, s:o, s:o, s:o, s:o, "
	    "s:b, s:o, s:o}",
	    "version", TISANE_VERSION, "pid", (int)getpid(), "uptime_seconds",
	    listing_number((clock_now_ms() - s->started_ms) / 1000),
	    "configuration", listing_configuration(s), "logins", "good",
	    listing_number(logins.good), "refused",
	    listing_number(logins.refused), "sessions",
	    (int)session_table_count(s->sessions), "connections",
	    (int)census_connections((struct census *)&s->census), "workers",
	    listing_workers(survey), "targets", listing_target_list(s, survey),
	    "luns", listing_lun_list(s), "jobs", job_listing(),
	    "fault_injection", s->config->fault_injection, "faults",
	    faults_listing(s), "stores", listing_stores());
}
