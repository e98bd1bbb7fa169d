/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/sense.c - sense data bytes, errnos.
 */
#include <errno.h>
#include <string.h>

#include "common/bytes.h"
#include "target/sense.h"
#include "tests/unit/unit.h"

extern const struct unit_suite sense_suite;

static uint8_t sense_bytes[SENSE_MAX];

static size_t
sense_of(struct outcome o, bool descriptor)
{
	memset(sense_bytes, 0xee, sizeof sense_bytes);
	return sense_encode(&o, descriptor, sense_bytes);
}

static void
sense_none_without_check_condition(void)
{
	CU_ASSERT_EQUAL(sense_of(GOOD, false), 0);
	CU_ASSERT_EQUAL(sense_of(BUSY, true), 0);
	CU_ASSERT_EQUAL(sense_of(RESERVATION_CONFLICT, false), 0);
}

static void
sense_fixed_layout(void)
{
	static const uint8_t want[18] = { 0x70, 0, 0x05, 0, 0, 0, 0, 10, 0, 0,
		0, 0, 0x21, 0x00 };

	CU_ASSERT_EQUAL(sense_of(LBA_OUT_OF_RANGE, false), 18);
	CU_ASSERT_EQUAL(memcmp(sense_bytes, want, 18), 0);
}

static void
sense_descriptor_layout(void)
{
	static const uint8_t want[8] = { 0x72, 0x05, 0x21, 0x00, 0, 0, 0, 0 };

	CU_ASSERT_EQUAL(sense_of(LBA_OUT_OF_RANGE, true), 8);
	CU_ASSERT_EQUAL(memcmp(sense_bytes, want, 8), 0);
}

/* 48 bits are kept; fixed format has room for 32. */
static void
sense_first_invalid_lba(void)
{
	sense_of(lba_out_of_range(0x12345678), false);
	CU_ASSERT_EQUAL(sense_bytes[0], 0xf0);
	CU_ASSERT_EQUAL(get_be32(sense_bytes + 3), 0x12345678);
	sense_of(lba_out_of_range(UINT64_C(1) << 32), false);
	CU_ASSERT_EQUAL(sense_bytes[0], 0x70);
	CU_ASSERT_EQUAL(
	    sense_of(lba_out_of_range(UINT64_C(1) << 32), true), 20);
	CU_ASSERT_EQUAL(sense_bytes[10], 0x80);
	CU_ASSERT_EQUAL(get_be64(sense_bytes + 12), UINT64_C(1) << 32);
	CU_ASSERT_EQUAL(sense_of(lba_out_of_range(UINT64_C(1) << 48), true), 8);
}

static void
sense_fixed_field_pointer(void)
{
	static const uint8_t want[3] = { 0xc0 | 0x08 | 3, 0x01, 0x02 };

	sense_of(invalid_field_in_cdb(0x102, 3), false);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 15, want, 3), 0);
}

static void
sense_whole_byte_has_no_bit_pointer(void)
{
	static const uint8_t want[3] = { 0x80, 0x00, 0x07 };

	sense_of(invalid_field_in_list(7, -1), false);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 15, want, 3), 0);
}

static void
sense_descriptor_field_pointer(void)
{
	static const uint8_t want[16] = { 0x72, 0x05, 0x24, 0x00, 0, 0, 0, 8,
		0x02, 0x06, 0, 0, 0xcf, 0x00, 0x01, 0 };

	CU_ASSERT_EQUAL(sense_of(invalid_field_in_cdb(1, 7), true), 16);
	CU_ASSERT_EQUAL(memcmp(sense_bytes, want, 16), 0);
}

static void
sense_fixed_information(void)
{
	sense_of(miscompare(0x12345678), false);
	CU_ASSERT_EQUAL(sense_bytes[0], 0xf0);
	CU_ASSERT_EQUAL(get_be32(sense_bytes + 3), 0x12345678);
}

static void
sense_fixed_information_too_large(void)
{
	sense_of(miscompare(UINT64_C(1) << 32), false);
	CU_ASSERT_EQUAL(sense_bytes[0], 0x70);
	CU_ASSERT_EQUAL(get_be32(sense_bytes + 3), 0);
}

static void
sense_descriptor_information(void)
{
	static const uint8_t want[12] = { 0x00, 0x0a, 0x80, 0x00, 0, 0, 0, 1, 0,
		0, 0, 0 };

	CU_ASSERT_EQUAL(sense_of(miscompare(UINT64_C(1) << 32), true), 20);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 8, want, 12), 0);
	CU_ASSERT_EQUAL(sense_bytes[7], 12);
}

