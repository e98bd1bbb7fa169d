/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/retain.c - error recovery level 2: tasks that outlive their
 * connection, sessions without one, TASK REASSIGN, logout for recovery.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

#define LEVEL_2  "ErrorRecoveryLevel=2;DefaultTime2Wait=2;DefaultTime2Retain=10;"
#define FOUR     "MaxConnections=4;"
#define R2T_ONLY "InitialR2T=Yes;ImmediateData=No;"
#define OVER_MS  12000

static unsigned
sessions(const struct site *site)
{
	return session_table_count(site->service.sessions);
}

/* ---- tasks that had not ended ---- */

WIRE_TEST(test_running_read, LEVEL_2)
{
	struct wire *again;
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	wire_expect_nothing(again);
	site_run(site);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_status(again, itt, STATUS_GOOD);
	wire_close(again);
}

/* 7.14: it is not recoverable. */
WIRE_TEST(test_immediate_command, LEVEL_2)
{
	uint8_t bhs[BHS_BYTES];
	struct wire *again;
	uint32_t itt;

	site->kit->store.hold = true;
	wire_header(w, bhs, PDU_IMMEDIATE | OP_SCSI_COMMAND,
	    CMD_FINAL | CMD_READ | TASK_SIMPLE);
	put_be32(bhs + CMD_EDTL, 512);
	kit_cdb_read10(bhs + CMD_CDB, 0, 1);
	wire_send(w, bhs, NULL, 0);
	itt = w->itt;
	again = wire_lose_and_return(w);
	site_run(site);
	wire_reassigned(again, itt, 0, TMF_RSP_NO_TASK);
	wire_expect_nothing(again);
	wire_close(again);
}

WIRE_TEST(test_read_that_ended_meanwhile, LEVEL_2)
{
	struct wire *again;
	uint32_t itt;

	memset(site->kit->store.image, 'm', 20000);
	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 20);
	again = wire_lose_and_return(w);
	site_run(site);
	wire_expect_nothing(again);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	wire_expect_data(again, itt, 10240, 'm');
	wire_expect_status(again, itt, STATUS_GOOD);
	wire_reassigned(again, itt, 0, TMF_RSP_NO_TASK);
	wire_close(again);
}

/* 11.5.1: its status is sent again, and then the function is answered. */
WIRE_TEST(test_abort_of_one_that_ended_meanwhile, LEVEL_2)
{
	struct wire *again;
	uint32_t itt, tmf;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	again = wire_lose_and_return(w);
	site_run(site);
	tmf = wire_tmf(again, TMF_FN_ABORT_TASK, itt, again->cmd_sn - 1);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_status(again, itt, STATUS_GOOD);
	wire_expect_tmf(again, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(again);
	wire_close(again);
}

/* Its last data will not come any more; its answer is there. */
WIRE_TEST(test_refused_write_that_waits, LEVEL_2 "InitialR2T=No;")
{
	static const uint8_t data[512];
	uint8_t bhs[BHS_BYTES];
	struct wire *again;
	uint32_t itt;

	wire_header(w, bhs, OP_SCSI_COMMAND, CMD_WRITE | TASK_SIMPLE);
	put_be32(bhs + CMD_EDTL, 1024);
	kit_cdb_write10(bhs + CMD_CDB, KIT_BLOCKS, 2);
	wire_send(w, bhs, data, sizeof(data));
	itt = w->itt;
	wire_expect_nothing(w);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	wire_expect_check(again, itt, SENSE_ILLEGAL_REQUEST, 0x21, 0);
	wire_close(again);
}

WIRE_TEST(test_half_a_write, LEVEL_2 R2T_ONLY)
{
	static uint8_t data[1024];
	struct wire *again;
	const struct wire_pdu *pdu;
	uint32_t itt;

	memset(data, 'h', sizeof(data));
	itt = wire_write10(w, 0, 2);
	pdu = wire_expect(w, OP_R2T);
	wire_data_out(
	    w, itt, get_be32(pdu->bhs + PDU_TTT), 0, 0, data, 512, false);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	pdu = wire_expect(again, OP_R2T);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), 512);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + R2T_LENGTH), 512);
	wire_data_out(again, itt, get_be32(pdu->bhs + PDU_TTT), 0, 512,
	    data + 512, 512, true);
	wire_expect_status(again, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(memcmp(site->kit->store.image, data, 1024), 0);
	wire_close(again);
}

