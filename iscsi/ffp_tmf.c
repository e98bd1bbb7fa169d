/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_tmf.c - task management functions (RFC 7143 11.5, 11.6, RFC 7144).
 *
 * ABORT TASK and QUERY TASK name a task by its tag and are done here; the rest
 * is the target layer's.  One that aborts many tasks acts when the commands
 * before it have come, and is answered when the data has that R2Ts of those
 * tasks have asked for (4.2.3.3); it waits for the data as long as an abort may
 * take, for the commands a quarter of it, because there are initiators that
 * send neither.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <stdlib.h>

#include "common/log.h"

static void
ffp_tmf_free(struct iscsi_tmf *f)
{
	LIST_REMOVE(f, link);
	if (f->immediate)
		f->conn->immediate_tmfs--;
	free(f->owed);
	free(f);
}

static void
ffp_tmf_answer(struct iscsi_tmf *f, uint8_t response)
{
	struct conn *c = f->conn;
	struct tmf_answer a = { .itt = f->itt,
		.information = f->tmf.information,
		.response = response,
		.slot = f->slot,
		.fenced = f->fenced };

	ffp_tmf_free(f);
	/* What it waited for may have ended on another connection. */
	conn_enter(c);
	reply_send_tmf(c, &a);
	conn_leave(c);
}

static struct iscsi_tmf *
ffp_tmf_new(struct conn *c, const uint8_t *bhs)
{
	struct iscsi_tmf *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->conn = c;
	f->itt = get_be32(bhs + PDU_ITT);
	f->function = bhs[PDU_FLAGS] & TMF_FUNCTION_MASK;
	f->immediate = (bhs[0] & PDU_IMMEDIATE) != 0;
	f->slot = ffp_claim_slot(c);
	f->tmf.deadline_ms =
	    c->home->now_ms + conn_limits(c)->task_abort_timeout_ms;
	c->immediate_tmfs += f->immediate;
	LIST_INSERT_HEAD(&c->session->tmfs, f, link);
	return f;
}

void
ffp_tmf_reply(struct conn *c, const uint8_t *bhs, uint8_t response)
{
	struct tmf_answer a = { .itt = get_be32(bhs + PDU_ITT),
		.response = response,
		.slot = ffp_claim_slot(c) };

	reply_send_tmf(c, &a);
}

/* ---- ABORT TASK, QUERY TASK ---- */

bool
ffp_tmf_is_function(struct session *s, uint32_t itt)
{
	const struct held_pdu *h = held_find_itt(s, itt);
	const struct iscsi_tmf *f;

	LIST_FOREACH (f, &s->tmfs, link) {
		if (f->itt == itt)
			return true;
	}
	return h != NULL && bhs_opcode(h->bhs) == OP_TMF_REQUEST;
}

/* The task is named by its tag and its LUN.  NULL: there is none. */
static struct iscsi_task *
ffp_tmf_find_task(const struct conn *c, const uint8_t *bhs)
{
	const struct session *s = c->session;
	struct iscsi_task *it = iscsi_task_find(s, get_be32(bhs + TMF_RTT));
	uint64_t lun = get_be64(bhs + PDU_LUN);

	return it != NULL && session_same_lun(s, it->task.lun, lun) ? it : NULL;
}

/* One that waits for its turn; of commands those of that LUN only. */
static struct held_pdu *
ffp_tmf_find_held(const struct conn *c, const uint8_t *bhs)
{
	struct session *s = c->session;
	struct held_pdu *h = held_find_itt(s, get_be32(bhs + TMF_RTT));

	if (h == NULL || bhs_opcode(h->bhs) != OP_SCSI_COMMAND ||
	    session_same_lun(
		s, get_be64(h->bhs + PDU_LUN), get_be64(bhs + PDU_LUN)))
		return h;
	return NULL;
}

/*
 * No such task.  If its CmdSN has not come and lies before the function's, the
 * command got lost: it counts as received and aborted (11.5.1).  Another that
 * waits there is left alone.
 */
