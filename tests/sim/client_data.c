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

struct client_block *
client_block(struct sim_client *c, const struct client_task *t, uint32_t i)
{
	return &c->blocks[t->lun][t->lba - c->index * SIM_CLIENT_BLOCKS + i];
}

static void
block_may_be(struct client_block *b, uint8_t tag)
{
	if (b->count < CLIENT_VERSIONS)
		b->versions[b->count] = tag;
	if (b->count <= CLIENT_VERSIONS)
		b->count++;
}

bool
client_writes(const struct client_task *t)
{
	return t->op == OP_WRITE || t->op == OP_CAW || t->op == OP_ZERO ||
	       t->op == OP_SAME || t->op == OP_UNMAP || t->op == OP_OR ||
	       t->op == OP_ATOMIC;
}

static bool
block_is_kept(const struct client_task *t, uint32_t i)
{
	return (t->kept >> i & 1) != 0;
}

void
client_forget(struct sim_client *c, struct client_task *t, bool unknown)
{
	bool writes = client_writes(t);
	struct client_block *b;
	uint32_t i;

	for (i = 0; i < t->blocks; i++) {
		b = client_block(c, t, i);
		b->busy--;
		if (!writes || !unknown || block_is_kept(t, i))
			continue;
		block_may_be(b, t->tag);
		b->unknown = true;
		b->since = c->s->steps;
	}
	free(t->data);
	t->data = NULL;
	t->live = false;
}

void
client_written(struct sim_client *c, const struct client_task *t)
{
	struct client_block *b;
	uint32_t i;

	for (i = 0; i < t->blocks; i++) {
		b = client_block(c, t, i);
		if (block_is_kept(t, i))
			continue;
		block_may_be(b, b->tag);
		b->tag = t->tag;
		b->unknown = false;
		b->since = c->s->steps;
		if (t->fua)
			b->count = 0;
	}
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

static bool
block_is(const uint8_t *data, uint8_t tag, uint32_t lba)
{
	uint8_t want[512];

	client_fill(want, tag, lba);
	return memcmp(want, data, 512) == 0;
}

static bool
block_may_hold(const struct client_block *b, const uint8_t *data, uint32_t lba)
{
	unsigned i;

	if (block_is(data, b->tag, lba))
		return true;
	if (b->unknown && b->count > CLIENT_VERSIONS)
		return true;
	for (i = 0; b->unknown && i < b->count; i++) {
		if (block_is(data, b->versions[i], lba))
			return true;
	}
	return false;
}

void
client_check_read(struct sim_client *c, const struct client_task *t)
{
	const struct client_block *b;
	uint32_t i;

	if (t->received != t->blocks * 512)
		sim_fail(c->s, "GOOD with %u bytes of %u", t->received,
		    t->blocks * 512);
	for (i = 0; i < t->blocks; i++) {
		b = client_block(c, t, i);
		if (!block_may_hold(b, t->data + 512 * i, t->lba + i))
			sim_fail(c->s,
			    "client %u: block %u of lun %u is not tag %u%s",
			    c->index, t->lba + i, t->lun, b->tag,
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
