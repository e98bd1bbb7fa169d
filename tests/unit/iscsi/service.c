/* SPDX-License-Identifier: BSD-2-Clause */
#include "iscsi/service.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/iscsi/offer.h"
#include "tests/unit/unit.h"

static unsigned freed;

static void
count_free(struct service *s)
{
	freed++;
}

static void
the_last_reference_frees(void)
{
	struct service *s = offer_service();

	s->free_last = count_free;
	freed = 0;
	service_ref(s);
	service_unref(s);
	CU_ASSERT_EQUAL(freed, 0);
	service_unref(s);
	CU_ASSERT_EQUAL(freed, 1);
}

static void
targets_are_found_by_exact_name(void)
{
	struct service *s = offer_service();

	CU_ASSERT_PTR_EQUAL(service_find_target(s, "iqn.2026-11.test:open"),
	    offer_target("open"));
	CU_ASSERT_PTR_NULL(service_find_target(s, "iqn.2026-11.test:ope"));
	CU_ASSERT_PTR_NULL(service_find_target(s, "iqn.2026-11.test:openx"));
	CU_ASSERT_PTR_NULL(service_find_target(s, ""));
}

static void
a_portal_groups_auth_group_comes_first(void)
{
	struct auth_group own = { .no_authentication = true };
	struct iscsi_target *t;

	offer_service();
	t = offer_target("chap");
	CU_ASSERT_PTR_EQUAL(iscsi_target_auth(t, &offer_lan), t->auth_group);
	CU_ASSERT_PTR_NULL(iscsi_target_auth(t, &offer_other));
	t->portal_groups[0].auth_group = &own;
	CU_ASSERT_PTR_EQUAL(iscsi_target_auth(t, &offer_lan), &own);
}

static void
a_target_may_have_a_tag_of_its_own(void)
{
	struct iscsi_target *t;

	offer_service();
	t = offer_target("open");
	CU_ASSERT_EQUAL(iscsi_target_tag(t, &offer_lan), offer_lan.tag);
	CU_ASSERT_EQUAL(iscsi_target_tag(t, &offer_other), 0);
	t->portal_groups[0].tag = 77;
	CU_ASSERT_EQUAL(iscsi_target_tag(t, &offer_lan), 77);
	t->portal_groups[0].tag = 0;
}

static const struct {
	const char *range;
	unsigned prefix;
	const char *ip;
	bool inside;
} ranges[] = {
	{ "::ffff:192.0.2.0", 96 + 24, "::ffff:192.0.2.255", true },
	{ "::ffff:192.0.2.0", 96 + 24, "::ffff:192.0.3.0", false },
	{ "::ffff:192.0.2.128", 96 + 25, "::ffff:192.0.2.127", false },
	{ "::ffff:192.0.2.128", 96 + 25, "::ffff:192.0.2.128", true },
	{ "::ffff:192.0.2.1", 128, "::ffff:192.0.2.1", true },
	{ "::ffff:192.0.2.1", 128, "::ffff:192.0.2.0", false },
	{ "::ffff:0.0.0.0", 96, "2001:db8::1", false },
	{ "2001:db8::", 33, "2001:db8:7fff::1", true },
	{ "2001:db8::", 33, "2001:db8:8000::1", false },
	{ "::", 0, "::ffff:10.0.0.1", true },
};

static void
addresses_are_compared_by_prefix(void)
{
	struct address_range range;
	struct auth_group ag = { .initiator_addresses = &range,
		.initiator_address_count = 1 };
	struct peer_address peer;
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		inet_pton(AF_INET6, ranges[i].range, &range.ip);
		range.prefix = ranges[i].prefix;
		inet_pton(AF_INET6, ranges[i].ip, &peer.ip);
		CU_ASSERT_EQUAL(
		    auth_group_admits_address(&ag, &peer), ranges[i].inside);
	}
}

