/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/session_retain.c - tasks that outlive their connection, and sessions
 * without any (RFC 7143 6.3.6, 7.2.2, 7.5).  Error recovery level 2.
 *
 * A connection that is lost keeps its memory and its tasks, which go on, for
 * Time2Wait and Time2Retain seconds.  In that time another connection of the
 * session may take each over (ffp_reassign.c).  What is not is aborted then,
 * and a session that has got no connection by then ends.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include "common/log.h"

#define RETAIN_SECOND 1000 /* ms */

bool
conn_keeps_tasks(const struct conn *c)
{
	const struct session *s = c->session;

	if (c->retained)
		return true;
	return s != NULL && c->member && s->state == SESSION_ACTIVE &&
	       s->nexus != NULL && c->login == NULL &&
	       s->params.error_recovery_level == 2 &&
	       s->params.time2retain > 0 && c->home->after != NULL &&
	       c->logout_ms == 0 && c->closer.conn == NULL &&
	       !c->service->stopping && s->retained < SESSION_RETAINED_MAX;
}

/* A command that was not there whole may be sent again; of a Data-Out nothing
 * has come. */
static void
conn_forget_partial_task(struct iscsi_task *it, bool data_out)
{
	if (it == NULL)
		return;
	if (data_out)
		it->xfer = it->before;
	else
		ffp_cmd_undo(it);
}

void
conn_forget_partial(struct conn *c)
{
	bool data_out = bhs_opcode(c->in.pdu.bhs) == OP_DATA_OUT;

	conn_forget_partial_task(
	    c->receiving, data_out && c->replaying == NULL);
	conn_forget_partial_task(c->aside, data_out);
}

/* ---- the time ---- */

static void
session_retain_end(struct conn *c)
{
	struct session *s = c->session;

	c->retained = false;
	s->retained--;
	conn_forget_kept(c);
	session_abort_tasks_of(s, c, false);
	session_check_left(c);
}

bool
session_retain_anew(struct conn *c)
{
	const struct params *p = &c->session->params;
	uint64_t at_ms =
	    c->home->now_ms +
	    (uint64_t)(p->time2wait + p->time2retain) * RETAIN_SECOND;

	if (!session_table_alarm(c->session, at_ms))
		return false;
	c->retained_ms = at_ms;
	return true;
}

/* Nobody has come back for it. */
static void
session_retain_over(struct conn *c, const char *why)
{
	struct session *s = c->session;

	log_notice("%s peer=%s cid=%u tasks=%u", why, c->peer.text, c->cid,
	    c->task_count);
	if (s->members == 0 && s->retained == 1)
		session_end(s);
	else
		session_retain_end(c);
}

static struct conn *
session_find_late(const struct session *s, uint64_t at_ms)
{
	struct conn *c;

	if (s->state != SESSION_ACTIVE)
		return NULL;
	TAILQ_FOREACH (c, &s->conns, link) {
		if (c->retained && c->retained_ms <= at_ms)
			return c;
	}
	return NULL;
}

void
session_retained_late(struct session *s, uint64_t at_ms)
{
	struct conn *c;

	session_enter(s);
	while ((c = session_find_late(s, at_ms)) != NULL)
		session_retain_over(c, "connection was not recovered");
	session_leave(s);
}

/* ---- what is kept ---- */

/* The answers of those whose last data will not come. */
static void
session_retain_refused(struct conn *c)
{
	struct iscsi_task *it;

	TAILQ_FOREACH (it, &c->session->tasks, link) {
		if (it->conn == c && it->state == ITASK_REFUSED)
			iscsi_task_retain(it);
	}
}

void
session_retain(struct conn *c)
{
	struct session *s = c->session;

	c->retained = true;
	s->retained++;
	/* They are not recoverable across a failure, 7.14. */
	session_abort_tasks_of(s, c, true);
	session_retain_refused(c);
	conn_forget_of_no_task(c);
	held_forget_conn(s, c);
	/* Without an alarm it would be kept for ever. */
	if (!session_retain_anew(c)) {
		session_retain_over(c, "out of memory to keep a connection");
		return;
	}
	session_check_left(c);
}

/* One of them has to hold the session. */
void
session_retain_no_more(struct conn *c)
{
	struct session *s = c->session;

	if (!c->retained || c->task_count > 0 || !TAILQ_EMPTY(&c->kept) ||
	    (s->members == 0 && s->retained == 1))
		return;
	c->retained = false;
	s->retained--;
}

void
session_look_at_retained(struct session *s)
{
	struct conn *c;

	if (s->retained == 0)
		return;
	session_enter(s);
	TAILQ_FOREACH (c, &s->conns, link) {
		if (c->retained)
			session_check_left(c);
	}
	session_leave(s);
}

/* What is acknowledged of its CID from now on is what c sends. */
void
session_retain_replaced(const struct conn *c)
{
	struct conn *old;

	TAILQ_FOREACH (old, &c->session->conns, link)
		old->replaced |= old->retained && old->cid == c->cid;
}

struct conn *
session_find_retained(const struct session *s, uint16_t cid)
{
	struct conn *c, *last = NULL;

	TAILQ_FOREACH (c, &s->conns, link) {
		if (c->retained && c->cid == cid)
			last = c;
	}
	return last;
}
