/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/poller.h - whether it pays to look for work a little longer before
 * sleeping.
 *
 * A sleep and a wake-up cost more than what they wait for when the next command
 * is only microseconds away.  Looking in vain makes the next sleeps come at
 * once, twice as many each time; finding something ends that.  An
 * idle loop does not look at all, because nothing ends its sleep.
 */
#ifndef SERVER_POLLER_H
#define SERVER_POLLER_H

#include <stdbool.h>

struct poller {
	unsigned most_us; /* 0: never look */
	unsigned penalty; /* sleeps that the last look in vain cost */
	unsigned skip;    /* of those, how many are left */
};

/* About to sleep: look first? */
bool poller_wants(struct poller *p);
/* How that ended. */
void poller_looked(struct poller *p, bool found);

#endif
