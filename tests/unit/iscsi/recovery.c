/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/recovery.c - error recovery level 1: SNACK, recovery R2Ts,
 * what is kept until it is acknowledged.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

#define LEVEL_1  "ErrorRecoveryLevel=1;"
#define R2T_ONLY "InitialR2T=Yes;ImmediateData=No;"
#define DIGEST   "DataDigest=CRC32C;"

enum { SNACK_DATA, SNACK_STATUS, SNACK_DATA_ACK, SNACK_R_DATA };

static void
snack(struct wire *w, uint8_t type, uint32_t itt, uint32_t tag, uint32_t begin,
    uint32_t length)
{
	uint8_t bhs[BHS_BYTES];
	uint32_t next = w->itt;

	wire_header(w, bhs, PDU_IMMEDIATE | OP_SNACK, PDU_FINAL | type);
	bhs[0] = OP_SNACK;
	w->itt = next;
	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, tag);
	put_be32(bhs + PDU_CMD_SN, 0);
	put_be32(bhs + 40, begin);
	put_be32(bhs + 44, length);
	wire_send(w, bhs, NULL, 0);
}

static uint32_t
test_unit_ready(struct wire *w)
{
	static const uint8_t cdb[16];
	uint32_t itt = wire_command(w, cdb, 0, 0, NULL, 0);

	wire_expect_status(w, itt, STATUS_GOOD);
	return itt;
}

/* From now on nothing is acknowledged, and what comes may come again. */
static void
stop_acknowledging(struct wire *w)
{
	w->silent = true;
	w->acknowledged = w->stat_sn;
}

static void
expect_status_again(struct wire *w, uint32_t itt, uint32_t stat_sn)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_SCSI_RESPONSE);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), itt);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_STAT_SN), stat_sn);
}

/* ---- status ---- */

WIRE_TEST(test_status_again, LEVEL_1)
{
	uint32_t first, a, b;

	stop_acknowledging(w);
	first = w->stat_sn;
	a = test_unit_ready(w);
	b = test_unit_ready(w);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, first, 1);
	expect_status_again(w, a, first);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, first + 1, 0);
	expect_status_again(w, b, first + 1);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, 0, 0);
	expect_status_again(w, a, first);
	expect_status_again(w, b, first + 1);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_sense_again, LEVEL_1)
{
	uint8_t cdb[16] = { 0xff }, sense[64];
	const struct wire_pdu *pdu;
	uint32_t itt, first, n;

	stop_acknowledging(w);
	first = w->stat_sn;
	itt = wire_command(w, cdb, 0, 0, NULL, 0);
	pdu = wire_expect_status(w, itt, STATUS_CHECK_CONDITION);
	n = pdu->data_bytes;
	CU_ASSERT_TRUE_FATAL(n > 0 && n <= sizeof(sense));
	memcpy(sense, pdu->data, n);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, first, 1);
	pdu = wire_expect(w, OP_SCSI_RESPONSE);
	CU_ASSERT_EQUAL(pdu->data_bytes, n);
	CU_ASSERT_EQUAL(memcmp(pdu->data, sense, n), 0);
	wire_close(w);
}

WIRE_TEST(test_acknowledged_status, LEVEL_1)
{
	uint32_t first = w->stat_sn;

	test_unit_ready(w);
	test_unit_ready(w);
	stop_acknowledging(w);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, first, 2);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

WIRE_TEST(test_status_that_was_not_sent, LEVEL_1)
{
	stop_acknowledging(w);
	test_unit_ready(w);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, w->stat_sn - 1, 2);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, w->stat_sn, 0);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

/* An ExpStatSN that is no number we have sent says nothing. */
WIRE_TEST(test_acknowledged_before_it_was_sent, LEVEL_1)
{
	uint32_t first, itt;

	stop_acknowledging(w);
	first = w->stat_sn;
	itt = test_unit_ready(w);
	w->acknowledged = w->stat_sn + 100;
	test_unit_ready(w);
	w->acknowledged = first;
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, first, 1);
	expect_status_again(w, itt, first);
	wire_close(w);
}

