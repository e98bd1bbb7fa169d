/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/reply.c - building the PDUs that a target sends.
 */
#include "iscsi/reply.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi/conn_impl.h"
#include "iscsi/digest.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

void
reply_init(struct reply *r, uint8_t opcode, uint8_t flags)
{
	r->task = NULL;
	r->kept = NULL;
	r->slot = r->login = r->fenced = r->numbered = false;
	r->stat_sn = REPLY_STAT_SN_TAKES;
	memset(r->head, 0, BHS_BYTES);
	r->head[0] = opcode;
	r->head[PDU_FLAGS] = flags;
	r->head_bytes = BHS_BYTES;
	r->list = NULL;
	r->flat = NULL;
	r->heap = NULL;
	r->list_offset = r->heap_bytes = r->data_bytes = r->tail_bytes = 0;
}

struct reply *
reply_get(struct conn *c)
{
	return buf_kind_get(c->home->pool, CONN_REPLY, sizeof(struct reply));
}

void
reply_put(struct conn *c, struct reply *r)
{
	struct iscsi_task *it = r->task;

	if (r->heap != NULL) {
		c->heap_bytes -= r->heap_bytes;
		free(r->heap);
	}
	if (r->kept != NULL)
		kept_reply_free(c, r->kept);
	if (it != NULL)
		iscsi_task_free(it);
	else
		buf_kind_put(c->home->pool, CONN_REPLY, r);
}

/* ---- onto the wire ---- */

static int
reply_add_iov(struct iovec *iov, int n, int max, uint32_t *skip,
    const uint8_t *bytes, uint32_t length)
{
	if (*skip >= length) {
		*skip -= length;
		return n;
	}
	if (n == max)
		return n;
	iov[n].iov_base = (void *)(uintptr_t)(bytes + *skip);
	iov[n].iov_len = length - *skip;
	*skip = 0;
	return n + 1;
}

int
reply_iov(const struct reply *r, uint32_t skip, struct iovec *iov, int max)
{
	int n = reply_add_iov(iov, 0, max, &skip, r->head, r->head_bytes);

	if (r->list == NULL) {
		n = reply_add_iov(iov, n, max, &skip, r->flat, r->data_bytes);
	} else if (skip >= r->data_bytes) {
		skip -= r->data_bytes;
	} else {
		n += buf_list_slice(r->list, r->list_offset + skip,
		    r->data_bytes - skip, iov + n, max - n);
		skip = 0;
	}
	return reply_add_iov(iov, n, max, &skip, r->tail, r->tail_bytes);
}

static uint32_t
reply_data_crc(const struct reply *r)
{
	struct iovec iov[BUF_LIST_IOV];
	int n;

	if (r->list == NULL)
		return crc32c_update(CRC32C_SEED, r->flat, r->data_bytes);
	n = buf_list_slice(
	    r->list, r->list_offset, r->data_bytes, iov, BUF_LIST_IOV);
	return digest_update_iov(CRC32C_SEED, iov, n);
}

void
reply_seal(struct reply *r, bool header_digest, bool data_digest)
{
	uint32_t crc, padding = pdu_padding(r->data_bytes);

	put_be24(r->head + PDU_DATA_LENGTH, r->data_bytes);
	if (header_digest) {
		crc = crc32c_update(CRC32C_SEED, r->head, BHS_BYTES);
		digest_store(crc, r->head + BHS_BYTES);
		r->head_bytes = BHS_BYTES + DIGEST_BYTES;
	}
	memset(r->tail, 0, padding);
	r->tail_bytes = padding;
	if (data_digest && r->data_bytes > 0) {
		crc = crc32c_update(reply_data_crc(r), r->tail, padding);
		digest_store(crc, r->tail + padding);
		r->tail_bytes += DIGEST_BYTES;
	}
}

void
reply_spoil_digest(struct reply *r)
{
	if (r->tail_bytes >= DIGEST_BYTES)
		r->tail[r->tail_bytes - 1] ^= 0xff;
	else if (r->head_bytes > BHS_BYTES)
		r->head[r->head_bytes - 1] ^= 0xff;
}

/* ---- of tasks ---- */

