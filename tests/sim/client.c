/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client.c - an initiator: what it sends and when.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define NO_TAG 0xffffffffu

struct sim_client *
client_new(struct sim *s, unsigned index)
{
	struct sim_client *c = calloc(1, sizeof(*c));

	assert(c != NULL);
	c->s = s;
	c->index = index;
	c->tx = malloc(CLIENT_BUFFER);
	c->rx = malloc(CLIENT_BUFFER);
	assert(c->tx != NULL && c->rx != NULL);
	return c;
}

void
client_free(struct sim_client *c)
{
	free(c->tx);
	free(c->rx);
	free(c);
}

/* ---- framing ---- */

void
client_send(
    struct sim_client *c, const uint8_t bhs[48], const uint8_t *data, size_t n)
{
	size_t padded = align_up(n, 4);
	uint8_t *p = c->tx + c->tx_bytes;

	if (c->tx_bytes + 48 + padded > CLIENT_BUFFER)
		return;
	memcpy(p, bhs, 48);
	put_be24(p + 5, (uint32_t)n);
	memset(p + 48, 0, padded);
	if (n > 0)
		memcpy(p + 48, data, n);
	c->tx_bytes += 48 + padded;
}

static void
client_header(struct sim_client *c, uint8_t bhs[48], uint8_t opcode,
    uint8_t flags, uint32_t itt)
{
	memset(bhs, 0, 48);
	bhs[0] = opcode;
	bhs[1] = flags;
	put_be32(bhs + 16, itt);
	put_be32(bhs + 24, c->cmd_sn);
	put_be32(bhs + 28, c->stat_sn);
}

/* ---- login ---- */

static void
client_send_login(
    struct sim_client *c, uint8_t flags, const char *text, size_t n)
{
	uint8_t bhs[48];

	client_header(c, bhs, 0x43, flags, c->itt);
	bhs[8] = 0x40;
	bhs[13] = (uint8_t)c->index;
	put_be16(bhs + 14, c->tsih);
	put_be16(bhs + 20, 1);
	client_send(c, bhs, (const uint8_t *)text, n);
}

/* A connection on which nothing has been said. */
static void
client_connect_quietly(struct sim_client *c)
{
	c->conn = sim_connect(c->s, c->index, &c->home);
	c->state = CLIENT_LOGIN_SECURITY;
	c->stat_sn_known = false;
	c->itt++;
	c->reinstates =
	    c->old != NULL && c->tsih != 0 && choose_one_in(&c->s->choice, 2);
	if (c->reinstates)
		return;
	c->tsih = 0;
	c->cmd_sn = choose(&c->s->choice, 2) ? 1 : 0xfffffffeu;
	c->exp_cmd_sn = c->cmd_sn;
	c->max_cmd_sn = c->cmd_sn;
}

static void
client_connect(struct sim_client *c)
{
	char text[128];
	int n;

	client_connect_quietly(c);
	n = snprintf(text, sizeof(text),
	    "InitiatorName=iqn.2026-11.sim:i%u%cTargetName=iqn.2026-11.sim:t%c"
	    "AuthMethod=None%c",
	    c->index & 1, 0, 0, 0);
	client_send_login(c, 0x81, text, (size_t)n);
}

void
client_send_operational(struct sim_client *c)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
	    "InitialR2T=%s%cImmediateData=%s%cMaxBurstLength=%u%c"
	    "FirstBurstLength=%u%cMaxRecvDataSegmentLength=%u%c"
	    "MaxOutstandingR2T=%u%cErrorRecoveryLevel=%u%c",
	    choose(&c->s->choice, 2) ? "Yes" : "No", 0, "Yes", 0, CLIENT_BURST,
	    0, CLIENT_BURST, 0, CLIENT_RECV, 0, 1 + choose(&c->s->choice, 4), 0,
	    choose(&c->s->choice, 2), 0);

	c->state = CLIENT_LOGIN_OPERATIONAL;
	client_send_login(c, 0x87, text, (size_t)n);
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

static bool
client_range_idle(const struct sim_client *c, uint32_t at, uint32_t blocks)
{
	uint32_t i;

	for (i = 0; i < blocks; i++)
		if (c->busy[at + i] != 0)
			return false;
	return true;
}

