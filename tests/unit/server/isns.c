/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/isns.c - messages to an iSNS server.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "server/isns_pdu.h"
#include "tests/unit/unit.h"

static char lan_name[] = "lan";
static struct portal portals[3];
static struct portal_group lan = {
	.name = lan_name, .tag = 3, .portals = portals, .portal_count = 3
};
static struct portal_group *groups[] = { &lan };
static struct target_portal_group place = { .portal_group = &lan, .tag = 9 };
static struct iscsi_target disk = { .portal_groups = &place,
	.portal_group_count = 1 };
static struct iscsi_target *disks[] = { &disk };
static struct service service = { .portal_groups = groups,
	.portal_group_count = 1,
	.targets = disks,
	.target_count = 1 };

static void
set_portal(struct portal *p, const char *address, const char *advertised)
{
	memset(p, 0, sizeof(*p));
	strcpy(p->address, address);
	strcpy(p->advertised, advertised);
}

static struct isns_entity
make_entity(void)
{
	struct isns_entity e = { .service = &service,
		.source = "iqn.2026-11.test:disk",
		.eid = "host:/state",
		.period = 900,
		.transaction = 77 };

	inet_pton(AF_INET6, "::ffff:198.51.100.4", &e.address);
	disk.target = target_new("iqn.2026-11.test:disk", "a disk");
	set_portal(&portals[0], "192.0.2.1:3260", "");
	set_portal(&portals[1], "0.0.0.0:3261", "");
	portals[1].wildcard = true;
	inet_pton(AF_INET6, "::ffff:0.0.0.0", &portals[1].ip);
	set_portal(&portals[2], "[::]:3260", "[2001:db8::7]:860");
	portals[2].wildcard = true;
	return e;
}

/* The value of the nth attribute of that tag, NULL: there is none. */
static const uint8_t *
find(const uint8_t *m, size_t bytes, uint32_t tag, unsigned n)
{
	size_t at = ISNS_HEADER_BYTES;

	for (; at < bytes; at += 8 + get_be32(m + at + 4)) {
		CU_ASSERT_EQUAL_FATAL(get_be32(m + at + 4) % 4, 0);
		if (get_be32(m + at) == tag && n-- == 0)
			return m + at + 8;
	}
	CU_ASSERT_EQUAL(at, bytes);
	return NULL;
}

static bool
is_address(const uint8_t *value, const char *text)
{
	struct in6_addr ip;

	return value != NULL && inet_pton(AF_INET6, text, &ip) == 1 &&
	       memcmp(value, &ip, sizeof(ip)) == 0;
}

static void
a_registration_has_all_portals_and_targets(void)
{
	struct isns_entity e = make_entity();
	size_t bytes = 0;
	uint8_t *m = isns_register(&e, &bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(get_be16(m), 1);
	CU_ASSERT_EQUAL(get_be16(m + 2), 1);
	CU_ASSERT_EQUAL(isns_payload(m), bytes - ISNS_HEADER_BYTES);
	CU_ASSERT_EQUAL(get_be16(m + 6), 0x9c00);
	CU_ASSERT_EQUAL(get_be16(m + 8), 77);
	CU_ASSERT_STRING_EQUAL(find(m, bytes, 1, 1), "host:/state");
	CU_ASSERT_EQUAL(get_be32(find(m, bytes, 2, 0)), 2);
	CU_ASSERT_EQUAL(get_be32(find(m, bytes, 6, 0)), 900);
	CU_ASSERT_TRUE(is_address(find(m, bytes, 16, 0), "::ffff:192.0.2.1"));
	CU_ASSERT_TRUE(
	    is_address(find(m, bytes, 16, 1), "::ffff:198.51.100.4"));
	CU_ASSERT_EQUAL(get_be32(find(m, bytes, 17, 1)), 3261);
	CU_ASSERT_TRUE(is_address(find(m, bytes, 16, 2), "2001:db8::7"));
	CU_ASSERT_EQUAL(get_be32(find(m, bytes, 17, 2)), 860);
	CU_ASSERT_STRING_EQUAL(find(m, bytes, 32, 1), "iqn.2026-11.test:disk");
	CU_ASSERT_EQUAL(get_be32(find(m, bytes, 33, 0)), 1);
	CU_ASSERT_STRING_EQUAL(find(m, bytes, 34, 0), "a disk");
	CU_ASSERT_EQUAL(get_be32(find(m, bytes, 51, 2)), 9);
	CU_ASSERT_EQUAL(get_be32(find(m, bytes, 50, 2)), 860);
	CU_ASSERT_PTR_NULL(find(m, bytes, 51, 3));
	free(m);
	target_unref(disk.target);
}

static void
a_deregistration_names_the_entity(void)
{
	struct isns_entity e = make_entity();
	size_t bytes = 0;
	uint8_t *m = isns_deregister(&e, &bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(get_be16(m + 2), 4);
	CU_ASSERT_EQUAL(get_be16(m + 6), 0x8c00);
	CU_ASSERT_STRING_EQUAL(find(m, bytes, 32, 0), "iqn.2026-11.test:disk");
	CU_ASSERT_STRING_EQUAL(find(m, bytes, 1, 0), "host:/state");
	free(m);
	target_unref(disk.target);
}

static void
an_answer_belongs_to_its_request(void)
{
	uint8_t request[12] = { 0, 1, 0, 1, 0, 0, 0, 0, 0, 5 };
	uint8_t answer[16] = { 0, 1, 0x80, 1, 0, 4, 0, 0, 0, 5 };
	uint32_t status = 99;

	CU_ASSERT_TRUE(isns_answer(request, answer, 16, &status));
	CU_ASSERT_EQUAL(status, 0);
	answer[15] = 8;
	CU_ASSERT_TRUE(isns_answer(request, answer, 16, &status));
	CU_ASSERT_STRING_EQUAL(isns_status_text(status), "source unauthorized");
	CU_ASSERT_FALSE(isns_answer(request, answer, 12, &status));
	answer[9] = 6;
	CU_ASSERT_FALSE(isns_answer(request, answer, 16, &status));
	answer[9] = 5;
	answer[3] = 4;
	CU_ASSERT_FALSE(isns_answer(request, answer, 16, &status));
	CU_ASSERT_STRING_EQUAL(isns_status_text(4711), "refused");
}

static const struct unit_test tests[] = {
	{ "a registration has all portals and targets",
	    a_registration_has_all_portals_and_targets },
	{ "a deregistration names the entity",
	    a_deregistration_names_the_entity },
	{ "an answer belongs to its request",
	    an_answer_belongs_to_its_request },
	{ NULL, NULL },
};

const struct unit_suite isns_suite = { "isns", tests };
