/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/check.c - meaning: names that must be known, blocks as a whole.
 */
#include <stddef.h>

#include "common/bytes.h"
#include "config/build.h"

/* With the blank that separates them from a name. */
static const char *const check_nouns[REFERENCE_KINDS] = {
	[REFERENCE_PORTAL_GROUP] = "portal-group ",
	[REFERENCE_AUTH_GROUP] = "auth-group ",
	[REFERENCE_LUN] = "lun ",
};

static void
check_names(struct build *b)
{
	unsigned i;

	for (i = 0; i < REFERENCE_KINDS; i++) {
		names_sort(&b->known[i]);
		names_report_again(&b->known[i], b->report, check_nouns[i],
		    " is already defined");
	}
	names_sort(&b->patterns);
	names_report_again(
	    &b->patterns, b->report, "initiator ", " is already limited");
}

static void
check_reference(struct build *b, const struct reference *r)
{
	const struct names *known = &b->known[r->kind];
	const struct names_entry *e = names_find(known, r->name);
	struct suggestion near = { .word = r->name };

	if (e != NULL) {
		*r->slot = e->object;
		return;
	}
	names_suggest(known, &near);
	report_error_suggest(b->report, r->spot, near.best, "there is no %s%s",
	    check_nouns[r->kind], report_quote(r->name).text);
}

static void
check_block(struct build *b, struct block *block)
{
	switch (block->kind) {
	case BLOCK_PORTAL_GROUP:
		portal_group_check(b, block);
		break;
	case BLOCK_AUTH_GROUP:
		auth_group_check(b, block);
		break;
	case BLOCK_LUN:
		lun_check(b, block);
		break;
	case BLOCK_TARGET:
		target_check_block(b, block);
		break;
	case BLOCK_WEB:
		web_check(b, block);
		break;
	default:
		break;
	}
}

void
check_config(struct build *b)
{
	struct reference *r;
	struct block *block;

	check_names(b);
	STAILQ_FOREACH (r, &b->references, link)
		check_reference(b, r);
	portal_group_check_all(b);
	STAILQ_FOREACH (block, &b->blocks, link)
		check_block(b, block);
	lun_check_all(b);
	target_check_all(b);
}
