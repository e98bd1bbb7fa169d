/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_send.c - what an initiator sends, and when: commands, data,
 * task management, logout; and what it spoils when it breaks the rules.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "iscsi/digest.h"
#include "tests/sim/client.h"

#define TMF_ABORT_TASK_   1
#define TMF_ABORT_SET_    2
#define TMF_CLEAR_SET_    4
#define TMF_LUN_RESET_    5
#define TMF_TARGET_RESET_ 6

/* ---- framing ---- */

static void
wire_put(struct sim_wire *w, const void *bytes, size_t n)
{
	memcpy(w->tx + w->tx_bytes, bytes, n);
	w->tx_bytes += n;
}

static void
wire_put_digest(struct sim_wire *w, size_t from)
{
	uint8_t digest[4];

	digest_store(
	    crc32c_update(CRC32C_SEED, w->tx + from, w->tx_bytes - from),
	    digest);
	wire_put(w, digest, 4);
}

void
client_send(
    struct sim_wire *w, const uint8_t bhs[48], const uint8_t *data, size_t n)
{
	static const uint8_t zeroes[4];
	size_t at = w->tx_bytes;

	if (w->tx_bytes + 60 + n > CLIENT_BUFFER)
		return;
	wire_put(w, bhs, 48);
	put_be24(w->tx + at + 5, (uint32_t)n);
	if (w->digests && w->header_digest)
		wire_put_digest(w, at);
	if (n == 0)
		return;
	at = w->tx_bytes;
	wire_put(w, data, n);
	wire_put(w, zeroes, align_up(n, 4) - n);
	if (w->digests && w->data_digest)
		wire_put_digest(w, at);
}

void
client_header(struct sim_wire *w, uint8_t bhs[48], uint8_t opcode,
    uint8_t flags, uint32_t itt)
{
	memset(bhs, 0, 48);
	bhs[0] = opcode;
	bhs[1] = flags;
	put_be32(bhs + 16, itt);
	put_be32(bhs + 24, w->client->cmd_sn);
	put_be32(bhs + 28, snack_exp_stat_sn(w));
	fence_acknowledge(w, snack_exp_stat_sn(w));
}

/* Spoil the data of the PDU that was put there last: its digest will tell. */
static void
client_spoil(struct sim_wire *w, uint32_t n)
{
	w->tx[w->tx_bytes - 5 - choose(&w->client->s->choice, n)] ^= 0x55;
	w->spoilt++;
}

static bool
client_may_spoil(const struct sim_wire *w)
{
	return snack_may(w) && w->data_digest && !w->client->s->draining &&
	       choose_one_in(&w->client->s->choice, 16);
}

/* A connection of the session that may be used. */
static struct sim_wire *
client_pick_wire(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[choose(&c->s->choice, CLIENT_WIRES)];

	return w->state == WIRE_FULL ? w : &c->wires[w->index ^ 1];
}

/* ---- commands ---- */

static struct client_task *
client_free_task(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < SIM_TASKS; i++)
		if (!c->tasks[i].live)
			return &c->tasks[i];
	return NULL;
}

/* A range of our own blocks that no task touches; false: try later. */
static bool
client_pick_range(struct sim_client *c, struct client_task *t, uint32_t most)
{
	uint32_t at = client_pick_at(c, t->lun);
	uint32_t left = SIM_CLIENT_BLOCKS - at;
	uint32_t i;

	t->blocks = 1 + choose(&c->s->choice, most < left ? most : left);
	t->lba = c->index * SIM_CLIENT_BLOCKS + at;
	for (i = 0; i < t->blocks; i++)
		if (client_block(c, t, i)->busy != 0)
			return false;
	for (i = 0; i < t->blocks; i++)
		client_block(c, t, i)->busy++;
	return true;
}

/* How much of its data goes with the command, and how much follows unasked: all
 * that may, then. */
static void
client_pick_unsolicited(struct sim_client *c, struct client_task *t)
{
	uint32_t most = (uint32_t)min_u64(c->keys.first_burst, t->bytes);
	uint32_t how = choose(&c->s->choice, 3);

	if (c->keys.immediate_data && how > 0)
		t->immediate =
		    how == 1 ? most : 1 + choose(&c->s->choice, most);
	if (!c->keys.initial_r2t && t->immediate < most &&
	    choose_one_in(&c->s->choice, 2))
		t->unsolicited = most;
}

