/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_send.c - what is to be sent: staging replies in order, numbers,
 * iovecs.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>

#define CMD_SN_LONG_AGO (1u << 30)

bool
conn_has_output(const struct conn *c)
{
	return !STAILQ_EMPTY(&c->wire) || !STAILQ_EMPTY(&c->pending);
}

void
conn_queue(struct conn *c, struct reply *r)
{
	if (!conn_has_output(c))
		c->progress_ms = c->home->now_ms;
	STAILQ_INSERT_TAIL(&c->pending, r, link);
	c->reply_count++;
}

static void
conn_drain(struct conn *c, struct reply_list *list)
{
	struct reply *r;

	while ((r = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, link);
		c->reply_count--;
		if (r->slot && r->task == NULL)
			window_release(&c->session->window);
		conn_keep_unsent(c, r);
		if (r->task != NULL && r->task == c->halved)
			c->half_answered = false;
		if (r->task != NULL && r->task != c->halved &&
		    !r->task->immediate && conn_keeps_tasks(c))
			iscsi_task_retain(r->task);
		else
			reply_put(c, r);
	}
}

/* Functions that waited for a task of these are answered with it: to nobody. */
void
conn_discard_output(struct conn *c)
{
	c->mute = true;
	if (c->session != NULL)
		session_fence_release(c->session, c);
	conn_drain(c, &c->wire);
	conn_drain(c, &c->pending);
	c->sent = 0;
}

/* ---- staging ---- */

/* The request is answered by this: its slot is free for the MaxCmdSN of the
 * very same PDU, else a window of one would stay closed. */
static void
conn_give_slot_back(struct conn *c, struct reply *r)
{
	if (!r->slot)
		return;
	window_release(&c->session->window);
	r->slot = false;
}

/* The numbers of a session that a login is to join are not ours yet: such of
 * long ago tell the initiator nothing, which takes greater ones only
 * (4.2.2.1). */
static void
conn_number_login(const struct conn *c, uint8_t *head)
{
	bool joins = c->login != NULL && login_result(c->login)->tsih != 0;
	uint32_t exp_cmd_sn = c->login_cmd_sn - (joins ? CMD_SN_LONG_AGO : 0);

	put_be32(head + PDU_EXP_CMD_SN, exp_cmd_sn);
	put_be32(head + PDU_MAX_CMD_SN, joins ? exp_cmd_sn - 1 : exp_cmd_sn);
}

uint32_t
conn_next_stat_sn(const struct conn *c)
{
	const struct reply *r;
	uint32_t stat_sn = c->stat_sn;

	STAILQ_FOREACH (r, &c->pending, link)
		stat_sn += r->stat_sn == REPLY_STAT_SN_TAKES;
	return stat_sn;
}

static void
conn_number(struct conn *c, struct reply *r)
{
	struct cmd_window *w;

	if (r->stat_sn == REPLY_STAT_SN_TAKES ||
	    r->stat_sn == REPLY_STAT_SN_NEXT)
		put_be32(r->head + PDU_STAT_SN, c->stat_sn);
	if (r->stat_sn == REPLY_STAT_SN_TAKES)
		c->stat_sn++;
	r->numbered = true;
	if (c->session == NULL) {
		conn_number_login(c, r->head);
		return;
	}
	w = &c->session->window;
	put_be32(r->head + PDU_EXP_CMD_SN, w->exp_cmd_sn);
	put_be32(r->head + PDU_MAX_CMD_SN, w->max_cmd_sn);
	w->told = w->max_cmd_sn;
}

void
conn_tell_window(struct conn *c)
{
	struct session *s = c->session;
	const struct conn *other;

	if (c->state != CONN_FULL_FEATURE ||
	    s->window.told == s->window.max_cmd_sn || s->fence_count > 0 ||
	    !LIST_EMPTY(&s->tmfs))
		return; /* what follows will say it */
	TAILQ_FOREACH (other, &s->conns, link) {
		if (conn_has_output(other))
			return;
	}
	reply_send_ping(c, TAG_NONE);
}

