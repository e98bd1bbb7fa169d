/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/diff.c - what a reload would do.
 *
 * Each object is printed in one canonical form, and the forms are compared; so
 * a change of comments or of order is none.  Secrets are printed as a hash
 * that only lives here.
 */
#include "server/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One object of a configuration. */
struct diff_item {
	char *name; /* "lun vm1" */
	char *form;
};

struct diff_list {
	struct diff_item *items;
	unsigned count;
	bool failed; /* out of memory */
};

/* What is being printed. */
struct diff_print {
	FILE *f;
	char *text;
	size_t bytes;
};

static uint64_t
diff_hash(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; text != NULL && *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

static void
diff_put(FILE *f, const char *key, const char *value)
{
	if (value != NULL)
		fprintf(f, "%s %s\n", key, value);
}

static void
diff_put_number(FILE *f, const char *key, uint64_t n)
{
	fprintf(f, "%s %llu\n", key, (unsigned long long)n);
}

static void
diff_put_strings(FILE *f, const char *key, const struct config_strings *s)
{
	unsigned i;

	for (i = 0; i < s->count; i++)
		diff_put(f, key, s->items[i]);
}

static void
diff_put_limits(FILE *f, const struct config_limit *iops,
    const struct config_limit *bandwidth)
{
	diff_put_number(f, "limit-iops", iops->per_second);
	diff_put_number(f, "limit-iops burst", iops->burst);
	diff_put_number(f, "limit-bandwidth", bandwidth->per_second);
	diff_put_number(f, "limit-bandwidth burst", bandwidth->burst);
}

/* ---- objects ---- */

static void
diff_print_lun(FILE *f, const struct config_lun *lun)
{
	diff_put(f, lun->store, lun->path != NULL ? lun->path : "");
	diff_put(f, "thin-pool", lun->thin_pool);
	diff_put_number(f, "stripes", lun->stripes);
	diff_put(f, "conf", lun->conf);
	diff_put(f, "user", lun->user);
	diff_put(f, "namespace", lun->name_space);
	diff_put_number(f, "size", lun->size);
	diff_put_number(f, "allocation", lun->allocation);
	diff_put(f, "owner", lun->owner);
	diff_put(f, "group", lun->group);
	if (lun->mode != 0)
		fprintf(f, "mode %04o\n", lun->mode);
	diff_put_number(f, "reserve", lun->reserve.bytes);
	diff_put_number(f, "reserve percent", lun->reserve.percent);
	diff_put_number(f, "cache", lun->cache);
	diff_put_number(f, "sharing", lun->sharing);
	diff_put_number(f, "block-size", lun->block_size);
	diff_put_number(f, "physical-block", lun->physical_block);
	diff_put_number(f, "read-only", lun->read_only);
	diff_put_number(f, "removable", lun->removable);
	diff_put_number(f, "sanitize-rate", lun->sanitize_rate);
	diff_put_limits(f, &lun->iops, &lun->bandwidth);
	diff_put_number(f, "threshold", lun->threshold);
	diff_put_number(f, "pool-threshold", lun->pool_threshold);
	diff_put(f, "serial", lun->serial);
	diff_put(f, "device-id", lun->device_id);
	diff_put(f, "naa", lun->naa);
}

static void
diff_print_auth_group(FILE *f, const struct config_auth_group *ag)
{
	const struct config_chap *c;

	for (c = ag->chap; c < ag->chap + ag->chap_count; c++) {
		diff_put(f, "chap", c->user);
		diff_put_number(f, "chap secret", diff_hash(c->secret));
		diff_put(f, "chap mutual", c->mutual_user);
		diff_put_number(
		    f, "chap mutual secret", diff_hash(c->mutual_secret));
	}
	diff_put_strings(f, "initiator-name", &ag->initiator_names);
	diff_put_strings(f, "initiator-address", &ag->initiator_addresses);
}

static void
diff_print_portal_group(FILE *f, const struct config_portal_group *pg)
{
	const struct config_portal *p;

	diff_put_number(f, "tag", pg->tag);
	for (p = pg->portals; p < pg->portals + pg->portal_count; p++)
		fprintf(f, "listen %s port %u advertise %s\n", p->host, p->port,
		    p->advertise != NULL ? p->advertise : "-");
	if (pg->discovery_auth_group != NULL)
		diff_put(
		    f, "discovery-auth-group", pg->discovery_auth_group->name);
	diff_put_number(f, "discovery-filter", pg->discovery_filter);
	diff_put(f, "congestion-control", pg->congestion_control);
	diff_put(f, "redirect", pg->redirect);
	diff_put_number(f, "redirect permanent", pg->redirect_permanent);
}

static void
diff_print_target(FILE *f, const struct config_target *t)
{
	const struct config_target_portal_group *g = t->portal_groups;
	const struct config_lun_map *m;
	unsigned i;

	diff_put(f, "alias", t->alias);
	diff_put(f, "auth-group", t->auth_group->name);
	diff_put(f, "redirect", t->redirect);
	diff_put_number(f, "redirect permanent", t->redirect_permanent);
	diff_put_number(f, "access-states", t->access_states);
	for (i = 0; i < t->portal_group_count; i++, g++)
		fprintf(f, "portal-group %s auth-group %s tag %u state %d\n",
		    g->portal_group->name,
		    g->auth_group != NULL ? g->auth_group->name : "-", g->tag,
		    g->state);
	for (m = t->luns; m < t->luns + t->lun_count; m++) {
		fprintf(f, "lun %u %s read-only %d\n", m->number, m->lun->name,
		    m->read_only);
		diff_put_strings(f, "lun initiator-name", &m->initiator_names);
	}
}

static void
diff_print_initiator(FILE *f, const struct config_initiator *i)
{
	diff_put_limits(f, &i->iops, &i->bandwidth);
}

static void
diff_print_general(FILE *f, const struct config *c)
{
	diff_put(f, "state-directory", c->state_directory);
	diff_put(f, "control", c->control);
	diff_put(f, "metrics", c->metrics);
	diff_put_strings(f, "isns-server", &c->isns_servers);
	diff_put_number(f, "isns-period", c->isns_period_ms);
	diff_put_number(f, "isns-timeout", c->isns_timeout_ms);
	diff_put(f, "user", c->user);
	diff_put(f, "sandbox", c->sandbox ? "yes" : "no");
	diff_put(f, "web", c->web != NULL ? c->web->address : NULL);
	if (c->web != NULL)
		diff_put(f, "web token secret", c->web->token);
	diff_put_number(f, "workers", c->workers);
	diff_put_number(f, "fault-injection", c->fault_injection);
	diff_put_number(f, "log", c->log_level);
	diff_put_number(f, "timeout login", c->timeouts.login_ms);
	diff_put_number(f, "timeout ping-idle", c->timeouts.ping_idle_ms);
	diff_put_number(f, "timeout ping-reply", c->timeouts.ping_reply_ms);
	diff_put_number(f, "timeout output-stall", c->timeouts.output_stall_ms);
	diff_put_number(f, "timeout task-abort", c->timeouts.task_abort_ms);
	diff_put_number(f, "timeout open", c->timeouts.open_ms);
	diff_put_number(f, "timeout shutdown", c->timeouts.shutdown_ms);
	diff_put_number(f, "limits connections", c->limits.connections);
	diff_put_number(f, "limits connections-per-address",
	    c->limits.connections_per_address);
	diff_put_number(f, "limits logins", c->limits.logins);
	diff_put_number(
	    f, "limits logins-per-address", c->limits.logins_per_address);
	diff_put_number(f, "limits sessions-per-initiator",
	    c->limits.sessions_per_initiator);
	diff_put_number(
	    f, "limits commands-per-session", c->limits.commands_per_session);
	diff_put_number(f, "limits login-rounds", c->limits.login_rounds);
	diff_put_number(f, "limits login-text", c->limits.login_text);
	diff_put_number(f, "limits receive-segment", c->limits.receive_segment);
	diff_put_number(f, "limits memory", c->limits.memory);
}

/* ---- lists of them ---- */

static FILE *
diff_open(struct diff_print *p)
{
	p->text = NULL;
	p->f = open_memstream(&p->text, &p->bytes);
	return p->f;
}

static void
diff_close(struct diff_list *l, struct diff_print *p, const char *noun,
    const char *name)
{
	struct diff_item *items =
	    realloc(l->items, (l->count + 1) * sizeof(*items));
	struct diff_item item = { NULL, NULL };

	if (items != NULL)
		l->items = items;
	if (fclose(p->f) == 0 &&
	    asprintf(&item.name, "%s%s%s", noun, name[0] != '\0' ? " " : "",
		name) >= 0 &&
	    items != NULL) {
		item.form = p->text;
		l->items[l->count++] = item;
		return;
	}
	free(item.name);
	free(p->text);
	l->failed = true;
}

/* clang-format off */
#define DIFF_ADD(l, noun, name, print, object) do {                            \
	struct diff_print p;                                                   \
	if (diff_open(&p) == NULL) {                                           \
		(l)->failed = true;                                            \
		break;                                                         \
	}                                                                      \
	print(p.f, object);                                                    \
	diff_close(l, &p, noun, name);                                         \
} while (0)
/* clang-format on */

