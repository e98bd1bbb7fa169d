/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/ffp_data.c - reads, writes, residuals.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/iscsi/wire.h"

#define R2T_ONLY "InitialR2T=Yes;ImmediateData=No;"
#define NO_R2T   "InitialR2T=No;ImmediateData=Yes;FirstBurstLength=2048;"
#define SMALL    "MaxBurstLength=1024;FirstBurstLength=512;"

static uint8_t scratch[1 << 20];

static uint32_t
fill(uint32_t n, uint8_t with)
{
	memset(scratch, with, n);
	return n;
}

static uint32_t
image_is(const struct site *site, uint32_t lba, uint32_t bytes, uint8_t with)
{
	const uint8_t *p = site->kit->store.image + lba * 512;
	uint32_t n = 0;

	while (n < bytes && p[n] == with)
		n++;
	return n;
}

static uint32_t
expect_r2t(
    struct wire *w, uint32_t itt, uint32_t sn, uint32_t offset, uint32_t length)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_R2T);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), itt);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_DATA_SN), sn);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), offset);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + R2T_LENGTH), length);
	CU_ASSERT_NOT_EQUAL(get_be32(pdu->bhs + PDU_TTT), TAG_NONE);
	return get_be32(pdu->bhs + PDU_TTT);
}

static uint32_t
write_with(struct wire *w, uint32_t lba, uint16_t blocks, uint32_t edtl,
    uint32_t immediate, bool final)
{
	uint8_t bhs[BHS_BYTES], cdb[16];

	kit_cdb_write10(cdb, lba, blocks);
	wire_header(w, bhs, OP_SCSI_COMMAND,
	    CMD_WRITE | TASK_SIMPLE | (final ? CMD_FINAL : 0));
	put_be32(bhs + CMD_EDTL, edtl);
	memcpy(bhs + CMD_CDB, cdb, 16);
	wire_send(w, bhs, scratch, immediate);
	return w->itt;
}

/* ---- reads ---- */

WIRE_TEST(test_read_collapses_status, "")
{
	uint32_t itt = wire_read10(w, 0, 64);
	uint8_t flags = wire_expect_data(w, itt, 64 * 512, 0);

	CU_ASSERT_EQUAL(flags, PDU_FINAL | DATA_IN_STATUS);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_read_bursts_end_with_f, "MaxBurstLength=4096;")
{
	const struct wire_pdu *pdu;
	uint32_t i;

	wire_read10(w, 0, 32);
	for (i = 0; i < 4; i++) {
		pdu = wire_expect(w, OP_DATA_IN);
		CU_ASSERT_EQUAL(pdu->data_bytes, 4096);
		CU_ASSERT_TRUE(pdu->bhs[PDU_FLAGS] & PDU_FINAL);
	}
	CU_ASSERT_TRUE(pdu->bhs[PDU_FLAGS] & DATA_IN_STATUS);
	wire_close(w);
}

#define MANY_READS 24 /* more than CONN_DATA_MAX when 32 KiB each */

WIRE_TEST(test_many_reads_at_once, "")
{
	uint32_t itt[MANY_READS], i;

	w->hoards = true;
	for (i = 0; i < MANY_READS; i++)
		itt[i] = wire_read10(w, 0, 64);
	wire_deliver_hoard(w);
	for (i = 0; i < MANY_READS; i++)
		wire_expect_data(w, itt[i], 64 * 512, 0);
	wire_expect_nothing(w);
	wire_close(w);
}

static uint32_t
read_with_edtl(struct wire *w, uint16_t blocks, uint32_t edtl)
{
	uint8_t cdb[16];

	kit_cdb_read10(cdb, 0, blocks);
	return wire_command(w, cdb, CMD_READ, edtl, NULL, 0);
}

