/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_chap.c - an initiator that proves itself by CHAP, now and
 * then with a wrong secret, and may ask the target for a proof.
 */
#include <stdio.h>
#include <string.h>

#include "iscsi/chap.h"
#include "tests/sim/client.h"

#define CHAP_FLAGS_GO_ON 0x00 /* security stage */
#define CHAP_FLAGS_LEAVE 0x81 /* for the operational one */
#define CHAP_OURS        "\x01\x23\x45\x67\x89\xab\xcd\xef"
#define CHAP_OURS_BYTES  8
#define CHAP_OUR_ID      9

uint8_t
chap_begin(struct sim_wire *w)
{
	struct choice *choice = &w->client->s->choice;

	w->chap = CHAP_NOT;
	w->chap_wrong = w->chap_mutual = false;
	if (w->client->tsih == 0)
		w->client->proves =
		    !w->client->wild && choose_one_in(choice, 8);
	if (!w->client->proves)
		return CHAP_FLAGS_LEAVE;
	w->chap = CHAP_METHOD;
	w->chap_wrong = choose_one_in(choice, 4);
	w->chap_mutual = choose_one_in(choice, 2);
	return CHAP_FLAGS_GO_ON;
}

/* The value of a key that must be there. */
static const char *
chap_value(
    const struct sim_wire *w, const uint8_t *text, size_t n, const char *key)
{
	const char *value = keys_value(w, text, n, key);

	if (value == NULL)
		sim_fail(w->client->s, "no %s in an answer to CHAP", key);
	return value;
}

static void
chap_hex(char *out, const uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* Of "0x0123". */
static size_t
chap_binary(
    const struct sim_wire *w, const char *value, uint8_t *out, size_t max)
{
	size_t n = strlen(value) / 2 - 1, i;
	unsigned byte;

	if (strncmp(value, "0x", 2) != 0 || n > max)
		sim_fail(w->client->s, "a binary value of another form");
	for (i = 0; i < n; i++) {
		if (sscanf(value + 2 + 2 * i, "%2x", &byte) != 1)
			sim_fail(w->client->s, "a binary value without digits");
		out[i] = (uint8_t)byte;
	}
	return n;
}

static void
chap_offer(struct sim_wire *w)
{
	static const char list[] = "CHAP_A=99,7,5";

	w->chap = CHAP_ALGORITHM;
	client_send_login(w, CHAP_FLAGS_GO_ON, list, sizeof(list));
}

static void
chap_respond(struct sim_wire *w, const uint8_t *text, size_t n)
{
	uint8_t challenge[64], response[CHAP_DIGEST_MAX];
	char hex[2 * CHAP_DIGEST_MAX + 1], ours[2 * CHAP_OURS_BYTES + 1];
	char out[256];
	unsigned id;
	size_t bytes;
	int length;

	if (strcmp(chap_value(w, text, n, "CHAP_A"), "7") != 0 ||
	    sscanf(chap_value(w, text, n, "CHAP_I"), "%u", &id) != 1)
		sim_fail(w->client->s, "a bad challenge");
	bytes = chap_binary(
	    w, chap_value(w, text, n, "CHAP_C"), challenge, sizeof(challenge));
	if (!chap_response(CHAP_SHA256, (uint8_t)id,
		w->chap_wrong ? "another secret" : SIM_CHAP_SECRET, challenge,
		bytes, response))
		sim_fail(w->client->s, "no hash");
	chap_hex(hex, response, chap_digest_bytes(CHAP_SHA256));
	chap_hex(ours, (const uint8_t *)CHAP_OURS, CHAP_OURS_BYTES);
	length = snprintf(out, sizeof(out), "CHAP_N=%s%cCHAP_R=0x%s%c",
	    SIM_CHAP_USER, 0, hex, 0);
	if (w->chap_mutual)
		length += snprintf(out + length, sizeof(out) - (size_t)length,
		    "CHAP_I=%u%cCHAP_C=0x%s%c", CHAP_OUR_ID, 0, ours, 0);
	w->chap = CHAP_PROOF;
	client_send_login(w, CHAP_FLAGS_LEAVE, out, (size_t)length);
}

static void
chap_check_target(struct sim_wire *w, const uint8_t *text, size_t n)
{
	uint8_t theirs[CHAP_DIGEST_MAX], want[CHAP_DIGEST_MAX];
	size_t bytes;

	if (w->chap_wrong)
		sim_fail(w->client->s, "a wrong secret is good enough");
	if (!w->chap_mutual)
		return;
	bytes = chap_binary(
	    w, chap_value(w, text, n, "CHAP_R"), theirs, sizeof(theirs));
	if (!chap_response(CHAP_SHA256, CHAP_OUR_ID, SIM_CHAP_MUTUAL,
		(const uint8_t *)CHAP_OURS, CHAP_OURS_BYTES, want) ||
	    bytes != chap_digest_bytes(CHAP_SHA256) ||
	    memcmp(theirs, want, bytes) != 0)
		sim_fail(w->client->s, "the target does not prove itself");
}

bool
chap_goes_on(struct sim_wire *w, const uint8_t *text, size_t n)
{
	switch (w->chap) {
	case CHAP_METHOD:
		if (strcmp(chap_value(w, text, n, "AuthMethod"), "CHAP") != 0)
			sim_fail(w->client->s, "another AuthMethod");
		chap_offer(w);
		return true;
	case CHAP_ALGORITHM:
		chap_respond(w, text, n);
		return true;
	case CHAP_PROOF:
		chap_check_target(w, text, n);
		w->client->s->figures.proved++;
		break;
	case CHAP_NOT:
		break;
	}
	w->chap = CHAP_NOT;
	return false;
}