WIRE_TEST(test_half_a_data_out, LEVEL_2 R2T_ONLY)
{
	static uint8_t data[1024];
	uint8_t bhs[BHS_BYTES] = { OP_DATA_OUT, PDU_FINAL };
	struct wire *again;
	const struct wire_pdu *pdu;
	uint32_t itt = wire_write10(w, 0, 2);

	pdu = wire_expect(w, OP_R2T);
	put_be24(bhs + PDU_DATA_LENGTH, 1024);
	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, get_be32(pdu->bhs + PDU_TTT));
	wire_bytes(w, bhs, BHS_BYTES);
	wire_bytes(w, data, 700);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	pdu = wire_expect(again, OP_R2T);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), 0);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + R2T_LENGTH), 1024);
	memset(data, 'd', sizeof(data));
	wire_data_out(
	    again, itt, get_be32(pdu->bhs + PDU_TTT), 0, 0, data, 1024, true);
	wire_expect_status(again, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(site->kit->store.image[1023], 'd');
	wire_close(again);
}

/* The half of a command with its data never came; it is sent again. */
WIRE_TEST(test_half_a_command, LEVEL_2 "InitialR2T=No;")
{
	static uint8_t data[512];
	uint8_t bhs[BHS_BYTES];
	struct wire *again;
	uint32_t cmd_sn = w->cmd_sn, itt;

	wire_header(w, bhs, OP_SCSI_COMMAND, CMD_FINAL | CMD_WRITE);
	itt = w->itt;
	put_be24(bhs + PDU_DATA_LENGTH, 512);
	put_be32(bhs + CMD_EDTL, 512);
	bhs[CMD_CDB] = 0x2a;
	bhs[CMD_CDB + 8] = 1;
	wire_bytes(w, bhs, BHS_BYTES);
	wire_bytes(w, data, 100);
	w->cmd_sn = cmd_sn;
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_NO_TASK);
	wire_write10(again, 0, 1);
	wire_expect(again, OP_R2T);
	wire_close(again);
	site_wait(site, OVER_MS);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

/* Its answer has gone off, and took its CmdSN. */
WIRE_TEST(test_half_a_command_that_was_answered, LEVEL_2 "InitialR2T=No;")
{
	struct wire *other = wire_open(site, 1), *again;
	uint8_t half[BHS_BYTES + 100] = { 0 };
	uint32_t tmf;

	atomic_store(&site->kit->lu->task_aborted_status, true);
	other->name = "iqn.2026-11.test:other";
	wire_login(other, "");
	wire_header(
	    w, half, OP_SCSI_COMMAND, CMD_FINAL | CMD_WRITE | TASK_SIMPLE);
	put_be24(half + PDU_DATA_LENGTH, 512);
	put_be32(half + CMD_EDTL, 512);
	kit_cdb_write10(half + CMD_CDB, 0, 1);
	wire_bytes(w, half, sizeof(half));
	tmf = wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_close(other);
	wire_expect_status(w, w->itt, STATUS_TASK_ABORTED);
	again = wire_lose_and_return(w);
	wire_expect_check(
	    again, wire_read10(again, 0, 1), SENSE_UNIT_ATTENTION, 0x29, 0x03);
	wire_close(again);
	site_wait(site, OVER_MS);
}

/* Without recovery, too. */
WIRE_TEST(test_reinstated_with_a_gap, "")
{
	struct wire *again = wire_open(site, 0);
	uint32_t cmd_sn = w->cmd_sn;

	w->cmd_sn++;
	wire_read10(w, 0, 1);
	again->cmd_sn = cmd_sn;
	again->tsih = w->tsih;
	wire_login_request(again, "", again->tsih);
	CU_ASSERT_EQUAL_FATAL(wire_login_answer(again), 0);
	wire_close(w);
	wire_expect_data(again, wire_read10(again, 0, 1), 512, 0);
	wire_expect_data(again, wire_read10(again, 0, 1), 512, 0);
	wire_close(again);
}

WIRE_TEST(test_commands_behind_a_gap, LEVEL_2)
{
	struct wire *again;
	uint32_t cmd_sn = w->cmd_sn, itt;

	w->cmd_sn++;
	wire_read10(w, 0, 1);
	w->cmd_sn = cmd_sn;
	again = wire_lose_and_return(w);
	itt = wire_read10(again, 0, 1);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_status(again, itt, STATUS_GOOD);
	itt = wire_read10(again, 0, 1);
	wire_expect_data(again, itt, 512, 0);
	wire_close(again);
	site_wait(site, OVER_MS);
}

