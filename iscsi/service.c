/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/service.c - what is offered, and who may have it.
 */
#include "iscsi/service.h"

#include <fnmatch.h>
#include <string.h>

const struct iscsi_limits iscsi_limits_default = {
	.login_timeout_ms = 15000,
	.login_rounds = 16,
	.login_text_bytes = 64 << 10,
	.ping_idle_ms = 15000,
	.ping_timeout_ms = 15000,
	.output_stall_ms = 30000,
	.commands_per_session = 128,
	.sessions_per_initiator = 64,
	.max_recv_data_segment = 256 << 10,
	.max_burst = 1 << 20,
	.first_burst = 256 << 10,
	.max_outstanding_r2t = 16,
	.task_abort_timeout_ms = 1500,
};

void
service_ref(struct service *service)
{
	atomic_fetch_add_explicit(
	    &service->references, 1, memory_order_relaxed);
}

void
service_unref(struct service *service)
{
	if (atomic_fetch_sub_explicit(
		&service->references, 1, memory_order_acq_rel) == 1)
		service->free_last(service);
}

struct iscsi_target *
service_find_target(const struct service *service, const char *name)
{
	unsigned i;

	for (i = 0; i < service->target_count; i++) {
		if (strcmp(service->targets[i]->target->name, name) == 0)
			return service->targets[i];
	}
	return NULL;
}

struct portal_group *
service_find_tag(const struct service *service, uint16_t tag)
{
	unsigned i;

	for (i = 0; i < service->portal_group_count; i++) {
		if (service->portal_groups[i]->tag == tag)
			return service->portal_groups[i];
	}
	return NULL;
}

static const struct target_portal_group *
iscsi_target_at(const struct iscsi_target *t, const struct portal_group *pg)
{
	unsigned i;

	for (i = 0; i < t->portal_group_count; i++) {
		if (t->portal_groups[i].portal_group == pg)
			return &t->portal_groups[i];
	}
	return NULL;
}

uint16_t
iscsi_target_tag(const struct iscsi_target *t, const struct portal_group *pg)
{
	const struct target_portal_group *g = iscsi_target_at(t, pg);

	if (g == NULL)
		return 0;
	return g->tag != 0 ? g->tag : pg->tag;
}

const struct auth_group *
iscsi_target_auth(const struct iscsi_target *t, const struct portal_group *pg)
{
	const struct target_portal_group *g = iscsi_target_at(t, pg);

	if (g == NULL)
		return NULL;
	return g->auth_group != NULL ? g->auth_group : t->auth_group;
}

bool
auth_group_accepts_none(const struct auth_group *ag)
{
	if (ag->deny)
		return false;
	if (ag->no_authentication)
		return true;
	/* A group that only names addresses or initiators asks for no proof;
	 * one that says nothing at all is closed. */
	return ag->chap_count == 0 && (ag->initiator_name_count > 0 ||
					  ag->initiator_address_count > 0);
}

static bool
address_range_holds(
    const struct address_range *range, const struct in6_addr *ip)
{
	unsigned bytes = range->prefix / 8, bits = range->prefix % 8;
	unsigned mask = 0xff00u >> bits & 0xff;

	if (memcmp(&range->ip, ip, bytes) != 0)
		return false;
	if (bits == 0)
		return true;
	return ((range->ip.s6_addr[bytes] ^ ip->s6_addr[bytes]) & mask) == 0;
}

bool
auth_group_admits_address(
    const struct auth_group *ag, const struct peer_address *peer)
{
	unsigned i;

	if (ag->deny)
		return false;
	for (i = 0; i < ag->initiator_address_count; i++) {
		if (address_range_holds(&ag->initiator_addresses[i], &peer->ip))
			return true;
	}
	return ag->initiator_address_count == 0;
}

bool
auth_group_admits_name(const struct auth_group *ag, const char *initiator_name)
{
	unsigned i;

	if (ag->deny)
		return false;
	for (i = 0; i < ag->initiator_name_count; i++) {
		if (fnmatch(ag->initiator_names[i], initiator_name,
			FNM_CASEFOLD) == 0)
			return true;
	}
	return ag->initiator_name_count == 0;
}

const struct chap_credential *
auth_group_find_chap(const struct auth_group *ag, const char *user, size_t len)
{
	const struct chap_credential *c;
	unsigned i;

	for (i = 0; i < ag->chap_count; i++) {
		c = &ag->chap[i];
		if (strlen(c->user) == len && memcmp(c->user, user, len) == 0)
			return c;
	}
	return NULL;
}

static bool
auth_group_admits_user(const struct auth_group *ag, const char *chap_user)
{
	if (auth_group_accepts_none(ag))
		return true;
	return chap_user != NULL &&
	       auth_group_find_chap(ag, chap_user, strlen(chap_user)) != NULL;
}

bool
service_shows_target(const struct iscsi_target *t,
    const struct portal_group *pg, const struct peer_address *peer,
    const char *initiator_name, const char *chap_user)
{
	const struct auth_group *ag = iscsi_target_auth(t, pg);
	enum discovery_filter filter = pg->discovery_filter;

	if (ag == NULL)
		return false;
	if (filter >= DISCOVERY_FILTER_PORTAL &&
	    !auth_group_admits_address(ag, peer))
		return false;
	if (filter >= DISCOVERY_FILTER_PORTAL_NAME &&
	    !auth_group_admits_name(ag, initiator_name))
		return false;
	return filter < DISCOVERY_FILTER_PORTAL_NAME_AUTH ||
	       auth_group_admits_user(ag, chap_user);
}

bool
service_shows_elsewhere(const struct iscsi_target *t,
    const struct portal_group *pg, const struct peer_address *peer,
    const char *initiator_name, const char *chap_user)
{
	const struct auth_group *ag = pg->discovery_auth_group;

	if (ag != NULL && !(auth_group_admits_address(ag, peer) &&
			      auth_group_admits_name(ag, initiator_name) &&
			      auth_group_admits_user(ag, chap_user)))
		return false;
	return service_shows_target(t, pg, peer, initiator_name, chap_user);
}
