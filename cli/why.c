/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/why.c - why a login is refused, and events as they come.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"

#define WHY_PATH 2048

/* ---- why ---- */

static void
why_print_place(const json_t *o)
{
	const json_t *place = json_object_get(o, "place");

	if (json_is_object(place))
		printf("  (%s:%u)", cli_text(place, "file"),
		    (unsigned)cli_number(place, "line"));
	putchar('\n');
}

static void
why_print_target(const json_t *t)
{
	const json_t *step, *lun;
	size_t i;

	printf("%s at portal-group %s: %s", cli_text(t, "target"),
	    cli_text(t, "portal_group"),
	    cli_flag(t, "admitted") ? "admitted" : "refused");
	if (!cli_flag(t, "admitted"))
		printf(", login status %s", cli_text(t, "status"));
	putchar('\n');
	json_array_foreach(json_object_get(t, "steps"), i, step)
	{
		printf("  %-3s %s", cli_flag(step, "ok") ? "ok" : "NO",
		    cli_text(step, "text"));
		why_print_place(step);
	}
	json_array_foreach(json_object_get(t, "luns"), i, lun)
	{
		printf("  %-3s LUN %u %s%s",
		    cli_flag(lun, "visible") ? "ok" : "NO",
		    (unsigned)cli_number(lun, "number"), cli_text(lun, "name"),
		    cli_flag(lun, "visible")
			? cli_flag(lun, "read_only") ? ", read-only" : ""
			: " is hidden from this name");
		why_print_place(lun);
	}
}

static void
why_add(char *path, const char *name, const char *value)
{
	snprintf(path + strlen(path), WHY_PATH - strlen(path), "&%s=", name);
	client_escape(path, WHY_PATH, value);
}

/* "from ADDRESS", "as USER", "to TARGET" in any order. */
static bool
why_take_words(char *path, int argc, char **argv)
{
	static const char *const words[][2] = { { "from", "address" },
		{ "as", "user" }, { "to", "target" } };
	int i;
	unsigned w;

	for (i = 0; i + 1 < argc; i += 2) {
		for (w = 0; w < 3 && strcmp(words[w][0], argv[i]) != 0; w++)
			;
		if (w == 3)
			return false;
		why_add(path, words[w][1], argv[i + 1]);
	}
	return i == argc;
}

int
cli_verb_why(const struct cli *cli, int argc, char **argv)
{
	char path[WHY_PATH] = "/v1/why?initiator=";
	unsigned admitted;
	const json_t *t;
	json_t *o;
	size_t i;
	int status;

	if (argc < 1)
		return cli_misuse("why");
	client_escape(path, sizeof(path), argv[0]);
	if (!why_take_words(path, argc - 1, argv + 1))
		return cli_misuse("why");
	status = cli_ask(cli, "GET", path, NULL, &o);
	if (status != CLI_OK) {
		json_decref(o);
		return status;
	}
	admitted = (unsigned)cli_number(o, "admitted");
	if (cli->json) {
		cli_print_json(o);
		return admitted > 0 ? CLI_OK : CLI_FAILED;
	}
	json_array_foreach(json_object_get(o, "targets"), i, t)
	    why_print_target(t);
	if (json_array_size(json_object_get(o, "targets")) == 0)
		puts("there is no such target");
	json_decref(o);
	return admitted > 0 ? CLI_OK : CLI_FAILED;
}

/* ---- events ---- */

static bool
events_print(void *ctx, json_t *event)
{
	const struct cli *cli = ctx;
	double at = json_real_value(json_object_get(event, "time"));
	time_t seconds = (time_t)at;
	struct tm tm;
	char text[32];

	if (cli->json) {
		json_dumpf(event, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		localtime_r(&seconds, &tm);
		strftime(text, sizeof(text), "%F %T", &tm);
		printf("%s %s %s\n", text, cli_text(event, "level"),
		    cli_text(event, "event"));
	}
	return fflush(stdout) == 0;
}

int
cli_verb_events(const struct cli *cli, int argc, char **argv)
{
	int error;

	if (argc > 0)
		return cli_misuse("events");
	error = client_follow(
	    cli->socket, "/v1/events?follow=true", events_print, (void *)cli);
	return error == 0 ? CLI_OK : cli_unreachable(cli, error);
}
