/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/session.c - sessions side by side, reinstatement over homes,
 * a changed configuration.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

WIRE_TEST(test_different_isids_side_by_side, "")
{
	struct wire *other = wire_open(site, 1);

	other->isid[5] = 2;
	wire_login(other, "");
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 2);
	CU_ASSERT_NOT_EQUAL(w->tsih, other->tsih);
	CU_ASSERT_FALSE(wire_is_over(w));
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_reinstatement_across_homes, "")
{
	struct wire *other = wire_open(site, 2);

	wire_login_request(other, "", 0);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0xffff);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0);
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 1);
	wire_close(w);
	wire_close(other);
}

WIRE_TEST(test_reinstatement_waits_for_tasks, "")
{
	struct wire *other = wire_open(site, 1);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_login_request(other, "", 0);
	kit_run_homes(site->kit);
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_EQUAL(wire_login_answer(other), 0xffff);
	wire_close(w);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0xffff);
	site_run(site);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0);
	wire_close(other);
}

WIRE_TEST(test_waiting_login_hears_what_follows, "")
{
	struct wire *other = wire_open(site, 1);
	uint8_t bhs[BHS_BYTES];

	other->hoards = true;
	wire_login_request(other, "", 0);
	wire_header(other, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(other, bhs, NULL, 0);
	wire_deliver_hoard(other);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(wire_login_answer(other), 0);
	wire_expect(other, OP_NOP_IN);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_waiting_login_gives_up, "")
{
	struct wire *other = wire_open(site, 1);

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_login_request(other, "", 0);
	kit_run_homes(site->kit);
	wire_close(other);
	wire_close(w);
	site_run(site);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
}

WIRE_TEST(test_waiting_login_gives_up_late, "")
{
	struct wire *other = wire_open(site, 1);

	wire_login_request(other, "", 0);
	kit_run_home(site->kit, 0);
	/* Its job is in the inbox now. */
	wire_close(other);
	wire_close(w);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
}

WIRE_TEST(test_two_logins_of_one_key, "")
{
	struct wire *a = wire_open(site, 1), *b = wire_open(site, 2);
	unsigned in = 0;

	wire_login_request(a, "", 0);
	wire_login_request(b, "", 0);
	kit_run_homes(site->kit);
	in += !wire_is_over(a);
	in += !wire_is_over(b);
	CU_ASSERT_EQUAL(in, 1);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 1);
	wire_close(a);
	wire_close(b);
	wire_close(w);
}

/* 7.4.2.1: of the same initiator port, at the same address. */
WIRE_TEST(test_discovery_reinstates_discovery, "SessionType=Discovery;")
{
	struct wire *again = wire_open(site, 1);

	wire_login(again, "SessionType=Discovery;");
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_FALSE(wire_is_over(again));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 1);
	wire_close(again);
	wire_close(w);
}

#define NAMED "SessionType=Discovery;TargetName=" WIRE_TARGET ";"

/* 7.4.2.2: target and portal group are known, and count in place of the
 * address. */
WIRE_TEST(test_named_discovery_reinstates_its_like, NAMED)
{
	struct wire *there = wire_open_at(site, 1, "192.0.2.2:3260");

	wire_login(there, NAMED);
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_FALSE(wire_is_over(there));
	wire_close(there);
	wire_close(w);
}

/* 7.4.2.1: only one without a name reinstates one without. */
WIRE_TEST(test_named_discovery_is_another, "SessionType=Discovery;")
{
	struct wire *named = wire_open(site, 1), *normal = wire_open(site, 0);

	wire_login(normal, "");
	wire_login(named, NAMED);
	CU_ASSERT_FALSE(wire_is_over(w));
	CU_ASSERT_FALSE(wire_is_over(normal));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 3);
	wire_close(named);
	wire_close(normal);
	wire_close(w);
}

