/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/chap.c - the arithmetic of CHAP, RFC 1994 and RFC 7143 12.1.3.
 */
#include "iscsi/chap.h"

#include <string.h>

#include <openssl/evp.h>

#include "common/bytes.h"
#include "iscsi/text.h"

#define CHAP_NUMBER_MAX 20 /* characters */

struct chap_hash {
	enum chap_algorithm algorithm; /* its number */
	const EVP_MD *(*evp)(void);
	size_t bytes;
};

static const struct chap_hash chap_hashes[] = {
	{ CHAP_MD5, EVP_md5, 16 },
	{ CHAP_SHA1, EVP_sha1, 20 },
	{ CHAP_SHA256, EVP_sha256, 32 },
	{ CHAP_SHA3_256, EVP_sha3_256, 32 },
};

static const struct chap_hash *
chap_hash(enum chap_algorithm algorithm)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(chap_hashes); i++) {
		if (chap_hashes[i].algorithm == algorithm)
			return &chap_hashes[i];
	}
	return NULL;
}

/* That of an item of CHAP_A, which is a number in either form. */
static enum chap_algorithm
chap_of_item(const char *item, size_t bytes)
{
	char number[CHAP_NUMBER_MAX + 1] = { 0 };
	uint64_t n;
	size_t i;

	if (bytes > CHAP_NUMBER_MAX)
		return CHAP_NONE;
	memcpy(number, item, bytes);
	if (!text_number(number, &n))
		return CHAP_NONE;
	for (i = 0; i < ARRAY_LEN(chap_hashes); i++) {
		if (chap_hashes[i].algorithm == n)
			return chap_hashes[i].algorithm;
	}
	return CHAP_NONE;
}

enum chap_algorithm
chap_choose(const char *list)
{
	enum chap_algorithm found = CHAP_NONE;
	const char *item;
	size_t bytes;

	while (found == CHAP_NONE && text_list_next(&list, &item, &bytes))
		found = chap_of_item(item, bytes);
	return found;
}

size_t
chap_digest_bytes(enum chap_algorithm algorithm)
{
	const struct chap_hash *h = chap_hash(algorithm);

	return h != NULL ? h->bytes : 0;
}

bool
chap_response(enum chap_algorithm algorithm, uint8_t id, const char *secret,
    const uint8_t *challenge, size_t challenge_bytes,
    uint8_t out[CHAP_DIGEST_MAX])
{
	const struct chap_hash *h = chap_hash(algorithm);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	ok = h != NULL && ctx != NULL &&
	     EVP_DigestInit_ex(ctx, h->evp(), NULL) &&
	     EVP_DigestUpdate(ctx, &id, 1) &&
	     EVP_DigestUpdate(ctx, secret, strlen(secret)) &&
	     EVP_DigestUpdate(ctx, challenge, challenge_bytes) &&
	     EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok;
}
