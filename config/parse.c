/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/parse.c - tokens to a tree of statements, nothing left out.
 */
#include "config/parse.h"

#include <string.h>

#include "common/log.h"
#include "config/keyword.h"
#include "config/report.h"
#include "config/suggest.h"

struct parser {
	struct source *source;
	struct arena *arena;
	struct report *report;
	struct config_statement *block; /* where statements go */
	unsigned at;                    /* token */
	unsigned depth;
	unsigned too_deep; /* blocks open beyond PARSE_DEPTH_MAX */
};

const char *
statement_word(const struct config_statement *s, unsigned i)
{
	return i < s->word_count ? s->words[i]->value : NULL;
}

static const struct config_token *
parse_token(const struct parser *p)
{
	if (p->at == p->source->token_count)
		return NULL;
	return &p->source->tokens[p->at];
}

static struct config_statement *
parse_statement_new(struct parser *p)
{
	struct config_statement *s = arena_alloc(p->arena, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->source = p->source;
	s->parent = p->block;
	if (p->block->last_child == NULL)
		p->block->child = s;
	else
		p->block->last_child->next = s;
	p->block->last_child = s;
	return s;
}

/* How many tokens from here belong to one keyword and its arguments. */
static unsigned
parse_span(const struct parser *p, unsigned *words)
{
	const struct config_token *t = p->source->tokens;
	unsigned i = p->at;

	for (*words = 0; i < p->source->token_count; i++) {
		if (t[i].kind == TOKEN_WORD)
			++*words;
		else if (t[i].kind != TOKEN_BLANK)
			break;
	}
	return i - p->at;
}

static bool
parse_words(struct parser *p)
{
	struct config_statement *s = parse_statement_new(p);
	unsigned words, span = parse_span(p, &words);

	if (s == NULL)
		return false;
	s->words = arena_alloc(p->arena, words * sizeof(*s->words));
	if (s->words == NULL)
		return false;
	for (; span > 0; span--, p->at++) {
		if (parse_token(p)->kind == TOKEN_WORD)
			s->words[s->word_count++] = parse_token(p);
	}
	return true;
}

/* Does a '{' here belong to the statement before it on the same line? */
static bool
parse_open_is_attached(const struct parser *p)
{
	const struct config_token *t = p->source->tokens;
	unsigned i = p->at;

	while (i > 0 && t[i - 1].kind == TOKEN_BLANK)
		i--;
	return i > 0 && t[i - 1].kind == TOKEN_WORD;
}

/* The statement that a '{' opens.  A brace on a line of its own is reported,
 * then taken for the statement's before it: one mistake, one message. */
static struct config_statement *
parse_opened(struct parser *p)
{
	struct config_statement *last = p->block->last_child;
	bool free = last != NULL && last->open == NULL;

	if (parse_open_is_attached(p))
		return last;
	report_error(p->report, spot_of(p->source, parse_token(p)),
	    "'{' without a keyword: a block opens on the line of its keyword");
	return free ? last : parse_statement_new(p);
}

static bool
parse_open(struct parser *p)
{
	struct config_statement *s;

	if (p->depth == PARSE_DEPTH_MAX) {
		if (p->too_deep++ == 0)
			report_error(p->report,
			    spot_of(p->source, parse_token(p)),
			    "blocks are nested more than %d deep",
			    PARSE_DEPTH_MAX);
		return true;
	}
	s = parse_opened(p);
	if (s == NULL)
		return false;
	s->open = parse_token(p);
	p->block = s;
	p->depth++;
	return true;
}

static void
parse_close(struct parser *p)
{
	if (p->too_deep > 0) {
		p->too_deep--;
	} else if (p->block->parent == NULL) {
		report_error(p->report, spot_of(p->source, parse_token(p)),
		    "'}' closes nothing");
	} else {
		p->block->close = parse_token(p);
		p->block = p->block->parent;
		p->depth--;
	}
}

static void
parse_end(struct parser *p)
{
	char quoted[80];

	for (; p->block->parent != NULL; p->block = p->block->parent) {
		const char *word = statement_word(p->block, 0);

		report_error(p->report, spot_of(p->source, p->block->open),
		    "the block of %s opened here is never closed",
		    word == NULL ? "no keyword"
				 : log_quote(quoted, sizeof(quoted), word,
				       strlen(word)));
	}
}

static bool
parse_step(struct parser *p, const struct config_token *t)
{
	if (t->kind == TOKEN_WORD && p->too_deep == 0)
		return parse_words(p);
	if (t->kind == TOKEN_OPEN && !parse_open(p))
		return false;
	if (t->kind == TOKEN_CLOSE)
		parse_close(p);
	p->at++;
	return true;
}

/* ---- secrets ---- */

/*
 * Could this be a statement with secrets, perhaps misspelt?  In an auth-group
 * all that is not surely something else, elsewhere what is near to chap.
 */
static bool
parse_may_be_secret(const struct config_statement *s)
{
	const struct config_statement *block = s->parent;
	const char *word = statement_word(s, 0);
	struct suggestion near = { .word = word };
	const struct keyword *k;

	if (word == NULL)
		return false;
	if (block->word_count > 0 &&
	    strcmp(statement_word(block, 0), "auth-group") == 0) {
		k = keyword_find(BLOCK_AUTH_GROUP, word);
		return k == NULL || k->secret;
	}
	suggest_offer(&near, "chap");
	suggest_offer(&near, "chap-mutual");
	return near.best != NULL || strncmp(word, "chap", 4) == 0;
}

static bool
parse_is_quoted(const struct source *source, const struct config_token *t)
{
	const char *s = source->text + t->offset;

	return t->length >= 2 && s[0] == '"' && s[t->length - 1] == '"';
}

/*
 * All of the line after the user's name: a secret that holds a ';' or a blank
 * and has no quotes around it is still one.
 */
static void
parse_mark_line(struct source *source, const struct config_statement *s)
{
	unsigned i = (unsigned)(s->words[0] - source->tokens) + 1;
	unsigned skip = s->word_count > 2 ? 1 : 0;
	bool quoted = false;
	struct config_token *t;

	for (; i < source->token_count; i++) {
		t = &source->tokens[i];
		if (t->kind == TOKEN_NEWLINE ||
		    (quoted && t->kind >= TOKEN_SEMICOLON))
			return;
		if (t->kind != TOKEN_WORD)
			continue;
		quoted = parse_is_quoted(source, t);
		if (skip > 0)
			skip--;
		else
			t->secret = true;
	}
}

/* The next statement in the order of the text: into blocks, then out. */
static struct config_statement *
parse_after(struct config_statement *s)
{
	if (s->child != NULL)
		return s->child;
	while (s != NULL && s->next == NULL)
		s = s->parent;
	return s == NULL ? NULL : s->next;
}

static void
parse_mark_secrets(struct source *source)
{
	struct config_statement *s;

	for (s = &source->root; s != NULL; s = parse_after(s)) {
		if (s->parent != NULL && parse_may_be_secret(s))
			parse_mark_line(source, s);
	}
}

bool
parse_source(struct source *source, struct arena *arena, struct report *report)
{
	struct parser p = { .source = source,
		.arena = arena,
		.report = report,
		.block = &source->root };
	const struct config_token *t;

	source->root.source = source;
	while ((t = parse_token(&p)) != NULL) {
		if (!parse_step(&p, t))
			return false;
	}
	parse_end(&p);
	parse_mark_secrets(source);
	return true;
}