static struct reply *
conn_put_on_wire(struct conn *c, struct reply *r)
{
	conn_number(c, r);
	reply_seal(r, c->params.header_digest && !r->login,
	    c->params.data_digest && !r->login);
	if (r->task != NULL && r->task->task.fault == FAULT_DIGEST)
		reply_spoil_digest(r);
	recorder_add(
	    c->recorder, c->home->now_ms, true, r->head, r->data_bytes);
	STAILQ_INSERT_TAIL(&c->wire, r, link);
	return r;
}

/* A Data-In that is not the task's last word.  NULL: no memory just now. */
static struct reply *
conn_stage_data_in(struct conn *c, struct iscsi_task *it)
{
	struct reply *r = reply_get(c);
	struct xfer_slice slice;

	if (r == NULL)
		return NULL;
	xfer_next_data_in(&it->xfer, &c->params, &slice);
	reply_data_in(r, it, &slice);
	c->reply_count++;
	return conn_put_on_wire(c, r);
}

/* A task's last reply has come to the front: its Data-Ins first, and then its
 * status, in the last of them if it is GOOD.  Where it may be asked for again
 * it is a PDU of its own. */
static struct reply *
conn_stage_task(struct conn *c, struct reply *r)
{
	struct iscsi_task *it = r->task;
	struct xfer_slice slice;
	bool slot = r->slot;
	bool collapse = c->params.error_recovery_level == 0 &&
			xfer_data_in_is_last(&it->xfer, &c->params) &&
			outcome_good(it->task.outcome);

	if (it->xfer.sent < it->xfer.total && !collapse)
		return conn_stage_data_in(c, it);
	if (collapse) {
		xfer_next_data_in(&it->xfer, &c->params, &slice);
		reply_data_in(r, it, &slice);
		reply_data_in_status(r, it);
	} else {
		reply_scsi_response(r, it);
	}
	STAILQ_REMOVE_HEAD(&c->pending, link);
	r->task = it;
	r->slot = slot;
	iscsi_task_forget_itt(it);
	conn_give_slot_back(c, r);
	return conn_put_on_wire(c, r);
}

/* Move one more reply to the wire; NULL when there is none. */
static struct reply *
conn_stage(struct conn *c)
{
	struct reply *r = STAILQ_FIRST(&c->pending);

	if (r == NULL)
		return NULL;
	if (r->task != NULL)
		return conn_stage_task(c, r);
	STAILQ_REMOVE_HEAD(&c->pending, link);
	conn_give_slot_back(c, r);
	return conn_put_on_wire(c, r);
}

/* ---- the shell's calls ---- */

int
conn_send_iov(struct conn *c, struct iovec *iov, int max)
{
	struct reply *r = STAILQ_FIRST(&c->wire);
	uint32_t skip = c->sent;
	int n = 0;

	if (c->state == CONN_CLOSED)
		return 0;
	while (n < max) {
		if (r == NULL && (r = conn_stage(c)) == NULL)
			break;
		n += reply_iov(r, skip, iov + n, max - n);
		skip = 0;
		r = STAILQ_NEXT(r, link);
	}
	return n;
}

static void
conn_send_off(struct conn *c, size_t bytes)
{
	struct reply *r;
	uint32_t left;

	while (bytes > 0) {
		r = STAILQ_FIRST(&c->wire);
		/* Out of memory for what waited for a task that has gone off
		 * c was dropped, with all that was to be sent. */
		if (r == NULL) {
			assert(c->state == CONN_FLUSHING);
			return;
		}
		left = reply_bytes(r) - c->sent;
		if (bytes < left) {
			c->sent += (uint32_t)bytes;
			return;
		}
		bytes -= left;
		c->sent = 0;
		STAILQ_REMOVE_HEAD(&c->wire, link);
		c->reply_count--;
		if (c->params.error_recovery_level > 0)
			conn_keep(c, r);
		reply_put(c, r);
	}
}

void
conn_sent(struct conn *c, size_t bytes)
{
	bool was_reading = conn_is_reading(c);

	if (bytes == 0 || c->state == CONN_CLOSED)
		return;
	conn_enter(c);
	c->progress_ms = c->home->now_ms;
	conn_send_off(c, bytes);
	/* What was left undone because too many replies were waiting. */
	conn_decode(c);
	if (conn_is_reading(c) == was_reading)
		conn_leave_quietly(c);
	else
		conn_leave(c);
}
