/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_chap.c - an initiator that knows the secret, and what else it
 * may say: nobody gets in who has not proved that in this very login, and what
 * is answered tells no secret.
 *
 * The input's first byte says whom the target knows; the rest is a row of
 * moves, a byte each with what belongs to it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/kit.h"

enum chap_move {
	MOVE_OPEN,      /* names, AuthMethod */
	MOVE_ALGORITHM, /* CHAP_A, of the next byte */
	MOVE_PROVE,
	MOVE_MUTUAL,  /* prove, and ask for a proof; the next byte: length */
	MOVE_REFLECT, /* prove, and send the challenge back */
	MOVE_SPOIL,   /* prove, but for what the next byte changes */
	MOVE_REPLAY,  /* the proof of the challenge before */
	MOVE_SAY,     /* text of the input, the next byte times four */
	MOVES,
};

/* What the target drew at random: all bytes of a draw are its number. */
static uint8_t chap_draws;

struct chap_talk {
	struct kit kit;
	enum chap_algorithm algorithm;
	bool may_enter; /* a right proof was sent, or none is needed */
	bool told;      /* the input has a secret, so answers may have it */
	char text[4096];
	size_t bytes;
};

static bool
chap_draw(void *out, size_t bytes)
{
	memset(out, ++chap_draws, bytes);
	return true;
}

__attribute__((format(printf, 2, 3))) static void
talk_put(struct chap_talk *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	t->bytes += (size_t)vsnprintf(t->text + t->bytes,
			sizeof(t->text) - t->bytes, fmt, ap) +
		    1;
	va_end(ap);
}

static void
talk_put_hex(
    struct chap_talk *t, const char *key, const uint8_t *p, size_t bytes)
{
	char hex[2 * 256 + 1] = "";
	size_t i;

	for (i = 0; i < bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", p[i]);
	talk_put(t, "%s=0x%s", key, hex);
}

/* CHAP_N and CHAP_R to the challenge that was drawn; spoil changes a byte, its
 * length or the name. */
static void
talk_put_proof(struct chap_talk *t, uint8_t drawn, uint8_t spoil)
{
	uint8_t challenge[CHAP_CHALLENGE_BYTES], r[CHAP_DIGEST_MAX + 1] = { 0 };
	size_t n = chap_digest_bytes(t->algorithm);

	memset(challenge, drawn, sizeof(challenge));
	if (!chap_response(t->algorithm, (uint8_t)(drawn - 1), KIT_SECRET,
		challenge, sizeof(challenge), r))
		return;
	r[spoil % n] ^= spoil >> 4;
	if (spoil & 8)
		n += spoil & 4 ? 1 : -1;
	talk_put(t, "CHAP_N=%s", spoil & 2 ? "use" : "user");
	talk_put_hex(t, "CHAP_R", r, n);
}

static void
talk_open(struct chap_talk *t, uint8_t how)
{
	static const char *const methods[] = { "CHAP", "CHAP,None", "None,CHAP",
		"None" };

	talk_put(t, "InitiatorName=iqn.2026-11.fuzz:i");
	if (how & 4)
		talk_put(t, "SessionType=Discovery");
	else
		talk_put(t, "TargetName=iqn.2026-11.fuzz:t");
	talk_put(t, "AuthMethod=%s", methods[how & 3]);
}

static void
talk_choose_algorithm(struct chap_talk *t, uint8_t how)
{
	static const char *const lists[] = { "5", "6", "7", "8", "99,7,5",
		"9" };
	const char *list = lists[how % ARRAY_LEN(lists)];

	t->algorithm = chap_choose(list);
	talk_put(t, "CHAP_A=%s", list);
}

static void
talk_ask_back(struct chap_talk *t, uint8_t value, size_t bytes)
{
	uint8_t challenge[256];

	memset(challenge, value, bytes);
	talk_put(t, "CHAP_I=%u", value);
	talk_put_hex(t, "CHAP_C", challenge, bytes);
}

/* Return how many bytes of the input were used. */
static size_t
talk_move(struct chap_talk *t, enum chap_move move, const uint8_t *p, size_t n)
{
	uint8_t more = n > 0 ? p[0] : 0;
	size_t said = min_u64(more * 4u, n > 0 ? n - 1 : 0);

	if (move == MOVE_OPEN)
		talk_open(t, more);
	if (move == MOVE_ALGORITHM)
		talk_choose_algorithm(t, more);
	if (move == MOVE_PROVE || move == MOVE_MUTUAL || move == MOVE_REFLECT)
		talk_put_proof(t, chap_draws, 0);
	if (move == MOVE_MUTUAL)
		talk_ask_back(t, 1, more);
	if (move == MOVE_REFLECT)
		talk_ask_back(t, chap_draws, CHAP_CHALLENGE_BYTES);
	if (move == MOVE_SPOIL)
		talk_put_proof(t, chap_draws, more | 0x10);
	if (move == MOVE_REPLAY)
		talk_put_proof(t, (uint8_t)(chap_draws - 2), 0);
	if (move != MOVE_SAY)
		return n > 0;
	memcpy(t->text, p + (n > 0), said);
	t->bytes = said;
	return said + (n > 0);
}

static bool
answer_has(const struct login_answer *a, const char *secret)
{
	return memmem(a->text, a->text_bytes, secret, strlen(secret)) != NULL;
}

static void
talk_check(const struct chap_talk *t, enum login_step step,
    const struct login_answer *a)
{
	if (step == LOGIN_COMPLETE && !t->may_enter)
		abort();
	if (step == LOGIN_ANSWER && !t->told &&
	    (answer_has(a, KIT_SECRET) || answer_has(a, KIT_MUTUAL_SECRET)))
		abort();
}

static void
talk(struct chap_talk *t, const uint8_t *data, size_t size)
{
	static const uint8_t flags[] = { 0x81, 0x00, 0x83, 0x87 };
	enum login_step step = LOGIN_ANSWER;
	struct login_answer answer;
	enum chap_move move;
	uint8_t flag;
	size_t used;

	while (size > 0 && step == LOGIN_ANSWER) {
		move = data[0] % MOVES;
		flag = flags[data[0] / MOVES % 4];
		t->bytes = 0;
		used = 1 + talk_move(t, move, data + 1, size - 1);
		t->may_enter |= move == MOVE_PROVE || move == MOVE_MUTUAL;
		step = kit_request(
		    &t->kit, flag, (const uint8_t *)t->text, t->bytes, &answer);
		talk_check(t, step, &answer);
		if (move == MOVE_REFLECT && step != LOGIN_REFUSED &&
		    t->algorithm != CHAP_NONE && !t->may_enter)
			abort();
		data += used;
		size -= used;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chap_talk t = { .algorithm = CHAP_NONE };

	fuzz_be_quiet();
	if (size < 1)
		return 0;
	chap_draws = 0;
	t.may_enter = data[0] & 2;
	t.told = memmem(data, size, "secret", 6) != NULL;
	kit_begin(&t.kit, t.may_enter, data[0] & 1, chap_draw);
	if (t.kit.login != NULL)
		talk(&t, data + 1, size - 1);
	kit_end(&t.kit);
	return 0;
}