/* 11.16.6: all of nothing. */
WIRE_TEST(test_all_that_is_not_acknowledged, LEVEL_1)
{
	test_unit_ready(w);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, 0, 0);
	wire_expect_nothing(w);
	stop_acknowledging(w);
	test_unit_ready(w);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, 0, 0);
	wire_expect(w, OP_SCSI_RESPONSE);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_kept_is_bounded, LEVEL_1)
{
	uint32_t first = w->stat_sn;
	unsigned i;

	stop_acknowledging(w);
	for (i = 0; i < 300; i++)
		test_unit_ready(w);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, first, 1);
	wire_expect_reject(w, REJECT_SNACK);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, w->stat_sn - 2, 1);
	wire_expect(w, OP_SCSI_RESPONSE);
	wire_close(w);
}

WIRE_TEST(test_logout_forgets_what_is_kept, LEVEL_1)
{
	stop_acknowledging(w);
	wire_read10(w, 0, 8);
	wire_expect_data(w, w->itt, 4096, 0);
	wire_expect_status(w, w->itt, STATUS_GOOD);
	CU_ASSERT_TRUE(buf_pool_in_use(site->kit->homes[0].home.pool) > 0);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 1);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	CU_ASSERT_EQUAL(buf_pool_in_use(site->kit->homes[0].home.pool), 0);
	wire_close(w);
}

/* ---- data in ---- */

static void
expect_data_again(struct wire *w, uint32_t itt, uint32_t sn, uint32_t offset,
    uint32_t bytes, uint8_t fill)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_DATA_IN);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), itt);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_DATA_SN), sn);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), offset);
	CU_ASSERT_EQUAL(pdu->data_bytes, bytes);
	CU_ASSERT_EQUAL(pdu->data[0], fill);
	CU_ASSERT_EQUAL(pdu->data[bytes - 1], fill);
	CU_ASSERT_FALSE(pdu->bhs[PDU_FLAGS] & DATA_IN_STATUS);
}

/* 20480 bytes in three Data-Ins of at most 8192. */
static uint32_t
read_some(struct wire *w)
{
	uint32_t itt;

	memset(w->site->kit->store.image, 0x33, 20480);
	itt = wire_read10(w, 0, 40);
	CU_ASSERT_FALSE(wire_expect_data(w, itt, 20480, 0x33) & DATA_IN_STATUS);
	CU_ASSERT_EQUAL(get_be32(wire_expect_status(w, itt, STATUS_GOOD)->bhs +
				 RSP_EXP_DATA_SN),
	    3);
	return itt;
}

WIRE_TEST(test_data_again, LEVEL_1)
{
	uint32_t itt;

	stop_acknowledging(w);
	itt = read_some(w);
	/* The data is what it was, not what the medium has now. */
	memset(site->kit->store.image, 0x44, 20480);
	snack(w, SNACK_DATA, itt, TAG_NONE, 1, 1);
	expect_data_again(w, itt, 1, 8192, 8192, 0x33);
	wire_expect_nothing(w);
	snack(w, SNACK_DATA, itt, TAG_NONE, 1, 0);
	expect_data_again(w, itt, 1, 8192, 8192, 0x33);
	expect_data_again(w, itt, 2, 16384, 4096, 0x33);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 3);
	expect_data_again(w, itt, 0, 0, 8192, 0x33);
	expect_data_again(w, itt, 1, 8192, 8192, 0x33);
	expect_data_again(w, itt, 2, 16384, 4096, 0x33);
	snack(w, SNACK_DATA, itt, TAG_NONE, 2, 2);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + PDU_DATA_SN), 3);
	wire_close(w);
}

WIRE_TEST(test_acknowledged_data, LEVEL_1)
{
	uint32_t itt = read_some(w);

	test_unit_ready(w);
	CU_ASSERT_EQUAL(buf_pool_in_use(site->kit->homes[0].home.pool), 0);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 1);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

