/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/report.c - messages as they are shown.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/config/support.h"

static void
expect_shown(const char *text, const char *shown)
{
	struct config_report report;
	char *got;

	config_free(config_load_text("t.conf", text, strlen(text), &report));
	CU_ASSERT_FATAL(report.count > 0);
	got = config_message_format(&report.messages[0]);
	CU_ASSERT_STRING_EQUAL(got, shown);
	free(got);
	config_report_free(&report);
}

static void
report_shows(void)
{
	expect_shown("log info\nlunn vm1 {\n}\n",
	    "t.conf:2:1: error: unknown keyword \"lunn\"; did you mean "
	    "\"lun\"?\n"
	    "    lunn vm1 {\n"
	    "    ^");
	expect_shown("workers zero # why",
	    "t.conf:1:9: error: \"zero\" is not a number from 1 to 256\n"
	    "    workers zero # why\n"
	    "            ^");
}

/* The caret stands below the place whatever is before it. */
static void
report_aligns(void)
{
	expect_shown("lun a {\n\tram;\tsize\tx\n}\n",
	    "t.conf:2:12: error: \"x\" is not a size: a whole number and K, M, "
	    "G, T or P\n"
	    "    \tram;\tsize\tx\n"
	    "    \t    \t    \t^");
	expect_shown("log \"\xc3\xa9\xc3\xa9\" x\n",
	    "t.conf:1:5: error: \"\\xc3\\xa9\\xc3\\xa9\" is no property of the "
	    "log; did you mean \"level\"?\n"
	    "    log \"\xc3\xa9\xc3\xa9\" x\n"
	    "        ^");
	expect_shown("# \xc3\xa9 \xff\r\n", "t.conf:1:5: error: byte 0xff is "
					    "not UTF-8\n"
					    "    # \xc3\xa9 ? \n"
					    "        ^");
}

static void
report_long_line(void)
{
	char text[1000];
	struct config_report report;

	memset(text, 'x', sizeof(text));
	CU_ASSERT_PTR_NULL(
	    config_load_text("t.conf", text, sizeof(text), &report));
	CU_ASSERT_EQUAL_FATAL(report.count, 1);
	CU_ASSERT_PTR_NULL(report.messages[0].source);
	CU_ASSERT(strlen(report.messages[0].text) < 200);
	config_report_free(&report);
}

static void
report_file(void)
{
	struct config_report report;
	char *got;

	config_load("/nonexistent", &report);
	got = config_message_format(&report.messages[0]);
	CU_ASSERT_STRING_EQUAL(got,
	    "/nonexistent: error: cannot be read: No such file or directory");
	free(got);
	config_report_free(&report);
}

static void
report_order(void)
{
	static const char text[] = "target x { portal-group q }\n"
				   "lunn\n"
				   "lun a { ram; size 1 }\n"
				   "\"\n";
	struct config_report report;
	unsigned i;

	config_free(config_load_text("t", text, sizeof(text) - 1, &report));
	CU_ASSERT(report.count > 4);
	for (i = 1; i < report.count; i++)
		CU_ASSERT(report.messages[i - 1].place.line <=
			  report.messages[i].place.line);
	config_report_free(&report);
	CU_ASSERT_EQUAL(report.count, 0);
	config_report_free(&report);
}

static const struct unit_test tests[] = {
	{ "place, text, suggestion, line and caret", report_shows },
	{ "the caret is below the place", report_aligns },
	{ "a very long line is not shown", report_long_line },
	{ "a message about a whole file", report_file },
	{ "messages are in the order of places", report_order },
	{ NULL, NULL },
};
const struct unit_suite report_suite = { "report", tests };
