/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_copy.c - EXTENDED COPY(LID1): the target copies blocks of
 * this client, within one LU or between two (SPC-4 6.4).
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define LIST_HEADER 16
#define CSCD_BYTES  32
#define CSCD_OWN    0xffff
#define LID_DISCARD 2
#define LID_NONE    3

#define COPY_FEW  48
#define COPY_MANY (SIM_CLIENT_BLOCKS / 2)

/* ---- what is copied ---- */

static unsigned
copy_pick_lun(struct sim_client *c)
{
	/* Not all of them are there for who breaks the rules. */
	return choose(&c->s->choice, c->wild ? SIM_LUNS : LUN_WILD);
}

static struct client_block *
copy_block(struct sim_client *c, unsigned lun, uint32_t lba)
{
	return &c->blocks[lun][lba - c->index * SIM_CLIENT_BLOCKS];
}

static bool
copy_is_busy(struct sim_client *c, const struct client_task *t)
{
	uint32_t i;

	for (i = 0; i < t->blocks; i++) {
		if (copy_block(c, t->copy.from_lun, t->copy.from_lba + i)
			    ->busy != 0 ||
		    copy_block(c, t->copy.to_lun, t->lba + i)->busy != 0)
			return true;
	}
	return false;
}

/* Near enough to the source to overlap with it, now and then. */
static uint32_t
copy_pick_place(struct sim_client *c, const struct client_task *t)
{
	uint32_t first = c->index * SIM_CLIENT_BLOCKS;
	uint32_t last = first + SIM_CLIENT_BLOCKS - t->blocks;
	uint32_t lba;

	if (t->copy.from_lun != t->copy.to_lun || choose(&c->s->choice, 2) == 0)
		return first + choose(&c->s->choice, last - first + 1);
	lba = t->copy.from_lba + choose(&c->s->choice, 2 * t->blocks);
	lba = lba < first + t->blocks ? first : lba - t->blocks;
	return lba > last ? last : lba;
}

/* Mostly of what was written last: blanks would show nothing. */
static void
copy_pick_source(struct sim_client *c, struct client_task *t)
{
	bool known = c->trail.blocks > 0 && choose(&c->s->choice, 4) > 0;
	bool many = choose_one_in(&c->s->choice, 8);
	uint32_t most = many ? COPY_MANY : COPY_FEW, at;

	t->copy.from_lun = known ? c->trail.lun : copy_pick_lun(c);
	at = client_pick_at(c, t->copy.from_lun);
	most = (uint32_t)min_u64(most, SIM_CLIENT_BLOCKS - at);
	t->blocks = 1 + choose(&c->s->choice, most);
	t->copy.from_lba = c->index * SIM_CLIENT_BLOCKS + at;
}

bool
copy_pick_destination(struct sim_client *c, struct client_task *t)
{
	uint32_t i;

	t->copy.to_lun = copy_pick_lun(c);
	t->lba = copy_pick_place(c, t);
	if (copy_is_busy(c, t))
		return false;
	for (i = 0; i < t->blocks; i++) {
		copy_block(c, t->copy.from_lun, t->copy.from_lba + i)->busy++;
		copy_block(c, t->copy.to_lun, t->lba + i)->busy++;
	}
	return true;
}

bool
copy_pick(struct sim_client *c, struct client_task *t)
{
	copy_pick_source(c, t);
	return copy_pick_destination(c, t);
}

bool
copy_touches(const struct client_task *t, unsigned lun)
{
	return t->op == OP_COPY &&
	       (t->copy.from_lun == lun || t->copy.to_lun == lun);
}

bool
copy_overlaps(const struct client_task *t)
{
	return t->copy.from_lun == t->copy.to_lun &&
	       t->copy.from_lba < t->lba + t->blocks &&
	       t->lba < t->copy.from_lba + t->blocks;
}

/* ---- its list ---- */

/* Bytes of the range. */
struct copy_piece {
	uint32_t from, to;
	uint64_t from_lba, to_lba; /* of the whole */
	uint16_t source, destination;
};

static size_t
copy_put_cscd(const struct sim_client *c, unsigned lun, uint8_t *p)
{
	p[0] = 0xe4;
	memcpy(p + 4, c->s->lus[lun].naa, sizeof(c->s->lus[lun].naa));
	put_be24(p + 29, 512);
	return CSCD_BYTES;
}

/* Block to block, 02h. */
static size_t
copy_put_blocks(const struct copy_piece *at, uint8_t *p)
{
	p[0] = 0x02;
	put_be16(p + 2, 24);
	put_be16(p + 10, (uint16_t)((at->to - at->from) / 512));
	put_be64(p + 12, at->from_lba + at->from / 512);
	put_be64(p + 20, at->to_lba + at->from / 512);
	return 28;
}

/* Block to block with offsets, 0Ah. */
static size_t
copy_put_bytes(const struct copy_piece *at, uint8_t *p)
{
	p[0] = 0x0a;
	put_be16(p + 2, 28);
	put_be32(p + 8, at->to - at->from);
	put_be64(p + 12, at->from_lba + at->from / 512);
	put_be64(p + 20, at->to_lba + at->from / 512);
	put_be16(p + 28, at->from % 512);
	put_be16(p + 30, at->from % 512);
	return 32;
}

static size_t
copy_put_segment(struct sim_client *c, const struct copy_piece *at, uint8_t *p)
{
	bool parts = (at->from | at->to) % 512 != 0;

	put_be16(p + 4, at->source);
	put_be16(p + 6, at->destination);
	if (parts || choose_one_in(&c->s->choice, 4))
		return copy_put_bytes(at, p);
	p[1] = choose(&c->s->choice, 2) ? 0x02 : 0; /* DC */
	return copy_put_blocks(at, p);
}

