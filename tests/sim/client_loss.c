/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_loss.c - connections that are lost: cut, given up, closed by
 * the target; bytes that are spoilt.
 */
#include "tests/sim/client.h"

bool
client_left_something(const struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_OLD; i++)
		if (c->old[i].conn != NULL)
			return true;
	return false;
}

static void
wire_reset(struct sim_wire *w)
{
	text_lost(w);
	stray_lost(w);
	w->conn = NULL;
	w->fenced = false;
	w->tx_bytes = 0;
	w->rx_bytes = 0;
	w->state = WIRE_IDLE;
	w->closed_ms = 0;
}

/* What was outstanding there may or may not have been done. */
void
wire_forget_tasks(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	struct client_task *t;
	unsigned i;

	for (i = 0; i < SIM_TASKS; i++) {
		t = &c->tasks[i];
		if (!t->live || t->wire != w->index || (t->orphan && w->lost))
			continue;
		ua_forget_all(c);
		if (t->op == OP_RESERVE)
			pr_lost(c, t);
		client_forget(c, t, END_LOST);
	}
	if (c->tmf_live && c->tmf_wire == w->index)
		c->tmf_live = false;
}

static void
wire_dropped(struct sim_wire *w)
{
	wire_forget_tasks(w);
	wire_reset(w);
}

static void
wire_close(struct sim_wire *w, const char *why)
{
	if (w->conn == NULL)
		return;
	sim_note(w->client->s, "client %u.%u: closed, %s", w->client->index,
	    w->index, why);
	sim_close(w->client->s, w->conn, w->home, why);
	w->conn = NULL;
	wire_dropped(w);
}

void
client_drop(struct sim_client *c, const char *why)
{
	wire_close(&c->wires[0], why);
	wire_close(&c->wires[1], why);
	reassign_give_up(c);
}

/* The connection alone, without what was under way on it; noticed: the target
 * knows. */
bool
wire_part(struct sim_wire *w, bool noticed)
{
	struct sim_client *c = w->client;
	unsigned i;

	for (i = 0; !noticed && i < CLIENT_OLD; i++) {
		if (c->old[i].conn != NULL)
			continue;
		sim_note(c->s, "client %u.%u: lost", c->index, w->index);
		c->old[i] = (struct client_old){ w->conn, w->home };
		wire_reset(w);
		return false;
	}
	sim_note(c->s, "client %u.%u: cut", c->index, w->index);
	sim_close(c->s, w->conn, w->home, "cut");
	wire_reset(w);
	return true;
}

static void
wire_cut(struct sim_wire *w, bool noticed)
{
	if (w->conn == NULL)
		return;
	wire_part(w, noticed);
	wire_dropped(w);
}

/* One of two may go alone when nothing sent on it can be missed, or waits for
 * what is still on its way on the other.  A target without memory may have
 * closed it, with what had come. */
static bool
wire_may_go_alone(const struct sim_wire *w)
{
	const struct sim_wire *other = &w->client->wires[w->index ^ 1];

	return w->state == WIRE_FULL && other->state == WIRE_FULL &&
	       w->tx_bytes == 0 && w->rx_bytes == 0 && w->spoilt == 0 &&
	       !w->wasted && other->tx_bytes == 0 && !w->client->s->starved;
}

void
client_cut(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[choose(&c->s->choice, CLIENT_WIRES)];
	bool noticed = choose_one_in(&c->s->choice, 2);
	unsigned i;

	if (reassign_lose(w, noticed)) {
		if (choose_one_in(&c->s->choice, 2))
			reassign_lose(&c->wires[w->index ^ 1], noticed);
		return;
	}
	if (wire_may_go_alone(w) && choose_one_in(&c->s->choice, 2)) {
		client_expect_reset(c, -1);
		wire_close(w, "cut alone");
		return;
	}
	/* One without any has lost its session before. */
	if (c->wires[0].conn != NULL || c->wires[1].conn != NULL)
		c->old_single = c->wires[1].conn == NULL;
	for (i = 0; i < CLIENT_WIRES; i++)
		wire_cut(&c->wires[i], noticed);
	reassign_give_up(c);
}

/* Commands on their way there are lost: the others wait for them for ever. */
void
wire_closed_by_target(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	bool gap = w->tx_bytes > 0 || c->wires[w->index ^ 1].tx_bytes > 0 ||
		   w->spoilt > 0 || w->noisy || w->wasted || c->s->lawless ||
		   c->s->starved;

	if (reassign_lose(w, true))
		return;
	client_expect_reset(c, -1);
	wire_close(w, "the target closes");
	if (gap)
		client_drop(c, "commands were lost with the other");
}

void
client_noise(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[choose(&c->s->choice, CLIENT_WIRES)];
	uint32_t at;

	if (w->state != WIRE_FULL || !w->header_digest || !w->data_digest ||
	    w->tx_bytes == 0)
		return;
	at = choose(&c->s->choice, (uint32_t)w->tx_bytes);
	w->tx[at] ^= (uint8_t)(1 + choose(&c->s->choice, 255));
	sim_note(
	    c->s, "client %u.%u: byte %u is spoilt", c->index, w->index, at);
	c->wires[0].noisy = c->wires[1].noisy = true;
	c->s->figures.noise++;
	client_expect_reset(c, -1);
}

void
client_hang_up(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_OLD; i++) {
		if (c->old[i].conn != NULL)
			sim_close(c->s, c->old[i].conn, c->old[i].home,
			    "end of the simulation");
		c->old[i].conn = NULL;
	}
	client_drop(c, "end of the simulation");
}

bool
client_all_closed(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_WIRES; i++)
		if (c->wires[i].conn != NULL &&
		    !conn_wants_close(c->wires[i].conn))
			return false;
	for (i = 0; i < CLIENT_OLD; i++)
		if (c->old[i].conn != NULL && !conn_wants_close(c->old[i].conn))
			return false;
	return true;
}

bool
client_look_after_old(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_OLD; i++) {
		if (c->old[i].conn == NULL || !conn_wants_close(c->old[i].conn))
			continue;
		sim_close(
		    c->s, c->old[i].conn, c->old[i].home, "the target closes");
		c->old[i].conn = NULL;
		return true;
	}
	return false;
}