static void
sense_progress(void)
{
	struct outcome o = CHECK(SENSE_NOT_READY, 0x04, 0x04);
	static const uint8_t want[3] = { 0x80, 0x40, 0x00 };

	o.has_progress = true;
	o.progress = 0x4000;
	sense_of(o, false);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 15, want, 3), 0);
	CU_ASSERT_EQUAL(sense_of(o, true), 16);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 12, want, 3), 0);
}

static void
sense_segment(void)
{
	struct outcome o = CHECK(SENSE_COPY_ABORTED, 0x08, 0x04);
	static const uint8_t command[4] = { 0, 0, 0x01, 0x02 };
	static const uint8_t pointer[3] = { 0xa0, 0x00, 0x06 };

	o.has_segment = true;
	o.segment = 0x0102;
	o.has_field = true;
	o.in_segment = true;
	o.field = 6;
	sense_of(o, false);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 8, command, 4), 0);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 15, pointer, 3), 0);
	CU_ASSERT_EQUAL(sense_of(o, true), 28);
	CU_ASSERT_EQUAL(get_be16(sense_bytes + 8), 0x010a);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 12, command, 4), 0);
	CU_ASSERT_EQUAL(memcmp(sense_bytes + 24, pointer, 3), 0);
}

static void
sense_errnos(void)
{
	static const struct {
		int error;
		bool writing;
		uint8_t status, key, asc, ascq;
	} cases[] = {
		{ 0, true, 0, 0, 0, 0 },
		{ EIO, false, 2, 0x3, 0x11, 0 },
		{ EIO, true, 2, 0x3, 0x0c, 0 },
		{ ENOSPC, true, 2, 0x7, 0x27, 7 },
		{ EDQUOT, true, 2, 0x7, 0x27, 7 },
		{ EFBIG, true, 2, 0x7, 0x27, 7 },
		{ EROFS, true, 2, 0x7, 0x27, 0 },
		{ EINVAL, false, 2, 0x5, 0x21, 0 },
		{ ENODEV, true, 2, 0x2, 0x3a, 0 },
		{ ENXIO, false, 2, 0x2, 0x3a, 0 },
		{ ENOMEM, false, STATUS_BUSY, 0, 0, 0 },
		{ EMFILE, true, STATUS_BUSY, 0, 0, 0 },
		{ ENFILE, false, STATUS_BUSY, 0, 0, 0 },
		{ ENOTCONN, false, 2, 2, 0x04, 1 },
		{ ESHUTDOWN, true, 2, 2, 0x04, 3 },
		{ EAGAIN, true, STATUS_BUSY, 0, 0, 0 },
		{ ETIMEDOUT, true, 2, 0xb, 0x2e, 2 },
		{ EOPNOTSUPP, true, 2, 0x4, 0x44, 0 },
	};
	struct outcome o;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		o = outcome_of_errno(-cases[i].error, cases[i].writing);
		CU_ASSERT_EQUAL(o.status, cases[i].status);
		CU_ASSERT_EQUAL(o.key, cases[i].key);
		CU_ASSERT_EQUAL(o.asc, cases[i].asc);
		CU_ASSERT_EQUAL(o.ascq, cases[i].ascq);
		o = outcome_of_errno(cases[i].error, cases[i].writing);
		CU_ASSERT_EQUAL(o.asc, cases[i].asc);
	}
}

static const struct unit_test sense_tests[] = {
	{ "no sense data without CHECK CONDITION",
	    sense_none_without_check_condition },
	{ "fixed format is 18 bytes", sense_fixed_layout },
	{ "descriptor format without descriptors is 8 bytes",
	    sense_descriptor_layout },
	{ "INFORMATION has the first LBA that is not there",
	    sense_first_invalid_lba },
	{ "fixed format points at byte and bit", sense_fixed_field_pointer },
	{ "a wrong byte has no bit pointer",
	    sense_whole_byte_has_no_bit_pointer },
	{ "descriptor format points at byte and bit",
	    sense_descriptor_field_pointer },
	{ "fixed format has INFORMATION and VALID", sense_fixed_information },
	{ "fixed format leaves out INFORMATION over 32 bits",
	    sense_fixed_information_too_large },
	{ "descriptor format has 64 bits of INFORMATION",
	    sense_descriptor_information },
	{ "progress in both formats", sense_progress },
	{ "a copy's segment in both formats", sense_segment },
	{ "each errno has its sense", sense_errnos },
	{ NULL, NULL },
};

const struct unit_suite sense_suite = { "sense", sense_tests };
