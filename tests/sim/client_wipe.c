/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_wipe.c - SANITIZE and FORMAT UNIT of LUN_EXTRA, in some
 * seeds, while all else goes on: what it leaves in the blocks of all clients,
 * who is refused meanwhile, and that no restart takes a SANITIZE that was cut
 * off for one that was done (SBC-3 4.11).
 *
 * One such command is out at a time.  While one may be under way a block is
 * what it was, or what the other leaves there.
 */
#include <string.h>

#include "common/bytes.h"
#include "target/whole.h"
#include "tests/sim/client.h"

#define SANITIZE   0x48
#define OVERWRITE  0x01 /* byte 1 */
#define ERASE      0x02
#define IMMED      0x80
#define FORMAT     0x04
#define LIST_BYTES (4 + 512)

/* ---- blocks ---- */

static void
wipe_each(
    struct sim *s, void (*fn)(struct sim_client *c, struct client_block *b))
{
	unsigned i, n;

	for (i = 0; i < SIM_CLIENTS; i++)
		for (n = 0; n < SIM_CLIENT_BLOCKS; n++)
			fn(s->clients[i], &s->clients[i]->blocks[LUN_EXTRA][n]);
}

static void
wipe_doubt(struct sim_client *c, struct client_block *b)
{
	client_block_may_be(b, c->s->wipe.content);
	if (c->s->wipe.twice)
		client_block_may_be(b, c->s->wipe.before);
	b->unknown = true;
}

/* What is on its way may still say what was there before. */
static void
wipe_linger(struct sim_client *c, struct client_block *b)
{
	if (b->busy > 0)
		b->lost = c->s->steps;
}

/* It is wiped, if nothing else may have been written there since. */
static void
wipe_settle(struct sim_client *c, struct client_block *b)
{
	const struct sim_wipe *w = &c->s->wipe;

	if (b->busy > 0 || b->since >= w->sent ||
	    (b->lost != 0 && b->lost >= c->began))
		return;
	*b = (struct client_block){ .holds = w->content, .since = c->s->steps };
}

static bool
wipe_has_met(const struct sim *s, const struct client_task *t)
{
	return s->wipe.open || s->wipe.changed >= t->sent;
}

/* It may hold anything. */
static void
wipe_blur(struct client_block *b)
{
	b->unknown = true;
	b->count = CLIENT_VERSIONS + 1;
}

void
wipe_may_follow(struct sim_client *c, const struct client_task *t)
{
	unsigned lun = t->op == OP_COPY ? t->copy.to_lun : t->lun;
	uint32_t i;

	if (c->wild || !wipe_has_met(c->s, t))
		return;
	/* Parts of it are of before and of after it. */
	for (i = 0; copy_touches(t, LUN_EXTRA) && i < t->copy.cuts; i++)
		wipe_blur(client_block(c, t, t->copy.cut[i]));
	for (i = 0; lun == LUN_EXTRA && i < t->blocks; i++) {
		wipe_doubt(c, client_block(c, t, i));
		/* Bits may have been added to what it left. */
		if (t->op == OP_OR)
			wipe_blur(client_block(c, t, i));
	}
}

bool
wipe_may_change(struct sim_client *c, const struct client_block *b)
{
	const struct client_block *first = c->blocks[LUN_EXTRA];

	return c->s->wipe.open && b >= first && b < first + SIM_CLIENT_BLOCKS;
}

/* ---- the command ---- */

bool
wipe_pick(struct sim_client *c, struct client_task *t)
{
	struct sim_wipe *w = &c->s->wipe;

	if (c->wild || w->live || w->twice || (w->open && w->begun != 0) ||
	    !c->s->lus[LUN_EXTRA].mapped)
		return false;
	t->lun = LUN_EXTRA;
	t->wipe.follows = w->open;
	return true;
}

static void
wipe_begin(struct sim_client *c, bool patterned)
{
	struct sim_wipe *w = &c->s->wipe;
	struct client_task t;

	w->twice = w->open;
	w->before = w->content;
	w->content = 0;
	if (patterned) {
		client_pick_tag(c, &t, true);
		w->content = (uint16_t)(t.tag << 8);
	}
	w->live = w->open = true;
	w->begun = 0;
	w->sent = w->changed = c->s->steps;
	w->refuses = false;
	wipe_each(c->s, wipe_doubt);
}

static void
wipe_overwrite(struct sim_client *c, struct client_task *t, uint8_t *cdb)
{
	t->data[0] = 1; /* pass */
	put_be16(t->data + 2, 512);
	client_fill_content(t->data + 4, c->s->wipe.content);
	put_be16(cdb + 7, LIST_BYTES);
}

