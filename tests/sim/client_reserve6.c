/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_reserve6.c - RESERVE(6) and RELEASE(6) on LUN_EXTRA (SPC-2
 * 7.21, 7.18; CRH, SPC-4 5.13.3): whom it may be reserved by, and who is
 * refused then.
 *
 * It goes with its session, and with a reset, at a time that nobody is told: so
 * the model has all holders that may be, and every answer leaves fewer.
 */
#include "tests/sim/client.h"

#define RESERVE6 0x16
#define RELEASE6 0x17

/* Holders, besides a bit for each client. */
#define SIX_NOBODY (1u << SIM_CLIENTS)
#define SIX_FORMER (2u << SIM_CLIENTS) /* a session that will end */

static unsigned
six_of(const struct sim_client *c)
{
	return 1u << c->index;
}

/* Is its session there, as far as one can see? */
static bool
six_session_stands(const struct sim_client *c)
{
	const struct sim_wire *w;

	for (w = c->wires; w < c->wires + CLIENT_WIRES; w++)
		if (w->conn != NULL && w->state == WIRE_FULL &&
		    !conn_wants_close(w->conn))
			return true;
	return false;
}

/* It may have ended meanwhile. */
static bool
six_may_be_over(const struct sim *s)
{
	unsigned i;

	for (i = 0; i < SIM_CLIENTS; i++)
		if ((s->pr.six.may & 1u << i) &&
		    !six_session_stands(s->clients[i]))
			return true;
	return (s->pr.six.may & SIX_FORMER) || s->resets > 0;
}

static void
six_set(struct sim *s, unsigned may)
{
	s->pr.six.may = may;
	if (six_may_be_over(s))
		s->pr.six.may |= SIX_NOBODY;
	s->pr.six.changed = s->steps;
}

/* What an answer says, which none of the other holders may have given. */
static void
six_narrow(struct sim_client *c, const struct client_task *t, uint8_t status,
    unsigned may)
{
	struct sim *s = c->s;

	if (six_may_be_over(s))
		s->pr.six.may |= SIX_NOBODY;
	if ((s->pr.six.may & may) == 0)
		sim_fail(s,
		    "client %u: status %02x for op %u with RESERVE(6) of %x",
		    c->index, status, t->op, s->pr.six.may);
	if ((s->pr.six.may & ~may) != 0)
		six_set(s, s->pr.six.may & may);
}

void
reserve6_none(struct sim *s)
{
	s->pr.six =
	    (struct sim_reserve6){ .may = SIX_NOBODY, .changed = s->steps };
}

void
reserve6_session_began(struct sim_client *c)
{
	unsigned may = c->s->pr.six.may;

	if (may & six_of(c))
		six_set(c->s, (may & ~six_of(c)) | SIX_NOBODY);
}

void
reserve6_reset_begins(struct sim *s)
{
	six_set(s, s->pr.six.may | SIX_NOBODY);
}

void
reserve6_reset_ends(struct sim *s, uint64_t sent)
{
	const struct sim_lu *l = &s->lus[LUN_EXTRA];

	if (l->mapped && !s->applying && l->since < sent && !s->pr.busy &&
	    s->pr.changed < sent)
		six_set(s, SIX_NOBODY);
	else
		six_set(s, s->pr.six.may | SIX_NOBODY);
}

/* ---- the commands ---- */

bool
reserve6_is(const struct client_task *t)
{
	return t->pr_action == RESERVE6 || t->pr_action == RELEASE6;
}

uint8_t
reserve6_pick_action(struct sim_client *c)
{
	return choose_one_in(&c->s->choice, 3) ? RELEASE6 : RESERVE6;
}

void
reserve6_command(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { t->pr_action };

	sim_note(c->s, "client %u: %s, reserved by %x", c->index,
	    t->pr_action == RESERVE6 ? "RESERVE(6)" : "RELEASE(6)",
	    c->s->pr.six.may);
	client_send_scsi(c, t, 0, cdb, 0);
}

void
reserve6_lost(struct sim_client *c)
{
	six_set(c->s, c->s->pr.six.may | six_of(c) | SIX_FORMER | SIX_NOBODY);
	c->s->pr.six.unknown = true;
}

/* Is what is known of persistent reservations what the task met? */
static bool
six_is_certain(const struct sim_client *c, const struct client_task *t)
{
	return t->pr_checked && !c->s->pr.unknown && !c->s->applying &&
	       c->s->lus[LUN_EXTRA].mapped && c->s->pr.changed == t->sent;
}

/* With keys: GOOD for those who have what they ask for already. */
static void
six_check_keys(
    struct sim_client *c, const struct client_task *t, uint8_t status)
{
	bool enough = pr_is_enough(&c->s->pr, c->index);

	if (status != (enough ? 0 : 0x18) && (status == 0 || status == 0x18))
		sim_fail(c->s,
		    "client %u: status %02x for command %02x with keys",
		    c->index, status, t->pr_action);
	if (enough && status == 0)
		six_narrow(c, t, status, SIX_NOBODY);
}

static void
six_reserve_answered(
    struct sim_client *c, const struct client_task *t, uint8_t status)
{
	struct sim *s = c->s;
	/* A reset may have been between it and its answer. */
	unsigned over = s->pr.six.changed >= t->sent ? SIX_NOBODY : 0;

	if (!s->pr.six.unknown && over == 0)
		six_narrow(c, t, status,
		    status == 0 ? SIX_NOBODY | six_of(c)
				: ~(SIX_NOBODY | six_of(c)));
	if (status != 0)
		return;
	s->pr.six.unknown = false;
	six_set(s, six_of(c) | over);
}

void
reserve6_answered(
    struct sim_client *c, const struct client_task *t, uint8_t status)
{
	struct sim *s = c->s;

	if (status != 0 && status != 0x18)
		return;
	if (!six_is_certain(c, t)) {
		if (status == 0)
			reserve6_lost(c);
		return;
	}
	if (pr_registrations(&s->pr) > 0)
		six_check_keys(c, t, status);
	else if (t->pr_action == RESERVE6)
		six_reserve_answered(c, t, status);
	else if (status != 0)
		sim_fail(s, "client %u: RELEASE(6) conflicts", c->index);
	else if (s->pr.six.may & six_of(c))
		six_set(s, (s->pr.six.may & ~six_of(c)) | SIX_NOBODY);
}

/* ---- all others ---- */

void
reserve6_refuses_change(
    struct sim_client *c, const struct client_task *t, uint8_t status)
{
	struct sim *s = c->s;

	if (status == 0 && s->pr.six.unknown) {
		s->pr.six.unknown = false;
		six_set(s, SIX_NOBODY);
	}
	if (s->pr.six.unknown || s->pr.six.changed >= t->sent || s->applying)
		return;
	if (status == 0)
		six_narrow(c, t, status, SIX_NOBODY);
	/* REGISTER AND IGNORE EXISTING KEY has no other conflict. */
	else if (status == 0x18 && t->pr_action == 6)
		six_narrow(c, t, status, ~SIX_NOBODY);
}

void
reserve6_check(
    struct sim_client *c, const struct client_task *t, uint8_t status)
{
	unsigned admitted = SIX_NOBODY | six_of(c);

	if (c->s->pr.six.unknown || c->s->pr.six.changed >= t->sent)
		return;
	six_narrow(c, t, status, status == 0 ? admitted : ~admitted);
}
