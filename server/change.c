/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change.c - changes of the configuration file, and then of what runs.
 *
 * On the control thread: load, edit, check, save.  On the main thread: reload,
 * and have the control thread undo the files when that fails.
 */
#include "server/change.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "config/edit.h"
#include "config/value.h"
#include "server/server.h"

#define CHANGE_FILES 8 /* that one change touches */
#define CHANGE_WHY   512

/* A file that is edited, and what it was. */
struct change_file {
	struct edit *edit;
	char *path, *before;
	size_t before_bytes;
	bool saved;
};

struct change {
	struct job job;
	struct reload_waiter waiter;
	STAILQ_ENTRY(change) link;
	struct http_call *call;
	struct server *server;
	bool (*edit)(struct change *c, const struct config *config);
	struct findings findings;
	int status; /* of the answer, when it is refused */
	char why[CHANGE_WHY];
	struct change_file files[CHANGE_FILES];
	unsigned file_count;
};

/* Main thread: those that wait, and the one under way. */
static STAILQ_HEAD(, change) change_queue = STAILQ_HEAD_INITIALIZER(
    change_queue);
static bool change_running;

static bool change_refuse(struct change *c, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Always false. */
static bool
change_refuse(struct change *c, int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, args);
	va_end(args);
	c->status = status;
	return false;
}

static bool
change_failed(struct change *c, int error, const char *path)
{
	if (error == -EINVAL)
		return change_refuse(
		    c, 400, "a word cannot stand in a configuration file");
	return change_refuse(c, 500, "%s: %s", path, strerror(-error));
}

/* ---- files ---- */

static struct change_file *
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

