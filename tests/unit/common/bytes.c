/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/bytes.c - big-endian loads and stores.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/unit.h"

extern const struct unit_suite bytes_suite;

static const uint8_t bytes_wire[] = {
	0xff, /* so that everything behind it is unaligned */
	0x81,
	0x82,
	0x83,
	0x84,
	0x85,
	0x86,
	0x87,
	0x88,
	0xff,
};

static void
bytes_loads(void)
{
	const uint8_t *p = bytes_wire + 1;

	CU_ASSERT_EQUAL(get_be16(p), 0x8182);
	CU_ASSERT_EQUAL(get_be24(p), 0x818283);
	CU_ASSERT_EQUAL(get_be32(p), 0x81828384);
	CU_ASSERT_EQUAL(get_be64(p), 0x8182838485868788);
}

static void
bytes_stores(void)
{
	uint8_t out[sizeof(bytes_wire)];

	memset(out, 0xff, sizeof(out));
	put_be64(out + 1, 0x8182838485868788);
	CU_ASSERT_EQUAL(memcmp(out, bytes_wire, sizeof(out)), 0);
	memset(out, 0xff, sizeof(out));
	put_be24(out + 1, 0x818283);
	CU_ASSERT_EQUAL(memcmp(out, bytes_wire, 4), 0);
	CU_ASSERT_EQUAL(out[4], 0xff);
}

static void
bytes_align(void)
{
	CU_ASSERT_EQUAL(align_up(0, 4), 0);
	CU_ASSERT_EQUAL(align_up(1, 4), 4);
	CU_ASSERT_EQUAL(align_up(4, 4), 4);
	CU_ASSERT_EQUAL(align_up(4097, 4096), 8192);
}

static const struct unit_test bytes_tests[] = {
	{ "loads are big-endian at any address", bytes_loads },
	{ "stores write exactly their width", bytes_stores },
	{ "align_up rounds up to a power of two", bytes_align },
	{ NULL, NULL },
};

const struct unit_suite bytes_suite = { "bytes", bytes_tests };
