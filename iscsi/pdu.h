/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/pdu.h - bytes to PDUs: header, AHS, digests, data, padding, however the
 * stream is cut.
 *
 * The decoder stops after a header, so that its owner checks it before any data
 * is read and says where the data goes (struct pdu_sink).  Data may also be
 * received by the owner straight into that place: pdu_decoder_iov() and
 * pdu_decoder_took().
 */
#ifndef ISCSI_PDU_H
#define ISCSI_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/pool.h"
#include "iscsi/proto.h"

/*
 * Where data goes: the first bytes of it to flat, or to list at offset; what
 * is more is thrown away, and with neither all of it.
 */
struct pdu_sink {
	uint8_t *flat;
	struct buf_list *list;
	uint32_t offset, bytes;
};

struct pdu {
	uint8_t bhs[BHS_BYTES];
	uint8_t ahs[AHS_BYTES_MAX];
	uint32_t ahs_bytes, data_bytes;
	struct pdu_sink sink; /* emptied before PDU_HEADER is told */
	bool data_digest_ok;  /* at PDU_WHOLE */
};

enum pdu_event {
	PDU_MORE,                /* all was used up; more bytes are needed */
	PDU_HEADER,              /* header and AHS are there: set the sink */
	PDU_WHOLE,               /* the PDU has ended */
	PDU_HEADER_DIGEST_ERROR, /* the stream cannot be trusted any more */
};

enum pdu_part {
	PDU_PART_BHS,
	PDU_PART_AHS,
	PDU_PART_HEADER_DIGEST,
	PDU_PART_DATA,
	PDU_PART_TAIL, /* padding and data digest */
};

struct pdu_decoder {
	struct pdu pdu;
	enum pdu_part part;
	uint32_t part_bytes, got;
	uint32_t crc; /* of the header or of the data so far */
	uint8_t tail[3 + DIGEST_BYTES];
	/* In force from the next header on; set between PDUs. */
	bool header_digest, data_digest;
};

void pdu_decoder_init(struct pdu_decoder *d);

/*
 * Feed n bytes; return how many were used, up to the event.  With n 0 it goes
 * on as far as it can without bytes (a PDU without data ends so).
 */
size_t pdu_decode(struct pdu_decoder *d, const uint8_t *bytes, size_t n,
    enum pdu_event *event);

/* Where the data that is due may be received directly, at most max iovecs; 0:
 * nowhere, feed pdu_decode(). */
int pdu_decoder_iov(const struct pdu_decoder *d, struct iovec *iov, int max);
/* n bytes of those were received. */
void pdu_decoder_took(struct pdu_decoder *d, size_t n);
/* Throw the rest of the data away: its place is going. */
void pdu_decoder_forget_sink(struct pdu_decoder *d);

/* Put bytes of data that start at position at into the sink. */
void pdu_sink_write(
    const struct pdu_sink *sink, uint32_t at, const uint8_t *bytes, size_t n);

enum pdu_ahs {
	PDU_AHS_FINE,
	PDU_AHS_BIDIRECTIONAL, /* data is expected by a command that writes */
	PDU_AHS_EXTENDED_CDB,
	PDU_AHS_MALFORMED,
};

/* Check the chain of additional header segments, 11.2.2. */
enum pdu_ahs pdu_check_ahs(const struct pdu *p);

#endif
