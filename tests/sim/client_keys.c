/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_keys.c - text keys: what a login has agreed on.
 */
#include <string.h>

#include "tests/sim/client.h"

const char *
keys_value(
    const struct sim_wire *w, const uint8_t *text, size_t n, const char *key)
{
	size_t at = 0, length = strlen(key);
	const char *pair;

	if (n > 0 && text[n - 1] != '\0')
		sim_fail(w->client->s, "a login's text does not end");
	for (; at < n; at += strlen(pair) + 1) {
		pair = (const char *)text + at;
		if (strncmp(pair, key, length) == 0 && pair[length] == '=')
			return pair + length + 1;
	}
	return NULL;
}

/* A mutated request may have asked for something else. */
static bool
keys_digest(const struct sim_wire *w, const uint8_t *text, size_t n,
    const char *key, bool asked)
{
	const char *value = keys_value(w, text, n, key);
	bool given = value != NULL && strcmp(value, "CRC32C") == 0;

	if (given != asked && !w->client->wild)
		sim_fail(
		    w->client->s, "%s=%s", key, value != NULL ? value : "");
	return given;
}

void
keys_agreed(struct sim_wire *w, const uint8_t *text, size_t n)
{
	w->header_digest =
	    keys_digest(w, text, n, "HeaderDigest", w->header_digest);
	w->data_digest = keys_digest(w, text, n, "DataDigest", w->data_digest);
}