WIRE_TEST(test_other_discovery_is_independent, "SessionType=Discovery;")
{
	struct wire *there = wire_open_at(site, 0, "192.0.2.2:3260");
	struct wire *port = wire_open(site, 0), *normal = wire_open(site, 1);

	wire_login(there, "SessionType=Discovery;");
	port->isid[5]++;
	wire_login(port, "SessionType=Discovery;");
	wire_login(normal, "");
	CU_ASSERT_FALSE(wire_is_over(w));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 4);
	wire_close(normal);
	wire_close(port);
	wire_close(there);
	wire_close(w);
}

static void
test_sessions_per_initiator(void)
{
	struct site *site = site_new();
	struct wire *w[3];
	unsigned i;

	site->service.limits.sessions_per_initiator = 2;
	for (i = 0; i < 3; i++) {
		w[i] = wire_open(site, i);
		w[i]->isid[5] = (uint8_t)(i + 1);
		wire_login_request(w[i], "", 0);
	}
	CU_ASSERT_EQUAL(wire_login_answer(w[0]), 0);
	CU_ASSERT_EQUAL(wire_login_answer(w[1]), 0);
	CU_ASSERT_EQUAL(wire_login_answer(w[2]), 0x0302);
	CU_ASSERT_TRUE(wire_is_over(w[2]));
	for (i = 0; i < 3; i++)
		wire_close(w[i]);
	site_free(site);
}

WIRE_TEST(test_close_with_tasks_at_the_store, "")
{
	site->kit->store.hold = true;
	wire_read10(w, 0, 8);
	wire_read10(w, 0, 8);
	wire_close(w);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 1);
	site_run(site);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
}

/* ---- configuration ---- */

static void
count_call(void *ctx)
{
	(*(unsigned *)ctx)++;
}

WIRE_TEST(test_apply_keeps_sessions, "")
{
	struct wire *discovery = wire_open(site, 1);
	unsigned done = 0;

	wire_login(discovery, "SessionType=Discovery;");
	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	CU_ASSERT_EQUAL(done, 0);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(done, 1);
	CU_ASSERT_EQUAL(site->service.references, 1);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	CU_ASSERT_FALSE(wire_is_over(discovery));
	wire_close(discovery);
	wire_close(w);
}

static void
test_apply_without_sessions(void)
{
	struct site *site = site_new();
	unsigned done = 0;

	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	CU_ASSERT_EQUAL(done, 1);
	site_free(site);
}

WIRE_TEST(test_apply_removes_target, "")
{
	const struct wire_pdu *pdu;
	unsigned done = 0;

	site->other.target_count = 0;
	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(done, 1);
	pdu = wire_expect(w, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_LOGOUT_REQUEST);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER3), 10);
	site_wait(site, 10000);
	conn_tick(w->conn);
	pdu = wire_expect(w, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_CONNECTION_DROP);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

/* ---- MaxRecvDataSegmentLength changes ---- */

static void
change_segment(struct site *site, uint32_t bytes)
{
	struct service *next =
	    site->other.references == 1 ? &site->other : &site->another;
	unsigned done = 0;

	next->limits.max_recv_data_segment = bytes;
	session_table_apply(site->service.sessions, next, count_call, &done);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(done, 1);
}

static void
expect_event(struct wire *w, uint8_t event)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_ASYNC);

	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], event);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER3), 10);
}

/* An empty Text Request, which event 4 asks for. */
static void
ask_for_news(struct wire *w, const char *expected)
{
	const struct wire_pdu *pdu;
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_TEXT_REQUEST, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	pdu = wire_expect(w, OP_TEXT_RESPONSE);
	CU_ASSERT_EQUAL_FATAL(pdu->data_bytes, strlen(expected) + 1);
	CU_ASSERT_STRING_EQUAL((char *)pdu->data, expected);
}

/* A ping with so much data; false: it is too much. */
static bool
sends(struct wire *w, uint32_t bytes)
{
	static uint8_t data[WIRE_DATA_MAX];
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, data, bytes);
	return wire_get(w) != NULL;
}

