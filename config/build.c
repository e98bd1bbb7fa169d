/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/build.c - from the tree of statements to struct config.
 */
#include "config/build.h"

#include <assert.h>
#include <string.h>

#include "config/iname.h"

/* ---- blocks ---- */

/* The presets are ours: one that its own type refuses is a bug. */
static void
build_presets(struct build *b, struct block *block)
{
	struct value_fault fault;
	const struct keyword *k;
	bool fine;

	for (k = keywords; k < keywords + keyword_count; k++) {
		if (k->in != block->kind || k->preset == NULL)
			continue;
		fine = k->value.read(&k->value, b->arena, k->preset,
		    (char *)block->object + k->offset, &fault);
		assert(fine);
	}
}

static struct block *
build_block_new(struct build *b, enum block_kind kind,
    const struct config_statement *s, void *object)
{
	struct block *block = arena_alloc(b->arena, sizeof(*block));

	if (block == NULL)
		return NULL;
	block->kind = kind;
	block->statement = s;
	block->object = object;
	block->seen =
	    arena_alloc(b->arena, keyword_count * sizeof(*block->seen));
	if (block->seen == NULL)
		return NULL;
	STAILQ_INSERT_TAIL(&b->blocks, block, link);
	build_presets(b, block);
	return block;
}

const struct config_statement *
block_find(const struct block *block, const char *keyword)
{
	const struct keyword *k = keyword_find(block->kind, keyword);

	assert(k != NULL);
	return block->seen[k - keywords];
}

unsigned
build_count(const struct config_statement *s, const char *keyword)
{
	unsigned n = 0;

	for (s = s->child; s != NULL; s = s->next)
		n += s->word_count > 0 &&
		     strcmp(statement_word(s, 0), keyword) == 0;
	return n;
}

/* ---- what is wrong with a statement ---- */

static void build_one(
    struct build *b, struct block *block, const struct config_statement *s);

/*
 * A statement of the file in a block: its '}' is missing.  That is said once,
 * and the statement and those that follow are taken for what they are.
 */
static void
build_stray(
    struct build *b, struct block *block, const struct config_statement *s)
{
	const struct config_statement *opened = block->statement;

	if (!block->strayed)
		report_error(b->report, spot_of_word(s, 0),
		    "\"%s\" does not stand in a \"%s\" block; is the '}' of "
		    "the block opened at %s missing?",
		    statement_word(s, 0), keyword_block_name(block->kind),
		    report_place(spot_of(opened->source, opened->open).place)
			.text);
	block->strayed = true;
	build_one(b, b->file, s);
}

static void
build_report_misplaced(struct build *b, const struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	const char *word = statement_word(s, 0);

	if (block->kind == BLOCK_FILE)
		report_error(b->report, spot_of_word(s, 0),
		    "\"%s\" stands in a \"%s\" block, not by itself", word,
		    keyword_block_name(k->in));
	else
		report_error(b->report, spot_of_word(s, 0),
		    "\"%s\" stands in a \"%s\" block, not in \"%s\"", word,
		    keyword_block_name(k->in), keyword_block_name(block->kind));
}

static void
build_unknown(
    struct build *b, struct block *block, const struct config_statement *s)
{
	struct suggestion near = { .word = statement_word(s, 0) };
	const struct keyword *k = keyword_find_anywhere(near.word);

	if (k != NULL && k->in == BLOCK_FILE) {
		build_stray(b, block, s);
		return;
	}
	if (k != NULL) {
		build_report_misplaced(b, block, k, s);
		return;
	}
	keyword_suggest(block->kind, &near);
	report_error_suggest(b->report, spot_of_word(s, 0), near.best,
	    "unknown keyword %s", report_quote_token(s->words[0]).text);
}

/* Is there nothing to say about it that the lexer and the parser have not? */
static bool
build_is_broken(const struct config_statement *s)
{
	unsigned i;

	for (i = 0; i < s->word_count && s->open == NULL; i++) {
		if (s->words[i]->broken)
			return true;
	}
	return s->word_count == 0 || s->words[0]->broken;
}

static bool
build_has_form(
    struct build *b, const struct keyword *k, const struct config_statement *s)
{
	unsigned arguments = s->word_count - 1;
	const char *fault = NULL;
	unsigned at = 0;

	if (arguments < k->min) {
		fault = "too few arguments";
	} else if (arguments > k->max) {
		fault = "too many arguments";
		at = k->max + 1;
	} else if (k->block == NO_BLOCK && s->open != NULL) {
		report_error(b->report, spot_of(s->source, s->open),
		    "\"%s\" takes no block", k->name);
		return false;
	} else if (k->block == MUST_HAVE_BLOCK && s->open == NULL) {
		fault = "no block";
	}
	if (fault != NULL)
		report_error(b->report, spot_of_word(s, at), "%s: %s %s%s",
		    fault, k->name, k->usage,
		    k->block == MUST_HAVE_BLOCK  ? " { ... }"
		    : k->block == MAY_HAVE_BLOCK ? " [{ ... }]"
						 : "");
	return fault == NULL;
}

static bool
build_is_first(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	const struct config_statement **seen = &block->seen[k - keywords];
	const struct config_statement *first = k->store ? block->store : *seen;

	if (first != NULL && !k->many) {
		report_error(b->report, spot_of_word(s, 0),
		    k->store && *seen == NULL
			? "a lun has one store; \"%s\" is already given at %s"
			: "\"%s\" is already given at %s",
		    statement_word(first, 0),
		    report_place(spot_of_word(first, 0).place).text);
		return false;
	}
	if (*seen == NULL)
		*seen = s;
	if (k->store)
		block->store = s;
	return true;
}

