/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_login.c - Login Requests: keys, stages, CHAP.
 *
 * The input is a row of requests: flags byte, length byte times 32, text.  The
 * target wants CHAP when the first input byte is odd.
 */
#include <string.h>

#include "common/bytes.h"
#include "iscsi/login.h"
#include "target/target.h"
#include "tests/fuzz/fuzz.h"

static void
fixed_random(void *out, size_t bytes)
{
	memset(out, 0x5a, bytes);
}

static void
fuzz_requests(struct login *l, const uint8_t *data, size_t size)
{
	struct login_answer answer;
	uint8_t bhs[48] = { 0x43, 0, 0, 0, 0, 0, 0, 0, 0x40 };
	size_t n;

	while (size >= 2) {
		bhs[1] = data[0];
		n = data[1] * 32u;
		data += 2;
		size -= 2;
		if (n > size)
			n = size;
		put_be24(bhs + 5, (uint32_t)n);
		put_be16(bhs + 20, 1);
		if (login_request(l, bhs, data, n, &answer) != LOGIN_ANSWER)
			return;
		data += n;
		size -= n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chap_credential chap = { .user = (char *)"user",
		.secret = (char *)"secret-of-12-b",
		.mutual_user = (char *)"san",
		.mutual_secret = (char *)"other-secret-12" };
	struct auth_group ag = { .name = (char *)"g",
		.no_authentication = size == 0 || (data[0] & 1) == 0,
		.chap = &chap,
		.chap_count = 1 };
	struct portal_group pg = { .name = (char *)"pg", .tag = 1 };
	struct target_portal_group tpg = { .portal_group = &pg };
	struct iscsi_target target = { .auth_group = &ag,
		.portal_groups = &tpg,
		.portal_group_count = 1 };
	struct iscsi_target *targets[] = { &target };
	struct service service = { .targets = targets,
		.target_count = 1,
		.limits = iscsi_limits_default,
		.random = fixed_random };
	struct peer_address peer = { .text = "192.0.2.9:1" };
	struct login *l;

	fuzz_be_quiet();
	if (size < 1)
		return 0;
	atomic_store(&service.references, 1);
	target.target = target_new("iqn.2026-11.fuzz:t", "alias");
	l = login_new(&service, &pg, &peer);
	if (l != NULL && target.target != NULL)
		fuzz_requests(l, data + 1, size - 1);
	if (l != NULL)
		login_free(l);
	target_unref(target.target);
	return 0;
}
