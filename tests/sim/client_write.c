/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_write.c - commands that change blocks otherwise than WRITE
 * does: all the same, none, more bits than before, all of them or none.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define UNMAP_HEADER     8
#define UNMAP_DESCRIPTOR 16
#define UNMAP_MOST       4 /* descriptors */

/* WRITE SAME (16) of one block. */
void
write_same_command(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x93 };

	client_pick_tag(c, t, true);
	client_fill(t->data, t->tag, 0);
	put_be64(cdb + 2, t->lba);
	put_be32(cdb + 10, t->blocks);
	client_send_scsi(c, t, 0x20, cdb, 512);
}

static void
unmap_describe(uint8_t *at, uint32_t lba, uint32_t blocks)
{
	put_be64(at, lba);
	put_be32(at + 8, blocks);
}

/* In pieces, some of them empty. */
void
unmap_command(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x42 };
	uint32_t done = 0, n = 0, blocks, bytes;

	while (n + 1 < UNMAP_MOST && choose(&c->s->choice, 2)) {
		blocks = choose(&c->s->choice, t->blocks - done + 1);
		unmap_describe(t->data + UNMAP_HEADER + UNMAP_DESCRIPTOR * n++,
		    t->lba + done, blocks);
		done += blocks;
	}
	unmap_describe(t->data + UNMAP_HEADER + UNMAP_DESCRIPTOR * n++,
	    t->lba + done, t->blocks - done);
	bytes = UNMAP_HEADER + UNMAP_DESCRIPTOR * n;
	put_be16(t->data, (uint16_t)(bytes - 2));
	put_be16(t->data + 2, (uint16_t)(bytes - UNMAP_HEADER));
	put_be16(cdb + 7, (uint16_t)bytes);
	client_send_scsi(c, t, 0x20, cdb, bytes);
}

/* ORWRITE (16): a block that is known to be zeroes becomes what is sent; to all
 * others zeroes are added. */
void
orwrite_command(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x8b };
	const struct client_block *b;
	uint32_t i;

	client_pick_tag(c, t, false);
	for (i = 0; i < t->blocks; i++) {
		b = client_block(c, t, i);
		if (b->holds == 0 && !b->unknown)
			client_fill(t->data + 512 * i, t->tag, t->lba + i);
		else
			t->kept |= (uint64_t)1 << i;
	}
	put_be64(cdb + 2, t->lba);
	put_be32(cdb + 10, t->blocks);
	client_send_scsi(c, t, 0x20, cdb, t->blocks * 512);
}

/* WRITE ATOMIC (16) */
void
write_atomic_command(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x9c };
	uint32_t i;

	client_pick_tag(c, t, false);
	for (i = 0; i < t->blocks; i++)
		client_fill(t->data + 512 * i, t->tag, t->lba + i);
	put_be64(cdb + 2, t->lba);
	put_be16(cdb + 12, (uint16_t)t->blocks);
	client_send_scsi(c, t, 0x20, cdb, t->blocks * 512);
}
