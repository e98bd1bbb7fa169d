/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/main.c - sim [-j JOBS] [-s STEPS] [SEEDS [FIRST]]: run that many
 * seeds, one in a hundred of them twice: it must give the same trace.
 *
 *	sim -x SEED [FILE]   the shortest script that ends as that seed does
 *	sim -r FILE          run a script, and say what happens
 *	sim -v SEED          run a seed, and say what happens
 *
 * A broken invariant is named, with its seed and its shortest script.
 */
#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/log.h"
#include "tests/sim/script.h"

#define STEPS    500
#define TWICE_OF 100
#define FIGURES  (sizeof(struct sim_figures) / sizeof(uint64_t))
#define JOBS_MAX 64

/* Shared by all jobs. */
struct tally {
	_Atomic uint64_t next, runs, figures[FIGURES];
	_Atomic uint64_t failed; /* the first seed that did; 0: none */
};

static uint64_t seed;
static struct tally *tally;

static void
quiet(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	if (getenv("SIM_LOG") != NULL)
		printf("       %s\n", line);
}

/* A broken invariant has aborted: this seed does it again. */
static void
name_the_seed(int sig)
{
	uint64_t none = 0;

	atomic_compare_exchange_strong(&tally->failed, &none, seed);
	fprintf(stderr, "sim: seed %" PRIu64 "\n", seed);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
tally_add(const struct sim_figures *f)
{
	uint64_t each[FIGURES];
	size_t i;

	memcpy(each, f, sizeof(each));
	for (i = 0; i < FIGURES; i++)
		atomic_fetch_add(&tally->figures[i], each[i]);
	atomic_fetch_add(&tally->runs, 1);
}

static void
run_seed(unsigned steps)
{
	struct choice choice = { .state = seed };
	struct sim_result r = sim_run(choice, steps, false), again;

	tally_add(&r.figures);
	if (seed % TWICE_OF != 0)
		return;
	again = sim_run(choice, steps, false);
	if (again.hash == r.hash)
		return;
	fprintf(stderr, "two runs differ\n");
	abort();
}

static void
run_job(uint64_t first, uint64_t end, unsigned steps)
{
	signal(SIGABRT, name_the_seed);
	signal(SIGSEGV, name_the_seed);
	for (;;) {
		seed = first + atomic_fetch_add(&tally->next, 1);
		if (seed >= end || atomic_load(&tally->failed) != 0)
			return;
		run_seed(steps);
	}
}

/* ---- one seed, one script ---- */

static int
shrink_seed(uint64_t which, unsigned steps, const char *path)
{
	struct script *s = script_shared(sizeof(*s));
	struct ending end;
	uint32_t events;

	end = script_try(
	    (struct choice){ .state = which, .record = s }, steps, false);
	if (end.signal == 0) {
		printf("seed %" PRIu64 " ends well\n", which);
		return 0;
	}
	/* It did not get as far as the end. */
	if (!s->ended) {
		s->events++;
		s->starts[s->events] = s->starts[s->events - 1];
	}
	events = s->events;
	if (!ending_is(script_try((struct choice){ .replay = s }, SCRIPT_EVENTS,
			   false),
		end)) {
		printf(
		    "seed %" PRIu64 " ends differently as a script\n", which);
		return 1;
	}
	script_shrink(s, end);
	printf("seed %" PRIu64 ": %u of %u events are enough:\n", which,
	    s->events, events);
	script_try((struct choice){ .replay = s }, SCRIPT_EVENTS, true);
	if (path != NULL && script_write(s, path))
		printf("written to %s\n", path);
	return 1;
}

static int
replay(const char *path)
{
	struct script *s = script_shared(sizeof(*s));
	struct ending end;

	if (!script_read(s, path)) {
		fprintf(stderr, "%s: no script\n", path);
		return 2;
	}
	end = script_try((struct choice){ .replay = s }, SCRIPT_EVENTS, true);
	printf("ends with %d\n", end.signal);
	return end.signal != 0;
}

/* ---- many seeds ---- */

static bool
wait_for_jobs(unsigned jobs)
{
	bool good = true;
	int status;

	while (jobs-- > 0) {
		if (wait(&status) < 0)
			abort();
		good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	return good;
}

static int
run_seeds(uint64_t seeds, uint64_t first, unsigned steps, unsigned jobs)
{
	static const char *const words[FIGURES] = { "commands answered",
		"bytes verified", "connections reinstated", "reloads",
		"restarts", "resets", "unit attentions",
		"reservation conflicts", "connections joined",
		"allocations failed", "bytes spoilt", "proofs by CHAP",
		"PDUs lost", "commands sent again", "tasks reassigned",
		"text requests", "functions for nothing", "discoveries",
		"copies done", "values exchanged", "units wiped",
		"copies asked for" };
	unsigned i;
	pid_t child;

	for (i = 0; i < jobs; i++) {
		child = fork();
		assert(child >= 0);
		if (child != 0)
			continue;
		run_job(first, first + seeds, steps);
		exit(0);
	}
	if (!wait_for_jobs(jobs)) {
		seed = tally->failed;
		return seed == 0 ? 1 : shrink_seed(seed, steps, NULL);
	}
	printf("sim: %" PRIu64 " seeds of %u events", tally->runs, steps);
	for (i = 0; i < FIGURES; i++)
		printf(", %" PRIu64 " %s", tally->figures[i], words[i]);
	printf(", 0 broken\n");
	return tally->figures[0] == 0;
}

int
main(int argc, char **argv)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned steps = STEPS, jobs = cores > 0 ? (unsigned)cores : 1;
	const char *shrink = NULL, *script = NULL, *loud = NULL;
	int opt;

	log_set_sink(quiet, NULL);
	if (getenv("SIM_LOG") != NULL)
		log_set_level(LOG_LEVEL_DEBUG);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt(argc, argv, "j:s:x:r:v:")) != -1) {
		if (opt == 'j')
			jobs = (unsigned)atoi(optarg);
		else if (opt == 's')
			steps = (unsigned)atoi(optarg);
		else if (opt == 'x')
			shrink = optarg;
		else if (opt == 'r')
			script = optarg;
		else if (opt == 'v')
			loud = optarg;
		else
			return 2;
	}
	argv += optind;
	argc -= optind;
	tally = script_shared(sizeof(*tally));
	if (script != NULL)
		return replay(script);
	if (shrink != NULL)
		return shrink_seed(strtoull(shrink, NULL, 0), steps,
		    argc > 0 ? argv[0] : NULL);
	if (loud != NULL)
		return script_try(
		    (struct choice){ .state = strtoull(loud, NULL, 0) }, steps,
		    true)
		    .signal;
	return run_seeds(argc > 0 ? strtoull(argv[0], NULL, 0) : 1000,
	    argc > 1 ? strtoull(argv[1], NULL, 0) : 1, steps,
	    (unsigned)min_u64(jobs == 0 ? 1 : jobs, JOBS_MAX));
}
