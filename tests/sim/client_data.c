/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_data.c - what the client's blocks may hold.
 *
 * A block has the data that was acknowledged last; after a write that was not
 * answered well, or a power cut, it may also have others, but never anything
 * else.  Each block of 512 bytes for itself.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/client.h"

/* Every eighth tag is for blocks that are all the same. */
static bool
tag_is_same(uint8_t tag)
{
	return tag % 8 == 0;
}

void
client_pick_tag(struct sim_client *c, struct client_task *t, bool same)
{
	do
		t->tag = ++c->next_tag;
	while (t->tag == 0 || tag_is_same(t->tag) != same);
}

/* Block lba as written with tag; tag 0 is a block of zeroes. */
void
client_fill(uint8_t *out, uint8_t tag, uint32_t lba)
{
	unsigned i;

	memset(out, 0, 512);
	for (i = 0; tag != 0 && i < 512; i++)
		out[i] =
		    (uint8_t)(tag * 7 + i + (tag_is_same(tag) ? 0 : lba * 13));
}

/* The tag, and as much of the LBA as client_fill() looks at. */
static uint16_t
client_content(uint8_t tag, uint32_t lba)
{
	return (uint16_t)(tag << 8 | (tag_is_same(tag) ? 0 : lba & 0xff));
}

void
client_fill_content(uint8_t *out, uint16_t content)
{
	client_fill(out, (uint8_t)(content >> 8), content & 0xff);
}

struct client_block *
client_block(struct sim_client *c, const struct client_task *t, uint32_t i)
{
	unsigned lun = t->op == OP_COPY ? t->copy.to_lun : t->lun;

	return &c->blocks[lun][t->lba - c->index * SIM_CLIENT_BLOCKS + i];
}

static struct client_block *
client_source(struct sim_client *c, const struct client_task *t, uint32_t i)
{
	return &c->blocks[t->copy.from_lun]
			 [t->copy.from_lba - c->index * SIM_CLIENT_BLOCKS + i];
}

void
client_block_may_be(struct client_block *b, uint16_t content)
{
	if (b->count < CLIENT_VERSIONS)
		b->versions[b->count] = content;
	if (b->count <= CLIENT_VERSIONS)
		b->count++;
}

bool
client_writes(const struct client_task *t)
{
	return t->op == OP_WRITE || t->op == OP_CAW || t->op == OP_ZERO ||
	       t->op == OP_SAME || t->op == OP_UNMAP || t->op == OP_OR ||
	       t->op == OP_ATOMIC || t->op == OP_COPY;
}

bool
client_reads(const struct client_task *t)
{
	return t->op == OP_READ || t->op == OP_TOKEN || shared_reads(t) ||
	       mode_reads(t) || t->op == OP_ASK;
}

static bool
block_is_kept(const struct client_task *t, uint32_t i)
{
	return i < 64 && (t->kept >> i & 1) != 0;
}

static bool
block_is(const uint8_t *data, uint16_t content)
{
	uint8_t want[512];

	client_fill_content(want, content);
	return memcmp(want, data, 512) == 0;
}

/* It may be any of several, and was seen to be that one: it stays so, unless
 * somebody may still write it. */
static void
block_seen(struct sim_client *c, struct client_block *b, uint16_t content)
{
	if (!b->unknown || (b->lost != 0 && b->lost >= c->began) ||
	    wipe_may_change(c, b))
		return;
	if (content != b->holds)
		client_block_may_be(b, b->holds);
	b->holds = content;
	b->unknown = false;
	b->since = c->s->steps;
}

static bool
block_may_hold(
    struct sim_client *c, struct client_block *b, const uint8_t *data)
{
	unsigned i;

	if (b->unknown && b->count > CLIENT_VERSIONS)
		return true;
	if (block_is(data, b->holds)) {
		block_seen(c, b, b->holds);
		return true;
	}
	for (i = 0; b->unknown && i < b->count; i++) {
		if (!block_is(data, b->versions[i]))
			continue;
		block_seen(c, b, b->versions[i]);
		return true;
	}
	return false;
}