static void
reply_data_in_header(
    struct reply *r, uint32_t itt, const struct xfer_slice *slice)
{
	reply_init(r, OP_DATA_IN, slice->final ? PDU_FINAL : 0);
	r->stat_sn = REPLY_STAT_SN_NONE;
	put_be32(r->head + PDU_ITT, itt);
	put_be32(r->head + PDU_TTT, TAG_NONE);
	put_be32(r->head + PDU_DATA_SN, slice->sn);
	put_be32(r->head + PDU_BUFFER_OFFSET, slice->offset);
}

void
reply_data_in(
    struct reply *r, struct iscsi_task *it, const struct xfer_slice *slice)
{
	reply_data_in_header(r, it->itt, slice);
	r->list = &it->task.data;
	r->list_offset = slice->offset;
	r->data_bytes = slice->length;
}

static uint8_t
reply_residual_flags(const struct residual *residual)
{
	if (residual->overflow)
		return RSP_OVERFLOW;
	return residual->underflow ? RSP_UNDERFLOW : 0;
}

void
reply_data_in_status(struct reply *r, const struct iscsi_task *it)
{
	struct residual residual = iscsi_task_residual(it);

	r->stat_sn = REPLY_STAT_SN_TAKES;
	r->head[PDU_FLAGS] |= DATA_IN_STATUS | reply_residual_flags(&residual);
	r->head[DATA_IN_STATUS_AT] = it->task.outcome.status;
	put_be32(r->head + DATA_IN_RESIDUAL, residual.count);
}

void
reply_scsi_response(struct reply *r, const struct iscsi_task *it)
{
	const struct outcome *o = &it->task.outcome;
	struct residual residual = iscsi_task_residual(it);
	size_t sense;

	reply_init(
	    r, OP_SCSI_RESPONSE, PDU_FINAL | reply_residual_flags(&residual));
	r->head[RSP_RESPONSE] = RSP_RESPONSE_COMPLETED;
	r->head[RSP_STATUS] = o->status;
	put_be32(r->head + PDU_ITT, it->itt);
	put_be32(r->head + PDU_TTT, it->snack_tag);
	put_be32(r->head + RSP_EXP_DATA_SN, it->xfer.data_in_sn);
	put_be32(r->head + RSP_RESIDUAL, residual.count);
	sense = sense_encode(
	    o, it->descriptor_sense, r->small + RSP_SENSE_LENGTH_BYTES);
	if (sense == 0)
		return;
	put_be16(r->small, (uint16_t)sense);
	r->flat = r->small;
	r->data_bytes = RSP_SENSE_LENGTH_BYTES + (uint32_t)sense;
}

/* ---- of the connection ---- */

static struct reply *
reply_new(struct conn *c, uint8_t opcode, uint8_t flags, uint32_t itt)
{
	struct reply *r;

	if (c->mute)
		return NULL;
	r = reply_get(c);
	if (r == NULL) {
		conn_drop(c, "out of memory");
		return NULL;
	}
	reply_init(r, opcode, flags);
	put_be32(r->head + PDU_ITT, itt);
	return r;
}

/* Its request's slot is given back by it; or at once, without memory. */
static struct reply *
reply_new_for_slot(struct conn *c, uint8_t opcode, uint32_t itt, bool slot)
{
	struct reply *r = reply_new(c, opcode, PDU_FINAL, itt);

	if (r != NULL)
		r->slot = slot;
	else if (slot)
		window_release(&c->session->window);
	return r;
}

static void
reply_take_heap(struct conn *c, struct reply *r, uint8_t *heap, uint32_t bytes)
{
	r->heap = heap;
	r->heap_bytes = bytes;
	r->flat = heap;
	r->data_bytes = bytes;
	c->heap_bytes += bytes;
}

/* False: out of memory; r is gone and c dropped. */
static bool
reply_copy_text(
    struct conn *c, struct reply *r, const uint8_t *text, uint32_t bytes)
{
	uint8_t *heap;

	if (bytes == 0)
		return true;
	heap = malloc(bytes);
	if (heap == NULL) {
		reply_put(c, r);
		conn_drop(c, "out of memory");
		return false;
	}
	memcpy(heap, text, bytes);
	reply_take_heap(c, r, heap, bytes);
	return true;
}

