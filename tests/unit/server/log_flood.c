/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/log_flood.c - lines of a kind, more than anybody reads.
 */
#include <stdio.h>
#include <string.h>

#include "server/log_flood.h"
#include "tests/unit/unit.h"

extern const struct unit_suite log_flood_suite;

#define LINES 5000

static struct flood flood;

static unsigned
flood_of(const char *phrase, unsigned lines, uint64_t now_ms)
{
	unsigned i, admitted = 0;
	char line[128];

	for (i = 0; i < lines; i++) {
		snprintf(line, sizeof(line), "%s peer=%u why=\"=\"", phrase, i);
		admitted += flood_admits(&flood, line, now_ms);
	}
	return admitted;
}

static void
flood_is_held_back(void)
{
	flood = (struct flood){ .held = 0 };
	CU_ASSERT_EQUAL(flood_of("logged in", LINES, 1000), FLOOD_BURST);
	CU_ASSERT_EQUAL(
	    flood_of("logged in", LINES, 3000), 2 * FLOOD_PER_SECOND);
	CU_ASSERT_EQUAL(flood_of("logged in", LINES, 3000), 0);
	CU_ASSERT_EQUAL(flood_of("logged in", LINES, 100000), FLOOD_BURST);
}

static void
flood_leaves_others(void)
{
	flood = (struct flood){ .held = 0 };
	flood_of("logged in", LINES, 1000);
	CU_ASSERT_EQUAL(flood_of("logged in too", 10, 1000), 10);
	CU_ASSERT_EQUAL(flood_of("logged", 10, 1000), 10);
	CU_ASSERT(flood_admits(&flood, "", 1000));
	CU_ASSERT(flood_admits(&flood, "=", 1000));
	CU_ASSERT(flood_admits(&flood, "a line without pairs", 1000));
}

static void
flood_is_told(void)
{
	char line[256];

	flood = (struct flood){ .held = 0 };
	CU_ASSERT_EQUAL(flood_next_ms(&flood), UINT64_MAX);
	flood_of("say \"x\"", FLOOD_BURST + 7, 1000);
	flood_of("other", FLOOD_BURST + 2, 1500);
	CU_ASSERT_EQUAL(flood_next_ms(&flood), 1000 + FLOOD_TELL_MS);
	CU_ASSERT(flood_tell(&flood, line, sizeof(line)));
	CU_ASSERT(flood_tell(&flood, line, sizeof(line)));
	CU_ASSERT_FALSE(flood_tell(&flood, line, sizeof(line)));
	CU_ASSERT_EQUAL(flood_next_ms(&flood), UINT64_MAX);
	flood_of("say \"x\"", FLOOD_PER_SECOND / 2 + 3, 1500);
	CU_ASSERT(flood_tell(&flood, line, sizeof(line)));
	CU_ASSERT_STRING_EQUAL(
	    line, "log lines held back count=3 of=\"say \\\"x\\\"\"");
}

/* More kinds than are told apart: all stay bounded, the last ones too. */
static void
flood_of_kinds(void)
{
	unsigned i, admitted = 0;
	char phrase[200];

	flood = (struct flood){ .held = 0 };
	memset(phrase, 'x', sizeof(phrase));
	for (i = 0; i < 10 * FLOOD_KINDS; i++) {
		snprintf(phrase, 12, "%u", i);
		phrase[strlen(phrase)] = i % 2 ? ' ' : 'x';
		phrase[sizeof(phrase) - 100] = '\0';
		admitted += flood_of(phrase, 2 * FLOOD_BURST, 1000);
	}
	CU_ASSERT(admitted <= FLOOD_KINDS * FLOOD_BURST);
	CU_ASSERT_EQUAL(flood_of("after a while", 5, 100000), 5);
}

static const struct unit_test tests[] = {
	{ "a flood is held back, and flows off", flood_is_held_back },
	{ "lines of other kinds are not", flood_leaves_others },
	{ "what was held back is told, by kind", flood_is_told },
	{ "many kinds share what there is", flood_of_kinds },
	{ NULL, NULL },
};

const struct unit_suite log_flood_suite = { "floods of log lines", tests };
