/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/starve.c - one allocation that fails (ld --wrap).
 */
#include <stdlib.h>

#include "tests/unit/iscsi/wire.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

bool wire_starve, wire_in_core;

static bool
starve_hits(void)
{
	bool hits = wire_starve && wire_in_core;

	wire_starve = wire_starve && !hits;
	return hits;
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