static void
names_are_globs(void)
{
	char glob[] = "iqn.2008-11.org.Linux-KVM:vm?-*";
	char *globs[] = { glob };
	struct auth_group ag = { .initiator_names = globs,
		.initiator_name_count = 1 };

	CU_ASSERT_TRUE(
	    auth_group_admits_name(&ag, "iqn.2008-11.org.linux-kvm:vm1-a"));
	CU_ASSERT_FALSE(
	    auth_group_admits_name(&ag, "iqn.2008-11.org.linux-kvm:vm12-a"));
	CU_ASSERT_FALSE(
	    auth_group_admits_name(&ag, "iqn.2008-11.org.linux-kvm:"));
}

static void
only_what_is_opened_accepts_none(void)
{
	offer_service();
	CU_ASSERT_TRUE(
	    auth_group_accepts_none(offer_target("open")->auth_group));
	CU_ASSERT_TRUE(
	    auth_group_accepts_none(offer_target("either")->auth_group));
	CU_ASSERT_TRUE(
	    auth_group_accepts_none(offer_target("named")->auth_group));
	CU_ASSERT_FALSE(
	    auth_group_accepts_none(offer_target("chap")->auth_group));
	CU_ASSERT_FALSE(
	    auth_group_accepts_none(offer_target("empty")->auth_group));
	CU_ASSERT_FALSE(
	    auth_group_accepts_none(offer_target("denied")->auth_group));
}

static bool
shown(const char *target, enum discovery_filter filter, const char *user)
{
	offer_lan.discovery_filter = filter;
	return service_shows_target(offer_target(target), &offer_lan,
	    &offer_peer, "iqn.1994-05.test:host", user);
}

static void
filter_none_shows_all_of_the_portal_group(void)
{
	offer_service();
	CU_ASSERT_TRUE(shown("addressed", DISCOVERY_FILTER_NONE, NULL));
	CU_ASSERT_TRUE(shown("named", DISCOVERY_FILTER_NONE, NULL));
	CU_ASSERT_FALSE(shown("elsewhere", DISCOVERY_FILTER_NONE, NULL));
}

static void
filter_portal_looks_at_addresses(void)
{
	offer_service();
	CU_ASSERT_FALSE(shown("addressed", DISCOVERY_FILTER_PORTAL, NULL));
	CU_ASSERT_FALSE(shown("denied", DISCOVERY_FILTER_PORTAL, NULL));
	CU_ASSERT_TRUE(shown("named", DISCOVERY_FILTER_PORTAL, NULL));
}

static void
filter_portal_name_looks_at_names_too(void)
{
	offer_service();
	CU_ASSERT_FALSE(shown("named", DISCOVERY_FILTER_PORTAL_NAME, NULL));
	CU_ASSERT_TRUE(shown("chap", DISCOVERY_FILTER_PORTAL_NAME, NULL));
}

static void
filter_portal_name_auth_looks_at_the_proof_too(void)
{
	const enum discovery_filter filter = DISCOVERY_FILTER_PORTAL_NAME_AUTH;

	offer_service();
	CU_ASSERT_TRUE(shown("open", filter, NULL));
	CU_ASSERT_FALSE(shown("chap", filter, NULL));
	CU_ASSERT_FALSE(shown("chap", filter, "nobody"));
	CU_ASSERT_TRUE(shown("chap", filter, "vmhost"));
}

static const struct unit_test tests[] = {
	{ "the last reference frees", the_last_reference_frees },
	{ "targets are found by exact name", targets_are_found_by_exact_name },
	{ "a portal group's auth-group comes first",
	    a_portal_groups_auth_group_comes_first },
	{ "a target may have a tag of its own",
	    a_target_may_have_a_tag_of_its_own },
	{ "addresses are compared by prefix",
	    addresses_are_compared_by_prefix },
	{ "names are globs", names_are_globs },
	{ "only what is opened accepts None",
	    only_what_is_opened_accepts_none },
	{ "filter none shows all of the portal group",
	    filter_none_shows_all_of_the_portal_group },
	{ "filter portal looks at addresses",
	    filter_portal_looks_at_addresses },
	{ "filter portal-name looks at names too",
	    filter_portal_name_looks_at_names_too },
	{ "filter portal-name-auth looks at the proof too",
	    filter_portal_name_auth_looks_at_the_proof_too },
	{ NULL, NULL },
};

const struct unit_suite service_suite = { "service", tests };
