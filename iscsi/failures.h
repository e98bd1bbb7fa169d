/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/failures.h - logins that failed to prove who they are, by the address
 * that they came from: a tool that guesses secrets and waits for each answer is
 * slow.  One that takes silence for a no, and a new connection, is not: the
 * right secret is answered at once.  Against that helps a long secret.
 *
 * Only answers that refuse wait, so that nobody is kept out by the failures of
 * others, nor by those of one's own.  The owner serialises: the session table,
 * under its mutex.
 */
#ifndef ISCSI_FAILURES_H
#define ISCSI_FAILURES_H

#include <netinet/in.h>
#include <stdint.h>

#define FAILURES_PLACES    256   /* addresses that are remembered */
#define FAILURES_MEMORY_MS 60000 /* without one more: forgotten */
#define FAILURES_FREE      2     /* the first ones are answered at once */
#define FAILURES_STEP_MS   1000  /* the next waits so long, then each longer */
#define FAILURES_MOST_MS   5000

struct failures_place {
	struct in6_addr ip; /* of IPv6 the first 64 bits */
	uint64_t last_ms;
	unsigned count; /* 0: nobody's */
};

struct failures {
	struct failures_place places[FAILURES_PLACES];
};

/*
 * One more from there (f is zeroes at first).  How long its answer has to wait,
 * in ms; 0: not at all.  When there is no place, the address that has been
 * quiet longest is forgotten.
 */
unsigned failures_add(
    struct failures *f, const struct in6_addr *ip, uint64_t now_ms);

#endif