WIRE_TEST(test_read_underflow, "")
{
	uint32_t itt = read_with_edtl(w, 1, 10000);
	uint8_t flags = wire_expect_data(w, itt, 512, 0);

	CU_ASSERT_EQUAL(flags, PDU_FINAL | DATA_IN_STATUS | DATA_IN_UNDERFLOW);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + DATA_IN_RESIDUAL), 9488);
	wire_close(w);
}

WIRE_TEST(test_read_overflow, "")
{
	uint32_t itt = read_with_edtl(w, 2, 200);
	uint8_t flags = wire_expect_data(w, itt, 200, 0);

	CU_ASSERT_EQUAL(flags, PDU_FINAL | DATA_IN_STATUS | DATA_IN_OVERFLOW);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + DATA_IN_RESIDUAL), 824);
	wire_close(w);
}

WIRE_TEST(test_read_of_nothing_expected, "")
{
	uint32_t itt = read_with_edtl(w, 1, 0);
	const struct wire_pdu *pdu = wire_expect_status(w, itt, STATUS_GOOD);

	CU_ASSERT_EQUAL(pdu->bhs[PDU_FLAGS], PDU_FINAL | RSP_OVERFLOW);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + RSP_RESIDUAL), 512);
	wire_close(w);
}

WIRE_TEST(test_read_error_has_sense, "")
{
	uint32_t itt;

	site->kit->store.fail[BS_READ] = -EIO;
	itt = wire_read10(w, 0, 8);
	wire_expect_check(w, itt, SENSE_MEDIUM_ERROR, 0x11, 0);
	CU_ASSERT_EQUAL(w->pdu.bhs[PDU_FLAGS], PDU_FINAL | RSP_UNDERFLOW);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + RSP_RESIDUAL), 4096);
	site->kit->store.fail[BS_READ] = 0;
	wire_close(w);
}

WIRE_TEST(test_descriptor_sense, "")
{
	static const uint8_t no_such[16] = { 0xff };
	const struct wire_pdu *pdu;
	uint32_t itt;

	atomic_store(&site->kit->lu->descriptor_sense, true);
	itt = wire_command(w, no_such, 0, 0, NULL, 0);
	pdu = wire_expect_status(w, itt, STATUS_CHECK_CONDITION);
	CU_ASSERT_EQUAL(pdu->data[RSP_SENSE_LENGTH_BYTES], 0x72);
	atomic_store(&site->kit->lu->descriptor_sense, false);
	wire_close(w);
}

WIRE_TEST(test_read_flagged_as_write, NO_R2T)
{
	uint8_t cdb[16];
	uint32_t itt;

	kit_cdb_read10(cdb, 0, 1);
	itt = wire_command(
	    w, cdb, CMD_WRITE | CMD_FINAL, 512, scratch, fill(512, 'x'));
	/* Nothing moves in the direction in which it could. */
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(w->pdu.bhs[PDU_FLAGS], PDU_FINAL | RSP_UNDERFLOW);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + RSP_RESIDUAL), 512);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_write_flagged_as_read, NO_R2T)
{
	uint8_t cdb[16];
	uint32_t itt;

	kit_cdb_write10(cdb, 0, 1);
	itt = wire_command(w, cdb, CMD_READ | CMD_FINAL, 512, NULL, 0);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(w->pdu.bhs[PDU_FLAGS], PDU_FINAL | RSP_UNDERFLOW);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + RSP_RESIDUAL), 512);
	wire_close(w);
}

