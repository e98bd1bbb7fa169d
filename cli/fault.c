/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/fault.c - faults on purpose, for labs.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"

/* "delay=500", "error=3/11/0", "busy", "drop" */
static void
fault_take_action(json_t *body, const char *text)
{
	const char *value = strchr(text, '=');
	size_t bytes = value != NULL ? (size_t)(value++ - text) : strlen(text);

	if (strcmp(text, "busy") == 0) {
		json_object_set_new(body, "fault", json_string("error"));
		json_object_set_new(body, "sense", json_string("busy"));
		return;
	}
	json_object_set_new(body, "fault", json_stringn(text, bytes));
	if (value != NULL && strncmp(text, "delay", bytes) == 0)
		json_object_set_new(
		    body, "delay_ms", json_integer(strtol(value, NULL, 10)));
	else if (value != NULL)
		json_object_set_new(body, "sense", json_string(value));
}

static bool
fault_take_numbers(json_t *body, int argc, char **argv)
{
	static const char *const words[] = { "lba", "blocks", "count" };
	char *end;
	unsigned w;
	int i;

	for (i = 0; i + 1 < argc; i += 2) {
		for (w = 0; w < 3 && strcmp(words[w], argv[i]) != 0; w++)
			;
		if (w == 3)
			return false;
		json_object_set_new(
		    body, argv[i], json_integer(strtoll(argv[i + 1], &end, 0)));
		if (*end != '\0' || end == argv[i + 1])
			return false;
	}
	return i == argc;
}

/* With --json as it is, else a line with the number. */
static int
fault_tell(const struct cli *cli, int status, json_t *o, const char *what)
{
	if (cli->json && o != NULL) {
		cli_print_json(o);
		return status;
	}
	if (status == CLI_OK)
		printf("fault %u%s\n", (unsigned)cli_number(o, "id"), what);
	json_decref(o);
	return status;
}

int
cli_verb_fault_add(const struct cli *cli, int argc, char **argv)
{
	json_t *body = json_object(), *o;
	int status;

	if (argc < 3 || !fault_take_numbers(body, argc - 3, argv + 3)) {
		json_decref(body);
		return cli_misuse("fault add");
	}
	json_object_set_new(body, "lun", json_string(argv[0]));
	json_object_set_new(body, "commands", json_string(argv[1]));
	fault_take_action(body, argv[2]);
	status = cli_ask(cli, "POST", "/v1/faults", body, &o);
	json_decref(body);
	return fault_tell(cli, status, o, "");
}

static const char *
fault_what(const json_t *f, char *buf, size_t size)
{
	if (json_object_get(f, "delay_ms") != NULL)
		snprintf(
		    buf, size, "delay=%u", (unsigned)cli_number(f, "delay_ms"));
	else if (json_object_get(f, "sense") != NULL)
		snprintf(buf, size, "error=%s", cli_text(f, "sense"));
	else
		snprintf(buf, size, "%s", cli_text(f, "fault"));
	return buf;
}

static void
fault_print(const json_t *faults)
{
	static const char *const heads[] = { ">ID", "LUN", "COMMANDS", "FAULT",
		">LBA", ">BLOCKS", ">COUNT", ">HITS" };
	static const char *const names[] = { "id", "lba", "blocks", "count",
		"hits" };
	struct table *t = table_new(8, heads);
	char n[5][24], what[32];
	const json_t *f;
	size_t i, k;

	json_array_foreach(faults, i, f)
	{
		for (k = 0; k < 5; k++)
			snprintf(n[k], sizeof(n[k]), "%llu",
			    (unsigned long long)cli_number(f, names[k]));
		table_add(t, (const char *const[]){ n[0], cli_text(f, "lun"),
				 cli_text(f, "commands"),
				 fault_what(f, what, sizeof(what)), n[1], n[2],
				 n[3], n[4] });
	}
	table_print(t);
}

int
cli_verb_fault_list(const struct cli *cli, int argc, char **argv)
{
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("fault list");
	status = cli_get(cli, "/v1/faults", &o);
	if (o == NULL)
		return status;
	fault_print(json_object_get(o, "faults"));
	json_decref(o);
	return status;
}

int
cli_verb_fault_remove(const struct cli *cli, int argc, char **argv)
{
	char path[64] = "/v1/faults/";
	json_t *o;
	int status;

	if (argc != 1)
		return cli_misuse("fault remove");
	client_escape(path, sizeof(path), argv[0]);
	status = cli_ask(cli, "DELETE", path, NULL, &o);
	return fault_tell(cli, status, o, " ends");
}
