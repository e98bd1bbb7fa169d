/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_mode.c - mode pages of LUN_DISK and LUN_EXTRA: MODE SELECT,
 * MODE SENSE, and what they mean to the commands that are under way (SBC-3 6.5,
 * SPC-4 7.5.8).
 *
 * One MODE SELECT at a time, of a LUN.  When its answer gets lost, or a reset
 * puts saved values back, nothing is known until the next one was GOOD.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define SELECT6    0x15
#define SENSE6     0x1a
#define HEADER     4
#define CACHING_AT HEADER
#define CONTROL_AT (HEADER + 20)
#define LIST_BYTES (HEADER + 20 + 12)
#define ALL_BYTES  252

/* Where they are in a page. */
static const struct mode_place {
	uint8_t page, byte, mask;
} mode_places[SIM_MODES] = {
	[MODE_IS_CACHED] = { 0x08, 2, 0x04 },
	[MODE_IS_DESCRIPTOR] = { 0x0a, 2, 0x04 },
	[MODE_IS_PROTECTED] = { 0x0a, 4, 0x08 },
	[MODE_IS_TOLD] = { 0x0a, 5, 0x40 },
};

static struct sim_mode *
mode_of(struct sim *s, unsigned lun)
{
	return &s->modes[lun];
}

/* ---- what is known ---- */

void
mode_begins(struct sim *s, unsigned lun, bool same_unit)
{
	struct sim_mode *m = mode_of(s, lun);

	m->unknown = same_unit || m->saved;
	m->busy = false;
	m->changed = s->steps;
	m->now = MODE_DEFAULTS;
	m->flushes = false;
}

/* What the task met, as far as it is known: all that has come to the LUN since
 * it was sent has changed nothing. */
static bool
mode_is_known(struct sim *s, unsigned lun, uint64_t sent)
{
	const struct sim_mode *m = mode_of(s, lun);

	if (lun == LUN_EXTRA &&
	    (s->applying || !s->lus[lun].mapped || s->lus[lun].since >= sent))
		return false;
	return lun < LUN_WILD && !m->unknown && !m->busy && m->changed < sent;
}

static bool
mode_has(const struct sim *s, unsigned lun, enum sim_mode_bit bit)
{
	return s->modes[lun].now >> bit & 1;
}

bool
mode_writes_through(struct sim *s, unsigned lun, uint64_t sent)
{
	const struct sim_mode *m = mode_of(s, lun);

	/* What was done before the cache went off was flushed by that. */
	if (m->flushes && sent <= m->changed)
		sent = m->changed + 1;
	return mode_is_known(s, lun, sent) && !mode_has(s, lun, MODE_IS_CACHED);
}

static bool
mode_is_protected(struct sim *s, unsigned lun, uint64_t sent)
{
	return mode_is_known(s, lun, sent) &&
	       mode_has(s, lun, MODE_IS_PROTECTED);
}

/* ---- the commands ---- */

bool
mode_pick(struct sim_client *c, struct client_task *t)
{
	struct sim_mode *m;

	if (c->wild)
		return false;
	m = mode_of(c->s, t->lun);
	t->mode.selects = !m->busy && choose(&c->s->choice, 3) > 0;
	if (!t->mode.selects)
		return true;
	t->mode.values = (uint8_t)choose(&c->s->choice, 1u << SIM_MODES);
	/* Nothing else would be done there. */
	if (t->lun == LUN_DISK || choose(&c->s->choice, 2))
		t->mode.values &= (uint8_t) ~(1u << MODE_IS_PROTECTED);
	t->mode.known = !m->unknown;
	t->mode.calm = c->s->resets == 0;
	m->busy = true;
	m->changed = c->s->steps;
	return true;
}

static void
mode_put(uint8_t *list, uint8_t values)
{
	static const uint8_t control[12] = { 0x0a, 0x0a, 0x20, 0x10, 0, 0, 0, 0,
		0xff, 0xff };
	const struct mode_place *at;
	unsigned i;

	list[CACHING_AT] = 0x08;
	list[CACHING_AT + 1] = 0x12;
	memcpy(list + CONTROL_AT, control, sizeof(control));
	for (i = 0; i < SIM_MODES; i++) {
		at = &mode_places[i];
		if (values >> i & 1)
			list[(at->page == 0x08 ? CACHING_AT : CONTROL_AT) +
			     at->byte] |= at->mask;
	}
}

static void
mode_select_command(struct sim_client *c, struct client_task *t)
{
	bool saves = choose_one_in(&c->s->choice, 4);
	uint8_t cdb[16] = { SELECT6, saves ? 0x11 : 0x10, 0, 0, LIST_BYTES };

	mode_of(c->s, t->lun)->saved |= saves;
	t->mode.event = ua_begin(c->s, t->lun, 0x2a, 0x01, (int)c->index);
	mode_put(t->data, t->mode.values);
	sim_note(c->s, "client %u: MODE SELECT of lun %u, %x%s", c->index,
	    t->lun, t->mode.values, saves ? ", saved" : "");
	client_send_scsi(c, t, 0x20, cdb, LIST_BYTES);
}

