/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/spc.c - TEST UNIT READY, REQUEST SENSE, INQUIRY, REPORT
 * LUNS.
 */
#include <string.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite spc_suite;

#define CDB(...) ((const uint8_t[16]){ __VA_ARGS__ })
#define INQUIRY(evpd, page, length)                                            \
	CDB(0x12, evpd, page, (length) >> 8, (length)&0xff)

static void
spc_ready(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, CDB(0x00), NULL, 0, 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.transfer_length, 0);
	kit_free(k);
}

/* ---- INQUIRY ---- */

static void
spc_inquiry_standard(void)
{
	static const uint8_t fixed[8] = { 0x00, 0x00, 0x06, 0x12, 91, 0x18,
		0x00, 0x02 };
	static const uint8_t versions[8] = { 0x00, 0xa0, 0x09, 0x60, 0x04, 0x60,
		0x04, 0xc0 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, INQUIRY(0, 0, 96), NULL, 0, 96);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 96);
	CU_ASSERT(memcmp(r.data_in, fixed, 8) == 0);
	CU_ASSERT(memcmp(r.data_in + 58, versions, 8) == 0);
	kit_free(k);
}

static void
spc_inquiry_text(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, INQUIRY(0, 0, 96), NULL, 0, 96);
	int i;

	for (i = 8; i < 36; i++)
		CU_ASSERT(r.data_in[i] >= 0x20 && r.data_in[i] < 0x7f);
	CU_ASSERT(memcmp(r.data_in + 8, k->lu->identity.vendor,
		      strlen(k->lu->identity.vendor)) == 0);
	kit_free(k);
}

static void
spc_inquiry_truncated(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned n;

	for (n = 0; n < 256; n++) {
		r = kit_run(k, INQUIRY(0, 0, n), NULL, 0, n);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_in_bytes, n < 96 ? n : 96);
		CU_ASSERT_EQUAL(r.transfer_length, n < 96 ? n : 96);
		CU_ASSERT(n < 5 || r.data_in[4] == 91);
	}
	kit_free(k);
}

static void
spc_inquiry_long_allocation(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, INQUIRY(0, 0, 65535), NULL, 0, 65535);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.transfer_length, 96);
	CU_ASSERT_EQUAL(r.data_in_bytes, 96);
	kit_free(k);
}

static void
spc_inquiry_short_edtl(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, INQUIRY(0, 0, 96), NULL, 0, 8);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.transfer_length, 96);
	CU_ASSERT_EQUAL(r.data_in_bytes, 8);
	kit_free(k);
}

static void
spc_inquiry_removable(void)
{
	struct kit *k =
	    kit_new_with(&(struct kit_options){ .lu.removable = true });
	struct kit_result r = kit_run(k, INQUIRY(0, 0, 36), NULL, 0, 36);

	CU_ASSERT_EQUAL(r.data_in[1], 0x80);
	kit_free(k);
}

static void
spc_inquiry_page_code(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, INQUIRY(0, 0x83, 96), NULL, 0, 96);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
	kit_free(k);
}

static void
spc_inquiry_cmddt(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, INQUIRY(2, 0, 96), NULL, 0, 96);

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 1));
	kit_free(k);
}

static void
spc_inquiry_no_lu(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    kit_run_at(k, 0, 7, INQUIRY(0, 0, 96), NULL, 0, 96);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in[0], 0x7f);
	CU_ASSERT_EQUAL(r.data_in_bytes, 96);
	kit_free(k);
}

static void
spc_inquiry_attention(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	nexus_lu_establish_attention(k->nexus[0]->lus[0], UA_RESET);
	r = kit_run(k, INQUIRY(0, 0, 96), NULL, 0, 96);
	CU_ASSERT(kit_is_good(&r));
	r = kit_run(k, CDB(0x00), NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x29, 0x03));
	kit_free(k);
}

/* ---- REQUEST SENSE ---- */

static void
spc_sense_none(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, CDB(3, 0, 0, 0, 252), NULL, 0, 252);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in[0] & 0x7f, 0x70);
	CU_ASSERT_EQUAL(r.data_in[2], SENSE_NO_SENSE);
	CU_ASSERT_EQUAL(r.data_in[12], 0);
	CU_ASSERT_EQUAL(r.data_in[7] + 8u, r.data_in_bytes);
	kit_free(k);
}

static void
spc_sense_descriptor(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, CDB(3, 1, 0, 0, 252), NULL, 0, 252);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in[0], 0x72);
	CU_ASSERT_EQUAL(r.data_in[1], SENSE_NO_SENSE);
	kit_free(k);
}

static void
spc_sense_attention(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	nexus_lu_establish_attention(k->nexus[0]->lus[0], UA_RESET);
	r = kit_run(k, CDB(3, 0, 0, 0, 252), NULL, 0, 252);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in[2], SENSE_UNIT_ATTENTION);
	CU_ASSERT_EQUAL(r.data_in[12], 0x29);
	CU_ASSERT_EQUAL(r.data_in[13], 0x03);
	r = kit_run(k, CDB(0x00), NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
spc_sense_no_lu(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    kit_run_at(k, 0, 7, CDB(3, 0, 0, 0, 252), NULL, 0, 252);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in[2], SENSE_ILLEGAL_REQUEST);
	CU_ASSERT_EQUAL(r.data_in[12], 0x25);
	kit_free(k);
}

