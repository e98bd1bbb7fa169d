/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/connections.c - several connections in one session.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

#define FOUR "MaxConnections=4;"

static unsigned
sessions(const struct site *site)
{
	return session_table_count(site->service.sessions);
}

/* The answer to a login with that CID for w's session. */
static unsigned
join_answer(struct wire *other, struct wire *w, uint16_t cid)
{
	other->cid = cid;
	wire_number_after(other, w);
	wire_login_request(other, "", w->tsih);
	return wire_login_answer(other);
}

/* ---- joining ---- */

WIRE_TEST(test_a_second_connection_joins, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);

	CU_ASSERT_EQUAL(sessions(site), 1);
	wire_read10(other, 0, 1);
	wire_expect_data(other, other->itt, 512, 0);
	wire_number_after(w, other);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, other->exp_cmd_sn + 1);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_it_moves_to_the_session, FOUR)
{
	struct wire *other = wire_join(w, 2, 2);

	CU_ASSERT_EQUAL(other->home, 0);
	wire_read10(other, 0, 1);
	wire_expect_data(other, other->itt, 512, 0);
	wire_close(w);
	wire_number_after(other, other);
	wire_read10(other, 0, 1);
	wire_expect(other, OP_ASYNC);
	wire_expect_data(other, other->itt, 512, 0);
	wire_close(other);
}

WIRE_TEST(test_it_gives_up_before_it_moves, FOUR)
{
	struct wire *other = wire_open(site, 1);

	other->cid = 2;
	wire_login_request(other, "", w->tsih);
	CU_ASSERT_PTR_NOT_NULL(conn_wants_home(other->conn));
	wire_close(other);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

/* Numbers that the initiator takes for old ones, and MaxCmdSN not below
 * ExpCmdSN - 1, 4.2.2.1. */
WIRE_TEST(test_a_login_does_not_know_its_session, FOUR)
{
	struct wire *other = wire_open(site, 0);
	uint8_t bhs[BHS_BYTES] = { PDU_IMMEDIATE | OP_LOGIN_REQUEST,
		LOGIN_STAGE_OPERATIONAL << LOGIN_CSG_SHIFT };
	const struct wire_pdu *pdu;
	char text[512];

	other->cid = 2;
	wire_number_after(other, w);
	memcpy(bhs + LOGIN_ISID, other->isid, 6);
	put_be16(bhs + LOGIN_TSIH, w->tsih);
	put_be16(bhs + LOGIN_CID, other->cid);
	put_be32(bhs + PDU_CMD_SN, other->cmd_sn);
	wire_send(other, bhs, text,
	    wire_text(text, "InitiatorName=" WIRE_INITIATOR
			    ";TargetName=" WIRE_TARGET ";"));
	pdu = wire_expect(other, OP_LOGIN_RESPONSE);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_MAX_CMD_SN),
	    get_be32(pdu->bhs + PDU_EXP_CMD_SN) - 1);
	CU_ASSERT_TRUE(
	    (int32_t)(get_be32(pdu->bhs + PDU_EXP_CMD_SN) - w->exp_cmd_sn) < 0);
	wire_login_request(other, "", w->tsih);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0);
	CU_ASSERT_EQUAL(other->exp_cmd_sn, w->exp_cmd_sn);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_the_session_ends_while_it_moves, FOUR)
{
	struct wire *other = wire_open(site, 1);

	other->cid = 2;
	wire_login_request(other, "", w->tsih);
	wire_close(w);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0x020a);
	CU_ASSERT_TRUE(wire_is_over(other));
	wire_close(other);
}

WIRE_TEST(test_the_target_stops_while_it_moves, FOUR)
{
	struct wire *other = wire_open(site, 1);

	other->cid = 2;
	wire_login_request(other, "", w->tsih);
	site->service.stopping = true;
	CU_ASSERT_EQUAL(wire_login_answer(other), 0x0301);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_what_follows_the_login_moves_too, FOUR)
{
	struct wire *other = wire_open(site, 1);

	other->cid = 2;
	wire_number_after(other, w);
	other->hoards = true;
	wire_login_request(other, "", w->tsih);
	wire_read10(other, 0, 1);
	wire_deliver_hoard(other);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0);
	wire_expect_data(other, other->itt, 512, 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_max_connections, "MaxConnections=2;")
{
	struct wire *b = wire_join(w, 0, 2), *c = wire_open(site, 0);

	CU_ASSERT_EQUAL(join_answer(c, w, 3), 0x0206);
	wire_close(c);
	wire_close(b);
	b = wire_join(w, 0, 3);
	wire_close(b);
	wire_close(w);
}

