/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change.c - changes of the configuration file, and then of what runs.
 *
 * On the control thread: load, edit, check, save.  On the main thread: reload,
 * and have the control thread undo the files when that fails.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/utf8.h"
#include "server/change_impl.h"
#include "server/uuid.h"

/* Main thread: those that wait, and the one under way. */
static STAILQ_HEAD(, change) change_queue = STAILQ_HEAD_INITIALIZER(
    change_queue);
static bool change_running;

bool
change_refuse(struct change *c, int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, args);
	va_end(args);
	utf8_trim(c->why);
	c->status = status;
	return false;
}

bool
change_failed(struct change *c, int error, const char *path)
{
	if (error == -EINVAL)
		return change_refuse(
		    c, 400, "a word cannot stand in a configuration file");
	return change_refuse(c, 500, "%s: %s", path, strerror(-error));
}

/* ---- files ---- */

struct change_file *
change_open_file(struct change *c, const char *path)
{
	struct change_file *f;
	struct config_report report = { NULL, 0, 0 };
	const char *text;
	unsigned i;

	for (i = 0; i < c->file_count; i++) {
		if (strcmp(c->files[i].path, path) == 0)
			return &c->files[i];
	}
	if (c->file_count == CHANGE_FILES) {
		change_refuse(c, 422, "too many files would change");
		return NULL;
	}
	f = &c->files[c->file_count];
	f->edit = edit_open(path, &report);
	config_report_free(&report);
	if (f->edit == NULL) {
		change_refuse(c, 422, "%s cannot be edited", path);
		return NULL;
	}
	c->file_count++;
	text = edit_text(f->edit, &f->before_bytes);
	f->path = strdup(path);
	f->before = malloc(f->before_bytes + 1);
	if (f->path == NULL || f->before == NULL) {
		change_refuse(c, 503, "no memory");
		return NULL;
	}
	memcpy(f->before, text, f->before_bytes);
	return f;
}

static int
change_restore(const struct change_file *f)
{
	if (f->before != NULL)
		return replace_file(f->path, f->before, f->before_bytes);
	return unlink(f->path) == 0 ? 0 : -errno;
}

static void
change_undo_files(struct change *c)
{
	struct change_file *f;
	int error;

	for (f = c->files; f < c->files + c->file_count; f++) {
		if (!f->saved)
			continue;
		error = change_restore(f);
		f->saved = false;
		if (error != 0)
			log_error("file is not restored path=%s error=\"%s\"",
			    f->path, strerror(-error));
	}
}

static bool
change_save_files(struct change *c)
{
	struct change_file *f;
	int error;

	for (f = c->files; f < c->files + c->file_count; f++) {
		error = f->edit != NULL
			    ? edit_save(f->edit)
			    : replace_file(f->path, f->after, f->after_bytes);
		f->saved = error == 0;
		if (error == 0)
			continue;
		change_undo_files(c);
		return change_failed(c, error, f->path);
	}
	return true;
}

/* Before anything is written; what other files say is seen at the reload. */
static bool
change_check_file(struct change *c, struct change_file *f)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config;
	const char *text;
	size_t bytes;

	if (f->edit == NULL || strcmp(f->path, c->server->source.name) != 0)
		return true;
	text = edit_text(f->edit, &bytes);
	config = config_load_text(f->path, text, bytes, &report);
	if (config == NULL)
		findings_add_report(&c->findings, &report);
	config_report_free(&report);
	config_free(config);
	return config != NULL ||
	       change_refuse(c, 422, "the configuration would be invalid");
}

/* ---- the course of a change ---- */

static void change_next(void);

static json_t *
change_messages(const struct findings *f)
{
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < f->count; i++)
		json_array_append_new(list, json_string(f->lines[i]));
	return list;
}

static void
change_free(struct change *c)
{
	struct change_file *f;

	for (f = c->files; f < c->files + c->file_count; f++) {
		if (f->edit != NULL)
			edit_free(f->edit);
		if (f->after != NULL)
			explicit_bzero(f->after, f->after_bytes);
		free(f->after);
		if (f->before != NULL)
			explicit_bzero(f->before, f->before_bytes);
		free(f->before);
		free(f->path);
	}
	findings_clear(&c->findings);
	free(c->name);
	free(c);
}

/* Main thread: the end, good or not. */
static void
change_end(struct change *c)
{
	json_t *o = json_pack("{s:b, s:o}", "applied", c->status == 0,
	    "messages", change_messages(&c->findings));

	if (c->status != 0)
		json_object_set_new(o, "error", json_string(c->why));
	c->done(c->ctx, c->status != 0 ? c->status : 200, o);
	change_free(c);
	change_running = false;
	change_next();
}

static void
change_undone(struct job *job)
{
	struct change *c = container_of(job, struct change, job);

	change_end(c);
}

