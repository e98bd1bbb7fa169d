/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/iscsi_task.c - a SCSI command on its connection: memory, finding it by
 * its tag, gathering, executing, answering.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>
#include <stdlib.h>

#include "common/log.h"

/* ---- memory ---- */

static unsigned
iscsi_task_slot(uint32_t itt)
{
	return (itt * 2654435761u) >> 26 & (SESSION_ITT_SLOTS - 1);
}

struct iscsi_task *
iscsi_task_find(const struct session *s, uint32_t itt)
{
	struct iscsi_task *it;

	LIST_FOREACH (it, &s->by_itt[iscsi_task_slot(itt)], itt_link) {
		if (it->itt == itt)
			return it;
	}
	return NULL;
}

void
iscsi_task_forget_itt(struct iscsi_task *it)
{
	if (it->itt == TAG_NONE)
		return;
	LIST_REMOVE(it, itt_link);
	it->itt = TAG_NONE;
}

static uint32_t
session_next_ttt(struct session *s)
{
	if (++s->next_ttt == TAG_NONE)
		s->next_ttt = 0;
	return s->next_ttt;
}

static void iscsi_task_done(struct task *t);
static void iscsi_task_revoked(struct task *t);

struct iscsi_task *
iscsi_task_new(struct conn *c, uint32_t itt)
{
	struct session *s = c->session;
	struct iscsi_task *it =
	    buf_kind_get(c->home->pool, CONN_TASK, sizeof(*it));

	if (it == NULL)
		return NULL;
	reply_init(&it->reply, OP_SCSI_RESPONSE, 0);
	it->reply.task = it;
	it->conn = c;
	it->itt = itt;
	it->ttt = session_next_ttt(s);
	it->fault = GOOD;
	it->abort_told = false;
	it->snack_tag = 0;
	task_init(&it->task);
	it->task.nexus = s->nexus;
	it->task.done = iscsi_task_done;
	it->task.revoked = iscsi_task_revoked;
	TAILQ_INSERT_TAIL(&s->tasks, it, link);
	LIST_INSERT_HEAD(&s->by_itt[iscsi_task_slot(itt)], it, itt_link);
	s->task_count++;
	c->task_count++;
	return it;
}

/* Nothing more will be received into its buffers. */
static void
iscsi_task_stop_receiving(struct iscsi_task *it)
{
	struct conn *c = it->conn;

	if (c->receiving != it && c->aside != it)
		return;
	if (c->receiving == it)
		c->receiving = NULL;
	else
		c->aside = NULL;
	pdu_decoder_forget_sink(&c->in);
}

void
iscsi_task_free(struct iscsi_task *it)
{
	struct conn *c = it->conn;
	struct session *s = c->session;

	iscsi_task_stop_receiving(it);
	iscsi_task_forget_itt(it);
	if (c->halved == it)
		c->halved = NULL;
	if (it->state == ITASK_ANSWERING)
		c->data_bytes -= it->xfer.total;
	if (it->reply.slot)
		window_release(&s->window);
	if (it->immediate)
		c->immediates--;
	TAILQ_REMOVE(&s->tasks, it, link);
	s->task_count--;
	c->task_count--;
	ffp_tmf_task_gone(s, it);
	task_release(&it->task);
	buf_kind_put(c->home->pool, CONN_TASK, it);
	if (!c->member)
		session_check_left(c);
	session_check_gone(s);
}

/* ---- answering ---- */

/* The initiator expects data in that direction alone in which the command moves
 * none. */
static bool
iscsi_task_goes_the_other_way(const struct iscsi_task *it)
{
	enum cmd_direction way = task_direction(&it->task);
	bool in = it->flags & CMD_READ, out = it->flags & CMD_WRITE;

	return (way == CMD_DATA_IN && out && !in) ||
	       (way == CMD_DATA_OUT && in && !out);
}

/*
 * What the CDB asks for against what the initiator expects.  A command that
 * failed before it moved all that both agree on says what is missing.
 */
struct residual
iscsi_task_residual(const struct iscsi_task *it)
{
	const struct task *t = &it->task;
	uint64_t moved = t->transfer_length;

	if (!outcome_good(t->outcome) && moved <= it->edtl)
		moved = it->flags & CMD_READ ? t->data_in_bytes : 0;
	if (iscsi_task_goes_the_other_way(it))
		moved = 0;
	return xfer_residual(it->edtl, moved);
}

void
iscsi_task_answer(struct iscsi_task *it)
{
	it->state = ITASK_ANSWERING;
	xfer_begin_data_in(&it->xfer, it->task.data_in_bytes);
	it->conn->data_bytes += it->xfer.total;
	it->recv_max = it->conn->params.their_max_recv_data_segment;
	if (session_may_fence(it->conn->session))
		session_fence_respond(
		    it->conn, &it->reply, session_fence_of_task(it));
	else
		conn_queue(it->conn, &it->reply);
}

/* ---- on another connection ---- */