/* ---- several connections ---- */

WIRE_TEST(test_logout_for_recovery, LEVEL_2 FOUR)
{
	struct wire *b = wire_join(w, 0, 2);
	const struct wire_pdu *pdu;
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(b, 0, 1);
	wire_number_after(w, b);
	wire_reassigned(w, itt, 0, TMF_RSP_STILL_ALLEGIANT);
	wire_logout(w, LOGOUT_FOR_RECOVERY, 2);
	pdu = wire_expect(w, OP_LOGOUT_RESPONSE);
	CU_ASSERT_EQUAL(pdu->bhs[LOGOUT_RESPONSE], LOGOUT_RSP_CLOSED);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + LOGOUT_TIME2WAIT), 2);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + LOGOUT_TIME2RETAIN), 10);
	CU_ASSERT_TRUE(wire_is_over(b));
	wire_close(b);
	wire_reassigned(w, itt, 0, TMF_RSP_COMPLETE);
	site_run(site);
	wire_expect_data(w, itt, 512, 0);
	wire_expect_status(w, itt, STATUS_GOOD);
	wire_logout(w, LOGOUT_FOR_RECOVERY, 2);
	pdu = wire_expect(w, OP_LOGOUT_RESPONSE);
	CU_ASSERT_EQUAL(pdu->bhs[LOGOUT_RESPONSE], LOGOUT_RSP_NO_CID);
	wire_close(w);
	site_wait(site, OVER_MS);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

static void
logout_of_b(struct wire *w, uint8_t reason, uint32_t exp_stat_sn)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_LOGOUT_REQUEST, PDU_FINAL | reason);
	put_be16(bhs + LOGOUT_CID, 2);
	put_be32(bhs + PDU_EXP_STAT_SN, exp_stat_sn);
	wire_send(w, bhs, NULL, 0);
	wire_expect(w, OP_LOGOUT_RESPONSE);
}

static uint32_t
ended_read(struct wire *w)
{
	uint32_t itt = wire_read10(w, 0, 1);

	wire_expect_data(w, itt, 512, 0);
	wire_expect_status(w, itt, STATUS_GOOD);
	return itt;
}

static void
be_silent(struct wire *w)
{
	w->silent = true;
	w->acknowledged = w->stat_sn;
}

/* 11.14.4: all of them have come, so there is nothing to reassign. */
WIRE_TEST(test_logout_tells_what_has_come, LEVEL_2 FOUR)
{
	struct wire *b = wire_join(w, 0, 2);
	uint32_t first, last, stat_sn;

	be_silent(b);
	first = ended_read(b);
	stat_sn = b->stat_sn;
	last = ended_read(b);
	wire_number_after(w, b);
	wire_close(b);
	wire_expect(w, OP_ASYNC);
	logout_of_b(w, LOGOUT_FOR_RECOVERY, stat_sn);
	wire_reassigned(w, first, 0, TMF_RSP_NO_TASK);
	wire_reassigned(w, last, 0, TMF_RSP_COMPLETE);
	wire_expect_data(w, last, 512, 0);
	wire_expect_status(w, last, STATUS_GOOD);
	wire_close(w);
	site_wait(site, OVER_MS);
}

/* Nothing is left of it then. */
WIRE_TEST(test_logout_tells_that_all_has_come, LEVEL_2 FOUR)
{
	struct wire *b = wire_join(w, 0, 2);
	uint32_t stat_sn;

	be_silent(b);
	ended_read(b);
	stat_sn = b->stat_sn;
	wire_number_after(w, b);
	wire_close(b);
	wire_expect(w, OP_ASYNC);
	logout_of_b(w, LOGOUT_FOR_RECOVERY, stat_sn);
	wire_logout(w, LOGOUT_FOR_RECOVERY, 2);
	CU_ASSERT_EQUAL(
	    wire_expect(w, OP_LOGOUT_RESPONSE)->bhs[LOGOUT_RESPONSE],
	    LOGOUT_RSP_NO_CID);
	wire_close(w);
	site_wait(site, OVER_MS);
}

