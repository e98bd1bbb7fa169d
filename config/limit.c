/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/limit.c - what may be had in a second: of a lun, by an initiator.
 */
#include <string.h>

#include "config/build.h"

void
initiator_build(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_initiator *i = arena_alloc(b->arena, sizeof(*i));

	if (i == NULL || !build_word(b, &k->value, s, 1, &i->pattern))
		return;
	i->place = spot_of_word(s, 0).place;
	names_add(&b->patterns, b->arena, i->pattern, i->pattern, i,
	    spot_of_word(s, 1));
	TAILQ_INSERT_TAIL(&b->config->initiators, i, link);
	build_block(b, BLOCK_INITIATOR, s, i);
}

static bool
limit_build_word(struct build *b, const struct keyword *k,
    const struct config_statement *s, unsigned i, uint64_t *out)
{
	unsigned number;

	if (k->value.read != value_number)
		return build_word(b, &k->value, s, i, out);
	if (!build_word(b, &k->value, s, i, &number))
		return false;
	*out = number;
	return true;
}

void
limit_build(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_limit *limit =
	    (struct config_limit *)((char *)block->object + k->offset);

	limit_build_word(b, k, s, 1, &limit->per_second);
	if (s->word_count == 2)
		return;
	if (s->word_count == 4 && strcmp(statement_word(s, 2), "burst") == 0)
		limit_build_word(b, k, s, 3, &limit->burst);
	else
		report_error_suggest(b->report, spot_of_word(s, 2),
		    s->word_count == 4 ? "burst" : NULL,
		    "\"%s\" goes on with \"burst\" and a value, or not at all",
		    k->name);
}
