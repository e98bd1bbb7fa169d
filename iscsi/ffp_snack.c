/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_snack.c - SNACK Requests (RFC 7143 11.16): sending Data-Ins, R2Ts
 * and numbered responses again.  From error recovery level 1 on.
 *
 * Nothing is sent unless all of what was asked for can be.  Data-Ins carry no A
 * bit, so there is no DataACK to wait for.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"

#include <string.h>

#define SNACK_TYPE_MASK 0x0f /* byte 1 */
#define SNACK_BEG_RUN   40   /* u32 */
#define SNACK_RUN       44   /* u32; 0: all from there on */

static const struct verdict snack_refused = { VERDICT_REJECT, REJECT_SNACK,
	"SNACK for what cannot be sent again", 0 };

/* What was not sent, or has come, is nobody's to ask for.  sn: of the next
 * Data-In or R2T. */
static struct verdict
snack_is_wrong(uint32_t sn)
{
	return (struct verdict){ VERDICT_REJECT, REJECT_PROTOCOL_ERROR,
		"SNACK for what was not sent or was acknowledged", sn };
}

struct snack {
	uint32_t itt, tag, begin, length;
};

/* Data-Ins that were sent, as they were cut. */
struct snack_data {
	const struct buf_list *list;
	uint32_t total, recv_max;
	uint32_t count; /* sent so far */
};

/* BegRun 0 and RunLength 0: what is not acknowledged, if there is any. */
static bool
snack_is_for_all(const struct snack *k)
{
	return k->begin == 0 && k->length == 0;
}

/* [begin, begin + length) against what there is; the end. */
static bool
snack_range(const struct snack *k, uint32_t count, uint32_t *end)
{
	if (k->begin >= count || k->length > count - k->begin)
		return false;
	*end = k->length == 0 ? count : k->begin + k->length;
	return true;
}

static struct verdict
snack_send_data(
    struct conn *c, const struct snack *k, const struct snack_data *d)
{
	struct xfer x = { 0 };
	struct xfer_slice slice;
	uint32_t end;

	if (d->count == 0 && snack_is_for_all(k))
		return ACCEPT;
	if (!snack_range(k, d->count, &end))
		return snack_is_wrong(d->count);
	/* That would be for an R-Data SNACK. */
	if (d->recv_max != c->params.their_max_recv_data_segment)
		return snack_refused;
	xfer_begin_data_in(&x, d->total);
	/* Out of memory it is dropped, and d->list has gone. */
	while (c->state == CONN_FULL_FEATURE && x.data_in_sn < end &&
	       xfer_next_data_in(&x, &c->params, &slice)) {
		if (slice.sn >= k->begin)
			reply_send_data_again(c, k->itt, d->list, &slice);
	}
	return ACCEPT;
}

static uint32_t
snack_count_data(const struct conn *c, uint32_t total)
{
	struct xfer x = { 0 };
	struct xfer_slice slice;

	xfer_begin_data_in(&x, total);
	while (xfer_next_data_in(&x, &c->params, &slice))
		;
	return x.data_in_sn;
}

/* The status is not kept, or its data is not kept with it. */
static struct verdict
snack_missing(const struct conn *c, const struct kept_reply *kept)
{
	if (kept != NULL || conn_has_forgotten(c))
		return snack_refused;
	return snack_is_wrong(0);
}

/* A status that is sent anew after TASK REASSIGN, and has not been sent whole:
 * its data goes before it, and may be asked for. */
static struct reply *
snack_find_anew(struct reply_list *list, uint32_t itt)
{
	struct reply *r;

	STAILQ_FOREACH (r, list, link) {
		if (r->kept != NULL && r->kept->itt == itt)
			return r;
	}
	return NULL;
}

static struct kept_reply *
snack_find_kept(struct conn *c, uint32_t itt)
{
	struct kept_reply *kept = conn_find_kept(c, itt);
	struct reply *r;

	if (kept != NULL)
		return kept;
	r = snack_find_anew(&c->pending, itt);
	if (r == NULL)
		r = snack_find_anew(&c->wire, itt);
	if (r != NULL)
		return r->kept;
	r = snack_find_anew(&c->session->fence_held, itt);
	return r != NULL && r->conn == c ? r->kept : NULL;
}