static void
ffp_tmf_abort_unknown(struct conn *c, const uint8_t *bhs)
{
	struct session *s = c->session;
	uint32_t ref = get_be32(bhs + TMF_REF_CMD_SN);
	const struct held_pdu *h = held_find_cmd_sn(s, ref);
	bool lost = window_place(&s->window, ref) != WINDOW_OUTSIDE &&
		    serial_before(ref, get_be32(bhs + PDU_CMD_SN)) &&
		    (h == NULL || h->skip);

	if (lost && h == NULL)
		held_skip(c, ref);
	ffp_tmf_reply(c, bhs, lost ? TMF_RSP_COMPLETE : TMF_RSP_NO_TASK);
}

/* It has ended, and its connection is lost: its status is sent on this one,
 * before the answer (11.5.1). */
static void
ffp_tmf_abort_retained(
    struct conn *c, const uint8_t *bhs, struct iscsi_task *it)
{
	struct conn *from = it->conn;

	iscsi_task_reassign(it, c, 0);
	ffp_tmf_reply(c, bhs, TMF_RSP_COMPLETE);
	session_check_left(from);
}

static struct verdict
ffp_tmf_abort_task(struct conn *c, const uint8_t *bhs)
{
	struct session *s = c->session;
	uint32_t rtt = get_be32(bhs + TMF_RTT);
	struct iscsi_task *it = ffp_tmf_find_task(c, bhs);
	struct held_pdu *h = ffp_tmf_find_held(c, bhs);
	struct iscsi_tmf *f;

	if (ffp_tmf_is_function(s, rtt)) {
		ffp_tmf_reply(c, bhs, TMF_RSP_REJECTED);
		return ACCEPT;
	}
	if (h != NULL || ffp_has_text(c, rtt)) {
		if (h != NULL)
			held_cancel(s, h);
		else
			ffp_text_close(c);
		ffp_tmf_reply(c, bhs, TMF_RSP_COMPLETE);
		return ACCEPT;
	}
	/* One that has ended is answered before this function is. */
	if (it == NULL || it->state == ITASK_ANSWERING) {
		ffp_tmf_abort_unknown(c, bhs);
		return ACCEPT;
	}
	if (it->state == ITASK_RETAINED) {
		ffp_tmf_abort_retained(c, bhs, it);
		return ACCEPT;
	}
	f = ffp_tmf_new(c, bhs);
	if (f == NULL)
		return CLOSE("out of memory");
	f->waits_for = it;
	it->abort_told = true;
	if (it->state == ITASK_REFUSED)
		iscsi_task_free(it);
	else
		task_abort(&it->task);
	return ACCEPT;
}

static struct verdict
ffp_tmf_query_task(struct conn *c, const uint8_t *bhs)
{
	uint32_t rtt = get_be32(bhs + TMF_RTT);
	bool there = ffp_tmf_find_task(c, bhs) != NULL ||
		     ffp_tmf_find_held(c, bhs) != NULL;
	uint8_t response = there ? TMF_RSP_SUCCEEDED : TMF_RSP_COMPLETE;

	if (ffp_tmf_is_function(c->session, rtt))
		response = TMF_RSP_REJECTED;
	ffp_tmf_reply(c, bhs, response);
	return ACCEPT;
}

static struct iscsi_tmf *
ffp_tmf_find_waiting(const struct session *s, const struct iscsi_task *it)
{
	struct iscsi_tmf *f;

	LIST_FOREACH (f, &s->tmfs, link) {
		if (f->waits_for == it)
			return f;
	}
	return NULL;
}

void
ffp_tmf_task_gone(struct session *s, const struct iscsi_task *it)
{
	struct iscsi_tmf *f;

	while ((f = ffp_tmf_find_waiting(s, it)) != NULL)
		ffp_tmf_answer(f, TMF_RSP_COMPLETE);
}

