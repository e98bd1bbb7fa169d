/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/refused.c - what is not there, and how it is answered: the
 * tables of docs/scsi.md, command by command.
 */
#include "tests/unit/target/block.h"

extern const struct unit_suite refused_suite;

struct refused {
	const char *name;
	struct block_cdb cdb;
};

static void
refused_all_are(const struct refused *rows, size_t count, uint8_t asc)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < count; i++) {
		r = kit_run(k, rows[i].cdb.b, NULL, 0, 512);
		if (kit_is_check(&r, SENSE_ILLEGAL_REQUEST, asc, 0x00))
			continue;
		CU_FAIL("not refused as it should be");
		printf("%s\n", rows[i].name);
	}
	kit_free(k);
}

/* 05/20/00: no row has that operation code. */
static void
refused_opcodes(void)
{
	static const struct refused rows[] = {
		{ "REASSIGN BLOCKS", { { 0x07 } } },
		{ "RECEIVE DIAGNOSTIC RESULTS", { { 0x1c } } },
		{ "PREVENT ALLOW of a fixed LUN", { { 0x1e } } },
		{ "WRITE BUFFER", { { 0x3b } } },
		{ "READ BUFFER(10)", { { 0x3c } } },
		{ "READ LONG(10)", { { 0x3e } } },
		{ "WRITE LONG(10)", { { 0x3f } } },
		{ "LOG SELECT", { { 0x4c } } },
		{ "XDWRITEREAD(10)", { { 0x53 } } },
		{ "RESERVE(10)", { { 0x56 } } },
		{ "RELEASE(10)", { { 0x57 } } },
		{ "variable length CDBs: READ(32)",
		    { { 0x7f, 0, 0, 0, 0, 0, 0, 24, 0, 9 } } },
		{ "XCDB", { { 0x7e } } },
		{ "READ BUFFER(16)", { { 0x9b } } },
		{ "WRITE ATOMIC(16) that cannot be promised", { { 0x9c } } },
		{ "SERVICE ACTION BIDIRECTIONAL", { { 0x9d } } },
		{ "WRITE LONG(16)", { { 0x9f, 0x11 } } },
		{ "SECURITY PROTOCOL IN", { { 0xa2 } } },
		{ "SECURITY PROTOCOL OUT", { { 0xb5 } } },
	};

	refused_all_are(rows, ARRAY_LEN(rows), 0x20);
}

/* 05/24/00: the operation code is there, with other service actions. */
static void
refused_service_actions(void)
{
	static const struct refused rows[] = {
		{ "READ LONG(16)", { { 0x9e, 0x11 } } },
		{ "REPORT REFERRALS", { { 0x9e, 0x13 } } },
		{ "SANITIZE, CRYPTOGRAPHIC ERASE", { { 0x48, 0x03 } } },
		{ "EXTENDED COPY(LID4)", { { 0x83, 0x01 } } },
		{ "COPY OPERATION ABORT", { { 0x83, 0x1c } } },
		{ "RECEIVE COPY DATA(LID1)", { { 0x84, 0x01 } } },
		{ "RECEIVE COPY DATA(LID4)", { { 0x84, 0x06 } } },
		{ "REPORT ALIASES", { { 0xa3, 0x0b } } },
		{ "REPORT PRIORITY", { { 0xa3, 0x0e } } },
		{ "MANAGEMENT PROTOCOL IN", { { 0xa3, 0x10 } } },
		{ "CHANGE ALIASES", { { 0xa4, 0x0b } } },
		{ "SET PRIORITY", { { 0xa4, 0x0e } } },
		{ "SET TARGET PORT GROUPS that is not allowed",
		    { { 0xa4, 0x0a } } },
		{ "REPLACE LOST RESERVATION", { { 0x5f, 0x08 } } },
	};

	refused_all_are(rows, ARRAY_LEN(rows), 0x24);
}

/* Temperature, start and stop cycles, application client: not known. */
static void
refused_pages(void)
{
	static const struct refused rows[] = {
		{ "log page 0Dh", { { 0x4d, 0, 0x4d, 0, 0, 0, 0, 0, 64 } } },
		{ "log page 0Eh", { { 0x4d, 0, 0x4e, 0, 0, 0, 0, 0, 64 } } },
		{ "log page 0Fh", { { 0x4d, 0, 0x4f, 0, 0, 0, 0, 0, 64 } } },
		{ "VPD B3h, referrals", { { 0x12, 1, 0xb3, 0, 64 } } },
		{ "VPD B6h, zones", { { 0x12, 1, 0xb6, 0, 64 } } },
		{ "mode page 02h", { { 0x1a, 0, 0x02, 0, 64 } } },
		{ "mode page 0Ah/02h", { { 0x1a, 0, 0x0a, 2, 64 } } },
	};

	refused_all_are(rows, ARRAY_LEN(rows), 0x24);
}

/* SAM-5, iSCSI, SPC-4, SBC-3, and nothing else: what VERSION says, too. */
static void
refused_other_standards(void)
{
	static const uint16_t standards[] = { 0x00a0, 0x0960, 0x0460, 0x04c0, 0,
		0, 0, 0 };
	struct kit *k = kit_new();
	struct kit_result r =
	    block_take(k, (struct block_cdb){ { 0x12, 0, 0, 0, 96 } }, 96);
	size_t i;

	CU_ASSERT_EQUAL(r.data_in[2], 0x06);
	CU_ASSERT_EQUAL(r.data_in[5] & 0x01, 0); /* PROTECT */
	for (i = 0; i < ARRAY_LEN(standards); i++)
		CU_ASSERT_EQUAL(get_be16(r.data_in + 58 + 2 * i), standards[i]);
	kit_free(k);
}

/* There are no defects, in whatever format one asks for them; 111b is none. */
static void
refused_no_defects(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	uint8_t format;

	for (format = 0; format < 7; format++) {
		r = block_take(k,
		    (struct block_cdb){
			{ 0x37, 0, 0x18 | format, 0, 0, 0, 0, 0, 64 } },
		    64);
		CU_ASSERT(kit_is_good(&r) && r.data_in_bytes == 4);
		CU_ASSERT_EQUAL(get_be32(r.data_in), (0x18u | format) << 16);
		r = block_take(k,
		    (struct block_cdb){
			{ 0xb7, 0x18 | format, 0, 0, 0, 0, 0, 0, 0, 64 } },
		    64);
		CU_ASSERT(kit_is_good(&r) && r.data_in_bytes == 8);
		CU_ASSERT_EQUAL(get_be32(r.data_in), (0x18u | format) << 16);
		CU_ASSERT_EQUAL(get_be32(r.data_in + 4), 0);
	}
	kit_free(k);
}

static const struct unit_test refused_tests[] = {
	{ "operation codes: 05/20/00", refused_opcodes },
	{ "service actions: 05/24/00", refused_service_actions },
	{ "pages: 05/24/00", refused_pages },
	{ "no other standards are claimed", refused_other_standards },
	{ "there are no defects", refused_no_defects },
	{ NULL, NULL },
};

const struct unit_suite refused_suite = { "refused", refused_tests };