WIRE_TEST(test_data_of_no_task, LEVEL_1)
{
	uint32_t itt;

	snack(w, SNACK_DATA, 0xdead, TAG_NONE, 0, 1);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 1);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 0);
	wire_expect_nothing(w);
	site_run(site);
	wire_expect_data(w, itt, 512, 0);
	wire_expect_status(w, itt, STATUS_GOOD);
	wire_close(w);
}

static void
send_segment(struct wire *w, unsigned bytes)
{
	uint8_t bhs[BHS_BYTES];
	char text[64];
	int n =
	    snprintf(text, sizeof(text), "MaxRecvDataSegmentLength=%u", bytes);

	wire_header(w, bhs, OP_TEXT_REQUEST, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, text, (uint32_t)n + 1);
}

static void
declare_segment(struct wire *w, unsigned bytes)
{
	send_segment(w, bytes);
	wire_expect(w, OP_TEXT_RESPONSE);
}

WIRE_TEST(test_data_cut_anew, LEVEL_1)
{
	const struct wire_pdu *pdu;
	uint32_t itt, at;

	stop_acknowledging(w);
	itt = read_some(w);
	declare_segment(w, 4096);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 1);
	wire_expect_reject(w, REJECT_SNACK);
	snack(w, SNACK_R_DATA, itt, 0x77, 0, 0);
	for (at = 0; at < 5; at++)
		expect_data_again(w, itt, at, at * 4096, 4096, 0x33);
	pdu = wire_expect(w, OP_SCSI_RESPONSE);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_TTT), 0x77);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + RSP_EXP_DATA_SN), 5);
	snack(w, SNACK_R_DATA, itt, TAG_NONE, 0, 0);
	wire_expect_reject(w, REJECT_INVALID_FIELD);
	wire_close(w);
}

/* 7.8, a.1: what it asks for is not had, so it ends. */
WIRE_TEST(test_snack_rejected_in_the_middle, LEVEL_1)
{
	struct iovec iov[2];
	uint32_t itt;

	stop_acknowledging(w);
	itt = wire_read10(w, 0, 40);
	kit_enter(site->kit, w->home);
	CU_ASSERT_EQUAL(conn_send_iov(w->conn, iov, 2), 2);
	send_segment(w, 4096);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 1);
	expect_data_again(w, itt, 0, 0, 8192, 0);
	wire_expect_check(w, itt, SENSE_ABORTED_COMMAND, 0x11, 0x13);
	wire_expect(w, OP_TEXT_RESPONSE);
	wire_expect_reject(w, REJECT_SNACK);
	wire_expect_nothing(w);
	wire_close(w);
}

/* A read whose status is in line for the wire, and has not been sent. */
static uint32_t
read_and_stage(struct wire *w)
{
	struct iovec iov[16];
	uint32_t itt;

	memset(w->site->kit->store.image, 0x33, 512);
	itt = wire_read10(w, 0, 1);
	kit_enter(w->site->kit, w->home);
	CU_ASSERT_TRUE(conn_send_iov(w->conn, iov, 16) > 1);
	return itt;
}

WIRE_TEST(test_data_before_its_status_has_gone, LEVEL_1)
{
	uint32_t itt;

	stop_acknowledging(w);
	itt = read_and_stage(w);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 1);
	wire_expect_data(w, itt, 512, 0x33);
	wire_expect_status(w, itt, STATUS_GOOD);
	expect_data_again(w, itt, 0, 0, 512, 0x33);
	wire_expect_nothing(w);
	wire_close(w);
}

static void
expect_tagged_status(struct wire *w, uint32_t stat_sn, uint32_t tag)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_SCSI_RESPONSE);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_STAT_SN), stat_sn);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_TTT), tag);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + RSP_EXP_DATA_SN), 1);
}

