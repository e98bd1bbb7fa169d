/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/chap.h - the arithmetic of CHAP, RFC 1994 and RFC 7143 12.1.3.
 */
#ifndef ISCSI_CHAP_H
#define ISCSI_CHAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAP_DIGEST_MAX      32 /* bytes */
#define CHAP_CHALLENGE_BYTES 32 /* of the challenges that we send */

/* CHAP_A, IANA's PPP authentication algorithms. */
enum chap_algorithm {
	CHAP_NONE = 0,
	CHAP_MD5 = 5,
	CHAP_SHA1 = 6,
	CHAP_SHA256 = 7,
	CHAP_SHA3_256 = 8,
};

/* The first of a CHAP_A list that we have; the rest is skipped. */
enum chap_algorithm chap_choose(const char *list);

/* Bytes of a response; 0 for CHAP_NONE. */
size_t chap_digest_bytes(enum chap_algorithm algorithm);

/*
 * out := H(id, secret, challenge), chap_digest_bytes() of it.  False when the
 * cryptographic library refuses.
 */
bool chap_response(enum chap_algorithm algorithm, uint8_t id,
    const char *secret, const uint8_t *challenge, size_t challenge_bytes,
    uint8_t out[CHAP_DIGEST_MAX]);

#endif