static void
diff_fill(struct diff_list *l, const struct config *c)
{
	const struct config_portal_group *pg;
	const struct config_auth_group *ag;
	const struct config_lun *lun;
	const struct config_target *t;
	const struct config_initiator *i;

	DIFF_ADD(l, "settings", "", diff_print_general, c);
	TAILQ_FOREACH (pg, &c->portal_groups, link)
		DIFF_ADD(
		    l, "portal-group", pg->name, diff_print_portal_group, pg);
	TAILQ_FOREACH (ag, &c->auth_groups, link)
		DIFF_ADD(l, "auth-group", ag->name, diff_print_auth_group, ag);
	TAILQ_FOREACH (lun, &c->luns, link)
		DIFF_ADD(l, "lun", lun->name, diff_print_lun, lun);
	TAILQ_FOREACH (t, &c->targets, link)
		DIFF_ADD(l, "target", t->name, diff_print_target, t);
	TAILQ_FOREACH (i, &c->initiators, link)
		DIFF_ADD(l, "initiator", i->pattern, diff_print_initiator, i);
}

static void
diff_free(struct diff_list *l)
{
	unsigned i;

	for (i = 0; i < l->count; i++) {
		free(l->items[i].name);
		free(l->items[i].form);
	}
	free(l->items);
}

