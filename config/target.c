/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/target.c - target: a name, where it is offered, to whom, its LUNs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "config/build.h"
#include "config/iname.h"

#define TARGET_LUN_MAX 16383 /* flat space addressing, SAM-5 4.7.7.4 */

/* block->once[] */
enum { TARGET_NUMBERS, TARGET_LUNS, TARGET_PORTAL_GROUPS };

/* ---- reading ---- */

static char *
target_build_name(struct build *b, const struct config_statement *s)
{
	const char *word = statement_word(s, 1);
	char *name = arena_copy(b->arena, word, strlen(word));
	struct value_fault fault;

	if (name == NULL)
		return NULL;
	if (iname_lower(name))
		report_warning(b->report, spot_of_word(s, 1),
		    "iSCSI names have no upper case: taken as %s",
		    report_quote(name).text);
	if (!iname_check_target(name, &fault))
		report_fault(b->report, spot_of_word(s, 1), &fault);
	return name;
}

/* References point into the arrays, so these have their full size first. */
static bool
target_build_arrays(
    struct build *b, struct config_target *t, const struct config_statement *s)
{
	t->portal_groups = arena_alloc(b->arena,
	    build_count(s, "portal-group") * sizeof(*t->portal_groups));
	t->luns =
	    arena_alloc(b->arena, build_count(s, "lun") * sizeof(*t->luns));
	return t->portal_groups != NULL && t->luns != NULL;
}

void
target_build(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_target *t = arena_alloc(b->arena, sizeof(*t));

	if (t == NULL || !target_build_arrays(b, t, s))
		return;
	t->place = spot_of_word(s, 0).place;
	t->name = target_build_name(b, s);
	TAILQ_INSERT_TAIL(&b->config->targets, t, link);
	build_block(b, BLOCK_TARGET, s, t);
}

void
target_build_auth_group(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	struct config_target *t = block->object;

	build_refer(b, REFERENCE_AUTH_GROUP, s, 1, &t->auth_group);
}

/* Commas may stand behind the options: "lan tag 1, auth-group other". */
static void
target_strip_comma(const struct config_statement *s, unsigned i)
{
	char *word = s->words[i]->value;
	size_t bytes = strlen(word);

	if (bytes > 1 && word[bytes - 1] == ',')
		word[bytes - 1] = '\0';
}

static void
target_build_option(struct build *b, struct config_target_portal_group *pg,
    const struct config_statement *s, unsigned i)
{
	const struct value_type tag = {
		.read = value_number16, .low = 1, .high = 65535
	};
	static const struct value_choice states[] = {
		{ "active-optimized", PORT_STATE_OPTIMIZED, false },
		{ "active-non-optimized", PORT_STATE_NON_OPTIMIZED, false },
		{ "standby", PORT_STATE_STANDBY, false },
		{ "unavailable", PORT_STATE_UNAVAILABLE, false },
		{ NULL, 0, false },
	};
	const struct value_type state = { .read = value_choose,
		.choices = states };
	const char *word = statement_word(s, i);

	if (i + 1 == s->word_count) {
		report_error(b->report, spot_of_word(s, i),
		    "%s is not understood: portal-group NAME [tag NUMBER] "
		    "[auth-group NAME] [state STATE]",
		    report_quote_token(s->words[i]).text);
		return;
	}
	target_strip_comma(s, i + 1);
	if (strcmp(word, "tag") == 0)
		build_word(b, &tag, s, i + 1, &pg->tag);
	else if (strcmp(word, "auth-group") == 0)
		build_refer(b, REFERENCE_AUTH_GROUP, s, i + 1, &pg->auth_group);
	else if (strcmp(word, "state") == 0)
		build_word(b, &state, s, i + 1, &pg->state);
	else
		report_error(b->report, spot_of_word(s, i),
		    "%s is neither \"tag\" nor \"auth-group\" nor \"state\"",
		    report_quote_token(s->words[i]).text);
}

static bool
target_has_option_twice(struct build *b, const struct config_statement *s)
{
	unsigned i, before;

	for (i = 4; i < s->word_count; i += 2) {
		for (before = 2; before < i; before += 2) {
			if (strcmp(statement_word(s, before),
				statement_word(s, i)) != 0)
				continue;
			report_error(b->report, spot_of_word(s, i),
			    "%s is given twice",
			    report_quote_token(s->words[i]).text);
			return true;
		}
	}
	return false;
}