WIRE_TEST(test_one_connection_unless_agreed, "")
{
	struct wire *other = wire_open(site, 0);

	CU_ASSERT_EQUAL(join_answer(other, w, 2), 0x0206);
	CU_ASSERT_TRUE(wire_is_over(other));
	CU_ASSERT_FALSE(wire_is_over(w));
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_only_its_own_session, FOUR)
{
	struct wire *other = wire_open(site, 0);

	other->isid[5] = 9;
	CU_ASSERT_EQUAL(join_answer(other, w, 2), 0x020a);
	wire_close(other);
	other = wire_open(site, 0);
	other->name = "iqn.2026-11.test:else";
	CU_ASSERT_EQUAL(join_answer(other, w, 2), 0x020a);
	wire_close(other);
	other = wire_open(site, 0);
	wire_login_request(other, "", (uint16_t)(w->tsih + 1));
	CU_ASSERT_EQUAL(wire_login_answer(other), 0x020a);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_another_portal_group, FOUR)
{
	struct wire *other;

	site->pg.tag = 7;
	other = wire_open(site, 0);
	CU_ASSERT_EQUAL(join_answer(other, w, 2), 0x0208);
	wire_close(other);
	site->pg.tag = 1;
	wire_close(w);
}

WIRE_TEST(test_the_session_s_keys_hold, FOUR "InitialR2T=No;")
{
	struct wire *other = wire_join(w, 0, 2);
	uint8_t cdb[16], data[512] = { 7 };
	uint32_t itt;

	/* Unsolicited data, by what the leading connection agreed. */
	kit_cdb_write10(cdb, 0, 1);
	itt = ++other->itt;
	other->itt--;
	{
		uint8_t bhs[BHS_BYTES];

		wire_header(other, bhs, OP_SCSI_COMMAND, CMD_WRITE);
		put_be32(bhs + CMD_EDTL, 512);
		memcpy(bhs + CMD_CDB, cdb, 16);
		wire_send(other, bhs, NULL, 0);
	}
	wire_data_out(other, itt, TAG_NONE, 0, 0, data, 512, true);
	wire_expect_status(other, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(site->kit->store.image[0], 7);
	wire_close(other);
	wire_close(w);
}

/* ---- order and allegiance ---- */

WIRE_TEST(test_order_over_connections, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t first, second;

	other->cmd_sn++;
	second = wire_read10(other, 0, 1);
	wire_expect_nothing(other);
	first = wire_read10(w, 0, 1);
	wire_expect_data(w, first, 512, 0);
	wire_expect_data(other, second, 512, 0);
	CU_ASSERT_EQUAL(other->exp_cmd_sn, w->cmd_sn + 1);
	CU_ASSERT_TRUE(other->wakes > 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_a_held_command_in_the_middle_of_data, FOUR "InitialR2T=Yes;")
{
	struct wire *other = wire_join(w, 0, 2);
	uint8_t bhs[BHS_BYTES] = { OP_DATA_OUT, PDU_FINAL }, data[1024];
	uint32_t write, read, ttt;

	memset(data, 0x5a, sizeof(data));
	write = wire_write10(other, 0, 2);
	ttt = get_be32(wire_expect(other, OP_R2T)->bhs + PDU_TTT);
	wire_number_after(w, other);
	other->cmd_sn++;
	read = wire_read10(other, 0, 1);
	/* Its turn comes while half of the write's data is there. */
	put_be24(bhs + PDU_DATA_LENGTH, 1024);
	put_be32(bhs + PDU_ITT, write);
	put_be32(bhs + PDU_TTT, ttt);
	wire_bytes(other, bhs, BHS_BYTES);
	wire_bytes(other, data, 500);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_expect_data(other, read, 512, 0);
	wire_bytes(other, data + 500, 524);
	wire_expect_status(other, write, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image, data, 1024), 0);
	wire_close(other);
	wire_close(w);
}

/* The command before it comes on another connection, while half of a Data-Out
 * is there. */
WIRE_TEST(test_unsolicited_data_before_its_turn, FOUR "InitialR2T=No;")
{
	struct wire *other = wire_join(w, 0, 2);
	uint8_t bhs[BHS_BYTES], data[1024];
	uint32_t write;

	memset(data, 0x5a, sizeof(data));
	wire_number_after(w, other);
	other->cmd_sn++;
	wire_header(other, bhs, OP_SCSI_COMMAND, CMD_WRITE | TASK_SIMPLE);
	put_be32(bhs + CMD_EDTL, 2048);
	kit_cdb_write10(bhs + CMD_CDB, 0, 4);
	wire_send(other, bhs, NULL, 0);
	write = other->itt;
	wire_data_out(other, write, TAG_NONE, 0, 0, data, 1024, false);
	memset(bhs, 0, sizeof(bhs));
	bhs[0] = OP_DATA_OUT;
	bhs[PDU_FLAGS] = PDU_FINAL;
	put_be24(bhs + PDU_DATA_LENGTH, 1024);
	put_be32(bhs + PDU_ITT, write);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	put_be32(bhs + PDU_DATA_SN, 1);
	put_be32(bhs + PDU_BUFFER_OFFSET, 1024);
	wire_bytes(other, bhs, BHS_BYTES);
	wire_bytes(other, data, 500);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_bytes(other, data, 524);
	wire_expect_status(other, write, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image + 1024, data, 1024), 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_data_on_another_connection, FOUR "InitialR2T=Yes;")
{
	struct wire *other = wire_join(w, 0, 2);
	static const uint8_t data[512] = { 1 };
	uint32_t itt, ttt;

	itt = wire_write10(w, 0, 1);
	ttt = get_be32(wire_expect(w, OP_R2T)->bhs + PDU_TTT);
	wire_data_out(other, itt, ttt, 0, 0, data, 512, true);
	wire_expect_reject(other, REJECT_PROTOCOL_ERROR);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	wire_expect_status(w, itt, STATUS_GOOD);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_tags_are_of_the_session, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_number_after(other, w);
	other->itt = w->itt - 1;
	wire_read10(other, 0, 1);
	wire_expect_reject(other, REJECT_TASK_IN_PROGRESS);
	wire_close(other);
	wire_close(w);
}

/* ---- losing one ---- */

/* 7.7: with all its connections. */
WIRE_TEST(test_a_format_error_ends_the_session, FOUR)
{
	struct wire *other = wire_join(w, 1, 2);
	uint8_t bhs[BHS_BYTES];

	wire_header(other, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be24(bhs + PDU_DATA_LENGTH, 262145);
	wire_bytes(other, bhs, BHS_BYTES);
	CU_ASSERT_TRUE(wire_is_over(other));
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_the_session_survives_a_lost_connection, FOUR)
{
	struct wire *other = wire_join(w, 1, 2);
	const struct wire_pdu *pdu;

	site->kit->store.hold = true;
	wire_read10(other, 0, 1);
	wire_number_after(w, other);
	wire_read10(w, 0, 1);
	wire_close(other);
	CU_ASSERT_EQUAL(sessions(site), 1);
	pdu = wire_expect(w, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_CONNECTION_DROP);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER1), 2);
	site_run(site);
	wire_expect_data(w, w->itt, 512, 0);
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, w->cmd_sn);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(w);
}