/* ---- those of the target layer ---- */

static uint8_t
ffp_tmf_response_code(enum tmf_response response)
{
	static const uint8_t codes[] = {
		[TMF_COMPLETE] = TMF_RSP_COMPLETE,
		[TMF_SUCCEEDED] = TMF_RSP_SUCCEEDED,
		[TMF_NO_LUN] = TMF_RSP_NO_LUN,
		[TMF_NOT_SUPPORTED] = TMF_RSP_NOT_SUPPORTED,
		[TMF_REJECTED] = TMF_RSP_REJECTED,
	};

	return codes[response];
}

/* TARGET COLD RESET ends every session of the target once it is answered. */
static void
ffp_tmf_end_sessions(struct conn *c)
{
	struct session *s = c->session;

	/* Its answer goes before this; no word of its loss to the others. */
	session_fence_release(s, c);
	c->asked = true;
	reply_send_drop(c, ASYNC_ALL_CONNECTIONS_DROP, 0, false);
	conn_finish(c, "target cold reset");
	session_table_end_target(s->table, s->target_name, "target cold reset");
}

static void
ffp_tmf_finish(struct iscsi_tmf *f)
{
	struct conn *c = f->conn;
	uint8_t function = f->function, response = f->response;

	conn_enter(c);
	ffp_tmf_answer(f, response);
	if (response == TMF_RSP_COMPLETE &&
	    function == TMF_FN_TARGET_COLD_RESET)
		ffp_tmf_end_sessions(c);
	/* RFC 7144 6.3: all its connections count as timed out. */
	if (response == TMF_RSP_COMPLETE && function == TMF_FN_I_T_NEXUS_RESET)
		session_drop_for(c, "I_T nexus reset");
	conn_leave(c);
}

static void
ffp_tmf_done(struct tmf *tmf, enum tmf_response response)
{
	struct iscsi_tmf *f = container_of(tmf, struct iscsi_tmf, tmf);

	f->response = ffp_tmf_response_code(response);
	f->done = true;
	if (f->owed_count == 0)
		ffp_tmf_finish(f);
}

/* clang-format off */
static const struct ffp_tmf_row {
	struct verdict (*act)(struct conn *c, const uint8_t *bhs);
	enum tmf_function function; /* of the target layer, without act */
	bool known, aborts, of_lun;
} ffp_tmf_rows[] = {
	[TMF_FN_ABORT_TASK] = { ffp_tmf_abort_task, 0, true, false, false },
	[TMF_FN_ABORT_TASK_SET] =
	    { NULL, TMF_ABORT_TASK_SET, true, true, true },
	[TMF_FN_CLEAR_ACA] = { NULL, TMF_CLEAR_ACA, true, false, true },
	[TMF_FN_CLEAR_TASK_SET] =
	    { NULL, TMF_CLEAR_TASK_SET, true, true, true },
	[TMF_FN_LUN_RESET] = { NULL, TMF_LUN_RESET, true, true, true },
	[TMF_FN_TARGET_WARM_RESET] =
	    { NULL, TMF_TARGET_WARM_RESET, true, true, false },
	[TMF_FN_TARGET_COLD_RESET] =
	    { NULL, TMF_TARGET_COLD_RESET, true, true, false },
	[TMF_FN_TASK_REASSIGN] = { ffp_task_reassign, 0, true, false, false },
	[TMF_FN_QUERY_TASK] = { ffp_tmf_query_task, 0, true, false, false },
	[TMF_FN_QUERY_TASK_SET] =
	    { NULL, TMF_QUERY_TASK_SET, true, false, true },
	[TMF_FN_I_T_NEXUS_RESET] =
	    { NULL, TMF_I_T_NEXUS_RESET, true, true, false },
	[TMF_FN_QUERY_ASYNC_EVENT] =
	    { NULL, TMF_QUERY_ASYNC_EVENT, true, false, true },
};
/* clang-format on */