/* A range of our own blocks that no task touches; false: try later. */
static bool
client_pick_range(struct sim_client *c, struct client_task *t, uint32_t most)
{
	uint32_t at = choose(&c->s->choice, SIM_CLIENT_BLOCKS);
	uint32_t left = SIM_CLIENT_BLOCKS - at;
	uint32_t i;

	t->blocks = 1 + choose(&c->s->choice, most < left ? most : left);
	t->lba = c->index * SIM_CLIENT_BLOCKS + at;
	if (!client_range_idle(c, at, t->blocks))
		return false;
	for (i = 0; i < t->blocks; i++)
		c->busy[at + i]++;
	return true;
}

static void
client_fill_write(struct sim_client *c, struct client_task *t)
{
	uint32_t i;

	do
		t->tag = ++c->next_tag;
	while (t->tag == 0);
	for (i = 0; i < t->blocks; i++)
		client_fill(t->data + 512 * i, t->tag, t->lba + i);
}

static void
client_send_scsi(struct sim_client *c, struct client_task *t, uint8_t flags,
    const uint8_t *cdb, uint32_t edtl, const uint8_t *data, uint32_t n)
{
	uint8_t bhs[48];

	client_header(c, bhs, 0x01, (uint8_t)(0x81 | flags), t->itt);
	put_be32(bhs + 20, edtl);
	memcpy(bhs + 32, cdb, 16);
	c->cmd_sn++;
	client_send(c, bhs, data, n);
}

static void
client_read_write(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { t->op == OP_READ ? 0x28 : 0x2a };
	uint32_t bytes = t->blocks * 512;
	uint32_t immediate = 0;

	put_be32(cdb + 2, t->lba);
	put_be16(cdb + 7, (uint16_t)t->blocks);
	if (t->op == OP_WRITE) {
		client_fill_write(c, t);
		cdb[1] = choose(&c->s->choice, 4) ? 0 : 0x08;
		immediate = choose(&c->s->choice, 2) ? CLIENT_BURST : 0;
		immediate = (uint32_t)min_u64(immediate, bytes);
	}
	client_send_scsi(c, t, t->op == OP_READ ? 0x40 : 0x20, cdb, bytes,
	    t->data, immediate);
}

static void
client_compare_and_write(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { 0x89 };
	uint32_t at = t->lba - c->index * SIM_CLIENT_BLOCKS;

	put_be64(cdb + 2, t->lba);
	cdb[13] = 1;
	t->blocks = 1;
	client_fill(t->data, c->tags[at], t->lba);
	do
		t->tag = ++c->next_tag;
	while (t->tag == 0);
	client_fill(t->data + 512, t->tag, t->lba);
	client_send_scsi(c, t, 0x20, cdb, 1024, t->data, 1024);
}

static bool
client_window_open(const struct sim_client *c)
{
	return (int32_t)(c->max_cmd_sn - c->cmd_sn) >= 0;
}

static void
client_command(struct sim_client *c)
{
	static const uint8_t sync[16] = { 0x35 }, ready[16] = { 0x00 };
	static const uint32_t most[OP_COUNT] = { 64, 64, 1, 0, 0 };
	struct client_task *t = client_free_task(c);

	if (t == NULL || !client_window_open(c))
		return;
	*t = (struct client_task){ .op = choose(&c->s->choice, OP_COUNT) };
	if (most[t->op] > 0 && !client_pick_range(c, t, most[t->op]))
		return;
	t->live = true;
	t->may_die = c->s->resets > 0;
	t->itt = ++c->itt;
	t->data = calloc(64, 512);
	assert(t->data != NULL);
	if (t->op == OP_SYNC)
		client_send_scsi(c, t, 0, sync, 0, NULL, 0);
	else if (t->op == OP_READY)
		client_send_scsi(c, t, 0, ready, 0, NULL, 0);
	else if (t->op == OP_CAW)
		client_compare_and_write(c, t);
	else
		client_read_write(c, t);
}

void
client_send_data_out(struct sim_client *c, struct client_task *t, uint32_t ttt,
    uint32_t offset, uint32_t length)
{
	uint32_t data_sn = 0;
	uint8_t bhs[48];
	uint32_t n;

	while (length > 0) {
		n = 512 * (1 + choose(&c->s->choice, 16));
		n = (uint32_t)min_u64(n, length);
		client_header(c, bhs, 0x05, n == length ? 0x80 : 0, t->itt);
		put_be32(bhs + 20, ttt);
		put_be32(bhs + 24, 0);
		put_be32(bhs + 36, data_sn++);
		put_be32(bhs + 40, offset);
		client_send(c, bhs, t->data + offset, n);
		offset += n;
		length -= n;
	}
}

