/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/convert.c - a sparse file becomes full and a full one sparse.
 *
 * To full: nothing gives blocks back any more, then holes get blocks.  To
 * sparse: blocks may be given back, then what is zero is.  Initiators are told
 * that the unit's pages have changed, and the configuration is changed when all
 * is done.  What is cancelled or fails is undone.
 */
#include "server/convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backstores/file_new.h"
#include "common/bytes.h"
#include "common/log.h"
#include "server/change.h"
#include "server/job.h"
#include "server/pause.h"
#include "server/server.h"

struct conversion {
	struct unit *unit; /* holds a reference on its LU */
	json_t *statement; /* of the lun block */
	bool full;         /* is to be */
};

/* Writes are kept out by a pause of the unit. */
struct convert_hold {
	struct file_hold hold;
	struct lu *lu;
	struct pause pause;
};

static int
convert_hold_begin(struct file_hold *hold)
{
	struct convert_hold *h = container_of(hold, struct convert_hold, hold);

	return pause_begin(&h->pause, h->lu);
}

static void
convert_hold_end(struct file_hold *hold)
{
	struct convert_hold *h = container_of(hold, struct convert_hold, hold);

	pause_end(&h->pause);
}

/* ---- a job's thread ---- */

static bool
convert_progress(void *ctx, uint64_t done, uint64_t total)
{
	return job_goes_on(ctx, done, total);
}

static bool
convert_no_progress(void *ctx, uint64_t done, uint64_t total)
{
	return true;
}

static int
convert_switch(struct unit *u, struct convert_hold *h, bool full)
{
	int error = h->hold.begin(&h->hold);

	if (error != 0)
		return error;
	u->bs->ops->set_full(u->bs, full);
	h->hold.end(&h->hold);
	lu_provisioning_changed(u->lu);
	return 0;
}

static int
convert_work(struct unit *u, struct convert_hold *h, bool full,
    file_progress *progress, struct long_job *j)
{
	int fd = u->bs->ops->fd(u->bs), error;

	if (!full)
		return file_give_back(fd, backstore_size(u->bs),
		    u->bs->info.discard_granularity, &h->hold, progress, j);
	error = file_fill(fd, 0, backstore_size(u->bs), &h->hold, progress, j);
	return error == 0 ? file_check_full(fd, backstore_size(u->bs)) : error;
}

/* As it was: a full one that has no room to be full again stays sparse. */
static int
convert_back(
    struct unit *u, struct convert_hold *h, bool full, struct long_job *j)
{
	int error = 0;

	if (full)
		error = convert_work(u, h, true, convert_no_progress, j);
	if (error == 0)
		error = convert_switch(u, h, full);
	if (error == 0 && !full)
		convert_work(u, h, false, convert_no_progress, j);
	return error;
}

static int
convert_run(struct long_job *j, void *ctx)
{
	struct conversion *c = ctx;
	struct unit *u = c->unit;
	struct convert_hold h = {
		.hold = { convert_hold_begin, convert_hold_end },
		.lu = u->lu,
	};
	int error = convert_switch(u, &h, c->full), undone;

	if (error != 0)
		return job_refuse(j, -error, "its writes do not end: %m");
	error = convert_work(u, &h, c->full, convert_progress, j);
	if (error == 0 && job_settles(j))
		return 0;
	if (error == 0)
		error = -ECANCELED;
	undone = convert_back(u, &h, !c->full, j);
	if (undone != 0)
		log_error("lun is sparse now, whatever the configuration says "
			  "lun=%s error=\"%s\"",
		    u->lu->identity.name, strerror(-undone));
	return error == -ECANCELED
		   ? error
		   : job_refuse(j, -error, "%s: %m%s", u->bs->name,
			 undone == 0 ? "; it is as it was" : "");
}

/* A job's thread: the configuration cannot be changed. */
static int
convert_undo(struct long_job *j, void *ctx)
{
	struct conversion *c = ctx;
	struct convert_hold h = {
		.hold = { convert_hold_begin, convert_hold_end },
		.lu = c->unit->lu,
	};

	convert_back(c->unit, &h, !c->full, j);
	return -EINVAL;
}

/* ---- main thread ---- */

static void
convert_ended(struct long_job *j, void *ctx, int error)
{
	struct conversion *c = ctx;

	job_end(j, error);
	atomic_store(&c->unit->converting, false);
	lu_unref(c->unit->lu);
	json_decref(c->statement);
	free(c);
}

static void
convert_changed(void *ctx, int status, json_t *answer)
{
	struct long_job *j = ctx;
	int error = job_take_change(j, status, answer);

	if (error != 0)
		job_continue(j, convert_undo, convert_ended);
	else
		convert_ended(j, j->ctx, 0);
}

static void
convert_worked(struct long_job *j, void *ctx, int error)
{
	struct conversion *c = ctx;

	if (error != 0)
		convert_ended(j, ctx, error);
	else
		change_set(j->server, j->lun, c->statement, convert_changed, j);
}

static void
convert_begin(struct http_call *call, struct unit *u, bool full)
{
	struct conversion *c = calloc(1, sizeof(*c));
	char text[128];

	if (c == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	c->unit = u;
	lu_ref(u->lu);
	c->full = full;
	c->statement =
	    json_pack("{s:s}", "allocation", full ? "full" : "sparse");
	atomic_store(&u->converting, true);
	snprintf(text, sizeof(text), "%s to %s", u->lu->identity.name,
	    full ? "full" : "sparse");
	job_begin(call, "convert", u->lu->identity.name, text, NULL,
	    convert_run, convert_worked, c);
}

void
convert_lun(struct http_call *call)
{
	const char *name =
	    json_string_value(json_object_get(call->body, "lun"));
	const char *to =
	    json_string_value(json_object_get(call->body, "allocation"));
	struct unit *u = server_find_unit(call->server, name);
	bool full = strcmp(to, "full") == 0;

	if (u == NULL)
		http_fail(call, 404, "there is no lun %s", name);
	else if (!full && strcmp(to, "sparse") != 0)
		http_fail(call, 400, "allocation is full or sparse");
	else if (u->bs->ops->set_full == NULL || u->bs->info.read_only)
		http_fail(call, 409, "lun %s is no file that is written", name);
	else if (atomic_load(&u->bs->full) == full)
		http_fail(call, 409, "lun %s is %s already", name, to);
	else if (atomic_load(&u->converting))
		http_fail(call, 409, "lun %s is being converted", name);
	else if (!full && u->bs->info.discard_granularity == 0)
		http_fail(call, 409,
		    "lun %s is on a file system that makes no holes", name);
	else
		convert_begin(call, u, full);
}