static void
client_send_unsolicited(struct sim_client *c, struct client_task *t)
{
	t->sent_good = t->immediate;
	if (t->unsolicited > 0)
		client_send_data_out(
		    c, t, NO_TAG, t->immediate, t->unsolicited - t->immediate);
}

void
client_send_scsi(struct sim_client *c, struct client_task *t, uint8_t flags,
    const uint8_t *cdb, uint32_t bytes)
{
	struct sim_wire *w = &c->wires[t->wire];
	uint8_t bhs[48];

	t->bytes = bytes;
	if (flags & 0x20)
		client_pick_unsolicited(c, t);
	t->at_once = choose_one_in(&c->s->choice, 16);
	client_header(w, bhs, t->at_once ? 0x41 : 0x01,
	    (uint8_t)((t->unsolicited > 0 ? 0x01 : 0x81) | flags), t->itt);
	bhs[9] = (uint8_t)t->lun;
	put_be32(bhs + 20, bytes);
	memcpy(bhs + 32, cdb, 16);
	t->cmd_sn = t->at_once ? c->cmd_sn : c->cmd_sn++;
	t->order = t->itt;
	memcpy(t->bhs, bhs, 48);
	client_send(w, bhs, t->data, t->immediate);
	/* Below level 2 a lost session counts what waits behind it as received.
	 */
	if (t->immediate > 0 && c->erl == 2 && !t->at_once &&
	    client_may_spoil(w)) {
		client_spoil(w, t->immediate);
		t->late = true;
	}
	client_send_unsolicited(c, t);
}

/* The same again, with its CmdSN: it never came. */
void
client_resend(struct sim_client *c, struct client_task *t)
{
	struct sim_wire *w = &c->wires[t->wire];

	sim_note(c->s, "client %u.%u: itt %u again, cmdsn %u", c->index,
	    t->wire, t->itt, t->cmd_sn);
	put_be32(t->bhs + 28, snack_exp_stat_sn(w));
	fence_acknowledge(w, snack_exp_stat_sn(w));
	t->order = c->itt;
	t->late = t->lost; /* it may have come all the same */
	t->orphan = false;
	client_send(w, t->bhs, t->data, t->immediate);
	client_send_unsolicited(c, t);
	c->s->figures.resent++;
}

static void
client_read_write(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { t->op == OP_READ ? 0x28 : 0x2a };
	uint32_t bytes = t->blocks * 512;
	uint32_t i;

	put_be32(cdb + 2, t->lba);
	put_be16(cdb + 7, (uint16_t)t->blocks);
	if (t->op == OP_WRITE) {
		client_pick_tag(c, t, false);
		for (i = 0; i < t->blocks; i++)
			client_fill(t->data + 512 * i, t->tag, t->lba + i);
		t->fua = choose(&c->s->choice, 4) == 0;
		cdb[1] = t->fua ? 0x08 : 0;
	}
	client_send_scsi(c, t, t->op == OP_READ ? 0x40 : 0x20, cdb, bytes);
}

static void
client_compare_and_write(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x89 };

	put_be64(cdb + 2, t->lba);
	cdb[13] = 1;
	t->sure = !client_block(c, t, 0)->unknown;
	client_fill_content(t->data, client_block(c, t, 0)->holds);
	client_pick_tag(c, t, false);
	client_fill(t->data + 512, t->tag, t->lba);
	client_send_scsi(c, t, 0x20, cdb, 1024);
}

/* WRITE SAME (16) of zeroes. */
static void
client_zero(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x93 };

	put_be64(cdb + 2, t->lba);
	put_be32(cdb + 10, t->blocks);
	cdb[1] = choose(&c->s->choice, 2) ? 0x08 : 0; /* UNMAP */
	client_send_scsi(c, t, 0x20, cdb, 512);
}

static void
client_sync(struct sim_client *c, struct client_task *t)
{
	static const uint8_t cdb[16] = { 0x35 };

	client_send_scsi(c, t, 0, cdb, 0);
}

static void
client_ready(struct sim_client *c, struct client_task *t)
{
	static const uint8_t cdb[16] = { 0x00 };

	client_send_scsi(c, t, 0, cdb, 0);
}

static bool
client_window_open(const struct sim_client *c)
{
	return (int32_t)(c->max_cmd_sn - c->cmd_sn) >= 0;
}