void
mode_command(struct sim_client *c, struct client_task *t)
{
	static const uint8_t sense[16] = { SENSE6, 0x08, 0x3f, 0, ALL_BYTES };

	if (t->mode.selects)
		mode_select_command(c, t);
	else
		client_send_scsi(c, t, 0x40, sense, ALL_BYTES);
}

bool
mode_reads(const struct client_task *t)
{
	return t->op == OP_MODE && !t->mode.selects;
}

/* ---- answers ---- */

static void
mode_selected(struct sim_client *c, struct client_task *t)
{
	struct sim_mode *m = mode_of(c->s, t->lun);
	/* No reset was out when it was sent, nor has come since. */
	bool certain = t->mode.calm && m->changed == t->sent;
	uint8_t before = m->now;

	t->mode.done = true;
	m->now = t->mode.values;
	m->unknown = !certain;
	m->busy = false;
	m->changed = c->s->steps;
	/* It goes off: all that was answered before is written. */
	m->flushes = certain && t->mode.known && before >> MODE_IS_CACHED & 1 &&
		     !(m->now >> MODE_IS_CACHED & 1);
	if (m->flushes)
		client_all_synced(c->s, t);
	ua_end(c->s, t->lun, &t->mode.event, (int)c->index,
	    certain && t->mode.known && before != m->now);
}

static uint8_t
mode_values_of(struct sim_client *c, const struct client_task *t)
{
	uint8_t values = 0;
	uint32_t at, i;

	for (at = HEADER; at + 2 <= t->received; at += 2 + t->data[at + 1]) {
		if (t->data[at] & 0x40)
			break; /* pages with subpages are not asked for */
		for (i = 0; i < SIM_MODES; i++)
			if ((t->data[at] & 0x3f) == mode_places[i].page &&
			    (t->data[at + mode_places[i].byte] &
				mode_places[i].mask))
				values |= (uint8_t)(1u << i);
	}
	if (at != t->received)
		sim_fail(c->s, "client %u: MODE SENSE data of %u bytes",
		    c->index, t->received);
	return values;
}

static void
mode_sensed(struct sim_client *c, const struct client_task *t)
{
	struct sim_mode *m = mode_of(c->s, t->lun);
	uint8_t values = mode_values_of(c, t);

	if (mode_is_known(c->s, t->lun, t->sent) && values != m->now)
		sim_fail(c->s, "client %u: modes of lun %u are %x, not %x",
		    c->index, t->lun, values, m->now);
}

void
mode_good(struct sim_client *c, struct client_task *t)
{
	if (t->mode.selects)
		mode_selected(c, t);
	else
		mode_sensed(c, t);
}

/* It has ended otherwise: refused, or as nobody knows. */
void
mode_over(struct sim_client *c, const struct client_task *t, bool known)
{
	struct sim_mode *m = mode_of(c->s, t->lun);

	if (!t->mode.selects || t->mode.done)
		return;
	/* A reload has begun anew with it. */
	if (m->changed >= t->sent && m->busy)
		m->busy = false;
	m->changed = c->s->steps;
	if (known)
		ua_end(c->s, t->lun, &t->mode.event, (int)c->index, false);
	else
		m->unknown = true;
}

void
mode_reset_begins(struct sim *s, unsigned lun)
{
	mode_of(s, lun)->unknown = true;
	mode_of(s, lun)->changed = s->steps;
}

/* ---- all commands ---- */

static bool
mode_writes_to(const struct client_task *t, unsigned lun)
{
	if (t->op == OP_COPY)
		return t->copy.to_lun == lun;
	return t->lun == lun && (client_writes(t) || t->op == OP_WIPE);
}

void
mode_check_good(struct sim_client *c, const struct client_task *t)
{
	unsigned lun;

	for (lun = 0; lun < LUN_WILD; lun++)
		if (mode_writes_to(t, lun) &&
		    mode_is_protected(c->s, lun, t->sent))
			sim_fail(c->s,
			    "client %u: op %u has written to lun %u, which is "
			    "protected",
			    c->index, t->op, lun);
}

/* WRITE PROTECTED: is it? */
void
mode_check_refusal(struct sim_client *c, const struct client_task *t)
{
	if (!mode_is_known(c->s, t->lun, t->sent))
		return;
	if (!mode_has(c->s, t->lun, MODE_IS_PROTECTED) ||
	    !mode_writes_to(t, t->lun))
		sim_fail(c->s, "client %u: op %u is refused as protected",
		    c->index, t->op);
}

/* May a copy there be refused for it? */
bool
mode_may_protect(const struct sim *s, const struct client_task *t)
{
	const struct sim_mode *m = &s->modes[LUN_EXTRA];

	return t->copy.to_lun == LUN_EXTRA &&
	       (m->unknown || m->busy || m->changed >= t->sent ||
		   mode_has(s, LUN_EXTRA, MODE_IS_PROTECTED));
}

void
mode_check_sense(
    struct sim_client *c, const struct client_task *t, bool descriptors)
{
	if (mode_is_known(c->s, t->lun, t->sent) &&
	    descriptors != mode_has(c->s, t->lun, MODE_IS_DESCRIPTOR))
		sim_fail(c->s, "client %u: sense data of the other format",
		    c->index);
}
