/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/tries.h - who has tried wrong tokens, and how many: each address has
 * TRIES_AT_ONCE, and one more in each TRIES_MS.  Of IPv6, all addresses of a
 * /64 are one, for one host has as many of them as it likes.
 *
 * An address that is not remembered may try.  When there is no room for one
 * more, that whose wrong tries are over first is forgotten for it: whoever has
 * very many addresses tries more, and keeps nobody else out.  Not locked; a
 * zeroed one is ready.  Times are those of clock_now_ms().
 */
#ifndef SERVER_TRIES_H
#define SERVER_TRIES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define TRIES_AT_ONCE 10u
#define TRIES_MS      1000u
#define TRIES_HOSTS   64 /* that are remembered at a time */

struct tries_host {
	struct in6_addr address;
	uint64_t
	    until_ms; /* its wrong tries have used up the time until then */
};

struct tries {
	struct tries_host hosts[TRIES_HOSTS];
};

/* False: there were too many wrong ones from there; none is to be looked at. */
bool tries_may(
    const struct tries *t, const struct in6_addr *address, uint64_t now_ms);
void tries_wrong(
    struct tries *t, const struct in6_addr *address, uint64_t now_ms);

#endif
