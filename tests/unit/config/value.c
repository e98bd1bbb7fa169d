/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/value.c - one argument to one field.
 */
#include "config/value.h"

#include <stdint.h>
#include <string.h>

#include "config/arena.h"
#include "config/config.h"
#include "config/endpoint.h"
#include "config/iname.h"
#include "tests/unit/config/support.h"

static struct value_fault fault;

static const struct value_type any = { .low = 0, .high = UINT64_MAX };

static uint64_t
size_of(const char *word)
{
	uint64_t n = 12345;

	return value_size(&any, NULL, word, &n, &fault) ? n : UINT64_MAX;
}

static void
value_sizes(void)
{
	CU_ASSERT_EQUAL(size_of("0"), 0);
	CU_ASSERT_EQUAL(size_of("512"), 512);
	CU_ASSERT_EQUAL(size_of("64K"), 65536);
	CU_ASSERT_EQUAL(size_of("64KiB"), 65536);
	CU_ASSERT_EQUAL(size_of("20G"), 20ull << 30);
	CU_ASSERT_EQUAL(size_of("1TiB"), 1ull << 40);
	CU_ASSERT_EQUAL(size_of("16383P"), 16383ull << 50);
}

static void
refuse_percent(const char *word, const char *meant)
{
	unsigned n = 12345;

	CU_ASSERT_FALSE(value_percent(&any, NULL, word, &n, &fault));
	CU_ASSERT_EQUAL(n, 12345);
	CU_ASSERT_STRING_EQUAL(fault.suggestion, meant);
}

static void
value_percents(void)
{
	unsigned n = 0;

	CU_ASSERT(value_percent(&any, NULL, "1%", &n, &fault));
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT(value_percent(&any, NULL, "100%", &n, &fault));
	CU_ASSERT_EQUAL(n, 100);
	CU_ASSERT(value_percent(&any, NULL, "none", &n, &fault));
	CU_ASSERT_EQUAL(n, CONFIG_NO_THRESHOLD);
	refuse_percent("", "");
	refuse_percent("%", "");
	refuse_percent("0%", "");
	refuse_percent("101%", "");
	refuse_percent("80", "80%");
	refuse_percent("80 %", "");
	refuse_percent("None", "");
}

static void
refuse_size(const char *word, const char *meant)
{
	CU_ASSERT_EQUAL(size_of(word), UINT64_MAX);
	CU_ASSERT_STRING_EQUAL(fault.suggestion, meant);
}

static void
value_no_sizes(void)
{
	refuse_size("", "");
	refuse_size("G", "");
	refuse_size("-1", "");
	refuse_size("1.5G", "");
	refuse_size("20g", "20G");
	refuse_size("20GB", "20G");
	refuse_size("20 G", "");
	refuse_size("0x10", "");
	refuse_size("16384P", "");
	refuse_size("18446744073709551616", "");
}

static unsigned
time_of(const char *word)
{
	const struct value_type type = { .low = 0, .high = 3600000 };
	unsigned ms;

	return value_time(&type, NULL, word, &ms, &fault) ? ms : UINT32_MAX;
}

static void
value_times(void)
{
	CU_ASSERT_EQUAL(time_of("1500ms"), 1500);
	CU_ASSERT_EQUAL(time_of("15s"), 15000);
	CU_ASSERT_EQUAL(time_of("10min"), 600000);
	CU_ASSERT_EQUAL(time_of("61min"), UINT32_MAX);
	CU_ASSERT_STRING_EQUAL(
	    fault.text, "\"61min\" is not a time from 0s to 60min");
	CU_ASSERT_EQUAL(time_of("15"), UINT32_MAX);
	CU_ASSERT_STRING_EQUAL(fault.suggestion, "15s");
	CU_ASSERT_EQUAL(time_of("5m"), UINT32_MAX);
	CU_ASSERT_STRING_EQUAL(fault.suggestion, "5min");
	CU_ASSERT_EQUAL(time_of("99999999999999999999s"), UINT32_MAX);
}

