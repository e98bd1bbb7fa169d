/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/auth.h - authentication in the SecurityNegotiation stage, RFC 7143
 * clauses 6.3.2 and 12.1.
 *
 * AuthMethod None or CHAP; one predicate says whether the login may leave the
 * stage.  Everything that goes wrong with a proof ends in 0201, whatever it
 * was, so that names cannot be told from secrets.
 */
#ifndef ISCSI_AUTH_H
#define ISCSI_AUTH_H

#include <stdbool.h>

#include "iscsi/chap.h"
#include "iscsi/login.h"
#include "iscsi/params.h"
#include "iscsi/service.h"
#include "iscsi/text.h"

enum auth_state {
	AUTH_START,           /* no AuthMethod yet */
	AUTH_NONE,            /* AuthMethod None agreed */
	AUTH_WANTS_ALGORITHM, /* AuthMethod CHAP agreed */
	AUTH_WANTS_RESPONSE,  /* challenge sent */
	AUTH_PROVED,
};

struct auth {
	const struct auth_group *group; /* NULL: no proof is wanted */
	bool (*random)(void *out, size_t bytes);
	enum auth_state state;
	enum chap_algorithm algorithm;
	uint8_t id;
	uint8_t challenge[CHAP_CHALLENGE_BYTES];
	const char *user; /* the group's copy; NULL: none proved */
};

void auth_init(struct auth *a, const struct auth_group *group,
    bool (*random)(void *out, size_t bytes));

/* The predicate: may the login leave the security stage, or do without it? */
bool auth_is_satisfied(const struct auth *a);

/*
 * The security keys of one text: answer them in out.  The status class is 0,
 * or says why the login is refused.
 */
struct login_status auth_step(
    struct auth *a, const struct keys_given *given, struct text_out *out);

/* Forget the challenge. */
void auth_wipe(struct auth *a);

#endif
