/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/main.c - sim [SEEDS [FIRST [STEPS]]]: run that many seeds.
 *
 * Each tenth runs twice and must give the same trace.  A broken invariant
 * aborts; the last line then names the seed.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "tests/sim/sim.h"

static uint64_t seed;

static void
quiet(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	if (getenv("SIM_LOG") != NULL)
		fprintf(stderr, "%s\n", line);
}

/* A broken invariant has aborted: this seed does it again. */
static void
name_the_seed(int sig)
{
	fprintf(stderr, "sim: seed %" PRIu64 "\n", seed);
	signal(sig, SIG_DFL);
	raise(sig);
}

int
main(int argc, char **argv)
{
	uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	unsigned steps = argc > 3 ? (unsigned)atoi(argv[3]) : 2000;
	uint64_t commands = 0, bytes = 0, reinstated = 0;
	struct sim_result r, again;

	log_set_sink(quiet, NULL);
	if (getenv("SIM_LOG") != NULL)
		log_set_level(LOG_LEVEL_DEBUG);
	signal(SIGABRT, name_the_seed);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (seed = first; seed < first + seeds; seed++) {
		r = sim_run((struct choice){ .state = seed }, steps);
		commands += r.commands;
		bytes += r.bytes;
		reinstated += r.reinstated;
		if (seed % 10 != 0)
			continue;
		again = sim_run((struct choice){ .state = seed }, steps);
		if (again.hash != r.hash) {
			fprintf(stderr, "two runs differ\n");
			return 1;
		}
	}
	printf("sim: %" PRIu64 " seeds, %" PRIu64 " commands answered, %" PRIu64
	       " bytes verified, %" PRIu64
	       " connections reinstated, 0 broken\n",
	    seeds, commands, bytes, reinstated);
	return commands == 0;
}