static void
client_ping(struct sim_client *c)
{
	uint8_t bhs[48];

	client_header(c, bhs, 0x40, 0x80, NO_TAG - 1);
	put_be32(bhs + 20, NO_TAG);
	client_send(c, bhs, (const uint8_t *)"ping", 4);
}

/* ---- task management ---- */

void
client_expect_reset(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < SIM_TASKS; i++)
		c->tasks[i].may_die = true;
}

static void
client_manage(struct sim_client *c)
{
	struct client_task *t = &c->tasks[choose(&c->s->choice, SIM_TASKS)];
	bool reset = choose_one_in(&c->s->choice, 8);
	uint8_t bhs[48];
	unsigned i;

	if (c->tmf_live || (!reset && !t->live))
		return;
	c->tmf_live = true;
	c->tmf_itt = ++c->itt;
	c->tmf_ref = reset ? NO_TAG : t->itt;
	client_header(c, bhs, 0x42, reset ? 0x85 : 0x81, c->tmf_itt);
	put_be32(bhs + 20, c->tmf_ref);
	put_be32(bhs + 32, c->cmd_sn);
	client_send(c, bhs, NULL, 0);
	if (!reset) {
		t->may_die = true;
		return;
	}
	c->s->resets++;
	for (i = 0; i < SIM_CLIENTS; i++)
		client_expect_reset(c->s->clients[i]);
}

static void
client_logout(struct sim_client *c)
{
	uint8_t bhs[48];

	client_header(c, bhs, 0x46, 0x80, ++c->itt);
	put_be16(bhs + 20, 1);
	client_send(c, bhs, NULL, 0);
	c->state = CLIENT_LOGOUT;
	client_expect_reset(c);
}

/* ---- breaking the rules ---- */

static void
client_mutate(struct sim_client *c)
{
	unsigned n = 1 + choose(&c->s->choice, 4);

	if (c->tx_bytes == 0)
		return;
	c->s->lawless = true;
	while (n-- > 0)
		c->tx[choose(&c->s->choice, (uint32_t)c->tx_bytes)] =
		    (uint8_t)choose(&c->s->choice, 256);
}

static void
client_full_step(struct sim_client *c)
{
	uint32_t what = choose(&c->s->choice, 32);

	if (what < 26)
		client_command(c);
	else if (what < 28)
		client_ping(c);
	else if (what < 31)
		client_manage(c);
	else if (choose_one_in(&c->s->choice, 8))
		client_logout(c);
}

void
client_step(struct sim_client *c)
{
	if (c->s->lawless && choose_one_in(&c->s->choice, 8))
		client_mutate(c);
	if (c->state == CLIENT_IDLE)
		client_connect(c);
	else if (c->state == CLIENT_FULL)
		client_full_step(c);
}

/* ---- the wire ---- */

/* The connection is gone: what was outstanding may or may not have been done.
 */
void
client_dropped(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < SIM_TASKS; i++)
		if (c->tasks[i].live)
			client_forget(c, &c->tasks[i], true);
	c->conn = NULL;
	c->tx_bytes = 0;
	c->rx_bytes = 0;
	c->tmf_live = false;
	c->state = CLIENT_IDLE;
}

static void
client_close(struct sim_client *c, const char *why)
{
	c->s->current = c->home;
	conn_closed(c->conn, why);
	c->s->current = NULL;
	client_dropped(c);
}

void
client_raw(struct sim_client *c, const uint8_t *bytes, size_t n)
{
	if (c->conn == NULL)
		client_connect_quietly(c);
	if (c->tx_bytes + n > CLIENT_BUFFER)
		return;
	memcpy(c->tx + c->tx_bytes, bytes, n);
	c->tx_bytes += n;
}

static void
client_close_old(struct sim_client *c, const char *why)
{
	c->s->current = c->old_home;
	conn_closed(c->old, why);
	c->s->current = NULL;
	c->old = NULL;
}

/* The target notices at once, or not before it is told otherwise. */
void
client_cut(struct sim_client *c)
{
	if (c->conn == NULL)
		return;
	if (c->old != NULL || choose_one_in(&c->s->choice, 2)) {
		client_close(c, "cut");
		return;
	}
	c->old = c->conn;
	c->old_home = c->home;
	client_dropped(c);
}

