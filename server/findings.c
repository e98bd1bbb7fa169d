/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/findings.c - what is wrong with a configuration.
 */
#include "server/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes text. */
static void
findings_take(struct findings *f, char *text)
{
	size_t bytes = (f->count + 1) * sizeof(*f->lines);
	char **lines = text != NULL ? realloc(f->lines, bytes) : NULL;

	if (lines == NULL) {
		free(text);
		return;
	}
	f->lines = lines;
	f->lines[f->count++] = text;
}

void
findings_add(struct findings *f, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	findings_take(f, text);
}

void
findings_add_report(struct findings *f, const struct config_report *report)
{
	unsigned i;

	for (i = 0; i < report->count; i++)
		findings_take(f, config_message_format(&report->messages[i]));
}

void
findings_clear(struct findings *f)
{
	unsigned i;

	for (i = 0; i < f->count; i++)
		free(f->lines[i]);
	free(f->lines);
	*f = (struct findings){ NULL, 0 };
}
