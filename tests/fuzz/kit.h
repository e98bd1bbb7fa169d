/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/kit.h - a target that wants CHAP, and a login at it.
 */
#ifndef TESTS_FUZZ_KIT_H
#define TESTS_FUZZ_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi/auth.h"
#include "iscsi/login.h"

#define KIT_SECRET        "secret-of-12-b"  /* of "user" */
#define KIT_MUTUAL_SECRET "other-secret-12" /* of "san" */

struct kit {
	struct chap_credential chap;
	struct auth_group ag;
	struct portal_group pg;
	struct target_portal_group tpg;
	struct iscsi_target target;
	struct iscsi_target *targets[1];
	struct service service;
	struct peer_address peer;
	struct login *login; /* NULL: no memory */
};

/* A login begins at one that everybody may use, or that proves itself, too.
 * k is in its place until kit_end(). */
void kit_begin(struct kit *k, bool no_authentication, bool mutual,
    bool (*random)(void *out, size_t bytes));
void kit_end(struct kit *k);

/*
 * A Login Request of those flags and that text (of TSIH 0, CID 1), and its
 * answer.
 */
enum login_step kit_request(struct kit *k, uint8_t flags, const uint8_t *text,
    size_t bytes, struct login_answer *answer);

#endif
