/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_bytes.c - raw bytes to the decoder of one connection, from
 * its first byte or behind a good login.  The first input byte says which, and
 * how the bytes are split.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/sim/sim.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_be_quiet();
	if (size > 1)
		sim_raw(data[0] & 1, (data[0] >> 1) + 1, data + 1, size - 1);
	return 0;
}
