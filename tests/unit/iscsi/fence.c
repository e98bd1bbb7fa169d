/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/fence.c - the Response Fence over several connections.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

#define FENCED "MaxConnections=4;TaskReporting=ResponseFence;"
#define FAST   "MaxConnections=4;TaskReporting=FastAbort;"

static uint32_t
reset_from(struct wire *w, struct wire *after)
{
	uint32_t tmf;

	wire_number_after(w, after);
	tmf = wire_tmf(w, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(w->site->kit);
	site_run(w->site);
	return tmf;
}

/* w has an answer that it has not acknowledged. */
static void
leave_unacknowledged(struct wire *w)
{
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
}

WIRE_TEST(test_a_reset_s_answer_waits_for_all, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	leave_unacknowledged(w);
	tmf = reset_from(other, w);
	wire_expect_nothing(other);
	wire_expect_ping(w);
	CU_ASSERT_TRUE(w->wakes > 0);
	wire_acknowledge(w);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_ping(other);
	wire_expect_nothing(w);
	wire_acknowledge(other);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_what_comes_after_waits_too, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf, first, second;

	tmf = reset_from(other, w);
	wire_expect_ping(w);
	wire_acknowledge(w);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_ping(other);
	/* The first one is a unit attention: a fence of its own. */
	wire_number_after(w, other);
	first = wire_read10(w, 0, 1);
	second = wire_read10(w, 0, 1);
	wire_expect_nothing(w);
	wire_acknowledge(other);
	wire_expect_check(w, first, SENSE_UNIT_ATTENTION, 0x29, 0x03);
	wire_expect_ping(w);
	wire_expect_nothing(w);
	wire_acknowledge(w);
	wire_expect_data(w, second, 512, 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_what_was_said_before_goes_first, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t read, tmf;

	/* Queued, but not on the wire yet. */
	read = wire_read10(w, 0, 1);
	tmf = reset_from(other, w);
	wire_expect_nothing(other);
	wire_expect_data(w, read, 512, 0);
	wire_expect_ping(w);
	wire_acknowledge(w);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_pings_pass, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint8_t bhs[BHS_BYTES];

	leave_unacknowledged(w);
	reset_from(other, w);
	wire_header(other, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(other, bhs, NULL, 0);
	wire_expect(other, OP_NOP_IN);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_a_lost_connection_acknowledges_nothing, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	leave_unacknowledged(w);
	tmf = reset_from(other, w);
	wire_expect_nothing(other);
	wire_close(w);
	wire_expect(other, OP_ASYNC);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_close(other);
}

WIRE_TEST(test_who_waits_is_lost, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);

	leave_unacknowledged(w);
	reset_from(other, w);
	wire_close(other);
	wire_expect_ping(w);
	wire_expect(w, OP_ASYNC);
	wire_acknowledge(w);
	wire_number_after(w, w);
	wire_expect_check(
	    w, wire_read10(w, 0, 1), SENSE_UNIT_ATTENTION, 0x29, 0x03);
	leave_unacknowledged(w);
	wire_close(w);
}

WIRE_TEST(test_all_are_lost, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	struct wire *third = wire_join(w, 0, 3);

	leave_unacknowledged(w);
	reset_from(other, w);
	wire_number_after(third, other);
	wire_expect_ping(third);
	wire_acknowledge(third);
	wire_read10(third, 0, 1);
	wire_expect_nothing(third);
	wire_close(w);
	wire_close(other);
	wire_close(third);
}

/* ABORT TASK is answered when the answer of its task is thrown away, and may
 * then have to wait for others. */
WIRE_TEST(test_who_aborts_is_lost, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	struct wire *third = wire_join(w, 0, 3);
	struct wire *foreign = wire_open(site, 1);
	uint32_t itt;

	foreign->isid[5] = 9;
	wire_login(foreign, "");
	atomic_store(&site->kit->lu->task_aborted_status, true);
	leave_unacknowledged(third);
	wire_number_after(w, third);
	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	wire_tmf(foreign, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	site_run(site);
	reset_from(other, w);
	wire_close(w);
	wire_close(other);
	wire_close(third);
	wire_close(foreign);
}

WIRE_TEST(test_the_session_logs_out, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	leave_unacknowledged(w);
	tmf = reset_from(other, w);
	wire_number_after(other, other);
	wire_logout(other, LOGOUT_CLOSE_SESSION, 0);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect(other, OP_LOGOUT_RESPONSE);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_third_parties_get_their_attention_fenced, "")
{
	struct wire *a = wire_open(site, 1), *b;
	uint32_t itt;

	a->isid[5] = 9;
	wire_login(a, FAST);
	b = wire_open(site, 1);
	b->isid[5] = 9;
	b->cid = 2;
	wire_number_after(b, a);
	wire_login_request(b, "", a->tsih);
	CU_ASSERT_EQUAL_FATAL(wire_login_answer(b), 0);
	leave_unacknowledged(a);
	reset_from(w, w);
	wire_number_after(b, a);
	itt = wire_read10(b, 0, 1);
	wire_expect_nothing(b);
	wire_expect_ping(a);
	wire_acknowledge(a);
	wire_expect_check(b, itt, SENSE_UNIT_ATTENTION, 0x29, 0x03);
	wire_close(b);
	wire_close(a);
	wire_close(w);
}

/* More data than a connection reads on with. */
WIRE_TEST(test_held_data_does_not_stop_reading, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf, itt[16], i;

	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	tmf = reset_from(other, w);
	wire_expect_ping(w);
	wire_acknowledge(w);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_ping(other);
	wire_number_after(w, other);
	wire_read10(w, 0, 1);
	for (i = 0; i < 16; i++)
		itt[i] = wire_read10(w, 0, 128);
	wire_expect_nothing(w);
	wire_acknowledge(other);
	wire_expect_check(w, itt[0] - 1, SENSE_UNIT_ATTENTION, 0x29, 0x03);
	wire_expect_ping(w);
	wire_acknowledge(w);
	for (i = 0; i < 16; i++)
		wire_expect_data(w, itt[i], 65536, 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_no_fence_unless_agreed, "MaxConnections=4;")
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	leave_unacknowledged(w);
	tmf = reset_from(other, w);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_no_fence_on_one_connection, FENCED)
{
	uint32_t tmf;

	leave_unacknowledged(w);
	tmf = reset_from(w, w);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_close(w);
}

/* Nobody reads it on the way out if the fence holds it back. */
WIRE_TEST(test_a_cold_reset_is_answered_first, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	leave_unacknowledged(w);
	wire_number_after(other, w);
	tmf = wire_tmf(other, TMF_FN_TARGET_COLD_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	CU_ASSERT_EQUAL(wire_expect(other, OP_ASYNC)->bhs[ASYNC_EVENT],
	    ASYNC_ALL_CONNECTIONS_DROP);
	CU_ASSERT_TRUE(wire_is_over(other));
	wire_close(w);
	wire_close(other);
}

/* Immediate ones take no place in the window. */
WIRE_TEST(test_what_waits_is_bounded, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	unsigned i;

	leave_unacknowledged(w);
	reset_from(other, w);
	for (i = 0; i < 10000 && !wire_is_over(other); i++)
		wire_tmf(other, TMF_FN_QUERY_TASK, 1, 0);
	CU_ASSERT_TRUE(i < 10000);
	wire_close(other);
	wire_close(w);
}

/* The ping that is to bring the acknowledgement has the time of any other. */
WIRE_TEST(test_a_silent_connection_holds_nobody_for_long, FENCED)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	leave_unacknowledged(w);
	tmf = reset_from(other, w);
	wire_expect_ping(w);
	wire_expect_nothing(other);
	site_wait(site, site->service.limits.ping_timeout_ms + 1);
	kit_enter(site->kit, w->home);
	conn_tick(w->conn);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	wire_expect(other, OP_ASYNC);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_close(other);
}

static const struct unit_test tests[] = {
	{ "a reset's answer waits for acknowledgements",
	    test_a_reset_s_answer_waits_for_all },
	{ "what comes after it waits for its own",
	    test_what_comes_after_waits_too },
	{ "what was said before goes first",
	    test_what_was_said_before_goes_first },
	{ "what is no response passes", test_pings_pass },
	{ "a lost connection acknowledges nothing",
	    test_a_lost_connection_acknowledges_nothing },
	{ "who waits is lost", test_who_waits_is_lost },
	{ "all are lost", test_all_are_lost },
	{ "who aborts is lost", test_who_aborts_is_lost },
	{ "the session logs out", test_the_session_logs_out },
	{ "third parties get their unit attention fenced",
	    test_third_parties_get_their_attention_fenced },
	{ "held data does not stop reading",
	    test_held_data_does_not_stop_reading },
	{ "a cold reset is answered before the end",
	    test_a_cold_reset_is_answered_first },
	{ "what waits is bounded", test_what_waits_is_bounded },
	{ "a silent connection holds nobody for long",
	    test_a_silent_connection_holds_nobody_for_long },
	{ "no fence with RFC3720", test_no_fence_unless_agreed },
	{ "no fence on one connection", test_no_fence_on_one_connection },
	{ NULL, NULL },
};

const struct unit_suite fence_suite = { "fence", tests };
