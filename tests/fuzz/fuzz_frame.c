/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_frame.c - a stream of bytes to the decoder of PDUs, and their
 * data to the reader of texts.
 *
 * However the stream is cut, whether data is received in place or fed, the same
 * PDUs come out of it.  The first input byte says which digests are in force
 * and whether data is received in place, the second how long the pieces are.
 */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "iscsi/digest.h"
#include "iscsi/pdu.h"
#include "iscsi/text.h"
#include "tests/fuzz/fuzz.h"

#define FRAME_DATA 512 /* bytes that are kept of a PDU's data */

enum {
	FRAME_HEADER_DIGEST = 1,
	FRAME_DATA_DIGEST = 2,
	FRAME_IN_PLACE = 4,
};

struct frame {
	struct pdu_decoder decoder;
	uint8_t data[FRAME_DATA];
	uint32_t seen; /* of all that came out */
};

static void
frame_note(struct frame *f, const void *bytes, size_t n)
{
	f->seen = crc32c_update(f->seen, bytes, n);
}

/* A text must be read the same when it comes in two pieces, and end. */
static void
frame_read_text(const uint8_t *data, size_t bytes)
{
	struct text_in text = { NULL, 0, 0 };
	uint8_t binary[TEXT_BINARY_MAX];
	struct text_pair pair;
	const char *list, *item;
	size_t at = 0, before, n;
	uint64_t number;

	if (!text_in_add(&text, data, bytes / 2, FRAME_DATA) ||
	    !text_in_add(
		&text, data + bytes / 2, bytes - bytes / 2, FRAME_DATA))
		abort();
	for (before = at; text_next(&text, &at, &pair) == TEXT_PAIR;
	     before = at) {
		if (at <= before || at > text.bytes || pair.key_bytes == 0 ||
		    pair.key_bytes > TEXT_KEY_MAX)
			abort();
		text_number(pair.value, &number);
		if (text_binary(pair.value, binary, sizeof(binary)) >
		    TEXT_BINARY_MAX)
			abort();
		for (list = pair.value; text_list_next(&list, &item, &n);) {
			if (item + n > pair.value + strlen(pair.value))
				abort();
		}
	}
	text_in_free(&text);
}

/* False: the stream has ended. */
static bool
frame_take(struct frame *f, enum pdu_event event)
{
	struct pdu *p = &f->decoder.pdu;

	switch (event) {
	case PDU_MORE:
		return true;
	case PDU_HEADER:
		frame_note(f, p->bhs, sizeof(p->bhs));
		frame_note(f, p->ahs, p->ahs_bytes);
		pdu_check_ahs(p);
		p->sink.flat = f->data;
		p->sink.bytes = (uint32_t)min_u64(p->data_bytes, FRAME_DATA);
		return true;
	case PDU_WHOLE:
		frame_note(f, f->data, p->sink.bytes);
		frame_note(f, &p->data_digest_ok, 1);
		frame_read_text(f->data, p->sink.bytes);
		return true;
	default:
		return false;
	}
}

/* As many as go straight to their place; 0: none do. */
static size_t
frame_in_place(struct frame *f, const uint8_t *data, size_t n)
{
	struct iovec iov;

	if (pdu_decoder_iov(&f->decoder, &iov, 1) == 0)
		return 0;
	n = min_u64(n, iov.iov_len);
	memcpy(iov.iov_base, data, n);
	pdu_decoder_took(&f->decoder, n);
	return n;
}

static uint32_t
frame_stream(uint8_t how, size_t piece, const uint8_t *data, size_t size)
{
	struct frame f = { .seen = CRC32C_SEED };
	enum pdu_event event = PDU_MORE;
	size_t n, used;

	pdu_decoder_init(&f.decoder);
	f.decoder.header_digest = how & FRAME_HEADER_DIGEST;
	f.decoder.data_digest = how & FRAME_DATA_DIGEST;
	while (frame_take(&f, event) && size > 0) {
		n = min_u64(size, piece);
		event = PDU_MORE;
		used = how & FRAME_IN_PLACE ? frame_in_place(&f, data, n) : 0;
		if (used == 0)
			used = pdu_decode(&f.decoder, data, n, &event);
		data += used;
		size -= used;
	}
	/* What ends without more bytes. */
	while (event != PDU_HEADER_DIGEST_ERROR) {
		pdu_decode(&f.decoder, data, 0, &event);
		if (event == PDU_MORE || !frame_take(&f, event))
			break;
	}
	return f.seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (frame_stream(data[0], data[1] + 1u, data + 2, size - 2) !=
	    frame_stream(
		data[0] & ~FRAME_IN_PLACE, SIZE_MAX, data + 2, size - 2))
		abort();
	return 0;
}
