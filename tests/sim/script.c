/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/script.c - runs in a process of their own, scripts in files, and
 * the shortest script that ends the same way.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/script.h"

#define SHRINK_ROUNDS 8

void *
script_shared(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert(p != MAP_FAILED);
	return p;
}

static void
ending_run(struct choice choice, unsigned steps, bool loud)
{
	signal(SIGABRT, SIG_DFL);
	alarm(60);
	if (!loud && freopen("/dev/null", "w", stderr) == NULL)
		_exit(1);
	sim_run(choice, steps, loud);
	fflush(stdout);
	_exit(0);
}

struct ending
script_try(struct choice choice, unsigned steps, bool loud)
{
	static const char **shared;
	int status = 0;
	pid_t child;

	if (shared == NULL)
		shared = script_shared(sizeof(*shared));
	*shared = NULL;
	sim_failure = shared;
	fflush(stdout);
	child = fork();
	assert(child >= 0);
	if (child == 0)
		ending_run(choice, steps, loud);
	if (waitpid(child, &status, 0) != child)
		abort();
	return (struct ending){ .signal = WIFSIGNALED(status)
					      ? WTERMSIG(status)
					      : WEXITSTATUS(status),
		.why = *shared };
}

bool
ending_is(struct ending a, struct ending b)
{
	return a.signal == b.signal && a.why == b.why;
}

/* ---- shrinking ---- */

static void
script_append(struct script *out, const uint8_t *bytes, uint32_t n)
{
	uint32_t at = out->starts[out->events];

	memcpy(out->bytes + at, bytes, n);
	out->events++;
	out->starts[out->events] = at + n;
}

/* All but the pieces from..to-1. */
static void
script_without(
    const struct script *s, uint32_t from, uint32_t to, struct script *out)
{
	uint32_t i;

	out->events = 0;
	out->starts[0] = 0;
	for (i = 0; i < s->events; i++) {
		if (i >= from && i < to)
			continue;
		script_append(out, s->bytes + s->starts[i],
		    s->starts[i + 1] - s->starts[i]);
	}
}

static bool
script_ends_so(const struct script *s, struct ending want)
{
	return ending_is(
	    script_try((struct choice){ .replay = s }, SCRIPT_EVENTS, false),
	    want);
}

/* Pieces of that many events away, from the end on; how many could go. */
static unsigned
shrink_by(
    struct script *s, struct script *spare, uint32_t size, struct ending want)
{
	uint32_t to = s->events - 1, from;
	unsigned gone = 0;

	for (; to > 1; to = from) {
		from = to > size ? to - size : 1;
		script_without(s, from, to, spare);
		if (!script_ends_so(spare, want))
			continue;
		memcpy(s, spare, sizeof(*s));
		gone += to - from;
	}
	return gone;
}

/* Bytes that need not be what they are become 0. */
static void
shrink_bytes(struct script *s, struct ending want)
{
	uint32_t i, n = s->starts[s->events];
	uint8_t was;

	for (i = 0; i < n; i++) {
		was = s->bytes[i];
		if (was == 0)
			continue;
		s->bytes[i] = 0;
		if (!script_ends_so(s, want))
			s->bytes[i] = was;
	}
}

void
script_shrink(struct script *s, struct ending want)
{
	struct script *spare = malloc(sizeof(*spare));
	unsigned round, gone = 1;
	uint32_t size;

	assert(spare != NULL);
	for (round = 0; gone > 0 && round < SHRINK_ROUNDS; round++) {
		gone = 0;
		for (size = s->events / 2; size > 0; size /= 2)
			gone += shrink_by(s, spare, size, want);
	}
	shrink_bytes(s, want);
	free(spare);
}

/* ---- files: a line of hexadecimal digits for each piece ---- */

bool
script_write(const struct script *s, const char *path)
{
	FILE *f = fopen(path, "w");
	uint32_t i, at;

	if (f == NULL)
		return false;
	for (i = 0; i < s->events; i++) {
		for (at = s->starts[i]; at < s->starts[i + 1]; at++)
			fprintf(f, "%02x", s->bytes[at]);
		fputc('\n', f);
	}
	return fclose(f) == 0;
}

bool
script_read(struct script *s, const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned byte;
	int c;

	if (f == NULL)
		return false;
	s->events = 0;
	s->starts[0] = s->starts[1] = 0;
	while ((c = fgetc(f)) != EOF && s->events < SCRIPT_EVENTS - 1) {
		if (c == '\n') {
			s->events++;
			s->starts[s->events + 1] = s->starts[s->events];
			continue;
		}
		ungetc(c, f);
		if (fscanf(f, "%2x", &byte) != 1 ||
		    s->starts[s->events + 1] >= SCRIPT_BYTES)
			break;
		s->bytes[s->starts[s->events + 1]++] = (uint8_t)byte;
	}
	fclose(f);
	return s->events > 1;
}
