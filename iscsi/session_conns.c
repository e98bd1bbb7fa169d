/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/session_conns.c - the connections of one session: joining it, ending,
 * and what becomes of their tasks (RFC 7143 6.3.4, 7.5, 11.14).
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>

void
session_add_conn(struct session *s, struct conn *c)
{
	c->session = s;
	c->member = true;
	s->members++;
	TAILQ_INSERT_TAIL(&s->conns, c, link);
}

void
session_forget_conn(struct conn *c)
{
	struct session *s = c->session;

	TAILQ_REMOVE(&s->conns, c, link);
	/* The session has ended while it was kept for it. */
	s->retained -= c->retained;
	if (TAILQ_EMPTY(&s->conns))
		session_put(s);
}

bool
session_lets_go(const struct conn *c)
{
	const struct session *s = c->session;

	if (s->state == SESSION_ACTIVE)
		return c->left;
	return s->state != SESSION_ENDING;
}

void
session_enter(struct session *s)
{
	struct conn *c;

	TAILQ_FOREACH (c, &s->conns, link)
		conn_enter(c);
}

void
session_leave(struct session *s)
{
	struct conn *c, *next;

	/* The last one takes s with it. */
	for (c = TAILQ_FIRST(&s->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		conn_leave(c);
	}
}

/* ---- by connection identifier ---- */

struct conn *
session_find_cid(const struct session *s, uint16_t cid, const struct conn *c)
{
	struct conn *other;

	TAILQ_FOREACH (other, &s->conns, link) {
		if (other != c && other->member && other->cid == cid)
			return other;
	}
	return NULL;
}

bool
session_cid_is_busy(const struct conn *c)
{
	const struct conn *other;

	TAILQ_FOREACH (other, &c->session->conns, link) {
		if (other != c && !other->left && !other->retained &&
		    other->cid == c->cid)
			return true;
	}
	return false;
}

/* ---- a connection asks for the end of another ---- */

void
session_close_other(struct conn *c, struct conn *other, uint32_t itt, bool slot)
{
	other->closer = (struct conn_closer){ .conn = c,
		.itt = itt,
		.slot = slot,
		.deadline_ms =
		    c->home->now_ms + conn_limits(c)->ping_timeout_ms };
	c->closing++;
	conn_drop(other, "logged out over another connection");
}

/* Answer the Logout Request that c's end was asked for with. */
static void
session_answer_closer(struct conn *c, uint8_t response)
{
	struct conn_closer closer = c->closer;

	if (closer.conn == NULL)
		return;
	c->closer.conn = NULL;
	closer.conn->closing--;
	conn_enter(closer.conn);
	reply_send_logout(closer.conn, closer.itt, response, closer.slot);
	conn_leave(closer.conn);
}

/* c ends: it takes no answers any more. */
static void
session_forget_closers(struct conn *c)
{
	struct conn *other;

	if (c->closing == 0)
		return;
	TAILQ_FOREACH (other, &c->session->conns, link) {
		if (other->closer.conn != c)
			continue;
		other->closer.conn = NULL;
		if (other->closer.slot)
			window_release(&c->session->window);
	}
	c->closing = 0;
}

uint64_t
session_closer_deadline(const struct conn *c)
{
	const struct conn *other;
	uint64_t first = UINT64_MAX;

	if (c->closing == 0)
		return first;
	TAILQ_FOREACH (other, &c->session->conns, link) {
		if (other->closer.conn == c)
			first = min_u64(first, other->closer.deadline_ms);
	}
	return first;
}

void
session_closer_late(struct conn *c)
{
	struct conn *other;

	TAILQ_FOREACH (other, &c->session->conns, link) {
		if (other->closer.conn == c &&
		    other->closer.deadline_ms <= c->home->now_ms)
			session_answer_closer(other, LOGOUT_RSP_CLEANUP_FAILED);
	}
}

/* ---- a member ends ---- */

static void
session_wake_joining(struct session *s)
{
	struct conn *c;

	TAILQ_FOREACH (c, &s->conns, link) {
		if (c->state != CONN_JOINING)
			continue;
		conn_join_again(c);
		conn_decode_soon(c);
	}
}

void
session_check_left(struct conn *c)
{
	struct session *s = c->session;

	if (s->state != SESSION_ACTIVE || c->member || c->left ||
	    c->task_count > 0)
		return;
	session_retain_no_more(c);
	if (c->retained)
		return;
	session_enter(s);
	c->left = true;
	conn_logged_out(c);
	session_answer_closer(c, LOGOUT_RSP_CLOSED);
	session_wake_joining(s);
	session_leave(s);
}

/* One whose abort is still to be asked for. */
static struct iscsi_task *
session_find_task_of(
    const struct session *s, const struct conn *c, bool immediate_only)
{
	struct iscsi_task *it;

	TAILQ_FOREACH (it, &s->tasks, link) {
		if (it->conn != c || it->state == ITASK_ANSWERING ||
		    (immediate_only && !it->immediate))
			continue;
		if (!it->task.aborted && it->task.state != TASK_ENDED)
			return it;
		if (it->state == ITASK_REFUSED || it->state == ITASK_RETAINED)
			return it;
	}
	return NULL;
}

/* The initiator will not hear of its end otherwise, 11.14.5. */
static void
session_warn_of_abort(const struct iscsi_task *it)
{
	struct nexus_lu *nl;

	/* One that was refused has changed nothing. */
	if (it->state == ITASK_REFUSED)
		return;
	nl = nexus_find_lu(it->conn->session->nexus, it->task.lun);
	if (nl != NULL)
		nexus_lu_establish_attention(nl, UA_PROTOCOL_CLEARED);
}

/* An abort can end other tasks in its course: look anew after each. */
void
session_abort_tasks_of(
    struct session *s, const struct conn *c, bool immediate_only)
{
	struct iscsi_task *it;

	while ((it = session_find_task_of(s, c, immediate_only)) != NULL) {
		session_warn_of_abort(it);
		if (it->state == ITASK_REFUSED || it->state == ITASK_RETAINED)
			iscsi_task_free(it);
		else
			task_abort(&it->task);
	}
}

/* Did the initiator ask for this end? */
static bool
session_end_was_asked_for(const struct conn *c)
{
	return c->state == CONN_LOGOUT || c->closer.conn != NULL || c->asked ||
	       session_find_cid(c->session, c->cid, c) != NULL;
}

/* Async event 2, on one that is left: c is lost (11.9.1). */
static void
session_tell_of_loss(const struct conn *c, bool keeps)
{
	struct conn *other;

	TAILQ_FOREACH (other, &c->session->conns, link) {
		if (other->member && other->state == CONN_FULL_FEATURE)
			break;
	}
	if (other == NULL || session_end_was_asked_for(c))
		return;
	conn_enter(other);
	reply_send_drop(other, ASYNC_CONNECTION_DROP, c->cid, keeps);
	conn_leave(other);
}

/* A command that was answered before it was whole, and never will be. */
static void
session_take_half(struct conn *c)
{
	struct session *s = c->session;
	uint32_t cmd_sn = get_be32(c->in.pdu.bhs + PDU_CMD_SN);

	if (!c->half_answered || (c->in.pdu.bhs[0] & PDU_IMMEDIATE) != 0)
		return;
	c->half_answered = false;
	if (cmd_sn == s->window.exp_cmd_sn) {
		window_take(&s->window);
		window_release(&s->window);
	} else if (window_place(&s->window, cmd_sn) == WINDOW_AHEAD &&
		   held_find_cmd_sn(s, cmd_sn) == NULL) {
		held_skip(c, cmd_sn);
	}
}

static void
session_part_with(struct conn *c)
{
	/* They never came: the initiator fills the gap, 11.14. */
	held_forget_conn(c->session, c);
	session_abort_tasks_of(c->session, c, false);
	session_check_left(c);
}

void
session_conn_ends(struct conn *c)
{
	struct session *s = c->session;
	bool keeps = conn_keeps_tasks(c);

	if (!c->member)
		return;
	c->member = false;
	s->members--;
	session_forget_closers(c);
	if (!keeps)
		conn_forget_kept(c);
	if (s->state != SESSION_ACTIVE)
		return;
	if (s->members == 0 && !keeps) {
		session_end(s);
		return;
	}
	session_enter(s);
	session_tell_of_loss(c, keeps);
	session_take_half(c);
	session_fence_forget(c);
	ffp_tmf_cancel(s, c);
	if (keeps)
		session_retain(c);
	else
		session_part_with(c);
	session_leave(s);
}
