/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_reassign.c - error recovery level 2 (RFC 7143 7.2.2, 6.3.6,
 * 11.14): the tasks of a connection that is lost go on with another one of the
 * session, or with one in its place.
 *
 * Each of them is answered once, wherever it was when the connection went.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define TMF_REASSIGN_  8
#define FOR_RECOVERY_  2
#define TMF_NO_TASK_   1
#define TMF_ALLEGIANT_ 3
#define RETAINED_MOST  4 /* connections that a target keeps */

static uint64_t
reassign_now(const struct sim_client *c)
{
	return c->s->homes[0].home.now_ms;
}

static struct sim_wire *
reassign_lost(struct sim_client *c)
{
	if (c->wires[0].lost)
		return &c->wires[0];
	return c->wires[1].lost ? &c->wires[1] : NULL;
}

bool
reassign_is_due(const struct sim_client *c)
{
	return c->wires[0].lost || c->wires[1].lost;
}

/* ---- loss ---- */

static bool
reassign_may_lose(const struct sim_wire *w)
{
	const struct sim_client *c = w->client;
	const struct sim_wire *other = &c->wires[w->index ^ 1];

	return c->erl == 2 && c->keep_ms > 0 && w->state == WIRE_FULL &&
	       other->state != WIRE_LOGOUT && !w->noisy && !c->wild &&
	       !c->s->lawless && !c->s->starved;
}

/* A target keeps them from when it closes the connection on. */
void
client_note_time(struct sim_client *c)
{
	struct sim_wire *w;

	for (w = c->wires; w < c->wires + CLIENT_WIRES; w++)
		if (w->conn != NULL && w->closed_ms == 0 &&
		    conn_wants_close(w->conn))
			w->closed_ms = reassign_now(c);
}

static void
task_orphaned(struct sim_wire *w, struct client_task *t)
{
	/* It ends with its connection, 7.14. */
	if (t->at_once) {
		if (t->op == OP_RESERVE)
			pr_lost(w->client, t);
		ua_forget_all(w->client);
		client_forget(w->client, t, END_LOST);
		return;
	}
	if (t->lost_ms == 0)
		t->lost_ms = w->lost_ms;
	t->orphan = t->late = true;
	t->resumed = true;
	t->snack_tag = 0;
	snack_forget(t);
}

/* Nobody will learn what became of these. */
static void
moves_forget(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	unsigned i;

	for (i = 0; i < CLIENT_MOVES; i++)
		if (c->moves[i].wire == w->index)
			c->moves[i].itt = 0;
	if (c->tmf_live && c->tmf_wire == w->index)
		c->tmf_live = false;
	c->wires[w->index ^ 1].logout_itt = 0;
}

bool
reassign_lose(struct sim_wire *w, bool noticed)
{
	struct sim_client *c = w->client;
	unsigned i;

	if (!reassign_may_lose(w))
		return false;
	w->lost_ms = w->closed_ms != 0 ? w->closed_ms : reassign_now(c);
	for (i = 0; i < SIM_TASKS; i++)
		if (c->tasks[i].live && c->tasks[i].wire == w->index)
			task_orphaned(w, &c->tasks[i]);
	moves_forget(w);
	c->cuts++;
	c->lossy = true;
	snack_exp_stat_sn(w);
	w->gone = wire_part(w, noticed);
	w->lost = true;
	return true;
}

void
client_cut_to_recover(struct sim_client *c)
{
	struct sim_wire *w = &c->wires[choose(&c->s->choice, CLIENT_WIRES)];

	reassign_lose(w, choose_one_in(&c->s->choice, 2));
}

void
reassign_give_up(struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < SIM_TASKS; i++)
		c->tasks[i].orphan = false;
	for (i = 0; i < CLIENT_WIRES; i++) {
		if (c->wires[i].lost)
			wire_forget_tasks(&c->wires[i]);
		c->wires[i].lost = false;
		c->wires[i].logout_itt = 0;
	}
	/* One that is logging out may still bring the answers. */
	for (i = 0; i < CLIENT_MOVES; i++)
		c->moves[i].task = NO_TAG;
	if (c->wires[0].conn == NULL && c->wires[1].conn == NULL)
		memset(c->moves, 0, sizeof(c->moves));
	if (c->erl == 2 && !client_is_in(c))
		c->tsih = 0;
}

/* ---- taking over ---- */

static struct client_move *
move_find(struct sim_client *c, uint32_t itt)
{
	unsigned i;

	for (i = 0; i < CLIENT_MOVES; i++)
		if (c->moves[i].itt == itt)
			return &c->moves[i];
	return NULL;
}

static void
task_reassign(struct sim_wire *w, struct client_task *t)
{
	struct sim_client *c = w->client;
	struct client_move *m = move_find(c, 0);
	uint8_t bhs[48];

	if (m == NULL)
		sim_fail(c->s, "too many tasks to reassign");
	*m = (struct client_move){ ++c->itt, t->itt, w->index };
	sim_note(c->s, "client %u.%u: TASK REASSIGN itt %u ref %u ExpDataSN %u",
	    c->index, w->index, m->itt, t->itt, t->data_sn);
	client_header(w, bhs, 0x42, 0x80 | TMF_REASSIGN_, m->itt);
	bhs[9] = (uint8_t)t->lun;
	put_be32(bhs + 20, t->itt);
	put_be32(bhs + 36, client_reads(t) ? t->data_sn : 0);
	client_send(w, bhs, NULL, 0);
}

/* Did it come there before the connection was lost? */
static bool
task_never_came(const struct sim_wire *w, const struct client_task *t)
{
	return (int32_t)(t->cmd_sn - w->exp_cmd_sn) >= 0;
}