void
reply_send_login(struct conn *c, const struct login_answer *a)
{
	struct reply *r = reply_new(
	    c, OP_LOGIN_RESPONSE, a->flags, get_be32(c->login_bhs + PDU_ITT));

	if (r == NULL || !reply_copy_text(c, r, a->text, a->text_bytes))
		return;
	memcpy(r->head + LOGIN_ISID, a->isid, LOGIN_ISID_BYTES);
	put_be16(r->head + LOGIN_TSIH, a->tsih);
	r->head[LOGIN_STATUS_CLASS] = a->status.status_class;
	r->head[LOGIN_STATUS_DETAIL] = a->status.detail;
	r->login = true;
	conn_queue(c, r);
}

void
reply_send_r2t(
    struct conn *c, struct iscsi_task *it, const struct xfer_slice *s)
{
	struct reply *r = reply_new(c, OP_R2T, PDU_FINAL, it->itt);

	if (r == NULL)
		return;
	r->stat_sn = REPLY_STAT_SN_NEXT;
	put_be64(r->head + PDU_LUN, it->task.lun);
	put_be32(r->head + PDU_TTT, it->ttt);
	put_be32(r->head + PDU_DATA_SN, s->sn);
	put_be32(r->head + PDU_BUFFER_OFFSET, s->offset);
	put_be32(r->head + R2T_LENGTH, s->length);
	conn_queue(c, r);
}

void
reply_send_nop_in(
    struct conn *c, const uint8_t *bhs, uint8_t *heap, uint32_t bytes)
{
	struct reply *r =
	    reply_new(c, OP_NOP_IN, PDU_FINAL, get_be32(bhs + PDU_ITT));

	if (r == NULL) {
		free(heap);
		return;
	}
	put_be32(r->head + PDU_TTT, TAG_NONE);
	reply_take_heap(c, r, heap, bytes);
	r->slot = ffp_claim_slot(c);
	conn_queue(c, r);
}

void
reply_send_ping(struct conn *c, uint32_t ttt)
{
	struct reply *r = reply_new(c, OP_NOP_IN, PDU_FINAL, TAG_NONE);

	if (r == NULL)
		return;
	r->stat_sn = REPLY_STAT_SN_NEXT;
	put_be32(r->head + PDU_TTT, ttt);
	conn_queue(c, r);
}

void
reply_send_tmf(struct conn *c, const struct tmf_answer *a)
{
	struct reply *r =
	    reply_new_for_slot(c, OP_TMF_RESPONSE, a->itt, a->slot);

	if (r == NULL)
		return;
	r->head[TMF_RESPONSE] = a->response;
	put_be24(r->head + TMF_INFORMATION, a->information);
	session_fence_respond(c, r, a->fenced && session_fence_wanted(c));
	/* Those with a slot, and tasks, are bounded by the window. */
	if (c->session->fence_count >
	    c->session->window.limit + CONN_REPLIES_MAX)
		conn_drop(c, "too much waits for the Response Fence");
}

void
reply_send_text(struct conn *c, const uint8_t *bhs, const struct text_answer *a)
{
	uint8_t flags = (uint8_t)((a->final ? PDU_FINAL : 0) |
				  (a->more ? TEXT_CONTINUE : 0));
	struct reply *r =
	    reply_new(c, OP_TEXT_RESPONSE, flags, get_be32(bhs + PDU_ITT));

	if (r == NULL || !reply_copy_text(c, r, a->text, a->text_bytes))
		return;
	/* Without a tag it is reserved, 11.11.4. */
	if (a->ttt != TAG_NONE)
		memcpy(r->head + PDU_LUN, bhs + PDU_LUN, 8);
	put_be32(r->head + PDU_TTT, a->ttt);
	r->slot = ffp_claim_slot(c);
	conn_queue(c, r);
}

void
reply_send_logout(struct conn *c, uint32_t itt, uint8_t response, bool slot)
{
	struct reply *r = reply_new_for_slot(c, OP_LOGOUT_RESPONSE, itt, slot);

	if (r == NULL)
		return;
	r->head[LOGOUT_RESPONSE] = response;
	put_be16(r->head + LOGOUT_TIME2WAIT, (uint16_t)c->params.time2wait);
	put_be16(r->head + LOGOUT_TIME2RETAIN, (uint16_t)c->params.time2retain);
	conn_queue(c, r);
}

