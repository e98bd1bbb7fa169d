/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/address.c - addresses as text and back.
 */
#include <string.h>

#include "server/address.h"
#include "tests/unit/unit.h"

extern const struct unit_suite address_suite;

static void
is_formatted(const char *host, uint16_t port, const char *expected)
{
	char text[ADDRESS_TEXT_MAX];
	struct in6_addr ip;

	CU_ASSERT_FATAL(address_parse(host, &ip));
	address_format(text, &ip, port);
	CU_ASSERT_STRING_EQUAL(text, expected);
}

static void
v4_is_formatted_without_brackets(void)
{
	is_formatted("192.0.2.1", 3260, "192.0.2.1:3260");
}

static void
v6_is_formatted_with_brackets(void)
{
	is_formatted("2001:db8::1", 65535, "[2001:db8::1]:65535");
}

static void
zone_is_an_interface(void)
{
	char text[ADDRESS_TEXT_MAX];
	struct in6_addr ip;
	unsigned zone = 9;

	CU_ASSERT_FATAL(address_parse_zone("fe80::1%lo", &ip, &zone));
	CU_ASSERT_NOT_EQUAL(zone, 0);
	address_format_zone(text, &ip, zone, 3260);
	CU_ASSERT_STRING_EQUAL(text, "[fe80::1%lo]:3260");
	address_format(text, &ip, 3260);
	CU_ASSERT_STRING_EQUAL(text, "[fe80::1]:3260");
	CU_ASSERT_FATAL(address_parse_zone("192.0.2.1", &ip, &zone));
	CU_ASSERT_EQUAL(zone, 0);
	CU_ASSERT_FALSE(address_parse_zone("fe80::1%nowhere", &ip, &zone));
	CU_ASSERT_FALSE(address_parse_zone("fe80::1%", &ip, &zone));
	CU_ASSERT_FALSE(address_parse_zone("%lo", &ip, &zone));
}

static void
name_is_no_address(void)
{
	struct in6_addr ip;

	CU_ASSERT_FALSE(address_parse("localhost", &ip));
}

static void
has_prefix(const char *text, unsigned expected)
{
	struct in6_addr ip;
	unsigned prefix;

	CU_ASSERT_FATAL(address_parse_range(text, &ip, &prefix));
	CU_ASSERT_EQUAL(prefix, expected);
}

static void
v4_range_counts_from_the_mapped_prefix(void)
{
	has_prefix("192.0.2.0/24", 120);
	has_prefix("0.0.0.0/0", 96);
	has_prefix("192.0.2.7", 128);
}

static void
v6_range_keeps_its_prefix(void)
{
	has_prefix("2001:db8::/32", 32);
	has_prefix("::1", 128);
}

static void
bad_ranges_are_refused(void)
{
	static const char *const bad[] = { "192.0.2.0/33", "::/129",
		"192.0.2.0/", "192.0.2.0/x", "x/8", "", "1.2.3.4/8 " };
	struct in6_addr ip;
	unsigned prefix;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(address_parse_range(bad[i], &ip, &prefix));
}

static void
wildcards_of_both_families_are_known(void)
{
	struct in6_addr ip;

	address_parse("0.0.0.0", &ip);
	CU_ASSERT_TRUE(address_is_wildcard(&ip));
	address_parse("::", &ip);
	CU_ASSERT_TRUE(address_is_wildcard(&ip));
	address_parse("127.0.0.1", &ip);
	CU_ASSERT_FALSE(address_is_wildcard(&ip));
}

static void
socket_address_and_back_is_the_same(void)
{
	static const char *const hosts[] = { "192.0.2.1", "2001:db8::1" };
	struct sockaddr_storage sa;
	struct in6_addr in, out;
	uint16_t port;
	size_t i;

	for (i = 0; i < 2; i++) {
		address_parse(hosts[i], &in);
		address_to_sockaddr(&in, 3261, &sa);
		CU_ASSERT_TRUE(address_from_sockaddr(&sa, &out, &port));
		CU_ASSERT_EQUAL(memcmp(&in, &out, sizeof(in)), 0);
		CU_ASSERT_EQUAL(port, 3261);
	}
}

static const struct unit_test address_tests[] = {
	{ "IPv4 is formatted without brackets",
	    v4_is_formatted_without_brackets },
	{ "IPv6 is formatted with brackets", v6_is_formatted_with_brackets },
	{ "a zone is an interface", zone_is_an_interface },
	{ "a name is no address", name_is_no_address },
	{ "an IPv4 range counts from the mapped prefix",
	    v4_range_counts_from_the_mapped_prefix },
	{ "an IPv6 range keeps its prefix", v6_range_keeps_its_prefix },
	{ "bad ranges are refused", bad_ranges_are_refused },
	{ "wildcards of both families are known",
	    wildcards_of_both_families_are_known },
	{ "a socket address and back is the same",
	    socket_address_and_back_is_the_same },
	{ NULL, NULL },
};

const struct unit_suite address_suite = { "address", address_tests };
