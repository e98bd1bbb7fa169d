/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_shared.c - a block of LUN_DISK that all clients write, each
 * time with a value that was never there: as a counter, by COMPARE AND WRITE of
 * what was read, and now and then by other writes.
 *
 * So what COMPARE AND WRITE has put there followed at once upon what it was
 * compared with.  No value has two such successors; and what is read is as new
 * as all that was answered before the read was sent.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

enum shared_kind {
	SHARED_READ,
	SHARED_CAW,
	SHARED_WRITE,
	SHARED_SAME,
	SHARED_ATOMIC
};

static struct sim_shared_value *
shared_value(struct sim *s, uint16_t value)
{
	return &s->shared.values[value];
}

/* ---- commands ---- */

bool
shared_pick(struct sim_client *c, struct client_task *t)
{
	static const uint8_t writes[] = { SHARED_WRITE, SHARED_SAME,
		SHARED_ATOMIC };
	struct sim_shared *all = &c->s->shared;

	if (c->wild || all->last + 1 >= SIM_SHARED_VALUES)
		return false;
	t->lun = LUN_DISK;
	t->shared.kind = all->unknown ? SHARED_READ : SHARED_CAW;
	if (choose_one_in(&c->s->choice, 12))
		t->shared.kind =
		    writes[choose(&c->s->choice, ARRAY_LEN(writes))];
	t->shared.expects = all->newest;
	t->shared.seen = all->seen;
	if (t->shared.kind == SHARED_READ)
		return true;
	t->shared.value = ++all->last;
	*shared_value(c->s, t->shared.value) = (struct sim_shared_value){
		.compared = t->shared.kind == SHARED_CAW,
		.parent = all->newest,
		.sent = c->s->steps,
	};
	if (t->shared.kind == SHARED_CAW)
		shared_value(c->s, t->shared.expects)->tries++;
	return true;
}

/* All of it is the value; 0 is a block of zeroes. */
static void
shared_fill(uint8_t *out, uint16_t value)
{
	unsigned i;

	for (i = 0; i < 512; i += 2)
		put_be16(out + i, value);
}

void
shared_command(struct sim_client *c, struct client_task *t)
{
	static const uint8_t opcodes[] = { [SHARED_READ] = 0x88,
		[SHARED_CAW] = 0x89,
		[SHARED_WRITE] = 0x8a,
		[SHARED_SAME] = 0x93,
		[SHARED_ATOMIC] = 0x9c };
	bool compares = t->shared.kind == SHARED_CAW;
	uint8_t cdb[16] = { opcodes[t->shared.kind] };

	sim_note(c->s, "client %u: shared block, %02x %u to %u", c->index,
	    cdb[0], t->shared.expects, t->shared.value);
	put_be64(cdb + 2, SIM_BLOCKS);
	cdb[13] = 1; /* they all have it there */
	if (compares)
		shared_fill(t->data, t->shared.expects);
	shared_fill(t->data + (compares ? 512 : 0), t->shared.value);
	client_send_scsi(c, t, t->shared.kind == SHARED_READ ? 0x40 : 0x20, cdb,
	    compares ? 1024 : 512);
}

bool
shared_reads(const struct client_task *t)
{
	return t->op == OP_SHARED && t->shared.kind == SHARED_READ;
}

/* ---- what is there ---- */

/* v is there, or was when something that was sent then was done: not if it was
 * replaced before. */
static void
shared_check_newest(struct sim_client *c, uint16_t v, uint64_t sent)
{
	struct sim_shared *all = &c->s->shared;
	const struct sim_shared_value *x;
	uint16_t i;

	for (i = 1; i <= all->last; i++) {
		x = &all->values[i];
		if (x->compared && x->parent == v && x->answered != 0 &&
		    x->answered < sent)
			sim_fail(c->s,
			    "client %u: the shared block is %u, which %u has "
			    "replaced",
			    c->index, v, i);
	}
}

/* The first answer to any of those that have stood there since the last other
 * write; 0: none. */
static uint64_t
shared_stands_since(struct sim *s, uint16_t v)
{
	const struct sim_shared_value *x;
	uint64_t since = 0;

	for (;; v = x->parent) {
		x = shared_value(s, v);
		if (x->answered != 0 && (since == 0 || x->answered < since))
			since = x->answered;
		if (!x->compared)
			return since;
	}
}

