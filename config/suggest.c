/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/suggest.c - which known word was meant?
 */
#include "config/suggest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SUGGEST_WORD_MAX 48 /* longer ones are not compared */

static unsigned
suggest_min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows are enough for swaps. */
static unsigned
suggest_distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned rows[3][SUGGEST_WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t i, j;

	memset(rows, 0, sizeof(rows));
	for (j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		spare = before;
		before = last;
		last = row;
		row = spare;
		row[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			row[j] = suggest_min(last[j] + 1, row[j - 1] + 1);
			row[j] = suggest_min(
			    row[j], last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = suggest_min(row[j], before[j - 2] + 1);
		}
	}
	return row[m];
}

static bool
suggest_could_be(size_t n, size_t m, unsigned most)
{
	size_t apart = n > m ? n - m : m - n;

	return n <= SUGGEST_WORD_MAX && m <= SUGGEST_WORD_MAX && apart <= most;
}

void
suggest_offer(struct suggestion *s, const char *candidate)
{
	size_t n = strlen(s->word), m = strlen(candidate);
	unsigned most = m < 3 ? 0 : m < 6 ? 1 : m < 9 ? 2 : 3, distance;

	if (!suggest_could_be(n, m, most))
		return;
	distance = suggest_distance(s->word, n, candidate, m);
	if (distance > most || (s->best != NULL && distance >= s->distance))
		return;
	s->best = candidate;
	s->distance = distance;
}
