/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/connections_end.c - one connection in the place of another,
 * logout of one of several, a changed configuration.
 */
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

/* ---- connection reinstatement ---- */

WIRE_TEST(test_reinstating_the_only_connection, "")
{
	struct wire *other = wire_open(site, 1);

	CU_ASSERT_EQUAL(join_answer(other, w, 1), 0);
	CU_ASSERT_EQUAL(other->tsih, w->tsih);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	CU_ASSERT_EQUAL(sessions(site), 1);
	/* The same nexus: no unit attention. */
	wire_read10(other, 0, 1);
	wire_expect_data(other, other->itt, 512, 0);
	wire_close(other);
}

WIRE_TEST(test_reinstatement_waits_for_its_tasks, FOUR)
{
	struct wire *b = wire_join(w, 0, 2), *again = wire_open(site, 1);

	site->kit->store.hold = true;
	wire_read10(b, 0, 1);
	CU_ASSERT_EQUAL(join_answer(again, b, 2), 0xffff);
	CU_ASSERT_TRUE(wire_is_over(b));
	wire_close(b);
	CU_ASSERT_EQUAL(wire_login_answer(again), 0xffff);
	site_run(site);
	CU_ASSERT_EQUAL(wire_login_answer(again), 0);
	wire_expect_nothing(w);
	wire_expect_lost(again);
	wire_read10(again, 0, 1);
	wire_expect_data(again, again->itt, 512, 0);
	wire_close(again);
	wire_close(w);
}

WIRE_TEST(test_waiting_reinstatement_hears_what_follows, "")
{
	struct wire *again = wire_open(site, 0);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_number_after(again, w);
	again->hoards = true;
	wire_login_request(again, "", w->tsih);
	wire_read10(again, 0, 1);
	wire_deliver_hoard(again);
	wire_close(w);
	site_run(site);
	CU_ASSERT_EQUAL(wire_login_answer(again), 0);
	wire_expect_check(again, again->itt, SENSE_UNIT_ATTENTION, 0x47, 0x7f);
	wire_close(again);
}

WIRE_TEST(test_waiting_reinstatement_gives_up, "")
{
	struct wire *again = wire_open(site, 0);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	CU_ASSERT_EQUAL(join_answer(again, w, 1), 0xffff);
	wire_close(again);
	wire_close(w);
	site_run(site);
	CU_ASSERT_EQUAL(sessions(site), 0);
}

WIRE_TEST(test_reinstated_twice_at_once, "")
{
	struct wire *a = wire_open(site, 0), *b = wire_open(site, 0);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	CU_ASSERT_EQUAL(join_answer(a, w, 1), 0xffff);
	CU_ASSERT_EQUAL(join_answer(b, w, 1), 0xffff);
	CU_ASSERT_TRUE(wire_is_over(a));
	site_run(site);
	CU_ASSERT_EQUAL(wire_login_answer(b), 0);
	wire_close(w);
	wire_close(a);
	wire_close(b);
}

/* ---- logout ---- */

static void
expect_logout(struct wire *w, uint8_t response)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_LOGOUT_RESPONSE);

	CU_ASSERT_EQUAL(pdu->bhs[LOGOUT_RESPONSE], response);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), w->itt);
}

/* The window of the others stays as wide as it was. */
WIRE_TEST(test_no_memory_for_an_answer, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint8_t bhs[BHS_BYTES];

	/* What is spare is in use. */
	wire_header(other, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(other, bhs, NULL, 0);
	wire_header(other, bhs, OP_TMF_REQUEST, PDU_FINAL | TMF_FN_CLEAR_ACA);
	wire_starve = true;
	wire_send(other, bhs, NULL, 0);
	CU_ASSERT_FALSE(wire_starve);
	wire_number_after(w, other);
	CU_ASSERT_TRUE(wire_is_over(other));
	wire_close(other);
	wire_expect(w, OP_ASYNC);
	wire_expect_data(w, wire_read10(w, 0, 1), 512, 0);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(w);
}

WIRE_TEST(test_logout_of_one_connection, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);

	site->kit->store.hold = true;
	wire_read10(other, 0, 1);
	wire_logout(other, LOGOUT_CLOSE_CONNECTION, 2);
	wire_expect_nothing(other);
	wire_number_after(w, other);
	site_run(site);
	expect_logout(other, LOGOUT_RSP_CLOSED);
	CU_ASSERT_TRUE(wire_is_over(other));
	wire_close(other);
	wire_expect_lost(w);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

/* 11.14.5: of commands that ended with their connection, and of no others. */
WIRE_TEST(test_lost_commands_are_told, FOUR)
{
	struct wire *other = wire_join(w, 0, 2), *third;

	wire_close(other);
	wire_expect(w, OP_ASYNC);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	third = wire_join(w, 0, 3);
	site->kit->store.hold = true;
	wire_read10(third, 0, 1);
	wire_number_after(w, third);
	wire_close(third);
	wire_expect(w, OP_ASYNC);
	site_run(site);
	wire_expect_lost(w);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

WIRE_TEST(test_logout_of_another_connection, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);

	site->kit->store.hold = true;
	wire_read10(other, 0, 1);
	wire_number_after(w, other);
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 2);
	CU_ASSERT_TRUE(wire_is_over(other));
	wire_expect_nothing(w);
	site_run(site);
	expect_logout(w, LOGOUT_RSP_CLOSED);
	wire_close(other);
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 2);
	expect_logout(w, LOGOUT_RSP_NO_CID);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(w);
}

