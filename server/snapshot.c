/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/snapshot.c - snapshots, clones, images to take away.
 *
 * A job makes the file or volume; then a lun block for it is written into the
 * configuration and put in force; when that is refused, the file or volume goes
 * again.
 */
#include "server/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backstores/lvm.h"
#include "common/log.h"
#include "common/outside.h"
#include "config/value.h"
#include "server/change.h"
#include "server/moment.h"
#include "server/pause.h"
#include "server/server.h"
#include "server/wait.h"

struct snapshot {
	struct unit *unit; /* holds a reference on its LU */
	char *from, *to;   /* paths, or GROUP/VOLUME */
	json_t *lun;       /* of POST /v1/luns; NULL: no LUN is made */
	bool volume;       /* of LVM */
	bool copy;
	uint64_t bytes; /* volume that is not thin: room for differences */
};

/* ---- the end ---- */

static void
snapshot_free(struct snapshot *n)
{
	lu_unref(n->unit->lu);
	json_decref(n->lun);
	free(n->from);
	free(n->to);
	free(n);
}

static void
snapshot_ended(struct long_job *j, void *ctx, int error)
{
	job_end(j, error);
	snapshot_free(ctx);
}

/* A job's thread: it is not to be served, for a reason that is told. */
static int
snapshot_undo(struct long_job *j, void *ctx)
{
	struct snapshot *n = ctx;
	char why[256];

	if (!n->volume)
		outside_unlink(n->to);
	else if (lvm_remove(n->to, why, sizeof(why)) != 0)
		log_warning(
		    "volume is left behind volume=%s error=\"%s\"", n->to, why);
	return -EINVAL;
}

static void
snapshot_changed(void *ctx, int status, json_t *answer)
{
	struct long_job *j = ctx;
	struct snapshot *n = j->ctx;
	int error = job_take_change(j, status, answer);

	if (error != 0)
		job_continue(j, snapshot_undo, snapshot_ended);
	else
		snapshot_ended(j, n, 0);
}

static void
snapshot_made(struct long_job *j, void *ctx, int error)
{
	struct snapshot *n = ctx;

	if (error != 0 || n->lun == NULL)
		snapshot_ended(j, n, error);
	else
		change_create(j->server, n->lun, snapshot_changed, j);
}

/* ---- a job's thread ---- */

static int
snapshot_make_volume(struct snapshot *n, struct long_job *j)
{
	const char *new = strchr(n->to, '/') + 1;
	struct pause p;
	int error = pause_begin(&p, n->unit->lu);

	if (error != 0)
		return job_refuse(j, -error, "its writes do not end: %m");
	if (!n->unit->bs->info.read_only)
		error = wait_flush(n->unit->bs);
	if (error != 0)
		job_refuse(j, -error, "it cannot be flushed: %m");
	else
		error = lvm_snapshot(
		    n->from, new, n->bytes, j->why, sizeof(j->why));
	pause_end(&p);
	return error;
}

static int
snapshot_run(struct long_job *j, void *ctx)
{
	struct snapshot *n = ctx;
	int error;

	if (!n->volume)
		return moment_make(n->unit, n->to, n->copy, j);
	error = snapshot_make_volume(n, j);
	if (error != 0 || job_settles(j))
		return error;
	snapshot_undo(j, n);
	return -ECANCELED;
}

/* ---- what is asked for ---- */

static const char *
snapshot_text(const struct http_call *call, const char *name)
{
	return json_string_value(json_object_get(call->body, name));
}

static const struct config_lun *
snapshot_find_lun(const struct server *s, const char *name)
{
	const struct config_lun *lun;

	TAILQ_FOREACH (lun, &s->config->luns, link) {
		if (strcmp(lun->name, name) == 0)
			return lun;
	}
	return NULL;
}

/* PATH's directory and the new name, unless it is told where. */
static char *
snapshot_choose_path(const struct http_call *call, const struct config_lun *lun)
{
	const char *name = snapshot_text(call, "name");
	const char *told = snapshot_text(call, "file");
	const char *slash = lun->path != NULL ? strrchr(lun->path, '/') : NULL;
	bool volume = strcmp(lun->store, "lv") == 0;
	char *path = NULL;

	if (told != NULL)
		return strdup(told);
	if (slash == NULL || (!volume && strcmp(lun->store, "file") != 0))
		return NULL;
	if (asprintf(&path, "%.*s/%s%s", (int)(slash - lun->path), lun->path,
		name, volume ? "" : ".img") < 0)
		return NULL;
	return path;
}

static void
snapshot_set(json_t *o, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, name, json_string(value));
}

/* The lun block that is to be written. */
static json_t *
snapshot_lun(const struct http_call *call, const struct config_lun *lun,
    const struct snapshot *n, bool read_only)
{
	json_t *o = json_object();
	json_t *number = json_object_get(call->body, "number");

	snapshot_set(o, "name", snapshot_text(call, "name"));
	snapshot_set(o, "store", n->volume ? "lv" : "file");
	snapshot_set(o, "path", n->to);
	snapshot_set(o, "read-only", read_only ? "yes" : NULL);
	snapshot_set(o, "block-size", lun->block_size == 4096 ? "4096" : NULL);
	snapshot_set(o, "cache",
	    lun->cache == CACHE_DIRECT         ? "direct"
	    : lun->cache == CACHE_WRITETHROUGH ? "writethrough"
					       : NULL);
	snapshot_set(o, "allocation", n->volume ? NULL : "sparse");
	snapshot_set(o, "owner", lun->owner);
	snapshot_set(o, "group", lun->group);
	if (lun->mode != 0)
		json_object_set_new(o, "mode", json_sprintf("%04o", lun->mode));
	snapshot_set(o, "thin-pool", n->volume ? lun->thin_pool : NULL);
	snapshot_set(o, "target", snapshot_text(call, "target"));
	if (number != NULL)
		json_object_set(o, "number", number);
	json_object_set_new(o, "new", json_true());
	return o;
}

