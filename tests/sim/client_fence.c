/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_fence.c - the Response Fence (RFC 7143 4.2.2.3.3): until the
 * initiator has acknowledged a response with it, none comes on another
 * connection.
 */
#include <stdio.h>

#include "tests/sim/client.h"

int
fence_key(struct sim_client *c, char *out, size_t size)
{
	static const char *const values[] = { NULL, "RFC3720",
		"ResponseFence,RFC3720", "FastAbort" };
	unsigned n = choose(&c->s->choice, 4);

	c->fence = n >= 2;
	if (values[n] == NULL)
		return 0;
	return snprintf(out, size, "TaskReporting=%s%c", values[n], 0);
}

void
fence_acknowledge(struct sim_wire *w, uint32_t exp_stat_sn)
{
	if ((int32_t)(exp_stat_sn - w->fence_stat_sn) > 0)
		w->fenced = false;
}

void
fence_check(const struct sim_wire *w)
{
	const struct sim_wire *other = &w->client->wires[w->index ^ 1];

	if (other->fenced && other->conn != NULL &&
	    !conn_wants_close(other->conn))
		sim_fail(w->client->s,
		    "client %u: a response went by the fence on the other "
		    "connection",
		    w->client->index);
}

/* Only one that both connections were there for all the time, and are for the
 * target as well, which keeps no fence for a single one. */
void
fence_raise(struct sim_wire *w, uint64_t sent)
{
	const struct sim_client *c = w->client;
	const struct sim_wire *other = &c->wires[w->index ^ 1];

	if (!c->fence || c->wild || c->s->lawless || w->noisy)
		return;
	w->fenced = w->state == WIRE_FULL && other->state == WIRE_FULL &&
		    other->conn != NULL && !conn_wants_close(other->conn) &&
		    w->full_since < sent && other->full_since < sent;
	w->fence_stat_sn = w->at_stat_sn;
}
