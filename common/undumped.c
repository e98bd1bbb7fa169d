/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/undumped.c - mappings with MADV_DONTDUMP.
 */
#include "common/undumped.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

struct undumped {
	size_t bytes; /* of the mapping */
	alignas(max_align_t) unsigned char memory[];
};

void *
undumped_alloc(size_t bytes)
{
	size_t whole = sizeof(struct undumped) + bytes;
	struct undumped *u;

	if (whole < bytes)
		return NULL;
	u = mmap(NULL, whole, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (u == MAP_FAILED)
		return NULL;
	/* A kernel that cannot still keeps what it is told to keep. */
	madvise(u, whole, MADV_DONTDUMP);
	u->bytes = whole;
	return u->memory;
}

char *
undumped_text(const char *text)
{
	size_t n = text != NULL ? strlen(text) + 1 : 0;
	char *copy = n > 0 ? undumped_alloc(n) : NULL;

	return copy != NULL ? memcpy(copy, text, n) : NULL;
}

void
undumped_free(void *memory)
{
	struct undumped *u;

	if (memory == NULL)
		return;
	u = (struct undumped *)((unsigned char *)memory -
				offsetof(struct undumped, memory));
	explicit_bzero(u->memory, u->bytes - sizeof(*u));
	munmap(u, u->bytes);
}