/* False after the call was answered. */
static bool
snapshot_take_size(
    struct http_call *call, struct snapshot *n, const struct config_lun *lun)
{
	const char *size = snapshot_text(call, "size");
	struct value_fault fault;
	bool thick = n->volume && lun->thin_pool == NULL;

	if (thick != (size != NULL)) {
		http_fail(call, 400,
		    thick ? "a snapshot of a volume that is not thin needs a "
			    "size: the room for what will differ"
			  : "size is for snapshots of volumes that are not "
			    "thin");
		return false;
	}
	if (size != NULL && !value_lun_size(size, &n->bytes, &fault)) {
		http_fail(call, 400, "%s", fault.text);
		return false;
	}
	return true;
}

static bool
snapshot_refuses(struct http_call *call, const struct config_lun *lun,
    const struct unit *u, const struct snapshot *n)
{
	const char *name = snapshot_text(call, "name");
	const struct long_job *j =
	    n->to != NULL ? job_find_by_file(n->to) : NULL;

	if (n->to == NULL && strcmp(lun->store, "rbd") == 0)
		http_fail(call, 400,
		    "lun %s is an image of Ceph, which makes its snapshots and "
		    "clones: \"rbd snap create %s@%s\"; then \"tisane lun "
		    "create %s rbd %s@%s read-only yes\" (or say the file "
		    "that is to be made as a copy)",
		    lun->name, lun->path, name, name, lun->path, name);
	else if (n->to == NULL)
		http_fail(call, 400,
		    "lun %s is on \"%s\": say the file that is to be made",
		    lun->name, lun->store);
	else if (n->to[0] != '/' && !n->volume)
		http_fail(call, 400, "the path must begin with \"/\"");
	else if (j != NULL)
		http_fail(call, 409, "job %u works on %s: wait for its end",
		    j->id, n->to);
	else if (name != NULL && strchr(name, '/') != NULL)
		http_fail(call, 400, "a name with \"/\" names no file");
	else if (name != NULL && snapshot_find_lun(call->server, name) != NULL)
		http_fail(call, 409, "there is a lun %s already", name);
	else if (name != NULL && call->server->source.text != NULL)
		http_fail(call, 409, "there is no configuration file");
	else if (!n->copy && !n->volume && !backstore_is_thin(u->bs) &&
		 lun->allocation == ALLOCATION_FULL && !lun->read_only)
		http_fail(call, 409,
		    "lun %s is full, and a block that is shared would be no "
		    "longer reserved: ask for a copy, or convert it to sparse",
		    lun->name);
	else
		return false;
	return true;
}

/* NULL after the call was answered. */
static struct snapshot *
snapshot_new(struct http_call *call, bool with_lun)
{
	const char *name = snapshot_text(call, "lun");
	const struct config_lun *lun = snapshot_find_lun(call->server, name);
	struct unit *u = server_find_unit(call->server, name);
	struct snapshot *n;

	if (lun == NULL || u == NULL) {
		http_fail(call, 404, "there is no lun %s", name);
		return NULL;
	}
	n = calloc(1, sizeof(*n));
	if (n == NULL) {
		http_fail(call, 503, "no memory");
		return NULL;
	}
	n->unit = u;
	lu_ref(u->lu);
	n->from = strdup(lun->path != NULL ? lun->path : "");
	n->to = snapshot_choose_path(call, lun);
	n->copy =
	    !with_lun || json_is_true(json_object_get(call->body, "copy"));
	n->volume = with_lun && !n->copy && strcmp(lun->store, "lv") == 0;
	if (!snapshot_refuses(call, lun, u, n) &&
	    (!with_lun || snapshot_take_size(call, n, lun)))
		return n;
	snapshot_free(n);
	return NULL;
}

static void
snapshot_begin(struct http_call *call, const char *what, struct snapshot *n)
{
	const char *name = n->unit->lu->identity.name;
	char *text;

	if (asprintf(&text, "%s as %s", name, n->to) < 0) {
		http_fail(call, 503, "no memory");
		snapshot_free(n);
		return;
	}
	job_begin(
	    call, what, name, text, n->to, snapshot_run, snapshot_made, n);
	free(text);
}

static void
snapshot_with_lun(struct http_call *call, const char *what, bool read_only)
{
	struct snapshot *n = snapshot_new(call, true);

	if (n == NULL)
		return;
	n->lun = snapshot_lun(call,
	    snapshot_find_lun(call->server, n->unit->lu->identity.name), n,
	    read_only);
	snapshot_begin(call, what, n);
}

void
snapshot_create(struct http_call *call)
{
	snapshot_with_lun(call, "snapshot", true);
}

void
snapshot_clone(struct http_call *call)
{
	snapshot_with_lun(call, "clone", false);
}

void
snapshot_export(struct http_call *call)
{
	struct snapshot *n = snapshot_new(call, false);

	if (n != NULL)
		snapshot_begin(call, "export", n);
}
