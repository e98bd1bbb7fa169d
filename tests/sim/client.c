/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client.c - an initiator's connections: login, the wire, loss.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "iscsi/digest.h"
#include "tests/sim/client.h"
#include "tests/sim/spare.h"

#define LOGIN_STAGE  0x0c /* CSG */
#define LOGIN_MORE   0x40 /* C */
#define LOGIN_PIECES 3    /* a text is sent in, at most */

/* Buffers of this size cost more to get and to give back than many a fuzzer's
 * whole run. */
struct wire_buffer {
	struct wire_buffer *next;
	uint8_t bytes[CLIENT_BUFFER];
};

static struct wire_buffer *wire_buffers_spare;

static uint8_t *
wire_buffer_new(void)
{
	struct wire_buffer *b = wire_buffers_spare;

	if (b != NULL)
		wire_buffers_spare = b->next;
	else
		b = malloc(sizeof(*b));
	assert(b != NULL);
	ASAN_UNPOISON_MEMORY_REGION(b->bytes, sizeof(b->bytes));
	return b->bytes;
}

static void
wire_buffer_free(uint8_t *bytes)
{
	struct wire_buffer *b = container_of(bytes, struct wire_buffer, bytes);

	b->next = wire_buffers_spare;
	wire_buffers_spare = b;
	ASAN_POISON_MEMORY_REGION(b->bytes, sizeof(b->bytes));
}

struct sim_client *
client_new(struct sim *s, unsigned index)
{
	struct sim_client *c = calloc(1, sizeof(*c));
	struct sim_wire *w;
	unsigned i;

	assert(c != NULL);
	c->s = s;
	c->index = index;
	c->wild = s->lawless && index == SIM_CLIENTS - 1;
	for (i = 0; i < CLIENT_WIRES; i++) {
		w = &c->wires[i];
		w->client = c;
		w->index = i;
		w->tx = wire_buffer_new();
		w->rx = wire_buffer_new();
	}
	return c;
}

void
client_free(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_WIRES; i++) {
		wire_buffer_free(c->wires[i].tx);
		wire_buffer_free(c->wires[i].rx);
	}
	free(c);
}

bool
client_is_in(const struct sim_client *c)
{
	return c->wires[0].state == WIRE_FULL || c->wires[1].state == WIRE_FULL;
}

struct client_task *
client_find(struct sim_client *c, uint32_t itt)
{
	unsigned i;

	for (i = 0; i < SIM_TASKS; i++)
		if (c->tasks[i].live && c->tasks[i].itt == itt)
			return &c->tasks[i];
	return NULL;
}

/* ---- login ---- */

/* How much of the text goes with the next request. */
static size_t
login_portion(struct sim_wire *w)
{
	struct choice *choice = &w->client->s->choice;

	if (w->client->wild || w->login_left < 2 ||
	    ++w->login_pieces == LOGIN_PIECES || !choose_one_in(choice, 8))
		return w->login_left;
	return 1 + choose(choice, (uint32_t)w->login_left - 1);
}

static void
login_send_piece(struct sim_wire *w)
{
	size_t n = login_portion(w);
	bool more = n < w->login_left;
	uint8_t flags = w->login_flags;
	uint8_t bhs[48];

	if (more)
		flags = (flags & LOGIN_STAGE) | LOGIN_MORE;
	client_header(w, bhs, 0x43, flags, w->login_itt);
	bhs[8] = 0x40;
	bhs[13] = (uint8_t)w->client->index;
	put_be16(bhs + 14, w->client->tsih);
	put_be16(bhs + 20, (uint16_t)(w->index + 1));
	client_send(w, bhs, (const uint8_t *)w->login_text, n);
	w->login_left -= n;
	memmove(w->login_text, w->login_text + n, w->login_left);
}

void
client_send_login(struct sim_wire *w, uint8_t flags, const char *text, size_t n)
{
	assert(n <= sizeof(w->login_text));
	memcpy(w->login_text, text, n);
	w->login_left = n;
	w->login_flags = flags;
	w->login_pieces = 0;
	login_send_piece(w);
}

bool
client_login_goes_on(struct sim_wire *w, uint8_t flags, size_t n)
{
	if (w->login_left == 0)
		return false;
	if (n > 0 || (flags & ~LOGIN_STAGE) != 0)
		sim_fail(w->client->s, "an answer to a part of a text");
	login_send_piece(w);
	return true;
}

static void
wire_open(struct sim_wire *w)
{
	struct sim_client *c = w->client;

	w->conn = sim_connect(c->s, c->index, &w->home);
	if (w->conn == NULL)
		return;
	w->stat_sn = snack_exp_stat_sn(w);
	w->state = WIRE_LOGIN_SECURITY;
	w->stat_sn_known = false;
	w->digests = w->fenced = w->wasted = false;
	w->chap = CHAP_NOT;
	w->noisy = w->joins && !w->reinstates && c->wires[w->index ^ 1].noisy;
	w->tx_bytes = w->rx_bytes = w->login_left = 0;
	w->login_sent = c->s->steps;
	w->login_itt = ++c->itt;
}