/* fresh: what to knows of ExpCmdSN is from after the loss. */
static void
reassign_move(struct sim_wire *from, struct sim_wire *to, bool fresh)
{
	struct sim_client *c = from->client;
	struct client_task *t;
	unsigned i;

	from->lost = false;
	from->logout_itt = 0;
	for (i = 0; i < SIM_TASKS; i++) {
		t = &c->tasks[i];
		if (!t->live || !t->orphan || t->wire != from->index)
			continue;
		t->wire = to->index;
		/* A target that bans it keeps nothing for it. */
		t->may_die |= (c->index & 1) && c->s->banned_since >= t->sent;
		if (fresh && task_never_came(to, t))
			client_resend(c, t);
		else
			task_reassign(to, t);
	}
}

void
reassign_logged_in(struct sim_wire *w)
{
	if (w->lost)
		reassign_move(w, w, true);
}

void
reassign_refused(struct sim_wire *w)
{
	struct sim_client *c = w->client;

	if (client_is_in(c))
		return;
	reassign_give_up(c);
	if (w->reinstates)
		c->tsih = 0;
}

static void
send_logout_for_recovery(struct sim_wire *w, struct sim_wire *lost)
{
	struct sim_client *c = w->client;
	uint8_t bhs[48];

	lost->logout_itt = ++c->itt;
	sim_note(c->s, "client %u.%u: logout of %u for recovery", c->index,
	    w->index, lost->index);
	client_header(w, bhs, 0x46, 0x80 | FOR_RECOVERY_, lost->logout_itt);
	put_be16(bhs + 20, (uint16_t)(lost->index + 1));
	/* Of the connection that it closes, 11.14.4. */
	put_be32(bhs + 28, snack_exp_stat_sn(lost));
	client_send(w, bhs, NULL, 0);
}

void
reassign_logged_out(struct sim_wire *w, const uint8_t *bhs)
{
	struct sim_client *c = w->client;
	struct sim_wire *lost = &c->wires[w->index ^ 1];

	if (lost->logout_itt == 0 || lost->logout_itt != get_be32(bhs + 16))
		return;
	if (bhs[2] > 1)
		sim_fail(c->s, "logout for recovery: %u", bhs[2]);
	lost->gone = true;
	reassign_move(lost, w, true);
}

/* One that is lost again, or was never there. */
static void
reassign_connect(struct sim_wire *lost)
{
	struct sim_client *c = lost->client;
	struct sim_wire *w = lost;

	if (c->many && choose_one_in(&c->s->choice, 4))
		w = &c->wires[lost->index ^ 1];
	if (w->state != WIRE_IDLE)
		w = lost;
	w->joins = true;
	w->reinstates = w->lost;
	client_connect(w);
}

static bool
reassign_over(struct sim_wire *w, struct sim_wire *lost)
{
	struct sim_client *c = w->client;

	if (lost->logout_itt != 0)
		return false;
	if (lost->gone && choose_one_in(&c->s->choice, 2))
		reassign_move(lost, w, false);
	else if ((c->index & 1) || choose_one_in(&c->s->choice, 2))
		send_logout_for_recovery(w, lost);
	else
		reassign_connect(lost);
	return true;
}

bool
reassign_step(struct sim_client *c)
{
	struct sim_wire *lost = reassign_lost(c);
	struct sim_wire *other;

	if (lost == NULL)
		return false;
	other = &c->wires[lost->index ^ 1];
	if (other->state == WIRE_FULL && lost->state == WIRE_IDLE)
		return reassign_over(other, lost);
	if (lost->state != WIRE_IDLE || other->state != WIRE_IDLE)
		return false;
	if (!c->s->draining && choose_one_in(&c->s->choice, 8))
		reassign_give_up(c);
	else
		reassign_connect(lost);
	return true;
}

/* ---- answers ---- */

/* May the target have forgotten it? */
static bool
task_may_be_gone(const struct sim_client *c, const struct client_task *t)
{
	return t->may_die || c->s->lawless || c->s->starved ||
	       c->cuts > RETAINED_MOST || (c->index & 1) ||
	       reassign_now(c) - t->lost_ms >= c->keep_ms;
}

static void
task_is_gone(struct sim_wire *w, struct client_task *t)
{
	struct sim_client *c = w->client;

	if (task_never_came(w, t)) {
		client_resend(c, t);
		return;
	}
	if (!task_may_be_gone(c, t))
		sim_fail(c->s, "task %u is not there to be reassigned", t->itt);
	ua_forget_all(c);
	if (t->op == OP_RESERVE)
		pr_lost(c, t);
	client_forget(c, t, END_LOST);
}

bool
reassign_answered(struct sim_wire *w, const uint8_t *bhs)
{
	struct sim_client *c = w->client;
	struct client_move *m = move_find(c, get_be32(bhs + 16));
	struct client_task *t;

	if (m == NULL)
		return false;
	sim_note(c->s, "client %u.%u: reassigned %u: %u", c->index, w->index,
	    m->task, bhs[2]);
	m->itt = 0;
	t = client_find(c, m->task);
	if (t == NULL || !t->orphan)
		return true;
	if (bhs[2] == TMF_NO_TASK_) {
		task_is_gone(w, t);
		return true;
	}
	/* It was kept no more, and its abort is not over. */
	if (bhs[2] == TMF_ALLEGIANT_ && task_may_be_gone(c, t)) {
		task_reassign(w, t);
		return true;
	}
	if (bhs[2] != 0)
		sim_fail(c->s, "TASK REASSIGN of %u: %u", t->itt, bhs[2]);
	c->s->figures.reassigned++;
	t->orphan = false;
	/* Its status may have come before, and wait for data. */
	t->late = t->held;
	t->order = c->itt;
	t->lost_ms = 0;
	return true;
}
