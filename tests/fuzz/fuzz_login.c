/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_login.c - Login Requests: keys, stages, CHAP.
 *
 * The input is a row of requests: flags byte, length byte times 32, text.  The
 * target wants CHAP when the first input byte is odd.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/kit.h"

static bool
fixed_random(void *out, size_t bytes)
{
	memset(out, 0x5a, bytes);
	return true;
}

static void
fuzz_requests(struct kit *k, const uint8_t *data, size_t size)
{
	struct login_answer answer;
	uint8_t flags;
	size_t n;

	while (size >= 2) {
		flags = data[0];
		n = min_u64(data[1] * 32u, size - 2);
		if (kit_request(k, flags, data + 2, n, &answer) != LOGIN_ANSWER)
			return;
		data += 2 + n;
		size -= 2 + n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kit k;

	fuzz_be_quiet();
	if (size < 1)
		return 0;
	kit_begin(&k, (data[0] & 1) == 0, true, fixed_random);
	if (k.login != NULL)
		fuzz_requests(&k, data + 1, size - 1);
	kit_end(&k);
	return 0;
}