/* Commands that wait behind a gap and were sent before the function. */
static void
ffp_tmf_cancel_held(struct session *s, const struct ffp_tmf_row *row,
    uint64_t lun, uint32_t cmd_sn)
{
	struct held_pdu *h;

	TAILQ_FOREACH (h, &s->held, link) {
		if (h->skip || bhs_opcode(h->bhs) != OP_SCSI_COMMAND ||
		    !serial_before(h->cmd_sn, cmd_sn))
			continue;
		if (!row->of_lun || get_be64(h->bhs + PDU_LUN) == lun)
			held_cancel(s, h);
	}
}

/* Was it sent after the function?  On another connection it may come first. */
static bool
ffp_tmf_is_after(const struct iscsi_tmf *f, const struct iscsi_task *it)
{
	const struct session *s = f->conn->session;
	uint32_t next = s->window.exp_cmd_sn;

	return s->members > 1 && !it->immediate &&
	       serial_before(f->cmd_sn, next) &&
	       it->cmd_sn - f->cmd_sn < next - f->cmd_sn;
}

static bool
ffp_tmf_spares(const struct tmf *tmf, const struct task *t)
{
	const struct iscsi_tmf *f =
	    container_of(tmf, const struct iscsi_tmf, tmf);

	return ffp_tmf_is_after(
	    f, container_of(t, const struct iscsi_task, task));
}

/* A command that was refused, and waits for the last of its data. */
static struct iscsi_task *
ffp_tmf_find_refused(const struct iscsi_tmf *f, const struct ffp_tmf_row *row)
{
	struct iscsi_task *it;

	TAILQ_FOREACH (it, &f->conn->session->tasks, link) {
		if (it->state == ITASK_REFUSED && !xfer_gathered(&it->xfer) &&
		    (!row->of_lun || it->task.lun == f->tmf.lun) &&
		    !ffp_tmf_is_after(f, it))
			return it;
	}
	return NULL;
}

/* No answer may follow that of the function. */
static void
ffp_tmf_cancel_refused(const struct iscsi_tmf *f, const struct ffp_tmf_row *row)
{
	struct iscsi_task *it;

	while ((it = ffp_tmf_find_refused(f, row)) != NULL)
		iscsi_task_free(it);
}

/* ---- FastAbort, 4.2.3.4 ---- */

/* The initiator asked for the end of these, and needs no word of it. */
static void
ffp_tmf_mark_asked(const struct iscsi_tmf *f, const struct ffp_tmf_row *row)
{
	struct iscsi_task *it;

	TAILQ_FOREACH (it, &f->conn->session->tasks, link) {
		if (it->conn == f->conn && !ffp_tmf_is_after(f, it) &&
		    (!row->of_lun || it->task.lun == f->tmf.lun))
			it->abort_told = true;
	}
}

/* Those of c at that LUN: it needs no other word of their end. */
static void
ffp_tmf_mark_told(const struct conn *c, uint64_t lun)
{
	struct iscsi_task *it;

	TAILQ_FOREACH (it, &c->session->tasks, link) {
		if (it->conn == c && it->task.lun == lun)
			it->abort_told = true;
	}
}

void
ffp_tmf_tell_of_abort(struct iscsi_task *it)
{
	struct conn *c = it->conn;

	if (it->abort_told || c->state != CONN_FULL_FEATURE ||
	    c->params.task_reporting != TASK_REPORTING_FAST_ABORT)
		return;
	ffp_tmf_mark_told(c, it->task.lun);
	reply_send_tasks_terminated(c, it->task.lun);
}

/* ---- data that is owed, 4.2.3.3 ---- */

static bool
ffp_tmf_is_owed(const struct iscsi_tmf *f, const struct iscsi_task *it)
{
	return it->xfer.open_r2ts > 0 && !ffp_tmf_is_after(f, it) &&
	       (!ffp_tmf_rows[f->function].of_lun ||
		   session_same_lun(
		       f->conn->session, it->task.lun, f->tmf.lun));
}