/* Has any other write been done between v's coming and then? */
static void
shared_check_writes(struct sim_client *c, uint16_t v, uint64_t sent)
{
	struct sim_shared *all = &c->s->shared;
	uint64_t since = shared_stands_since(c->s, v);
	const struct sim_shared_value *x;
	uint16_t i;

	for (i = 1; since != 0 && i <= all->last; i++) {
		x = &all->values[i];
		if (!x->compared && x->answered != 0 && x->answered < sent &&
		    x->sent > since)
			sim_fail(c->s,
			    "client %u: the shared block is %u, and a write of "
			    "%u is lost",
			    c->index, v, i);
	}
}

static void
shared_seen(struct sim_client *c, uint16_t v, uint64_t sent)
{
	if (v > c->s->shared.last || shared_value(c->s, v)->undone)
		sim_fail(c->s,
		    "client %u: nobody has written %u to the shared "
		    "block",
		    c->index, v);
	shared_check_newest(c, v, sent);
	shared_check_writes(c, v, sent);
}

static void
shared_know(struct sim_shared *all, uint16_t v, uint64_t seen)
{
	all->unknown = false;
	all->newest = v;
	all->seen = seen;
}

static void
shared_read(struct sim_client *c, const struct client_task *t)
{
	uint16_t v = get_be16(t->data);
	uint8_t want[512];

	shared_fill(want, v);
	if (t->received != 512 || memcmp(want, t->data, 512) != 0)
		sim_fail(c->s, "client %u: a torn shared block", c->index);
	shared_seen(c, v, t->sent);
	shared_know(&c->s->shared, v, t->sent);
}

void
shared_good(struct sim_client *c, struct client_task *t)
{
	struct sim_shared_value *x = shared_value(c->s, t->shared.value);
	struct sim_shared_value *before;

	t->shared.done = true;
	if (t->shared.kind == SHARED_READ) {
		shared_read(c, t);
		return;
	}
	if (x->compared) {
		before = shared_value(c->s, t->shared.expects);
		shared_seen(c, t->shared.expects, t->sent);
		if (before->next != 0)
			sim_fail(c->s, "both %u and %u have replaced %u",
			    before->next, t->shared.value, t->shared.expects);
		before->next = t->shared.value;
		c->s->figures.exchanges++;
		shared_know(&c->s->shared, t->shared.value, t->sent);
	}
	x->answered = c->s->steps;
}

/* ---- what was not done ---- */

/* Can it have been replaced since it was seen? */
static bool
shared_may_be_gone(struct sim *s, const struct client_task *t)
{
	const struct sim_shared_value *x;
	uint16_t i;

	if (shared_value(s, t->shared.expects)->tries > 1)
		return true;
	for (i = 1; i <= s->shared.last; i++) {
		x = shared_value(s, i);
		if (!x->compared && !x->undone &&
		    (x->answered == 0 || x->answered >= t->shared.seen))
			return true;
	}
	return false;
}

void
shared_miscompared(struct sim_client *c, const struct client_task *t)
{
	if (t->shared.kind != SHARED_CAW || !shared_may_be_gone(c->s, t))
		sim_fail(c->s, "client %u: %u is gone from the shared block",
		    c->index, t->shared.expects);
	if (c->s->shared.newest == t->shared.expects)
		c->s->shared.unknown = true;
}

void
shared_over(struct sim_client *c, const struct client_task *t, bool known)
{
	struct sim_shared_value *x = shared_value(c->s, t->shared.value);

	if (t->shared.done || !known || t->shared.kind == SHARED_READ)
		return;
	x->undone = true;
	if (x->compared)
		shared_value(c->s, t->shared.expects)->tries--;
}

/* Any of them may be back: as if it had been written now. */
void
shared_power_cut(struct sim *s)
{
	uint16_t i;

	for (i = 0; i <= s->shared.last; i++)
		*shared_value(s, i) =
		    (struct sim_shared_value){ .sent = s->steps,
			    .answered = s->steps };
	s->shared.unknown = true;
}
