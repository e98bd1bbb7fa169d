/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/clock.c - deadlines of a connection.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

static void
tick_after(struct site *site, struct wire *w, unsigned ms)
{
	site_wait(site, ms);
	kit_enter(site->kit, w->home);
	conn_tick(w->conn);
	conn_check(w->conn);
}

static void
test_login_timeout(void)
{
	struct site *site = site_new();
	struct wire *w = wire_open(site, 0);

	CU_ASSERT_EQUAL(conn_deadline(w->conn), 1000 + 15000);
	tick_after(site, w, 14999);
	CU_ASSERT_FALSE(wire_is_over(w));
	tick_after(site, w, 1);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	site_free(site);
}

WIRE_TEST(test_joining_times_out, "")
{
	struct wire *other = wire_open(site, 1);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_login_request(other, "", 0);
	kit_run_homes(site->kit);
	tick_after(site, other, 15000);
	CU_ASSERT_TRUE(wire_is_over(other));
	wire_close(other);
	wire_close(w);
	site_run(site);
}

WIRE_TEST(test_idle_peer_is_pinged, "")
{
	const struct wire_pdu *pdu;
	uint8_t bhs[BHS_BYTES];

	tick_after(site, w, 14999);
	wire_expect_nothing(w);
	tick_after(site, w, 1);
	pdu = wire_expect(w, OP_NOP_IN);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), TAG_NONE);
	CU_ASSERT_NOT_EQUAL(get_be32(pdu->bhs + PDU_TTT), TAG_NONE);
	wire_header(w, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_ITT, TAG_NONE);
	memcpy(bhs + PDU_TTT, pdu->bhs + PDU_TTT, 4);
	wire_send(w, bhs, NULL, 0);
	wire_expect_nothing(w);
	tick_after(site, w, 14999);
	CU_ASSERT_FALSE(wire_is_over(w));
	wire_expect_nothing(w);
	wire_close(w);
}

/* 7.4.3 */
WIRE_TEST(test_discovery_is_not_pinged, "SessionType=Discovery;")
{
	tick_after(site, w, 29999);
	wire_expect_nothing(w);
	CU_ASSERT_FALSE(wire_is_over(w));
	tick_after(site, w, 1);
	wire_expect_nothing(w);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_dead_peer_is_dropped, "")
{
	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	tick_after(site, w, 15000);
	wire_expect(w, OP_NOP_IN);
	CU_ASSERT_EQUAL(conn_deadline(w->conn), 1000 + 30000);
	tick_after(site, w, 15000);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	site_run(site);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
}

WIRE_TEST(test_output_stall, "")
{
	wire_read10(w, 0, 1);
	tick_after(site, w, 29999);
	CU_ASSERT_FALSE(conn_wants_close(w->conn));
	tick_after(site, w, 1);
	CU_ASSERT_TRUE(conn_wants_close(w->conn));
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_ask_logout, "")
{
	const struct wire_pdu *pdu;
	unsigned wakes = w->wakes;

	conn_ask_logout(w->conn, 5);
	CU_ASSERT_TRUE(w->wakes > wakes);
	pdu = wire_expect(w, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_LOGOUT_REQUEST);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER3), 5);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_ask_logout_in_vain, "")
{
	const struct wire_pdu *pdu;

	conn_ask_logout(w->conn, 5);
	wire_expect(w, OP_ASYNC);
	tick_after(site, w, 5000);
	pdu = wire_expect(w, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_CONNECTION_DROP);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER1), 1);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

static void
test_ask_logout_before_login(void)
{
	struct site *site = site_new();
	struct wire *w = wire_open(site, 0);

	conn_ask_logout(w->conn, 5);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	site_free(site);
}

/* The last task goes off together with what is behind it. */
WIRE_TEST(test_no_memory_for_the_answer_to_logout, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_read10(w, 0, 1);
	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_starve = true;
	wire_expect_data(w, w->itt - 2, 512, 0);
	CU_ASSERT_FALSE(wire_starve);
	wire_expect(w, OP_NOP_IN);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_logout_cannot_settle, "")
{
	const struct wire_pdu *pdu;

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_expect_nothing(w);
	tick_after(site, w, 15000);
	pdu = wire_expect(w, OP_LOGOUT_RESPONSE);
	CU_ASSERT_EQUAL(pdu->bhs[LOGOUT_RESPONSE], LOGOUT_RSP_CLEANUP_FAILED);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	site_run(site);
}

WIRE_TEST(test_completion_wakes_the_shell, "")
{
	unsigned wakes;

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wakes = w->wakes;
	kit_release(site->kit, 0, 0);
	CU_ASSERT_TRUE(w->wakes > wakes);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "a login that takes too long is dropped", test_login_timeout },
	{ "so is one that waits for the session it reinstates",
	    test_joining_times_out },
	{ "an idle peer is pinged", test_idle_peer_is_pinged },
	{ "in discovery it is not, and ends when as much is over",
	    test_discovery_is_not_pinged },
	{ "a dead peer is dropped", test_dead_peer_is_dropped },
	{ "a peer that does not read is dropped", test_output_stall },
	{ "asked to log out", test_ask_logout },
	{ "asked to log out in vain", test_ask_logout_in_vain },
	{ "asked to log out before login", test_ask_logout_before_login },
	{ "no memory for the answer to a logout, in the midst of output",
	    test_no_memory_for_the_answer_to_logout },
	{ "a logout that cannot settle its tasks says so",
	    test_logout_cannot_settle },
	{ "a completion wakes the shell", test_completion_wakes_the_shell },
	{ NULL, NULL },
};

const struct unit_suite clock_suite = { "clock", tests };
