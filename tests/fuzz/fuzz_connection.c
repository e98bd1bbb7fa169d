/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_connection.c - the input is the simulator's script: which
 * client sends what, how bytes are split and spoilt, when I/O ends.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/sim/sim.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_be_quiet();
	if (size > 0)
		sim_run((struct choice){ .bytes = data, .left = size }, 4000,
		    false);
	return 0;
}
