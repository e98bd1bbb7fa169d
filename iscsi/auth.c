/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/auth.c - AuthMethod and the CHAP dialogue, RFC 7143 12.1.
 */
#include "iscsi/auth.h"

#include <string.h>

#include <openssl/crypto.h>

#include "iscsi/proto.h"

static const struct login_status auth_ok = { LOGIN_SUCCESS, 0, NULL };

static struct login_status
auth_failure(const char *why)
{
	return (struct login_status){ LOGIN_INITIATOR_ERROR,
		LOGIN_AUTHENTICATION_FAILURE, why };
}

static struct login_status
auth_missing(const char *why)
{
	return (struct login_status){ LOGIN_INITIATOR_ERROR,
		LOGIN_MISSING_PARAMETER, why };
}

/* 9.2: not according to the step, in its keys or the form of their values. */
static struct login_status
auth_disorder(const char *why)
{
	return (struct login_status){ LOGIN_INITIATOR_ERROR,
		LOGIN_MISCELLANEOUS, why };
}

void
auth_init(struct auth *a, const struct auth_group *group,
    bool (*random)(void *out, size_t bytes))
{
	memset(a, 0, sizeof(*a));
	a->group = group;
	a->random = random;
}

static bool
auth_accepts_none(const struct auth *a)
{
	return a->group == NULL || auth_group_accepts_none(a->group);
}

bool
auth_is_satisfied(const struct auth *a)
{
	switch (a->state) {
	case AUTH_START:
	case AUTH_NONE:
		return auth_accepts_none(a);
	case AUTH_PROVED:
		return true;
	default:
		return false;
	}
}

void
auth_wipe(struct auth *a)
{
	OPENSSL_cleanse(a->challenge, sizeof(a->challenge));
}

/* ---- AuthMethod ---- */

static bool
auth_list_has(const char *list, const char *word)
{
	const char *item;
	size_t bytes;

	while (text_list_next(&list, &item, &bytes)) {
		if (text_item_is(item, bytes, word))
			return true;
	}
	return false;
}

static struct login_status
auth_choose_method(struct auth *a, const char *list, struct text_out *out)
{
	bool has_chap = a->group != NULL && a->group->chap_count > 0;

	if (a->state != AUTH_START)
		return auth_disorder("AuthMethod was agreed already");
	if (auth_accepts_none(a) && auth_list_has(list, "None")) {
		a->state = AUTH_NONE;
		text_put(out, "AuthMethod", "None");
		return auth_ok;
	}
	if (!has_chap || !auth_list_has(list, "CHAP"))
		return auth_failure("no AuthMethod in common");
	a->state = AUTH_WANTS_ALGORITHM;
	text_put(out, "AuthMethod", "CHAP");
	return auth_ok;
}

/* ---- CHAP ---- */

static struct login_status
auth_send_challenge(
    struct auth *a, const struct keys_given *g, struct text_out *out)
{
	if (g->chap_n != NULL || g->chap_r != NULL || g->chap_i != NULL ||
	    g->chap_c != NULL)
		return auth_disorder("CHAP keys before the challenge");
	if (g->chap_a == NULL)
		return auth_ok;
	a->algorithm = chap_choose(g->chap_a);
	if (a->algorithm == CHAP_NONE)
		return auth_failure("no CHAP algorithm in common");
	if (!a->random(&a->id, sizeof(a->id)) ||
	    !a->random(a->challenge, sizeof(a->challenge)))
		return (struct login_status){ LOGIN_TARGET_ERROR,
			LOGIN_OUT_OF_RESOURCES, "no random bytes" };
	a->state = AUTH_WANTS_RESPONSE;
	text_put_number(out, "CHAP_A", a->algorithm);
	text_put_number(out, "CHAP_I", a->id);
	text_put_binary(out, "CHAP_C", a->challenge, sizeof(a->challenge));
	return auth_ok;
}

struct auth_binary {
	uint8_t bytes[TEXT_BINARY_MAX];
	int length; /* -1: the value is none, or longer */
};

static struct auth_binary
auth_take_binary(const char *value)
{
	struct auth_binary b;

	b.length = text_binary(value, b.bytes, sizeof(b.bytes));
	return b;
}

