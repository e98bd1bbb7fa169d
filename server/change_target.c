/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change_target.c - what is changed: target blocks and their maps.
 */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "server/change_impl.h"
#include "server/listing.h"
#include "server/survey.h"

/* ---- create ---- */

/* The one given, or the only one that there is. */
static const char *
change_portal_group(struct change *c, const struct config *config)
{
	const struct config_portal_group *pg =
	    TAILQ_FIRST(&config->portal_groups);
	const char *given = change_text(c, "portal-group");

	if (given != NULL)
		return given;
	if (pg != NULL && TAILQ_NEXT(pg, link) == NULL)
		return pg->name;
	change_refuse(c, 400, "which portal-group is it to be offered at?");
	return NULL;
}

static bool
change_target_statements(struct change *c, struct change_file *f,
    const struct config *config, const char *name)
{
	const char *alias = change_text(c, "alias");
	const char *portals = change_portal_group(c, config);

	if (portals == NULL)
		return false;
	if (alias != NULL && !change_add(c, f, "target", name,
				 (const char *const[]){ "alias", alias }, 2))
		return false;
	return change_add(c, f, "target", name,
		   (const char *const[]){ "portal-group", portals }, 2) &&
	       change_add(c, f, "target", name,
		   (const char *const[]){
		       "auth-group", change_text(c, "auth-group") },
		   2);
}

static bool
change_create_target_edit(struct change *c, const struct config *config)
{
	struct change_file *f;
	int error;

	if (change_find_target(config, c->name) != NULL)
		return change_refuse(
		    c, 409, "there is a target %s already", c->name);
	f = change_open_file(c, c->server->source.name);
	if (f == NULL)
		return false;
	error = edit_add(
	    f->edit, NULL, (const char *const[]){ "target", c->name }, 2, true);
	if (error != 0)
		return change_failed(c, error, f->path);
	return change_target_statements(c, f, config, c->name);
}

void
change_create_target(struct http_call *call)
{
	change_begin(call->server, change_create_target_edit,
	    json_string_value(json_object_get(call->body, "name")), call->body,
	    change_answer, call);
}

/* ---- maps ---- */

static bool
change_add_map_edit(struct change *c, const struct config *config)
{
	if (change_find_lun(config, c->name) == NULL)
		return change_refuse(c, 404, "there is no lun %s", c->name);
	return change_map(c, config, c->name);
}

void
change_add_map(struct http_call *call)
{
	change_begin(call->server, change_add_map_edit,
	    json_string_value(json_object_get(call->body, "lun")), call->body,
	    change_answer, call);
}

/* ---- what takes something away from initiators ---- */

struct change_loss {
	struct http_call *call;
	json_t *body; /* of the change; or NULL */
	bool (*edit)(struct change *c, const struct config *config);
};

static void
change_loss_done(void *ctx, int status, json_t *answer)
{
	struct change_loss *l = ctx;

	http_reply(l->call, status, answer);
	json_decref(l->body);
	free(l);
}

static void
change_loss_refuse(struct change_loss *l, int status, const char *why)
{
	change_loss_done(
	    l, status, json_pack("{s:b, s:s}", "applied", 0, "error", why));
}

static void
change_lose(struct change_loss *l)
{
	change_begin(l->call->server, l->edit, l->call->argument, l->body,
	    change_loss_done, l);
}

static void
change_loss_counted(const struct survey *survey, void *ctx)
{
	struct change_loss *l = ctx;
	unsigned sessions = listing_count_sessions(survey, l->call->argument);

	if (!http_is_up_to_date(l->call))
		change_loss_refuse(l, 412, HTTP_OUT_OF_DATE);
	else if (sessions == 0 && survey->unanswered == 0)
		change_lose(l);
	else
		change_loss_refuse(
		    l, 409, "initiators are logged in to the target");
}

/* Not while initiators are logged in, unless it is to be forced. */
static void
change_begin_loss(struct http_call *call, json_t *body,
    bool (*edit)(struct change *c, const struct config *config))
{
	struct change_loss *l = calloc(1, sizeof(*l));
	const char *force = http_query(call, "force");

	if (l == NULL) {
		json_decref(body);
		http_fail(call, 503, "no memory");
		return;
	}
	l->call = call;
	l->body = body;
	l->edit = edit;
	if (force != NULL && strcmp(force, "true") == 0)
		change_lose(l);
	else if (!survey_begin(call->server, change_loss_counted, l))
		change_loss_refuse(l, 503, "no memory");
}

static bool
change_delete_target_edit(struct change *c, const struct config *config)
{
	const struct config_target *t = change_find_target(config, c->name);
	struct change_file *f;

	if (t == NULL)
		return change_refuse(c, 404, "there is no target %s", c->name);
	f = change_open_file(c, t->place.file);
	return f != NULL &&
	       change_remove(c, f, change_find(f, "target", c->name));
}

void
change_delete_target(struct http_call *call)
{
	change_begin_loss(call, NULL, change_delete_target_edit);
}

static bool
change_delete_map_edit(struct change *c, const struct config *config)
{
	const struct config_target *t = change_find_target(config, c->name);
	const char *lun = change_text(c, "lun");
	const struct config_lun_map *m;
	bool found = false;

	if (t == NULL)
		return change_refuse(c, 404, "there is no target %s", c->name);
	for (m = t->luns; m < t->luns + t->lun_count; m++) {
		if (strcmp(m->lun->name, lun) != 0)
			continue;
		found = true;
		if (!change_unmap(c, t, m))
			return false;
	}
	return found || change_refuse(c, 404, "target %s does not offer lun %s",
			    c->name, lun);
}

void
change_delete_map(struct http_call *call)
{
	json_t *body = json_pack("{s:s}", "lun", http_query(call, "lun"));

	change_begin_loss(call, body, change_delete_map_edit);
}
