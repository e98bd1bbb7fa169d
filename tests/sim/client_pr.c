/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_pr.c - persistent reservations on LUN_EXTRA: who may do what
 * (SPC-4 5.13), across sessions, reloads and restarts.
 *
 * One change is out at a time, so that the model knows their order.  When an
 * answer gets lost nothing is known until somebody has registered and cleared.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

enum pr_action {
	PR_REGISTER = 6, /* REGISTER AND IGNORE EXISTING KEY */
	PR_RESERVE = 1,
	PR_RELEASE = 2,
	PR_CLEAR = 3,
	PR_PREEMPT = 4,
	PR_PREEMPT_AND_ABORT = 5,
};

bool
pr_is_settled(const struct sim *s)
{
	return !s->pr.unknown && !s->pr.busy && !s->applying &&
	       s->lus[LUN_EXTRA].mapped;
}

static uint8_t
pr_pick_action(struct sim_client *c)
{
	static const uint8_t actions[] = { PR_REGISTER, PR_RESERVE, PR_RESERVE,
		PR_RELEASE, PR_CLEAR, PR_PREEMPT, PR_PREEMPT_AND_ABORT,
		PR_RESERVE };
	struct sim_pr *pr = &c->s->pr;

	if (choose_one_in(&c->s->choice, 4))
		return reserve6_pick_action(c);
	if (!pr->registered[c->index])
		return PR_REGISTER;
	if (pr->unknown)
		return PR_CLEAR;
	return actions[choose(&c->s->choice, ARRAY_LEN(actions))];
}

static void
pr_open_attentions(struct sim *s, int but)
{
	uint8_t ascq;

	for (ascq = 3; ascq <= 5; ascq++)
		ua_begin(s, LUN_EXTRA, 0x2a, ascq, but);
}

static void
pr_close_attentions(struct sim *s, int but)
{
	struct sim_event e = { .asc = 0x2a };

	for (e.ascq = 3; e.ascq <= 5; e.ascq++)
		ua_end(s, LUN_EXTRA, &e, but, false);
}

static bool
pr_preempts(const struct client_task *t)
{
	return t->pr_action == PR_PREEMPT ||
	       t->pr_action == PR_PREEMPT_AND_ABORT;
}

/* Whose tasks it ends is known when it has come there: perhaps all. */
static void
pr_abort_begins(struct sim_client *c)
{
	unsigned i;

	c->s->pr.aborts = true;
	c->s->resets++;
	c->s->figures.resets++;
	for (i = 0; i < SIM_CLIENTS; i++)
		client_expect_reset(c->s->clients[i], LUN_EXTRA);
	ua_begin(c->s, LUN_EXTRA, 0x2f, 0x00, (int)c->index);
}

static void
pr_abort_ends(struct sim_client *c)
{
	struct sim_event e = { .asc = 0x2f };

	c->s->pr.aborts = false;
	c->s->resets -= c->s->resets > 0;
	ua_end(c->s, LUN_EXTRA, &e, (int)c->index, false);
}

static void
pr_out_command(struct sim_client *c, struct client_task *t)
{
	static const uint8_t types[] = { 1, 3, 5, 6, 7, 8 };
	struct sim_pr *pr = &c->s->pr;
	uint8_t cdb[16] = { 0x5f }, list[24] = { 0 };
	uint8_t victim = (uint8_t)choose(&c->s->choice, SIM_CLIENTS);

	if (victim == c->index)
		victim = (victim + 1) % SIM_CLIENTS;
	t->pr_type = types[choose(&c->s->choice, ARRAY_LEN(types))];
	if (t->pr_action == PR_RELEASE && pr->holder >= 0)
		t->pr_type = pr->type;
	cdb[1] = t->pr_action;
	cdb[2] = t->pr_type;
	cdb[8] = sizeof(list);
	if (t->pr_action != PR_REGISTER)
		list[7] = (uint8_t)(c->index + 1);
	if (t->pr_action == PR_REGISTER)
		list[15] = (uint8_t)(c->index + 1);
	if (pr_preempts(t))
		list[15] = (uint8_t)(victim + 1);
	if (t->pr_action == PR_REGISTER)
		list[20] = (uint8_t)choose(&c->s->choice, 2);
	t->tag = list[t->pr_action == PR_REGISTER ? 20 : 15];
	pr_open_attentions(c->s, (int)c->index);
	if (t->pr_action == PR_PREEMPT_AND_ABORT)
		pr_abort_begins(c);
	sim_note(c->s, "client %u: PERSISTENT RESERVE OUT %u type %u value %u",
	    c->index, t->pr_action, t->pr_type, t->tag);
	memcpy(t->data, list, sizeof(list));
	client_send_scsi(c, t, 0x20, cdb, sizeof(list));
}

void
pr_command(struct sim_client *c, struct client_task *t)
{
	t->lun = LUN_EXTRA;
	t->pr_action = pr_pick_action(c);
	c->s->pr.busy = true;
	c->s->pr.changed = c->s->steps;
	if (reserve6_is(t))
		reserve6_command(c, t);
	else
		pr_out_command(c, t);
}

unsigned
pr_registrations(const struct sim_pr *pr)
{
	unsigned i, n = 0;

	for (i = 0; i < SIM_CLIENTS; i++)
		n += pr->registered[i];
	return n;
}

static void
pr_drop(struct sim_pr *pr, unsigned victim)
{
	pr->registered[victim] = false;
	/* Of all registrants: it stays while there is one. */
	if (pr->holder == (int)victim &&
	    (pr->type < 7 || pr_registrations(pr) == 0))
		pr->holder = -1;
}