/* 11.3.1: there must be one. */
WIRE_TEST(test_data_of_no_direction, NO_R2T)
{
	uint8_t cdb[16];

	kit_cdb_read10(cdb, 0, 1);
	wire_command(w, cdb, CMD_FINAL, 512, NULL, 0);
	wire_expect_refused(w, REJECT_INVALID_FIELD);
	wire_command(w, cdb, CMD_FINAL, 0, NULL, 0);
	wire_expect_status(w, w->itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(w->pdu.bhs[PDU_FLAGS], PDU_FINAL | RSP_OVERFLOW);
	wire_close(w);
}

/* ---- writes ---- */

WIRE_TEST(test_write_immediate, NO_R2T)
{
	uint32_t itt = write_with(w, 8, 2, 1024, fill(1024, 'i'), true);

	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(w->pdu.bhs[PDU_FLAGS], PDU_FINAL);
	CU_ASSERT_EQUAL(image_is(site, 8, 1024, 'i'), 1024);
	wire_close(w);
}

WIRE_TEST(test_write_unsolicited_and_r2t, NO_R2T)
{
	uint32_t itt = write_with(w, 8, 8, 4096, fill(512, '1'), false), ttt;

	wire_expect_nothing(w);
	wire_data_out(w, itt, TAG_NONE, 0, 512, scratch, fill(512, '2'), false);
	wire_data_out(
	    w, itt, TAG_NONE, 1, 1024, scratch, fill(1024, '3'), true);
	ttt = expect_r2t(w, itt, 0, 2048, 2048);
	wire_data_out(w, itt, ttt, 0, 2048, scratch, fill(2048, '4'), true);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(image_is(site, 8, 512, '1'), 512);
	CU_ASSERT_EQUAL(image_is(site, 9, 512, '2'), 512);
	CU_ASSERT_EQUAL(image_is(site, 10, 1024, '3'), 1024);
	CU_ASSERT_EQUAL(image_is(site, 12, 2048, '4'), 2048);
	wire_close(w);
}

WIRE_TEST(test_write_several_r2ts, R2T_ONLY SMALL "MaxOutstandingR2T=2;")
{
	uint32_t itt = wire_write10(w, 0, 6), ttt, i;

	ttt = expect_r2t(w, itt, 0, 0, 1024);
	CU_ASSERT_EQUAL(expect_r2t(w, itt, 1, 1024, 1024), ttt);
	wire_expect_nothing(w);
	for (i = 0; i < 3; i++) {
		wire_data_out(w, itt, ttt, 0, i * 1024, scratch,
		    fill(512, (uint8_t)('a' + i)), false);
		wire_data_out(
		    w, itt, ttt, 1, i * 1024 + 512, scratch, 512, true);
		if (i == 0)
			expect_r2t(w, itt, 2, 2048, 1024);
	}
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(image_is(site, 0, 1024, 'a'), 1024);
	CU_ASSERT_EQUAL(image_is(site, 4, 1024, 'c'), 1024);
	wire_close(w);
}

WIRE_TEST(test_large_write, R2T_ONLY "MaxBurstLength=1048576;")
{
	uint32_t itt = wire_write10(w, 0, 2000), ttt, n = 250000, at = 0, sn;

	fill(n, 'L');
	ttt = expect_r2t(w, itt, 0, 0, 1024000);
	for (sn = 0; at < 1024000; at += n, sn++) {
		if (n > 1024000 - at)
			n = 1024000 - at;
		wire_data_out(
		    w, itt, ttt, sn, at, scratch, n, at + n == 1024000);
	}
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(image_is(site, 0, 1024000, 'L'), 1024000);
	itt = wire_read10(w, 0, 2000);
	wire_expect_data(w, itt, 1024000, 'L');
	wire_close(w);
}

WIRE_TEST(test_write_underflow, NO_R2T)
{
	uint32_t itt = write_with(w, 8, 1, 1024, fill(1024, 'u'), true);

	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(w->pdu.bhs[PDU_FLAGS], PDU_FINAL | RSP_UNDERFLOW);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + RSP_RESIDUAL), 512);
	CU_ASSERT_EQUAL(image_is(site, 8, 1024, 'u'), 512);
	wire_close(w);
}

