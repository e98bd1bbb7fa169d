/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_check.c - every counter and list of a connection, recounted.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>

static unsigned
conn_count_replies(const struct reply_list *list)
{
	const struct reply *r;
	unsigned n = 0;

	STAILQ_FOREACH (r, list, link)
		n++;
	return n;
}

/* of: its replies only; NULL: all. */
static uint32_t
conn_count_heap(const struct reply_list *list, const struct conn *of)
{
	const struct reply *r;
	uint32_t bytes = 0;

	STAILQ_FOREACH (r, list, link) {
		if (r->heap != NULL && (of == NULL || r->conn == of))
			bytes += r->heap_bytes;
	}
	return bytes;
}

static uint32_t
conn_count_held_heap(const struct conn *c)
{
	return c->session == NULL ? 0
				  : conn_count_heap(&c->session->fence_held, c);
}

/* Slots of the command window that replies are to give back; those of tasks
 * are counted with the tasks. */
static unsigned
conn_count_slots(const struct reply_list *list)
{
	const struct reply *r;
	unsigned n = 0;

	STAILQ_FOREACH (r, list, link)
		n += r->slot && r->task == NULL;
	return n;
}

static uint32_t
conn_count_data(const struct conn *c)
{
	const struct iscsi_task *it;
	uint32_t bytes = 0;

	if (c->session == NULL)
		return 0;
	TAILQ_FOREACH (it, &c->session->tasks, link)
		if (it->conn == c && it->state == ITASK_ANSWERING)
			bytes += it->xfer.total;
	return bytes;
}

static void
conn_check_kept(const struct conn *c)
{
	const struct kept_reply *k, *before = NULL;
	unsigned n = 0;
	size_t bytes = 0;

	TAILQ_FOREACH (k, &c->kept, link) {
		n++;
		bytes += k->list.bytes;
		if (before != NULL)
			assert(serial_before(before->stat_sn, k->stat_sn));
		before = k;
	}
	assert(n == c->kept_count && n <= CONN_KEPT_MAX);
	assert(bytes == c->kept_bytes && bytes <= CONN_KEPT_DATA_MAX);
	assert(n == 0 || c->member || c->retained);
}

static void
conn_check_output(const struct conn *c)
{
	assert(conn_count_replies(&c->pending) + conn_count_replies(&c->wire) ==
	       c->reply_count);
	assert(conn_count_heap(&c->pending, NULL) +
		   conn_count_heap(&c->wire, NULL) + conn_count_held_heap(c) ==
	       c->heap_bytes);
	assert(conn_count_data(c) == c->data_bytes);
	assert(conn_count_slots(&c->wire) == 0);
	if (STAILQ_EMPTY(&c->wire))
		assert(c->sent == 0);
	else
		assert(c->sent < reply_bytes(STAILQ_FIRST(&c->wire)));
}

static void
session_check_task(const struct session *s, const struct iscsi_task *it)
{
	assert(it->conn->session == s && !it->conn->left);
	if (it->itt != TAG_NONE)
		assert(iscsi_task_find(s, it->itt) == it);
	else
		assert(it->state == ITASK_ANSWERING);
	assert(it->ttt != TAG_NONE);
	assert(!(it->immediate && it->reply.slot));
	if (it->state == ITASK_GATHERING)
		assert(it->task.state == TASK_PREPARED);
	if (it->state == ITASK_REFUSED)
		assert(it->conn->receiving == it || !xfer_gathered(&it->xfer));
	if (it->state == ITASK_RETAINED)
		assert(it->conn->retained);
	assert(it->xfer.sent <= it->xfer.total);
	assert(it->xfer.total <= it->edtl);
}

static void
session_check_held(const struct session *s)
{
	const struct held_pdu *h, *before = NULL;
	uint32_t bytes = 0;

	TAILQ_FOREACH (h, &s->held, link) {
		assert(h->skip == (h->conn == NULL));
		assert(h->skip || h->conn->member);
		bytes += h->held_bytes;
		assert(h->held_bytes >= h->data_bytes);
		assert(window_place(&s->window, h->cmd_sn) == WINDOW_AHEAD);
		if (before != NULL)
			assert(serial_before(before->cmd_sn, h->cmd_sn));
		before = h;
	}
	assert(bytes == s->held_bytes && bytes <= SESSION_HELD_MAX);
}

