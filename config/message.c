/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/message.c - a message as it is shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "config/config.h"

#define MESSAGE_INDENT "    "

static void
message_put_place(FILE *f, const struct config_place *place)
{
	if (place->file == NULL)
		return;
	fprintf(f, "%s:", place->file);
	if (place->line > 0)
		fprintf(f, "%u:%u:", place->line, place->column);
	fputc(' ', f);
}

/* Blanks as wide as what stands before the column, tabs for tabs. */
static void
message_put_caret(FILE *f, const char *line, unsigned column)
{
	size_t left = strlen(line), n;

	fputs("\n" MESSAGE_INDENT, f);
	for (; column > 1 && left > 0; column--, line += n, left -= n) {
		n = utf8_length(line, left);
		n += n == 0;
		fputc(*line == '\t' ? '\t' : ' ', f);
	}
	fputc('^', f);
}

char *
config_message_format(const struct config_message *m)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		return NULL;
	message_put_place(f, &m->place);
	fputs(m->severity == CONFIG_ERROR ? "error: " : "warning: ", f);
	fputs(m->text, f);
	if (m->suggestion != NULL)
		fprintf(f, "; did you mean \"%s\"?", m->suggestion);
	if (m->source != NULL) {
		fprintf(f, "\n" MESSAGE_INDENT "%s", m->source);
		message_put_caret(f, m->source, m->place.column);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
