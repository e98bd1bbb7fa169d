/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/ffp.c - full feature phase: framing, Reject, NOP, text,
 * logout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/iscsi/wire.h"

/* ---- framing ---- */

static void
test_not_a_login(void)
{
	struct site *site = site_new();
	struct wire *w = wire_open(site, 0);
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	wire_send(w, bhs, NULL, 0);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_expect_nothing(w);
	wire_close(w);
	site_free(site);
}

static void
test_login_data_too_long(void)
{
	struct site *site = site_new();
	struct wire *w = wire_open(site, 0);
	uint8_t bhs[BHS_BYTES] = { PDU_IMMEDIATE | OP_LOGIN_REQUEST, 0x87 };

	put_be24(bhs + PDU_DATA_LENGTH, 8193);
	wire_bytes(w, bhs, BHS_BYTES);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	site_free(site);
}

WIRE_TEST(test_data_longer_than_declared, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be24(bhs + PDU_DATA_LENGTH, 262145);
	wire_bytes(w, bhs, BHS_BYTES);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_unknown_opcode, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | 0x1c, PDU_FINAL);
	wire_send(w, bhs, "abc", 3);
	wire_expect_reject(w, REJECT_NOT_SUPPORTED);
	CU_ASSERT_EQUAL(memcmp(w->pdu.data + 8, bhs + 8, BHS_BYTES - 8), 0);
	wire_close(w);
}

WIRE_TEST(test_target_opcode, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_R2T, PDU_FINAL);
	wire_send(w, bhs, NULL, 0);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

WIRE_TEST(test_login_is_over, "")
{
	wire_login_request(w, "", 0);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

WIRE_TEST(test_snack, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_SNACK, PDU_FINAL);
	wire_send(w, bhs, NULL, 0);
	wire_expect_reject(w, REJECT_NOT_SUPPORTED);
	wire_close(w);
}

WIRE_TEST(
    test_no_snack_in_discovery, "SessionType=Discovery;ErrorRecoveryLevel=1;")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_SNACK, PDU_FINAL);
	wire_send(w, bhs, NULL, 0);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

static void
send_with_ahs(struct wire *w, const char *ahs, uint8_t flags)
{
	uint8_t bytes[BHS_BYTES + 8];

	wire_header(w, bytes, OP_SCSI_COMMAND, CMD_FINAL | flags);
	bytes[PDU_AHS_WORDS] = 2;
	memcpy(bytes + BHS_BYTES, ahs, 8);
	wire_bytes(w, bytes, sizeof(bytes));
}

WIRE_TEST(test_malformed_ahs, "")
{
	send_with_ahs(w, "\0\0\1\0\0\0\0", 0);
	wire_expect_nothing(w);
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
	wire_close(w);
}

/* The complete header comes back, 11.17.4. */
WIRE_TEST(test_reject_with_ahs, "")
{
	send_with_ahs(w, "\0\5\1\0\0\0\0", 7);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	CU_ASSERT_EQUAL(w->pdu.data_bytes, BHS_BYTES + 8);
	CU_ASSERT_EQUAL(w->pdu.data[BHS_BYTES + 2], 1);
	wire_close(w);
}

WIRE_TEST(test_extended_cdb, "")
{
	send_with_ahs(w, "\0\5\1\0\0\0\0", 0);
	wire_expect_check(w, w->itt, SENSE_ILLEGAL_REQUEST, 0x20, 0);
	wire_close(w);
}

WIRE_TEST(test_bidirectional, "")
{
	send_with_ahs(w, "\0\5\2\0\0\0\2", CMD_READ | CMD_WRITE);
	wire_expect_check(w, w->itt, SENSE_ILLEGAL_REQUEST, 0x24, 0);
	wire_close(w);
}

WIRE_TEST(test_bidirectional_in_its_turn, "")
{
	static const uint8_t cdb[16];
	uint32_t later, sooner;

	w->cmd_sn++;
	send_with_ahs(w, "\0\5\2\0\0\0\2", CMD_READ | CMD_WRITE);
	later = w->itt;
	w->cmd_sn -= 2;
	sooner = wire_command(w, cdb, 0, 0, NULL, 0);
	w->cmd_sn++;
	wire_expect_status(w, sooner, STATUS_GOOD);
	wire_expect_check(w, later, SENSE_ILLEGAL_REQUEST, 0x24, 0);
	wire_close(w);
}