static struct verdict
snack_kept_data(struct conn *c, const struct snack *k)
{
	const struct kept_reply *kept = snack_find_kept(c, k->itt);
	struct snack_data d;

	if (kept == NULL || (kept->total > 0 && kept->list.iovcnt == 0))
		return snack_missing(c, kept);
	d.list = &kept->list;
	d.total = kept->total;
	d.recv_max = kept->recv_max;
	d.count = snack_count_data(c, kept->total);
	return snack_send_data(c, k, &d);
}

static struct verdict
snack_r2t(struct conn *c, struct iscsi_task *it, const struct snack *k)
{
	uint32_t end;

	/* Earlier ones have brought their data. */
	if (it->xfer.open_r2ts == 0 || it->xfer.broken)
		return snack_is_for_all(k) ? ACCEPT
					   : snack_is_wrong(it->xfer.r2t_sn);
	if (!snack_is_for_all(k) &&
	    (k->begin != it->r2t.sn || !snack_range(k, it->xfer.r2t_sn, &end)))
		return snack_is_wrong(it->xfer.r2t_sn);
	reply_send_r2t(c, it, &it->r2t);
	return ACCEPT;
}

/* The status of a task that is being sent: from its beginning the task is found
 * by its tag no more, and only at its end it is kept. */
static struct reply *
snack_find_staged(struct conn *c, uint32_t itt)
{
	struct reply *r;

	STAILQ_FOREACH (r, &c->wire, link) {
		if (r->task != NULL && get_be32(r->head + PDU_ITT) == itt)
			return r;
	}
	return NULL;
}

static struct iscsi_task *
snack_find_task(struct conn *c, uint32_t itt)
{
	struct iscsi_task *it = iscsi_task_find(c->session, itt);
	struct reply *r = it == NULL ? snack_find_staged(c, itt) : NULL;

	if (r != NULL)
		return r->task;
	return it != NULL && it->conn == c ? it : NULL;
}

/* Its data will not be whole: 7.8, if its status has not gone yet. */
static void
snack_fail_task(struct conn *c, struct iscsi_task *it)
{
	if (snack_find_staged(c, get_be32(it->reply.head + PDU_ITT)) != NULL)
		return;
	it->task.outcome = SNACK_REJECTED;
	it->xfer.sent = it->xfer.total;
}

static struct verdict
snack_data(struct conn *c, const struct snack *k)
{
	struct iscsi_task *it = snack_find_task(c, k->itt);
	struct snack_data d;
	struct verdict v;

	if (it == NULL)
		return snack_kept_data(c, k);
	if (it->state != ITASK_ANSWERING)
		return snack_r2t(c, it, k);
	d.list = &it->task.data;
	d.total = it->xfer.total;
	d.recv_max = it->recv_max;
	d.count = it->xfer.data_in_sn;
	v = snack_send_data(c, k, &d);
	if (v.kind == VERDICT_REJECT && v.reason == REJECT_SNACK)
		snack_fail_task(c, it);
	return v;
}

/* Both 0: all that are not acknowledged. */
static struct verdict
snack_status(struct conn *c, const struct snack *k)
{
	const struct kept_reply *kept;
	uint32_t first = snack_is_for_all(k) ? c->exp_stat_sn : k->begin;
	uint32_t count = k->length == 0 ? c->stat_sn - first : k->length;

	if (count == 0 && snack_is_for_all(k))
		return ACCEPT;
	if (serial_before(first, c->exp_stat_sn) || first == c->stat_sn ||
	    serial_before(c->stat_sn, first + count))
		return snack_is_wrong(0);
	if (c->forgot && serial_before(first, c->forgot_stat_sn))
		return snack_refused;
	TAILQ_FOREACH (kept, &c->kept, link) {
		if (kept->stat_sn - first < count)
			reply_send_kept(c, kept);
		if (c->state != CONN_FULL_FEATURE)
			break;
	}
	return ACCEPT;
}

static struct verdict
snack_data_ack(struct conn *c, const struct snack *k)
{
	return REJECT(REJECT_INVALID_DATA_ACK, "DataACK was not asked for");
}

/* The status that is on its way has the old tag, and one with the new follows;
 * that one is kept. */
static struct verdict
snack_resegment_staged(
    struct conn *c, struct iscsi_task *it, const struct snack *k)
{
	const struct reply *r = &it->reply;
	struct kept_reply anew = { .itt = k->itt,
		.data = (uint8_t *)r->flat,
		.data_bytes = r->data_bytes };
	struct snack all = { .itt = k->itt };
	struct snack_data d = { .list = &it->task.data,
		.total = it->xfer.total,
		.recv_max = c->params.their_max_recv_data_segment };
	struct verdict v;