static const struct diff_item *
diff_find(const struct diff_list *l, const char *name)
{
	unsigned i;

	for (i = 0; i < l->count; i++) {
		if (strcmp(l->items[i].name, name) == 0)
			return &l->items[i];
	}
	return NULL;
}

/* ---- the difference ---- */

static bool
diff_has_line(const char *form, const char *line, size_t bytes)
{
	const char *p, *end;

	for (p = form; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		if ((size_t)(end - p) == bytes && memcmp(p, line, bytes) == 0)
			return true;
	}
	return false;
}

/* The lines of a that b lacks. */
static void
diff_add_lines(json_t *list, const char *a, const char *b, const char *sign)
{
	const char *p, *end;

	for (p = a; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		if (diff_has_line(b, p, (size_t)(end - p)))
			continue;
		if (strstr(p, "secret") != NULL && strstr(p, "secret") < end)
			json_array_append_new(
			    list, json_sprintf("%s a secret", sign));
		else
			json_array_append_new(list,
			    json_sprintf("%s %.*s", sign, (int)(end - p), p));
	}
}

static void
diff_add(json_t *changes, const char *name, const char *change, const char *old,
    const char *new)
{
	json_t *lines = json_array();

	diff_add_lines(lines, old, new, "-");
	diff_add_lines(lines, new, old, "+");
	json_array_append_new(
	    changes, json_pack("{s:s, s:s, s:o}", "object", name, "change",
			 change, "lines", lines));
}

static void
diff_compare(
    json_t *changes, const struct diff_list *old, const struct diff_list *new)
{
	const struct diff_item *item, *other;

	for (item = old->items; item < old->items + old->count; item++) {
		other = diff_find(new, item->name);
		if (other == NULL)
			diff_add(
			    changes, item->name, "removed", item->form, "");
		else if (strcmp(item->form, other->form) != 0)
			diff_add(changes, item->name, "changed", item->form,
			    other->form);
	}
	for (item = new->items; item < new->items + new->count; item++) {
		if (diff_find(old, item->name) == NULL)
			diff_add(changes, item->name, "added", "", item->form);
	}
}

json_t *
diff_configs(const struct config *old, const struct config *new)
{
	struct diff_list a = { NULL, 0, false }, b = { NULL, 0, false };
	json_t *changes = json_array();

	diff_fill(&a, old);
	diff_fill(&b, new);
	if (a.failed || b.failed) {
		json_decref(changes);
		changes = NULL;
	} else {
		diff_compare(changes, &a, &b);
	}
	diff_free(&a);
	diff_free(&b);
	return changes;
}