/* ---- REPORT LUNS ---- */

#define REPORT_LUNS(select, length)                                            \
	CDB(0xa0, 0, select, 0, 0, 0, 0, 0, (length) >> 8, (length)&0xff)

static void
spc_luns_of_one(void)
{
	static const uint8_t expected[16] = { 0, 0, 0, 8 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, REPORT_LUNS(0, 512), NULL, 0, 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 16);
	CU_ASSERT(memcmp(r.data_in, expected, 16) == 0);
	kit_free(k);
}

static void
spc_luns_select(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned select;

	for (select = 0; select < 256; select++) {
		bool known = select <= 2 || (select >= 0x10 && select <= 0x12);
		bool lists = select == 0 || select == 2 || select == 0x11;

		r = kit_run(k, REPORT_LUNS(select, 512), NULL, 0, 512);
		if (!known) {
			CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
			continue;
		}
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_in[3], lists ? 8 : 0);
		CU_ASSERT_EQUAL(r.data_in_bytes, lists ? 16 : 8);
	}
	kit_free(k);
}

static void
spc_luns_administrative_elsewhere(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    kit_run_at(k, 0, 7, REPORT_LUNS(0x10, 512), NULL, 0, 512);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
	kit_free(k);
}

/* A second target with LUNs 3 and 300, on the kit's LU. */
static struct kit_result
spc_run_two_luns(struct kit *k, const uint8_t cdb[16], uint32_t in_length)
{
	static const uint8_t isid[6] = { 0x80, 0, 0, 0, 0, 9 };
	struct target *target = target_new("iqn.2026-01.test:two", "");
	struct nexus *mine = k->nexus[0];
	struct kit_result r;

	CU_ASSERT(target_add_lun(target, 300, k->lu, false, NULL, 0));
	CU_ASSERT(target_add_lun(target, 3, k->lu, false, NULL, 0));
	k->nexus[0] =
	    nexus_attach(mine->home, target, "iqn.2026-01.test:0", isid, 1);
	r = kit_run_at(k, 0, 3, cdb, NULL, 0, in_length);
	nexus_detach(k->nexus[0], NULL, NULL);
	k->nexus[0] = mine;
	target_unref(target);
	return r;
}

static void
spc_luns_flat_space(void)
{
	static const uint8_t expected[24] = { 0, 0, 0, 16, 0, 0, 0, 0, 0x00,
		0x03, 0, 0, 0, 0, 0, 0, 0x41, 0x2c };
	struct kit *k = kit_new();
	struct kit_result r = spc_run_two_luns(k, REPORT_LUNS(0, 512), 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 24);
	CU_ASSERT(memcmp(r.data_in, expected, 24) == 0);
	kit_free(k);
}

static void
spc_luns_truncated(void)
{
	struct kit *k = kit_new();
	struct kit_result r = spc_run_two_luns(k, REPORT_LUNS(0, 18), 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 18);
	CU_ASSERT_EQUAL(r.transfer_length, 18);
	CU_ASSERT_EQUAL(r.data_in[3], 16);
	kit_free(k);
}

static void
spc_luns_attention(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	nexus_lu_establish_attention(
	    k->nexus[0]->lus[0], UA_REPORTED_LUNS_CHANGED);
	r = kit_run(k, REPORT_LUNS(0, 512), NULL, 0, 512);
	CU_ASSERT(kit_is_good(&r));
	r = kit_run(k, CDB(0x00), NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static const struct unit_test spc_tests[] = {
	{ "TEST UNIT READY is GOOD", spc_ready },
	{ "INQUIRY has the standards' numbers", spc_inquiry_standard },
	{ "INQUIRY text is ASCII", spc_inquiry_text },
	{ "INQUIRY is cut, its length is not", spc_inquiry_truncated },
	{ "INQUIRY with 65535 bytes of room", spc_inquiry_long_allocation },
	{ "INQUIRY into a short buffer", spc_inquiry_short_edtl },
	{ "RMB of a removable LU", spc_inquiry_removable },
	{ "page code without EVPD is 05/24/00", spc_inquiry_page_code },
	{ "CMDDT is 05/24/00", spc_inquiry_cmddt },
	{ "INQUIRY where no LU is says 7Fh", spc_inquiry_no_lu },
	{ "INQUIRY leaves unit attentions alone", spc_inquiry_attention },
	{ "REQUEST SENSE has nothing to say", spc_sense_none },
	{ "REQUEST SENSE in descriptor format", spc_sense_descriptor },
	{ "REQUEST SENSE takes the unit attention", spc_sense_attention },
	{ "REQUEST SENSE where no LU is", spc_sense_no_lu },
	{ "REPORT LUNS of one LUN", spc_luns_of_one },
	{ "every SELECT REPORT", spc_luns_select },
	{ "administrative LUNs are asked of LUN 0",
	    spc_luns_administrative_elsewhere },
	{ "REPORT LUNS orders, and uses flat space", spc_luns_flat_space },
	{ "REPORT LUNS is cut, its length is not", spc_luns_truncated },
	{ "REPORT LUNS answers 3F/0E", spc_luns_attention },
	{ NULL, NULL },
};

const struct unit_suite spc_suite = { "spc", spc_tests };