/* Header segments that do not fit there are left out. */
static bool
reply_put_header(struct conn *c, struct reply *r, const struct pdu *p)
{
	uint32_t bytes = BHS_BYTES + p->ahs_bytes;
	uint8_t header[BHS_BYTES + AHS_BYTES_MAX];

	if (p->ahs_bytes == 0 ||
	    bytes > c->params.their_max_recv_data_segment) {
		memcpy(r->small, p->bhs, BHS_BYTES);
		r->flat = r->small;
		r->data_bytes = BHS_BYTES;
		return true;
	}
	memcpy(header, p->bhs, BHS_BYTES);
	memcpy(header + BHS_BYTES, p->ahs, p->ahs_bytes);
	return reply_copy_text(c, r, header, bytes);
}

void
reply_send_reject(
    struct conn *c, const struct pdu *p, uint8_t reason, uint32_t sn)
{
	struct reply *r = reply_new(c, OP_REJECT, PDU_FINAL, TAG_NONE);

	if (r == NULL || !reply_put_header(c, r, p))
		return;
	r->head[REJECT_REASON] = reason;
	put_be32(r->head + PDU_DATA_SN, sn);
	r->slot = ffp_claim_slot(c);
	conn_queue(c, r);
}

void
reply_send_async(struct conn *c, uint8_t event, uint16_t parameter1,
    uint16_t parameter2, uint16_t parameter3)
{
	struct reply *r = reply_new(c, OP_ASYNC, PDU_FINAL, TAG_NONE);

	if (r == NULL)
		return;
	r->head[ASYNC_EVENT] = event;
	put_be16(r->head + ASYNC_PARAMETER1, parameter1);
	put_be16(r->head + ASYNC_PARAMETER2, parameter2);
	put_be16(r->head + ASYNC_PARAMETER3, parameter3);
	conn_queue(c, r);
}

void
reply_send_drop(struct conn *c, uint8_t event, uint16_t cid, bool kept)
{
	reply_send_async(c, event, cid, (uint16_t)c->params.time2wait,
	    kept ? (uint16_t)c->params.time2retain : 0);
}

void
reply_send_tasks_terminated(struct conn *c, uint64_t lun)
{
	struct reply *r = reply_new(c, OP_ASYNC, PDU_FINAL, TAG_NONE);

	if (r == NULL)
		return;
	put_be64(r->head + PDU_LUN, lun);
	r->head[ASYNC_EVENT] = ASYNC_TASKS_TERMINATED;
	conn_queue(c, r);
}

/* ---- again ---- */

static struct reply *
reply_new_kept(
    struct conn *c, const struct kept_reply *k, enum reply_stat_sn stat_sn)
{
	struct reply *r = reply_new(c, 0, 0, k->itt);

	if (r == NULL || !reply_copy_text(c, r, k->data, k->data_bytes))
		return NULL;
	memcpy(r->head, k->head, BHS_BYTES);
	r->stat_sn = stat_sn;
	return r;
}

void
reply_send_kept(struct conn *c, const struct kept_reply *k)
{
	struct reply *r = reply_new_kept(c, k, REPLY_STAT_SN_GIVEN);

	if (r != NULL)
		conn_queue(c, r);
}

/* Which of them needed the fence is not kept: all do. */
void
reply_send_kept_anew(struct conn *c, struct kept_reply *k)
{
	struct reply *r = reply_new_kept(c, k, REPLY_STAT_SN_TAKES);

	if (r == NULL) {
		kept_reply_free(c, k);
		return;
	}
	r->kept = k;
	session_fence_respond(c, r, session_fence_wanted(c));
}

/* A copy: the list may be given back before it is sent. */
void
reply_send_data_again(struct conn *c, uint32_t itt, const struct buf_list *list,
    const struct xfer_slice *slice)
{
	uint8_t *heap = malloc(slice->length);
	struct reply *r = reply_new(c, 0, 0, itt);

	if (r == NULL || heap == NULL) {
		free(heap);
		if (r != NULL)
			reply_put(c, r);
		conn_drop(c, "out of memory");
		return;
	}
	buf_list_read(list, slice->offset, heap, slice->length);
	reply_data_in_header(r, itt, slice);
	reply_take_heap(c, r, heap, slice->length);
	conn_queue(c, r);
}
