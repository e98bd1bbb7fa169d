/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change_set.c - what is changed: single statements of lun and initiator
 * blocks.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "server/change_impl.h"

#define SET_TEXT  128
#define SET_WORDS 4 /* "limit-iops 1000 burst 200" */

/* ---- one statement ---- */

/* The words of a limit; another value is one word, whatever is in it. */
struct set_words {
	char text[SET_TEXT];
	const char *words[SET_WORDS];
	unsigned count;
};

static bool
set_is_limit(const char *keyword)
{
	return strncmp(keyword, "limit-", 6) == 0;
}

static bool
set_split(struct set_words *w, const char *keyword, const char *value)
{
	char *word, *rest = w->text;

	w->words[0] = keyword;
	w->words[1] = value;
	w->count = 2;
	if (!set_is_limit(keyword))
		return true;
	if (strlen(value) >= sizeof(w->text))
		return false;
	strcpy(w->text, value);
	w->count = 1;
	while ((word = strsep(&rest, " ")) != NULL) {
		if (word[0] == '\0' || w->count == SET_WORDS)
			return false;
		w->words[w->count++] = word;
	}
	return true;
}

/* In the block KEYWORD NAME of f; "none" is to have no limit. */
static bool
set_statement(struct change *c, struct change_file *f, const char *block,
    const char *keyword, const char *value)
{
	const struct config_statement *in = change_find(f, block, c->name), *s;
	struct set_words w;
	int error;

	if (!set_split(&w, keyword, value))
		return change_refuse(c, 400, "\"%s\" is no %s", value, keyword);
	s = in != NULL ? edit_find(f->edit, in, keyword, NULL) : NULL;
	if (set_is_limit(keyword) && strcmp(value, "none") == 0)
		return s == NULL || change_remove(c, f, s);
	if (s == NULL)
		return change_add(c, f, block, c->name, w.words, w.count);
	error = edit_change(f->edit, s, w.words, w.count);
	return error == 0 || change_failed(c, error, f->path);
}

static bool
set_statements(struct change *c, struct change_file *f, const char *block)
{
	const char *keyword;
	json_t *value;

	json_object_foreach((json_t *)c->body, keyword, value)
	{
		if (!set_statement(
			c, f, block, keyword, json_string_value(value)))
			return false;
	}
	return true;
}

/* ---- lun ---- */

static bool
set_lun_edit(struct change *c, const struct config *config)
{
	const struct config_lun *lun = change_find_lun(config, c->name);
	struct change_file *f;

	if (lun == NULL)
		return change_refuse(c, 404, "there is no lun %s", c->name);
	f = change_open_file(c, lun->place.file);
	return f != NULL && set_statements(c, f, "lun");
}

void
change_set(struct server *s, const char *lun, const json_t *body,
    change_done *done, void *ctx)
{
	change_begin(s, set_lun_edit, lun, body, done, ctx);
}

/* True: no size is asked for, or a larger one; else the call is answered. */
static bool
set_admits_size(struct http_call *call, const struct unit *u)
{
	const char *size =
	    json_string_value(json_object_get(call->body, "size"));
	struct value_fault fault;
	uint64_t bytes;

	if (size == NULL)
		return true;
	if (!value_lun_size(size, &bytes, &fault)) {
		http_fail(call, 400, "%s", fault.text);
		return false;
	}
	if (bytes > backstore_size(u->bs))
		return true;
	http_fail(call, 409,
	    "lun %s has that size already, and does not shrink",
	    call->argument);
	return false;
}

void
change_set_lun(struct http_call *call)
{
	const struct unit *u = server_find_unit(call->server, call->argument);

	if (u == NULL)
		http_fail(call, 404, "there is no lun %s", call->argument);
	else if (json_object_size(call->body) == 0)
		http_fail(call, 400, "what is to be changed?");
	else if (set_admits_size(call, u))
		change_set(call->server, call->argument, call->body,
		    change_answer, call);
}

/* ---- initiator ---- */

static const struct config_initiator *
set_find_initiator(const struct config *config, const char *pattern)
{
	const struct config_initiator *i;

	TAILQ_FOREACH (i, &config->initiators, link) {
		if (strcmp(i->pattern, pattern) == 0)
			return i;
	}
	return NULL;
}

/* A block that is there stays, also without statements: it may stand before
 * one with a wider pattern. */
static bool
set_initiator_edit(struct change *c, const struct config *config)
{
	const struct config_initiator *i = set_find_initiator(config, c->name);
	struct change_file *f = change_open_file(
	    c, i != NULL ? i->place.file : c->server->source.name);
	int error;

	if (f == NULL)
		return false;
	if (i == NULL) {
		error = edit_add(f->edit, NULL,
		    (const char *const[]){ "initiator", c->name }, 2, true);
		if (error != 0)
			return change_failed(c, error, f->path);
	}
	return set_statements(c, f, "initiator");
}

void
change_set_initiator(struct http_call *call)
{
	if (json_object_size(call->body) == 0)
		http_fail(call, 400, "what is to be changed?");
	else
		change_begin(call->server, set_initiator_edit, call->argument,
		    call->body, change_answer, call);
}