WIRE_TEST(test_write_overflow, NO_R2T)
{
	uint32_t itt = write_with(w, 8, 2, 512, fill(512, 'o'), true);

	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(w->pdu.bhs[PDU_FLAGS], PDU_FINAL | RSP_OVERFLOW);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + RSP_RESIDUAL), 512);
	CU_ASSERT_EQUAL(image_is(site, 8, 1024, 'o'), 512);
	wire_close(w);
}

WIRE_TEST(test_write_refused_asks_for_nothing, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, KIT_BLOCKS, 1);

	wire_expect_check(w, itt, SENSE_ILLEGAL_REQUEST, 0x21, 0);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_write_refused_discards_its_data, NO_R2T)
{
	uint32_t itt =
	    write_with(w, KIT_BLOCKS, 4, 2048, fill(1024, 'x'), false);

	/* It is told when the last of them has come (11.4.2). */
	wire_expect_nothing(w);
	wire_data_out(w, itt, TAG_NONE, 0, 1024, scratch, 512, false);
	wire_expect_nothing(w);
	wire_data_out(w, itt, TAG_NONE, 1, 1536, scratch, 512, true);
	wire_expect_check(w, itt, SENSE_ILLEGAL_REQUEST, 0x21, 0);
	wire_expect_nothing(w);
	itt = wire_read10(w, 0, 1);
	wire_expect_data(w, itt, 512, 0);
	wire_close(w);
}

/* What ends it in the meantime. */
WIRE_TEST(test_write_refused_is_aborted, NO_R2T)
{
	uint32_t itt, tmf;

	itt = write_with(w, KIT_BLOCKS, 4, 2048, fill(1024, 'x'), false);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	itt = write_with(w, KIT_BLOCKS, 4, 2048, fill(1024, 'x'), false);
	tmf = wire_tmf(w, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_data_out(w, itt, TAG_NONE, 0, 1024, scratch, 1024, true);
	wire_expect_nothing(w);
	write_with(w, KIT_BLOCKS, 4, 2048, fill(1024, 'x'), false);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	wire_close(w);
}

/* It was held back, and what was thrown away in the meantime had F. */
WIRE_TEST(test_write_refused_when_its_turn_comes, NO_R2T)
{
	uint32_t gap = w->cmd_sn++, itt;

	itt = write_with(w, KIT_BLOCKS, 4, 2048, fill(1024, 'x'), false);
	wire_data_out(w, itt, TAG_NONE, 0, 1024, scratch, 1024, true);
	wire_expect_nothing(w);
	w->cmd_sn = gap;
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_expect_check(w, itt, SENSE_ILLEGAL_REQUEST, 0x21, 0);
	wire_close(w);
}

/* ---- what goes wrong ---- */

WIRE_TEST(test_immediate_forbidden, R2T_ONLY)
{
	uint32_t itt = write_with(w, 8, 2, 1024, fill(512, 'x'), true);

	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x0c, 0x0c);
	CU_ASSERT_EQUAL(image_is(site, 8, 512, 0), 512);
	wire_close(w);
}

WIRE_TEST(test_first_burst_exceeded, NO_R2T)
{
	uint32_t itt = write_with(w, 8, 8, 4096, fill(2560, 'x'), true);

	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x0c, 0x0c);
	wire_close(w);
}

WIRE_TEST(test_first_burst_short, NO_R2T)
{
	uint32_t itt = write_with(w, 8, 8, 4096, 0, false);

	wire_data_out(w, itt, TAG_NONE, 0, 0, scratch, fill(1024, 'x'), true);
	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x0c, 0x0d);
	wire_close(w);
}

WIRE_TEST(test_wrong_data_sn, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 8, 2);
	uint32_t ttt = expect_r2t(w, itt, 0, 0, 1024);

	fill(1024, 'x');
	wire_data_out(w, itt, ttt, 1, 0, scratch, 512, false);
	wire_expect_nothing(w);
	wire_data_out(w, itt, ttt, 0, 512, scratch, 512, true);
	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x47, 0x05);
	CU_ASSERT_EQUAL(image_is(site, 8, 1024, 0), 1024);
	wire_close(w);
}

