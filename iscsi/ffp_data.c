/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_data.c - SCSI Data-Out PDUs.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include "common/log.h"

/* Nobody waits for it: the task has ended or was aborted, or it never was. */
static struct verdict
ffp_data_out_stale(struct conn *c, const uint8_t *bhs)
{
	struct held_pdu *h = held_find_itt(c->session, get_be32(bhs + PDU_ITT));

	if (h != NULL && h->conn == c) {
		h->lost_data = true;
		h->lost_last |= (bhs[PDU_FLAGS] & PDU_FINAL) != 0;
	}
	if ((bhs[PDU_FLAGS] & PDU_FINAL) && get_be32(bhs + PDU_TTT) != TAG_NONE)
		ffp_tmf_last_data_out(c->session, get_be32(bhs + PDU_ITT));
	log_debug("Data-Out for no task peer=%s itt=0x%08x", c->peer.text,
	    get_be32(bhs + PDU_ITT));
	return IGNORE;
}

static void
ffp_data_out_fault(struct iscsi_task *it, const struct pdu *p,
    struct outcome fault, const char *why)
{
	if (outcome_good(it->fault)) {
		it->fault = fault;
		ffp_log_reject(it->conn, p->bhs, why);
	}
	xfer_break(&it->xfer);
}

struct verdict
ffp_data_out_header(struct conn *c, struct pdu *p)
{
	struct iscsi_task *it =
	    iscsi_task_find(c->session, get_be32(p->bhs + PDU_ITT));
	uint32_t ttt = get_be32(p->bhs + PDU_TTT), keep;
	struct xfer_slice slice = {
		.offset = get_be32(p->bhs + PDU_BUFFER_OFFSET),
		.length = p->data_bytes,
		.sn = get_be32(p->bhs + PDU_DATA_SN),
		.final = (p->bhs[PDU_FLAGS] & PDU_FINAL) != 0,
	};
	enum xfer_fault fault;

	if (it == NULL ||
	    (it->state != ITASK_GATHERING && it->state != ITASK_REFUSED))
		return ffp_data_out_stale(c, p->bhs);
	if (it->conn != c)
		return REJECT(REJECT_PROTOCOL_ERROR,
		    "Data-Out on another connection than its command");
	if (ttt != TAG_NONE && ttt != it->ttt)
		return REJECT(REJECT_INVALID_FIELD, "unknown transfer tag");
	if (ttt != TAG_NONE && !session_same_lun(c->session, it->task.lun,
				   get_be64(p->bhs + PDU_LUN)))
		return REJECT(REJECT_INVALID_FIELD,
		    "Data-Out for another LUN than its transfer tag's");
	if (c->params.error_recovery_level > 0)
		it->before = it->xfer;
	fault = xfer_data_out(
	    &it->xfer, &c->params, &slice, ttt != TAG_NONE, &keep);
	if (fault == XFER_STRAY)
		return REJECT(REJECT_INVALID_FIELD, "Data-Out not asked for");
	if (fault != XFER_FINE)
		ffp_data_out_fault(
		    it, p, ffp_fault_outcome(fault), "wrong Data-Out");
	c->receiving = it;
	p->sink.list = &it->task.data;
	p->sink.offset = slice.offset;
	p->sink.bytes = keep;
	return ACCEPT;
}

/* Its data is no good.  With error recovery the rest of its sequence is thrown
 * away, and asked for again when F has come (7.8). */
static void
ffp_data_out_lost(struct conn *c, struct iscsi_task *it, const struct pdu *p)
{
	if (c->params.error_recovery_level == 0 || it->xfer.broken) {
		ffp_data_out_fault(
		    it, p, PROTOCOL_SERVICE_CRC_ERROR, "data digest error");
		return;
	}
	it->xfer = it->before;
	xfer_lose(&it->xfer, &c->params, (p->bhs[PDU_FLAGS] & PDU_FINAL) != 0);
}

struct verdict
ffp_data_out_whole(struct conn *c, struct pdu *p)
{
	struct iscsi_task *it = c->receiving;

	if (it == NULL)
		return ACCEPT;
	c->receiving = NULL;
	if (!p->data_digest_ok)
		ffp_data_out_lost(c, it, p);
	iscsi_task_continue(it);
	return ACCEPT;
}
