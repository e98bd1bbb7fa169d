/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/names.c - what must be there once.
 */
#include "config/names.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_SUGGEST_MAX 1000 /* compared for one suggestion */

bool
names_add(struct names *n, struct arena *arena, const char *key,
    const char *shown, void *object, struct spot spot)
{
	unsigned order = n->count;
	struct names_entry *e;

	e = arena_append(arena, &n->entries, &n->count, sizeof(*e));
	if (e == NULL)
		return false;
	*e = (struct names_entry){ key, shown, object, spot, order };
	return true;
}

static int
names_compare(const void *a, const void *b)
{
	const struct names_entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	return x->order < y->order ? -1 : 1;
}

void
names_sort(struct names *n)
{
	if (n->count > 0)
		qsort(n->entries, n->count, sizeof(*n->entries), names_compare);
}

const struct names_entry *
names_find(const struct names *n, const char *key)
{
	unsigned low = 0, high = n->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(n->entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == n->count || strcmp(n->entries[low].key, key) != 0)
		return NULL;
	return &n->entries[low];
}

void
names_suggest(const struct names *n, struct suggestion *s)
{
	unsigned i;

	for (i = 0; i < n->count && i < NAMES_SUGGEST_MAX; i++)
		suggest_offer(s, n->entries[i].key);
}

static void
names_report_one(const struct names_entry *e, const struct names_entry *first,
    struct report *report, const char *before, const char *after)
{
	struct report_quote shown = report_quote(e->shown);

	if (first->spot.place.line == 0)
		report_error(report, e->spot, "%s%s%s: it is built in", before,
		    shown.text, after);
	else
		report_error(report, e->spot, "%s%s%s at %s", before,
		    shown.text, after, report_place(first->spot.place).text);
}

void
names_report_again(const struct names *n, struct report *report,
    const char *before, const char *after)
{
	const struct names_entry *first, *e;
	unsigned i;

	for (i = 1, first = n->entries; i < n->count; i++) {
		e = &n->entries[i];
		if (strcmp(e->key, first->key) != 0) {
			first = e;
			continue;
		}
		names_report_one(e, first, report, before, after);
	}
}
