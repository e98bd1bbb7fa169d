/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import.c - print other targets' configurations as ours.
 */
#include "cli/import.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define IMPORT_BYTES_MAX (16u << 20)

static const struct {
	const char *name;
	void (*read)(struct import *im, const char *text);
} import_formats[] = {
	{ "tgt", import_tgt },
	{ "lio", import_lio },
	{ "ctl", import_ctl },
	{ "scst", import_scst },
};

/* ---- sentences ---- */

static void
import_tell(
    const struct import *im, json_t *list, const char *fmt, va_list args)
{
	char text[600];
	int at = 0;

	if (im->line > 0)
		at = snprintf(text, sizeof(text), "line %u: ", im->line);
	vsnprintf(text + at, sizeof(text) - (size_t)at, fmt, args);
	json_array_append_new(list, json_string(text));
}

void
import_lose(struct import *im, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	import_tell(im, im->lost, fmt, args);
	va_end(args);
}

void
import_note(struct import *im, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	import_tell(im, im->notes, fmt, args);
	va_end(args);
}

void
import_break(struct import *im, const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	im->broken = true;
	if (im->line > 0)
		cli_say("%s:%u: %s", im->file, im->line, text);
	else
		cli_say("%s: %s", im->file, text);
}

/* ---- printing ---- */

static void
import_print_word(const char *word)
{
	if (word[0] != '\0' && strpbrk(word, " \t\r\n\"\\#;{}") == NULL) {
		fputs(word, stdout);
		return;
	}
	putchar('"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			putchar('\\');
		if (*word == '\n')
			fputs("\\n", stdout);
		else
			putchar(*word);
	}
	putchar('"');
}

static void
import_print_words(const json_t *statement, unsigned depth)
{
	size_t i;

	for (i = 0; i < depth; i++)
		putchar('\t');
	for (i = 0; import_word(statement, i) != NULL; i++) {
		if (i > 0)
			putchar(' ');
		import_print_word(import_word(statement, i));
	}
}

/* Ours are three deep at most. */
static void
import_print_list(const json_t *list, unsigned depth)
{
	const json_t *s, *block;
	size_t i;

	json_array_foreach(list, i, s)
	{
		import_print_words(s, depth);
		block = json_object_get(s, "block");
		if (block == NULL) {
			putchar('\n');
			continue;
		}
		puts(" {");
		import_print_list(block, depth + 1);
		for (unsigned k = 0; k < depth; k++)
			putchar('\t');
		puts(depth == 0 ? "}\n" : "}");
	}
}

/* A comment cannot have a line of its own in it. */
static void
import_print_comments(const char *head, const json_t *sentences)
{
	const json_t *s;
	const char *p;
	size_t i;

	json_array_foreach(sentences, i, s)
	{
		printf("# %s: ", head);
		for (p = json_string_value(s); *p != '\0'; p++)
			putchar(*p == '\n' || *p == '\r' ? ' ' : *p);
		putchar('\n');
	}
}

static void
import_say_lost(const struct import *im)
{
	const json_t *s;
	size_t i;

	json_array_foreach(im->lost, i, s)
	    cli_say("not kept: %s", json_string_value(s));
	json_array_foreach(im->notes, i, s)
	    cli_say("note: %s", json_string_value(s));
}

static void
import_print(const struct import *im, const char *format)
{
	printf("# From a configuration of %s.\n", format);
	import_print_comments("not kept", im->lost);
	import_print_comments("note", im->notes);
	putchar('\n');
	import_print_list(im->groups, 0);
	import_print_list(im->portals, 0);
	import_print_list(im->luns, 0);
	import_print_list(im->targets, 0);
}

static json_t *
import_json(const struct import *im)
{
	return json_pack("{s:O, s:O, s:O, s:O, s:O, s:O}", "auth_groups",
	    im->groups, "portal_groups", im->portals, "luns", im->luns,
	    "targets", im->targets, "not_kept", im->lost, "notes", im->notes);
}

/* ---- the verb ---- */

static bool
import_is_text(const char *text)
{
	json_t *probe = json_string(text);

	json_decref(probe);
	return probe != NULL;
}

/* NULL: it was said why.  "-" is standard input. */
static char *
import_read(const char *file)
{
	FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
	char *text = malloc(IMPORT_BYTES_MAX + 1);
	size_t bytes = 0;
	bool bad;

	if (f == NULL || text == NULL) {
		cli_say("%s: %s", file, strerror(errno));
		free(text);
		return NULL;
	}
	bytes = fread(text, 1, IMPORT_BYTES_MAX + 1, f);
	bad = ferror(f) || bytes > IMPORT_BYTES_MAX ||
	      memchr(text, '\0', bytes) != NULL;
	if (f != stdin)
		fclose(f);
	text[bad ? 0 : bytes] = '\0';
	if (bad || !import_is_text(text)) {
		cli_say("%s cannot be read, or is no text", file);
		free(text);
		return NULL;
	}
	return text;
}

static int
import_run(const struct cli *cli, struct import *im, unsigned format)
{
	char *text = import_read(im->file);

	if (text == NULL)
		return CLI_FAILED;
	import_formats[format].read(im, text);
	free(text);
	if (im->broken)
		return CLI_INVALID;
	import_settle_portals(im);
	import_say_lost(im);
	if (cli->json)
		cli_print_json(import_json(im));
	else
		import_print(im, import_formats[format].name);
	return json_array_size(im->lost) > 0 ? CLI_FAILED : CLI_OK;
}

int
cli_verb_import(const struct cli *cli, int argc, char **argv)
{
	unsigned format, n = sizeof(import_formats) / sizeof(import_formats[0]);
	struct import im = { .file = argc == 2 ? argv[1] : NULL };
	int status;

	if (argc != 2)
		return cli_misuse("import");
	for (format = 0; format < n; format++) {
		if (strcmp(import_formats[format].name, argv[0]) == 0)
			break;
	}
	if (format == n)
		return cli_misuse("import");
	im.groups = json_array();
	im.portals = json_array();
	im.luns = json_array();
	im.targets = json_array();
	im.lost = json_array();
	im.notes = json_array();
	status = import_run(cli, &im, format);
	json_decref(im.groups);
	json_decref(im.portals);
	json_decref(im.luns);
	json_decref(im.targets);
	json_decref(im.lost);
	json_decref(im.notes);
	return status;
}