static bool
pr_is_holder(const struct sim_pr *pr, unsigned client)
{
	if (pr->holder < 0)
		return false;
	return pr->type >= 7 ? pr->registered[client]
			     : pr->holder == (int)client;
}

bool
pr_is_enough(const struct sim_pr *pr, unsigned client)
{
	return pr_is_holder(pr, client) ||
	       (pr->holder >= 0 && pr->type >= 5 && pr->registered[client]);
}

static void
pr_reserve(struct sim_pr *pr, const struct client_task *t, unsigned client)
{
	if (pr->holder >= 0)
		return;
	pr->holder = (int)client;
	pr->type = t->pr_type;
}

static void
pr_preempt(struct sim_pr *pr, const struct client_task *t, unsigned client)
{
	unsigned victim = t->tag - 1u;
	bool held = pr_is_holder(pr, victim) && pr->type < 7;

	if (victim != client)
		pr_drop(pr, victim);
	if (!held)
		return;
	pr->holder = (int)client;
	pr->type = t->pr_type;
}

/* What GOOD has made of it. */
static void
pr_apply(struct sim_pr *pr, const struct client_task *t, unsigned client)
{
	switch (t->pr_action) {
	case PR_REGISTER:
		pr->registered[client] = true;
		pr->aptpl = t->tag;
		break;
	case PR_RESERVE:
		pr_reserve(pr, t, client);
		break;
	case PR_RELEASE:
		if (pr_is_holder(pr, client))
			pr->holder = -1;
		break;
	case PR_CLEAR:
		memset(pr->registered, 0, sizeof(pr->registered));
		pr->holder = -1;
		pr->unknown = pr->kept_unknown = false;
		break;
	case PR_PREEMPT:
	case PR_PREEMPT_AND_ABORT:
		pr_preempt(pr, t, client);
		break;
	}
}

static void
pr_ended(struct sim_client *c)
{
	c->s->pr.busy = false;
	c->s->pr.changed = c->s->steps;
	pr_close_attentions(c->s, (int)c->index);
	if (c->s->pr.aborts)
		pr_abort_ends(c);
}

/* It may still happen: its attentions stay allowed. */
void
pr_lost(struct sim_client *c, const struct client_task *t)
{
	struct sim_pr *pr = &c->s->pr;

	pr->busy = pr->aborts = false;
	pr->changed = c->s->steps;
	if (reserve6_is(t)) {
		reserve6_lost(c);
		return;
	}
	pr->unknown = true;
	memset(pr->registered, 0, sizeof(pr->registered));
}

/* Statuses and sense after which nothing has changed are the caller's matter:
 * anything but GOOD, CONFLICT and UNIT ATTENTION leaves it open. */
void
pr_answered(struct sim_client *c, struct client_task *t, uint8_t status)
{
	struct sim_pr *pr = &c->s->pr;
	struct sim_pr before = *pr;

	if (c->s->lus[LUN_EXTRA].since > t->sent) {
		pr_lost(c, t);
		return;
	}
	if (reserve6_is(t)) {
		reserve6_answered(c, t, status);
		pr->busy = false;
		pr->changed = c->s->steps;
		return;
	}
	reserve6_refuses_change(c, t, status);
	if (status == 0)
		pr_apply(pr, t, c->index);
	pr_ended(c);
	/* PREEMPT of an all-registrants reservation has cases of its own. */
	if (status == 0 && pr_preempts(t) && before.holder >= 0 &&
	    before.type >= 7)
		pr_lost(c, t);
}

void
pr_failed(struct sim_client *c)
{
	pr_ended(c);
	c->s->pr.kept_unknown = true;
}

static bool
pr_admits(const struct sim_pr *pr, unsigned client, bool writes)
{
	bool exclusive_access = pr->type == 3 || pr->type == 6 || pr->type == 8;

	if (pr->holder < 0 || (!writes && !exclusive_access))
		return true;
	if (pr->type >= 5)
		return pr->registered[client];
	return pr->holder == (int)client;
}

static bool
pr_admits_task(
    const struct sim_pr *pr, unsigned client, const struct client_task *t)
{
	bool admits = t->op == OP_READY || t->lun != LUN_EXTRA ||
		      pr_admits(pr, client, t->op != OP_READ && !mode_reads(t));

	if (t->op != OP_COPY)
		return admits;
	if (t->copy.from_lun == LUN_EXTRA)
		admits &= pr_admits(pr, client, false);
	return admits &&
	       (t->copy.to_lun != LUN_EXTRA || pr_admits(pr, client, true));
}

void
pr_check(struct sim_client *c, const struct client_task *t, uint8_t status)
{
	struct sim_pr *pr = &c->s->pr;
	bool admits = pr_admits_task(pr, c->index, t);
	bool concerned = t->lun == LUN_EXTRA || copy_touches(t, LUN_EXTRA);

	if (status == 0x18)
		c->s->figures.conflicts++;
	if (t->op == OP_RESERVE)
		return;
	if (status == 0x18 && !concerned && !c->wild)
		sim_fail(c->s, "RESERVATION CONFLICT where nothing is "
			       "reserved");
	if (!concerned || !t->pr_checked || pr->changed >= t->sent ||
	    !pr_is_settled(c->s) || (status != 0 && status != 0x18))
		return;
	if (!admits && status == 0)
		sim_fail(c->s,
		    "client %u: status %02x for op %u under a "
		    "reservation of type %u by %d",
		    c->index, status, t->op, pr->type, pr->holder);
	if (admits)
		reserve6_check(c, t, status);
}