static const char *
endpoint_of(const char *word)
{
	static char text[ENDPOINT_TEXT];
	struct endpoint e;

	if (!endpoint_parse(&e, word, &fault))
		return "";
	endpoint_print(&e, text);
	return text;
}

static void
value_endpoints(void)
{
	CU_ASSERT_STRING_EQUAL(endpoint_of("192.0.2.1"), "192.0.2.1:3260");
	CU_ASSERT_STRING_EQUAL(endpoint_of("192.0.2.1:1"), "192.0.2.1:1");
	CU_ASSERT_STRING_EQUAL(endpoint_of("[::]"), "[::]:3260");
	CU_ASSERT_STRING_EQUAL(
	    endpoint_of("[2001:DB8:0::1]:65535"), "[2001:db8::1]:65535");
}

static void
value_no_endpoints(void)
{
	static const char *const words[] = { "", ":", ":3260", "host",
		"host:3260", "1.2.3", "1.2.3.4.5", "1.2.3.4:", "1.2.3.4:0",
		"1.2.3.4:65536", "1.2.3.4:3260x", "[", "[]", "[]:1", "[::1",
		"[::1]3260", "[::1]:", "[1.2.3.4]", "[::ffff:1.2.3.4]",
		"[fe80::1%eth0]", "1.2.3.4]:5", "1.2.3.4[:5" };
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		expect_text(endpoint_of(words[i]), "");
	CU_ASSERT_STRING_EQUAL(endpoint_of("2001:db8::1"), "");
	CU_ASSERT_STRING_EQUAL(fault.suggestion, "[2001:db8::1]:3260");
}

static const char *
listen_of(const char *word)
{
	static char text[ENDPOINT_TEXT];
	struct endpoint e;

	if (!endpoint_parse_listen(&e, word, &fault))
		return "";
	endpoint_print(&e, text);
	return text;
}

static void
value_listen(void)
{
	static const char *const words[] = { "[fe80::1]", "[2001:db8::1%eth0]",
		"[::1%lo]:1", "1.2.3.4%eth0", "[fe80::1%]", "fe80::1%eth0",
		"[fe80::1%an-interface-of-17]", "[%eth0]", "%eth0",
		"[fe80::1%a", "[fe80::1]%eth0", "[fe80::1]:3260%eth0" };
	unsigned i;

	CU_ASSERT_STRING_EQUAL(listen_of("192.0.2.1"), "192.0.2.1:3260");
	CU_ASSERT_STRING_EQUAL(listen_of("[::]:1"), "[::]:1");
	CU_ASSERT_STRING_EQUAL(
	    listen_of("[FE80:0::1%eth0.7]:99"), "[fe80::1%eth0.7]:99");
	CU_ASSERT_STRING_EQUAL(
	    listen_of("[fe80::1%eth0]"), "[fe80::1%eth0]:3260");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		expect_text(listen_of(words[i]), "");
}

static bool
is_cidr(const char *word)
{
	const char *out;

	return value_cidr(&any, NULL, word, &out, &fault);
}

static void
value_networks(void)
{
	CU_ASSERT(is_cidr("192.0.2.0/24"));
	CU_ASSERT(is_cidr("192.0.2.7"));
	CU_ASSERT(is_cidr("192.0.2.7/32"));
	CU_ASSERT(is_cidr("0.0.0.0/0"));
	CU_ASSERT(is_cidr("2001:db8::/32"));
	CU_ASSERT(is_cidr("::/0"));
	CU_ASSERT_FALSE(is_cidr("192.0.2.0/33"));
	CU_ASSERT_FALSE(is_cidr("192.0.2.0/"));
	CU_ASSERT_FALSE(is_cidr("192.0.2.0/24/1"));
	CU_ASSERT_FALSE(is_cidr("192.0.2/24"));
	CU_ASSERT_FALSE(is_cidr("2001:db8::/129"));
	CU_ASSERT_FALSE(is_cidr("[::1]"));
	CU_ASSERT_FALSE(is_cidr("host"));
	CU_ASSERT_FALSE(is_cidr("10.1.2.3/12"));
	CU_ASSERT_STRING_EQUAL(fault.suggestion, "10.0.0.0/12");
}