static const struct client_row {
	void (*send)(struct sim_client *c, struct client_task *t);
	uint32_t most; /* blocks; 0: none */
} client_rows[OP_COUNT] = {
	[OP_READ] = { client_read_write, 64 },
	[OP_WRITE] = { client_read_write, 64 },
	[OP_CAW] = { client_compare_and_write, 1 },
	[OP_ZERO] = { client_zero, 32 },
	[OP_SYNC] = { client_sync, 0 },
	[OP_READY] = { client_ready, 0 },
	[OP_RESERVE] = { pr_command, 0 },
	[OP_SAME] = { write_same_command, 32 },
	[OP_UNMAP] = { unmap_command, 32 },
	[OP_OR] = { orwrite_command, 16 },
	[OP_ATOMIC] = { write_atomic_command, SIM_ATOMIC },
	[OP_COPY] = { copy_command, 0 },
	[OP_POPULATE] = { token_populate_command, 0 },
	[OP_TOKEN] = { token_ask_command, 0 },
	[OP_SHARED] = { shared_command, 0 },
	[OP_MODE] = { mode_command, 0 },
	[OP_WIPE] = { wipe_command, 0 },
	[OP_ASK] = { ask_command, 0 },
};

static unsigned
client_pick_lun(struct sim_client *c)
{
	unsigned lun = choose(&c->s->choice, 3) == 2 ? LUN_EXTRA : LUN_DISK;

	return c->wild ? LUN_WILD : lun;
}

/* May it reserve something now?  One change at a time, in the world. */
static bool
client_may_reserve(struct sim_client *c)
{
	return !c->wild && !c->s->pr.busy && c->s->lus[LUN_EXTRA].mapped;
}

static bool
client_expects_death(const struct sim_client *c)
{
	return c->s->resets > 0 || c->tmf_live || c->s->lawless ||
	       c->wires[0].noisy || c->wires[1].noisy;
}

/* Too much waits to be acknowledged. */
static bool
client_is_behind(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_WIRES; i++)
		if (c->wires[i].state == WIRE_FULL &&
		    c->wires[i].stat_sn - snack_exp_stat_sn(&c->wires[i]) >
			CLIENT_UNHEARD)
			return true;
	return false;
}

static enum client_op
client_pick_op(struct sim_client *c)
{
	static const enum client_op ops[] = { OP_READ, OP_READ, OP_READ,
		OP_WRITE, OP_WRITE, OP_WRITE, OP_CAW, OP_ZERO, OP_SYNC, OP_SYNC,
		OP_READY, OP_RESERVE, OP_RESERVE, OP_SAME, OP_UNMAP, OP_OR,
		OP_ATOMIC, OP_COPY, OP_COPY, OP_POPULATE, OP_SHARED, OP_MODE,
		OP_ASK };

	if (c->s->contended && choose(&c->s->choice, 4) > 0)
		return OP_SHARED;
	if (c->s->wipes && choose_one_in(&c->s->choice, 6))
		return OP_WIPE;
	/* What was begun with a token goes on. */
	if (c->token.id != 0 && choose_one_in(&c->s->choice, 3))
		return OP_POPULATE;
	return ops[choose(&c->s->choice, ARRAY_LEN(ops))];
}

/* False: not now. */
static bool
client_prepare(struct sim_client *c, struct client_task *t)
{
	uint32_t most = client_rows[t->op].most;

	if (t->op == OP_RESERVE)
		return client_may_reserve(c);
	if (t->op == OP_COPY)
		return copy_pick(c, t);
	if (t->op == OP_POPULATE)
		return token_pick(c, t);
	if (t->op == OP_SHARED)
		return shared_pick(c, t);
	if (t->op == OP_MODE)
		return mode_pick(c, t);
	if (t->op == OP_WIPE)
		return wipe_pick(c, t);
	if (t->op == OP_ASK)
		return ask_pick(c, t);
	return most == 0 || client_pick_range(c, t, most);
}

static void
client_command(struct sim_client *c)
{
	struct client_task *t = client_free_task(c);

	if (t == NULL || !client_window_open(c) || client_is_behind(c))
		return;
	*t = (struct client_task){ .op = client_pick_op(c) };
	t->lun = client_pick_lun(c);
	t->wire = client_pick_wire(c)->index;
	t->sent = c->s->steps;
	if (!client_prepare(c, t))
		return;
	t->live = true;
	t->may_die = t->copy.may_fail = client_expects_death(c);
	t->pr_checked = pr_is_settled(c->s);
	t->itt = ++c->itt;
	t->data = calloc(64, 512);
	assert(t->data != NULL);
	sim_note(c->s, "client %u.%u: op %u itt %u lun %u lba %u+%u cmdsn %u",
	    c->index, t->wire, t->op, t->itt, t->lun, t->lba, t->blocks,
	    c->cmd_sn);
	client_rows[t->op].send(c, t);
}

