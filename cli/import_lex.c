/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import_lex.c - words, lines and braces of other targets' files.
 */
#include "cli/import.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lex {
	struct import *im;
	const char *p;
	unsigned line;
	bool braces;
	char separator;
	struct import_token *tokens;
	size_t count, room;
};

static void
lex_put(struct lex *l, enum import_kind kind, char *text)
{
	if (l->count == l->room) {
		l->room = l->room * 2 + 64;
		l->tokens = realloc(l->tokens, l->room * sizeof(*l->tokens));
		if (l->tokens == NULL)
			abort();
	}
	l->tokens[l->count++] = (struct import_token){ kind, text, l->line };
}

/* Behind the quote that opens it. */
static char *
lex_quoted(struct lex *l)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		abort();
	for (; *l->p != '\0' && *l->p != '"'; l->p++) {
		if (*l->p == '\\' && l->p[1] != '\0')
			l->p++;
		l->line += *l->p == '\n';
		putc(*l->p, f);
	}
	if (*l->p == '"')
		l->p++;
	else
		import_break(l->im, "a quoted string has no end");
	if (fclose(f) != 0)
		abort();
	return text;
}

static bool
lex_ends_word(const struct lex *l, char c)
{
	return c == '\0' || isspace((unsigned char)c) || c == '"' ||
	       (l->separator != 0 && c == l->separator) ||
	       (l->braces && (c == '{' || c == '}'));
}

static char *
lex_bare(struct lex *l)
{
	const char *start = l->p;

	while (!lex_ends_word(l, *l->p))
		l->p++;
	return strndup(start, (size_t)(l->p - start));
}

static void
lex_one(struct lex *l)
{
	char c = *l->p;

	if (c == '#') {
		l->p += strcspn(l->p, "\n");
	} else if (c == '\n' || (l->separator != 0 && c == l->separator)) {
		lex_put(l, IMPORT_LINE, NULL);
		l->line += c == '\n';
		l->p++;
	} else if (isspace((unsigned char)c)) {
		l->p++;
	} else if (l->braces && (c == '{' || c == '}')) {
		lex_put(l, c == '{' ? IMPORT_OPEN : IMPORT_CLOSE, NULL);
		l->p++;
	} else if (c == '"') {
		l->p++;
		lex_put(l, IMPORT_WORD, lex_quoted(l));
	} else {
		lex_put(l, IMPORT_WORD, lex_bare(l));
	}
}

struct import_token *
import_lex(struct import *im, const char *text, bool braces, char separator)
{
	struct lex l = { .im = im,
		.p = text,
		.line = 1,
		.braces = braces,
		.separator = separator };

	while (*l.p != '\0') {
		im->line = l.line;
		lex_one(&l);
	}
	lex_put(&l, IMPORT_LINE, NULL);
	lex_put(&l, IMPORT_END, NULL);
	return l.tokens;
}

void
import_tokens_free(struct import_token *tokens)
{
	struct import_token *t;

	for (t = tokens; t->kind != IMPORT_END; t++)
		free(t->text);
	free(tokens);
}
