/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/arena.h - the memory of one configuration.
 *
 * Everything that a load makes (text, tokens, tree, structs) lives as long as
 * the configuration and goes with it, wiped, because any of it may hold a
 * secret.
 */
#ifndef CONFIG_ARENA_H
#define CONFIG_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	size_t used, budget; /* bytes */
	bool failed;         /* something did not fit, or malloc() failed */
};

void arena_init(struct arena *a, size_t budget);
/* Wipes and frees everything. */
void arena_free(struct arena *a);

/* Zeroed and aligned for any type.  NULL, and a->failed, when out of memory. */
void *arena_alloc(struct arena *a, size_t bytes);
/* bytes of s and a terminator. */
char *arena_copy(struct arena *a, const void *s, size_t bytes);
/*
 * Make room for one more in an array of *count items of size bytes, count it,
 * and return it, zeroed.  The array may move.
 */
void *arena_append(
    struct arena *a, void *items_pointer, unsigned *count, size_t size);

#endif