/* Does the initiator know the secret of the name it gives?  An unknown name
 * costs the same hash. */
static const struct chap_credential *
auth_verify(
    struct auth *a, const char *name, const struct auth_binary *response)
{
	const struct chap_credential *c;
	uint8_t ours[CHAP_DIGEST_MAX];
	size_t bytes = chap_digest_bytes(a->algorithm);
	bool same;

	if (response->length != (int)bytes)
		return NULL;
	c = auth_group_find_chap(a->group, name, strlen(name));
	same = chap_response(a->algorithm, a->id,
		   c != NULL ? c->secret : "no such user", a->challenge,
		   sizeof(a->challenge), ours) &&
	       CRYPTO_memcmp(response->bytes, ours, bytes) == 0;
	OPENSSL_cleanse(ours, sizeof(ours));
	return same ? c : NULL;
}

/* We prove ourselves: the initiator sent CHAP_I and CHAP_C. */
static struct login_status
auth_respond(struct auth *a, const struct keys_given *g,
    const struct chap_credential *c, struct text_out *out)
{
	struct auth_binary challenge = auth_take_binary(g->chap_c);
	uint8_t response[CHAP_DIGEST_MAX];
	uint64_t id;

	if (!text_number(g->chap_i, &id) || id > UINT8_MAX)
		return auth_disorder("CHAP_I is not 0 to 255");
	if (challenge.length < 1)
		return auth_disorder("CHAP_C is malformed or too long");
	if (challenge.length == sizeof(a->challenge) &&
	    memcmp(challenge.bytes, a->challenge, sizeof(a->challenge)) == 0)
		return auth_failure("our own challenge came back");
	if (c->mutual_user == NULL || c->mutual_secret == NULL)
		return auth_failure("the target has no secret of its own");
	if (!chap_response(a->algorithm, (uint8_t)id, c->mutual_secret,
		challenge.bytes, (size_t)challenge.length, response))
		return auth_failure("the hash is not available");
	text_put(out, "CHAP_N", c->mutual_user);
	text_put_binary(
	    out, "CHAP_R", response, chap_digest_bytes(a->algorithm));
	return auth_ok;
}

static struct login_status
auth_take_response(
    struct auth *a, const struct keys_given *g, struct text_out *out)
{
	const struct chap_credential *c = NULL;
	struct login_status s = auth_ok;
	struct auth_binary r;

	if (g->chap_n == NULL && g->chap_r == NULL && g->chap_i == NULL &&
	    g->chap_c == NULL)
		return auth_ok;
	if (g->chap_n == NULL || g->chap_r == NULL)
		return auth_missing("CHAP_N or CHAP_R is missing");
	if ((g->chap_i == NULL) != (g->chap_c == NULL))
		return auth_missing("CHAP_I or CHAP_C is missing");
	r = auth_take_binary(g->chap_r);
	if (r.length >= 0)
		c = auth_verify(a, g->chap_n, &r);
	if (r.length < 0)
		s = auth_disorder("CHAP_R is malformed or too long");
	else if (c == NULL)
		s = auth_failure("CHAP name or response is wrong");
	else if (g->chap_i != NULL)
		s = auth_respond(a, g, c, out);
	auth_wipe(a);
	if (s.status_class != LOGIN_SUCCESS)
		return s;
	a->state = AUTH_PROVED;
	a->user = c->user;
	return auth_ok;
}

static bool
auth_has_chap_key(const struct keys_given *g)
{
	return g->chap_a != NULL || g->chap_i != NULL || g->chap_c != NULL ||
	       g->chap_n != NULL || g->chap_r != NULL;
}

struct login_status
auth_step(struct auth *a, const struct keys_given *g, struct text_out *out)
{
	if (g->auth_method != NULL && auth_has_chap_key(g))
		return auth_disorder("CHAP keys together with AuthMethod");
	if (g->auth_method != NULL)
		return auth_choose_method(a, g->auth_method, out);
	if (a->state == AUTH_WANTS_ALGORITHM)
		return auth_send_challenge(a, g, out);
	if (a->state == AUTH_WANTS_RESPONSE)
		return auth_take_response(a, g, out);
	if (auth_has_chap_key(g))
		return auth_disorder("CHAP keys though CHAP was not agreed");
	return auth_ok;
}
