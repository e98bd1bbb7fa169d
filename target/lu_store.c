/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/lu_store.c - the lines of what is kept.
 */
#include "target/lu_store.h"

#include <string.h>

const char *
lu_store_line(const char *p, const char *end, char *line, size_t size)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));
	size_t length;

	if (newline == NULL || (size_t)(newline - p) >= size)
		return NULL;
	length = (size_t)(newline - p);
	memcpy(line, p, length);
	line[length] = '\0';
	return strlen(line) == length ? newline + 1 : NULL;
}
