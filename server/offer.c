/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/offer.c - the snapshot of what is offered to initiators.
 */
#include "server/offer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/log.h"
#include "common/undumped.h"
#include "server/address.h"

/* What is being made; failed sticks. */
struct offer {
	const struct config *config;
	struct lu *const *lus;
	struct service *service;
	bool failed; /* out of memory */
};

/* ---- the end of a service ---- */

static void
offer_free_auth_group(struct auth_group *ag)
{
	unsigned i;

	if (ag == NULL)
		return;
	for (i = 0; i < ag->chap_count; i++) {
		free(ag->chap[i].user);
		free(ag->chap[i].mutual_user);
		undumped_free(ag->chap[i].secret);
		undumped_free(ag->chap[i].mutual_secret);
	}
	for (i = 0; i < ag->initiator_name_count; i++)
		free(ag->initiator_names[i]);
	free(ag->chap);
	free(ag->initiator_names);
	free(ag->initiator_addresses);
	free(ag->name);
	free(ag);
}

static void
offer_free_portal_group(struct portal_group *pg)
{
	if (pg == NULL)
		return;
	free(pg->portals);
	free(pg->redirect);
	free(pg->name);
	free(pg);
}

static void
offer_free_target(struct iscsi_target *t)
{
	if (t == NULL)
		return;
	if (t->target != NULL)
		target_unref(t->target);
	free(t->portal_groups);
	free(t->redirect);
	free(t);
}

static void
offer_free(struct service *s)
{
	unsigned i;

	for (i = 0; i < s->target_count; i++)
		offer_free_target(s->targets[i]);
	for (i = 0; i < s->portal_group_count; i++)
		offer_free_portal_group(s->portal_groups[i]);
	for (i = 0; i < s->auth_group_count; i++)
		offer_free_auth_group(s->auth_groups[i]);
	free(s->targets);
	free(s->portal_groups);
	free(s->auth_groups);
	free(s);
}

/* ---- memory ---- */

static void *
offer_alloc(struct offer *o, size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		o->failed = true;
	return p;
}

static char *
offer_copy(struct offer *o, const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = strdup(text);
	if (copy == NULL)
		o->failed = true;
	return copy;
}

static char *
offer_copy_secret(struct offer *o, const char *secret)
{
	char *copy = undumped_text(secret);

	o->failed |= copy == NULL && secret != NULL;
	return copy;
}

/* ---- auth-groups ---- */

static void
offer_chap(struct offer *o, struct auth_group *ag,
    const struct config_auth_group *from)
{
	struct chap_credential *c;
	unsigned i;

	ag->chap = offer_alloc(o, from->chap_count, sizeof(*ag->chap));
	if (ag->chap == NULL)
		return;
	ag->chap_count = from->chap_count;
	for (i = 0; i < from->chap_count; i++) {
		c = &ag->chap[i];
		c->user = offer_copy(o, from->chap[i].user);
		c->secret = offer_copy_secret(o, from->chap[i].secret);
		c->mutual_user = offer_copy(o, from->chap[i].mutual_user);
		c->mutual_secret =
		    offer_copy_secret(o, from->chap[i].mutual_secret);
	}
}

static void
offer_names(
    struct offer *o, struct auth_group *ag, const struct config_strings *from)
{
	unsigned i;

	ag->initiator_names = offer_alloc(o, from->count, sizeof(char *));
	if (ag->initiator_names == NULL)
		return;
	ag->initiator_name_count = from->count;
	for (i = 0; i < from->count; i++)
		ag->initiator_names[i] = offer_copy(o, from->items[i]);
}

static void
offer_addresses(
    struct offer *o, struct auth_group *ag, const struct config_strings *from)
{
	struct address_range *r;
	unsigned i;

	ag->initiator_addresses = offer_alloc(o, from->count, sizeof(*r));
	if (ag->initiator_addresses == NULL)
		return;
	ag->initiator_address_count = from->count;
	for (i = 0; i < from->count; i++) {
		r = &ag->initiator_addresses[i];
		/* The configuration has checked them.  Were one not to parse,
		 * it must admit nobody rather than everybody. */
		if (!address_parse_range(from->items[i], &r->ip, &r->prefix))
			*r = (struct address_range){ .prefix = 128 };
	}
}

static struct auth_group *
offer_auth_group(struct offer *o, const struct config_auth_group *from)
{
	struct auth_group *ag = offer_alloc(o, 1, sizeof(*ag));

	if (ag == NULL)
		return NULL;
	ag->name = offer_copy(o, from->name);
	ag->no_authentication = from->no_authentication;
	ag->deny = from->deny;
	offer_chap(o, ag, from);
	offer_names(o, ag, &from->initiator_names);
	offer_addresses(o, ag, &from->initiator_addresses);
	return ag;
}