/* Where the segment that begins there ends: perhaps within a block. */
static uint32_t
copy_cut(struct sim_client *c, struct client_task *t, uint32_t from)
{
	uint32_t left = t->blocks * 512 - from;
	uint32_t to = from + choose(&c->s->choice, left + 1);

	if (choose(&c->s->choice, 2))
		return align_up(to, 512);
	if (to % 512 != 0)
		t->copy.cut[t->copy.cuts++] = to / 512;
	return to;
}

static uint16_t
copy_id(struct sim_client *c, const struct client_task *t, unsigned lun,
    uint16_t id)
{
	return lun == t->lun && choose(&c->s->choice, 2) ? CSCD_OWN : id;
}

static size_t
copy_put_segments(struct sim_client *c, struct client_task *t, uint8_t *p)
{
	struct copy_piece at = {
		.from_lba = t->copy.from_lba,
		.to_lba = t->lba,
		.source = copy_id(c, t, t->copy.from_lun, 0),
		.destination = copy_id(c, t, t->copy.to_lun, 1),
	};
	unsigned more = CLIENT_PIECES - 1;
	size_t n = 0;

	/* What one segment has written is the source of the next. */
	if (copy_overlaps(t))
		more = 0;
	while (more-- > 0 && choose(&c->s->choice, 2)) {
		at.to = copy_cut(c, t, at.from);
		n += copy_put_segment(c, &at, p + n);
		at.from = at.to;
	}
	at.to = t->blocks * 512;
	return n + copy_put_segment(c, &at, p + n);
}

/* Who breaks the rules asks for blocks of others. */
static void
copy_go_wild(struct sim_client *c, uint8_t *list, size_t bytes)
{
	uint8_t *p = list + LIST_HEADER + 2 * CSCD_BYTES;

	for (; p < list + bytes; p += 4 + get_be16(p + 2)) {
		put_be64(p + 12, choose(&c->s->choice, SIM_BLOCKS));
		put_be64(p + 20, choose(&c->s->choice, SIM_BLOCKS));
	}
}

static void
copy_list_command(struct sim_client *c, struct client_task *t)
{
	static const uint8_t usages[] = { 0, LID_DISCARD, LID_NONE };
	uint8_t usage = usages[choose(&c->s->choice, ARRAY_LEN(usages))];
	uint8_t *list = t->data;
	uint8_t cdb[16] = { 0x83 };
	size_t n = LIST_HEADER, segments;

	list[0] = usage == LID_NONE ? 0 : (uint8_t)t->itt;
	list[1] = (uint8_t)(usage << 3);
	put_be16(list + 2, 2 * CSCD_BYTES);
	n += copy_put_cscd(c, t->copy.from_lun, list + n);
	n += copy_put_cscd(c, t->copy.to_lun, list + n);
	segments = copy_put_segments(c, t, list + n);
	put_be32(list + 8, (uint32_t)segments);
	n += segments;
	if (c->wild)
		copy_go_wild(c, list, n);
	put_be32(cdb + 10, (uint32_t)n);
	client_send_scsi(c, t, 0x20, cdb, (uint32_t)n);
}

void
copy_command(struct sim_client *c, struct client_task *t)
{
	sim_note(c->s, "client %u: copies %u:%u to %u:%u%s", c->index,
	    t->copy.from_lun, t->copy.from_lba, t->copy.to_lun, t->lba,
	    t->copy.by_token ? " by token" : "");
	if (t->copy.by_token)
		token_write_command(c, t);
	else
		copy_list_command(c, t);
}

/* ---- why it may fail ---- */

bool
copy_lost_lun(const struct sim *s, const struct client_task *t)
{
	const struct sim_lu *l = &s->lus[LUN_EXTRA];

	return copy_touches(t, LUN_EXTRA) &&
	       (s->applying || !l->mapped || l->since >= t->sent);
}

static bool
copy_lost_access(const struct sim *s, const struct client_task *t)
{
	return copy_touches(t, LUN_EXTRA) &&
	       (!t->pr_checked || !pr_is_settled(s) || s->pr.six.unknown ||
		   s->pr.changed >= t->sent || s->pr.six.changed >= t->sent);
}

static bool
copy_may_fail(const struct sim *s, const struct client_task *t, uint16_t code)
{
	if (s->starved || s->lawless)
		return true;
	if (code == 0x0d02)
		return copy_touches(t, LUN_EXTRA);
	if (code == 0x0d01 && (mode_may_protect(s, t) || wipe_may_refuse(s, t)))
		return true;
	if (code == 0x0804)
		return copy_lost_lun(s, t);
	return code == 0x0d01 &&
	       (t->copy.may_fail || s->faulted >= t->sent ||
		   s->lus[t->copy.to_lun].store.broken || copy_lost_lun(s, t) ||
		   copy_lost_access(s, t));
}

bool
copy_failed(const struct sim_client *c, const struct client_task *t,
    uint8_t asc, uint8_t ascq)
{
	uint16_t code = (uint16_t)(asc << 8 | ascq);

	if (t->op != OP_COPY || !copy_may_fail(c->s, t, code))
		sim_fail(c->s, "client %u: COPY ABORTED %02x/%02x for nothing",
		    c->index, asc, ascq);
	return code == 0x0d02 && !mode_may_protect(c->s, t) &&
	       !wipe_may_refuse(c->s, t);
}
