/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/arena.c - the memory of one configuration.
 */
#include "config/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/undumped.h"

/* With AddressSanitizer each piece has a chunk of its own, so that it sees who
 * steps over the edge. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_CHUNK 1
#endif
#endif
#if !defined(ARENA_CHUNK) && defined(__SANITIZE_ADDRESS__)
#define ARENA_CHUNK 1
#endif
/* Else there are secrets in it. */
#ifdef ARENA_CHUNK
#define ARENA_ALLOC malloc
#define ARENA_FREE  free
#else
#define ARENA_CHUNK (60u << 10)
#define ARENA_ALLOC undumped_alloc
#define ARENA_FREE  undumped_free
#endif

struct arena_chunk {
	struct arena_chunk *next;
	size_t bytes, used;
	alignas(max_align_t) unsigned char memory[];
};

void
arena_init(struct arena *a, size_t budget)
{
	*a = (struct arena){ .budget = budget };
}

void
arena_free(struct arena *a)
{
	struct arena_chunk *c;

	while ((c = a->chunks) != NULL) {
		a->chunks = c->next;
		ARENA_FREE(c);
	}
	a->used = 0;
}

static struct arena_chunk *
arena_chunk_new(struct arena *a, size_t bytes)
{
	size_t room = bytes > ARENA_CHUNK ? bytes : ARENA_CHUNK;
	struct arena_chunk *c = ARENA_ALLOC(sizeof(*c) + room);

	if (c == NULL)
		return NULL;
	c->bytes = room;
	c->used = 0;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

static void *
arena_fail(struct arena *a)
{
	a->failed = true;
	return NULL;
}

void *
arena_alloc(struct arena *a, size_t bytes)
{
	struct arena_chunk *c = a->chunks;
	size_t offset;

	if (bytes > a->budget - a->used)
		return arena_fail(a);
	offset = c == NULL ? 0 : align_up(c->used, alignof(max_align_t));
	if (c == NULL || offset > c->bytes || bytes > c->bytes - offset) {
		c = arena_chunk_new(a, bytes);
		offset = 0;
	}
	if (c == NULL)
		return arena_fail(a);
	c->used = offset + bytes;
	a->used += bytes;
	return memset(c->memory + offset, 0, bytes);
}

char *
arena_copy(struct arena *a, const void *s, size_t bytes)
{
	char *copy = arena_alloc(a, bytes + 1);

	if (copy != NULL)
		memcpy(copy, s, bytes);
	return copy;
}

void *
arena_append(struct arena *a, void *items_pointer, unsigned *count, size_t size)
{
	unsigned n = *count;
	void *items;
	char *grown;

	memcpy(&items, items_pointer, sizeof(items));
	grown = items;
	/* full at 0 and at each power of two */
	if ((n & (n - 1)) == 0) {
		grown = arena_alloc(a, (n == 0 ? 1 : 2 * (size_t)n) * size);
		if (grown == NULL)
			return NULL;
		if (n > 0)
			memcpy(grown, items, n * size);
		items = grown;
		memcpy(items_pointer, &items, sizeof(items));
	}
	*count = n + 1;
	return grown + n * size;
}
