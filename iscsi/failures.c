/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/failures.c - logins that failed to prove who they are.
 */
#include "iscsi/failures.h"

#include <stdbool.h>
#include <string.h>

#include "common/bytes.h"

/* A host has all of a /64 to come from. */
static struct in6_addr
failures_network(const struct in6_addr *ip)
{
	struct in6_addr network = *ip;

	if (!IN6_IS_ADDR_V4MAPPED(ip))
		memset(network.s6_addr + 8, 0, 8);
	return network;
}

static bool
place_is_stale(const struct failures_place *p, uint64_t now_ms)
{
	return p->count == 0 || p->last_ms + FAILURES_MEMORY_MS <= now_ms;
}

/* Its own; or one that is free, or has been quiet longest, made its own. */
static struct failures_place *
failures_place(struct failures *f, const struct in6_addr *ip)
{
	struct failures_place *p, *oldest = f->places;

	for (p = f->places; p < f->places + FAILURES_PLACES; p++) {
		if (p->count > 0 && memcmp(&p->ip, ip, sizeof(*ip)) == 0)
			return p;
		if (p->count == 0 || p->last_ms < oldest->last_ms)
			oldest = p;
	}
	*oldest = (struct failures_place){ .ip = *ip };
	return oldest;
}

unsigned
failures_add(struct failures *f, const struct in6_addr *ip, uint64_t now_ms)
{
	struct in6_addr network = failures_network(ip);
	struct failures_place *p;
	unsigned over;

	p = failures_place(f, &network);
	if (place_is_stale(p, now_ms))
		p->count = 0;
	p->count++;
	p->last_ms = now_ms;
	over = p->count > FAILURES_FREE ? p->count - FAILURES_FREE : 0;
	return (unsigned)min_u64(
	    (uint64_t)over * FAILURES_STEP_MS, FAILURES_MOST_MS);
}
