/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/census.c - limits of connections and logins.
 */
#include <string.h>

#include "server/census.h"
#include "tests/unit/unit.h"

extern const struct unit_suite census_suite;

static struct census census;

static struct in6_addr
host(unsigned char n)
{
	struct in6_addr ip;

	memset(&ip, 0, sizeof(ip));
	ip.s6_addr[15] = n;
	return ip;
}

static void
begin(unsigned connections, unsigned logins, unsigned per_address)
{
	struct census_limits limits = { connections, logins, per_address };

	census_init(&census);
	census_set_limits(&census, &limits);
}

static enum census_verdict
arrive(unsigned char n)
{
	struct in6_addr ip = host(n);

	return census_arrive(&census, &ip);
}

static void
logged_in(unsigned char n)
{
	struct in6_addr ip = host(n);

	census_logged_in(&census, &ip);
}

static void
connections_are_limited(void)
{
	begin(2, 9, 9);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(arrive(3), CENSUS_CONNECTIONS);
	census_destroy(&census);
}

static void
departure_makes_room(void)
{
	begin(1, 9, 9);
	arrive(1);
	logged_in(1);
	census_leave(&census);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	census_destroy(&census);
}

static void
logins_are_limited(void)
{
	begin(9, 2, 9);
	arrive(1);
	arrive(2);
	CU_ASSERT_EQUAL(arrive(3), CENSUS_LOGINS);
	census_destroy(&census);
}

static void
login_that_succeeds_makes_room(void)
{
	begin(9, 1, 9);
	arrive(1);
	logged_in(1);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(census_connections(&census), 2);
	census_destroy(&census);
}

static void
logins_of_one_address_do_not_hold_up_another(void)
{
	begin(9, 9, 1);
	arrive(1);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_LOGINS_PER_ADDRESS);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	census_destroy(&census);
}

static void
refused_ones_are_not_counted(void)
{
	begin(1, 9, 9);
	arrive(1);
	arrive(2);
	CU_ASSERT_EQUAL(census_connections(&census), 1);
	census_destroy(&census);
}

static void
many_logins_are_remembered(void)
{
	unsigned i;

	begin(1000, 1000, 300);
	for (i = 0; i < 300; i++)
		CU_ASSERT_EQUAL(arrive(7), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(arrive(7), CENSUS_LOGINS_PER_ADDRESS);
	census_destroy(&census);
}

static const struct unit_test census_tests[] = {
	{ "connections are limited", connections_are_limited },
	{ "a departure makes room", departure_makes_room },
	{ "logins are limited", logins_are_limited },
	{ "a login that succeeds makes room", login_that_succeeds_makes_room },
	{ "logins of one address do not hold up another",
	    logins_of_one_address_do_not_hold_up_another },
	{ "refused ones are not counted", refused_ones_are_not_counted },
	{ "many logins are remembered", many_logins_are_remembered },
	{ NULL, NULL },
};

const struct unit_suite census_suite = { "census", census_tests };