	if (it->xfer.total == 0)
		return snack_is_wrong(0);
	d.count = snack_count_data(c, d.total);
	v = snack_send_data(c, &all, &d);
	if (v.kind != VERDICT_ACCEPT || c->state != CONN_FULL_FEATURE)
		return v;
	it->snack_tag = k->tag;
	it->recv_max = d.recv_max;
	it->xfer.data_in_sn = d.count;
	memcpy(anew.head, r->head, BHS_BYTES);
	kept_mark(&anew, it);
	reply_send_kept(c, &anew);
	return v;
}

/* The status, whose tag is new.  One that is sent anew may still be in line. */
static void
snack_send_status_after_data(struct conn *c, struct kept_reply *kept)
{
	struct reply *r = snack_find_anew(&c->pending, kept->itt);

	if (r != NULL && r->kept == kept) {
		STAILQ_REMOVE(&c->pending, r, reply, link);
		memcpy(r->head, kept->head, BHS_BYTES);
		STAILQ_INSERT_TAIL(&c->pending, r, link);
		return;
	}
	r = snack_find_anew(&c->session->fence_held, kept->itt);
	if (r != NULL && r->kept == kept) {
		memcpy(r->head, kept->head, BHS_BYTES);
		return;
	}
	r = snack_find_anew(&c->wire, kept->itt);
	if (r != NULL && r->kept == kept)
		memcpy(kept->head + PDU_STAT_SN, r->head + PDU_STAT_SN, 4);
	reply_send_kept(c, kept);
}

/*
 * Their MaxRecvDataSegmentLength has changed: the data anew, cut anew, and then
 * the status with the tag of this request.
 */
static struct verdict
snack_resegment(struct conn *c, const struct snack *k)
{
	struct iscsi_task *it = snack_find_task(c, k->itt);
	struct snack all = { .itt = k->itt };
	struct kept_reply *kept;
	struct verdict v;

	if (k->begin != 0 || k->length != 0 || k->tag == 0 ||
	    k->tag == TAG_NONE)
		return REJECT(REJECT_INVALID_FIELD, "malformed R-Data SNACK");
	if (it != NULL && snack_find_staged(c, k->itt) != NULL)
		return snack_resegment_staged(c, it, k);
	if (it != NULL && it->state == ITASK_ANSWERING) {
		it->snack_tag = k->tag;
		it->recv_max = c->params.their_max_recv_data_segment;
		xfer_begin_data_in(&it->xfer, it->xfer.total);
		return ACCEPT;
	}
	/* It has sent none yet. */
	if (it != NULL)
		return snack_is_wrong(0);
	kept = snack_find_kept(c, k->itt);
	if (kept == NULL || kept->list.iovcnt == 0)
		return kept != NULL && kept->total == 0
			   ? snack_is_wrong(0)
			   : snack_missing(c, kept);
	kept->recv_max = c->params.their_max_recv_data_segment;
	v = snack_kept_data(c, &all);
	if (v.kind != VERDICT_ACCEPT || c->state != CONN_FULL_FEATURE)
		return v;
	put_be32(kept->head + PDU_TTT, k->tag);
	put_be32(
	    kept->head + RSP_EXP_DATA_SN, snack_count_data(c, kept->total));
	snack_send_status_after_data(c, kept);
	return ACCEPT;
}

static struct verdict (*const snack_types[])(
    struct conn *c, const struct snack *k) = {
	snack_data,
	snack_status,
	snack_data_ack,
	snack_resegment,
};

struct verdict
ffp_snack_header(struct conn *c, struct pdu *p)
{
	if (c->params.error_recovery_level == 0)
		return REJECT(
		    REJECT_NOT_SUPPORTED, "SNACK at error recovery level 0");
	if ((p->bhs[PDU_FLAGS] & SNACK_TYPE_MASK) >= ARRAY_LEN(snack_types))
		return REJECT(REJECT_PROTOCOL_ERROR, "reserved SNACK type");
	return ACCEPT;
}

struct verdict
ffp_snack_whole(struct conn *c, struct pdu *p)
{
	struct snack k = {
		.itt = get_be32(p->bhs + PDU_ITT),
		.tag = get_be32(p->bhs + PDU_TTT),
		.begin = get_be32(p->bhs + SNACK_BEG_RUN),
		.length = get_be32(p->bhs + SNACK_RUN),
	};

	return snack_types[p->bhs[PDU_FLAGS] & SNACK_TYPE_MASK](c, &k);
}
