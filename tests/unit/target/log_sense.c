/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/log_sense.c - LOG SENSE.
 */
#include "tests/unit/target/block.h"

/* ---- LOG SENSE ---- */

static struct kit_result
log_ask(struct kit *k, uint8_t byte2, uint8_t subpage, uint16_t pointer,
    uint16_t allocation)
{
	struct block_cdb cdb = { { 0x4d, 0, byte2, subpage } };

	put_be16(cdb.b + 5, pointer);
	put_be16(cdb.b + 7, allocation);
	return block_take(k, cdb, allocation);
}

static void
the_pages_are_listed(void)
{
	static const uint8_t pages[] = { 0x00, 0x00, 0, 2, 0x00, 0x19 };
	static const uint8_t subpages[] = { 0x40, 0xff, 0, 6, 0x00, 0x00, 0x00,
		0xff, 0x19, 0x00 };
	struct kit *k = kit_new();
	struct kit_result r = log_ask(k, 0, 0, 0, 255);

	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(pages));
	CU_ASSERT(memcmp(r.data_in, pages, sizeof(pages)) == 0);
	r = log_ask(k, 0, 0xff, 0, 255);
	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(subpages));
	CU_ASSERT(memcmp(r.data_in, subpages, sizeof(subpages)) == 0);
	kit_free(k);
}

static void
statistics_count_what_was_moved(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	block_send(k, block_cdb(0x2a, 0, 3), 1, 3 * 512);
	block_send(k, block_cdb(0x2a, 0, 1), 1, 512);
	block_take(k, block_cdb(0x28, 0, 2), 2 * 512);
	r = log_ask(k, 0x40 | 0x19, 0, 1, 255);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 4 + 0x40);
	CU_ASSERT_EQUAL(r.data_in[0], 0x80 | 0x19); /* DS */
	CU_ASSERT_EQUAL(get_be16(r.data_in + 2), 4 + 0x40);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 4), 1);
	CU_ASSERT_EQUAL(r.data_in[6], 0x23);          /* TSD */
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), 1);  /* reads */
	CU_ASSERT_EQUAL(get_be64(r.data_in + 16), 2); /* writes */
	CU_ASSERT_EQUAL(get_be64(r.data_in + 24), 4); /* blocks received */
	CU_ASSERT_EQUAL(get_be64(r.data_in + 32), 2); /* transmitted */
	kit_free(k);
}

static void
a_page_is_cut_and_its_length_is_not(void)
{
	struct kit *k = kit_new();
	struct kit_result r = log_ask(k, 0x40 | 0x19, 0, 0, 4);

	CU_ASSERT_EQUAL(r.data_in_bytes, 4);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 2), 4 + 0x40);
	kit_free(k);
}

static void
other_pages_and_values_are_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r = log_ask(k, 0x40 | 0x0d, 0, 0, 255);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 5));
	r = log_ask(k, 0x40 | 0x19, 1, 0, 255);
	CU_ASSERT(kit_is_invalid_cdb(&r, 3, -1));
	r = log_ask(k, 0x19, 0, 0, 255); /* threshold values */
	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 7));
	r = log_ask(k, 0x40 | 0x19, 0, 2, 255);
	CU_ASSERT(kit_is_invalid_cdb(&r, 5, -1));
	r = block_take(
	    k, (struct block_cdb){ { 0x4d, 1, 0x40 } }, 255); /* SP */
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 0));
	kit_free(k);
}

/* clang-format off */
static const struct unit_test log_sense_tests[] = {
	{ "the pages are listed", the_pages_are_listed },
	{ "statistics count what was moved", statistics_count_what_was_moved },
	{ "a page is cut, and its length is not",
	  a_page_is_cut_and_its_length_is_not },
	{ "other pages and values are refused",
	  other_pages_and_values_are_refused },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite log_sense_suite = { "log_sense", log_sense_tests };
