/* SPDX-License-Identifier: BSD-2-Clause */
#include "iscsi/text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/iscsi/offer.h"

static void
pairs_are_read_in_order(void)
{
	struct text_in t = { 0 };
	struct text_pair p;
	size_t at = 0;

	CU_ASSERT_TRUE(text_in_add(&t, "A=1\0\0\0B.c=\0X#y_z=a=b", 20, 100));
	CU_ASSERT_EQUAL(text_next(&t, &at, &p), TEXT_PAIR);
	CU_ASSERT_TRUE(text_item_is(p.key, p.key_bytes, "A"));
	CU_ASSERT_STRING_EQUAL(p.value, "1");
	CU_ASSERT_EQUAL(text_next(&t, &at, &p), TEXT_PAIR);
	CU_ASSERT_TRUE(text_item_is(p.key, p.key_bytes, "B.c"));
	CU_ASSERT_STRING_EQUAL(p.value, "");
	CU_ASSERT_EQUAL(text_next(&t, &at, &p), TEXT_PAIR);
	CU_ASSERT_TRUE(text_item_is(p.key, p.key_bytes, "X#y_z"));
	CU_ASSERT_STRING_EQUAL(p.value, "a=b");
	CU_ASSERT_EQUAL(text_next(&t, &at, &p), TEXT_END);
	text_in_free(&t);
}

static enum text_next
first_of(const char *text, size_t bytes)
{
	struct text_in t = { 0 };
	struct text_pair p;
	enum text_next next;
	size_t at = 0;

	CU_ASSERT_TRUE(text_in_add(&t, text, bytes, 1000));
	next = text_next(&t, &at, &p);
	text_in_free(&t);
	return next;
}

static void
a_malformed_pair_is_found(void)
{
	char key[70];

	memset(key, 'k', sizeof(key));
	key[63] = '=';
	CU_ASSERT_EQUAL(first_of(key, 65), TEXT_PAIR);
	key[63] = 'k';
	key[64] = '=';
	CU_ASSERT_EQUAL(first_of(key, 65), TEXT_MALFORMED);
	CU_ASSERT_EQUAL(first_of("novalue\0", 8), TEXT_MALFORMED);
	CU_ASSERT_EQUAL(first_of("=value\0", 7), TEXT_MALFORMED);
	CU_ASSERT_EQUAL(first_of("a key=1\0", 8), TEXT_MALFORMED);
	CU_ASSERT_EQUAL(first_of("k\xc3\xa9y=1\0", 7), TEXT_MALFORMED);
	CU_ASSERT_EQUAL(first_of("\0\0", 2), TEXT_END);
	CU_ASSERT_EQUAL(first_of("", 0), TEXT_END);
}

static void
text_stops_at_its_limit(void)
{
	struct text_in t = { 0 };

	CU_ASSERT_TRUE(text_in_add(&t, "abcdef", 6, 8));
	CU_ASSERT_FALSE(text_in_add(&t, "ghi", 3, 8));
	CU_ASSERT_TRUE(text_in_add(&t, "gh", 2, 8));
	CU_ASSERT_EQUAL(t.bytes, 8);
	text_in_free(&t);
}

static const struct {
	const char *text;
	bool good;
	uint64_t value;
} numbers[] = {
	{ "0", true, 0 },
	{ "10", true, 10 },
	{ "0x0A", true, 10 },
	{ "0Xff", true, 255 },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "18446744073709551616", false, 0 },
	{ "0x10000000000000000", false, 0 },
	{ "", false, 0 },
	{ "0x", false, 0 },
	{ "010", false, 0 },
	{ "-1", false, 0 },
	{ "+1", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "1a", false, 0 },
	{ "0b10", false, 0 },
};

static void
numbers_are_decimal_or_hexadecimal(void)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		value = 0;
		CU_ASSERT_EQUAL(
		    text_number(numbers[i].text, &value), numbers[i].good);
		if (numbers[i].good)
			CU_ASSERT_EQUAL(value, numbers[i].value);
	}
}

