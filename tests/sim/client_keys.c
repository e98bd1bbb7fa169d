/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_keys.c - text keys: what a login asks for, and has
 * agreed on.
 */
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

/* ---- asking ---- */

void
keys_pick(struct sim_client *c)
{
	static const uint32_t recv[] = { 4096, 512, 1021, 8192, 65536 },
			      bursts[] = { 8192, 512, 2048, 10001, 65536 },
			      firsts[] = { 8192, 512, 1021, 65536 };
	struct choice *choice = &c->s->choice;
	struct client_keys *k = &c->keys;

	k->initial_r2t = choose(choice, 2);
	k->immediate_data = choose(choice, 3) != 0;
	k->recv = recv[choose(choice, ARRAY_LEN(recv))];
	k->max_burst = bursts[choose(choice, ARRAY_LEN(bursts))];
	k->first_burst = (uint32_t)min_u64(
	    k->max_burst, firsts[choose(choice, ARRAY_LEN(firsts))]);
}

static const char *
keys_boolean(bool yes)
{
	return yes ? "Yes" : "No";
}

/* Of the session. */
static int
keys_ask_first(struct sim_client *c, char *text, size_t size)
{
	const struct client_keys *k = &c->keys;
	int n = snprintf(text, size,
	    "InitialR2T=%s%cImmediateData=%s%cMaxBurstLength=%u%c"
	    "FirstBurstLength=%u%cMaxOutstandingR2T=%u%c"
	    "MaxConnections=%u%c",
	    keys_boolean(k->initial_r2t), 0, keys_boolean(k->immediate_data), 0,
	    k->max_burst, 0, k->first_burst, 0, 1 + choose(&c->s->choice, 4), 0,
	    c->many ? 2 : 1, 0);

	n += fence_key(c, text + n, size - (size_t)n);
	return n + snack_keys(c, text + n, size - (size_t)n);
}

size_t
keys_ask(struct sim_wire *w, char *text, size_t size)
{
	struct sim_client *c = w->client;
	int n;

	w->header_digest = choose_one_in(&c->s->choice, 2);
	w->data_digest = choose_one_in(&c->s->choice, 2);
	n = snprintf(text, size,
	    "HeaderDigest=%s%cDataDigest=%s%cMaxRecvDataSegmentLength=%u%c",
	    w->header_digest ? "CRC32C" : "None", 0,
	    w->data_digest ? "CRC32C" : "None", 0, c->keys.recv, 0);
	if (!w->joins)
		n += keys_ask_first(c, text + n, size - (size_t)n);
	return (size_t)n;
}

/* ---- what is answered ---- */

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

/* A target may choose less; this one has no reason to. */
static void
keys_expect(const struct sim_wire *w, const uint8_t *text, size_t n,
    const char *key, const char *asked)
{
	const char *value = keys_value(w, text, n, key);

	if (value == NULL || strcmp(value, asked) != 0)
		sim_fail(w->client->s, "%s=%s, asked for %s", key,
		    value != NULL ? value : "", asked);
}

static void
keys_expect_number(const struct sim_wire *w, const uint8_t *text, size_t n,
    const char *key, uint32_t asked)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", asked);
	keys_expect(w, text, n, key, number);
}

void
keys_agreed(struct sim_wire *w, const uint8_t *text, size_t n)
{
	const struct client_keys *k = &w->client->keys;

	w->header_digest =
	    keys_digest(w, text, n, "HeaderDigest", w->header_digest);
	w->data_digest = keys_digest(w, text, n, "DataDigest", w->data_digest);
	if (w->joins || w->client->wild)
		return;
	keys_expect(w, text, n, "InitialR2T", keys_boolean(k->initial_r2t));
	keys_expect(
	    w, text, n, "ImmediateData", keys_boolean(k->immediate_data));
	keys_expect_number(w, text, n, "MaxBurstLength", k->max_burst);
	keys_expect_number(w, text, n, "FirstBurstLength", k->first_burst);
}
