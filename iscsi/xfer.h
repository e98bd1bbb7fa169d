/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/xfer.h - the arithmetic of one task's transfer: immediate and
 * unsolicited data, R2Ts and their Data-Outs, Data-Ins, residuals.
 *
 * Numbers only; no buffers, no PDUs.  Data comes in order (DataPDUInOrder and
 * DataSequenceInOrder are Yes), so what has come is always a prefix.
 */
#ifndef ISCSI_XFER_H
#define ISCSI_XFER_H

#include <stdbool.h>
#include <stdint.h>

#include "iscsi/params.h"

/* What a Data-Out, or a command's own data, did wrong. */
enum xfer_fault {
	XFER_FINE,
	XFER_UNEXPECTED_DATA, /* unsolicited and not allowed, 11.4.7.2 */
	XFER_WRONG_AMOUNT,    /* wrong offset, too much, too little */
	XFER_LOST_DATA,       /* DataSN out of order, 7.9 */
	XFER_STRAY,           /* nobody asked for it: drop it, change nothing */
};

struct xfer {
	/* Data-Out, bytes */
	uint32_t wanted;       /* to be gathered */
	uint32_t unsolicited;  /* most that may come unasked: the first burst */
	uint32_t received;     /* prefix that has come */
	uint32_t asked;        /* prefix that came unasked or by an R2T */
	uint32_t sequence_end; /* of the sequence under way */
	uint32_t data_sn;      /* of its next Data-Out */
	uint32_t r2t_sn;       /* of the next R2T */
	uint32_t open_r2ts;    /* not ended by F yet */
	bool first_burst_open; /* unsolicited Data-Outs are to come */
	bool broken;           /* gather no more, only wait for the Fs */
	bool lost;             /* throw the rest of the sequence away */

	/* Data-In, bytes */
	uint32_t total, sent;
	uint32_t burst;      /* of the burst under way */
	uint32_t data_in_sn; /* of the next Data-In */
};

struct xfer_slice {
	uint32_t offset, length; /* bytes */
	uint32_t sn;             /* DataSN or R2TSN */
	bool final;
};

/*
 * A command has come with immediate bytes of data; final is its F bit: no
 * unsolicited Data-Out follows.  wanted <= edtl is what the CDB needs.
 * XFER_UNEXPECTED_DATA when the parameters forbid it.
 */
enum xfer_fault xfer_begin(struct xfer *x, const struct params *p,
    uint32_t edtl, uint32_t wanted, uint32_t immediate, bool final);

/* A command was refused.  more: unsolicited Data-Outs follow, and are waited
 * for. */
void xfer_refuse(struct xfer *x, bool more);

/*
 * A Data-Out (pdu: its Buffer Offset, DataSegmentLength, DataSN and F).  On a
 * fault other than XFER_STRAY the transfer is broken.  Sets *keep, bytes of it
 * that belong into the task's buffer at pdu->offset.
 */
enum xfer_fault xfer_data_out(struct xfer *x, const struct params *p,
    const struct xfer_slice *pdu, bool solicited, uint32_t *keep);

/*
 * A Data-Out was spoilt, and x is as it was before it: throw away what follows
 * in its sequence; after F (final: it was the last one) another R2T asks for
 * that again.  With at most one R2T at a time, so from error recovery level 1
 * on.
 */
void xfer_lose(struct xfer *x, const struct params *p, bool final);

/* Its connection was lost: nothing is under way any more, and what has not come
 * is to be asked for. */
void xfer_resume(struct xfer *x);

/* Gather no more. */
void xfer_break(struct xfer *x);

/* The next R2T that may be sent now; false when there is none. */
bool xfer_next_r2t(
    struct xfer *x, const struct params *p, struct xfer_slice *out);

/* Nothing more is to come: all is there, or broken and every F has come. */
bool xfer_gathered(const struct xfer *x);

/* Data-In of total bytes follows. */
void xfer_begin_data_in(struct xfer *x, uint32_t total);

/*
 * Slice the next Data-In: at most their MaxRecvDataSegmentLength, F when a
 * burst (MaxBurstLength) or the data ends.  False when nothing is left.  11.7.
 */
bool xfer_next_data_in(
    struct xfer *x, const struct params *p, struct xfer_slice *out);

/* Pass over the Data-Ins before sn, which were cut by recv_max. */
void xfer_skip_data_in(
    struct xfer *x, const struct params *p, uint32_t recv_max, uint32_t sn);

/* Will the next Data-In be the last one? */
bool xfer_data_in_is_last(const struct xfer *x, const struct params *p);

struct residual {
	bool overflow, underflow; /* O, U */
	uint32_t count;
};

/* moved: bytes that the command moves, or would; 11.4.5. */
struct residual xfer_residual(uint32_t edtl, uint64_t moved);

#endif
