/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/pdu.c - the incremental decoder.
 */
#include "iscsi/pdu.h"

#include <assert.h>
#include <string.h>

#include "iscsi/digest.h"

static void
pdu_begin(struct pdu_decoder *d, enum pdu_part part, uint32_t bytes)
{
	d->part = part;
	d->part_bytes = bytes;
	d->got = 0;
}

void
pdu_decoder_init(struct pdu_decoder *d)
{
	memset(d, 0, sizeof(*d));
	d->crc = CRC32C_SEED;
	pdu_begin(d, PDU_PART_BHS, BHS_BYTES);
}

static uint32_t
pdu_tail_bytes(const struct pdu_decoder *d)
{
	uint32_t data = d->pdu.data_bytes;

	if (data == 0)
		return 0;
	return pdu_padding(data) + (d->data_digest ? DIGEST_BYTES : 0);
}

static uint32_t
pdu_sink_left(const struct pdu_decoder *d)
{
	const struct pdu_sink *sink = &d->pdu.sink;

	if (d->part != PDU_PART_DATA || d->got >= sink->bytes)
		return 0;
	return sink->bytes - d->got;
}

void
pdu_sink_write(
    const struct pdu_sink *sink, uint32_t at, const uint8_t *bytes, size_t n)
{
	if (at >= sink->bytes)
		return;
	if (n > sink->bytes - at)
		n = sink->bytes - at;
	if (sink->flat != NULL)
		memcpy(sink->flat + at, bytes, n);
	else
		buf_list_write(sink->list, sink->offset + at, bytes, n);
}

static void
pdu_keep(struct pdu_decoder *d, const uint8_t *bytes, size_t n)
{
	switch (d->part) {
	case PDU_PART_BHS:
		memcpy(d->pdu.bhs + d->got, bytes, n);
		break;
	case PDU_PART_AHS:
		memcpy(d->pdu.ahs + d->got, bytes, n);
		break;
	case PDU_PART_DATA:
		if (d->data_digest)
			d->crc = crc32c_update(d->crc, bytes, n);
		pdu_sink_write(&d->pdu.sink, d->got, bytes, n);
		break;
	case PDU_PART_HEADER_DIGEST:
	case PDU_PART_TAIL:
		memcpy(d->tail + d->got, bytes, n);
		break;
	}
	d->got += (uint32_t)n;
}

static bool
pdu_header_digest_ok(struct pdu_decoder *d)
{
	uint32_t crc;

	if (!d->header_digest)
		return true;
	crc = crc32c_update(CRC32C_SEED, d->pdu.bhs, BHS_BYTES);
	crc = crc32c_update(crc, d->pdu.ahs, d->pdu.ahs_bytes);
	return digest_matches(crc, d->tail);
}

static bool
pdu_data_digest_ok(struct pdu_decoder *d)
{
	uint32_t padding = pdu_padding(d->pdu.data_bytes);

	if (!d->data_digest || d->pdu.data_bytes == 0)
		return true;
	return digest_matches(
	    crc32c_update(d->crc, d->tail, padding), d->tail + padding);
}

/* The part under way is complete: on to the next one that has any bytes. */
static enum pdu_event
pdu_next_part(struct pdu_decoder *d)
{
	struct pdu *p = &d->pdu;

	switch (d->part) {
	case PDU_PART_BHS:
		p->ahs_bytes = bhs_ahs_length(p->bhs);
		p->data_bytes = bhs_data_length(p->bhs);
		if (p->ahs_bytes > 0) {
			pdu_begin(d, PDU_PART_AHS, p->ahs_bytes);
			return PDU_MORE;
		}
		/* fall through */
	case PDU_PART_AHS:
		if (d->header_digest) {
			pdu_begin(d, PDU_PART_HEADER_DIGEST, DIGEST_BYTES);
			return PDU_MORE;
		}
		/* fall through */
	case PDU_PART_HEADER_DIGEST:
		if (!pdu_header_digest_ok(d))
			return PDU_HEADER_DIGEST_ERROR;
		memset(&p->sink, 0, sizeof(p->sink));
		d->crc = CRC32C_SEED;
		pdu_begin(d, PDU_PART_DATA, p->data_bytes);
		return PDU_HEADER;
	case PDU_PART_DATA:
		if (pdu_tail_bytes(d) > 0) {
			pdu_begin(d, PDU_PART_TAIL, pdu_tail_bytes(d));
			return PDU_MORE;
		}
		/* fall through */
	case PDU_PART_TAIL:
		break;
	}
	p->data_digest_ok = pdu_data_digest_ok(d);
	pdu_begin(d, PDU_PART_BHS, BHS_BYTES);
	return PDU_WHOLE;
}

size_t
pdu_decode(struct pdu_decoder *d, const uint8_t *bytes, size_t n,
    enum pdu_event *event)
{
	size_t used = 0, want;

	*event = PDU_MORE;
	while (*event == PDU_MORE) {
		want = min_u64(d->part_bytes - d->got, n - used);
		if (want > 0)
			pdu_keep(d, bytes + used, want);
		used += want;
		if (d->got < d->part_bytes)
			break;
		*event = pdu_next_part(d);
	}
	return used;
}

int
pdu_decoder_iov(const struct pdu_decoder *d, struct iovec *iov, int max)
{
	const struct pdu_sink *sink = &d->pdu.sink;
	uint32_t left = pdu_sink_left(d);

	if (left == 0 || max == 0)
		return 0;
	if (sink->list != NULL)
		return buf_list_slice(
		    sink->list, sink->offset + d->got, left, iov, max);
	iov[0].iov_base = sink->flat + d->got;
	iov[0].iov_len = left;
	return 1;
}

void
pdu_decoder_took(struct pdu_decoder *d, size_t n)
{
	struct iovec iov[BUF_LIST_IOV];
	int i, used;

	assert(n <= pdu_sink_left(d));
	used = pdu_decoder_iov(d, iov, BUF_LIST_IOV);
	d->got += (uint32_t)n;
	for (i = 0; d->data_digest && i < used && n > 0; i++) {
		if (iov[i].iov_len > n)
			iov[i].iov_len = n;
		d->crc = crc32c_update(d->crc, iov[i].iov_base, iov[i].iov_len);
		n -= iov[i].iov_len;
	}
}

void
pdu_decoder_forget_sink(struct pdu_decoder *d)
{
	memset(&d->pdu.sink, 0, sizeof(d->pdu.sink));
}

enum pdu_ahs
pdu_check_ahs(const struct pdu *p)
{
	enum pdu_ahs found = PDU_AHS_FINE;
	uint32_t at = 0, length, type;

	while (at < p->ahs_bytes) {
		length = get_be16(p->ahs + at + AHS_LENGTH);
		type = p->ahs[at + AHS_TYPE] & AHS_TYPE_MASK;
		if (length == 0 || 3 + length > p->ahs_bytes - at)
			return PDU_AHS_MALFORMED;
		if (type == AHS_TYPE_EXTENDED_CDB)
			found = PDU_AHS_EXTENDED_CDB;
		else if (type != AHS_TYPE_BIDI_LENGTH ||
			 length != AHS_BIDI_LENGTH_BYTES)
			return PDU_AHS_MALFORMED;
		else if (found == PDU_AHS_FINE &&
			 get_be32(p->ahs + at + AHS_BIDI_LENGTH) > 0)
			found = PDU_AHS_BIDIRECTIONAL;
		at += (uint32_t)align_up(3 + length, 4);
	}
	return found;
}