WIRE_TEST(test_data_cut_anew_before_its_status_has_gone, LEVEL_1)
{
	uint32_t itt, first = w->stat_sn;

	stop_acknowledging(w);
	itt = read_and_stage(w);
	snack(w, SNACK_R_DATA, itt, 0x77, 0, 0);
	wire_expect_data(w, itt, 512, 0x33);
	expect_tagged_status(w, first, 0);
	expect_data_again(w, itt, 0, 0, 512, 0x33);
	expect_tagged_status(w, first, 0x77);
	snack(w, SNACK_STATUS, TAG_NONE, TAG_NONE, first, 1);
	expect_tagged_status(w, first, 0x77);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_data_ack_unasked, LEVEL_1)
{
	snack(w, SNACK_DATA_ACK, TAG_NONE, 1, 0, 0);
	wire_expect_reject(w, REJECT_INVALID_DATA_ACK);
	snack(w, 7, TAG_NONE, 1, 0, 0);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

/* ---- R2T and data out ---- */

static uint32_t
expect_r2t(struct wire *w, uint32_t sn, uint32_t offset, uint32_t length)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_R2T);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_DATA_SN), sn);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), offset);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + R2T_LENGTH), length);
	return get_be32(pdu->bhs + PDU_TTT);
}

WIRE_TEST(test_r2t_again, LEVEL_1 R2T_ONLY)
{
	static const uint8_t data[512] = { 1 };
	uint32_t itt = wire_write10(w, 0, 1), ttt;

	ttt = expect_r2t(w, 0, 0, 512);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 1);
	CU_ASSERT_EQUAL(expect_r2t(w, 0, 0, 512), ttt);
	snack(w, SNACK_DATA, itt, TAG_NONE, 1, 1);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	CU_ASSERT_EQUAL(get_be32(w->pdu.bhs + PDU_DATA_SN), 1);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	CU_ASSERT_EQUAL(get_be32(wire_expect_status(w, itt, STATUS_GOOD)->bhs +
				 RSP_EXP_DATA_SN),
	    0);
	wire_close(w);
}

WIRE_TEST(test_one_r2t_at_a_time,
    LEVEL_1 R2T_ONLY "MaxBurstLength=512;MaxOutstandingR2T=4;")
{
	static const uint8_t data[512] = { 1 };
	uint32_t itt = wire_write10(w, 0, 2), ttt;

	ttt = expect_r2t(w, 0, 0, 512);
	wire_expect_nothing(w);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	ttt = expect_r2t(w, 1, 512, 512);
	/* All that is not acknowledged: the first one has its data. */
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 0);
	CU_ASSERT_EQUAL(expect_r2t(w, 1, 512, 512), ttt);
	snack(w, SNACK_DATA, itt, TAG_NONE, 0, 1);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_data_out(w, itt, ttt, 0, 512, data, 512, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	wire_close(w);
}

WIRE_TEST(test_spoilt_data_is_asked_for_again, LEVEL_1 R2T_ONLY DIGEST)
{
	uint8_t data[2048];
	uint32_t itt = wire_write10(w, 0, 4), ttt;

	memset(data, 0x66, sizeof(data));
	ttt = expect_r2t(w, 0, 0, 2048);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, false);
	w->spoil_data = true;
	wire_data_out(w, itt, ttt, 1, 512, data, 512, false);
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	wire_data_out(w, itt, ttt, 2, 1024, data, 1024, true);
	ttt = expect_r2t(w, 1, 512, 1536);
	wire_data_out(w, itt, ttt, 0, 512, data, 1536, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image, data, 2048), 0);
	wire_close(w);
}

WIRE_TEST(test_spoilt_last_data, LEVEL_1 R2T_ONLY DIGEST)
{
	uint8_t data[1024];
	uint32_t itt = wire_write10(w, 0, 2), ttt;
	unsigned i;

	memset(data, 0x67, sizeof(data));
	ttt = expect_r2t(w, 0, 0, 1024);
	for (i = 1; i < 4; i++) {
		w->spoil_data = true;
		wire_data_out(w, itt, ttt, 0, 0, data, 1024, true);
		wire_expect_reject(w, REJECT_DATA_DIGEST);
		ttt = expect_r2t(w, i, 0, 1024);
	}
	wire_data_out(w, itt, ttt, 0, 0, data, 1024, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image, data, 1024), 0);
	wire_close(w);
}

