/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/session_fence.c - the Response Fence over several connections (RFC 7143
 * 4.2.2.3.3, 4.2.2.3.4).
 *
 * A response that needs the fence is sent when all that was said before it, on
 * any connection, is acknowledged; and what comes after it, on any connection,
 * when it is.  What waits is in one list in the order in which it happened.
 * The fence is the whole session's and not only one LUN's: it is rare, and a
 * task management function may be about all of them.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/session_impl.h"

#include "target/scsi.h"

bool
session_fence_wanted(const struct conn *c)
{
	return c->session->members > 1 &&
	       c->params.task_reporting != TASK_REPORTING_RFC3720;
}

bool
session_fence_of_task(const struct iscsi_task *it)
{
	const struct task *t = &it->task;

	if (!session_fence_wanted(it->conn))
		return false;
	if (t->outcome.status == STATUS_CHECK_CONDITION)
		return t->outcome.key == SENSE_UNIT_ATTENTION;
	return task_is_fenced(t);
}

/* ---- acknowledgement ---- */

/* A ping is answered with an ExpStatSN. */
static void
fence_wait_for(struct conn *c)
{
	struct session *s = c->session;

	c->fence_stat_sn = conn_next_stat_sn(c);
	if (!c->member || c->state != CONN_FULL_FEATURE ||
	    !serial_before(c->exp_stat_sn, c->fence_stat_sn))
		return;
	c->fenced = true;
	s->fence_waits++;
	conn_send_ping(c);
}

static void
fence_wait_for_all(struct session *s)
{
	struct conn *c;

	/* One that is lost meanwhile does not end it before all are asked. */
	s->fence_waits++;
	TAILQ_FOREACH (c, &s->conns, link)
		fence_wait_for(c);
	if (s->fence != FENCE_DOWN)
		s->fence_waits--;
}

/* ---- what waits ---- */

static void
fence_pass(struct session *s)
{
	struct reply *r = STAILQ_FIRST(&s->fence_held);

	STAILQ_REMOVE_HEAD(&s->fence_held, link);
	s->fence_count--;
	conn_queue(r->conn, r);
	if (r->fenced)
		fence_wait_for(r->conn);
}

/* Go on as far as the acknowledgements let. */
static void
fence_go_on(struct session *s)
{
	struct reply *r;

	while (s->fence != FENCE_DOWN && s->fence_waits == 0) {
		r = STAILQ_FIRST(&s->fence_held);
		if (r == NULL) {
			s->fence = FENCE_DOWN;
		} else if (r->fenced && s->fence == FENCE_AFTER) {
			s->fence = FENCE_BEFORE;
			fence_wait_for_all(s);
		} else {
			s->fence = FENCE_AFTER;
			fence_pass(s);
		}
	}
}

/* Data that waits does not keep acknowledgements from being read any more. */
static void
fence_raise(struct session *s)
{
	struct conn *c;

	s->fence = FENCE_AFTER;
	TAILQ_FOREACH (c, &s->conns, link) {
		if (c->data_bytes >= CONN_DATA_MAX)
			conn_decode_soon(c);
	}
}

void
session_fence_respond(struct conn *c, struct reply *r, bool fenced)
{
	struct session *s = c->session;

	if (s->fence == FENCE_DOWN && !fenced) {
		conn_queue(c, r);
		return;
	}
	r->conn = c;
	r->fenced = fenced;
	session_enter(s);
	STAILQ_INSERT_TAIL(&s->fence_held, r, link);
	s->fence_count++;
	if (s->fence == FENCE_DOWN)
		fence_raise(s);
	fence_go_on(s);
	session_leave(s);
}

void
session_fence_heard(struct conn *c)
{
	struct session *s = c->session;

	if (!c->fenced || serial_before(c->exp_stat_sn, c->fence_stat_sn))
		return;
	session_enter(s);
	session_fence_forget(c);
	session_leave(s);
}

void
session_fence_forget(struct conn *c)
{
	if (!c->fenced)
		return;
	c->fenced = false;
	c->session->fence_waits--;
	fence_go_on(c->session);
}

/* ---- the end ---- */

void
session_fence_release(struct session *s, const struct conn *c)
{
	struct reply *r = STAILQ_FIRST(&s->fence_held), *next;

	for (; r != NULL; r = next) {
		next = STAILQ_NEXT(r, link);
		if (c != NULL && r->conn != c)
			continue;
		STAILQ_REMOVE(&s->fence_held, r, reply, link);
		s->fence_count--;
		conn_queue(r->conn, r);
	}
}

void
session_fence_end(struct session *s)
{
	struct conn *c;

	TAILQ_FOREACH (c, &s->conns, link)
		c->fenced = false;
	s->fence = FENCE_DOWN;
	s->fence_waits = 0;
	session_fence_release(s, NULL);
}
