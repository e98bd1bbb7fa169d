/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/xfer.c - the arithmetic of one task's transfer.
 */
#include "iscsi/xfer.h"

#include <string.h>

#include "common/bytes.h"

static uint32_t
xfer_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

enum xfer_fault
xfer_begin(struct xfer *x, const struct params *p, uint32_t edtl,
    uint32_t wanted, uint32_t immediate, bool final)
{
	memset(x, 0, sizeof(*x));
	x->wanted = wanted;
	x->unsolicited = xfer_min(p->first_burst, edtl);
	x->received = x->asked = immediate;
	x->sequence_end = x->unsolicited;
	if (immediate > 0 && !p->immediate_data)
		return XFER_UNEXPECTED_DATA;
	if (immediate > x->unsolicited)
		return XFER_UNEXPECTED_DATA;
	if (!final && p->initial_r2t)
		return XFER_UNEXPECTED_DATA;
	x->first_burst_open = !final;
	return XFER_FINE;
}

void
xfer_refuse(struct xfer *x, bool more)
{
	memset(x, 0, sizeof(*x));
	x->broken = x->first_burst_open = more;
}

void
xfer_break(struct xfer *x)
{
	x->broken = true;
}

void
xfer_resume(struct xfer *x)
{
	x->first_burst_open = x->lost = false;
	x->open_r2ts = 0;
	x->data_sn = 0;
	x->asked = x->received;
}

static enum xfer_fault
xfer_fail(struct xfer *x, enum xfer_fault fault)
{
	x->broken = true;
	return fault;
}

static enum xfer_fault
xfer_check_data_out(struct xfer *x, const struct xfer_slice *pdu)
{
	if (pdu->sn != x->data_sn)
		return xfer_fail(x, XFER_LOST_DATA);
	if (pdu->offset != x->received)
		return xfer_fail(x, XFER_WRONG_AMOUNT);
	if (pdu->length > x->sequence_end - x->received) {
		return xfer_fail(x, x->first_burst_open ? XFER_UNEXPECTED_DATA
							: XFER_WRONG_AMOUNT);
	}
	return XFER_FINE;
}

static uint32_t
xfer_sequence_end(const struct xfer *x, const struct params *p, uint32_t start)
{
	return start + xfer_min(p->max_burst, x->wanted - start);
}

/* F has come. */
static void
xfer_end_sequence(struct xfer *x, const struct params *p)
{
	if (x->first_burst_open)
		x->first_burst_open = false;
	else
		x->open_r2ts--;
	x->data_sn = 0;
	x->lost = false;
	if (x->open_r2ts > 0)
		x->sequence_end = xfer_sequence_end(x, p, x->received);
	else
		x->asked = x->received;
}

void
xfer_lose(struct xfer *x, const struct params *p, bool final)
{
	x->lost = true;
	if (final)
		xfer_end_sequence(x, p);
}

enum xfer_fault
xfer_data_out(struct xfer *x, const struct params *p,
    const struct xfer_slice *pdu, bool solicited, uint32_t *keep)
{
	enum xfer_fault fault = XFER_FINE;

	*keep = 0;
	if (solicited && (x->open_r2ts == 0 || x->first_burst_open))
		return XFER_STRAY;
	if (!solicited && !x->first_burst_open)
		return xfer_fail(x, XFER_UNEXPECTED_DATA);
	/* One before it did not come (7.9). */
	if (p->error_recovery_level > 0 && pdu->sn > x->data_sn)
		x->lost = true;
	if (!x->broken && !x->lost)
		fault = xfer_check_data_out(x, pdu);
	if (!x->broken && !x->lost) {
		if (pdu->offset < x->wanted)
			*keep = xfer_min(pdu->length, x->wanted - pdu->offset);
		x->received += pdu->length;
		x->data_sn++;
		if (pdu->final && x->received != x->sequence_end) {
			fault = xfer_fail(x, XFER_WRONG_AMOUNT);
			*keep = 0;
		}
	}
	if (pdu->final)
		xfer_end_sequence(x, p);
	return fault;
}

/* What was lost is asked for next: with recovery one after the other. */
static uint32_t
xfer_most_r2ts(const struct params *p)
{
	return p->error_recovery_level > 0 ? 1 : p->max_outstanding_r2t;
}

bool
xfer_next_r2t(struct xfer *x, const struct params *p, struct xfer_slice *out)
{
	if (x->broken || x->first_burst_open || x->asked >= x->wanted)
		return false;
	if (x->open_r2ts >= xfer_most_r2ts(p))
		return false;
	out->offset = x->asked;
	out->length = xfer_sequence_end(x, p, x->asked) - x->asked;
	out->sn = x->r2t_sn++;
	out->final = true;
	if (x->open_r2ts++ == 0)
		x->sequence_end = x->asked + out->length;
	x->asked += out->length;
	return true;
}

bool
xfer_gathered(const struct xfer *x)
{
	if (x->first_burst_open || x->open_r2ts > 0)
		return false;
	return x->broken || x->received >= x->wanted;
}

void
xfer_begin_data_in(struct xfer *x, uint32_t total)
{
	x->total = total;
	x->sent = x->burst = x->data_in_sn = 0;
}

/* Length of the next Data-In; 0: there is none.  Those without F are filled to
 * words, 11.7.7. */
static uint32_t
xfer_data_in_length(const struct xfer *x, const struct params *p)
{
	uint32_t left = xfer_min(x->total - x->sent, p->max_burst - x->burst);
	uint32_t most = p->their_max_recv_data_segment;

	return left <= most ? left : most & ~3u;
}

bool
xfer_data_in_is_last(const struct xfer *x, const struct params *p)
{
	return x->sent < x->total &&
	       xfer_data_in_length(x, p) == x->total - x->sent;
}

bool
xfer_next_data_in(
    struct xfer *x, const struct params *p, struct xfer_slice *out)
{
	if (x->sent == x->total)
		return false;
	out->offset = x->sent;
	out->length = xfer_data_in_length(x, p);
	out->sn = x->data_in_sn++;
	x->sent += out->length;
	x->burst += out->length;
	out->final = x->sent == x->total || x->burst == p->max_burst;
	if (out->final)
		x->burst = 0;
	return true;
}

void
xfer_skip_data_in(
    struct xfer *x, const struct params *p, uint32_t recv_max, uint32_t sn)
{
	struct params cut = *p;
	struct xfer_slice slice;

	cut.their_max_recv_data_segment = recv_max;
	while (x->data_in_sn < sn && xfer_next_data_in(x, &cut, &slice))
		;
}

struct residual
xfer_residual(uint32_t edtl, uint64_t moved)
{
	struct residual r = { 0 };

	if (moved > edtl) {
		r.overflow = true;
		r.count = (uint32_t)min_u64(moved - edtl, UINT32_MAX);
	} else if (moved < edtl) {
		r.underflow = true;
		r.count = edtl - (uint32_t)moved;
	}
	return r;
}
