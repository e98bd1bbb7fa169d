/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/starve.c - allocations that fail while the core runs.
 *
 * Linked with ld --wrap for malloc, calloc and strdup.
 */
#include "tests/sim/sim.h"

#define STARVE_ONE_IN 48

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *text);

struct choice *volatile starve_by;
uint64_t starve_count;

static bool
starve_hits(void)
{
	if (starve_by == NULL || !choose_one_in(starve_by, STARVE_ONE_IN))
		return false;
	starve_count++;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return starve_hits() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return starve_hits() ? NULL : __real_calloc(n, size);
}

char *
__wrap_strdup(const char *text)
{
	return starve_hits() ? NULL : __real_strdup(text);
}
