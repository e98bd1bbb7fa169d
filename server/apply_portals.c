/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/apply_portals.c - the ports of one configuration and of the next.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/apply_impl.h"

/* NULL: none of its groups listens there. */
static const struct config_portal_group *
config_find_portal(const struct config *config, const char *address)
{
	const struct config_portal_group *pg;
	struct listener_place at;
	unsigned i;

	if (config == NULL)
		return NULL;
	TAILQ_FOREACH (pg, &config->portal_groups, link) {
		for (i = 0; i < pg->portal_count; i++) {
			if (listener_place_of(&pg->portals[i], &at) &&
			    strcmp(at.text, address) == 0)
				return pg;
		}
	}
	return NULL;
}

static const char *
congestion_words(int error)
{
	if (error == -ENOENT)
		return "not one of net.ipv4.tcp_available_congestion_control";
	if (error == -EPERM)
		return "not one of net.ipv4.tcp_allowed_congestion_control";
	return strerror(-error);
}

/* What a listener had is not asked for again: it may be allowed no more.  And
 * what the system has is no demand, which might not be met. */
static void
plan_congestion(struct plan *p, const struct plan_portal *q,
    const struct config_portal_group *old)
{
	const char *name = q->of->congestion_control;
	int error = 0;

	if (q->listener != NULL)
		error = listener_set_congestion(q->listener, name);
	else if (name != NULL &&
		 !config_same_text(old->congestion_control, name))
		error = listener_try_congestion(name);
	if (error != 0 && name != NULL)
		plan_error(p, &q->of->place,
		    "portal-group %s: congestion-control %s: %s", q->of->name,
		    name, congestion_words(error));
}

static void
plan_portal(struct plan *p, const struct config_portal *from,
    const struct config_portal_group *of, unsigned group)
{
	struct plan_portal *q = &p->portals[p->portal_count];
	const struct config_portal_group *old;
	struct listener_place at;
	int error;

	if (!listener_place_of(from, &at)) {
		plan_error(p, &from->place,
		    "listen: %s is no address of an interface that is there",
		    from->host);
		return;
	}
	q->of = of;
	q->group = group;
	memcpy(q->address, at.text, sizeof(q->address));
	old = config_find_portal(p->server->config, q->address);
	error = old == NULL ? listener_open(&at, &q->listener) : 0;
	if (error != 0) {
		plan_error(p, &from->place, "cannot listen on %s: %s",
		    q->address, strerror(-error));
		return;
	}
	p->portal_count++;
	plan_congestion(p, q, old);
}

void
plan_portals(struct plan *p)
{
	const struct config_portal_group *pg;
	unsigned i, n = 0, group = 0;

	TAILQ_FOREACH (pg, &p->config->portal_groups, link)
		n += pg->portal_count;
	p->portals = calloc(n + 1, sizeof(*p->portals));
	if (p->portals == NULL) {
		plan_no_memory(p);
		return;
	}
	TAILQ_FOREACH (pg, &p->config->portal_groups, link) {
		for (i = 0; i < pg->portal_count; i++)
			plan_portal(p, &pg->portals[i], pg, group);
		group++;
	}
}

void
plan_drop_portals(struct plan *p)
{
	unsigned i;

	for (i = 0; i < p->portal_count; i++) {
		if (p->portals[i].listener != NULL)
			listener_close(p->portals[i].listener);
	}
}

/* It was tried, so this is about memory.  For the system's see above. */
static void
plan_switch_congestion(struct listener *l, const char *name)
{
	int error = listener_set_congestion(l, name);

	if (error != 0 && name != NULL)
		log_warning("congestion control stays as it was address=%s "
			    "wanted=%s error=\"%s\"",
		    l->address, name, congestion_words(error));
}

void
plan_switch_portals(struct server *s, struct plan *p)
{
	struct plan_portal *q;
	struct listener *l;
	unsigned i;

	s->acceptor.service = p->service;
	for (i = 0; i < p->portal_count; i++) {
		q = &p->portals[i];
		l = q->listener != NULL
			? q->listener
			: acceptor_find(&s->acceptor, q->address);
		acceptor_add(
		    &s->acceptor, l, p->service->portal_groups[q->group]);
		if (q->listener == NULL)
			plan_switch_congestion(l, q->of->congestion_control);
	}
	acceptor_close_unwanted(&s->acceptor);
}