/* One Data-Out; false: it will be spoilt, or never comes. */
static bool
client_send_one(
    struct sim_wire *w, const uint8_t bhs[48], const uint8_t *data, uint32_t n)
{
	bool spoil = client_may_spoil(w);
	bool skip = snack_may(w) && !w->client->s->draining && bhs[1] == 0 &&
		    choose_one_in(&w->client->s->choice, 16);

	if (skip)
		return false;
	client_send(w, bhs, data, n);
	if (spoil)
		client_spoil(w, n);
	return !spoil;
}

void
client_send_data_out(struct sim_client *c, struct client_task *t, uint32_t ttt,
    uint32_t offset, uint32_t length)
{
	struct sim_wire *w = &c->wires[t->wire];
	uint32_t data_sn = 0;
	uint8_t bhs[48];
	bool good = true;
	uint32_t n;

	while (length > 0) {
		n = 512 * (1 + choose(&c->s->choice, 16));
		n = (uint32_t)min_u64(n, length);
		client_header(w, bhs, 0x05, n == length ? 0x80 : 0, t->itt);
		bhs[9] = (uint8_t)t->lun;
		put_be32(bhs + 20, ttt);
		put_be32(bhs + 24, 0);
		put_be32(bhs + 36, data_sn++);
		put_be32(bhs + 40, offset);
		good &= client_send_one(w, bhs, t->data + offset, n);
		t->sent_good += good ? n : 0;
		offset += n;
		length -= n;
	}
}

static void
client_ping(struct sim_client *c)
{
	struct sim_wire *w = client_pick_wire(c);
	uint8_t bhs[48];

	client_header(w, bhs, 0x40, 0x80, NO_TAG - 1);
	put_be32(bhs + 20, NO_TAG);
	client_send(w, bhs, (const uint8_t *)"ping", 4);
}

/* ---- task management ---- */

void
client_expect_reset(struct sim_client *c, int lun)
{
	unsigned i;

	c->tmf_doomed = true;
	for (i = 0; i < SIM_TASKS; i++) {
		if (lun < 0 || c->tasks[i].lun == (unsigned)lun)
			c->tasks[i].may_die = true;
		if (lun < 0 || copy_touches(&c->tasks[i], (unsigned)lun))
			c->tasks[i].copy.may_fail = true;
	}
}

static void
client_expect_abort(struct sim_client *c, struct client_task *named)
{
	int lun = c->tmf_function == TMF_TARGET_RESET_ ? -1 : (int)c->tmf_lun;
	unsigned i;

	if (named != NULL) {
		named->may_die = true;
		return;
	}
	if (c->tmf_function == TMF_ABORT_SET_) {
		client_expect_reset(c, lun);
		return;
	}
	for (i = 0; c->tmf_function >= TMF_LUN_RESET_ && i < SIM_LUNS; i++)
		if (lun < 0 || lun == (int)i)
			mode_reset_begins(c->s, i);
	if (c->tmf_function >= TMF_LUN_RESET_ && (lun < 0 || lun == LUN_EXTRA))
		reserve6_reset_begins(c->s);
	c->s->resets++;
	c->s->figures.resets++;
	for (i = 0; i < SIM_CLIENTS; i++)
		client_expect_reset(c->s->clients[i], lun);
}

static void
client_expect_attention(struct sim_client *c)
{
	unsigned lun;

	if (c->tmf_function == TMF_CLEAR_SET_)
		c->tmf_event =
		    ua_begin(c->s, c->tmf_lun, 0x2f, 0x00, (int)c->index);
	if (c->tmf_function == TMF_LUN_RESET_)
		c->tmf_event = ua_begin(c->s, c->tmf_lun, 0x29, 0x03, -1);
	for (lun = 0; c->tmf_function == TMF_TARGET_RESET_ && lun < SIM_LUNS;
	     lun++)
		c->tmf_event = ua_begin(c->s, lun, 0x29, 0x03, -1);
}

