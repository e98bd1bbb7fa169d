/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_ua.c - unit attentions: none without its reason, none twice,
 * none lost (SAM-5 5.14).
 *
 * The client sees when an event began (a reset was sent) and when it had
 * happened (it was answered), not when in between.  So an attention is allowed
 * while an event is open, or for one that ended after the command of the last
 * such attention was sent; and it is owed from the end of an event on, if none
 * came since its beginning.
 */
#include <assert.h>
#include <string.h>

#include "tests/sim/client.h"

#define UA_LUN_LIST 0x3f

static struct client_ua *
ua_of(struct sim_client *c, unsigned lun, uint8_t asc, uint8_t ascq)
{
	struct client_ua *u = c->attentions[lun];

	while (u->asc != 0 && (u->asc != asc || u->ascq != ascq))
		u++;
	assert(u < c->attentions[lun] + CLIENT_UA - 1);
	u->asc = asc;
	u->ascq = ascq;
	return u;
}

struct sim_event
ua_begin(struct sim *s, unsigned lun, uint8_t asc, uint8_t ascq, int but)
{
	unsigned i;

	for (i = 0; i < SIM_CLIENTS; i++) {
		if ((int)i != but)
			ua_of(s->clients[i], lun, asc, ascq)->open++;
	}
	return (
	    struct sim_event){ .asc = asc, .ascq = ascq, .began = s->steps };
}

void
ua_end(
    struct sim *s, unsigned lun, const struct sim_event *e, int but, bool sure)
{
	const struct sim_lu *l = &s->lus[lun];
	struct sim_client *c;
	struct client_ua *u;
	unsigned i;

	/* LUNs that come and go have new nexuses, with nothing pending. */
	if (lun == LUN_EXTRA &&
	    (s->applying || !l->mapped || l->since >= e->began))
		sure = false;
	for (i = 0; i < SIM_CLIENTS; i++) {
		c = s->clients[i];
		if ((int)i == but)
			continue;
		u = ua_of(c, lun, e->asc, e->ascq);
		u->open -= u->open > 0;
		u->ended = s->steps;
		if (sure && client_is_in(c) && c->began < e->began &&
		    u->received <= e->began && u->owed_since == 0)
			u->owed_since = s->steps;
	}
}

void
ua_forget_lun(struct sim *s, unsigned lun)
{
	unsigned i, k;

	for (i = 0; i < SIM_CLIENTS; i++)
		for (k = 0; k < CLIENT_UA; k++)
			s->clients[i]->attentions[lun][k].owed_since = 0;
}

/* Answers that were lost may have had them, also those of events that are still
 * under way. */
void
ua_forget_all(struct sim_client *c)
{
	unsigned lun, k;

	for (lun = 0; lun < SIM_LUNS; lun++)
		for (k = 0; k < CLIENT_UA; k++) {
			c->attentions[lun][k].owed_since = 0;
			c->attentions[lun][k].received = c->s->steps;
		}
}

void
ua_session_began(struct sim_client *c)
{
	struct client_ua *u;
	unsigned lun;

	ua_forget_all(c);
	for (lun = 0; lun < SIM_LUNS; lun++) {
		u = ua_of(c, lun, 0x29, 0x00);
		u->ended = c->s->steps;
		u->consumed = 0;
		if (lun == LUN_DISK)
			u->owed_since = c->s->steps;
	}
	c->began = c->s->steps;
}

/* What is told at one LUN (LUICLR). */
static void
ua_told_for_all(struct sim_client *c, uint8_t ascq)
{
	struct client_ua *u;
	unsigned lun;

	for (lun = 0; lun < LUN_WILD; lun++) {
		u = ua_of(c, lun, UA_LUN_LIST, ascq);
		u->received = c->s->steps;
		u->owed_since = 0;
	}
}

void
ua_received(struct sim_client *c, const struct client_task *t, uint8_t asc,
    uint8_t ascq)
{
	struct client_ua *u = ua_of(c, t->lun, asc, ascq);

	sim_note(
	    c->s, "client %u: UNIT ATTENTION %02x/%02x", c->index, asc, ascq);
	c->s->figures.attentions++;
	if (c->s->lawless || c->lossy)
		return;
	/* A connection was lost with commands under way, and not the session.
	 */
	if (asc == 0x47 && (c->many || c->wires[0].reinstates))
		return;
	/* One of before comes late on the other connection. */
	if (c->many && t->sent < u->consumed)
		return;
	if (u->open == 0 && u->ended <= u->consumed)
		sim_fail(c->s,
		    "client %u: unit attention %02x/%02x for "
		    "nothing",
		    c->index, asc, ascq);
	if (t->sent > u->consumed)
		u->consumed = t->sent;
	u->received = c->s->steps;
	u->owed_since = 0;
	if (asc == UA_LUN_LIST)
		ua_told_for_all(c, ascq);
}

/* One that was sent again may have it, and answer only when its Data-Outs have
 * come, behind commands that waited for it. */
static bool
ua_waits_for_data(const struct sim_client *c)
{
	const struct client_task *t;

	for (t = c->tasks; t < c->tasks + SIM_TASKS; t++)
		if (t->live && t->order != t->itt)
			return true;
	return false;
}

void
ua_passed(struct sim_client *c, const struct client_task *t)
{
	const struct client_ua *u;
	unsigned k;

	/* With two connections one may come before the other. */
	if (c->many || c->lossy || c->s->lawless || c->s->starved ||
	    t->lun == LUN_WILD || ua_waits_for_data(c))
		return;
	for (k = 0; k < CLIENT_UA; k++) {
		u = &c->attentions[t->lun][k];
		if (u->owed_since != 0 && u->owed_since < t->sent)
			sim_fail(c->s,
			    "client %u: unit attention %02x/%02x is lost",
			    c->index, u->asc, u->ascq);
	}
}