static void
offer_auth_groups(struct offer *o)
{
	const struct config_auth_group *from;
	struct service *s = o->service;
	unsigned n = 0;

	TAILQ_FOREACH (from, &o->config->auth_groups, link)
		n++;
	s->auth_groups = offer_alloc(o, n, sizeof(*s->auth_groups));
	if (s->auth_groups == NULL)
		return;
	TAILQ_FOREACH (from, &o->config->auth_groups, link)
		s->auth_groups[s->auth_group_count++] =
		    offer_auth_group(o, from);
}

/* NULL stays NULL; else the copy made for that group. */
static struct auth_group *
offer_find_auth_group(struct offer *o, const struct config_auth_group *of)
{
	const struct config_auth_group *from;
	unsigned i = 0;

	TAILQ_FOREACH (from, &o->config->auth_groups, link) {
		if (from == of)
			return o->service->auth_groups[i];
		i++;
	}
	return NULL;
}

/* ---- portal-groups ---- */

static void
offer_portal(struct portal *p, const struct config_portal *from)
{
	address_parse_zone(from->host, &p->ip, &p->zone);
	p->wildcard = address_is_wildcard(&p->ip);
	address_format(p->address, &p->ip, from->port);
	if (from->advertise != NULL)
		strncpy(
		    p->advertised, from->advertise, sizeof(p->advertised) - 1);
}

static struct portal_group *
offer_portal_group(struct offer *o, const struct config_portal_group *from)
{
	static const enum discovery_filter filters[] = {
		[CONFIG_DISCOVERY_NONE] = DISCOVERY_FILTER_NONE,
		[CONFIG_DISCOVERY_PORTAL] = DISCOVERY_FILTER_PORTAL,
		[CONFIG_DISCOVERY_PORTAL_NAME] = DISCOVERY_FILTER_PORTAL_NAME,
		[CONFIG_DISCOVERY_PORTAL_NAME_AUTH] =
		    DISCOVERY_FILTER_PORTAL_NAME_AUTH,
	};
	struct portal_group *pg = offer_alloc(o, 1, sizeof(*pg));
	unsigned i;

	if (pg == NULL)
		return NULL;
	pg->name = offer_copy(o, from->name);
	pg->tag = from->tag;
	pg->discovery_filter = filters[from->discovery_filter];
	pg->discovery_auth_group =
	    offer_find_auth_group(o, from->discovery_auth_group);
	pg->redirect = offer_copy(o, from->redirect);
	pg->redirect_permanent = from->redirect_permanent;
	pg->portals = offer_alloc(o, from->portal_count, sizeof(*pg->portals));
	if (pg->portals == NULL)
		return pg;
	pg->portal_count = from->portal_count;
	for (i = 0; i < from->portal_count; i++)
		offer_portal(&pg->portals[i], &from->portals[i]);
	return pg;
}

static void
offer_portal_groups(struct offer *o)
{
	const struct config_portal_group *from;
	struct service *s = o->service;
	unsigned n = 0;

	TAILQ_FOREACH (from, &o->config->portal_groups, link)
		n++;
	s->portal_groups = offer_alloc(o, n, sizeof(*s->portal_groups));
	if (s->portal_groups == NULL)
		return;
	TAILQ_FOREACH (from, &o->config->portal_groups, link)
		s->portal_groups[s->portal_group_count++] =
		    offer_portal_group(o, from);
}

static struct portal_group *
offer_find_portal_group(struct offer *o, const struct config_portal_group *of)
{
	const struct config_portal_group *from;
	unsigned i = 0;

	TAILQ_FOREACH (from, &o->config->portal_groups, link) {
		if (from == of)
			return o->service->portal_groups[i];
		i++;
	}
	return NULL;
}

/* ---- targets ---- */

static struct lu *
offer_find_lu(const struct offer *o, const struct config_lun *of)
{
	const struct config_lun *from;
	unsigned i = 0;

	TAILQ_FOREACH (from, &o->config->luns, link) {
		if (from == of)
			return o->lus[i];
		i++;
	}
	return NULL;
}

static void
offer_luns(struct offer *o, struct target *t, const struct config_target *from)
{
	const struct config_lun_map *m;
	struct lu *lu;
	unsigned i;

	for (i = 0; i < from->lun_count; i++) {
		m = &from->luns[i];
		lu = offer_find_lu(o, m->lun);
		if (lu != NULL &&
		    !target_add_lun(t, m->number, lu, m->read_only,
			m->initiator_names.items, m->initiator_names.count))
			o->failed = true;
	}
}