static const struct {
	const char *text, *bytes;
	int length;
} binaries[] = {
	{ "0x00fF", "\x00\xff", 2 },
	{ "0bTWFu", "Man", 3 },
	{ "0bTWE=", "Ma", 2 },
	{ "0bTQ==", "M", 1 },
	{ "0BTQ==", "M", 1 },
	{ "0b+/+/", "\xfb\xff\xbf", 3 },
	{ "0bTWE", "Ma", 2 },
	{ "0bTQ", "M", 1 },
	{ "0bTWFuTQ", "ManM", 4 },
	{ "0bT", NULL, -1 },
	{ "0bTWFuT", NULL, -1 },
	{ "0bTQ=", NULL, -1 },
	{ "0bT===", NULL, -1 },
	{ "0bTQ==TQ==", NULL, -1 },
	{ "0b=TQ=", NULL, -1 },
	{ "0b", NULL, -1 },
	{ "0x", NULL, -1 },
	{ "0x1", "\x01", 1 },
	{ "0x1fe", "\x01\xfe", 2 },
	{ "0X0000001", "\x00\x00\x00\x01", 4 },
	{ "0x000000001", NULL, -1 },
	{ "0x1g", NULL, -1 },
	{ "17", NULL, -1 },
	{ "", NULL, -1 },
	{ "0", NULL, -1 },
	{ "0x0011223344", NULL, -1 }, /* longer than the 4 bytes of room */
	{ "0bAAAAAAAA", NULL, -1 },
};

static void
binary_values_are_hex_or_base64(void)
{
	uint8_t out[4];
	size_t i;

	for (i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
		CU_ASSERT_EQUAL(text_binary(binaries[i].text, out, sizeof(out)),
		    binaries[i].length);
		if (binaries[i].length > 0)
			CU_ASSERT_EQUAL(memcmp(out, binaries[i].bytes,
					    (size_t)binaries[i].length),
			    0);
	}
}

static void
lists_are_split_at_commas(void)
{
	const char *list = "a,,bc", *item;
	size_t bytes;

	CU_ASSERT_TRUE(text_list_next(&list, &item, &bytes));
	CU_ASSERT_TRUE(text_item_is(item, bytes, "a"));
	CU_ASSERT_TRUE(text_list_next(&list, &item, &bytes));
	CU_ASSERT_TRUE(text_item_is(item, bytes, ""));
	CU_ASSERT_TRUE(text_list_next(&list, &item, &bytes));
	CU_ASSERT_TRUE(text_item_is(item, bytes, "bc"));
	CU_ASSERT_FALSE(text_list_next(&list, &item, &bytes));
}

static void
output_is_taken_in_pieces(void)
{
	struct text_out t = { .limit = 100 };
	uint8_t *piece;
	bool more;

	text_put_number(&t, "N", 4294967295u);
	text_put_binary(&t, "B", (const uint8_t *)"\x0f\xa0", 2);
	CU_ASSERT_EQUAL(text_out_take(&t, 15, &piece, &more), 15);
	CU_ASSERT_TRUE(more);
	CU_ASSERT_EQUAL(memcmp(piece, "N=4294967295\0B=", 15), 0);
	CU_ASSERT_TRUE(text_out_pending(&t));
	CU_ASSERT_EQUAL(text_out_take(&t, 15, &piece, &more), 7);
	CU_ASSERT_FALSE(more);
	CU_ASSERT_EQUAL(memcmp(piece, "0x0fa0\0", 7), 0);
	CU_ASSERT_FALSE(text_out_pending(&t));
	text_out_free(&t);
}

static void
output_over_its_limit_fails(void)
{
	struct text_out t = { .limit = 8 };

	text_put(&t, "Key", "val");
	CU_ASSERT_FALSE(t.failed);
	text_put(&t, "K", "");
	CU_ASSERT_TRUE(t.failed);
	text_out_clear(&t);
	CU_ASSERT_FALSE(t.failed);
	text_out_free(&t);
}

static const struct unit_test tests[] = {
	{ "pairs are read in order", pairs_are_read_in_order },
	{ "a malformed pair is found", a_malformed_pair_is_found },
	{ "text stops at its limit", text_stops_at_its_limit },
	{ "numbers are decimal or hexadecimal",
	    numbers_are_decimal_or_hexadecimal },
	{ "binary values are hex or base64", binary_values_are_hex_or_base64 },
	{ "lists are split at commas", lists_are_split_at_commas },
	{ "output is taken in pieces", output_is_taken_in_pieces },
	{ "output over its limit fails", output_over_its_limit_fails },
	{ NULL, NULL },
};

const struct unit_suite text_suite = { "text", tests };
