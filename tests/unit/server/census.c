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
	struct census_limits limits = { connections, logins, per_address, 0 };

	census_init(&census);
	census_set_limits(&census, &limits);
}

static struct census_login came, ousted;

static enum census_verdict
arrive(unsigned char n)
{
	came = (struct census_login){ .address = host(n) };
	return census_arrive(&census, &came, &ousted);
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
	census_logged_in(&census, came.id);
	census_leave(&census, &came.address);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	census_destroy(&census);
}

static void
oldest_login_makes_room(void)
{
	uint64_t first;

	begin(9, 2, 9);
	arrive(1);
	first = came.id;
	arrive(2);
	CU_ASSERT_EQUAL(ousted.id, 0);
	CU_ASSERT_EQUAL(arrive(3), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(ousted.id, first);
	census_destroy(&census);
}

static void
ousted_one_is_not_ousted_again(void)
{
	uint64_t second;

	begin(9, 2, 9);
	arrive(1);
	arrive(2);
	second = came.id;
	arrive(3);
	arrive(4);
	CU_ASSERT_EQUAL(ousted.id, second);
	CU_ASSERT_EQUAL(census.login_count, 2);
	census_destroy(&census);
}

static void
login_that_succeeds_makes_room(void)
{
	begin(9, 1, 9);
	arrive(1);
	census_logged_in(&census, came.id);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(ousted.id, 0);
	CU_ASSERT_EQUAL(census_connections(&census), 2);
	census_destroy(&census);
}

static void
address_makes_room_for_itself_only(void)
{
	uint64_t own;

	begin(9, 9, 1);
	arrive(2);
	arrive(1);
	own = came.id;
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(ousted.id, own);
	arrive(3);
	CU_ASSERT_EQUAL(ousted.id, 0);
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
	CU_ASSERT_EQUAL(ousted.id, 0);
	arrive(7);
	CU_ASSERT_NOT_EQUAL(ousted.id, 0);
	census_destroy(&census);
}

static void
set_connections_per_address(unsigned n)
{
	struct census_limits limits = { 99, 99, 99, n };

	census_set_limits(&census, &limits);
}

static void
go(unsigned char n)
{
	struct in6_addr ip = host(n);

	census_leave(&census, &ip);
}

static void
connections_of_an_address_are_limited(void)
{
	begin(99, 99, 99);
	set_connections_per_address(2);
	arrive(1);
	census_logged_in(&census, came.id);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADDRESS);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(census_connections(&census), 3);
	census_destroy(&census);
}

static void
address_has_room_when_one_of_it_has_gone(void)
{
	begin(99, 99, 99);
	set_connections_per_address(1);
	arrive(1);
	arrive(2);
	arrive(3);
	go(2);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADDRESS);
	CU_ASSERT_EQUAL(arrive(3), CENSUS_ADDRESS);
	CU_ASSERT_EQUAL(arrive(2), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(census.host_count, 3);
	census_destroy(&census);
}

static void
those_there_stay_when_the_limit_falls(void)
{
	begin(99, 99, 99);
	arrive(1);
	arrive(1);
	arrive(1);
	set_connections_per_address(2);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADDRESS);
	go(1);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADDRESS);
	go(1);
	CU_ASSERT_EQUAL(arrive(1), CENSUS_ADMITTED);
	CU_ASSERT_EQUAL(census_connections(&census), 2);
	census_destroy(&census);
}

static void
many_addresses_are_remembered(void)
{
	unsigned i;

	begin(999, 999, 999);
	for (i = 0; i < 200; i++)
		arrive((unsigned char)i);
	CU_ASSERT_EQUAL(census.host_count, 200);
	for (i = 0; i < 200; i++)
		go((unsigned char)i);
	CU_ASSERT_EQUAL(census.host_count, 0);
	CU_ASSERT_EQUAL(census_connections(&census), 0);
	census_destroy(&census);
}

static const struct unit_test census_tests[] = {
	{ "connections are limited", connections_are_limited },
	{ "a departure makes room", departure_makes_room },
	{ "the oldest login makes room", oldest_login_makes_room },
	{ "who was ousted is not ousted again",
	    ousted_one_is_not_ousted_again },
	{ "a login that succeeds makes room", login_that_succeeds_makes_room },
	{ "an address makes room for itself only",
	    address_makes_room_for_itself_only },
	{ "refused ones are not counted", refused_ones_are_not_counted },
	{ "many logins are remembered", many_logins_are_remembered },
	{ "connections of an address are limited",
	    connections_of_an_address_are_limited },
	{ "an address has room when one of it has gone",
	    address_has_room_when_one_of_it_has_gone },
	{ "those there stay when the limit falls",
	    those_there_stay_when_the_limit_falls },
	{ "many addresses are remembered", many_addresses_are_remembered },
	{ NULL, NULL },
};

const struct unit_suite census_suite = { "census", census_tests };