/* R and W may both be 1 when nothing is expected, 11.3.1. */
WIRE_TEST(test_both_directions_of_nothing, "")
{
	static const uint8_t cdb[16];
	uint32_t itt = wire_command(w, cdb, CMD_READ | CMD_WRITE, 0, NULL, 0);

	wire_expect_status(w, itt, STATUS_GOOD);
	send_with_ahs(w, "\0\5\2\0\0\0\0", CMD_READ | CMD_WRITE);
	wire_expect_status(w, w->itt, STATUS_GOOD);
	wire_close(w);
}

/* 11.3.1, 11.5.2, 11.14.2 */
WIRE_TEST(test_data_where_there_is_none, "")
{
	uint8_t bhs[BHS_BYTES], cdb[16], data[100] = { 1 };
	uint32_t itt;

	kit_cdb_read10(cdb, 0, 1);
	itt = wire_command(w, cdb, CMD_READ, 512, data, sizeof(data));
	wire_expect_data(w, itt, 512, 0);
	wire_header(w, bhs, OP_TMF_REQUEST, PDU_FINAL | TMF_FN_LUN_RESET);
	wire_send(w, bhs, data, sizeof(data));
	kit_run_homes(site->kit);
	wire_expect_tmf(w, w->itt, TMF_RSP_COMPLETE);
	wire_header(w, bhs, OP_LOGOUT_REQUEST, PDU_FINAL);
	wire_send(w, bhs, data, sizeof(data));
	wire_expect(w, OP_LOGOUT_RESPONSE);
	wire_close(w);
}

WIRE_TEST(test_neither_w_nor_f, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_SCSI_COMMAND, TASK_SIMPLE);
	wire_send(w, bhs, NULL, 0);
	wire_expect_status(w, w->itt, STATUS_GOOD);
	wire_close(w);
}

/* A login and a write with an R2T, delivered in pieces of every size, sent in
 * short writes. */
static void
dialogue_in_pieces(size_t cut, const char *keys)
{
	struct site *site = site_new();
	struct wire *w = wire_open(site, 0);
	const struct wire_pdu *pdu;
	uint8_t data[1024];
	uint32_t itt;

	w->cut = cut;
	w->room = cut % 3 + 1;
	wire_login(w, keys);
	itt = wire_write10(w, 4, 2);
	pdu = wire_expect(w, OP_R2T);
	memset(data, 'w', sizeof(data));
	wire_data_out(
	    w, itt, get_be32(pdu->bhs + PDU_TTT), 0, 0, data, 1024, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	itt = wire_read10(w, 4, 2);
	wire_expect_data(w, itt, 1024, 'w');
	wire_expect_nothing(w);
	wire_close(w);
	site_free(site);
}

static void
test_every_cut(void)
{
	size_t cut;

	for (cut = 1; cut < 130; cut++)
		dialogue_in_pieces(
		    cut, "HeaderDigest=CRC32C;DataDigest=CRC32C;");
	for (cut = 500; cut < 2000; cut += 61)
		dialogue_in_pieces(cut, "");
}

/* ---- digests ---- */

WIRE_TEST(test_header_digest_error, "HeaderDigest=CRC32C;")
{
	w->spoil_header = true;
	wire_read10(w, 0, 1);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_data_digest_error_of_ping, "DataDigest=CRC32C;")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	w->spoil_data = true;
	wire_send(w, bhs, "ping", 4);
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	wire_send(w, bhs, "ping", 4);
	wire_expect(w, OP_NOP_IN);
	wire_close(w);
}

/* ---- NOP ---- */

static const struct wire_pdu *
ping(struct wire *w, uint8_t immediate, const void *data, uint32_t n)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, immediate | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, data, n);
	return wire_expect(w, OP_NOP_IN);
}

