/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/remove.c - a LUN goes, and its data with it when that is asked for.
 *
 * First it goes from the configuration.  Only when that is in force, the file
 * or volume is removed; when that fails, the data are where they were.
 */
#include "server/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/outside.h"
#include "backstores/file_new.h"
#include "backstores/lvm.h"
#include "server/change.h"
#include "server/job.h"
#include "server/server.h"

#define REMOVE_WAIT_S 30 /* for a volume to be closed */

struct removal {
	struct unit *unit; /* holds a reference on its LU; NULL: let go */
	char *path;
	bool volume;
};

/* ---- a job's thread ---- */

/* It may have been replaced by another of the same name. */
static int
remove_file(struct long_job *j, const struct removal *r)
{
	int fd = r->unit->bs->ops->fd(r->unit->bs);
	struct stat open, named;

	if (fstat(fd, &open) < 0 || stat(r->path, &named) < 0)
		return job_refuse(j, errno, "%s: %m", r->path);
	if (open.st_dev != named.st_dev || open.st_ino != named.st_ino)
		return job_refuse(j, ESTALE,
		    "%s is another file than the one that was served", r->path);
	if (outside_unlink(r->path) < 0)
		return job_refuse(j, errno, "%s: %m", r->path);
	return file_sync_name(r->path);
}

static int
remove_volume(struct long_job *j, const struct removal *r)
{
	const struct timespec second = { .tv_sec = 1 };
	int error, i;

	for (i = 0; i < REMOVE_WAIT_S; i++) {
		error = lvm_remove(r->path, j->why, sizeof(j->why));
		if (error == 0 || error == -EBUSY || job_is_cancelled(j))
			break;
		nanosleep(&second, NULL);
	}
	return error;
}

/* Before the configuration is changed. */
static int
remove_check_volume(struct long_job *j, void *ctx)
{
	struct removal *r = ctx;

	return lvm_check_remove(r->path, j->why, sizeof(j->why));
}

static int
remove_data(struct long_job *j, void *ctx)
{
	struct removal *r = ctx;

	if (!r->volume)
		return remove_file(j, r);
	/* Only lvm can tell when the volume is no longer open. */
	lu_unref(r->unit->lu);
	r->unit = NULL;
	return remove_volume(j, r);
}

/* ---- main thread ---- */

static void
remove_free(struct removal *r)
{
	if (r->unit != NULL)
		lu_unref(r->unit->lu);
	free(r->path);
	free(r);
}

static void
remove_ended(struct long_job *j, void *ctx, int error)
{
	job_end(j, error);
	remove_free(ctx);
}

static void
remove_changed(void *ctx, int status, json_t *answer)
{
	struct long_job *j = ctx;
	int error = job_take_change(j, status, answer);

	if (error != 0)
		remove_ended(j, j->ctx, error);
	else
		job_continue(j, remove_data, remove_ended);
}

static void
remove_begun(struct long_job *j, void *ctx, int error)
{
	if (error == 0 && job_is_cancelled(j))
		error = -ECANCELED;
	if (error != 0)
		remove_ended(j, ctx, error);
	else
		change_delete(j->server, j->lun, remove_changed, j);
}

static void
remove_with_data(struct http_call *call, struct unit *u)
{
	const char *store = u->bs->ops->name;
	struct removal *r;

	if (strcmp(store, "file") != 0 && strcmp(store, "lv") != 0) {
		http_fail(
		    call, 400, "data on \"%s\" are not ours to delete", store);
		return;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL || (r->path = strdup(u->bs->name)) == NULL) {
		free(r);
		http_fail(call, 503, "no memory");
		return;
	}
	r->volume = strcmp(store, "lv") == 0;
	r->unit = u;
	lu_ref(u->lu);
	job_begin(call, "delete", call->argument, r->path, r->path,
	    r->volume ? remove_check_volume : NULL, remove_begun, r);
}

/* ---- the call ---- */

static bool
remove_is_in_use(struct unit *u)
{
	bool used;

	pthread_mutex_lock(&u->lu->mutex);
	used = !LIST_EMPTY(&u->lu->nexuses);
	pthread_mutex_unlock(&u->lu->mutex);
	return used;
}

/* The first target that offers it; NULL: none. */
static const struct config_target *
remove_find_target(const struct server *s, const char *lun)
{
	const struct config_target *t;
	unsigned i;

	TAILQ_FOREACH (t, &s->config->targets, link) {
		for (i = 0; i < t->lun_count; i++)
			if (strcmp(t->luns[i].lun->name, lun) == 0)
				return t;
	}
	return NULL;
}

static bool
remove_is_asked(const struct http_call *call, const char *name)
{
	const char *text = http_query(call, name);

	return text != NULL && strcmp(text, "true") == 0;
}

void
remove_lun(struct http_call *call)
{
	struct unit *u = server_find_unit(call->server, call->argument);
	bool force = remove_is_asked(call, "force");
	bool data = remove_is_asked(call, "data");
	const struct config_target *t =
	    remove_find_target(call->server, call->argument);

	if (u == NULL)
		http_fail(call, 404, "there is no lun %s", call->argument);
	else if (remove_is_in_use(u) && !force)
		http_fail(call, 409, "initiators are logged in to lun %s",
		    call->argument);
	else if (data && t != NULL && !force)
		http_fail(call, 409,
		    "target %s offers lun %s, and its data would go: with "
		    "force they do",
		    t->name, call->argument);
	else if (data)
		remove_with_data(call, u);
	else
		change_delete(
		    call->server, call->argument, change_answer, call);
}