/* ---- statements ---- */

static void
build_one(
    struct build *b, struct block *block, const struct config_statement *s)
{
	const struct keyword *k;

	if (build_is_broken(s))
		return;
	k = keyword_find(block->kind, statement_word(s, 0));
	if (k == NULL) {
		build_unknown(b, block, s);
		return;
	}
	if (!build_is_first(b, block, k, s))
		return;
	if (k->unsupported) {
		report_error(b->report, spot_of_word(s, 0),
		    "\"%s\" is not supported by this build", k->name);
		return;
	}
	if (build_has_form(b, k, s))
		(k->build != NULL ? k->build : build_value)(b, block, k, s);
}

static void
build_statements(
    struct build *b, struct block *block, const struct config_statement *s)
{
	for (; s != NULL; s = s->next)
		build_one(b, block, s);
}

struct block *
build_block(struct build *b, enum block_kind kind,
    const struct config_statement *s, void *object)
{
	struct block *block = build_block_new(b, kind, s, object);

	if (block != NULL)
		build_statements(b, block, s->child);
	return block;
}

bool
build_word(struct build *b, const struct value_type *type,
    const struct config_statement *s, unsigned i, void *field)
{
	const struct config_token *t = s->words[i];
	struct value_fault fault;

	if (type->read(type, b->arena, t->value, field, &fault))
		return true;
	report_fault(b->report, spot_of(s->source, t), &fault);
	return false;
}

static void
build_strings(struct build *b, struct config_strings *strings,
    const struct keyword *k, const struct config_statement *s)
{
	char *word, **item;
	unsigned i;

	for (i = 1; i < s->word_count; i++) {
		if (!build_word(b, &k->value, s, i, &word))
			continue;
		item = arena_append(
		    b->arena, &strings->items, &strings->count, sizeof(*item));
		if (item != NULL)
			*item = word;
	}
}

void
build_value(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	void *field = (char *)block->object + k->offset;

	if (k->many)
		build_strings(b, field, k, s);
	else
		build_word(b, &k->value, s, 1, field);
}

void
build_refer(struct build *b, enum reference_kind kind,
    const struct config_statement *s, unsigned i, void *slot)
{
	struct reference *r = arena_alloc(b->arena, sizeof(*r));

	if (r == NULL)
		return;
	r->kind = kind;
	r->name = statement_word(s, i);
	r->spot = spot_of_word(s, i);
	r->slot = slot;
	STAILQ_INSERT_TAIL(&b->references, r, link);
}

char *
build_name(struct build *b, enum reference_kind kind,
    const struct config_statement *s, void *object)
{
	const struct config_token *t = s->words[1];
	struct value_fault fault;

	if (!iname_check_block(t->value, &fault))
		report_fault(b->report, spot_of(s->source, t), &fault);
	names_add(&b->known[kind], b->arena, t->value, t->value, object,
	    spot_of(s->source, t));
	return t->value;
}

/* ---- statements of the file itself ---- */

/* As deep as includes may go, include.c sees to that. */
void
build_include(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	unsigned i;

	for (i = 0; i < s->included_count; i++)
		build_statements(b, block, s->included[i]->root.child);
}

void
build_log(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	if (s->word_count == 3 && strcmp(statement_word(s, 1), "level") != 0) {
		report_error_suggest(b->report, spot_of_word(s, 1), "level",
		    "%s is no property of the log",
		    report_quote_token(s->words[1]).text);
		return;
	}
	build_word(b, &k->value, s, s->word_count - 1,
	    (char *)block->object + k->offset);
}

/* Of a portal group or a target. */
void
build_redirect(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_portal_group *pg = block->object;
	struct config_target *t = block->object;
	bool permanent = s->word_count == 3;

	if (permanent && strcmp(statement_word(s, 2), "permanent") != 0) {
		report_error_suggest(b->report, spot_of_word(s, 2), "permanent",
		    "%s is no property of a redirection",
		    report_quote_token(s->words[2]).text);
		return;
	}
	if (block->kind == BLOCK_TARGET)
		t->redirect_permanent = permanent;
	else
		pg->redirect_permanent = permanent;
	build_word(b, &k->value, s, 1, (char *)block->object + k->offset);
}

void
build_timeouts(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	build_block(b, BLOCK_TIMEOUT, s, &b->config->timeouts);
}

void
build_limits(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	build_block(b, BLOCK_LIMITS, s, &b->config->limits);
}

/* Presets of blocks that the file need not have. */
static void
build_absent(struct build *b)
{
	struct block timeouts = { .kind = BLOCK_TIMEOUT,
		.object = &b->config->timeouts };
	struct block limits = { .kind = BLOCK_LIMITS,
		.object = &b->config->limits };

	build_presets(b, &timeouts);
	build_presets(b, &limits);
}

void
build_config(struct build *b)
{
	struct source *source = STAILQ_FIRST(&b->tree->sources);

	STAILQ_INIT(&b->blocks);
	STAILQ_INIT(&b->references);
	build_absent(b);
	b->file = build_block_new(b, BLOCK_FILE, NULL, b->config);
	if (b->file == NULL || !auth_group_add_built_in(b))
		return;
	build_statements(b, b->file, source->root.child);
}