void
target_build_portal_group(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	struct config_target *t = block->object;
	struct config_target_portal_group *pg =
	    &t->portal_groups[t->portal_group_count++];
	unsigned i;

	target_strip_comma(s, 1);
	build_refer(b, REFERENCE_PORTAL_GROUP, s, 1, &pg->portal_group);
	names_add(&block->once[TARGET_PORTAL_GROUPS], b->arena,
	    statement_word(s, 1), statement_word(s, 1), pg, spot_of_word(s, 1));
	if (target_has_option_twice(b, s))
		return;
	for (i = 2; i < s->word_count; i += 2)
		target_build_option(b, pg, s, i);
}

static void
target_add_number(
    struct build *b, struct names *n, unsigned number, struct spot spot)
{
	char text[16], *key;

	snprintf(text, sizeof(text), "%u", number);
	key = arena_copy(b->arena, text, strlen(text));
	if (key != NULL)
		names_add(n, b->arena, key, key, NULL, spot);
}

void
target_build_lun(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	const struct value_type number = {
		.read = value_number16, .low = 0, .high = TARGET_LUN_MAX
	};
	struct config_target *t = block->object;
	struct config_lun_map *map = &t->luns[t->lun_count++];
	const char *name = statement_word(s, 2);

	map->place = spot_of_word(s, 0).place;
	if (build_word(b, &number, s, 1, &map->number))
		target_add_number(b, &block->once[TARGET_NUMBERS], map->number,
		    spot_of_word(s, 1));
	names_add(&block->once[TARGET_LUNS], b->arena, name, name, NULL,
	    spot_of_word(s, 2));
	build_refer(b, REFERENCE_LUN, s, 2, &map->lun);
	build_block(b, BLOCK_MAP, s, map);
}

/* ---- checks ---- */

/* Initiators tell a target's portal groups apart by their tags only. */
static void
target_check_tags(struct build *b, const struct names *groups)
{
	const struct config_target_portal_group *pg;
	struct names tags = { .count = 0 };
	unsigned i;

	for (i = 0; i < groups->count; i++) {
		pg = groups->entries[i].object;
		if (pg->portal_group != NULL)
			target_add_number(b, &tags,
			    pg->tag != 0 ? pg->tag : pg->portal_group->tag,
			    groups->entries[i].spot);
	}
	names_sort(&tags);
	names_report_again(
	    &tags, b->report, "tag ", " is already of the portal-group");
}

static int
target_compare_luns(const void *a, const void *b)
{
	const struct config_lun_map *x = a, *y = b;

	return (int)x->number - (int)y->number;
}

static void
target_report_no_portal_group(struct build *b, const struct block *block)
{
	const struct config_portal_group *pg =
	    TAILQ_FIRST(&b->config->portal_groups);
	char meant[80] = "";

	if (pg != NULL)
		snprintf(meant, sizeof(meant), "portal-group %s", pg->name);
	report_error_suggest(b->report, spot_of_word(block->statement, 1),
	    pg != NULL ? meant : NULL,
	    "target %s is offered nowhere: it needs a \"portal-group NAME\"",
	    report_quote_token(block->statement->words[1]).text);
}

static void
target_close(
    struct build *b, const struct block *block, struct config_target *t)
{
	const struct names_entry *nobody =
	    names_find(&b->known[REFERENCE_AUTH_GROUP], "no-access");

	t->auth_group = nobody == NULL ? NULL : nobody->object;
	report_warning(b->report, spot_of_word(block->statement, 1),
	    "target %s has no auth-group: nobody may log in",
	    report_quote_token(block->statement->words[1]).text);
}

void
target_check_block(struct build *b, struct block *block)
{
	struct config_target *t = block->object;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(block->once); i++)
		names_sort(&block->once[i]);
	names_report_again(&block->once[TARGET_NUMBERS], b->report, "LUN ",
	    " is already mapped");
	names_report_again(
	    &block->once[TARGET_LUNS], b->report, "lun ", " is already mapped");
	names_report_again(&block->once[TARGET_PORTAL_GROUPS], b->report,
	    "portal-group ", " is already given");
	target_check_tags(b, &block->once[TARGET_PORTAL_GROUPS]);
	if (block_find(block, "portal-group") == NULL)
		target_report_no_portal_group(b, block);
	if (block_find(block, "auth-group") == NULL)
		target_close(b, block, t);
	if (t->lun_count > 0)
		qsort(t->luns, t->lun_count, sizeof(*t->luns),
		    target_compare_luns);
}

void
target_check_all(struct build *b)
{
	struct names targets = { .count = 0 };
	const struct config_target *t;
	struct block *block;

	STAILQ_FOREACH (block, &b->blocks, link) {
		t = block->object;
		if (block->kind == BLOCK_TARGET && t->name != NULL)
			names_add(&targets, b->arena, t->name, t->name, NULL,
			    spot_of_word(block->statement, 1));
	}
	names_sort(&targets);
	names_report_again(
	    &targets, b->report, "target ", " is already defined");
}
