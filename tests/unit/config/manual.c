/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/manual.c - tisane.conf(5) against the keyword table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keyword.h"
#include "tests/unit/config/support.h"

/* The part of the page about a kind of block: from its .Ss to the next. */
static char *
manual_section(const char *page, enum block_kind kind)
{
	static const char *const titles[BLOCK_KINDS] = {
		[BLOCK_FILE] = "Global statements",
		[BLOCK_PORTAL_GROUP] = "Portal groups",
		[BLOCK_AUTH_GROUP] = "Authentication groups",
		[BLOCK_LUN] = "Logical units",
		[BLOCK_TARGET] = "Targets",
		[BLOCK_MAP] = "LUN maps",
		[BLOCK_TIMEOUT] = "Timeouts",
		[BLOCK_LIMITS] = "Limits",
		[BLOCK_INITIATOR] = "Initiators",
		[BLOCK_WEB] = "Web page",
	};
	char title[80];
	const char *start, *end;

	snprintf(title, sizeof(title), "\n.Ss %s\n", titles[kind]);
	start = strstr(page, title);
	if (start == NULL)
		return NULL;
	for (end = start + 1; (end = strstr(end, "\n.S")) != NULL; end++) {
		if (end[3] == 's' || end[3] == 'h')
			break;
	}
	return strndup(
	    start, end == NULL ? strlen(start) : (size_t)(end - start));
}

/* A keyword's entry: from its .It Ic to the next. */
static char *
manual_entry(const char *section, const char *keyword)
{
	char item[80];
	const char *start = section, *end;
	size_t bytes;

	bytes = (size_t)snprintf(item, sizeof(item), "\n.It Ic %s", keyword);
	do {
		start = strstr(start + 1, item);
		if (start == NULL)
			return NULL;
	} while (start[bytes] != '\n' && start[bytes] != ' ');
	end = strstr(start + 1, "\n.It Ic");
	return strndup(
	    start, end == NULL ? strlen(start) : (size_t)(end - start));
}

static void
manual_check(const char *page, const struct keyword *k)
{
	char *section = manual_section(page, k->in), *entry = NULL;
	char preset[80];

	if (section != NULL)
		entry = manual_entry(section, k->name);
	snprintf(preset, sizeof(preset), "Default: %s.", k->preset);
	if (entry == NULL || (k->preset != NULL && !strstr(entry, preset)) ||
	    (k->unsupported && !strstr(entry, "Not supported by this build"))) {
		fprintf(stderr, "\nthe page lacks \"%s\" in \"%s\", %s\n",
		    k->name, keyword_block_name(k->in),
		    k->preset != NULL ? preset : "");
		CU_FAIL("not in the manual page");
	}
	free(entry);
	free(section);
}

static void
manual_has_keywords(void)
{
	char *page = file_text("docs/tisane.conf.5");
	const struct keyword *k;

	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	for (k = keywords; k < keywords + keyword_count; k++)
		manual_check(page, k);
	free(page);
}

/* And the other way round: no keyword that the table does not have. */
static void
manual_has_nothing_else(void)
{
	char *page = file_text("docs/tisane.conf.5");
	char name[40];
	const char *p = page;

	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	while ((p = strstr(p, "\n.It Ic ")) != NULL) {
		p += 8;
		if (sscanf(p, "%39s", name) == 1 &&
		    keyword_find_anywhere(name) == NULL) {
			fprintf(stderr, "\nno keyword \"%s\"\n", name);
			CU_FAIL("only in the manual page");
		}
	}
	free(page);
}

static const struct unit_test tests[] = {
	{ "every keyword and default is in the page", manual_has_keywords },
	{ "the page has no other keywords", manual_has_nothing_else },
	{ NULL, NULL },
};
const struct unit_suite manual_suite = { "manual", tests };
