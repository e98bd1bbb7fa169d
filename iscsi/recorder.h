/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/recorder.h - the last PDUs of a connection, both ways: their headers
 * and how much data they had.  Never data, so neither secrets nor contents.
 *
 * Belongs to its connection; its home thread only.
 */
#ifndef ISCSI_RECORDER_H
#define ISCSI_RECORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "iscsi/proto.h"

#define RECORDER_PDUS 128

struct recorded_pdu {
	uint64_t at_ms; /* monotonic */
	uint32_t data_bytes;
	bool sent;
	uint8_t bhs[BHS_BYTES];
};

struct recorder {
	uint32_t count; /* ever */
	struct recorded_pdu pdus[RECORDER_PDUS];
};

static inline void
recorder_add(struct recorder *r, uint64_t now_ms, bool sent, const uint8_t *bhs,
    uint32_t data_bytes)
{
	struct recorded_pdu *p;

	if (r == NULL)
		return;
	p = &r->pdus[r->count++ % RECORDER_PDUS];
	p->at_ms = now_ms;
	p->data_bytes = data_bytes;
	p->sent = sent;
	memcpy(p->bhs, bhs, BHS_BYTES);
}

/* Oldest first; how many. */
unsigned recorder_copy(
    const struct recorder *r, struct recorded_pdu out[RECORDER_PDUS]);

#endif