void
wipe_command(struct sim_client *c, struct client_task *t)
{
	uint32_t kind = choose(&c->s->choice, 3);
	bool overwrites = kind == 0;
	uint8_t cdb[16] = { SANITIZE, overwrites ? OVERWRITE : ERASE };

	t->wipe.immediate = kind < 2 && choose(&c->s->choice, 2);
	t->wipe.formats = kind == 2;
	if (t->wipe.formats)
		memset(cdb, 0, sizeof(cdb));
	if (t->wipe.formats)
		cdb[0] = FORMAT;
	cdb[1] |= t->wipe.immediate ? IMMED : 0;
	wipe_begin(c, overwrites);
	sim_note(c->s, "client %u: wipes lun 1, command %02x %02x, to %04x",
	    c->index, cdb[0], cdb[1], c->s->wipe.content);
	if (overwrites)
		wipe_overwrite(c, t, cdb);
	client_send_scsi(
	    c, t, overwrites ? 0x20 : 0, cdb, overwrites ? LIST_BYTES : 0);
}

/* ---- its end ---- */

static void
wipe_close(struct sim *s, bool done)
{
	struct sim_wipe *w = &s->wipe;

	w->open = w->twice = false;
	w->failed = !done;
	w->changed = s->steps;
	wipe_each(s, wipe_linger);
	if (done)
		wipe_each(s, wipe_settle);
	s->figures.wipes += done;
}

void
wipe_good(struct sim_client *c, struct client_task *t)
{
	struct sim_wipe *w = &c->s->wipe;

	w->live = false;
	t->wipe.done = true;
	/* Its unit has gone meanwhile. */
	if (w->sent != t->sent || !w->open)
		return;
	if (t->wipe.immediate)
		w->begun = c->s->steps;
	else
		wipe_close(c->s, true);
}

/* known: it did not begin. */
void
wipe_over(struct sim_client *c, const struct client_task *t, bool known)
{
	struct sim_wipe *w = &c->s->wipe;
	bool failed = w->failed;

	if (t->wipe.done || c->wild)
		return;
	w->live = false;
	if (!known || w->sent != t->sent || !w->open)
		return;
	/* But one before it may have. */
	wipe_close(c->s, false);
	w->failed = failed;
	w->open = t->wipe.follows;
	if (w->open)
		w->content = w->before;
}

void
wipe_failed(struct sim_client *c, struct client_task *t)
{
	if (c->s->wipe.open && c->s->wipe.sent == t->sent)
		wipe_close(c->s, false);
}

/* Nothing is under way at a unit that has just been opened. */
void
wipe_cut_off(struct sim *s)
{
	struct sim_wipe *w = &s->wipe;

	w->failed |= w->open;
	w->open = w->twice = w->live = false;
	w->changed = s->steps;
}

void
wipe_killed(struct sim *s)
{
	const struct sim_lu *l = &s->lus[LUN_EXTRA];

	s->wipe.refuses |= l->lu != NULL &&
			   atomic_load(&l->lu->condition) == LU_SANITIZING &&
			   l->store.keepers[KEPT_SETTINGS].saving == NULL;
}

/* ---- all commands ---- */

static bool
wipe_needs_medium(const struct client_task *t)
{
	return t->lun == LUN_EXTRA &&
	       (t->op == OP_READ || t->op == OP_READY ||
		   (client_writes(t) && t->op != OP_COPY));
}

void
wipe_check_good(struct sim_client *c, const struct client_task *t)
{
	struct sim_wipe *w = &c->s->wipe;

	if (c->wild || !wipe_needs_medium(t))
		return;
	if (w->refuses)
		sim_fail(c->s,
		    "client %u: a SANITIZE that was cut off is taken "
		    "for one that was done",
		    c->index);
	if (w->open && w->begun != 0 && w->begun < t->sent)
		wipe_close(c->s, true);
}

/* NOT READY, or a MEDIUM ERROR of its kind: may it be? */
void
wipe_check_refusal(
    struct sim_client *c, const struct client_task *t, bool ended)
{
	struct sim_wipe *w = &c->s->wipe;

	if (t->lun != LUN_EXTRA ||
	    (!wipe_has_met(c->s, t) && !(ended && w->failed)))
		sim_fail(c->s, "client %u: op %u on lun %u is refused as %s",
		    c->index, t->op, t->lun, ended ? "failed" : "not ready");
	if (ended && w->open && w->begun != 0 && w->begun < t->sent)
		wipe_close(c->s, false);
}

bool
wipe_may_refuse(const struct sim *s, const struct client_task *t)
{
	return copy_touches(t, LUN_EXTRA) &&
	       (wipe_has_met(s, t) || s->wipe.failed);
}