/* The first connection of a session; or one in place of a lost one. */
static void
client_begin_session(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[0];

	w->joins = w->reinstates = c->old_single && client_left_something(c) &&
				   c->tsih != 0 && c->erl < 2 &&
				   choose_one_in(&c->s->choice, 2);
	if (w->reinstates)
		return;
	c->tsih = 0;
	c->erl = c->cuts = 0;
	c->lossy = false;
	memset(c->moves, 0, sizeof(c->moves));
	c->many = choose_one_in(&c->s->choice, 2);
	c->cmd_sn = choose(&c->s->choice, 2) ? 1 : 0xfffffffeu;
	c->max_cmd_sn = c->cmd_sn;
	keys_pick(c);
}

void
client_connect(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	char text[160];
	uint8_t flags;
	int n;

	wire_open(w);
	if (w->conn == NULL)
		return;
	w->exp_cmd_sn = c->cmd_sn;
	sim_note(c->s, "client %u.%u: login tsih %u cmdsn %u%s", c->index,
	    w->index, c->tsih, c->cmd_sn, w->reinstates ? " reinstates" : "");
	flags = chap_begin(w);
	n = snprintf(text, sizeof(text),
	    "InitiatorName=iqn.2026-11.%s%u%cTargetName=iqn.2026-11.sim:t%c"
	    "AuthMethod=%s%c",
	    c->wild ? "wild:w" : "sim:i", c->index & 1, 0, 0,
	    w->chap == CHAP_NOT ? "None" : "CHAP", 0);
	client_send_login(w, flags, text, (size_t)n);
}

/* A connection on which nothing has been said. */
static void
wire_connect_quietly(struct sim_wire *w)
{
	client_begin_session(w->client);
	wire_open(w);
	w->exp_cmd_sn = w->client->cmd_sn;
}

void
client_send_operational(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	char text[384];
	size_t n = keys_ask(w, text, sizeof(text));

	w->state = WIRE_LOGIN_OPERATIONAL;
	w->keys_sent = c->s->steps;
	client_send_login(w, 0x87, text, n);
}

void
client_step(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[0];

	if (reassign_is_due(c) &&
	    (!client_is_in(c) || choose_one_in(&c->s->choice, 3))) {
		reassign_step(c);
	} else if (c->erl > 0 && client_is_in(c) &&
		   choose_one_in(&c->s->choice, 2) && snack_ask(c)) {
		return;
	} else if (client_is_in(c)) {
		w = w->state == WIRE_IDLE ? w : &c->wires[1];
		if (c->many && w->state == WIRE_IDLE && !w->lost &&
		    choose_one_in(&c->s->choice, 8)) {
			w->joins = true;
			w->reinstates = false;
			client_connect(w);
			return;
		}
		client_full_step(c);
	} else if (w->state == WIRE_IDLE && c->wires[1].state == WIRE_IDLE) {
		client_begin_session(c);
		client_connect(w);
	}
}

/* ---- bytes of others ---- */

void
client_raw(struct sim_client *c, const uint8_t *bytes, size_t n)
{
	struct sim_wire *w = &c->wires[0];

	if (w->conn == NULL)
		wire_connect_quietly(w);
	if (w->tx_bytes + n > CLIENT_BUFFER)
		return;
	memcpy(w->tx + w->tx_bytes, bytes, n);
	w->tx_bytes += n;
}

/* ---- bytes towards the target ---- */

/* How many of n bytes move in this event. */
static size_t
client_portion(struct sim_client *c, size_t n, bool all)
{
	if (all || choose(&c->s->choice, 2) == 0)
		return n;
	return 1 + choose(&c->s->choice, (uint32_t)n);
}

/* What a connection that is over has thrown away, or held for what is sent only
 * now on the other. */
static void
client_note_waste(struct sim_client *c)
{
	struct sim_wire *w;

	for (w = c->wires; w < c->wires + CLIENT_WIRES; w++)
		w->wasted |= w->conn != NULL && conn_wants_close(w->conn);
}

static bool
wire_deliver(struct sim_wire *w, bool all)
{
	size_t n, moved;

	if (w->conn == NULL || w->tx_bytes == 0)
		return false;
	n = client_portion(w->client, w->tx_bytes, all);
	client_note_waste(w->client);
	moved = sim_deliver(w->client->s, w->conn, w->home, w->tx, n);
	memmove(w->tx, w->tx + moved, w->tx_bytes - moved);
	w->tx_bytes -= moved;
	return moved > 0;
}

static struct sim_wire *
client_pick_open(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[choose(&c->s->choice, CLIENT_WIRES)];

	return w->conn != NULL ? w : &c->wires[w->index ^ 1];
}

