/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/pdu.c - the decoder, however the stream is cut; digests.
 */
#include "iscsi/pdu.h"

#include <stdlib.h>
#include <string.h>

#include "iscsi/digest.h"
#include "tests/unit/unit.h"

#define STREAM_MAX 4096
#define DATA_MAX   600

/* What was sent, and what came of it. */
struct stream {
	uint8_t bytes[STREAM_MAX];
	size_t n;
	bool header_digest, data_digest;
};

struct heard {
	unsigned headers, wholes, bad_data, bad_headers;
	uint32_t data_bytes, ahs_bytes;
	uint8_t data[DATA_MAX];
};

static void
stream_add(struct stream *s, const void *p, size_t n)
{
	memcpy(s->bytes + s->n, p, n);
	s->n += n;
}

static void
stream_add_pdu(
    struct stream *s, uint8_t ahs_words, uint32_t data_bytes, uint8_t fill)
{
	uint8_t head[BHS_BYTES + AHS_BYTES_MAX] = { OP_NOP_OUT, PDU_FINAL };
	uint8_t data[DATA_MAX], digest[DIGEST_BYTES];
	uint32_t head_bytes = BHS_BYTES + ahs_words * 4u;
	uint32_t padded = data_bytes + pdu_padding(data_bytes);

	head[PDU_AHS_WORDS] = ahs_words;
	put_be24(head + PDU_DATA_LENGTH, data_bytes);
	memset(head + BHS_BYTES, fill, ahs_words * 4u);
	stream_add(s, head, head_bytes);
	digest_store(crc32c_update(CRC32C_SEED, head, head_bytes), digest);
	if (s->header_digest)
		stream_add(s, digest, DIGEST_BYTES);
	memset(data, fill, sizeof(data));
	memset(data + data_bytes, 0, padded - data_bytes);
	stream_add(s, data, padded);
	digest_store(crc32c_update(CRC32C_SEED, data, padded), digest);
	if (s->data_digest && data_bytes > 0)
		stream_add(s, digest, DIGEST_BYTES);
}

static void
heard_event(struct heard *h, struct pdu_decoder *d, enum pdu_event event)
{
	switch (event) {
	case PDU_MORE:
		return;
	case PDU_HEADER:
		h->headers++;
		h->ahs_bytes += d->pdu.ahs_bytes;
		d->pdu.sink.flat = h->data;
		d->pdu.sink.bytes = d->pdu.data_bytes;
		return;
	case PDU_WHOLE:
		h->wholes++;
		h->data_bytes += d->pdu.data_bytes;
		h->bad_data += !d->pdu.data_digest_ok;
		return;
	case PDU_HEADER_DIGEST_ERROR:
		h->bad_headers++;
		return;
	}
}

/* In a buffer of its own size, so that a sanitizer sees overreads. */
static void
feed(struct heard *h, struct pdu_decoder *d, const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	enum pdu_event event;
	size_t used = 0;

	memcpy(copy, bytes, n);
	do {
		used += pdu_decode(d, copy + used, n - used, &event);
		heard_event(h, d, event);
	} while (event != PDU_MORE && h->bad_headers == 0);
	if (h->bad_headers == 0)
		CU_ASSERT_EQUAL(used, n);
	free(copy);
}

static void
decoder_init(struct pdu_decoder *d, const struct stream *s)
{
	pdu_decoder_init(d);
	d->header_digest = s->header_digest;
	d->data_digest = s->data_digest;
}

static struct heard
hear_split(const struct stream *s, size_t cut)
{
	struct pdu_decoder d;
	struct heard h;

	memset(&h, 0, sizeof(h));
	decoder_init(&d, s);
	feed(&h, &d, s->bytes, cut);
	if (h.bad_headers == 0)
		feed(&h, &d, s->bytes + cut, s->n - cut);
	return h;
}

static void
stream_make(struct stream *s, bool header_digest, bool data_digest)
{
	s->n = 0;
	s->header_digest = header_digest;
	s->data_digest = data_digest;
	stream_add_pdu(s, 0, 0, 0);
	stream_add_pdu(s, 0, 5, 'a');
	stream_add_pdu(s, 3, 512, 'b');
	stream_add_pdu(s, 1, 0, 'c');
	stream_add_pdu(s, 0, 7, 'd');
}

static void
check_split(const struct stream *s, size_t cut)
{
	struct heard h = hear_split(s, cut);

	CU_ASSERT_EQUAL(h.headers, 5);
	CU_ASSERT_EQUAL(h.wholes, 5);
	CU_ASSERT_EQUAL(h.bad_data, 0);
	CU_ASSERT_EQUAL(h.bad_headers, 0);
	CU_ASSERT_EQUAL(h.ahs_bytes, 16);
	CU_ASSERT_EQUAL(h.data_bytes, 524);
	CU_ASSERT_NSTRING_EQUAL(h.data, "dddddddbbb", 10);
}

static void
test_every_split(void)
{
	static struct stream s;
	unsigned digests;
	size_t cut;

	for (digests = 0; digests < 4; digests++) {
		stream_make(&s, digests & 1, digests & 2);
		for (cut = 0; cut <= s.n; cut++)
			check_split(&s, cut);
	}
}

static void
test_byte_by_byte(void)
{
	static struct stream s;
	struct pdu_decoder d;
	struct heard h;
	size_t i;

	memset(&h, 0, sizeof(h));
	stream_make(&s, true, true);
	decoder_init(&d, &s);
	for (i = 0; i < s.n; i++)
		feed(&h, &d, s.bytes + i, 1);
	CU_ASSERT_EQUAL(h.wholes, 5);
	CU_ASSERT_EQUAL(h.bad_data + h.bad_headers, 0);
}

