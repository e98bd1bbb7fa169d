/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/names.h - what must be there once: names, numbers, files, addresses.
 */
#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include <stdbool.h>

#include "config/arena.h"
#include "config/report.h"
#include "config/suggest.h"

struct names_entry {
	const char *key;
	const char *shown; /* in messages, in place of the key */
	void *object;
	struct spot spot;
	unsigned order;
};

struct names {
	struct names_entry *entries;
	unsigned count;
};

/* Keeps the strings.  False: out of memory. */
bool names_add(struct names *n, struct arena *arena, const char *key,
    const char *shown, void *object, struct spot spot);
/* Once, after the last was added and before the calls below. */
void names_sort(struct names *n);
/* The first added of that key, or NULL. */
const struct names_entry *names_find(const struct names *n, const char *key);
void names_suggest(const struct names *n, struct suggestion *s);
/* An error for each that is there again: BEFORE "shown" AFTER at PLACE, where
 * the place is the first one's. */
void names_report_again(const struct names *n, struct report *report,
    const char *before, const char *after);

#endif
