/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_cmd.c - SCSI Command PDUs, with their immediate data.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"

#include <string.h>

#include "target/lu.h"
#include "target/rw.h"

/* RFC 7143 11.4.7.2: iSCSI conditions as sense data. */
struct outcome
ffp_fault_outcome(enum xfer_fault fault)
{
	if (fault == XFER_UNEXPECTED_DATA)
		return UNEXPECTED_UNSOLICITED_DATA;
	if (fault == XFER_LOST_DATA)
		return PROTOCOL_SERVICE_CRC_ERROR;
	return INCORRECT_AMOUNT_OF_DATA;
}

void
ffp_cmd_hint(const struct conn *c, const uint8_t *bhs)
{
	const struct session *s = c->session;

	if (bhs_opcode(bhs) == OP_SCSI_COMMAND && s->nexus != NULL)
		rw_hint(s->nexus, get_be64(bhs + PDU_LUN), bhs + CMD_CDB);
}

static struct verdict
ffp_cmd_check(const struct conn *c, const uint8_t *bhs)
{
	struct verdict v = ffp_check_tag(c, bhs);

	if (v.kind != VERDICT_ACCEPT)
		return v;
	if ((bhs[PDU_FLAGS] & CMD_ATTR_MASK) > TASK_ACA)
		return REJECT(REJECT_PROTOCOL_ERROR, "reserved task attribute");
	if (get_be32(bhs + CMD_EDTL) > 0 &&
	    !(bhs[PDU_FLAGS] & (CMD_READ | CMD_WRITE)))
		return REJECT(REJECT_INVALID_FIELD, "data of no direction");
	if ((bhs[0] & PDU_IMMEDIATE) && c->immediates >= CONN_IMMEDIATES)
		return REJECT(
		    REJECT_TOO_MANY_IMMEDIATE, "too many immediate commands");
	return ACCEPT;
}

static struct iscsi_task *
ffp_cmd_new(struct conn *c, const uint8_t *bhs)
{
	struct iscsi_task *it = iscsi_task_new(c, get_be32(bhs + PDU_ITT));
	struct task *t;

	if (it == NULL)
		return NULL;
	it->state = ITASK_REFUSED;
	it->descriptor_sense = false;
	it->immediate = (bhs[0] & PDU_IMMEDIATE) != 0;
	c->immediates += it->immediate;
	it->flags = bhs[PDU_FLAGS];
	it->cmd_sn = get_be32(bhs + PDU_CMD_SN);
	it->edtl = get_be32(bhs + CMD_EDTL);
	t = &it->task;
	t->lun = get_be64(bhs + PDU_LUN);
	memcpy(t->cdb, bhs + CMD_CDB, CDB_BYTES);
	t->attribute = it->flags & CMD_ATTR_MASK;
	t->data_out_length = it->flags & CMD_WRITE ? it->edtl : 0;
	t->data_in_length = it->flags & CMD_READ ? it->edtl : 0;
	return it;
}

/* What the transport itself cannot do: CDBs over 16 bytes, both directions.  R
 * and W may both be there where nothing is expected, 11.3.1. */
static struct outcome
ffp_cmd_unsupported(
    const struct conn *c, const struct iscsi_task *it, const struct pdu *p)
{
	enum pdu_ahs ahs =
	    c->replaying != NULL ? c->replaying->ahs : pdu_check_ahs(p);

	if (ahs == PDU_AHS_EXTENDED_CDB)
		return INVALID_OPCODE;
	if ((it->flags & CMD_READ) && (it->flags & CMD_WRITE) &&
	    (it->edtl > 0 || ahs == PDU_AHS_BIDIRECTIONAL))
		return invalid_field_in_cdb(0, -1);
	return GOOD;
}

static struct outcome
ffp_cmd_begin_transfer(struct conn *c, struct iscsi_task *it, uint32_t bytes)
{
	bool writes = (it->flags & CMD_WRITE) != 0;
	enum xfer_fault fault;
	uint32_t wanted = it->task.data_out_wanted;

	if (c->replaying != NULL && c->replaying->lost_data)
		return NOT_ENOUGH_UNSOLICITED_DATA;
	fault =
	    xfer_begin(&it->xfer, &c->params, it->task.data_out_length, wanted,
		writes ? bytes : 0, !writes || (it->flags & CMD_FINAL) != 0);
	return fault == XFER_FINE ? GOOD : ffp_fault_outcome(fault);
}

static bool
ffp_cmd_descriptor_sense(const struct task *t)
{
	return t->nl != NULL &&
	       atomic_load_explicit(
		   &t->nl->lu->descriptor_sense, memory_order_relaxed);
}

/* Prepare it; GOOD: gathering, else the answer. */
static struct outcome
ffp_cmd_prepare(struct conn *c, struct iscsi_task *it, struct pdu *p)
{
	struct outcome o = ffp_cmd_unsupported(c, it, p);

	if (!outcome_good(o)) {
		it->task.outcome = o;
		return o;
	}
	o = task_prepare(&it->task);
	/* Now, because a refused task does not keep its LU. */
	it->descriptor_sense = ffp_cmd_descriptor_sense(&it->task);
	if (!outcome_good(o))
		return o;
	o = ffp_cmd_begin_transfer(c, it, p->data_bytes);
	if (!outcome_good(o))
		task_fail(&it->task, o);
	return o;
}

/* Do unsolicited Data-Outs follow, as they may? */
static bool
ffp_cmd_has_more(const struct conn *c, const struct iscsi_task *it)
{
	if (!(it->flags & CMD_WRITE) || (it->flags & CMD_FINAL))
		return false;
	return !c->params.initial_r2t &&
	       (c->replaying == NULL || !c->replaying->lost_last);
}

struct verdict
ffp_cmd_header(struct conn *c, struct pdu *p)
{
	struct verdict v = ffp_cmd_check(c, p->bhs);
	struct iscsi_task *it;

	if (v.kind != VERDICT_ACCEPT)
		return v;
	it = ffp_cmd_new(c, p->bhs);
	if (it == NULL)
		return CLOSE("out of memory");
	c->receiving = it;
	if (!outcome_good(ffp_cmd_prepare(c, it, p))) {
		xfer_refuse(&it->xfer, ffp_cmd_has_more(c, it));
		return ACCEPT;
	}
	it->state = ITASK_GATHERING;
	if (it->flags & CMD_WRITE) {
		p->sink.list = &it->task.data;
		p->sink.bytes =
		    (uint32_t)min_u64(p->data_bytes, it->task.data_out_wanted);
	}
	return ACCEPT;
}

struct verdict
ffp_cmd_whole(struct conn *c, struct pdu *p)
{
	struct iscsi_task *it = c->receiving;

	/* A reset took it away while its data was coming in. */
	if (it == NULL)
		return ACCEPT;
	c->receiving = NULL;
	it->reply.slot = ffp_claim_slot(c);
	iscsi_task_continue(it);
	return ACCEPT;
}

void
ffp_cmd_undo(struct iscsi_task *it)
{
	if (it->state == ITASK_GATHERING)
		task_fail(&it->task, PROTOCOL_SERVICE_CRC_ERROR);
	iscsi_task_free(it);
}
