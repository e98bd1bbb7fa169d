/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/copy_vpd.c - VPD page 8Fh: that what it says of copies is
 * what the commands do.
 */
#include "tests/unit/target/copy_kit.h"

extern const struct unit_suite copy_vpd_suite;

static void
page_8f_is_a_list_of_whole_descriptors(void)
{
	static const uint16_t types[] = { 0x0000, 0x0001, 0x0004, 0x0008,
		0x000c, 0x0106, 0x0108, 0x8001 };
	static const uint8_t commands[] = { 12, 0x83, 3, 0x00, 0x10, 0x11, 0x84,
		5, 0x00, 0x03, 0x04, 0x05, 0x07 };
	struct copy_kit r = copy_kit_new();
	struct block_cdb cdb = { { 0x12, 0x01, 0x8f, 0x02, 0x00 } };
	struct kit_result s = kit_run(r.a, cdb.b, NULL, 0, 512);
	unsigned at = 4, i;

	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(get_be16(s.data_in + 2), s.data_in_bytes - 4);
	CU_ASSERT(memcmp(s.data_in + 44, commands, sizeof(commands)) == 0);
	for (i = 0; i < ARRAY_LEN(types); i++) {
		CU_ASSERT_EQUAL(get_be16(s.data_in + at), types[i]);
		CU_ASSERT_EQUAL(get_be16(s.data_in + at + 2) % 4, 0);
		at += 4 + get_be16(s.data_in + at + 2);
	}
	CU_ASSERT_EQUAL(at, s.data_in_bytes);
	copy_kit_free(&r);
}

/* The descriptor of that type. */
static const uint8_t *
page_8f_find(const struct kit_result *s, uint16_t type)
{
	static const uint8_t none[256];
	unsigned at = 4;

	while (at < s->data_in_bytes && get_be16(s->data_in + at) != type)
		at += 4 + get_be16(s->data_in + at + 2);
	CU_ASSERT(at < s->data_in_bytes);
	return at < s->data_in_bytes ? s->data_in + at : none;
}

/* SPC-4 7.8.17.5 to 7.8.17.10; SBC-3: what is refused beyond these is tested
 * where it is. */
static void
page_8f_says_the_limits(void)
{
	struct copy_kit r = copy_kit_new();
	struct block_cdb cdb = { { 0x12, 0x01, 0x8f, 0x02, 0x00 } };
	struct kit_result s = kit_run(r.a, cdb.b, NULL, 0, 512);
	const uint8_t *p = page_8f_find(&s, 0x0000);
	unsigned i;

	CU_ASSERT_EQUAL(get_be16(p + 10), MAX_ROD_RANGES);
	CU_ASSERT_EQUAL(get_be32(p + 12), UINT32_MAX);
	CU_ASSERT_EQUAL(get_be64(p + 20), MAX_ROD_BYTES / 512);
	CU_ASSERT_EQUAL(get_be64(p + 28), MAX_ROD_BYTES / 512);
	p = page_8f_find(&s, 0x0004);
	CU_ASSERT_EQUAL(get_be16(p + 8), MAX_COPY_CSCDS);
	CU_ASSERT_EQUAL(get_be16(p + 10), MAX_COPY_SEGMENTS);
	CU_ASSERT_EQUAL(get_be32(p + 12), MAX_COPY_DESCRIPTORS);
	CU_ASSERT_EQUAL(get_be32(p + 16), 0);
	p = page_8f_find(&s, 0x0008);
	CU_ASSERT_EQUAL(get_be32(p + 4), 0x03020ae4);
	p = page_8f_find(&s, 0x000c);
	CU_ASSERT_EQUAL(get_be32(p + 4), 0x0002ffff);
	p = page_8f_find(&s, 0x0106);
	CU_ASSERT_EQUAL(p[4], 0);
	for (i = 16; i < 28; i += 4)
		CU_ASSERT_EQUAL(get_be32(p + i), UINT32_MAX);
	CU_ASSERT_EQUAL(get_be16(p + 46), 48);
	CU_ASSERT_EQUAL(get_be32(p + 48), 44);
	CU_ASSERT_EQUAL(get_be64(p + 56), MAX_ROD_BYTES);
	p = page_8f_find(&s, 0x0108);
	CU_ASSERT_EQUAL(get_be16(p + 6), 2 * 64);
	CU_ASSERT_EQUAL(get_be32(p + 8), ROD_ACCESS_UPON_REFERENCE);
	CU_ASSERT_EQUAL(p[12], 0x03);
	CU_ASSERT_EQUAL(get_be32(p + 72), ROD_BLOCK_ZERO);
	CU_ASSERT_EQUAL(p[76], 0x02);
	p = page_8f_find(&s, 0x8001);
	CU_ASSERT(get_be32(p + 4) >= get_be32(p + 8));
	CU_ASSERT_EQUAL(get_be32(p + 8), MAX_COPIES);
	CU_ASSERT_EQUAL(get_be32(p + 12), MAX_COPY_SEGMENT_BYTES);
	CU_ASSERT_EQUAL(p[16], 0);
	copy_kit_free(&r);
}

/* It and REPORT SUPPORTED OPERATION CODES say the same, SPC-4 7.8.17.4.1. */
static void
page_8f_has_the_commands_that_there_are(void)
{
	struct copy_kit r = copy_kit_new();
	struct block_cdb page = { { 0x12, 0x01, 0x8f, 0x02, 0x00 } };
	struct block_cdb ask = { { 0xa3, 0x0c, 0x02 } };
	struct kit_result s = kit_run(r.a, page.b, NULL, 0, 512);
	uint8_t list[13], *p = list + 1, actions, i;
	bool listed;

	memcpy(list, s.data_in + 44, sizeof(list));
	put_be32(ask.b + 6, 64);
	for (; p < list + 1 + list[0]; p += 2 + p[1]) {
		ask.b[3] = p[0];
		for (actions = 0, i = 0; i < 32; i++) {
			put_be16(ask.b + 4, i);
			s = kit_run(r.a, ask.b, NULL, 0, 64);
			listed = memchr(p + 2, i, p[1]) != NULL;
			CU_ASSERT_EQUAL(s.data_in[1] & 7, listed ? 3 : 1);
			actions += listed;
		}
		CU_ASSERT_EQUAL(actions, p[1]);
	}
	copy_kit_free(&r);
}

static const struct unit_test copy_vpd_tests[] = {
	{ "it is a list of whole descriptors",
	    page_8f_is_a_list_of_whole_descriptors },
	{ "it says the limits", page_8f_says_the_limits },
	{ "it has the commands that there are",
	    page_8f_has_the_commands_that_there_are },
	{ NULL, NULL },
};

const struct unit_suite copy_vpd_suite = { "copy_vpd", copy_vpd_tests };
