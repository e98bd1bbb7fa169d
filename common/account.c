/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/account.c - users and groups by name.
 */
#include "common/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of text, up to an end. */
static bool
account_number(const char *text, const char *ends, uint32_t *id)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || strchr(ends, *end) == NULL ||
	    n >= UINT32_MAX)
		return false;
	*id = (uint32_t)n;
	return true;
}

/* NAME:PASSWORD:NUMBER:... */
static bool
account_is(const char *line, const char *name, uint32_t *id)
{
	size_t n = strlen(name);
	const char *number;

	if (strncmp(line, name, n) != 0 || line[n] != ':')
		return false;
	number = strchr(line + n + 1, ':');
	return number != NULL && account_number(number + 1, ":\n", id);
}

bool
account_find(const char *file, const char *name, uint32_t *id)
{
	bool found = account_number(name, "", id);
	char *line = NULL;
	size_t size = 0;
	FILE *f = found ? NULL : fopen(file, "re");

	if (f == NULL)
		return found;
	while (!found && getline(&line, &size, f) > 0)
		found = account_is(line, name, id);
	free(line);
	fclose(f);
	return found;
}
