/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/lex.c - text to tokens with places, nothing left out.
 */
#include "config/lex.h"

#include <string.h>

#include "common/utf8.h"
#include "config/arena.h"
#include "config/parse.h"
#include "config/report.h"

struct lexer {
	struct source *source;
	struct report *report; /* NULL while counting */
	size_t at;
	uint32_t line, column;
	bool broken; /* the token at hand */
};

/* ---- characters ---- */

static bool
lex_has_bom(const struct source *s)
{
	return s->bytes >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0;
}

static struct spot
lex_here(const struct lexer *lx)
{
	return spot_at(lx->source, lx->at, lx->line, lx->column);
}

static int
lex_peek(const struct lexer *lx)
{
	if (lx->at == lx->source->bytes)
		return -1;
	return (unsigned char)lx->source->text[lx->at];
}

/* One character, or one byte that is not part of any. */
static void
lex_advance(struct lexer *lx)
{
	const char *s = lx->source->text + lx->at;
	size_t n = utf8_length(s, lx->source->bytes - lx->at);

	lx->column++;
	if (*s == '\n') {
		lx->line++;
		lx->column = 1;
	}
	lx->at += n == 0 ? 1 : n;
}

static bool
lex_is_control(int c)
{
	return (c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
}

static void
lex_report_byte(const struct lexer *lx, int c)
{
	if (c >= 0x80)
		report_error(lx->report, lex_here(lx),
		    "byte 0x%02x is not UTF-8", (unsigned)c);
	else
		report_error(lx->report, lex_here(lx),
		    "control character 0x%02x", (unsigned)c);
}

/* Each run of bad bytes is reported once. */
static void
lex_check_bytes(struct source *source, struct report *report)
{
	struct lexer lx = { source, report, 0, 1, 1, false };
	bool bad, was_bad = false;
	int c;

	for (; (c = lex_peek(&lx)) >= 0; lex_advance(&lx), was_bad = bad) {
		bad = lex_is_control(c) || utf8_length(source->text + lx.at,
					       source->bytes - lx.at) == 0;
		if (bad && !was_bad)
			lex_report_byte(&lx, c);
	}
}

/* ---- tokens ---- */

static bool
lex_is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
lex_ends_word(int c)
{
	return c < 0 || lex_is_blank(c) || strchr("\n;{}", c) != NULL;
}

static enum token_kind
lex_blank(struct lexer *lx)
{
	do
		lex_advance(lx);
	while (lex_is_blank(lex_peek(lx)));
	return TOKEN_BLANK;
}

static enum token_kind
lex_comment(struct lexer *lx)
{
	while (lex_peek(lx) >= 0 && lex_peek(lx) != '\n')
		lex_advance(lx);
	return TOKEN_COMMENT;
}

static enum token_kind
lex_bare(struct lexer *lx)
{
	int c;

	/* NUL is a character of the word, and strchr() would find it */
	while ((c = lex_peek(lx)) == '\0' || !lex_ends_word(c)) {
		if ((c == '#' || c == '"') && !lx->broken) {
			report_error(lx->report, lex_here(lx),
			    "'%c' inside a word: quote the whole word%s", c,
			    c == '#' ? ", or put a blank before the comment"
				     : "");
			lx->broken = true;
		}
		lex_advance(lx);
	}
	return TOKEN_WORD;
}

static enum token_kind
lex_quoted(struct lexer *lx)
{
	struct spot opened = lex_here(lx);
	int c;

	lex_advance(lx);
	while ((c = lex_peek(lx)) >= 0 && c != '\n' && c != '"') {
		lex_advance(lx);
		if (c == '\\' && lex_peek(lx) >= 0 && lex_peek(lx) != '\n')
			lex_advance(lx);
	}
	if (c != '"') {
		report_error(lx->report, opened,
		    "the quoted word opened here is not closed on its line");
		lx->broken = true;
		return TOKEN_WORD;
	}
	lex_advance(lx);
	c = lex_peek(lx);
	if (c == '\0' || (!lex_ends_word(c) && c != '#'))
		report_error(lx->report, lex_here(lx),
		    "a blank is missing after the closing quote");
	return TOKEN_WORD;
}

static enum token_kind
lex_kind(struct lexer *lx, int c)
{
	static const char single[] = "\n;{}";
	static const enum token_kind kinds[] = { TOKEN_NEWLINE, TOKEN_SEMICOLON,
		TOKEN_OPEN, TOKEN_CLOSE };
	const char *p = c == '\0' ? NULL : strchr(single, c);

	if (p != NULL) {
		lex_advance(lx);
		return kinds[p - single];
	}
	if (lex_is_blank(c) || (lx->at == 0 && lex_has_bom(lx->source)))
		return lex_blank(lx);
	if (c == '#')
		return lex_comment(lx);
	return c == '"' ? lex_quoted(lx) : lex_bare(lx);
}

static bool
lex_next(struct lexer *lx, struct config_token *t)
{
	int c = lex_peek(lx);

	if (c < 0)
		return false;
	t->line = lx->line;
	t->column = lx->column;
	t->offset = (uint32_t)lx->at;
	lx->broken = false;
	t->kind = lex_kind(lx, c);
	t->broken = lx->broken;
	t->length = (uint32_t)lx->at - t->offset;
	return true;
}

/* ---- values of words ---- */

static char
lex_escape(struct lexer *lx, const struct config_token *t, const char *s)
{
	static const char escapes[] = "\"\\n", meanings[] = "\"\\\n";
	const char *p = *s == '\0' ? NULL : strchr(escapes, *s);

	if (p != NULL)
		return meanings[p - escapes];
	report_error(lx->report, spot_of(lx->source, t),
	    "a backslash in quotes stands before '\"', '\\' or 'n' only; "
	    "write \"\\\\\" for itself");
	return *s;
}

static void
lex_unquote(struct lexer *lx, struct config_token *t, const char *s, size_t n)
{
	size_t i, out = 0;

	for (i = 1; i < n && s[i] != '"'; i++) {
		if (s[i] == '\\' && i + 1 < n)
			t->value[out++] = lex_escape(lx, t, s + ++i);
		else
			t->value[out++] = s[i];
	}
	memset(t->value + out, 0, n - out);
}

static bool
lex_word_value(struct lexer *lx, struct config_token *t, struct arena *arena)
{
	const char *s = lx->source->text + t->offset;

	t->value = arena_copy(arena, s, t->length);
	if (t->value == NULL)
		return false;
	if (*s == '"')
		lex_unquote(lx, t, s, t->length);
	return true;
}

bool
lex_source(struct source *source, struct arena *arena, struct report *report)
{
	struct lexer count = { source, NULL, 0, 1, 1, false };
	struct lexer lx = { source, report, 0, 1, 1, false };
	struct config_token t;
	unsigned n = 0;

	while (lex_next(&count, &t))
		n++;
	source->tokens = arena_alloc(arena, n * sizeof(t));
	if (source->tokens == NULL)
		return false;
	lex_check_bytes(source, report);
	for (; source->token_count < n; source->token_count++) {
		struct config_token *next =
		    &source->tokens[source->token_count];

		lex_next(&lx, next);
		if (next->kind == TOKEN_WORD &&
		    !lex_word_value(&lx, next, arena))
			return false;
	}
	return true;
}

/* ---- the way back ---- */

static bool
lex_is_bare(const char *word)
{
	return *word != '\0' && word[strcspn(word, " \t\r\n;{}#\"")] == '\0';
}

void
lex_print_word(FILE *f, const char *word)
{
	bool bare = lex_is_bare(word);

	if (bare) {
		fputs(word, f);
		return;
	}
	fputc('"', f);
	for (; *word != '\0'; word++) {
		if (strchr("\"\\\n", *word) != NULL)
			fputc('\\', f);
		fputc(*word == '\n' ? 'n' : *word, f);
	}
	fputc('"', f);
}