WIRE_TEST(test_a_smaller_segment, "")
{
	change_segment(site, 16384);
	expect_event(w, ASYNC_PARAMETER_NEGOTIATION);
	CU_ASSERT_TRUE(sends(w, 20000));
	w->acknowledged = w->stat_sn;
	ask_for_news(w, "MaxRecvDataSegmentLength=16384");
	/* What was sent before the answer came. */
	w->silent = true;
	CU_ASSERT_TRUE(sends(w, 20000));
	w->silent = false;
	site_wait(site, 10000);
	conn_tick(w->conn);
	CU_ASSERT_FALSE(wire_is_over(w));
	CU_ASSERT_TRUE(sends(w, 16384));
	CU_ASSERT_FALSE(sends(w, 16385));
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_a_greater_segment, "")
{
	change_segment(site, 300000);
	expect_event(w, ASYNC_PARAMETER_NEGOTIATION);
	ask_for_news(w, "MaxRecvDataSegmentLength=300000");
	CU_ASSERT_TRUE(sends(w, 300000));
	wire_close(w);
}

WIRE_TEST(test_a_segment_as_it_was, "")
{
	change_segment(site, 16384);
	expect_event(w, ASYNC_PARAMETER_NEGOTIATION);
	change_segment(site, 32768);
	wire_expect_nothing(w);
	change_segment(site, 262144);
	site_wait(site, 10000);
	conn_tick(w->conn);
	wire_expect_nothing(w);
	wire_close(w);
}

/* It has told no value, so that the default holds. */
static void
log_in_without_negotiation(struct wire *w)
{
	uint8_t bhs[BHS_BYTES] = { PDU_IMMEDIATE | OP_LOGIN_REQUEST,
		LOGIN_TRANSIT | LOGIN_STAGE_FULL_FEATURE };
	char readable[512], text[512];
	uint32_t n;

	snprintf(readable, sizeof(readable),
	    "InitiatorName=%s;TargetName=" WIRE_TARGET ";AuthMethod=None;",
	    w->name);
	n = wire_text(text, readable);
	memcpy(bhs + LOGIN_ISID, w->isid, 6);
	put_be32(bhs + PDU_CMD_SN, w->cmd_sn);
	wire_send(w, bhs, text, n);
	kit_run_homes(w->site->kit);
	CU_ASSERT_EQUAL_FATAL(wire_login_answer(w), 0);
	CU_ASSERT_NOT_EQUAL(w->tsih, 0);
}

WIRE_TEST(test_a_reload_of_something_else, "")
{
	struct wire *other = wire_open(site, 0);

	other->isid[5] = 7;
	log_in_without_negotiation(other);
	change_segment(site, 262144);
	wire_expect_nothing(other);
	wire_expect_nothing(w);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_a_segment_that_is_not_asked_for, "")
{
	change_segment(site, 16384);
	expect_event(w, ASYNC_PARAMETER_NEGOTIATION);
	site_wait(site, 10000);
	conn_tick(w->conn);
	expect_event(w, ASYNC_LOGOUT_REQUEST);
	wire_logout(w, LOGOUT_CLOSE_SESSION, 0);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_apply_to_a_session_that_ends, "")
{
	unsigned done = 0;

	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	wire_close(w);
	CU_ASSERT_EQUAL(done, 1);
}

static void
test_login_of_an_old_offer_gets_the_new(void)
{
	struct site *site = site_new();
	struct wire *w = wire_open(site, 0);
	unsigned done = 0;

	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	wire_login(w, "");
	CU_ASSERT_EQUAL(site->service.references, 1);
	wire_close(w);
	site_free(site);
}

/* A connection was opened before the other configuration came; its login for
 * w's session comes behind. */
static unsigned
join_after_apply(struct site *site, struct wire *w)
{
	struct wire *late = wire_open(site, 0);
	unsigned done = 0, answer;

	late->cid = 2;
	session_table_apply(
	    site->service.sessions, &site->other, count_call, &done);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(done, 1);
	wire_login_request(late, "", w->tsih);
	answer = wire_login_answer(late);
	wire_close(late);
	wire_close(w);
	return answer;
}

