/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/why.c - what would become of a login, and by which line of the file.
 *
 * The decisions are those of the groups in force (iscsi/service.h), so that
 * the answer cannot differ from what a login gets; the configuration's tree
 * only says where each comes from.
 */
#include "server/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/parse.h"
#include "iscsi/proto.h"
#include "server/listing.h"

/* One target at one portal group. */
struct why {
	const struct why_question *q;
	const struct config *config;
	const struct config_auth_group *config_group;
	const struct auth_group *group;
	const struct iscsi_target *target;
	const struct portal_group *portal_group;
	json_t *steps;
	bool refused;
	unsigned status; /* class and detail of the login's answer */
};

/* ---- places ---- */

/* The child of that keyword in the block NOUN NAME, or the block itself. */
static struct config_place
why_place_in(const struct config *config, const struct config_place *block,
    const char *keyword)
{
	const struct config_statement *s, *child;
	struct config_place place = *block;
	const struct source *source;

	STAILQ_FOREACH (source, &config->tree->sources, link) {
		if (strcmp(source->name,
			block->file != NULL ? block->file : "") != 0)
			continue;
		for (s = source->root.child; s != NULL; s = s->next) {
			if (s->words[0]->line != block->line)
				continue;
			for (child = s->child; child != NULL;
			     child = child->next) {
				if (strcmp(statement_word(child, 0), keyword) !=
				    0)
					continue;
				place.line = child->words[0]->line;
				return place;
			}
		}
	}
	return place;
}

/* ---- steps ---- */

static void why_step(struct why *w, const char *check, bool ok,
    const struct config_place *place, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void
why_step(struct why *w, const char *check, bool ok,
    const struct config_place *place, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_array_append_new(
	    w->steps, json_pack("{s:s, s:b, s:s, s:o}", "check", check, "ok",
			  ok, "text", text, "place", listing_place(place)));
}

static void
why_refuse(struct why *w, unsigned status)
{
	w->refused = true;
	w->status = status;
}

static void
why_closed(struct why *w)
{
	if (!w->group->deny)
		return;
	why_refuse(w, LOGIN_INITIATOR_ERROR << 8 | LOGIN_AUTHORIZATION_FAILURE);
	why_step(w, "auth-group", false, &w->config_group->place,
	    "auth-group %s admits nobody", w->group->name);
}

static void
why_address(struct why *w)
{
	struct config_place place = why_place_in(
	    w->config, &w->config_group->place, "initiator-address");
	struct peer_address peer;
	bool ok;

	if (w->refused || w->group->initiator_address_count == 0)
		return;
	if (w->q->address == NULL) {
		why_step(w, "address", true, &place,
		    "auth-group %s admits only some addresses (say: from "
		    "ADDRESS)",
		    w->group->name);
		return;
	}
	address_parse(w->q->address, &peer.ip);
	ok = auth_group_admits_address(w->group, &peer);
	why_step(w, "address", ok, &place, "auth-group %s %s address %s",
	    w->group->name, ok ? "admits" : "does not admit", w->q->address);
	if (!ok)
		why_refuse(w,
		    LOGIN_INITIATOR_ERROR << 8 | LOGIN_AUTHORIZATION_FAILURE);
}

static void
why_name(struct why *w)
{
	struct config_place place =
	    why_place_in(w->config, &w->config_group->place, "initiator-name");
	bool ok;

	if (w->refused || w->group->initiator_name_count == 0)
		return;
	ok = auth_group_admits_name(w->group, w->q->initiator);
	why_step(w, "name", ok, &place, "auth-group %s %s this name",
	    w->group->name, ok ? "admits" : "does not admit");
	if (!ok)
		why_refuse(w,
		    LOGIN_INITIATOR_ERROR << 8 | LOGIN_AUTHORIZATION_FAILURE);
}

static void
why_proof(struct why *w)
{
	const struct config_auth_group *ag = w->config_group;
	struct config_place place;
	const char *user = w->q->user;
	bool ok;

	if (w->refused)
		return;
	if (auth_group_accepts_none(w->group)) {
		why_step(w, "proof", true, &ag->place,
		    "auth-group %s asks for no proof", ag->name);
		return;
	}
	place = why_place_in(w->config, &ag->place, "chap");
	if (place.line == ag->place.line)
		place = why_place_in(w->config, &ag->place, "chap-mutual");
	ok = user != NULL &&
	     auth_group_find_chap(w->group, user, strlen(user)) != NULL;
	if (ok)
		why_step(w, "proof", true, &place,
		    "auth-group %s has the user %s; the secret must match",
		    ag->name, user);
	else if (user != NULL)
		why_step(w, "proof", false, &place,
		    "auth-group %s has no user %s (of %u)", ag->name, user,
		    w->group->chap_count);
	else
		why_step(w, "proof", false, &place,
		    "auth-group %s asks for CHAP (say: as USER)", ag->name);
	if (!ok)
		why_refuse(w,
		    LOGIN_INITIATOR_ERROR << 8 | LOGIN_AUTHENTICATION_FAILURE);
}

static bool
why_redirects(struct why *w, const char *to, bool permanent,
    const struct config_place *block)
{
	struct config_place place = why_place_in(w->config, block, "redirect");

	if (w->refused || to == NULL)
		return false;
	why_refuse(
	    w, LOGIN_REDIRECTION << 8 | (permanent ? LOGIN_MOVED_PERMANENTLY
						   : LOGIN_MOVED_TEMPORARILY));
	why_step(w, "redirect", false, &place, "sent to %s", to);
	return true;
}

/* ---- LUNs ---- */

static json_t *
why_luns(const struct why *w, const struct config_target *t)
{
	const struct target *target = w->target->target;
	const struct config_lun_map *m;
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < target->lun_count && i < t->lun_count; i++) {
		m = &t->luns[i];
		json_array_append_new(list,
		    json_pack("{s:i, s:s, s:b, s:b, s:o}", "number", m->number,
			"name", m->lun->name, "visible",
			lun_mapping_visible(&target->luns[i], w->q->initiator),
			"read_only", m->read_only || m->lun->read_only, "place",
			listing_place(&m->place)));
	}
	return list;
}