static enum port_state
offer_port_state(enum config_port_state state)
{
	static const enum port_state of[] = {
		[PORT_STATE_OPTIMIZED] = PORT_ACTIVE_OPTIMIZED,
		[PORT_STATE_NON_OPTIMIZED] = PORT_ACTIVE_NON_OPTIMIZED,
		[PORT_STATE_STANDBY] = PORT_STANDBY,
		[PORT_STATE_UNAVAILABLE] = PORT_UNAVAILABLE,
	};

	return of[state];
}

static void
offer_target_portal_groups(
    struct offer *o, struct iscsi_target *t, const struct config_target *from)
{
	const struct config_target_portal_group *f;
	unsigned i;

	t->portal_groups =
	    offer_alloc(o, from->portal_group_count, sizeof(*t->portal_groups));
	if (t->portal_groups == NULL)
		return;
	t->portal_group_count = from->portal_group_count;
	for (i = 0; i < from->portal_group_count; i++) {
		f = &from->portal_groups[i];
		t->portal_groups[i] = (struct target_portal_group){
			.portal_group =
			    offer_find_portal_group(o, f->portal_group),
			.tag = f->tag,
			.auth_group = offer_find_auth_group(o, f->auth_group),
		};
		if (t->target != NULL &&
		    !target_add_port(t->target,
			f->tag != 0 ? f->tag : f->portal_group->tag,
			offer_port_state(f->state)))
			o->failed = true;
	}
}

static struct iscsi_target *
offer_target(struct offer *o, const struct config_target *from)
{
	struct iscsi_target *t = offer_alloc(o, 1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->target =
	    target_new(from->name, from->alias == NULL ? "" : from->alias);
	if (t->target != NULL) {
		t->target->explicit_access =
		    from->access_states == ACCESS_STATES_EXPLICIT;
		offer_luns(o, t->target, from);
	} else {
		o->failed = true;
	}
	t->auth_group = offer_find_auth_group(o, from->auth_group);
	t->redirect = offer_copy(o, from->redirect);
	t->redirect_permanent = from->redirect_permanent;
	offer_target_portal_groups(o, t, from);
	return t;
}

static void
offer_targets(struct offer *o)
{
	const struct config_target *from;
	struct service *s = o->service;
	unsigned n = 0;

	TAILQ_FOREACH (from, &o->config->targets, link)
		n++;
	s->targets = offer_alloc(o, n, sizeof(*s->targets));
	if (s->targets == NULL)
		return;
	TAILQ_FOREACH (from, &o->config->targets, link)
		s->targets[s->target_count++] = offer_target(o, from);
}

/* ---- the whole ---- */

static void
offer_limits(struct iscsi_limits *out, const struct config *config)
{
	const struct config_timeouts *t = &config->timeouts;
	const struct config_limits *l = &config->limits;

	*out = iscsi_limits_default;
	out->login_timeout_ms = t->login_ms;
	out->ping_idle_ms = t->ping_idle_ms;
	out->ping_timeout_ms = t->ping_reply_ms;
	out->output_stall_ms = t->output_stall_ms;
	out->task_abort_timeout_ms = t->task_abort_ms;
	out->login_rounds = l->login_rounds;
	out->login_text_bytes = (unsigned)l->login_text;
	out->max_recv_data_segment = (unsigned)l->receive_segment;
	out->commands_per_session = l->commands_per_session;
	out->sessions_per_initiator = l->sessions_per_initiator;
}

/* Challenges must not be guessed. */
static bool
offer_random(void *out, size_t bytes)
{
	uint8_t *p = out;
	ssize_t n;

	while (bytes > 0) {
		n = getrandom(p, bytes, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		bytes -= (size_t)n;
	}
	return true;
}

struct service *
offer_new(const struct config *config, struct lu *const *lus,
    struct session_table *sessions, struct throttle_book *throttles)
{
	struct offer o = { .config = config, .lus = lus };

	o.service = calloc(1, sizeof(*o.service));
	if (o.service == NULL)
		return NULL;
	o.service->sessions = sessions;
	o.service->throttles = throttles;
	o.service->random = offer_random;
	o.service->free_last = offer_free;
	o.service->references = 1;
	offer_limits(&o.service->limits, config);
	offer_auth_groups(&o);
	if (!o.failed)
		offer_portal_groups(&o);
	if (!o.failed)
		offer_targets(&o);
	if (!o.failed)
		return o.service;
	offer_free(o.service);
	return NULL;
}

void
offer_inherit(struct service *service, const struct service *before)
{
	const struct iscsi_target *old;
	unsigned i;

	for (i = 0; before != NULL && i < service->target_count; i++) {
		old = service_find_target(
		    before, service->targets[i]->target->name);
		if (old != NULL)
			target_inherit(
			    service->targets[i]->target, old->target);
	}
}