/* Often a copy, which has most to be ended. */
static struct client_task *
client_pick_victim(struct sim_client *c)
{
	uint32_t first = choose(&c->s->choice, SIM_TASKS), i;
	struct client_task *t;

	for (i = 0; i < SIM_TASKS; i++) {
		t = &c->tasks[(first + i) % SIM_TASKS];
		if (t->live && t->op == OP_COPY)
			return t;
	}
	return &c->tasks[first];
}

static void
client_manage(struct sim_client *c)
{
	static const uint8_t functions[] = { TMF_ABORT_TASK_, TMF_ABORT_TASK_,
		TMF_ABORT_TASK_, TMF_ABORT_TASK_, TMF_ABORT_SET_,
		TMF_CLEAR_SET_, TMF_LUN_RESET_, TMF_TARGET_RESET_ };
	struct client_task *t = client_pick_victim(c);
	uint8_t function =
	    functions[choose(&c->s->choice, ARRAY_LEN(functions))];
	bool named = function == TMF_ABORT_TASK_;
	struct sim_wire *w = client_pick_wire(c);
	uint8_t bhs[48];

	if (c->tmf_live || (named && (!t->live || t->orphan)))
		return;
	if (named)
		w = &c->wires[t->wire];
	c->tmf_live = true;
	c->tmf_itt = ++c->itt;
	c->tmf_function = function;
	c->tmf_ref = named ? t->itt : NO_TAG;
	c->tmf_lun = named || (t->live && choose(&c->s->choice, 2))
			 ? t->lun
			 : client_pick_lun(c);
	c->tmf_doomed = t->may_die;
	c->tmf_wire = w->index;
	c->tmf_sent = c->s->steps;
	sim_note(c->s, "client %u.%u: TMF %u ref %u lun %u itt %u", c->index,
	    w->index, function, c->tmf_ref, c->tmf_lun, c->tmf_itt);
	client_header(w, bhs, 0x42, 0x80 | function, c->tmf_itt);
	bhs[9] = (uint8_t)c->tmf_lun;
	put_be32(bhs + 20, c->tmf_ref);
	/* That of an immediate one is the function's own, 11.5.5. */
	put_be32(bhs + 32, named && !t->at_once ? t->cmd_sn : c->cmd_sn);
	client_send(w, bhs, NULL, 0);
	client_expect_abort(c, named ? t : NULL);
	client_expect_attention(c);
}

static void
client_logout(struct sim_client *c)
{
	struct sim_wire *w = client_pick_wire(c);
	const struct sim_wire *other = &c->wires[w->index ^ 1];
	bool session = choose(&c->s->choice, 2);
	uint8_t bhs[48];
	unsigned i;

	/* What waits there for others would be lost with it. */
	session |= other->tx_bytes > 0 || other->spoilt > 0 || w->spoilt > 0;
	sim_note(c->s, "client %u.%u: logout of the %s", c->index, w->index,
	    session ? "session" : "connection");
	client_header(w, bhs, 0x46, session ? 0x80 : 0x81, ++c->itt);
	put_be16(bhs + 20, (uint16_t)(w->index + 1));
	client_send(w, bhs, NULL, 0);
	for (i = 0; i < CLIENT_WIRES; i++) {
		if (c->wires[i].state == WIRE_FULL &&
		    (session || &c->wires[i] == w))
			c->wires[i].state = WIRE_LOGOUT;
	}
	client_expect_reset(c, -1);
}

/* ---- breaking the rules ---- */

static void
client_mutate(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[choose(&c->s->choice, CLIENT_WIRES)];
	unsigned n = 1 + choose(&c->s->choice, 4);

	if (w->tx_bytes == 0)
		return;
	while (n-- > 0)
		w->tx[choose(&c->s->choice, (uint32_t)w->tx_bytes)] =
		    (uint8_t)choose(&c->s->choice, 256);
}

void
client_full_step(struct sim_client *c)
{
	uint32_t what = choose(&c->s->choice, 32);

	if (c->wild && choose_one_in(&c->s->choice, 8))
		client_mutate(c);
	if (what < 26)
		client_command(c);
	else if (what < 27)
		client_ping(c);
	else if (what < 28 && choose_one_in(&c->s->choice, 2))
		text_begin(client_pick_wire(c));
	else if (what < 28)
		stray_manage(client_pick_wire(c));
	else if (what < 31)
		client_manage(c);
	else if (!reassign_is_due(c) && choose_one_in(&c->s->choice, 8))
		client_logout(c);
}
