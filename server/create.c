/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/create.c - a new LUN.
 *
 * Where the file system reserves blocks a full file is made at once.  Where it
 * cannot, zeroes are written, which takes as long as it takes: so it is a job,
 * and the configuration is changed when the file is there.
 */
#include "server/create.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/outside.h"
#include "backstores/file_new.h"
#include "config/value.h"
#include "server/change.h"
#include "server/draft.h"
#include "server/job.h"
#include "server/server.h"

struct creation {
	json_t *body;
	uint64_t bytes;
	bool made; /* the file */
};

static const char *
create_text(const json_t *body, const char *name)
{
	const char *text = json_string_value(json_object_get(body, name));

	return text != NULL ? text : "";
}

/* ---- the end ---- */

static void
create_ended(struct long_job *j, void *ctx, int error)
{
	struct creation *c = ctx;

	job_end(j, error);
	json_decref(c->body);
	free(c);
}

/* A job's thread. */
static int
create_undo(struct long_job *j, void *ctx)
{
	const struct creation *c = ctx;

	if (c->made)
		outside_unlink(create_text(c->body, "path"));
	return -EINVAL;
}

static void
create_changed(void *ctx, int status, json_t *answer)
{
	struct long_job *j = ctx;
	int error = job_take_change(j, status, answer);

	if (error != 0)
		job_continue(j, create_undo, create_ended);
	else
		create_ended(j, j->ctx, 0);
}

static void
create_allocated(struct long_job *j, void *ctx, int error)
{
	const struct creation *c = ctx;

	if (error != 0)
		create_ended(j, ctx, error);
	else
		change_create(j->server, c->body, create_changed, j);
}

/* ---- a job's thread ---- */

static bool
create_progress(void *ctx, uint64_t done, uint64_t total)
{
	return job_goes_on(ctx, done, total);
}

static int
create_fill(struct long_job *j, int fd, void *ctx)
{
	const struct creation *c = ctx;

	return file_fill(fd, 0, c->bytes, NULL, create_progress, j);
}

/* One that is there is completed when it is opened. */
static int
create_run(struct long_job *j, void *ctx)
{
	struct creation *c = ctx;
	int error =
	    draft_make(j, create_text(c->body, "path"), true, create_fill, c);

	c->made = error == 0;
	return error == -EEXIST ? 0 : error;
}

/* ---- the call ---- */

/* Zero: it is not a full file of a size that can be read. */
static uint64_t
create_full_bytes(const json_t *body)
{
	struct value_fault fault;
	uint64_t bytes = 0;

	if (strcmp(create_text(body, "store"), "file") != 0 ||
	    strcmp(create_text(body, "allocation"), "full") != 0 ||
	    create_text(body, "path")[0] != '/' ||
	    !value_lun_size(create_text(body, "size"), &bytes, &fault))
		return 0;
	return bytes;
}

static bool
create_is_known(const struct server *s, const json_t *body)
{
	return server_find_unit(s, create_text(body, "name")) != NULL;
}

/* Nothing is served that a job makes, and that goes when it fails. */
static bool
create_is_refused(struct http_call *call)
{
	const char *path = create_text(call->body, "path");
	const struct long_job *j =
	    path[0] != '\0' ? job_find_by_file(path) : NULL;

	if (j == NULL)
		return false;
	http_fail(
	    call, 409, "job %u works on %s: wait for its end", j->id, path);
	return true;
}

void
create_lun(struct http_call *call)
{
	uint64_t bytes = create_full_bytes(call->body);
	struct creation *c;
	const char *path;

	if (create_is_refused(call))
		return;
	if (bytes == 0 || create_is_known(call->server, call->body) ||
	    call->server->source.text != NULL) {
		change_create(call->server, call->body, change_answer, call);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	c->body = json_incref(call->body);
	c->bytes = bytes;
	path = create_text(c->body, "path");
	job_begin(call, "allocate", create_text(c->body, "name"), path, path,
	    create_run, create_allocated, c);
}