WIRE_TEST(test_wrong_offset, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 8, 2);
	uint32_t ttt = expect_r2t(w, itt, 0, 0, 1024);

	wire_data_out(w, itt, ttt, 0, 0xfffffe00, scratch, 1024, true);
	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x0c, 0x0d);
	CU_ASSERT_EQUAL(image_is(site, 8, 1024, 0), 1024);
	wire_close(w);
}

WIRE_TEST(test_too_much_data, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 8, 2);
	uint32_t ttt = expect_r2t(w, itt, 0, 0, 1024);

	wire_data_out(w, itt, ttt, 0, 0, scratch, fill(1536, 'x'), true);
	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x0c, 0x0d);
	CU_ASSERT_EQUAL(image_is(site, 8, 1536, 0), 1536);
	wire_close(w);
}

WIRE_TEST(test_unknown_ttt, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 8, 2);
	uint32_t ttt = expect_r2t(w, itt, 0, 0, 1024);

	wire_data_out(w, itt, ttt + 9, 0, 0, scratch, 1024, true);
	wire_expect_reject(w, REJECT_INVALID_FIELD);
	wire_data_out(w, itt, ttt, 0, 0, scratch, 1024, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	wire_close(w);
}

/* 11.7.4: the tag goes with a LUN. */
WIRE_TEST(test_ttt_of_another_lun, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 8, 2);
	uint32_t ttt = expect_r2t(w, itt, 0, 0, 1024);
	uint8_t bhs[BHS_BYTES] = { OP_DATA_OUT, PDU_FINAL };

	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, ttt);
	bhs[PDU_LUN + 1] = 1;
	wire_send(w, bhs, scratch, 1024);
	wire_expect_reject(w, REJECT_INVALID_FIELD);
	/* LUN 0 in the flat addressing method. */
	put_be16(bhs + PDU_LUN, 0x4000);
	wire_send(w, bhs, scratch, 1024);
	wire_expect_status(w, itt, STATUS_GOOD);
	wire_close(w);
}

/* Without one the LUN is reserved. */
WIRE_TEST(test_unsolicited_data_has_no_lun, NO_R2T)
{
	uint32_t itt = write_with(w, 8, 2, 1024, 0, false);
	uint8_t bhs[BHS_BYTES] = { OP_DATA_OUT, PDU_FINAL };

	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	bhs[PDU_LUN + 1] = 1;
	wire_send(w, bhs, scratch, 1024);
	wire_expect_status(w, itt, STATUS_GOOD);
	wire_close(w);
}

WIRE_TEST(test_data_for_no_task, R2T_ONLY)
{
	wire_data_out(w, 0xdead, 5, 0, 0, scratch, 100000, true);
	wire_expect_nothing(w);
	wire_data_out(w, TAG_NONE, TAG_NONE, 0, 0, scratch, 3, true);
	wire_expect_nothing(w);
	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_data_out(w, w->itt, TAG_NONE, 0, 0, scratch, 3, true);
	site_run(site);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

WIRE_TEST(test_data_out_digest_error, R2T_ONLY "DataDigest=CRC32C;")
{
	uint32_t itt = wire_write10(w, 8, 2);
	uint32_t ttt = expect_r2t(w, itt, 0, 0, 1024);

	fill(1024, 'x');
	w->spoil_data = true;
	wire_data_out(w, itt, ttt, 0, 0, scratch, 512, false);
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	wire_expect_nothing(w);
	wire_data_out(w, itt, ttt, 1, 512, scratch, 512, true);
	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x47, 0x05);
	CU_ASSERT_EQUAL(image_is(site, 8, 1024, 0), 1024);
	wire_close(w);
}

