/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/tries.c - who has tried wrong tokens.
 */
#include "server/tries.h"

#include <string.h>

#include "common/bytes.h"

static struct in6_addr
tries_network(const struct in6_addr *address)
{
	struct in6_addr network = *address;

	if (!IN6_IS_ADDR_V4MAPPED(address))
		memset(&network.s6_addr[8], 0, 8);
	return network;
}

/* TRIES_HOSTS: it is not remembered. */
static unsigned
tries_find(const struct tries *t, const struct in6_addr *network)
{
	unsigned i;

	for (i = 0; i < TRIES_HOSTS; i++) {
		if (memcmp(&t->hosts[i].address, network, sizeof(*network)) ==
		    0)
			break;
	}
	return i;
}

static unsigned
tries_over_first(const struct tries *t)
{
	unsigned i, first = 0;

	for (i = 1; i < TRIES_HOSTS; i++) {
		if (t->hosts[i].until_ms < t->hosts[first].until_ms)
			first = i;
	}
	return first;
}

bool
tries_may(
    const struct tries *t, const struct in6_addr *address, uint64_t now_ms)
{
	struct in6_addr network = tries_network(address);
	unsigned i = tries_find(t, &network);

	return i == TRIES_HOSTS || t->hosts[i].until_ms + TRIES_MS <=
				       now_ms + TRIES_AT_ONCE * TRIES_MS;
}

void
tries_wrong(struct tries *t, const struct in6_addr *address, uint64_t now_ms)
{
	struct in6_addr network = tries_network(address);
	unsigned i = tries_find(t, &network);
	struct tries_host *h;

	if (i == TRIES_HOSTS) {
		i = tries_over_first(t);
		t->hosts[i] = (struct tries_host){ .address = network };
	}
	h = &t->hosts[i];
	h->until_ms = max_u64(h->until_ms, now_ms) + TRIES_MS;
}