/* ---- one target at one portal group ---- */

static const struct portal_group *
why_find_portal_group(const struct service *service, const char *name)
{
	unsigned i;

	for (i = 0; i < service->portal_group_count; i++) {
		if (strcmp(service->portal_groups[i]->name, name) == 0)
			return service->portal_groups[i];
	}
	return NULL;
}

static json_t *
why_verdict(struct why *w, const struct config_target *t,
    const struct config_portal_group *pg)
{
	char status[8];

	snprintf(status, sizeof(status), "%04x", w->status);
	return json_pack("{s:s, s:s, s:b, s:s, s:o, s:o}", "target", t->name,
	    "portal_group", pg->name, "admitted", !w->refused, "status", status,
	    "steps", w->steps, "luns",
	    w->refused ? json_array() : why_luns(w, t));
}

static json_t *
why_at(const struct server *s, const struct why_question *q,
    const struct config_target *t, const struct config_target_portal_group *g)
{
	const struct config_portal_group *pg = g->portal_group;
	struct why w = {
		.q = q,
		.config = s->config,
		.config_group =
		    g->auth_group != NULL ? g->auth_group : t->auth_group,
		.target = service_find_target(s->service, t->name),
		.portal_group = why_find_portal_group(s->service, pg->name),
		.steps = json_array(),
	};

	w.group = iscsi_target_auth(w.target, w.portal_group);
	why_step(&w, "portal-group", true, &pg->place,
	    "offered at portal-group %s (%u address%s)", pg->name,
	    pg->portal_count, pg->portal_count == 1 ? "" : "es");
	if (!why_redirects(
		&w, pg->redirect, pg->redirect_permanent, &pg->place)) {
		why_closed(&w);
		why_address(&w);
		why_name(&w);
		why_redirects(
		    &w, t->redirect, t->redirect_permanent, &t->place);
		why_proof(&w);
	}
	return why_verdict(&w, t, pg);
}

json_t *
why_answer(const struct server *s, const struct why_question *q)
{
	const struct config_target *t;
	json_t *list = json_array(), *one;
	unsigned i, admitted = 0;

	TAILQ_FOREACH (t, &s->config->targets, link) {
		if (q->target != NULL && strcmp(q->target, t->name) != 0)
			continue;
		for (i = 0; i < t->portal_group_count; i++) {
			one = why_at(s, q, t, &t->portal_groups[i]);
			admitted +=
			    json_is_true(json_object_get(one, "admitted"));
			json_array_append_new(list, one);
		}
	}
	return json_pack("{s:s, s:i, s:o}", "initiator", q->initiator,
	    "admitted", (int)admitted, "targets", list);
}