/* Without memory it does not wait. */
static void
ffp_tmf_note_owed(struct iscsi_tmf *f)
{
	const struct session *s = f->conn->session;
	const struct iscsi_task *it;
	unsigned n = 0;

	TAILQ_FOREACH (it, &s->tasks, link)
		n += ffp_tmf_is_owed(f, it);
	if (n == 0 ||
	    f->conn->params.task_reporting == TASK_REPORTING_FAST_ABORT)
		return;
	f->owed = calloc(n, sizeof(*f->owed));
	if (f->owed == NULL)
		return;
	TAILQ_FOREACH (it, &s->tasks, link) {
		if (ffp_tmf_is_owed(f, it))
			f->owed[f->owed_count++] =
			    (struct iscsi_owed){ .itt = it->itt,
				    .r2ts = it->xfer.open_r2ts };
	}
}

static bool
ffp_tmf_takes_owed(struct iscsi_tmf *f, uint32_t itt)
{
	unsigned i;

	for (i = 0; i < f->owed_count; i++) {
		if (f->owed[i].itt != itt)
			continue;
		if (--f->owed[i].r2ts == 0)
			f->owed[i] = f->owed[--f->owed_count];
		return true;
	}
	return false;
}

void
ffp_tmf_last_data_out(struct session *s, uint32_t itt)
{
	struct iscsi_tmf *f;

	LIST_FOREACH (f, &s->tmfs, link) {
		if (!ffp_tmf_takes_owed(f, itt))
			continue;
		if (f->done && f->owed_count == 0)
			ffp_tmf_finish(f);
		return;
	}
}

static void
ffp_tmf_start(struct iscsi_tmf *f)
{
	const struct ffp_tmf_row *row = &ffp_tmf_rows[f->function];
	struct conn *c = f->conn;

	f->waits_for_gap = false;
	f->tmf.deadline_ms =
	    c->home->now_ms + conn_limits(c)->task_abort_timeout_ms;
	if (row->aborts) {
		ffp_tmf_note_owed(f);
		ffp_tmf_cancel_held(c->session, row, f->tmf.lun, f->cmd_sn);
		ffp_tmf_cancel_refused(f, row);
		ffp_tmf_mark_asked(f, row);
		f->tmf.spares = ffp_tmf_spares;
	}
	tmf_start(&f->tmf);
}

void
ffp_tmf_window_moved(struct session *s)
{
	struct iscsi_tmf *f = LIST_FIRST(&s->tmfs), *next;
	struct conn *c;

	for (; f != NULL; f = next) {
		next = LIST_NEXT(f, link);
		if (!f->waits_for_gap ||
		    serial_before(s->window.exp_cmd_sn, f->cmd_sn))
			continue;
		c = f->conn;
		conn_enter(c);
		ffp_tmf_start(f);
		conn_leave(c);
		/* Its end may have taken others with it. */
		next = LIST_FIRST(&s->tmfs);
	}
}

/* Little beside what comes behind it: initiators wait for both, and commands
 * on their way are here soon. */
static unsigned
ffp_tmf_gap_ms(const struct conn *c)
{
	return conn_limits(c)->task_abort_timeout_ms / 4;
}

static struct verdict
ffp_tmf_begin(struct conn *c, const uint8_t *bhs, const struct ffp_tmf_row *row)
{
	struct session *s = c->session;
	struct iscsi_tmf *f = ffp_tmf_new(c, bhs);

	if (f == NULL)
		return CLOSE("out of memory");
	f->fenced = row->aborts;
	f->tmf.nexus = s->nexus;
	f->tmf.function = row->function;
	f->tmf.lun = get_be64(bhs + PDU_LUN);
	f->tmf.done = ffp_tmf_done;
	f->cmd_sn = get_be32(bhs + PDU_CMD_SN);
	f->waits_for_gap =
	    row->aborts && serial_before(s->window.exp_cmd_sn, f->cmd_sn);
	if (f->waits_for_gap)
		f->tmf.deadline_ms = c->home->now_ms + ffp_tmf_gap_ms(c);
	else
		ffp_tmf_start(f);
	return ACCEPT;
}

