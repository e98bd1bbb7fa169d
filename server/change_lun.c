/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change_lun.c - what is changed: lun blocks and their maps.
 */
#include <errno.h>
#include <string.h>

#include "common/bytes.h"
#include "server/change_impl.h"

/* ---- edits ---- */

const struct config_statement *
change_find(struct change_file *f, const char *keyword, const char *name)
{
	return edit_find(f->edit, NULL, keyword, name);
}

bool
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

const char *
change_text(const struct change *c, const char *name)
{
	return json_string_value(json_object_get(c->body, name));
}

const struct config_lun *
change_find_lun(const struct config *config, const char *name)
{
	const struct config_lun *lun;

	TAILQ_FOREACH (lun, &config->luns, link) {
		if (strcmp(lun->name, name) == 0)
			return lun;
	}
	return NULL;
}

const struct config_target *
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

bool
change_map(struct change *c, const struct config *config, const char *lun)
{
	const char *name = change_text(c, "target");
	const json_t *number = json_object_get(c->body, "number");
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
	static const char *const keywords[] = { "size", "allocation", "reserve",
		"owner", "group", "mode", "cache", "block-size", "read-only",
		"thin-pool", "stripes", "conf", "user", "namespace" };
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
	/* What had that name once was another disk. */
	if (json_is_true(json_object_get(c->body, "new")))
		state_forget(c->server->state, name);
	f = change_open_file(c, c->server->source.name);
	if (f == NULL)
		return false;
	error = edit_add(
	    f->edit, NULL, (const char *const[]){ "lun", name }, 2, true);
	if (error != 0)
		return change_failed(c, error, f->path);
	return change_lun_statements(c, f, name) && change_map(c, config, name);
}

/* ---- delete ---- */

bool
change_remove(
    struct change *c, struct change_file *f, const struct config_statement *s)
{
	int error = s != NULL ? edit_remove(f->edit, s) : -ENOENT;

	return error == 0 || change_failed(c, error, f->path);
}

bool
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
	const char *name = c->name;
	const struct config_lun *lun = change_find_lun(config, name);
	struct change_file *f;

	if (lun == NULL)
		return change_refuse(c, 404, "there is no lun %s", name);
	if (!change_unmap_all(c, config, lun))
		return false;
	f = change_open_file(c, lun->place.file);
	return f != NULL && change_remove(c, f, change_find(f, "lun", name));
}

/* ---- changes ---- */

void
change_create(
    struct server *s, const json_t *body, change_done *done, void *ctx)
{
	change_begin(s, change_create_edit,
	    json_string_value(json_object_get(body, "name")), body, done, ctx);
}

void
change_delete(struct server *s, const char *lun, change_done *done, void *ctx)
{
	change_begin(s, change_delete_edit, lun, NULL, done, ctx);
}

void
change_answer(void *ctx, int status, json_t *answer)
{
	http_reply(ctx, status, answer);
}
