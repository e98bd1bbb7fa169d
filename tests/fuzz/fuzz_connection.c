/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_connection.c - the input is the simulator's script: which
 * client sends what, how bytes are split and spoilt, when I/O ends.
 */
#include "common/log.h"
#include "tests/sim/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
quiet(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	log_set_sink(quiet, NULL);
	if (size > 0)
		sim_run((struct choice){ .bytes = data, .left = size }, 4000,
		    false);
	return 0;
}
