/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/log.c - lines, levels, quoting.
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "tests/unit/unit.h"

extern const struct unit_suite log_suite;

struct log_seen {
	int lines;
	enum log_level level;
	char last[2 * LOG_LINE_MAX];
};

static void
log_seen_sink(void *ctx, enum log_level level, const char *line)
{
	struct log_seen *seen = ctx;

	seen->lines++;
	seen->level = level;
	snprintf(seen->last, sizeof(seen->last), "%s", line);
}

static void
log_reaches_sink(void)
{
	struct log_seen seen = { 0 };

	log_set_sink(log_seen_sink, &seen);
	log_warning("store lost path=%s error=%d", "/a", 5);
	log_set_sink(NULL, NULL);
	CU_ASSERT_EQUAL(seen.lines, 1);
	CU_ASSERT_EQUAL(seen.level, LOG_LEVEL_WARNING);
	CU_ASSERT_STRING_EQUAL(seen.last, "store lost path=/a error=5");
}

static void
log_level_filters(void)
{
	struct log_seen seen = { 0 };

	log_set_sink(log_seen_sink, &seen);
	log_set_level(LOG_LEVEL_WARNING);
	log_notice("not this");
	CU_ASSERT_FALSE(log_enabled(LOG_LEVEL_NOTICE));
	log_error("this");
	log_set_level(LOG_LEVEL_INFO);
	log_set_sink(NULL, NULL);
	CU_ASSERT_EQUAL(seen.lines, 1);
	CU_ASSERT_STRING_EQUAL(seen.last, "this");
}

static void
log_cuts_long_lines(void)
{
	char text[2 * LOG_LINE_MAX];
	struct log_seen seen = { 0 };

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_set_sink(log_seen_sink, &seen);
	log_error("%s", text);
	log_set_sink(NULL, NULL);
	CU_ASSERT_EQUAL(seen.lines, 1);
	CU_ASSERT_EQUAL(strlen(seen.last), LOG_LINE_MAX - 1);
}

static void
log_stays_one_line(void)
{
	struct log_seen seen = { 0 };

	log_set_sink(log_seen_sink, &seen);
	log_error("path=%s", "a\nb\033[0m");
	log_set_sink(NULL, NULL);
	CU_ASSERT_STRING_EQUAL(seen.last, "path=a b [0m");
}

static void
log_quotes(void)
{
	char out[64];

	CU_ASSERT_STRING_EQUAL(
	    log_quote(out, sizeof(out), "iqn.x", 5), "\"iqn.x\"");
	CU_ASSERT_STRING_EQUAL(log_quote(out, sizeof(out), "", 0), "\"\"");
	CU_ASSERT_STRING_EQUAL(log_quote(out, sizeof(out), "a\"\\\n\0\xff", 6),
	    "\"a\\\"\\\\\\x0a\\x00\\xff\"");
}

static void
log_quote_cuts(void)
{
	char out[16];
	size_t size;

	CU_ASSERT_STRING_EQUAL(log_quote(out, 8, "abcdef", 5), "\"abcde\"");
	CU_ASSERT_STRING_EQUAL(log_quote(out, 8, "abcdef", 6), "\"ab...\"");
	CU_ASSERT_STRING_EQUAL(log_quote(out, 8, "a\nbcdef", 7), "\"a...\"");
	for (size = 8; size < sizeof(out); size++) {
		memset(out, '#', sizeof(out));
		log_quote(out, size, "\n\n\n\n\n\n\n\n", 8);
		CU_ASSERT_EQUAL(out[size], '#');
		CU_ASSERT_EQUAL(out[strlen(out) - 1], '"');
	}
}

static const struct unit_test log_tests[] = {
	{ "a line reaches the sink with its level", log_reaches_sink },
	{ "lines above the level are not built", log_level_filters },
	{ "a long line is cut", log_cuts_long_lines },
	{ "control characters do not break the line", log_stays_one_line },
	{ "quote escapes all but printable ASCII", log_quotes },
	{ "quote cuts at whole escapes and stays in size", log_quote_cuts },
	{ NULL, NULL },
};

const struct unit_suite log_suite = { "log", log_tests };
