/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/lex.c - text to tokens with places, nothing left out.
 */
#include "config/lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/parse.h"
#include "config/report.h"
#include "tests/unit/config/support.h"

static struct config_tree *tree;

static const struct source *
lex_text(const char *text, size_t bytes, unsigned errors)
{
	struct report r = { .entries = NULL };
	struct config_report report;
	const struct source *s;

	tree = tree_new(1 << 20);
	s = tree_add_text(tree, "t", text, bytes, &r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	report_finish(&r, &report);
	CU_ASSERT_EQUAL(report.errors, errors);
	config_report_free(&report);
	return s;
}

/* One letter per token. */
static void
expect_kinds(const char *text, const char *kinds)
{
	static const char letters[] = "bn#w;{}";
	const struct source *s = lex_text(text, strlen(text), 0);
	char got[64] = "";
	unsigned i;

	CU_ASSERT_FATAL(s->token_count < sizeof(got));
	for (i = 0; i < s->token_count; i++)
		got[i] = letters[s->tokens[i].kind];
	CU_ASSERT_STRING_EQUAL(got, kinds);
	tree_free(tree);
}

static void
lex_kinds(void)
{
	expect_kinds("", "");
	expect_kinds("a b\n", "wbwn");
	expect_kinds("a{b;c}#d\n\t\r\n", "w{w;w}#nbn");
	expect_kinds("\"a b\" \"\"", "wbw");
	expect_kinds("[::]:3260 a,b=c/d*", "wbw");
	expect_kinds("\xef\xbb\xbf"
		     "a # caf\xc3\xa9",
	    "bwb#");
}

static void
expect_value(const char *text, const char *value)
{
	const struct source *s = lex_text(text, strlen(text), 0);

	CU_ASSERT_STRING_EQUAL(s->tokens[0].value, value);
	tree_free(tree);
}

static void
lex_values(void)
{
	expect_value("word", "word");
	expect_value("back\\slash", "back\\slash");
	expect_value("\"a # ; { } b\"", "a # ; { } b");
	expect_value("\"q\\\"b\\\\n\\nx\"", "q\"b\\n\nx");
	expect_value("\"\"", "");
}

static void
lex_places(void)
{
	static const char text[] = "a\n\tbb \xc3\xa9\xc3\xa9 c\r\nd";
	const struct source *s = lex_text(text, sizeof(text) - 1, 0);
	static const unsigned places[][3] = { { 0, 1, 1 }, { 3, 2, 2 },
		{ 5, 2, 5 }, { 7, 2, 8 }, { 10, 3, 1 } };
	unsigned i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		CU_ASSERT_EQUAL(s->tokens[places[i][0]].kind, TOKEN_WORD);
		CU_ASSERT_EQUAL(s->tokens[places[i][0]].line, places[i][1]);
		CU_ASSERT_EQUAL(s->tokens[places[i][0]].column, places[i][2]);
	}
	tree_free(tree);
}

/* Tokens lie end to end, for bytes that a small generator makes up. */
static void
lex_is_lossless(void)
{
	static const char alphabet[] = "ab \t\n\r;{}#\"\\\xc3\xa9\xff";
	unsigned seed = 1, round, i;
	struct source *s;
	char text[64];
	size_t at;

	for (round = 0; round < 2000; round++) {
		for (i = 0; i < sizeof(text); i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = alphabet[(seed >> 16) % sizeof(alphabet)];
		}
		tree = tree_new(1 << 20);
		s = tree_add_text(tree, "t", text, sizeof(text), NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		for (i = 0, at = 0; i < s->token_count; i++) {
			CU_ASSERT_EQUAL_FATAL(s->tokens[i].offset, at);
			CU_ASSERT_FATAL(s->tokens[i].length > 0);
			at += s->tokens[i].length;
		}
		CU_ASSERT_EQUAL(at, sizeof(text));
		CU_ASSERT_EQUAL(memcmp(s->text, text, sizeof(text)), 0);
		tree_free(tree);
	}
}

static void
expect_printed(const char *word, const char *printed)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	lex_print_word(f, word);
	fclose(f);
	CU_ASSERT_STRING_EQUAL(text, printed);
	expect_value(text, word);
	free(text);
}

static void
lex_words_round_trip(void)
{
	expect_printed("bare", "bare");
	expect_printed("", "\"\"");
	expect_printed("a b", "\"a b\"");
	expect_printed("a#b", "\"a#b\"");
	expect_printed("a\\b", "a\\b");
	expect_printed("\"\\\n", "\"\\\"\\\\\\n\"");
}

static const struct unit_test tests[] = {
	{ "kinds of tokens", lex_kinds },
	{ "quotes and escapes", lex_values },
	{ "columns count characters", lex_places },
	{ "any bytes survive, end to end", lex_is_lossless },
	{ "a printed word reads as itself", lex_words_round_trip },
	{ NULL, NULL },
};
const struct unit_suite lex_suite = { "lex", tests };