/* What a task leaves in its blocks, each of them before any is written. */
static void
client_new_data(
    struct sim_client *c, const struct client_task *t, struct client_block *out)
{
	uint32_t i;

	for (i = 0; i < t->blocks; i++) {
		if (t->op == OP_COPY)
			out[i] = *client_source(c, t, i);
		else
			out[i] = (struct client_block){
				.holds = client_content(t->tag, t->lba + i)
			};
	}
}

/* It may hold whatever that other one does. */
static void
block_may_be_as(struct client_block *b, const struct client_block *other)
{
	unsigned i;

	client_block_may_be(b, other->holds);
	if (!other->unknown)
		return;
	for (i = 0; i < other->count; i++)
		client_block_may_be(b, other->versions[i % CLIENT_VERSIONS]);
}

static void
block_in_doubt(struct client_block *b, const struct client_block *data,
    enum client_end end, uint64_t now)
{
	block_may_be_as(b, data);
	b->unknown = true;
	b->since = now;
	if (end == END_LOST)
		b->lost = now;
}

/* Blocks that are written in two parts: the disk may have one of them only. */
static void
client_cuts(struct sim_client *c, const struct client_task *t)
{
	unsigned i;

	for (i = 0; i < t->copy.cuts; i++)
		client_block(c, t, t->copy.cut[i])->count = CLIENT_VERSIONS + 1;
}

static const uint8_t *
block_on_disk(const struct sim_client *c, unsigned lun, uint32_t i)
{
	return c->s->lus[lun].medium->written +
	       512 * (c->index * SIM_CLIENT_BLOCKS + i);
}

/* What is there now must be what it may hold. */
static void
block_check(struct sim_client *c, unsigned lun, uint32_t i)
{
	struct client_block *b = &c->blocks[lun][i];

	if (!block_may_hold(c, b, block_on_disk(c, lun, i)))
		sim_fail(c->s,
		    "client %u: on the disk block %u of lun %u is not "
		    "%04x%s",
		    c->index, c->index * SIM_CLIENT_BLOCKS + i, lun, b->holds,
		    b->unknown ? " or another" : "");
}

static void
client_check_task(struct sim_client *c, const struct client_task *t)
{
	unsigned lun = t->op == OP_COPY ? t->copy.to_lun : t->lun;
	uint32_t i;

	for (i = 0; !c->wild && i < t->blocks; i++)
		block_check(c, lun, t->lba + i - c->index * SIM_CLIENT_BLOCKS);
}

void
client_check_disk(struct sim_client *c)
{
	const struct sim_medium *m;
	unsigned lun;
	uint32_t i;

	for (lun = 0; !c->wild && lun < LUN_WILD; lun++) {
		m = c->s->lus[lun].medium;
		for (i = 0; i < SIM_CLIENT_BLOCKS; i++)
			if (m->touched[c->index * SIM_CLIENT_BLOCKS + i] ||
			    c->blocks[lun][i].holds != 0)
				block_check(c, lun, i);
	}
}

void
client_session_ended(struct sim_client *c)
{
	unsigned lun;
	uint32_t i;

	for (lun = 0; c->doubts && !c->wild && lun < LUN_WILD; lun++) {
		for (i = 0; i < SIM_CLIENT_BLOCKS; i++)
			if (c->blocks[lun][i].lost != 0)
				block_check(c, lun, i);
	}
	c->doubts = false;
}

static void
client_doubt(
    struct sim_client *c, const struct client_task *t, enum client_end end)
{
	struct client_block data[SIM_CLIENT_BLOCKS];
	uint32_t i;

	client_new_data(c, t, data);
	for (i = 0; i < t->blocks; i++) {
		if (!block_is_kept(t, i))
			block_in_doubt(
			    client_block(c, t, i), &data[i], end, c->s->steps);
	}
	client_cuts(c, t);
	wipe_may_follow(c, t);
	if (end == END_ENDED)
		client_check_task(c, t);
	else
		c->doubts = true;
}

