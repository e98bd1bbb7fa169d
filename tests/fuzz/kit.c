/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/kit.c - a target that wants CHAP, and a login at it.
 */
#include "tests/fuzz/kit.h"

#include <string.h>

#include "common/bytes.h"
#include "target/target.h"

void
kit_begin(struct kit *k, bool no_authentication, bool mutual,
    bool (*random)(void *out, size_t bytes))
{
	*k = (struct kit){
		.chap = { .user = (char *)"user",
		    .secret = (char *)KIT_SECRET,
		    .mutual_user = mutual ? (char *)"san" : NULL,
		    .mutual_secret =
			mutual ? (char *)KIT_MUTUAL_SECRET : NULL },
		.ag = { .name = (char *)"g",
		    .no_authentication = no_authentication,
		    .chap = &k->chap,
		    .chap_count = 1 },
		.pg = { .name = (char *)"pg",
		    .tag = 1,
		    .discovery_auth_group = &k->ag },
		.tpg = { .portal_group = &k->pg },
		.target = { .auth_group = &k->ag,
		    .portal_groups = &k->tpg,
		    .portal_group_count = 1 },
		.targets = { &k->target },
		.service = { .targets = k->targets,
		    .target_count = 1,
		    .limits = iscsi_limits_default,
		    .random = random },
		.peer = { .text = "192.0.2.9:1" },
	};
	atomic_store(&k->service.references, 1);
	k->target.target = target_new("iqn.2026-11.fuzz:t", "alias");
	if (k->target.target != NULL)
		k->login = login_new(&k->service, &k->pg, &k->peer);
}

void
kit_end(struct kit *k)
{
	if (k->login != NULL)
		login_free(k->login);
	target_unref(k->target.target);
}

enum login_step
kit_request(struct kit *k, uint8_t flags, const uint8_t *text, size_t bytes,
    struct login_answer *answer)
{
	uint8_t bhs[48] = { 0x43, flags, 0, 0, 0, 0, 0, 0, 0x40 };

	put_be24(bhs + 5, (uint32_t)bytes);
	put_be16(bhs + 20, 1);
	return login_request(k->login, bhs, text, bytes, answer);
}
