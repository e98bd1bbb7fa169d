/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/portal_group.c - portal-group: addresses that targets are offered at.
 */
#include <stdio.h>
#include <string.h>

#include "config/build.h"
#include "config/endpoint.h"

void
portal_group_build(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	struct config_portal_group *pg = arena_alloc(b->arena, sizeof(*pg));

	if (pg == NULL)
		return;
	pg->place = spot_of_word(s, 0).place;
	pg->name = build_name(b, REFERENCE_PORTAL_GROUP, s, pg);
	TAILQ_INSERT_TAIL(&b->config->portal_groups, pg, link);
	build_block(b, BLOCK_PORTAL_GROUP, s, pg);
}

static void
portal_group_remember(
    struct build *b, const struct endpoint *e, struct spot spot)
{
	struct endpoint *copy = arena_alloc(b->arena, sizeof(*copy));
	char text[ENDPOINT_TEXT], *key;

	endpoint_print(e, text);
	key = arena_copy(b->arena, text, strlen(text));
	if (copy == NULL || key == NULL)
		return;
	*copy = *e;
	names_add(&b->endpoints, b->arena, key, key, copy, spot);
}

static bool
portal_group_read_advertise(struct build *b, const struct keyword *k,
    const struct config_statement *s, char **advertise)
{
	const struct value_type type = { .read = value_endpoint };

	if (s->word_count == 2)
		return true;
	if (s->word_count == 4 &&
	    strcmp(statement_word(s, 2), "advertise") == 0)
		return build_word(b, &type, s, 3, advertise);
	report_error(b->report, spot_of_word(s, 2),
	    "%s is not understood: %s "
	    "%s",
	    report_quote_token(s->words[2]).text, k->name, k->usage);
	return false;
}

void
portal_group_build_listen(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	struct config_portal_group *pg = block->object;
	struct config_portal *p, portal = { .host = NULL };
	struct value_fault fault;
	struct endpoint e;

	if (!portal_group_read_advertise(b, k, s, &portal.advertise))
		return;
	if (!endpoint_parse_listen(&e, statement_word(s, 1), &fault)) {
		report_fault(b->report, spot_of_word(s, 1), &fault);
		return;
	}
	portal_group_remember(b, &e, spot_of_word(s, 1));
	portal.place = spot_of_word(s, 0).place;
	portal.host = arena_copy(b->arena, e.host, strlen(e.host));
	portal.port = e.port;
	p = arena_append(b->arena, &pg->portals, &pg->portal_count, sizeof(*p));
	if (p != NULL)
		*p = portal;
}

void
portal_group_build_discovery(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	struct config_portal_group *pg = block->object;

	build_refer(b, REFERENCE_AUTH_GROUP, s, 1, &pg->discovery_auth_group);
}

void
portal_group_check(struct build *b, const struct block *block)
{
	if (block_find(block, "listen") == NULL)
		report_error(b->report, spot_of_word(block->statement, 1),
		    "portal-group %s listens nowhere: it needs a "
		    "\"listen ADDRESS\"",
		    report_quote_token(block->statement->words[1]).text);
}

/* ---- all portal groups together ---- */

/* One socket on every address leaves none for a single one. */
static void
portal_group_check_wildcards(struct build *b)
{
	const struct names_entry *entry, *all;
	struct endpoint wildcard;
	char text[ENDPOINT_TEXT];
	unsigned i;

	for (i = 0; i < b->endpoints.count; i++) {
		entry = &b->endpoints.entries[i];
		wildcard = *(struct endpoint *)entry->object;
		if (wildcard.wildcard)
			continue;
		snprintf(wildcard.host, sizeof(wildcard.host), "%s",
		    wildcard.v6 ? "::" : "0.0.0.0");
		endpoint_print(&wildcard, text);
		all = names_find(&b->endpoints, text);
		if (all != NULL)
			report_error(b->report, entry->spot,
			    "\"%s\" is part of \"%s\" at %s", entry->key, text,
			    report_place(all->spot.place).text);
	}
}

static void
portal_group_check_tags(struct build *b)
{
	struct names tags = { .count = 0 };
	const struct config_statement *s;
	struct block *block;
	char text[8], *key;

	STAILQ_FOREACH (block, &b->blocks, link) {
		if (block->kind != BLOCK_PORTAL_GROUP)
			continue;
		s = block_find(block, "tag");
		if (s == NULL)
			continue;
		snprintf(text, sizeof(text), "%u",
		    ((struct config_portal_group *)block->object)->tag);
		key = arena_copy(b->arena, text, strlen(text));
		if (key != NULL)
			names_add(&tags, b->arena, key, key, NULL,
			    spot_of_word(s, 1));
	}
	names_sort(&tags);
	names_report_again(&tags, b->report, "tag ", " is already given");
}

/* The groups without a tag take those that are left, from 1. */
static void
portal_group_give_tags(struct build *b)
{
	bool taken[UINT16_MAX + 1] = { true };
	struct config_portal_group *pg;
	unsigned next = 1;

	TAILQ_FOREACH (pg, &b->config->portal_groups, link)
		taken[pg->tag] = true;
	TAILQ_FOREACH (pg, &b->config->portal_groups, link) {
		if (pg->tag != 0)
			continue;
		while (next < UINT16_MAX && taken[next])
			next++;
		pg->tag = (uint16_t)next;
		taken[next] = true;
	}
}

void
portal_group_check_all(struct build *b)
{
	names_sort(&b->endpoints);
	names_report_again(
	    &b->endpoints, b->report, "", " is already listened on");
	portal_group_check_wildcards(b);
	portal_group_check_tags(b);
	portal_group_give_tags(b);
}