/* ---- the PDU ---- */

struct verdict
ffp_tmf_header(struct conn *c, struct pdu *p)
{
	struct verdict v = ffp_check_tag(c, p->bhs);

	if (v.kind != VERDICT_ACCEPT)
		return v;
	if ((p->bhs[0] & PDU_IMMEDIATE) && c->immediate_tmfs >= CONN_IMMEDIATES)
		return REJECT(
		    REJECT_TOO_MANY_IMMEDIATE, "too many immediate commands");
	return ACCEPT;
}

struct verdict
ffp_tmf_whole(struct conn *c, struct pdu *p)
{
	unsigned function = p->bhs[PDU_FLAGS] & TMF_FUNCTION_MASK;
	const struct ffp_tmf_row *row = NULL;

	log_info("task management peer=%s function=%u lun=0x%016llx "
		 "rtt=0x%08x",
	    c->peer.text, function,
	    (unsigned long long)get_be64(p->bhs + PDU_LUN),
	    get_be32(p->bhs + TMF_RTT));
	if (function < ARRAY_LEN(ffp_tmf_rows))
		row = &ffp_tmf_rows[function];
	if (row == NULL || !row->known ||
	    (function >= TMF_FN_QUERY_TASK &&
		c->params.protocol_level < LEVEL_OF_QUERIES)) {
		ffp_tmf_reply(c, p->bhs, TMF_RSP_NOT_SUPPORTED);
		return ACCEPT;
	}
	if (row->act != NULL)
		return row->act(c, p->bhs);
	return ffp_tmf_begin(c, p->bhs, row);
}

/* ---- the clock, the end ---- */

uint64_t
ffp_tmf_deadline(const struct session *s)
{
	const struct iscsi_tmf *f;
	uint64_t first = UINT64_MAX;

	LIST_FOREACH (f, &s->tmfs, link)
		first = min_u64(first, f->tmf.deadline_ms);
	return first;
}

/* Any that is late; answering one takes it off the list. */
static struct iscsi_tmf *
ffp_tmf_late(struct session *s, uint64_t now_ms)
{
	struct iscsi_tmf *f;

	LIST_FOREACH (f, &s->tmfs, link) {
		if (f->tmf.deadline_ms <= now_ms)
			return f;
	}
	return NULL;
}

void
ffp_tmf_tick(struct session *s, uint64_t now_ms)
{
	struct iscsi_tmf *f;

	while ((f = ffp_tmf_late(s, now_ms)) != NULL) {
		if (f->waits_for_gap) {
			ffp_tmf_start(f);
			continue;
		}
		if (f->done) {
			ffp_tmf_finish(f);
			continue;
		}
		log_warning("abort takes too long peer=%s function=%u",
		    f->conn->peer.text, f->function);
		if (f->waits_for != NULL)
			ffp_tmf_answer(f, TMF_RSP_REJECTED);
		else
			tmf_expire(&f->tmf);
	}
}

static struct iscsi_tmf *
ffp_tmf_find_of(const struct session *s, const struct conn *c)
{
	struct iscsi_tmf *f;

	LIST_FOREACH (f, &s->tmfs, link) {
		if (c == NULL || f->conn == c)
			return f;
	}
	return NULL;
}

void
ffp_tmf_cancel(struct session *s, const struct conn *c)
{
	struct iscsi_tmf *f;

	while ((f = ffp_tmf_find_of(s, c)) != NULL) {
		if (f->waits_for == NULL && !f->waits_for_gap && !f->done)
			tmf_cancel(&f->tmf);
		if (f->slot)
			window_release(&s->window);
		ffp_tmf_free(f);
	}
}