void
client_hang_up(struct sim_client *c)
{
	if (c->old != NULL)
		client_close_old(c, "end of the simulation");
	if (c->conn != NULL)
		client_close(c, "end of the simulation");
}

/* How many of n bytes move in this event. */
static size_t
client_portion(struct sim_client *c, size_t n, bool all)
{
	if (all || choose(&c->s->choice, 2) == 0)
		return n;
	return 1 + choose(&c->s->choice, (uint32_t)n);
}

bool
client_deliver(struct sim_client *c, bool all)
{
	struct iovec iov[4];
	size_t n, moved = 0;
	int i, count;

	if (c->conn == NULL || c->tx_bytes == 0)
		return false;
	c->s->current = c->home;
	count = conn_recv_iov(c->conn, iov, 4);
	n = client_portion(c, c->tx_bytes, all);
	for (i = 0; i < count && moved < n; i++) {
		size_t part = iov[i].iov_len;

		if (part > n - moved)
			part = n - moved;
		memcpy(iov[i].iov_base, c->tx + moved, part);
		moved += part;
	}
	if (moved > 0)
		conn_received(c->conn, moved);
	conn_check(c->conn);
	c->s->current = NULL;
	memmove(c->tx, c->tx + moved, c->tx_bytes - moved);
	c->tx_bytes -= moved;
	return moved > 0;
}

static void
client_take(struct sim_client *c, const uint8_t *from, size_t n)
{
	if (c->rx_bytes + n > CLIENT_BUFFER)
		sim_fail(c->s, "client %u: output without bound", c->index);
	memcpy(c->rx + c->rx_bytes, from, n);
	c->rx_bytes += n;
}

/* Handle every whole PDU that has come. */
static void
client_parse(struct sim_client *c)
{
	size_t at = 0, whole, n;
	struct conn *before = c->conn;

	while (c->rx_bytes - at >= 48) {
		n = get_be24(c->rx + at + 5);
		whole = 48 + align_up(n, 4);
		if (c->rx_bytes - at < whole)
			break;
		client_receive(c, c->rx + at, c->rx + at + 48, n);
		if (c->conn != before)
			return;
		at += whole;
	}
	memmove(c->rx, c->rx + at, c->rx_bytes - at);
	c->rx_bytes -= at;
}

static bool
client_collect_output(struct sim_client *c, bool all)
{
	struct iovec iov[16];
	size_t total = 0, n, moved = 0;
	int i, count = conn_send_iov(c->conn, iov, 16);

	for (i = 0; i < count; i++)
		total += iov[i].iov_len;
	if (total == 0)
		return false;
	n = client_portion(c, total, all);
	for (i = 0; i < count && moved < n; i++) {
		size_t part = iov[i].iov_len;

		if (part > n - moved)
			part = n - moved;
		client_take(c, iov[i].iov_base, part);
		moved += part;
	}
	conn_sent(c->conn, n);
	conn_check(c->conn);
	return true;
}

/* As a shell does before it sleeps. */
static bool
client_follow_home(struct sim_client *c)
{
	struct home *home = conn_wants_home(c->conn);

	if (home == NULL)
		return false;
	c->home = c->s->current = home;
	conn_moved(c->conn);
	conn_check(c->conn);
	c->s->current = NULL;
	return true;
}

static bool
client_look_after_old(struct sim_client *c)
{
	if (c->old == NULL || !conn_wants_close(c->old))
		return false;
	client_close_old(c, "the target closes");
	return true;
}

bool
client_collect(struct sim_client *c, bool all)
{
	bool moved;

	if (client_look_after_old(c))
		return true;
	if (c->conn == NULL)
		return false;
	if (client_follow_home(c))
		return true;
	c->s->current = c->home;
	moved = client_collect_output(c, all);
	c->s->current = NULL;
	client_parse(c);
	if (c->conn != NULL && !moved && conn_wants_close(c->conn)) {
		client_close(c, "the target closes");
		return true;
	}
	return moved;
}

static void
client_tick_one(struct sim_client *c, struct conn *conn, struct home *home)
{
	if (conn == NULL || conn_deadline(conn) > home->now_ms)
		return;
	c->s->current = home;
	conn_tick(conn);
	conn_check(conn);
	c->s->current = NULL;
}

void
client_tick(struct sim_client *c)
{
	client_tick_one(c, c->conn, c->home);
	client_tick_one(c, c->old, c->old_home);
}
