/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/reassign.c - error recovery level 2: TASK REASSIGN of what
 * had ended, whose status was sent and not acknowledged.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

#define LEVEL_2 "ErrorRecoveryLevel=2;DefaultTime2Wait=2;DefaultTime2Retain=10;"
#define FOUR    "MaxConnections=4;"
#define OVER_MS 12000
#define LOST    5 /* more than are kept at a time */

static void
acknowledge_ping(struct wire *w)
{
	wire_expect_ping(w);
	wire_acknowledge(w);
}

static uint32_t
read_of_one(struct wire *w)
{
	uint32_t itt = wire_read10(w, 0, 1);

	wire_expect_data(w, itt, 512, 0);
	wire_expect_status(w, itt, STATUS_GOOD);
	return itt;
}

/* What other has not acknowledged keeps the reset's answer back, and that what
 * comes after it. */
WIRE_TEST(test_status_waits_for_the_fence,
    LEVEL_2 FOUR "TaskReporting=ResponseFence;")
{
	struct wire *other = wire_join(w, 0, 2), *again;
	uint32_t itt, reset, tmf;

	w->silent = true;
	w->acknowledged = w->stat_sn;
	itt = read_of_one(w);
	again = wire_lose_and_return(w);
	wire_expect(other, OP_ASYNC);
	wire_number_after(other, again);
	read_of_one(other);
	wire_number_after(again, other);
	reset = wire_tmf(again, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	site_run(site);
	tmf = wire_reassign(again, itt, 0);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_nothing(again);
	acknowledge_ping(other);
	wire_expect_tmf(again, reset, TMF_RSP_COMPLETE);
	acknowledge_ping(again);
	wire_expect_tmf(again, tmf, TMF_RSP_COMPLETE);
	acknowledge_ping(again);
	wire_expect_status(again, itt, STATUS_GOOD);
	acknowledge_ping(again);
	wire_close(other);
	wire_close(again);
}

WIRE_TEST(test_unacknowledged_status, LEVEL_2)
{
	struct wire *again;
	const struct wire_pdu *pdu;
	uint32_t itt;

	memset(site->kit->store.image, 'u', 65536);
	w->silent = true;
	w->acknowledged = w->stat_sn;
	itt = wire_read10(w, 0, 40);
	wire_expect_data(w, itt, 20480, 'u');
	wire_expect_status(w, itt, STATUS_GOOD);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 2, TMF_RSP_COMPLETE);
	pdu = wire_expect(again, OP_DATA_IN);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_DATA_SN), 2);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), 16384);
	CU_ASSERT_EQUAL(pdu->data_bytes, 4096);
	CU_ASSERT_EQUAL(pdu->data[4095], 'u');
	pdu = wire_expect_status(again, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + RSP_EXP_DATA_SN), 3);
	wire_reassigned(again, itt, 0, TMF_RSP_NO_TASK);
	wire_close(again);
	site_wait(site, OVER_MS);
}

static void
snack_for_data(struct wire *w, uint32_t itt, bool anew)
{
	uint8_t bhs[BHS_BYTES] = { OP_SNACK };

	bhs[PDU_FLAGS] = PDU_FINAL | (anew ? 3 : 0);
	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, anew ? 0x77 : TAG_NONE);
	put_be32(bhs + PDU_EXP_STAT_SN, w->acknowledged);
	wire_send(w, bhs, NULL, 0);
}

/* All of it was to come anew, and the connection was lost before. */
WIRE_TEST(test_what_had_come_before_an_r_data_snack, LEVEL_2)
{
	const struct wire_pdu *pdu;
	struct iovec iov[2];
	struct wire *again;
	uint32_t itt;

	w->silent = true;
	w->acknowledged = w->stat_sn;
	itt = wire_read10(w, 0, 40);
	kit_enter(site->kit, w->home);
	CU_ASSERT_EQUAL(conn_send_iov(w->conn, iov, 2), 2);
	snack_for_data(w, itt, true);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 1, TMF_RSP_COMPLETE);
	pdu = wire_expect(again, OP_DATA_IN);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_DATA_SN), 1);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), 8192);
	wire_expect(again, OP_DATA_IN);
	wire_expect_status(again, itt, STATUS_GOOD);
	wire_expect_nothing(again);
	wire_close(again);
	site_wait(site, OVER_MS);
}

static void
expect_all_again(struct wire *w, uint32_t itt)
{
	wire_expect_data(w, itt, 512, 0);
	wire_expect_status(w, itt, STATUS_GOOD);
}

/* From connection to connection, whether one has sent it or not. */
WIRE_TEST(test_status_outlives_many_connections, LEVEL_2)
{
	struct wire *again;
	uint32_t itt;

	w->silent = true;
	w->acknowledged = w->stat_sn;
	itt = read_of_one(w);
	again = wire_lose_and_return(w);
	again->silent = true;
	again->acknowledged = again->stat_sn;
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	expect_all_again(again, itt);
	again = wire_lose_and_return(again);
	wire_reassign(again, itt, 0);
	again = wire_lose_and_return(again);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	expect_all_again(again, itt);
	wire_close(again);
	site_wait(site, OVER_MS);
}

