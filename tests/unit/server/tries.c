/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/tries.c - how many wrong tokens an address may try.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "server/tries.h"
#include "tests/unit/unit.h"

extern const struct unit_suite tries_suite;

#define NOW 50000u

static struct tries tries;

static void
begin(void)
{
	memset(&tries, 0, sizeof(tries));
}

static struct in6_addr
address_of(const char *text)
{
	struct in6_addr ip;

	CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, text, &ip), 1);
	return ip;
}

static bool
may(const char *text, uint64_t now_ms)
{
	struct in6_addr ip = address_of(text);

	return tries_may(&tries, &ip, now_ms);
}

/* How many of so many wrong ones were looked at. */
static unsigned
wrong(const char *text, unsigned n, uint64_t now_ms)
{
	struct in6_addr ip = address_of(text);
	unsigned looked_at = 0;

	for (; n > 0 && tries_may(&tries, &ip, now_ms); n--, looked_at++)
		tries_wrong(&tries, &ip, now_ms);
	return looked_at;
}

static void
wrong_ones_are_limited(void)
{
	begin();
	CU_ASSERT_EQUAL(wrong("::ffff:192.0.2.1", 99, NOW), TRIES_AT_ONCE);
	CU_ASSERT_FALSE(may("::ffff:192.0.2.1", NOW + TRIES_MS - 1));
	CU_ASSERT_EQUAL(wrong("::ffff:192.0.2.1", 99, NOW + TRIES_MS), 1);
	CU_ASSERT_EQUAL(wrong("::ffff:192.0.2.1", 99, NOW + 4 * TRIES_MS), 3);
}

static void
time_that_was_not_used_is_lost(void)
{
	begin();
	wrong("::ffff:192.0.2.1", 1, NOW);
	CU_ASSERT_EQUAL(wrong("::ffff:192.0.2.1", 99, 9 * NOW), TRIES_AT_ONCE);
}

static void
others_are_not_kept_out(void)
{
	begin();
	wrong("::ffff:192.0.2.1", 99, NOW);
	CU_ASSERT(may("::ffff:192.0.2.2", NOW));
	CU_ASSERT_EQUAL(wrong("::ffff:192.0.2.2", 99, NOW), TRIES_AT_ONCE);
	CU_ASSERT(may("2001:db8::1", NOW));
}

static void
network_of_ipv6_is_one(void)
{
	begin();
	CU_ASSERT_EQUAL(wrong("2001:db8:0:1::1", 6, NOW), 6);
	CU_ASSERT_EQUAL(wrong("2001:db8:0:1:ffff::2", 99, NOW), 4);
	CU_ASSERT_FALSE(may("2001:db8:0:1::3", NOW));
	CU_ASSERT(may("2001:db8:0:2::1", NOW));
}

/* From each of so many addresses one more than from that before it. */
static void
crowd(unsigned hosts, uint64_t now_ms)
{
	char text[INET6_ADDRSTRLEN];
	unsigned i;

	for (i = 0; i < hosts; i++) {
		snprintf(text, sizeof(text), "2001:db8:0:%x::1", i);
		wrong(text, 2 + i % 8, now_ms);
	}
}

static void
crowd_makes_forget_who_is_over_first(void)
{
	begin();
	wrong("::ffff:192.0.2.1", 99, NOW);
	wrong("::ffff:192.0.2.2", 1, NOW);
	crowd(TRIES_HOSTS - 2, NOW);
	CU_ASSERT_EQUAL(wrong("2001:db8:1::1", 99, NOW), TRIES_AT_ONCE);
	CU_ASSERT_FALSE(may("::ffff:192.0.2.1", NOW));
	CU_ASSERT_EQUAL(wrong("::ffff:192.0.2.2", 99, NOW), TRIES_AT_ONCE);
}

static void
crowd_keeps_nobody_out(void)
{
	begin();
	crowd(50 * TRIES_HOSTS, NOW);
	CU_ASSERT(may("::ffff:192.0.2.1", NOW));
	CU_ASSERT_EQUAL(wrong("::ffff:192.0.2.1", 99, NOW), TRIES_AT_ONCE);
	CU_ASSERT_FALSE(may("::ffff:192.0.2.1", NOW));
}

static const struct unit_test tries_tests[] = {
	{ "wrong ones are limited", wrong_ones_are_limited },
	{ "time that was not used is lost", time_that_was_not_used_is_lost },
	{ "others are not kept out", others_are_not_kept_out },
	{ "a network of IPv6 is one", network_of_ipv6_is_one },
	{ "a crowd makes forget who is over first",
	    crowd_makes_forget_who_is_over_first },
	{ "a crowd keeps nobody out", crowd_keeps_nobody_out },
	{ NULL, NULL },
};

const struct unit_suite tries_suite = { "tries", tries_tests };