void
iscsi_task_retain(struct iscsi_task *it)
{
	struct session *s = it->conn->session;

	if (it->state == ITASK_ANSWERING)
		it->conn->data_bytes -= it->xfer.total;
	it->state = ITASK_RETAINED;
	if (it->itt != TAG_NONE)
		return;
	/* Its status was on its way, and has not been sent whole. */
	it->itt = get_be32(it->reply.head + PDU_ITT);
	LIST_INSERT_HEAD(&s->by_itt[iscsi_task_slot(it->itt)], it, itt_link);
}

/* Another number of Data-Ins than can have been sent is ignored: all come. What
 * an R-Data SNACK had begin anew may have come before. */
static void
iscsi_task_answer_again(struct iscsi_task *it, uint32_t exp_data_sn)
{
	uint32_t sent = it->xfer.data_in_sn, recv_max = it->recv_max;

	iscsi_task_answer(it);
	if (exp_data_sn == 0 || (exp_data_sn > sent && it->snack_tag == 0))
		return;
	xfer_skip_data_in(&it->xfer, &it->conn->params, recv_max, exp_data_sn);
	if (it->xfer.data_in_sn < exp_data_sn)
		xfer_begin_data_in(&it->xfer, it->xfer.total);
	/* What is cut in two ways cannot be asked for by a SNACK. */
	else if (it->recv_max != recv_max)
		it->recv_max = 0;
}

void
iscsi_task_reassign(struct iscsi_task *it, struct conn *c, uint32_t exp_data_sn)
{
	it->conn->task_count--;
	c->task_count++;
	it->conn = c;
	if (it->state == ITASK_RETAINED) {
		iscsi_task_answer_again(it, exp_data_sn);
	} else if (it->state == ITASK_GATHERING) {
		xfer_resume(&it->xfer);
		iscsi_task_continue(it);
	}
}

/* It was aborted: say so if the task set's TAS asks for it, else nothing. */
static void
iscsi_task_settle(struct iscsi_task *it)
{
	const struct conn *c = it->conn;

	if (it->task.aborted)
		ffp_tmf_tell_of_abort(it);
	if ((!c->member && !c->retained) ||
	    c->session->state != SESSION_ACTIVE ||
	    (it->task.aborted && !it->task.ends_with_aborted_status))
		iscsi_task_free(it);
	else if (c->retained)
		iscsi_task_retain(it);
	else
		iscsi_task_answer(it);
}

/* A fault on purpose. */
static void
iscsi_task_go_wrong(struct iscsi_task *it)
{
	struct conn *c = it->conn;
	enum fault_action fault = it->task.fault;

	log_notice("fault on purpose peer=%s itt=0x%08x fault=%s", c->peer.text,
	    it->itt,
	    fault == FAULT_DROP     ? "drop"
	    : fault == FAULT_DIGEST ? "digest"
				    : "cut");
	if (fault == FAULT_DIGEST) {
		iscsi_task_settle(it);
		return;
	}
	iscsi_task_free(it);
	if (fault == FAULT_CUT)
		conn_drop(c, "fault on purpose");
}

static void
iscsi_task_done(struct task *t)
{
	struct iscsi_task *it = container_of(t, struct iscsi_task, task);
	struct conn *c = it->conn;

	assert(it->state == ITASK_EXECUTING);
	conn_enter(c);
	if (t->fault != FAULT_NONE && !t->aborted)
		iscsi_task_go_wrong(it);
	else
		iscsi_task_settle(it);
	conn_leave(c);
}

/* Is its own command still coming in? */
static bool
iscsi_task_is_half(const struct iscsi_task *it)
{
	const struct conn *c = it->conn;

	return bhs_opcode(c->in.pdu.bhs) == OP_SCSI_COMMAND &&
	       (c->aside == it || (c->receiving == it && c->replaying == NULL));
}

static void
iscsi_task_revoked(struct task *t)
{
	struct iscsi_task *it = container_of(t, struct iscsi_task, task);
	struct conn *c = it->conn;

	assert(it->state == ITASK_GATHERING);
	conn_enter(c);
	if (iscsi_task_is_half(it)) {
		c->halved = it;
		c->half_answered = !t->aborted || t->ends_with_aborted_status;
	}
	iscsi_task_stop_receiving(it);
	iscsi_task_settle(it);
	conn_leave(c);
}

/* ---- gathering ---- */

static void
iscsi_task_ask_for_data(struct iscsi_task *it)
{
	struct conn *c = it->conn;
	struct xfer_slice slice;

	while (c->state == CONN_FULL_FEATURE &&
	       xfer_next_r2t(&it->xfer, &c->params, &slice)) {
		it->r2t = slice;
		reply_send_r2t(c, it, &slice);
	}
}

void
iscsi_task_continue(struct iscsi_task *it)
{
	if (!xfer_gathered(&it->xfer)) {
		iscsi_task_ask_for_data(it);
		return;
	}
	if (it->xfer.broken && it->state != ITASK_REFUSED)
		task_fail(&it->task, it->fault);
	if (it->xfer.broken || it->state == ITASK_REFUSED) {
		iscsi_task_answer(it);
		return;
	}
	it->state = ITASK_EXECUTING;
	task_execute(&it->task);
}
