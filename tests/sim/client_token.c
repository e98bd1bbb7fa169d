/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_token.c - copies by token (SPC-4 5.17.6; SBC-3 5.7, 5.45):
 * a token is made, asked for, and used as long as the target lives, and after
 * that, too: it is accessed upon reference, so it stands for what its blocks
 * hold when it is used.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define POPULATE_HEADER 16
#define WRITE_HEADER    536
#define WRITE_OFFSET    8
#define WRITE_TOKEN     16
#define RANGE_BYTES     16
#define ANSWER_HEADER   32
#define ANSWER_MOST     600
#define TOKEN_BYTES     512
#define TOKEN_FEW       64

/* ---- which ---- */

static bool
token_pick_new(struct sim_client *c, struct client_task *t)
{
	uint32_t at = client_pick_at(c, t->lun);
	uint32_t most = (uint32_t)min_u64(TOKEN_FEW, SIM_CLIENT_BLOCKS - at);

	t->op = OP_POPULATE;
	t->copy.from_lun = t->lun;
	t->copy.from_lba = c->index * SIM_CLIENT_BLOCKS + at;
	t->bytes = 1 + choose(&c->s->choice, most);
	return true;
}

/* Some of its blocks, to be written somewhere. */
static bool
token_pick_use(struct sim_client *c, struct client_task *t)
{
	uint32_t skip = choose(&c->s->choice, c->token.blocks);

	t->op = OP_COPY;
	t->copy.by_token = true;
	t->copy.from_lun = c->token.lun;
	t->copy.from_lba = c->token.lba + skip;
	t->blocks = 1 + choose(&c->s->choice, c->token.blocks - skip);
	if (!copy_pick_destination(c, t))
		return false;
	t->lun = t->copy.to_lun;
	return true;
}

bool
token_pick(struct sim_client *c, struct client_task *t)
{
	if (c->token.id == 0 ||
	    (c->token.known && choose_one_in(&c->s->choice, 8)))
		return token_pick_new(c, t);
	if (c->token.known)
		return token_pick_use(c, t);
	t->op = OP_TOKEN;
	t->lun = c->token.lun;
	t->copy.token = c->token.id;
	return true;
}

/* ---- their lists ---- */

static size_t
token_put_range(uint8_t *p, uint32_t lba, uint32_t blocks)
{
	put_be64(p, lba);
	put_be32(p + 8, blocks);
	return RANGE_BYTES;
}

/* In one piece or more: but what one has written may not be the source of the
 * next. */
static size_t
token_put_ranges(
    struct sim_client *c, uint8_t *p, uint32_t lba, uint32_t blocks, bool whole)
{
	unsigned more = whole ? 0 : CLIENT_PIECES - 1;
	uint32_t done = 0, piece;
	size_t n = 0;

	while (more-- > 0 && blocks - done > 1 && choose(&c->s->choice, 2)) {
		piece = 1 + choose(&c->s->choice, blocks - done - 1);
		n += token_put_range(p + n, lba + done, piece);
		done += piece;
	}
	return n + token_put_range(p + n, lba + done, blocks - done);
}

static void
token_send(struct sim_client *c, struct client_task *t, uint8_t action,
    size_t header, size_t ranges)
{
	uint8_t cdb[16] = { 0x83, action };

	put_be16(t->data, (uint16_t)(header + ranges - 2));
	put_be16(t->data + header - 2, (uint16_t)ranges);
	put_be32(cdb + 6, t->itt);
	put_be32(cdb + 10, (uint32_t)(header + ranges));
	client_send_scsi(c, t, 0x20, cdb, (uint32_t)(header + ranges));
}

/* POPULATE TOKEN */
void
token_populate_command(struct sim_client *c, struct client_task *t)
{
	t->copy.token = t->bytes; /* blocks, until it is answered */
	token_send(c, t, 0x10, POPULATE_HEADER,
	    token_put_ranges(c, t->data + POPULATE_HEADER, t->copy.from_lba,
		t->bytes, true));
}

/* RECEIVE ROD TOKEN INFORMATION */
void
token_ask_command(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x84, 0x07 };

	put_be32(cdb + 2, t->copy.token);
	put_be32(cdb + 10, ANSWER_MOST);
	client_send_scsi(c, t, 0x40, cdb, ANSWER_MOST);
}

/* WRITE USING TOKEN */
void
token_write_command(struct sim_client *c, struct client_task *t)
{
	put_be64(t->data + WRITE_OFFSET, t->copy.from_lba - c->token.lba);
	memcpy(t->data + WRITE_TOKEN, c->token.bytes, TOKEN_BYTES);
	token_send(c, t, 0x11, WRITE_HEADER,
	    token_put_ranges(c, t->data + WRITE_HEADER, t->lba, t->blocks,
		copy_overlaps(t)));
}

/* ---- answers ---- */

static void
token_received(struct sim_client *c, const struct client_task *t)
{
	const uint8_t *p = t->data + ANSWER_HEADER + t->data[14];

	if (c->token.id != t->copy.token || c->wild)
		return;
	if (t->received < ANSWER_HEADER + 6 + TOKEN_BYTES ||
	    t->data[5] != 0x01 || get_be32(p) != 2 + TOKEN_BYTES)
		sim_fail(c->s, "no token in %u bytes, status %02x", t->received,
		    t->data[5]);
	memcpy(c->token.bytes, p + 6, TOKEN_BYTES);
	c->token.known = true;
}

void
token_answered(struct sim_client *c, const struct client_task *t)
{
	if (t->op == OP_TOKEN) {
		token_received(c, t);
		return;
	}
	c->token = (struct client_token){
		.id = t->itt,
		.lun = t->copy.from_lun,
		.lba = t->copy.from_lba,
		.blocks = t->copy.token,
	};
}

/* What was not asked for in time is gone with a reset, or with its session. */
bool
token_refused(struct sim_client *c, const struct client_task *t, uint8_t asc,
    uint8_t ascq)
{
	if (t->op == OP_TOKEN && asc == 0x24 && ascq == 0x00) {
		if (c->token.id == t->copy.token && !c->token.known)
			c->token.id = 0;
		return true;
	}
	return t->copy.by_token && asc == 0x23 && ascq == 0x04 &&
	       copy_lost_lun(c->s, t);
}