/* It is not that of the connection on which the request comes. */
WIRE_TEST(test_logout_of_another_acknowledges_nothing_here, LEVEL_2 FOUR)
{
	struct wire *b = wire_join(w, 0, 2), *again;
	uint32_t itt;

	be_silent(w);
	itt = ended_read(w);
	wire_number_after(b, w);
	while (b->stat_sn != w->stat_sn)
		ended_read(b);
	wire_number_after(w, b);
	logout_of_b(w, LOGOUT_CLOSE_CONNECTION, b->stat_sn);
	wire_close(b);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_status(again, itt, STATUS_GOOD);
	wire_close(again);
	site_wait(site, OVER_MS);
}

WIRE_TEST(test_loss_is_told_and_logged_out, LEVEL_2 FOUR)
{
	struct wire *b = wire_join(w, 0, 2);
	const struct wire_pdu *pdu;
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(b, 0, 1);
	wire_number_after(w, b);
	wire_close(b);
	pdu = wire_expect(w, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_CONNECTION_DROP);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER1), 2);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER2), 2);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER3), 10);
	site_wait(site, OVER_MS - 1);
	wire_logout(w, LOGOUT_FOR_RECOVERY, 2);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	/* The time counts from there. */
	site_wait(site, OVER_MS - 1);
	wire_reassigned(w, itt, 0, TMF_RSP_COMPLETE);
	site_run(site);
	wire_expect_data(w, itt, 512, 0);
	wire_close(w);
	site_wait(site, OVER_MS);
}

WIRE_TEST(test_own_connection_is_removed_for_recovery, LEVEL_2)
{
	struct wire *again;
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	wire_logout(w, LOGOUT_FOR_RECOVERY, 1);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	CU_ASSERT_TRUE(wire_is_over(w));
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	site_run(site);
	wire_expect_data(again, itt, 512, 0);
	wire_close(again);
	site_wait(site, OVER_MS);
}

WIRE_TEST(test_level_1_keeps_nothing, "ErrorRecoveryLevel=1;" FOUR)
{
	struct wire *b = wire_join(w, 0, 2);

	wire_logout(w, LOGOUT_FOR_RECOVERY, 2);
	CU_ASSERT_EQUAL(
	    wire_expect(w, OP_LOGOUT_RESPONSE)->bhs[LOGOUT_RESPONSE],
	    LOGOUT_RSP_NO_RECOVERY);
	wire_reassigned(w, 1, 0, TMF_RSP_NO_REASSIGNMENT);
	wire_close(b);
	wire_close(w);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

/* ---- the end ---- */

WIRE_TEST(test_session_outlives_its_last_connection, LEVEL_2)
{
	struct wire *other = wire_open(site, 2);
	uint32_t itt;

	other->cid = 7;
	other->tsih = w->tsih;
	wire_number_after(other, w);
	wire_close(w);
	site_wait(site, OVER_MS - 1);
	CU_ASSERT_EQUAL(sessions(site), 1);
	wire_login_request(other, "", other->tsih);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0);
	/* The same nexus: no unit attention. */
	itt = wire_read10(other, 0, 1);
	wire_expect_data(other, itt, 512, 0);
	site_wait(site, OVER_MS);
	CU_ASSERT_EQUAL(sessions(site), 1);
	wire_close(other);
	site_wait(site, OVER_MS);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

WIRE_TEST(test_nobody_returns, LEVEL_2)
{
	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_read10(w, 1, 1);
	wire_close(w);
	site_wait(site, OVER_MS - 1);
	CU_ASSERT_EQUAL(sessions(site), 1);
	site_wait(site, 1);
	site_run(site);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

WIRE_TEST(test_tasks_nobody_takes_are_aborted, LEVEL_2 FOUR)
{
	struct wire *b = wire_join(w, 0, 2);
	uint32_t itt, ended;

	w->silent = b->silent = true;
	ended = wire_read10(b, 1, 1);
	wire_expect_data(b, ended, 512, 0);
	wire_expect_status(b, ended, STATUS_GOOD);
	site->kit->store.hold = true;
	itt = wire_read10(b, 0, 1);
	wire_number_after(w, b);
	wire_close(b);
	wire_expect(w, OP_ASYNC);
	site_wait(site, OVER_MS);
	site_run(site);
	wire_reassigned(w, itt, 0, TMF_RSP_NO_TASK);
	wire_reassigned(w, ended, 0, TMF_RSP_NO_TASK);
	wire_close(w);
	site_wait(site, OVER_MS);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

/* Without status of its own it has ended for good. */
WIRE_TEST(test_aborted_meanwhile_is_not_there, LEVEL_2 FOUR)
{
	struct wire *b = wire_join(w, 0, 2);
	uint32_t itt, tmf;

	site->kit->store.hold = true;
	itt = wire_read10(b, 0, 1);
	wire_number_after(w, b);
	wire_close(b);
	wire_expect(w, OP_ASYNC);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK_SET, TAG_NONE, 0);
	site_run(site);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_reassigned(w, itt, 0, TMF_RSP_NO_TASK);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_session_reinstatement_ends_it, LEVEL_2)
{
	struct wire *other = wire_open(site, 0);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_close(w);
	wire_login_request(other, "", 0);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0xffff);
	site_run(site);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0);
	CU_ASSERT_EQUAL(sessions(site), 1);
	wire_close(other);
	site_wait(site, OVER_MS);
}

