/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/suggest.c - which known word was meant?
 */
#include "config/suggest.h"

#include <string.h>

#include "config/keyword.h"
#include "tests/unit/config/support.h"

static const char *
nearest(enum block_kind in, const char *word)
{
	struct suggestion s = { .word = word };

	keyword_suggest(in, &s);
	return s.best == NULL ? "" : s.best;
}

static void
suggest_typing(void)
{
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_FILE, "lunn"), "lun");
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_FILE, "tagret"), "target");
	CU_ASSERT_STRING_EQUAL(
	    nearest(BLOCK_FILE, "portalgroup"), "portal-group");
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_FILE, "auth_group"), "auth-group");
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_LUN, "blocksize"), "block-size");
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_LUN, "readonly"), "read-only");
}

static void
suggest_nothing(void)
{
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_FILE, "elephant"), "");
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_FILE, ""), "");
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_LUN, "xy"), "");
}

static void
suggest_foreign(void)
{
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_LUN, "path"), "file");
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_LUN, "backing-store"), "file");
	CU_ASSERT_STRING_EQUAL(
	    nearest(BLOCK_AUTH_GROUP, "initiator-portal"), "initiator-address");
}

static void
suggest_long(void)
{
	char word[1000];

	memset(word, 'l', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	CU_ASSERT_STRING_EQUAL(nearest(BLOCK_FILE, word), "");
}

static const struct unit_test tests[] = {
	{ "typing errors", suggest_typing },
	{ "nothing is suggested for what is far off", suggest_nothing },
	{ "words of ctl.conf and tgt", suggest_foreign },
	{ "a long word costs nothing", suggest_long },
	{ NULL, NULL },
};
const struct unit_suite suggest_suite = { "suggest", tests };