WIRE_TEST(test_data_of_a_status_sent_anew, LEVEL_2)
{
	const struct wire_pdu *pdu;
	struct wire *again;
	uint32_t itt, tmf;

	w->silent = true;
	w->acknowledged = w->stat_sn;
	itt = read_of_one(w);
	again = wire_lose_and_return(w);
	again->silent = true;
	again->acknowledged = again->stat_sn;
	tmf = wire_reassign(again, itt, 0);
	snack_for_data(again, itt, true);
	wire_expect_tmf(again, tmf, TMF_RSP_COMPLETE);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_data(again, itt, 512, 0);
	pdu = wire_expect_status(again, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_TTT), 0x77);
	snack_for_data(again, itt, false);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_nothing(again);
	wire_close(again);
	site_wait(site, OVER_MS);
}

WIRE_TEST(test_acknowledged_by_the_login, LEVEL_2)
{
	struct wire *again;
	uint32_t itt = wire_read10(w, 0, 1);

	wire_expect_data(w, itt, 512, 0);
	wire_expect_status(w, itt, STATUS_GOOD);
	again = wire_lose_and_return(w);
	wire_reassigned(again, itt, 0, TMF_RSP_NO_TASK);
	wire_close(again);
	site_wait(site, OVER_MS);
}

/* The first of some. */
static uint32_t
read_unacknowledged(struct wire *w)
{
	uint32_t first;
	unsigned i;

	w->silent = true;
	w->acknowledged = w->stat_sn;
	first = read_of_one(w);
	for (i = 0; i < 4; i++)
		read_of_one(w);
	return first;
}

/* One before it is kept as well, with numbers of its own. */
WIRE_TEST(test_login_acknowledges_the_latest, LEVEL_2)
{
	struct wire *again;
	uint32_t first, last;

	first = read_unacknowledged(w);
	again = wire_lose_and_return(w);
	last = read_of_one(again);
	again = wire_lose_and_return(again);
	wire_reassigned(again, last, 0, TMF_RSP_NO_TASK);
	wire_reassigned(again, first, 0, TMF_RSP_COMPLETE);
	expect_all_again(again, first);
	wire_close(again);
	site_wait(site, OVER_MS);
}

/* Even where nothing of that one is kept. */
WIRE_TEST(test_login_acknowledges_nothing_older, LEVEL_2)
{
	struct wire *again;
	uint32_t first;
	unsigned i;

	first = read_unacknowledged(w);
	again = wire_lose_and_return(w);
	for (i = 0; i < 3; i++)
		read_of_one(again);
	wire_expect_tmf(again, wire_tmf(again, TMF_FN_ABORT_TASK, 0x77, 0),
	    TMF_RSP_NO_TASK);
	again = wire_lose_and_return(again);
	wire_reassigned(again, first, 0, TMF_RSP_COMPLETE);
	expect_all_again(again, first);
	wire_close(again);
	site_wait(site, OVER_MS);
}

/* The answer to a function is nothing that another connection could take. */
WIRE_TEST(test_answers_of_no_task_are_not_kept, LEVEL_2)
{
	struct wire *again = w;
	uint32_t itt;
	unsigned i;

	for (i = 0; i < LOST; i++) {
		again->silent = true;
		again->acknowledged = again->stat_sn;
		wire_expect_tmf(again,
		    wire_tmf(again, TMF_FN_ABORT_TASK, 0x77, 0),
		    TMF_RSP_NO_TASK);
		again = wire_lose_and_return(again);
	}
	again->silent = true;
	again->acknowledged = again->stat_sn;
	itt = read_of_one(again);
	again = wire_lose_and_return(again);
	wire_reassigned(again, itt, 0, TMF_RSP_COMPLETE);
	expect_all_again(again, itt);
	wire_close(again);
	site_wait(site, OVER_MS);
}

/* 11.5.1 has it immediate. */
WIRE_TEST(test_reassign_in_its_turn, LEVEL_2)
{
	uint8_t bhs[BHS_BYTES];
	struct wire *again;
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	again = wire_lose_and_return(w);
	wire_header(
	    again, bhs, OP_TMF_REQUEST, PDU_FINAL | TMF_FN_TASK_REASSIGN);
	put_be32(bhs + TMF_RTT, itt);
	wire_send(again, bhs, NULL, 0);
	wire_expect_tmf(again, again->itt, TMF_RSP_COMPLETE);
	site_run(site);
	wire_expect_data(again, itt, 512, 0);
	wire_expect_status(again, itt, STATUS_GOOD);
	wire_close(again);
	site_wait(site, OVER_MS);
}

static const struct unit_test tests[] = {
	{ "a status that is sent anew waits for the Response Fence",
	    test_status_waits_for_the_fence },
	{ "unacknowledged status is sent again", test_unacknowledged_status },
	{ "what had come before an R-Data SNACK",
	    test_what_had_come_before_an_r_data_snack },
	{ "unacknowledged status outlives many connections",
	    test_status_outlives_many_connections },
	{ "data of a status that is sent anew may be asked for",
	    test_data_of_a_status_sent_anew },
	{ "the login acknowledges", test_acknowledged_by_the_login },
	{ "the login acknowledges what the latest has sent",
	    test_login_acknowledges_the_latest },
	{ "nor what an older one has, if the latest kept nothing",
	    test_login_acknowledges_nothing_older },
	{ "answers that are of no task are not kept",
	    test_answers_of_no_task_are_not_kept },
	{ "TASK REASSIGN need not be immediate", test_reassign_in_its_turn },
	{ NULL, NULL },
};

const struct unit_suite reassign_suite = { "reassign", tests };