WIRE_TEST(test_stopping_ends_it, LEVEL_2)
{
	wire_close(w);
	CU_ASSERT_EQUAL(sessions(site), 1);
	session_table_stop_retaining(site->service.sessions);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

WIRE_TEST(test_logout_keeps_nothing, LEVEL_2)
{
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 1);
	wire_expect_status(w, w->itt - 1, STATUS_GOOD);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	wire_close(w);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

/* The end of the session frees the lost connection first. */
WIRE_TEST(test_logout_after_a_loss, LEVEL_2 FOUR)
{
	struct wire *other = wire_join(w, 0, 9);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_number_after(other, w);
	wire_close(w);
	wire_expect(other, OP_ASYNC);
	wire_logout(other, LOGOUT_CLOSE_CONNECTION, 9);
	site_run(site);
	wire_expect(other, OP_LOGOUT_RESPONSE);
	wire_close(other);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

WIRE_TEST(test_no_time_no_retaining,
    "ErrorRecoveryLevel=2;DefaultTime2Wait=0;DefaultTime2Retain=0;")
{
	wire_close(w);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

static const struct unit_test tests[] = {
	{ "a running read goes on", test_running_read },
	{ "an immediate command", test_immediate_command },
	{ "a read that ended meanwhile", test_read_that_ended_meanwhile },
	{ "an abort of one that ended meanwhile",
	    test_abort_of_one_that_ended_meanwhile },
	{ "a refused write that waits for its data",
	    test_refused_write_that_waits },
	{ "half a write is asked for", test_half_a_write },
	{ "half a Data-Out did not come", test_half_a_data_out },
	{ "half a command did not come", test_half_a_command },
	{ "half a command that was answered has come",
	    test_half_a_command_that_was_answered },
	{ "behind a gap, of a connection that is reinstated",
	    test_reinstated_with_a_gap },
	{ "commands behind a gap did not come", test_commands_behind_a_gap },
	{ "logout for recovery", test_logout_for_recovery },
	{ "a logout tells what has come", test_logout_tells_what_has_come },
	{ "a logout tells that all has come",
	    test_logout_tells_that_all_has_come },
	{ "a logout of another acknowledges nothing here",
	    test_logout_of_another_acknowledges_nothing_here },
	{ "a loss is told, and logged out", test_loss_is_told_and_logged_out },
	{ "a connection removes itself for recovery",
	    test_own_connection_is_removed_for_recovery },
	{ "level 1 keeps nothing", test_level_1_keeps_nothing },
	{ "a session outlives its last connection",
	    test_session_outlives_its_last_connection },
	{ "nobody returns", test_nobody_returns },
	{ "tasks that nobody takes are aborted",
	    test_tasks_nobody_takes_are_aborted },
	{ "a task aborted meanwhile is not there",
	    test_aborted_meanwhile_is_not_there },
	{ "session reinstatement ends it", test_session_reinstatement_ends_it },
	{ "stopping ends it", test_stopping_ends_it },
	{ "a logout keeps nothing", test_logout_keeps_nothing },
	{ "a logout after a loss", test_logout_after_a_loss },
	{ "no Time2Retain, no retaining", test_no_time_no_retaining },
	{ NULL, NULL },
};

const struct unit_suite retain_suite = { "retain", tests };