void
client_forget(struct sim_client *c, struct client_task *t, enum client_end end)
{
	uint32_t i;

	if (end != END_KNOWN && client_writes(t))
		client_doubt(c, t, end);
	if (t->op == OP_SHARED)
		shared_over(c, t, end == END_KNOWN);
	if (t->op == OP_MODE)
		mode_over(c, t, end == END_KNOWN);
	if (t->op == OP_WIPE)
		wipe_over(c, t, end == END_KNOWN);
	for (i = 0; i < t->blocks; i++) {
		client_block(c, t, i)->busy--;
		if (t->op == OP_COPY)
			client_source(c, t, i)->busy--;
	}
	free(t->data);
	t->data = NULL;
	t->live = false;
}

void
client_written(struct sim_client *c, const struct client_task *t)
{
	struct client_block data[SIM_CLIENT_BLOCKS];
	struct client_block *b;
	unsigned lun = t->op == OP_COPY ? t->copy.to_lun : t->lun;
	bool durable = t->fua || mode_writes_through(c->s, lun, t->sent);
	uint32_t i;

	client_new_data(c, t, data);
	for (i = 0; i < t->blocks; i++) {
		b = client_block(c, t, i);
		if (block_is_kept(t, i))
			continue;
		client_block_may_be(b, b->holds);
		if (durable)
			b->count = 0;
		if (data[i].unknown)
			block_may_be_as(b, &data[i]);
		b->holds = data[i].holds;
		b->unknown = data[i].unknown;
		b->lost = data[i].lost;
		b->since = c->s->steps;
	}
	wipe_may_follow(c, t);
	client_check_task(c, t);
	client_cuts(c, t);
	if (t->blocks > 0)
		c->trail = (struct client_trail){
			.lun = lun,
			.at = t->lba - c->index * SIM_CLIENT_BLOCKS,
			.blocks = t->blocks,
		};
}

uint32_t
client_pick_at(struct sim_client *c, unsigned lun)
{
	const struct client_trail *w = &c->trail;

	if (w->lun == lun && w->blocks > 0 && choose(&c->s->choice, 2))
		return w->at + choose(&c->s->choice, w->blocks);
	return choose(&c->s->choice, SIM_CLIENT_BLOCKS);
}

/* What was acknowledged before it was sent survives everything. */
void
client_synced(struct sim_client *c, const struct client_task *t)
{
	struct client_block *b;
	unsigned i;

	for (i = 0; i < SIM_CLIENT_BLOCKS; i++) {
		b = &c->blocks[t->lun][i];
		if (!b->unknown && b->since < t->sent)
			b->count = 0;
	}
}

void
client_all_synced(struct sim *s, const struct client_task *t)
{
	unsigned i;

	for (i = 0; i < SIM_CLIENTS; i++)
		client_synced(s->clients[i], t);
}

void
client_check_read(struct sim_client *c, const struct client_task *t)
{
	struct client_block *b;
	uint32_t i;

	if (t->received != t->blocks * 512)
		sim_fail(c->s, "GOOD with %u bytes of %u", t->received,
		    t->blocks * 512);
	for (i = 0; i < t->blocks; i++) {
		b = client_block(c, t, i);
		if (!block_may_hold(c, b, t->data + 512 * i))
			sim_fail(c->s,
			    "client %u: block %u of lun %u is not %04x%s",
			    c->index, t->lba + i, t->lun, b->holds,
			    b->unknown ? " or another" : "");
		c->s->figures.bytes += 512;
	}
}

void
client_died(struct sim_client *c, bool power)
{
	struct client_block *b;
	unsigned lun, i;

	memset(c->attentions, 0, sizeof(c->attentions));
	for (lun = 0; power && lun < SIM_LUNS; lun++) {
		for (i = 0; i < SIM_CLIENT_BLOCKS; i++) {
			b = &c->blocks[lun][i];
			b->unknown |= b->count > 0;
		}
	}
}