WIRE_TEST(test_an_old_offer_joins, "MaxConnections=2;")
{
	CU_ASSERT_EQUAL(join_after_apply(site, w), 0);
}

WIRE_TEST(test_who_is_admitted_no_more_does_not_join, "MaxConnections=2;")
{
	struct auth_group denied = { .name = (char *)"deny", .deny = true };
	struct target_portal_group place = { .portal_group = &site->pg,
		.auth_group = &denied };
	struct iscsi_target target = site->target;
	struct iscsi_target *targets[] = { &target };

	target.portal_groups = &place;
	site->other.targets = targets;
	CU_ASSERT_EQUAL(join_after_apply(site, w), 0x0202);
}

WIRE_TEST(test_a_removed_target_is_not_joined, "MaxConnections=2;")
{
	site->other.target_count = 0;
	CU_ASSERT_EQUAL(join_after_apply(site, w), 0x0203);
}

/* ---- listings ---- */

WIRE_TEST(test_info, "")
{
	struct conn_info info;

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	conn_info(w->conn, &info);
	CU_ASSERT_STRING_EQUAL(info.initiator_name, WIRE_INITIATOR);
	CU_ASSERT_STRING_EQUAL(info.target_name, WIRE_TARGET);
	CU_ASSERT_STRING_EQUAL(info.local, "192.0.2.1:3260");
	CU_ASSERT_TRUE(info.full_feature && !info.discovery);
	CU_ASSERT_EQUAL(info.tasks, 1);
	CU_ASSERT_EQUAL(info.tsih, w->tsih);
	CU_ASSERT_EQUAL(info.cid, 1);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "different ISIDs live side by side",
	    test_different_isids_side_by_side },
	{ "reinstatement across homes", test_reinstatement_across_homes },
	{ "reinstatement waits for the old tasks",
	    test_reinstatement_waits_for_tasks },
	{ "what follows a waiting login is heard afterwards",
	    test_waiting_login_hears_what_follows },
	{ "a waiting login that closes", test_waiting_login_gives_up },
	{ "a waiting login that closes when it need not wait any more",
	    test_waiting_login_gives_up_late },
	{ "two logins of one key leave one session",
	    test_two_logins_of_one_key },
	{ "discovery reinstates discovery at the same address",
	    test_discovery_reinstates_discovery },
	{ "discovery that names a target reinstates its like",
	    test_named_discovery_reinstates_its_like },
	{ "and no other", test_named_discovery_is_another },
	{ "other discovery sessions are independent",
	    test_other_discovery_is_independent },
	{ "sessions of an initiator are bounded", test_sessions_per_initiator },
	{ "a lost connection's tasks come home",
	    test_close_with_tasks_at_the_store },
	{ "a new configuration keeps sessions", test_apply_keeps_sessions },
	{ "a new configuration without sessions", test_apply_without_sessions },
	{ "a target that is removed asks for logout",
	    test_apply_removes_target },
	{ "a new configuration reaches a session that ends",
	    test_apply_to_a_session_that_ends },
	{ "a login begun under the old one gets the new one",
	    test_login_of_an_old_offer_gets_the_new },
	{ "an old offer joins a session of the new one",
	    test_an_old_offer_joins },
	{ "who is admitted no more does not join",
	    test_who_is_admitted_no_more_does_not_join },
	{ "a target that is removed is not joined",
	    test_a_removed_target_is_not_joined },
	{ "listings", test_info },
	{ "a smaller segment counts once it was heard of",
	    test_a_smaller_segment },
	{ "a greater segment counts at once", test_a_greater_segment },
	{ "a segment that is as it was", test_a_segment_as_it_was },
	{ "a reload of something else", test_a_reload_of_something_else },
	{ "a new segment that nobody asks for",
	    test_a_segment_that_is_not_asked_for },
	{ NULL, NULL },
};

const struct unit_suite session_suite = { "session", tests };