WIRE_TEST(test_a_lost_connection_s_writes_stay_undone,
    FOUR "InitialR2T=Yes;ImmediateData=No;")
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t itt = wire_write10(other, 0, 1);

	wire_expect(other, OP_R2T);
	wire_number_after(w, other);
	wire_close(other);
	wire_expect(w, OP_ASYNC);
	wire_expect_lost(w);
	/* Its tag is free again. */
	w->itt = itt - 1;
	wire_read10(w, 0, 1);
	wire_expect_data(w, itt, 512, 0);
	CU_ASSERT_EQUAL(buf_pool_in_use(site->kit->homes[0].home.pool), 0);
	wire_close(w);
}

/* 11.14: they are due again, and may come on another connection. */
WIRE_TEST(test_a_lost_connection_s_held_commands, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t first, again;

	other->cmd_sn++;
	wire_read10(other, 0, 1);
	wire_close(other);
	wire_expect(w, OP_ASYNC);
	first = wire_read10(w, 0, 1);
	wire_expect_data(w, first, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, w->cmd_sn);
	again = wire_read10(w, 0, 1);
	wire_expect_data(w, again, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, w->cmd_sn);
	wire_close(w);
}

WIRE_TEST(test_both_lost, FOUR)
{
	struct wire *other = wire_join(w, 1, 2);

	site->kit->store.hold = true;
	wire_read10(other, 0, 1);
	wire_number_after(w, other);
	wire_read10(w, 0, 1);
	wire_close(other);
	wire_close(w);
	CU_ASSERT_EQUAL(sessions(site), 1);
	site_run(site);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

WIRE_TEST(test_session_reinstatement_ends_all, FOUR)
{
	struct wire *b = wire_join(w, 1, 2), *again = wire_open(site, 2);

	site->kit->store.hold = true;
	wire_read10(b, 0, 1);
	wire_login_request(again, "", 0);
	kit_run_homes(site->kit);
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_TRUE(wire_is_over(b));
	CU_ASSERT_EQUAL(wire_login_answer(again), 0xffff);
	site_run(site);
	CU_ASSERT_EQUAL(wire_login_answer(again), 0);
	wire_close(b);
	wire_close(w);
	wire_close(again);
}

/* ---- task management ---- */

WIRE_TEST(test_abort_over_another_connection, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t itt, tmf;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	wire_number_after(other, w);
	tmf = wire_tmf(other, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_nothing(other);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	CU_ASSERT_TRUE(other->wakes > 0);
	wire_expect_nothing(w);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_abort_of_a_command_that_is_on_its_way, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf, late = w->cmd_sn;

	other->cmd_sn++;
	tmf = wire_tmf(other, TMF_FN_ABORT_TASK, w->itt + 1, late);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_read10(w, 0, 1);
	wire_expect_nothing(w);
	wire_number_after(w, other);
	w->itt += 5;
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_a_reset_waits_for_commands_before_it, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	site->kit->store.hold = true;
	other->cmd_sn++;
	other->itt++;
	tmf = wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	wire_expect_nothing(other);
	wire_read10(w, 0, 1);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_a_reset_does_not_wait_for_ever, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	other->cmd_sn++;
	tmf = wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	wire_expect_nothing(other);
	site_wait(site, site->service.limits.task_abort_timeout_ms);
	conn_tick(other->conn);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_who_sent_a_function_is_lost, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	wire_number_after(other, w);
	wire_tmf(other, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	other->cmd_sn++;
	wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	wire_close(other);
	site_run(site);
	wire_expect(w, OP_ASYNC);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_cold_reset_ends_all, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf = wire_tmf(other, TMF_FN_TARGET_COLD_RESET, TAG_NONE, 0);
	const struct wire_pdu *pdu;

	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	kit_run_homes(site->kit);
	pdu = wire_expect(other, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_ALL_CONNECTIONS_DROP);
	CU_ASSERT_TRUE(wire_is_over(other));
	pdu = wire_expect(w, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_ALL_CONNECTIONS_DROP);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	wire_close(other);
}

static const struct unit_test tests[] = {
	{ "a second connection joins", test_a_second_connection_joins },
	{ "it moves to the session's home", test_it_moves_to_the_session },
	{ "it gives up before it moves", test_it_gives_up_before_it_moves },
	{ "a login does not know its session",
	    test_a_login_does_not_know_its_session },
	{ "the session ends while it moves",
	    test_the_session_ends_while_it_moves },
	{ "the target stops while it moves",
	    test_the_target_stops_while_it_moves },
	{ "what follows the login moves too",
	    test_what_follows_the_login_moves_too },
	{ "MaxConnections is a limit", test_max_connections },
	{ "one connection unless agreed", test_one_connection_unless_agreed },
	{ "a TSIH opens only one's own session", test_only_its_own_session },
	{ "a session stays at its portal group", test_another_portal_group },
	{ "the session's keys hold", test_the_session_s_keys_hold },
	{ "commands in order over connections", test_order_over_connections },
	{ "a held command in the middle of data",
	    test_a_held_command_in_the_middle_of_data },
	{ "unsolicited data before its turn",
	    test_unsolicited_data_before_its_turn },
	{ "data on another connection", test_data_on_another_connection },
	{ "tags are of the session", test_tags_are_of_the_session },
	{ "the session survives a lost connection",
	    test_the_session_survives_a_lost_connection },
	{ "a format error ends all connections of the session",
	    test_a_format_error_ends_the_session },
	{ "a lost connection's writes stay undone",
	    test_a_lost_connection_s_writes_stay_undone },
	{ "a lost connection's held commands",
	    test_a_lost_connection_s_held_commands },
	{ "both lost", test_both_lost },
	{ "session reinstatement ends all",
	    test_session_reinstatement_ends_all },
	{ "abort over another connection", test_abort_over_another_connection },
	{ "abort of a command on its way",
	    test_abort_of_a_command_that_is_on_its_way },
	{ "a reset waits for commands before it",
	    test_a_reset_waits_for_commands_before_it },
	{ "a reset does not wait for ever",
	    test_a_reset_does_not_wait_for_ever },
	{ "who sent a function is lost", test_who_sent_a_function_is_lost },
	{ "TARGET COLD RESET ends all", test_cold_reset_ends_all },
	{ NULL, NULL },
};

const struct unit_suite connections_suite = { "connections", tests };