WIRE_TEST(test_logout_of_another_takes_too_long, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);

	site->service.limits.ping_idle_ms = 0;
	site->kit->store.hold = true;
	wire_read10(other, 0, 1);
	wire_number_after(w, other);
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 2);
	wire_expect_nothing(w);
	site_wait(site, site->service.limits.ping_timeout_ms);
	CU_ASSERT_TRUE(
	    conn_deadline(w->conn) <= site->kit->homes[0].home.now_ms);
	conn_tick(w->conn);
	expect_logout(w, LOGOUT_RSP_CLEANUP_FAILED);
	site_run(site);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_who_asked_for_a_logout_is_lost, FOUR)
{
	struct wire *b = wire_join(w, 0, 2), *c = wire_join(w, 0, 3);

	site->kit->store.hold = true;
	wire_read10(b, 0, 1);
	wire_number_after(w, b);
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 2);
	wire_number_after(c, w);
	wire_close(w);
	site_run(site);
	wire_close(b);
	wire_expect(c, OP_ASYNC);
	wire_expect_lost(c);
	wire_read10(c, 0, 1);
	wire_expect_data(c, c->itt, 512, 0);
	CU_ASSERT_EQUAL(c->max_cmd_sn - c->exp_cmd_sn, 127);
	wire_close(c);
}

WIRE_TEST(test_logout_of_the_session, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_number_after(other, w);
	wire_logout(other, LOGOUT_CLOSE_SESSION, 2);
	CU_ASSERT_TRUE(wire_is_over(w));
	site_run(site);
	expect_logout(other, LOGOUT_RSP_CLOSED);
	CU_ASSERT_TRUE(wire_is_over(other));
	CU_ASSERT_EQUAL(sessions(site), 0);
	wire_close(w);
	wire_close(other);
}

/* ---- configuration ---- */

static void
count_call(void *ctx)
{
	(*(unsigned *)ctx)++;
}

WIRE_TEST(test_a_removed_target_asks_on_each, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	unsigned done = 0;

	site->other.target_count = 0;
	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(done, 1);
	CU_ASSERT_EQUAL(
	    wire_expect(w, OP_ASYNC)->bhs[ASYNC_EVENT], ASYNC_LOGOUT_REQUEST);
	CU_ASSERT_EQUAL(wire_expect(other, OP_ASYNC)->bhs[ASYNC_EVENT],
	    ASYNC_LOGOUT_REQUEST);
	wire_close(w);
	wire_close(other);
}

WIRE_TEST(test_joining_gets_the_new_service, FOUR)
{
	struct wire *other = wire_open(site, 0);
	unsigned done = 0;

	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(join_answer(other, w, 2), 0);
	CU_ASSERT_EQUAL(site->service.references, 1);
	wire_close(other);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "reinstating the only connection",
	    test_reinstating_the_only_connection },
	{ "reinstatement waits for its tasks",
	    test_reinstatement_waits_for_its_tasks },
	{ "a waiting reinstatement hears what follows",
	    test_waiting_reinstatement_hears_what_follows },
	{ "a waiting reinstatement gives up",
	    test_waiting_reinstatement_gives_up },
	{ "reinstated twice at once", test_reinstated_twice_at_once },
	{ "no memory for an answer", test_no_memory_for_an_answer },
	{ "logout of one connection", test_logout_of_one_connection },
	{ "commands lost with their connection are told",
	    test_lost_commands_are_told },
	{ "logout of another connection", test_logout_of_another_connection },
	{ "logout of another takes too long",
	    test_logout_of_another_takes_too_long },
	{ "who asked for a logout is lost",
	    test_who_asked_for_a_logout_is_lost },
	{ "logout of the session", test_logout_of_the_session },
	{ "a removed target asks on each", test_a_removed_target_asks_on_each },
	{ "joining gets the new service", test_joining_gets_the_new_service },
	{ NULL, NULL },
};

const struct unit_suite connections_end_suite = { "connections end", tests };