static void
test_header_digest_error(void)
{
	static struct stream s;
	size_t i;

	s.n = 0;
	s.header_digest = true;
	stream_add_pdu(&s, 1, 0, 'x');
	for (i = 8; i < s.n; i++) {
		s.bytes[i] ^= 0x20;
		CU_ASSERT_EQUAL(hear_split(&s, s.n).bad_headers, 1);
		s.bytes[i] ^= 0x20;
	}
}

static void
test_data_digest_error(void)
{
	static struct stream s;
	size_t i;

	s.n = 0;
	s.header_digest = false;
	s.data_digest = true;
	stream_add_pdu(&s, 0, 5, 'x');
	for (i = BHS_BYTES; i < s.n; i++) {
		s.bytes[i] ^= 0x01;
		CU_ASSERT_EQUAL(hear_split(&s, s.n).bad_data, 1);
		s.bytes[i] ^= 0x01;
	}
	CU_ASSERT_EQUAL(hear_split(&s, s.n).bad_data, 0);
}

/* Data straight into its place, in pieces of every size, then the tail. */
static void
take_directly(const struct stream *s, size_t piece)
{
	uint8_t data[100] = { 0 };
	struct pdu_decoder d;
	enum pdu_event event;
	struct iovec iov;
	size_t at, n;

	decoder_init(&d, s);
	at = pdu_decode(&d, s->bytes, s->n, &event);
	CU_ASSERT_EQUAL(event, PDU_HEADER);
	d.pdu.sink.flat = data;
	d.pdu.sink.bytes = sizeof(data);
	while (pdu_decoder_iov(&d, &iov, 1) == 1) {
		n = piece < iov.iov_len ? piece : iov.iov_len;
		memcpy(iov.iov_base, s->bytes + at, n);
		pdu_decoder_took(&d, n);
		at += n;
	}
	at += pdu_decode(&d, s->bytes + at, s->n - at, &event);
	CU_ASSERT_EQUAL(event, PDU_WHOLE);
	CU_ASSERT_TRUE(d.pdu.data_digest_ok);
	CU_ASSERT_EQUAL(at, s->n);
	CU_ASSERT_EQUAL(data[0], 'q');
	CU_ASSERT_EQUAL(data[99], 'q');
}

static void
test_direct_data(void)
{
	static struct stream s;
	size_t piece;

	s.n = 0;
	s.header_digest = s.data_digest = true;
	stream_add_pdu(&s, 0, 102, 'q');
	for (piece = 1; piece <= 102; piece++)
		take_directly(&s, piece);
}

static enum pdu_ahs
check_ahs(const uint8_t *ahs, uint32_t bytes)
{
	struct pdu p;

	memset(&p, 0, sizeof(p));
	memcpy(p.ahs, ahs, bytes);
	p.ahs_bytes = bytes;
	return pdu_check_ahs(&p);
}

static void
test_ahs(void)
{
	CU_ASSERT_EQUAL(check_ahs((const uint8_t *)"", 0), PDU_AHS_FINE);
	CU_ASSERT_EQUAL(
	    check_ahs((const uint8_t *)"\0\5\2\0\0\0\0\0", 8), PDU_AHS_FINE);
	CU_ASSERT_EQUAL(check_ahs((const uint8_t *)"\0\5\2\0\0\0\2\0", 8),
	    PDU_AHS_BIDIRECTIONAL);
	CU_ASSERT_EQUAL(check_ahs((const uint8_t *)"\0\5\1\0abcd", 8),
	    PDU_AHS_EXTENDED_CDB);
	CU_ASSERT_EQUAL(check_ahs((const uint8_t *)"\0\5\1\0abcd"
						   "\0\5\2\0\0\0\2\0",
			    16),
	    PDU_AHS_EXTENDED_CDB);
	CU_ASSERT_EQUAL(
	    check_ahs((const uint8_t *)"\0\0\1\0abcd", 8), PDU_AHS_MALFORMED);
	CU_ASSERT_EQUAL(
	    check_ahs((const uint8_t *)"\0\6\1\0abcd", 8), PDU_AHS_MALFORMED);
	CU_ASSERT_EQUAL(check_ahs((const uint8_t *)"\xff\xff\1\0abcd", 8),
	    PDU_AHS_MALFORMED);
	CU_ASSERT_EQUAL(
	    check_ahs((const uint8_t *)"\0\5\3\0abcd", 8), PDU_AHS_MALFORMED);
}

/* RFC 7143 appendix A.4 */
static void
test_crc32c(void)
{
	uint8_t zeros[32] = { 0 }, ones[32], up[32], wire[4];
	unsigned i;

	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < 32; i++)
		up[i] = (uint8_t)i;
	digest_store(crc32c_update(CRC32C_SEED, zeros, 32), wire);
	CU_ASSERT_EQUAL(memcmp(wire, "\xaa\x36\x91\x8a", 4), 0);
	digest_store(crc32c_update(CRC32C_SEED, ones, 32), wire);
	CU_ASSERT_EQUAL(memcmp(wire, "\x43\xab\xa8\x62", 4), 0);
	digest_store(crc32c_update(CRC32C_SEED, up, 32), wire);
	CU_ASSERT_EQUAL(memcmp(wire, "\x4e\x79\xdd\x46", 4), 0);
}

static const struct unit_test tests[] = {
	{ "CRC32C of the RFC's examples", test_crc32c },
	{ "every split gives the same PDUs", test_every_split },
	{ "byte by byte", test_byte_by_byte },
	{ "any flipped header bit is a header digest error",
	    test_header_digest_error },
	{ "any flipped data or padding bit is a data digest error",
	    test_data_digest_error },
	{ "data received in place", test_direct_data },
	{ "additional header segments are checked", test_ahs },
	{ NULL, NULL },
};

const struct unit_suite pdu_suite = { "pdu", tests };
