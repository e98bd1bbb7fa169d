/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/failures.c - how long refusals wait.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "iscsi/failures.h"
#include "iscsi/proto.h"
#include "tests/unit/iscsi/wire.h"

static unsigned
add(struct failures *f, const char *address, uint64_t now_ms)
{
	struct in6_addr ip;

	CU_ASSERT_EQUAL(inet_pton(AF_INET6, address, &ip), 1);
	return failures_add(f, &ip, now_ms);
}

static void
each_waits_longer_up_to_a_limit(void)
{
	static const unsigned ms[] = { 0, 0, 1000, 2000, 3000, 4000, 5000,
		5000 };
	struct failures f = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(ms); i++)
		CU_ASSERT_EQUAL(add(&f, "::ffff:192.0.2.1", 1000), ms[i]);
	CU_ASSERT_EQUAL(add(&f, "::ffff:192.0.2.2", 1000), 0);
}

static void
a_quiet_minute_forgets(void)
{
	struct failures f = { 0 };
	unsigned i;

	for (i = 0; i < 4; i++)
		add(&f, "::ffff:192.0.2.1", 1000);
	CU_ASSERT_EQUAL(add(&f, "::ffff:192.0.2.1", 60999), 3000);
	CU_ASSERT_EQUAL(add(&f, "::ffff:192.0.2.1", 120999), 0);
}

static void
a_network_of_ipv6_is_one(void)
{
	struct failures f = { 0 };

	add(&f, "2001:db8::1", 1000);
	add(&f, "2001:db8::2", 1000);
	CU_ASSERT_EQUAL(add(&f, "2001:db8::3:4", 1000), 1000);
	CU_ASSERT_EQUAL(add(&f, "2001:db8:0:1::1", 1000), 0);
}

static void
the_quietest_makes_place(void)
{
	struct failures f = { 0 };
	char address[64];
	unsigned i;

	for (i = 0; i <= FAILURES_PLACES; i++) {
		snprintf(address, sizeof(address), "::ffff:198.51.%u.%u",
		    i / 256, i % 256);
		add(&f, address, 1000 + i);
		add(&f, address, 1000 + i);
	}
	CU_ASSERT_EQUAL(add(&f, "::ffff:198.51.0.1", 2000), 1000);
	CU_ASSERT_EQUAL(add(&f, "::ffff:198.51.0.0", 2000), 0);
}

static void
wait(struct site *site, struct wire *w, unsigned ms)
{
	site_wait(site, ms);
	kit_enter(site->kit, w->home);
	conn_tick(w->conn);
	conn_check(w->conn);
}

static void
refused_at_once(struct site *site)
{
	struct wire *w = wire_open(site, 0);

	wire_login_request(w, "", 0);
	CU_ASSERT_EQUAL(wire_login_answer(w), 0x0201);
	wire_close(w);
}

static void
the_third_refusal_waits(void)
{
	struct site *site = site_new();
	struct wire *w;
	uint64_t due;

	site->open.no_authentication = false;
	refused_at_once(site);
	refused_at_once(site);
	w = wire_open(site, 0);
	wire_login_request(w, "", 0);
	due = conn_deadline(w->conn);
	wait(site, w, 999);
	wire_expect_nothing(w);
	CU_ASSERT_FALSE(wire_is_over(w));
	CU_ASSERT_EQUAL(conn_deadline(w->conn), due);
	wait(site, w, 1);
	CU_ASSERT_EQUAL(wire_login_answer(w), 0x0201);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);

	/* Who proves itself, or need not, does not wait. */
	site->open.no_authentication = true;
	wire_close(wire_open_and_login(site, 0, ""));
	site_run(site);
	site_free(site);
}

static void
who_waits_is_dropped_at_the_end(void)
{
	struct site *site = site_new();
	struct wire *w;

	site->open.no_authentication = false;
	refused_at_once(site);
	refused_at_once(site);
	w = wire_open(site, 0);
	wire_login_request(w, "", 0);
	conn_ask_logout(w->conn, 5);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
	site_free(site);
}

static const struct unit_test tests[] = {
	{ "each waits longer, up to a limit", each_waits_longer_up_to_a_limit },
	{ "a quiet minute forgets", a_quiet_minute_forgets },
	{ "a network of IPv6 is one", a_network_of_ipv6_is_one },
	{ "the quietest makes place", the_quietest_makes_place },
	{ "the third refusal waits", the_third_refusal_waits },
	{ "who waits is dropped at the end", who_waits_is_dropped_at_the_end },
	{ NULL, NULL },
};

const struct unit_suite failures_suite = { "failures", tests };