WIRE_TEST(test_ping, "")
{
	const struct wire_pdu *pdu = ping(w, 0, "hello", 5);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), w->itt);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_TTT), TAG_NONE);
	CU_ASSERT_EQUAL(pdu->data_bytes, 5);
	CU_ASSERT_NSTRING_EQUAL(pdu->data, "hello", 5);
	pdu = ping(w, PDU_IMMEDIATE, NULL, 0);
	CU_ASSERT_EQUAL(pdu->data_bytes, 0);
	wire_close(w);
}

WIRE_TEST(test_ping_echo_fits_their_limit, "")
{
	uint8_t *data = malloc(200000);
	const struct wire_pdu *pdu;

	memset(data, 'p', 200000);
	pdu = ping(w, 0, data, 200000);
	CU_ASSERT_EQUAL(pdu->data_bytes, WIRE_RECV_MAX);
	CU_ASSERT_EQUAL(pdu->data[WIRE_RECV_MAX - 1], 'p');
	free(data);
	wire_close(w);
}

WIRE_TEST(test_sign_of_life_is_not_answered, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_ITT, TAG_NONE);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_sign_of_life_with_a_number, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_ITT, TAG_NONE);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect_nothing(w);
	ping(w, 0, NULL, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, w->cmd_sn);
	wire_close(w);
}

WIRE_TEST(test_unread_replies_stop_reading, "")
{
	uint8_t bhs[BHS_BYTES];
	struct iovec iov[2];
	unsigned sent = 0, got = 0;

	wire_header(w, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	while (conn_recv_iov(w->conn, iov, 2) > 0 && sent < 100000) {
		if (wire_bytes(w, bhs, BHS_BYTES) == BHS_BYTES)
			sent++;
	}
	CU_ASSERT_TRUE(sent >= 100 && sent < 10000);
	while (wire_get(w) != NULL)
		got++;
	CU_ASSERT_EQUAL(got, sent);
	CU_ASSERT_NOT_EQUAL(conn_recv_iov(w->conn, iov, 2), 0);
	wire_close(w);
}

/* ---- text ---- */

static const struct wire_pdu *
send_targets(struct wire *w, const char *what)
{
	uint8_t bhs[BHS_BYTES];
	char text[64];
	int n = snprintf(text, sizeof(text), "SendTargets=%s", what);

	wire_header(w, bhs, OP_TEXT_REQUEST, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, text, (uint32_t)n + 1);
	return wire_expect(w, OP_TEXT_RESPONSE);
}

WIRE_TEST(test_discovery, "SessionType=Discovery;")
{
	const struct wire_pdu *pdu = send_targets(w, "All");
	static const char name[] = "TargetName=" WIRE_TARGET;

	CU_ASSERT_TRUE(pdu->bhs[PDU_FLAGS] & PDU_FINAL);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_TTT), TAG_NONE);
	CU_ASSERT_TRUE(pdu->data_bytes > sizeof(name));
	CU_ASSERT_EQUAL(memcmp(pdu->data, name, sizeof(name)), 0);
	wire_close(w);
}

WIRE_TEST(test_send_targets_in_normal_session, "")
{
	const struct wire_pdu *pdu = send_targets(w, "All");

	CU_ASSERT_TRUE(pdu->data_bytes > 0);
	pdu = send_targets(w, "");
	CU_ASSERT_TRUE(pdu->data_bytes > 0);
	wire_close(w);
}

WIRE_TEST(test_no_commands_in_discovery, "SessionType=Discovery;")
{
	wire_read10(w, 0, 1);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	CU_ASSERT_TRUE(send_targets(w, "All")->data_bytes > 0);
	wire_close(w);
}

/* 4.3, 7.4.3 */
WIRE_TEST(test_only_send_targets_in_discovery, "SessionType=Discovery;")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 1);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	/* As the answer to a ping of ours. */
	wire_header(w, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_ITT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect_nothing(w);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	wire_close(w);
}

WIRE_TEST(test_discovery_is_asked_by_its_end, "SessionType=Discovery;")
{
	kit_enter(site->kit, 0);
	conn_ask_logout(w->conn, 10);
	wire_expect_nothing(w);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

/* ---- logout ---- */

static void
expect_logout(struct wire *w, uint8_t response)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_LOGOUT_RESPONSE);

	CU_ASSERT_EQUAL(pdu->bhs[LOGOUT_RESPONSE], response);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), w->itt);
}