static void
session_check_window(const struct session *s, unsigned slots)
{
	const struct cmd_window *w = &s->window;

	assert(w->outstanding == slots && slots <= w->limit);
	assert(w->max_cmd_sn + 1 - w->exp_cmd_sn + slots == w->limit);
}

static unsigned
conn_count_tasks(const struct conn *c)
{
	const struct iscsi_task *it;
	unsigned n = 0;

	TAILQ_FOREACH (it, &c->session->tasks, link)
		n += it->conn == c;
	return n;
}

static void
session_check_immediates(const struct session *s, const struct conn *c)
{
	const struct iscsi_task *it;
	const struct iscsi_tmf *f;
	unsigned tasks = 0, tmfs = 0;

	TAILQ_FOREACH (it, &s->tasks, link)
		tasks += it->conn == c && it->immediate;
	LIST_FOREACH (f, &s->tmfs, link)
		tmfs += f->conn == c && f->immediate;
	assert(tasks == c->immediates && tasks <= CONN_IMMEDIATES);
	assert(tmfs == c->immediate_tmfs && tmfs <= CONN_IMMEDIATES);
}

/* Adds the slots that its connections hold. */
static void
session_check_conns(const struct session *s, unsigned *slots)
{
	const struct conn *c;
	unsigned members = 0, retained = 0;

	TAILQ_FOREACH (c, &s->conns, link) {
		assert(c->session == s && c->home == s->home);
		assert(c->task_count == conn_count_tasks(c));
		session_check_immediates(s, c);
		assert(!c->left || (!c->member && c->task_count == 0));
		assert(c->member || c->closing == 0);
		assert(!c->retained || (!c->member && !c->left));
		members += c->member;
		retained += c->retained;
		*slots += conn_count_slots(&c->pending);
		*slots += c->closer.conn != NULL && c->closer.slot;
	}
	assert(members == s->members && retained == s->retained);
}

/* Adds the slots that responses held back hold. */
static void
session_check_fence(const struct session *s, unsigned *slots)
{
	const struct conn *c;
	unsigned waits = 0;

	TAILQ_FOREACH (c, &s->conns, link) {
		waits += c->fenced;
		assert(!c->fenced || c->member);
	}
	assert(waits == s->fence_waits);
	assert((s->fence == FENCE_DOWN) == (waits == 0));
	assert(s->fence != FENCE_DOWN || STAILQ_EMPTY(&s->fence_held));
	assert(s->fence_count == conn_count_replies(&s->fence_held));
	*slots += conn_count_slots(&s->fence_held);
}

static void
session_check(const struct session *s)
{
	const struct iscsi_task *it;
	const struct iscsi_tmf *f;
	unsigned tasks = 0, slots = 0;

	TAILQ_FOREACH (it, &s->tasks, link) {
		session_check_task(s, it);
		tasks++;
		slots += it->reply.slot;
	}
	LIST_FOREACH (f, &s->tmfs, link) {
		slots += f->slot;
		assert(f->conn->member);
	}
	session_check_conns(s, &slots);
	session_check_fence(s, &slots);
	assert(tasks == s->task_count);
	assert(s->state == SESSION_ACTIVE || LIST_EMPTY(&s->tmfs));
	assert(s->state != SESSION_GONE || (tasks == 0 && s->nexus == NULL));
	session_check_held(s);
	if (s->state == SESSION_ACTIVE)
		session_check_window(s, slots);
}

void
conn_check(const struct conn *c)
{
	assert(c->depth == 0 && !c->slot);
	assert(c->replaying == NULL && c->aside == NULL);
	assert(c->head <= c->tail && c->tail <= BUF_SPARE);
	assert(c->head == c->tail || !conn_is_reading(c));
	assert(c->state != CONN_JOINING || c->waiting || c->next_home != NULL ||
	       session_cid_is_busy(c));
	assert(c->state != CONN_LOGIN || c->login != NULL);
	conn_check_output(c);
	conn_check_kept(c);
	if (c->state == CONN_FULL_FEATURE)
		assert(c->session->state == SESSION_ACTIVE);
	if (c->session != NULL) {
		session_check(c->session);
	} else {
		assert(c->receiving == NULL);
	}
}
