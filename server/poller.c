/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/poller.c - whether it pays to look for work before sleeping.
 */
#include "server/poller.h"

#define POLLER_PENALTY_MOST 127

bool
poller_wants(struct poller *p)
{
	if (p->most_us == 0)
		return false;
	if (p->skip == 0)
		return true;
	p->skip--;
	return false;
}

void
poller_looked(struct poller *p, bool found)
{
	p->penalty = found ? 0 : p->penalty * 2 + 1;
	if (p->penalty > POLLER_PENALTY_MOST)
		p->penalty = POLLER_PENALTY_MOST;
	p->skip = p->penalty;
}
