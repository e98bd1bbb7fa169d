/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/parse.c - tokens to a tree of statements.
 */
#include "config/parse.h"

#include <stdlib.h>
#include <string.h>

#include "config/report.h"
#include "tests/unit/config/support.h"

static void
print_statements(FILE *f, const struct config_statement *s)
{
	unsigned i;

	for (; s != NULL; s = s->next) {
		for (i = 0; i < s->word_count; i++)
			fprintf(
			    f, "%s%s", i > 0 ? " " : "", statement_word(s, i));
		if (s->open != NULL) {
			fputc('{', f);
			print_statements(f, s->child);
			fputc('}', f);
		}
		fputc('.', f);
	}
}

static void
expect_tree(const char *text, const char *wanted, const char *messages)
{
	struct config_tree *tree = tree_new(1 << 22);
	struct report r = { .entries = NULL };
	struct config_report report;
	struct source *s;
	char *printed = NULL, *got;
	size_t bytes;
	FILE *f = open_memstream(&printed, &bytes);

	s = tree_add_text(tree, "t", text, strlen(text), &r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	report_finish(&r, &report);
	print_statements(f, s->root.child);
	fclose(f);
	got = messages_text(&report);
	expect_text(printed, wanted);
	expect_text(got, messages);
	config_report_free(&report);
	tree_free(tree);
	free(printed);
	free(got);
}

static void
parse_ends(void)
{
	expect_tree("a b\nc;d; ;\n# e\nf # g\n", "a b.c.d.f.", "");
	expect_tree("a { b; c }\nd", "a{b.c.}.d.", "");
	expect_tree("a{b}c{d}", "a{b.}.c{d.}.", "");
	expect_tree("a x {\n b {\n c\n}\n}\n", "a x{b{c.}.}.", "");
	expect_tree("a \"{\" ;", "a {.", "");
}

static void
parse_unclosed(void)
{
	expect_tree("a {\n b\n", "a{b.}.",
	    "1:3 the block of \"a\" opened here is never closed\n");
	expect_tree("a { b {\n", "a{b{}.}.",
	    "1:3 the block of \"a\" opened here is never closed\n"
	    "1:7 the block of \"b\" opened here is never closed\n");
	expect_tree("a \"b\nc", "a b.c.",
	    "1:3 the quoted word opened here is not closed on its line\n");
	expect_tree("a \"b\\", "a b\\.",
	    "1:3 the quoted word opened here is not closed on its line\n");
}

static void
parse_stray_braces(void)
{
	expect_tree("a\n}\nb", "a.b.", "2:1 '}' closes nothing\n");
	expect_tree("a\n{ b }\nc", "a{b.}.c.",
	    "2:1 '{' without a keyword: a block opens on the line of its "
	    "keyword\n");
	expect_tree("{ b }\nc", "{b.}.c.",
	    "1:1 '{' without a keyword: a block opens on the line of its "
	    "keyword\n");
	expect_tree("a { b } { c }\n", "a{b.}.{c.}.",
	    "1:9 '{' without a keyword: a block opens on the line of its "
	    "keyword\n");
}

/* No matter how deep: told once, and balanced again behind it. */
static void
parse_depth(void)
{
	enum { deep = 100000 };
	char *text = malloc(2 * deep + 8);
	struct config_tree *tree = tree_new(64 << 20);
	struct report r = { .entries = NULL };
	struct config_report report;
	struct source *s;

	memset(text, '{', deep);
	memset(text + deep, '}', deep);
	memcpy(text, "a", 1);
	memcpy(text + 2 * deep - 1, "\nb\n", 3);
	s = tree_add_text(tree, "t", text, 2 * deep + 2, &r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	report_finish(&r, &report);
	CU_ASSERT_EQUAL(report.errors, PARSE_DEPTH_MAX);
	CU_ASSERT_STRING_EQUAL(report.messages[report.count - 1].text,
	    "blocks are nested more than 16 deep");
	CU_ASSERT_STRING_EQUAL(statement_word(s->root.last_child, 0), "b");
	config_report_free(&report);
	tree_free(tree);
	free(text);
}

static void
parse_size(void)
{
	char *text = calloc(1, SOURCE_BYTES_MAX + 1);
	struct config_report report;

	memset(text, '\n', SOURCE_BYTES_MAX + 1);
	CU_ASSERT_PTR_NULL(
	    config_load_text("t", text, SOURCE_BYTES_MAX + 1, &report));
	CU_ASSERT_EQUAL(report.count, 1);
	CU_ASSERT_STRING_EQUAL(
	    report.messages[0].text, "the file is larger than 4194304 bytes");
	config_report_free(&report);
	free(text);
}

static const struct unit_test tests[] = {
	{ "newline, ; and } end a statement", parse_ends },
	{ "what is never closed says where it was opened", parse_unclosed },
	{ "a brace in the wrong place is one message", parse_stray_braces },
	{ "depth is bounded, at any length", parse_depth },
	{ "a file that is too large is refused", parse_size },
	{ NULL, NULL },
};
const struct unit_suite parse_suite = { "parse", tests };