static void
change_undo_files(struct change *c)
{
	struct change_file *f;
	int error;

	for (f = c->files; f < c->files + c->file_count; f++) {
		if (!f->saved)
			continue;
		error = replace_file(f->path, f->before, f->before_bytes);
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
		error = edit_save(f->edit);
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

	if (strcmp(f->path, c->server->source.name) != 0)
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

/* ---- edits ---- */

/* The named block of a file of the edit, or NULL. */
static const struct config_statement *
change_find(struct change_file *f, const char *keyword, const char *name)
{
	return edit_find(f->edit, NULL, keyword, name);
}

/* A statement of the block KEYWORD NAME. */
static bool
change_add(struct change *c, struct change_file *f, const char *keyword,
    const char *name, const char *const *words, unsigned count)
{
	const struct config_statement *block = change_find(f, keyword, name);
	int error;

	if (block == NULL)
		return change_refuse(
		    c, 422, "%s: no %s %s", f->path, keyword, name);
	error = edit_add(f->edit, block, words, count, false);
	return error == 0 || change_failed(c, error, f->path);
}

static const char *
change_text(const struct change *c, const char *name)
{
	return json_string_value(json_object_get(c->call->body, name));
}

static const struct config_lun *
change_find_lun(const struct config *config, const char *name)
{
	const struct config_lun *lun;

	TAILQ_FOREACH (lun, &config->luns, link) {
		if (strcmp(lun->name, name) == 0)
			return lun;
	}
	return NULL;
}

static const struct config_target *
change_find_target(const struct config *config, const char *name)
{
	const struct config_target *t;

	TAILQ_FOREACH (t, &config->targets, link) {
		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

/* ---- create ---- */

static unsigned
change_free_number(const struct config_target *t)
{
	unsigned i, number = 0;

	for (i = 0; i < t->lun_count; i++) {
		if (t->luns[i].number == number)
			number++;
	}
	return number;
}

static bool
change_map(struct change *c, const struct config *config, const char *lun)
{
	const char *name = change_text(c, "target");
	const json_t *number = json_object_get(c->call->body, "number");
	const struct config_target *t;
	struct change_file *f;
	char text[24];

	if (name == NULL)
		return number == NULL ||
		       change_refuse(c, 400, "number needs a target");
	t = change_find_target(config, name);
	if (t == NULL)
		return change_refuse(c, 404, "there is no target %s", name);
	f = change_open_file(c, t->place.file);
	if (f == NULL)
		return false;
	snprintf(text, sizeof(text), "%lld",
	    number != NULL ? (long long)json_integer_value(number)
			   : (long long)change_free_number(t));
	return change_add(
	    c, f, "target", name, (const char *const[]){ "lun", text, lun }, 3);
}

/* The members that are statements of the lun block under the same name. */
static bool
change_lun_statements(struct change *c, struct change_file *f, const char *lun)
{
	static const char *const keywords[] = { "size", "allocation", "cache",
		"block-size", "read-only", "thin-pool", "stripes" };
	const char *store = change_text(c, "store");
	const char *path = change_text(c, "path"), *value;
	unsigned i;

	if (!change_add(c, f, "lun", lun, (const char *const[]){ store, path },
		path != NULL ? 2 : 1))
		return false;
	for (i = 0; i < ARRAY_LEN(keywords); i++) {
		value = change_text(c, keywords[i]);
		if (value != NULL &&
		    !change_add(c, f, "lun", lun,
			(const char *const[]){ keywords[i], value }, 2))
			return false;
	}
	return true;
}

static bool
change_create_edit(struct change *c, const struct config *config)
{
	const char *name = change_text(c, "name");
	struct change_file *f;
	int error;

	if (change_find_lun(config, name) != NULL)
		return change_refuse(c, 409, "there is a lun %s already", name);
	f = change_open_file(c, c->server->source.name);
	if (f == NULL)
		return false;
	error = edit_add(
	    f->edit, NULL, (const char *const[]){ "lun", name }, 2, true);
	if (error != 0)
		return change_failed(c, error, f->path);
	return change_lun_statements(c, f, name) && change_map(c, config, name);
}

/* ---- grow ---- */

static bool
change_grow_edit(struct change *c, const struct config *config)
{
	const char *name = c->call->argument, *size = change_text(c, "size");
	const struct config_lun *lun = change_find_lun(config, name);
	const struct config_statement *block, *s;
	struct change_file *f;
	int error;

	if (lun == NULL)
		return change_refuse(c, 404, "there is no lun %s", name);
	f = change_open_file(c, lun->place.file);
	if (f == NULL)
		return false;
	block = change_find(f, "lun", name);
	s = block != NULL ? edit_find(f->edit, block, "size", NULL) : NULL;
	if (s == NULL)
		return change_add(c, f, "lun", name,
		    (const char *const[]){ "size", size }, 2);
	error =
	    edit_change(f->edit, s, (const char *const[]){ "size", size }, 2);
	return error == 0 || change_failed(c, error, f->path);
}

/* ---- delete ---- */

static bool
change_remove(
    struct change *c, struct change_file *f, const struct config_statement *s)
{
	int error = s != NULL ? edit_remove(f->edit, s) : -ENOENT;

	return error == 0 || change_failed(c, error, f->path);
}

static bool
change_unmap(struct change *c, const struct config_target *t,
    const struct config_lun_map *m)
{
	struct change_file *f = change_open_file(c, m->place.file);
	const struct config_statement *block;
	char number[16];

	if (f == NULL)
		return false;
	snprintf(number, sizeof(number), "%u", m->number);
	block = change_find(f, "target", t->name);
	if (block == NULL)
		return change_refuse(c, 422,
		    "target %s is not written like that in %s", t->name,
		    f->path);
	return change_remove(c, f, edit_find(f->edit, block, "lun", number));
}

static bool
change_unmap_all(
    struct change *c, const struct config *config, const struct config_lun *lun)
{
	const struct config_target *t;
	const struct config_lun_map *m;

	TAILQ_FOREACH (t, &config->targets, link) {
		for (m = t->luns; m < t->luns + t->lun_count; m++) {
			if (m->lun == lun && !change_unmap(c, t, m))
				return false;
		}
	}
	return true;
}

static bool
change_delete_edit(struct change *c, const struct config *config)
{
	const char *name = c->call->argument;
	const struct config_lun *lun = change_find_lun(config, name);
	struct change_file *f;

	if (lun == NULL)
		return change_refuse(c, 404, "there is no lun %s", name);
	if (!change_unmap_all(c, config, lun))
		return false;
	f = change_open_file(c, lun->place.file);
	return f != NULL && change_remove(c, f, change_find(f, "lun", name));
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
		edit_free(f->edit);
		if (f->before != NULL)
			explicit_bzero(f->before, f->before_bytes);
		free(f->before);
		free(f->path);
	}
	findings_clear(&c->findings);
	free(c);
}

/* Main thread: the end, good or not. */
static void
change_end(struct change *c, const struct findings *findings)
{
	json_t *o = json_pack("{s:b, s:o}", "applied", c->status == 0,
	    "messages", change_messages(findings));

	if (c->status != 0)
		json_object_set_new(o, "error", json_string(c->why));
	http_reply(c->call, c->status != 0 ? c->status : 200, o);
	change_free(c);
	change_running = false;
	change_next();
}

static void
change_undone(struct job *job)
{
	struct change *c = container_of(job, struct change, job);

	change_end(c, &c->findings);
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

	if (applied) {
		log_notice("configuration changed by the admin");
		change_end(c, f);
		return;
	}
	for (i = 0; i < f->count; i++)
		findings_add(&c->findings, "%s", f->lines[i]);
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
		change_end(c, &c->findings);
		return;
	}
	c->waiter.done = change_reloaded;
	server_reload_for(c->server, &c->waiter);
}

static void
change_do(struct change *c)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_source_load(&c->server->source, &report);
	bool good = false;
	unsigned i;

	if (config == NULL) {
		findings_add_report(&c->findings, &report);
		change_refuse(c, 422, "the configuration file is invalid");
	} else {
		good = c->edit(c, config);
	}
	config_report_free(&report);
	config_free(config);
	for (i = 0; i < c->file_count && good; i++)
		good = change_check_file(c, &c->files[i]);
	if (good)
		change_save_files(c);
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
	change_end(c, &c->findings);
}

static void
change_begin(struct http_call *call,
    bool (*edit)(struct change *c, const struct config *config))
{
	struct change *c;

	if (call->server->source.text != NULL) {
		http_fail(call, 409, "there is no configuration file");
		return;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	c->call = call;
	c->server = call->server;
	c->edit = edit;
	STAILQ_INSERT_TAIL(&change_queue, c, link);
	change_next();
}

/* ---- calls ---- */

static struct unit *
change_find_unit(const struct server *s, const char *name)
{
	unsigned i;

	for (i = 0; i < s->unit_count; i++) {
		if (strcmp(s->units[i]->lu->identity.name, name) == 0)
			return s->units[i];
	}
	return NULL;
}

void
change_create_lun(struct http_call *call)
{
	change_begin(call, change_create_edit);
}

void
change_grow_lun(struct http_call *call)
{
	static const struct value_type type = { .low = 512,
		.high = 1ull << 52 };
	struct unit *u = change_find_unit(call->server, call->argument);
	struct value_fault fault;
	uint64_t bytes;

	if (u == NULL)
		http_fail(call, 404, "there is no lun %s", call->argument);
	else if (!value_size(&type, NULL,
		     json_string_value(json_object_get(call->body, "size")),
		     &bytes, &fault))
		http_fail(call, 400, "%s", fault.text);
	else if (bytes <= backstore_size(u->bs))
		http_fail(call, 409,
		    "lun %s has that size already, and does "
		    "not shrink",
		    call->argument);
	else
		change_begin(call, change_grow_edit);
}

static bool
change_is_in_use(struct unit *u)
{
	bool used;

	pthread_mutex_lock(&u->lu->mutex);
	used = !LIST_EMPTY(&u->lu->nexuses);
	pthread_mutex_unlock(&u->lu->mutex);
	return used;
}

void
change_delete_lun(struct http_call *call)
{
	struct unit *u = change_find_unit(call->server, call->argument);
	const char *force = http_query(call, "force");

	if (u == NULL)
		http_fail(call, 404, "there is no lun %s", call->argument);
	else if (change_is_in_use(u) &&
		 (force == NULL || strcmp(force, "true") != 0))
		http_fail(call, 409, "initiators are logged in to lun %s",
		    call->argument);
	else
		change_begin(call, change_delete_edit);
}