WIRE_TEST(test_immediate_digest_error, NO_R2T "DataDigest=CRC32C;")
{
	uint32_t itt, cmd_sn = w->cmd_sn;

	w->spoil_data = true;
	write_with(w, 8, 2, 1024, fill(1024, 'x'), true);
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, cmd_sn);
	w->cmd_sn = cmd_sn;
	itt = write_with(w, 8, 2, 1024, 1024, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(image_is(site, 8, 1024, 'x'), 1024);
	wire_close(w);
}

WIRE_TEST(test_close_while_gathering, R2T_ONLY)
{
	uint8_t half[BHS_BYTES + 100] = { OP_DATA_OUT, PDU_FINAL };
	uint32_t itt = wire_write10(w, 8, 2);
	uint32_t ttt = expect_r2t(w, itt, 0, 0, 1024);

	put_be24(half + PDU_DATA_LENGTH, 1024);
	put_be32(half + PDU_ITT, itt);
	put_be32(half + PDU_TTT, ttt);
	wire_bytes(w, half, sizeof(half));
	CU_ASSERT_TRUE(buf_pool_in_use(site->kit->homes[0].home.pool) > 0);
	wire_close(w);
	CU_ASSERT_EQUAL(buf_pool_in_use(site->kit->homes[0].home.pool), 0);
}

static const struct unit_test tests[] = {
	{ "a read's status is in its last Data-In",
	    test_read_collapses_status },
	{ "F ends each burst", test_read_bursts_end_with_f },
	{ "read underflow", test_read_underflow },
	{ "read overflow", test_read_overflow },
	{ "read with an EDTL of 0", test_read_of_nothing_expected },
	{ "a failed read has sense data and its residual",
	    test_read_error_has_sense },
	{ "descriptor sense where D_SENSE says so", test_descriptor_sense },
	{ "a read flagged as a write ends", test_read_flagged_as_write },
	{ "a write flagged as a read ends", test_write_flagged_as_read },
	{ "data of no direction is rejected", test_data_of_no_direction },
	{ "immediate data", test_write_immediate },
	{ "immediate, unsolicited, solicited data",
	    test_write_unsolicited_and_r2t },
	{ "R2Ts within their limits", test_write_several_r2ts },
	{ "a large write and read", test_large_write },
	{ "write underflow", test_write_underflow },
	{ "write overflow", test_write_overflow },
	{ "a refused write has no R2T", test_write_refused_asks_for_nothing },
	{ "a refused write's data is thrown away",
	    test_write_refused_discards_its_data },
	{ "a refused write that waits for its data is aborted",
	    test_write_refused_is_aborted },
	{ "a refused write whose data came before its turn",
	    test_write_refused_when_its_turn_comes },
	{ "immediate data that is not allowed is 0B/0C/0C",
	    test_immediate_forbidden },
	{ "more than FirstBurstLength is 0B/0C/0C", test_first_burst_exceeded },
	{ "less than FirstBurstLength is 0B/0C/0D", test_first_burst_short },
	{ "a wrong DataSN is 0B/47/05, after the F", test_wrong_data_sn },
	{ "a wrong offset is 0B/0C/0D", test_wrong_offset },
	{ "more than the R2T asked for is 0B/0C/0D", test_too_much_data },
	{ "an unknown transfer tag is rejected", test_unknown_ttt },
	{ "a transfer tag with another LUN is rejected",
	    test_ttt_of_another_lun },
	{ "the LUN of unsolicited data is not looked at",
	    test_unsolicited_data_has_no_lun },
	{ "more Data-In than is queued at once comes in order",
	    test_many_reads_at_once },
	{ "data for no task is thrown away", test_data_for_no_task },
	{ "a Data-Out with a bad digest ends its task",
	    test_data_out_digest_error },
	{ "a command with a bad digest never came",
	    test_immediate_digest_error },
	{ "a connection lost in the middle of data",
	    test_close_while_gathering },
	{ NULL, NULL },
};

const struct unit_suite ffp_data_suite = { "ffp_data", tests };
