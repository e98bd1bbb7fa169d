/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/utf8.c - what UTF-8 is.
 */
#include "common/utf8.h"

#include "tests/unit/unit.h"

extern const struct unit_suite utf8_suite;

static void
utf8_shortest(void)
{
	CU_ASSERT_EQUAL(utf8_length("a", 1), 1);
	CU_ASSERT_EQUAL(utf8_length("\xc3\xa9", 2), 2);
	CU_ASSERT_EQUAL(utf8_length("\xe2\x82\xac", 3), 3);
	CU_ASSERT_EQUAL(utf8_length("\xf0\x9f\x8d\xb5", 4), 4);
	CU_ASSERT_EQUAL(utf8_length("\xc3", 1), 0);
	CU_ASSERT_EQUAL(utf8_length("\x80", 1), 0);
	CU_ASSERT_EQUAL(utf8_length("\xc0\x80", 2), 0);
	CU_ASSERT_EQUAL(utf8_length("\xe0\x80\x80", 3), 0);
	CU_ASSERT_EQUAL(utf8_length("\xed\xa0\x80", 3), 0);
	CU_ASSERT_EQUAL(utf8_length("\xf4\x90\x80\x80", 4), 0);
}

static void
utf8_cut(void)
{
	char half[] = "a\xe2\x82\xac\xe2\x82", whole[] = "a\xc3\xa9",
	     none[] = "";

	utf8_trim(half);
	CU_ASSERT_STRING_EQUAL(half, "a\xe2\x82\xac");
	utf8_trim(whole);
	CU_ASSERT_STRING_EQUAL(whole, "a\xc3\xa9");
	utf8_trim(none);
	CU_ASSERT_STRING_EQUAL(none, "");
}

static const struct unit_test tests[] = {
	{ "what was cut within a character", utf8_cut },
	{ "UTF-8 in its shortest form only", utf8_shortest },
	{ NULL, NULL },
};

const struct unit_suite utf8_suite = { "utf8", tests };