/* Control thread. */
static void
change_undo_here(struct job *job)
{
	struct change *c = container_of(job, struct change, job);

	change_undo_files(c);
	c->job.fn = change_undone;
	c->server->loop.home.post(&c->server->loop.home, &c->job);
}

static void
change_reloaded(struct reload_waiter *w, bool applied)
{
	struct change *c = container_of(w, struct change, waiter);
	struct findings *f = &c->server->findings;
	unsigned i;

	for (i = 0; i < f->count; i++)
		findings_add(&c->findings, "%s", f->lines[i]);
	if (applied) {
		log_notice("configuration changed by the admin");
		change_end(c);
		return;
	}
	change_refuse(c, 422,
	    "it cannot be put in force; the file is again "
	    "what it was");
	c->job.fn = change_undo_here;
	if (!crew_post(&c->server->control, &c->job))
		change_undo_here(&c->job);
}

/* Main thread: the files are saved, or it was refused. */
static void
change_edited(struct job *job)
{
	struct change *c = container_of(job, struct change, job);

	if (c->status != 0) {
		change_end(c);
		return;
	}
	c->waiter.done = change_reloaded;
	server_reload_for(c->server, &c->waiter);
}

/* The files are saved: what have they become? */
static void
change_confirm(struct change *c)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_source_load(&c->server->source, &report);
	bool good = false;

	if (config != NULL)
		good = c->kind.confirm(c, config);
	else
		change_refuse(c, 422, "the configuration would be invalid");
	if (config == NULL)
		findings_add_report(&c->findings, &report);
	config_report_free(&report);
	config_free(config);
	if (!good)
		change_undo_files(c);
}

static void
change_do(struct change *c)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_source_load(&c->server->source, &report);
	bool good = false;
	unsigned i;

	if (config == NULL && c->kind.confirm == NULL) {
		findings_add_report(&c->findings, &report);
		change_refuse(c, 422, "the configuration file is invalid");
	} else {
		good = c->kind.edit(c, config);
	}
	config_report_free(&report);
	config_free(config);
	for (i = 0; i < c->file_count && good; i++)
		good = change_check_file(c, &c->files[i]);
	if (good && change_save_files(c) && c->kind.confirm != NULL)
		change_confirm(c);
}

/* Control thread. */
static void
change_here(struct job *job)
{
	struct change *c = container_of(job, struct change, job);

	change_do(c);
	c->job.fn = change_edited;
	c->server->loop.home.post(&c->server->loop.home, &c->job);
}

static void
change_next(void)
{
	struct change *c = STAILQ_FIRST(&change_queue);

	if (c == NULL || change_running)
		return;
	STAILQ_REMOVE_HEAD(&change_queue, link);
	change_running = true;
	c->job.fn = change_here;
	if (crew_post(&c->server->control, &c->job))
		return;
	change_refuse(c, 503, "no thread");
	change_end(c);
}

/* ---- who was first ---- */

struct change_tag
change_tag(const struct server *s)
{
	char uuid[UUID_TEXT_BYTES];
	struct change_tag tag;

	uuid_format(uuid, s->incarnation);
	snprintf(tag.text, sizeof(tag.text), "\"%s-%u\"", uuid, s->generation);
	return tag;
}

bool
change_is_up_to_date(const struct server *s, const char *if_match)
{
	struct change_tag tag = change_tag(s);
	const char *found;

	if (if_match == NULL || strcmp(if_match, "*") == 0)
		return true;
	if (change_running || s->reloading)
		return false;
	/* One of a list; a weak one is not the same. */
	found = strstr(if_match, tag.text);
	return found != NULL && (found == if_match || found[-1] != '/');
}

/* Refused before it began. */
static void
change_decline(change_done *done, void *ctx, int status, const char *why)
{
	done(ctx, status, json_pack("{s:b, s:s}", "applied", 0, "error", why));
}

void
change_begin(struct server *s,
    bool (*edit)(struct change *c, const struct config *config),
    const char *name, const json_t *body, change_done *done, void *ctx)
{
	const struct change_kind kind = { .edit = edit };

	change_begin_kind(s, &kind, name, body, done, ctx);
}

void
change_begin_kind(struct server *s, const struct change_kind *kind,
    const char *name, const json_t *body, change_done *done, void *ctx)
{
	struct change *c = NULL;

	if (s->source.text != NULL) {
		change_decline(
		    done, ctx, 409, "there is no configuration file");
		return;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL || (c->name = strdup(name)) == NULL) {
		free(c);
		change_decline(done, ctx, 503, "no memory");
		return;
	}
	c->server = s;
	c->body = body;
	c->kind = *kind;
	c->done = done;
	c->ctx = ctx;
	STAILQ_INSERT_TAIL(&change_queue, c, link);
	change_next();
}