WIRE_TEST(test_logout_closes, "")
{
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	expect_logout(w, LOGOUT_RSP_CLOSED);
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
	wire_close(w);
}

WIRE_TEST(test_logout_of_connection, "")
{
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 7);
	expect_logout(w, LOGOUT_RSP_NO_CID);
	CU_ASSERT_FALSE(wire_is_over(w));
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 1);
	expect_logout(w, LOGOUT_RSP_CLOSED);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_logout_for_recovery, "")
{
	wire_logout(w, LOGOUT_FOR_RECOVERY, 1);
	expect_logout(w, LOGOUT_RSP_NO_RECOVERY);
	CU_ASSERT_FALSE(wire_is_over(w));
	wire_logout(w, 3, 1);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

WIRE_TEST(test_logout_settles_tasks, "")
{
	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_write10(w, 0, 1);
	wire_expect(w, OP_R2T);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_expect_nothing(w);
	site_run(site);
	expect_logout(w, LOGOUT_RSP_CLOSED);
	wire_expect_nothing(w);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_logout_after_answers, "")
{
	static const uint8_t no_such[16] = { 0xff };
	uint32_t refused, read;

	refused = wire_command(w, no_such, 0, 0, NULL, 0);
	read = wire_read10(w, 0, 1);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_expect_check(w, refused, SENSE_ILLEGAL_REQUEST, 0x20, 0);
	wire_expect_data(w, read, 512, 0);
	expect_logout(w, LOGOUT_RSP_CLOSED);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "a first PDU that is no login closes", test_not_a_login },
	{ "more than 8192 bytes in login close at the header",
	    test_login_data_too_long },
	{ "data longer than declared ends the session at the header",
	    test_data_longer_than_declared },
	{ "an unknown opcode is rejected with its header",
	    test_unknown_opcode },
	{ "an opcode of targets is rejected", test_target_opcode },
	{ "SNACK is rejected", test_snack },
	{ "SNACK has no place in discovery", test_no_snack_in_discovery },
	{ "a malformed AHS ends the session", test_malformed_ahs },
	{ "the whole header comes back with a Reject", test_reject_with_ahs },
	{ "a Login Request after login is rejected", test_login_is_over },
	{ "an extended CDB is 05/20/00", test_extended_cdb },
	{ "both directions are refused in their turn",
	    test_bidirectional_in_its_turn },
	{ "both directions of nothing", test_both_directions_of_nothing },
	{ "neither W nor F is as F", test_neither_w_nor_f },
	{ "data where there is none is thrown away",
	    test_data_where_there_is_none },
	{ "a bidirectional command is 05/24/00", test_bidirectional },
	{ "every way to cut the stream", test_every_cut },
	{ "a header digest error closes", test_header_digest_error },
	{ "a ping with a data digest error is rejected",
	    test_data_digest_error_of_ping },
	{ "a ping is echoed", test_ping },
	{ "an echo fits their MaxRecvDataSegmentLength",
	    test_ping_echo_fits_their_limit },
	{ "a NOP-Out without ITT is not answered",
	    test_sign_of_life_is_not_answered },
	{ "a sign of life may have a CmdSN", test_sign_of_life_with_a_number },
	{ "replies that are not read stop reading",
	    test_unread_replies_stop_reading },
	{ "SendTargets in a discovery session", test_discovery },
	{ "SendTargets in a normal session",
	    test_send_targets_in_normal_session },
	{ "no SCSI commands in a discovery session",
	    test_no_commands_in_discovery },
	{ "nothing but SendTargets and logout in discovery",
	    test_only_send_targets_in_discovery },
	{ "a discovery session is ended, not asked to",
	    test_discovery_is_asked_by_its_end },
	{ "logout of the session", test_logout_closes },
	{ "logout of a connection", test_logout_of_connection },
	{ "logout for recovery is refused", test_logout_for_recovery },
	{ "logout waits for tasks at the store", test_logout_settles_tasks },
	{ "answers go out before the logout's", test_logout_after_answers },
	{ NULL, NULL },
};

const struct unit_suite ffp_suite = { "ffp", tests };