static void
value_target_names(void)
{
	static const char *const good[] = { "iqn.2026-11.lab.example:vms",
		"iqn.2001-04.com.example", "iqn.2001-04.com.example:a_b.c-d:e",
		"eui.02004567a425678d", "naa.52004567ba64678d",
		"naa.62004567ba64678d0123456789abcdef" };
	static const char *const bad[] = { "", "iqn", "iqn.", "iqn.2026-11",
		"iqn.2026-11.", "iqn.2026-13.a", "iqn.2026-00.a",
		"iqn.26-11.a:b", "iqn.2026-11.:a", "iqn.2026-11.a b",
		"iqn.2026-11.a/b", "iqn.2026-11.\xc3\xa9", "eui.02004567a42567",
		"eui.02004567a425678g", "naa.5", "foo.2026-11.a",
		"iqn.2026-11.A" };
	unsigned i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT(iname_check_target(good[i], &fault));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(iname_check_target(bad[i], &fault));
}

static void
value_name_length(void)
{
	char name[225] = "iqn.2026-11.a:";

	memset(name + 14, 'x', 223 - 14);
	CU_ASSERT(iname_check_target(name, &fault));
	name[223] = 'x';
	CU_ASSERT_FALSE(iname_check_target(name, &fault));
	CU_ASSERT_STRING_EQUAL(
	    fault.text, "a name of 224 bytes; at most 223 are allowed");
}

static bool
is_glob(const char *word)
{
	const char *out;

	return value_glob(&any, NULL, word, &out, &fault);
}

static void
value_globs(void)
{
	CU_ASSERT(is_glob("*"));
	CU_ASSERT(is_glob("iqn.2008-11.org.linux-kvm:*"));
	CU_ASSERT(is_glob("iqn.2008-11.org:host[0-9]?"));
	CU_ASSERT_FALSE(is_glob(""));
	CU_ASSERT_FALSE(is_glob("iqn.[0-9"));
	CU_ASSERT_FALSE(is_glob("iqn.2008-11.org:Host"));
	CU_ASSERT_FALSE(is_glob("a b"));
}

static void
expect_naa(const char *word, const char *wanted)
{
	struct arena arena;
	char *hex = NULL;

	arena_init(&arena, 1024);
	value_naa(&any, &arena, word, &hex, &fault);
	CU_ASSERT_STRING_EQUAL(hex == NULL ? "" : hex, wanted);
	arena_free(&arena);
}

static void
value_naas(void)
{
	expect_naa("52004567BA64678D", "52004567ba64678d");
	expect_naa("0x62004567ba64678d0123456789abcdef",
	    "62004567ba64678d0123456789abcdef");
	expect_naa("naa.52004567ba64678d", "52004567ba64678d");
	expect_naa("62004567ba64678d", "");
	expect_naa("52004567ba64678d0123456789abcdef", "");
	expect_naa("52004567ba6467", "");
	expect_naa("xyz", "");
	expect_naa("", "");
}

static const struct unit_test tests[] = {
	{ "sizes are powers of 1024", value_sizes },
	{ "what is no size is refused", value_no_sizes },
	{ "parts are in percent, or none", value_percents },
	{ "times want a unit", value_times },
	{ "addresses with and without a port", value_endpoints },
	{ "what is no address is refused", value_no_endpoints },
	{ "addresses to listen at", value_listen },
	{ "networks in CIDR", value_networks },
	{ "forms of target names", value_target_names },
	{ "a target name has 223 bytes at most", value_name_length },
	{ "patterns of initiator names", value_globs },
	{ "NAA identifiers have a type", value_naas },
	{ NULL, NULL },
};
const struct unit_suite value_suite = { "value", tests };
