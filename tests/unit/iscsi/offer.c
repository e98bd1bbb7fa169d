/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/offer.c - a service to log in to.
 */
#include "tests/unit/iscsi/offer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"

#define S(s) ((char *)(uintptr_t)(s))

static struct chap_credential credentials[] = {
	{ S("vmhost"), S("secret-of-vmhost"), NULL, NULL },
	{ S("vmhost2"), S("secret-of-vmhost"), S("san"),
	    S("secret-of-target") },
	{ S("0xuser"), S("secret-of-hex-user"), NULL, NULL },
	{ S("0buser"), S("secret-of-hex-user"), NULL, NULL },
};
static char *names[] = { S("iqn.2008-11.org.linux-kvm*") };
static struct address_range addresses[1];

static struct auth_group open_group = { .name = S("no-authentication"),
	.no_authentication = true };
static struct auth_group deny_group = { .name = S("no-access"), .deny = true };
static struct auth_group empty_group = { .name = S("empty") };
static struct auth_group chap_group = {
	.name = S("chap"), .chap = credentials, .chap_count = 4
};
static struct auth_group either_group = { .name = S("either"),
	.no_authentication = true,
	.chap = credentials,
	.chap_count = 4 };
static struct auth_group named_group = {
	.name = S("named"), .initiator_names = names, .initiator_name_count = 1
};
static struct auth_group addressed_group = { .name = S("addressed"),
	.initiator_addresses = addresses,
	.initiator_address_count = 1 };

struct portal_group offer_lan, offer_other, offer_moved, offer_secure;
struct peer_address offer_peer, offer_peer_100;

static struct portal lan_portals[1], other_portals[4];

static struct {
	const char *name, *alias;
	struct auth_group *group;
	struct portal_group *pg;
	const char *redirect;
} const offered[] = {
	{ "open", "open disk", &open_group, &offer_lan, NULL },
	{ "chap", "", &chap_group, &offer_lan, NULL },
	{ "either", "", &either_group, &offer_lan, NULL },
	{ "named", "", &named_group, &offer_lan, NULL },
	{ "addressed", "", &addressed_group, &offer_lan, NULL },
	{ "denied", "", &deny_group, &offer_lan, NULL },
	{ "empty", "", &empty_group, &offer_lan, NULL },
	{ "moved", "", &open_group, &offer_lan, "192.0.2.8:3260" },
	{ "elsewhere", "", &open_group, &offer_other, NULL },
};

#define OFFERED ARRAY_LEN(offered)

static struct target devices[OFFERED];
static struct target_portal_group places[OFFERED];
static struct iscsi_target targets[OFFERED];
static struct iscsi_target *target_list[OFFERED];
static struct service service;

static bool
offer_random(void *out, size_t bytes)
{
	memset(out, 0x11, bytes);
	return true;
}

static void
offer_free_last(struct service *s)
{
}

static void
offer_peer_set(struct peer_address *p, const char *mapped, const char *text)
{
	inet_pton(AF_INET6, mapped, &p->ip);
	p->port = 4711;
	snprintf(p->text, sizeof(p->text), "%s:4711", text);
}

static void
offer_portal(struct portal *p, const char *ip, const char *address,
    const char *advertised)
{
	memset(p, 0, sizeof(*p));
	inet_pton(AF_INET6, ip, &p->ip);
	p->wildcard =
	    strcmp(ip, "::") == 0 || strcmp(ip, "::ffff:0.0.0.0") == 0;
	snprintf(p->address, sizeof(p->address), "%s", address);
	snprintf(p->advertised, sizeof(p->advertised), "%s", advertised);
}

static void
offer_portal_groups(void)
{
	offer_portal(&lan_portals[0], "::ffff:192.0.2.1", "192.0.2.1:3260", "");
	offer_portal(&other_portals[0], "::ffff:0.0.0.0", "0.0.0.0:3261", "");
	offer_portal(&other_portals[1], "::", "[::]:3261", "");
	offer_portal(&other_portals[2], "::ffff:127.0.0.1", "127.0.0.1:3260",
	    "198.51.100.7:3260");
	offer_portal(
	    &other_portals[3], "2001:db8::1", "[2001:db8::1]:3260", "");
	offer_lan = (struct portal_group){ .name = S("lan"),
		.tag = 1,
		.portals = lan_portals,
		.portal_count = 1,
		.discovery_filter = DISCOVERY_FILTER_PORTAL_NAME };
	offer_other = offer_lan;
	offer_other.name = S("other");
	offer_other.tag = 2;
	offer_other.portals = other_portals;
	offer_other.portal_count = 4;
	offer_moved = offer_lan;
	offer_moved.redirect = S("192.0.2.9:3260");
	offer_secure = offer_lan;
	offer_secure.discovery_auth_group = &chap_group;
}

static void
offer_one(size_t i)
{
	memset(&devices[i], 0, sizeof(devices[i]));
	snprintf(devices[i].name, sizeof(devices[i].name),
	    "iqn.2026-11.test:%s", offered[i].name);
	snprintf(
	    devices[i].alias, sizeof(devices[i].alias), "%s", offered[i].alias);
	places[i] = (struct target_portal_group){ offered[i].pg, NULL, 0 };
	targets[i] = (struct iscsi_target){ .target = &devices[i],
		.auth_group = offered[i].group,
		.portal_groups = &places[i],
		.portal_group_count = 1,
		.redirect = S(offered[i].redirect) };
	target_list[i] = &targets[i];
}

struct service *
offer_service(void)
{
	size_t i;

	offer_peer_set(&offer_peer, "::ffff:192.0.2.77", "192.0.2.77");
	offer_peer_set(&offer_peer_100, "::ffff:198.51.100.9", "198.51.100.9");
	inet_pton(AF_INET6, "::ffff:198.51.100.0", &addresses[0].ip);
	addresses[0].prefix = 96 + 24;
	offer_portal_groups();
	for (i = 0; i < OFFERED; i++)
		offer_one(i);
	memset(&service, 0, sizeof(service));
	service.targets = target_list;
	service.target_count = OFFERED;
	service.limits = iscsi_limits_default;
	service.random = offer_random;
	service.free_last = offer_free_last;
	service.references = 1;
	return &service;
}

size_t
offer_text(const char *readable, uint8_t *out)
{
	size_t i, bytes = strlen(readable);

	for (i = 0; i < bytes; i++)
		out[i] = readable[i] == ';' ? '\0' : (uint8_t)readable[i];
	return bytes;
}

const char *
offer_readable(const void *text, size_t bytes, char *out)
{
	const char *from = text;
	size_t i;

	for (i = 0; i < bytes; i++)
		out[i] = from[i] == '\0' ? ';' : from[i];
	out[bytes] = '\0';
	return out;
}

struct iscsi_target *
offer_target(const char *name)
{
	size_t i;

	for (i = 0; i < OFFERED; i++) {
		if (strcmp(offered[i].name, name) == 0)
			return &targets[i];
	}
	return NULL;
}