WIRE_TEST(test_spoilt_unsolicited_data, LEVEL_1 "InitialR2T=No;" DIGEST)
{
	uint8_t bhs[BHS_BYTES], cdb[16], data[1024];
	uint32_t itt, ttt;

	memset(data, 0x68, sizeof(data));
	kit_cdb_write10(cdb, 0, 2);
	wire_header(w, bhs, OP_SCSI_COMMAND, CMD_WRITE);
	put_be32(bhs + CMD_EDTL, 1024);
	memcpy(bhs + CMD_CDB, cdb, 16);
	itt = w->itt;
	wire_send(w, bhs, data, 256);
	w->spoil_data = true;
	wire_data_out(w, itt, TAG_NONE, 0, 256, data, 768, true);
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	ttt = expect_r2t(w, 0, 256, 768);
	wire_data_out(w, itt, ttt, 0, 256, data, 768, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image, data, 1024), 0);
	wire_close(w);
}

WIRE_TEST(test_missing_data_out, LEVEL_1 R2T_ONLY)
{
	uint8_t data[1536];
	uint32_t itt = wire_write10(w, 0, 3), ttt;

	memset(data, 0x69, sizeof(data));
	ttt = expect_r2t(w, 0, 0, 1536);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, false);
	wire_data_out(w, itt, ttt, 2, 1024, data, 512, true);
	ttt = expect_r2t(w, 1, 512, 1024);
	wire_data_out(w, itt, ttt, 0, 512, data, 1024, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image, data, 1536), 0);
	wire_close(w);
}

WIRE_TEST(test_spoilt_command_is_retried, LEVEL_1 DIGEST)
{
	uint8_t cdb[16], data[512];
	uint32_t itt;

	memset(data, 0x6a, sizeof(data));
	kit_cdb_write10(cdb, 0, 1);
	w->spoil_data = true;
	itt = wire_command(w, cdb, CMD_WRITE, 512, data, 512);
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, w->cmd_sn - 1);
	w->cmd_sn--;
	w->itt = itt - 1;
	wire_command(w, cdb, CMD_WRITE, 512, data, 512);
	wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image, data, 512), 0);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "a status again", test_status_again },
	{ "sense data again", test_sense_again },
	{ "an acknowledged status is gone", test_acknowledged_status },
	{ "a status that was not sent", test_status_that_was_not_sent },
	{ "what is acknowledged before it was sent",
	    test_acknowledged_before_it_was_sent },
	{ "all that is not acknowledged", test_all_that_is_not_acknowledged },
	{ "what is kept is bounded", test_kept_is_bounded },
	{ "logout forgets what is kept", test_logout_forgets_what_is_kept },
	{ "Data-Ins again", test_data_again },
	{ "acknowledged data is gone", test_acknowledged_data },
	{ "data of no task", test_data_of_no_task },
	{ "data cut anew", test_data_cut_anew },
	{ "a SNACK that is rejected ends its task",
	    test_snack_rejected_in_the_middle },
	{ "data again before its status has gone",
	    test_data_before_its_status_has_gone },
	{ "data cut anew before its status has gone",
	    test_data_cut_anew_before_its_status_has_gone },
	{ "DataACK that was not asked for", test_data_ack_unasked },
	{ "an R2T again", test_r2t_again },
	{ "one R2T at a time", test_one_r2t_at_a_time },
	{ "spoilt data is asked for again",
	    test_spoilt_data_is_asked_for_again },
	{ "spoilt data with F", test_spoilt_last_data },
	{ "spoilt unsolicited data", test_spoilt_unsolicited_data },
	{ "a Data-Out is missing", test_missing_data_out },
	{ "a spoilt command is retried", test_spoilt_command_is_retried },
	{ NULL, NULL },
};

const struct unit_suite recovery_suite = { "recovery", tests };
