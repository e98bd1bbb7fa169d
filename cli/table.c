/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/table.c - rows of columns, aligned; and numbers for people.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	unsigned columns, rows;
	const char *const *heads;
	char **cells;
};

struct table *
table_new(unsigned columns, const char *const *heads)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->columns = columns;
	t->heads = heads;
	return t;
}

void
table_add(struct table *t, const char *const *cells)
{
	size_t count = (size_t)t->columns * (t->rows + 1);
	unsigned i;

	t->cells = realloc(t->cells, count * sizeof(*t->cells));
	if (t->cells == NULL)
		abort();
	for (i = 0; i < t->columns; i++)
		t->cells[t->rows * t->columns + i] = strdup(cells[i]);
	t->rows++;
}

static bool
table_is_right(const struct table *t, unsigned column)
{
	return t->heads[column][0] == '>';
}

static const char *
table_head(const struct table *t, unsigned column)
{
	return t->heads[column] + table_is_right(t, column);
}

static int
table_width(const struct table *t, unsigned column)
{
	size_t width = strlen(table_head(t, column)), n;
	unsigned i;

	for (i = 0; i < t->rows; i++) {
		n = strlen(t->cells[i * t->columns + column]);
		if (n > width)
			width = n;
	}
	return (int)width;
}

static void
table_print_cell(const struct table *t, unsigned column, const char *text)
{
	int width = table_width(t, column);
	bool last = column + 1 == t->columns;

	if (table_is_right(t, column))
		printf("%*s%s", width, text, last ? "\n" : "  ");
	else
		printf("%-*s%s", last ? 0 : width, text, last ? "\n" : "  ");
}

void
table_print(struct table *t)
{
	unsigned i;

	for (i = 0; i < t->columns; i++)
		table_print_cell(t, i, table_head(t, i));
	for (i = 0; i < t->rows * t->columns; i++)
		table_print_cell(t, i % t->columns, t->cells[i]);
	/* Until here each was measured for every cell of its column. */
	for (i = 0; i < t->rows * t->columns; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

struct cli_words
cli_size(uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB",
		"PiB" };
	struct cli_words w;
	unsigned unit = 0;
	double n = (double)bytes;

	while (n >= 1024 && unit < 5) {
		n /= 1024;
		unit++;
	}
	snprintf(w.text, sizeof(w.text),
	    unit == 0 || n >= 100 || (double)(uint64_t)n == n ? "%.0f %s"
							      : "%.1f %s",
	    n, units[unit]);
	return w;
}

struct cli_words
cli_duration(uint64_t s)
{
	struct cli_words w;
	unsigned long long n = s;

	if (s < 120)
		snprintf(w.text, sizeof(w.text), "%llu s", n);
	else if (s < 7200)
		snprintf(w.text, sizeof(w.text), "%llu min", n / 60);
	else if (s < 172800)
		snprintf(w.text, sizeof(w.text), "%llu h %llu min", n / 3600,
		    n / 60 % 60);
	else
		snprintf(w.text, sizeof(w.text), "%llu d %llu h", n / 86400,
		    n / 3600 % 24);
	return w;
}