bool
client_deliver(struct sim_client *c, bool all)
{
	bool first;

	if (!all)
		return wire_deliver(client_pick_open(c), false);
	first = wire_deliver(&c->wires[0], true);
	return wire_deliver(&c->wires[1], true) || first;
}

/* ---- bytes from the target ---- */

static void
wire_take(struct sim_wire *w, const uint8_t *from, size_t n)
{
	if (w->rx_bytes + n > CLIENT_BUFFER)
		sim_fail(w->client->s, "client %u: output without bound",
		    w->client->index);
	memcpy(w->rx + w->rx_bytes, from, n);
	w->rx_bytes += n;
}

static void
wire_check_digest(
    struct sim_wire *w, const uint8_t *bytes, size_t n, const char *what)
{
	/* A mutated login may have agreed on none. */
	if (!w->client->wild &&
	    !digest_matches(crc32c_update(CRC32C_SEED, bytes, n), bytes + n))
		sim_fail(w->client->s, "a wrong %s digest", what);
}

/* One whole PDU at the front; its length, or 0. */
static size_t
wire_parse_one(struct sim_wire *w, const uint8_t *at, size_t left)
{
	size_t head = 48, n, padded;

	if (w->digests && w->header_digest)
		head += 4;
	if (left < head)
		return 0;
	if (head > 48)
		wire_check_digest(w, at, 48, "header");
	n = get_be24(at + 5);
	padded = align_up(n, 4);
	if (w->digests && w->data_digest && n > 0) {
		if (left < head + padded + 4)
			return 0;
		wire_check_digest(w, at + head, padded, "data");
		client_receive(w, at, at + head, n);
		return head + padded + 4;
	}
	if (left < head + padded)
		return 0;
	client_receive(w, at, at + head, n);
	return head + padded;
}

/* Handle every whole PDU that has come. */
static void
wire_parse(struct sim_wire *w)
{
	size_t at = 0, n;
	struct conn *before = w->conn;

	while (at < w->rx_bytes) {
		n = wire_parse_one(w, w->rx + at, w->rx_bytes - at);
		if (w->conn != before)
			return;
		if (n == 0)
			break;
		at += n;
	}
	memmove(w->rx, w->rx + at, w->rx_bytes - at);
	w->rx_bytes -= at;
}

static bool
wire_collect_output(struct sim_wire *w, bool all)
{
	struct iovec iov[16];
	size_t total = 0, n, part, moved = 0;
	int i, count;

	sim_enter(w->client->s, w->home);
	count = conn_send_iov(w->conn, iov, 16);
	sim_leave(w->client->s);
	for (i = 0; i < count; i++)
		total += iov[i].iov_len;
	if (total == 0)
		return false;
	n = client_portion(w->client, total, all);
	for (i = 0; i < count && moved < n; i++) {
		part = min_u64(iov[i].iov_len, n - moved);
		wire_take(w, iov[i].iov_base, part);
		moved += part;
	}
	sim_enter(w->client->s, w->home);
	conn_sent(w->conn, n);
	sim_leave(w->client->s);
	conn_check(w->conn);
	return true;
}

/* As a shell does before it sleeps. */
static bool
wire_follow_home(struct sim_wire *w)
{
	struct home *home = conn_wants_home(w->conn);

	if (home == NULL)
		return false;
	w->home = home;
	sim_enter(w->client->s, home);
	conn_moved(w->conn);
	sim_leave(w->client->s);
	conn_check(w->conn);
	return true;
}

static bool
wire_collect(struct sim_wire *w, bool all)
{
	bool moved;

	if (w->conn == NULL)
		return false;
	if (wire_follow_home(w))
		return true;
	moved = wire_collect_output(w, all);
	wire_parse(w);
	if (w->conn != NULL && !moved && conn_wants_close(w->conn)) {
		wire_closed_by_target(w);
		return true;
	}
	return moved;
}

bool
client_collect(struct sim_client *c, bool all)
{
	bool first;

	if (client_look_after_old(c))
		return true;
	if (!all)
		return wire_collect(client_pick_open(c), false);
	first = wire_collect(&c->wires[0], true);
	return wire_collect(&c->wires[1], true) || first;
}

/* ---- the clock ---- */

static void
client_tick_one(struct sim_client *c, struct conn *conn, struct home *home)
{
	if (conn != NULL)
		sim_tick(c->s, conn, home);
}

void
client_tick(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_WIRES; i++)
		client_tick_one(c, c->wires[i].conn, c->wires[i].home);
	for (i = 0; i < CLIENT_OLD; i++)
		client_tick_one(c, c->old[i].conn, c->old[i].home);
}

bool
client_mend(struct sim_client *c)
{
	bool asked = client_is_in(c) && snack_ask(c);

	return reassign_step(c) || asked;
}
