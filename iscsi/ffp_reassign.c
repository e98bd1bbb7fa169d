/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_reassign.c - TASK REASSIGN (RFC 7143 7.2.2, 11.5): a task whose
 * connection is lost goes on with this one.
 *
 * ExpDataSN says how many Data-Ins have come; Data-Out that has not is asked
 * for by R2Ts.  Of a task whose status was sent and never acknowledged, status
 * and data are sent again as long as they are kept (conn_keep.c).
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

/* The status of a SCSI command that a lost connection has sent, and whose
 * initiator has not said that it came. */
static struct kept_reply *
reassign_find_kept(struct session *s, uint32_t itt, struct conn **from)
{
	struct kept_reply *k;
	struct conn *c;

	TAILQ_FOREACH (c, &s->conns, link) {
		k = c->retained ? conn_find_kept(c, itt) : NULL;
		if (k != NULL && bhs_opcode(k->head) == OP_SCSI_RESPONSE) {
			*from = c;
			return k;
		}
	}
	return NULL;
}

/* The data after the first exp_data_sn Data-Ins.  False: out of memory, and c
 * is dropped. */
static bool
reassign_send_kept_data(
    struct conn *c, struct kept_reply *k, uint32_t exp_data_sn)
{
	uint32_t recv_max = c->params.their_max_recv_data_segment;
	struct xfer x = { 0 };
	struct xfer_slice slice;

	xfer_begin_data_in(&x, k->total);
	xfer_skip_data_in(&x, &c->params, k->recv_max, exp_data_sn);
	while (c->state == CONN_FULL_FEATURE &&
	       xfer_next_data_in(&x, &c->params, &slice))
		reply_send_data_again(c, k->itt, &k->list, &slice);
	if (c->state != CONN_FULL_FEATURE)
		return false;
	/* What is cut in two ways cannot be asked for by a SNACK. */
	if (k->recv_max != recv_max)
		k->recv_max = exp_data_sn == 0 ? recv_max : 0;
	if (k->total > 0)
		put_be32(k->head + RSP_EXP_DATA_SN, x.data_in_sn);
	return true;
}

/* Has all of it come, or is it still there? */
static bool
reassign_has_data(
    const struct conn *c, const struct kept_reply *k, uint32_t exp_data_sn)
{
	struct xfer x = { 0 };

	xfer_begin_data_in(&x, k->total);
	xfer_skip_data_in(&x, &c->params, k->recv_max, exp_data_sn);
	return x.sent == x.total || k->list.iovcnt > 0;
}

static void
reassign_kept(struct conn *c, const uint8_t *bhs)
{
	uint32_t exp_data_sn = get_be32(bhs + TMF_EXP_DATA_SN);
	struct conn *from = NULL;
	struct kept_reply *k =
	    reassign_find_kept(c->session, get_be32(bhs + TMF_RTT), &from);

	if (k == NULL) {
		ffp_tmf_reply(c, bhs, TMF_RSP_NO_TASK);
		return;
	}
	/* Any other number is to be ignored: all is sent. */
	if (exp_data_sn > get_be32(k->head + RSP_EXP_DATA_SN))
		exp_data_sn = 0;
	if (!reassign_has_data(c, k, exp_data_sn)) {
		ffp_tmf_reply(c, bhs, TMF_RSP_REJECTED);
		return;
	}
	ffp_tmf_reply(c, bhs, TMF_RSP_COMPLETE);
	/* Out of memory c is dropped, and k may have gone with its session. */
	if (c->state != CONN_FULL_FEATURE ||
	    !reassign_send_kept_data(c, k, exp_data_sn))
		return;
	conn_take_kept(from, k);
	reply_send_kept_anew(c, k);
	if (c->state == CONN_FULL_FEATURE)
		session_check_left(from);
}

struct verdict
ffp_task_reassign(struct conn *c, const uint8_t *bhs)
{
	uint32_t rtt = get_be32(bhs + TMF_RTT);
	struct iscsi_task *it = iscsi_task_find(c->session, rtt);
	struct conn *from = it != NULL ? it->conn : NULL;

	if (c->params.error_recovery_level < 2) {
		ffp_tmf_reply(c, bhs, TMF_RSP_NO_REASSIGNMENT);
	} else if (it == NULL && ffp_is_no_command(c->session, rtt)) {
		/* These stay where they are, 11.5.1. */
		ffp_tmf_reply(c, bhs, TMF_RSP_REJECTED);
	} else if (it == NULL || (from->retained && it->immediate)) {
		reassign_kept(c, bhs);
	} else if (!from->retained) {
		ffp_tmf_reply(c, bhs, TMF_RSP_STILL_ALLEGIANT);
	} else {
		/* Its answer may still be on its way there. */
		if (it->state == ITASK_ANSWERING)
			conn_drop(from, "its tasks are reassigned");
		ffp_tmf_reply(c, bhs, TMF_RSP_COMPLETE);
		iscsi_task_reassign(it, c, get_be32(bhs + TMF_EXP_DATA_SN));
		session_check_left(from);
	}
	return ACCEPT;
}
