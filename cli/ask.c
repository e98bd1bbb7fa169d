/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/ask.c - questions to the daemon, and what to say when it does not answer.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/client.h"

void
cli_say(const char *fmt, ...)
{
	va_list args;

	fputs("tisane: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

int
cli_unreachable(const struct cli *cli, int error)
{
	if (error == -ENOENT || error == -ECONNREFUSED) {
		cli_say("tisaned does not run, or not with the control socket "
			"%s",
		    cli->socket);
		fputs(
		    "  to start it:              systemctl start tisaned\n"
		    "  to see why it does not:   journalctl -u tisaned -n 20\n"
		    "  with another socket:      tisane -s SOCKET ...\n",
		    stderr);
		return CLI_NOT_RUNNING;
	}
	cli_say("%s: %s", cli->socket, strerror(-error));
	if (error == -EACCES)
		fputs("  be root, or a member of the group tisane\n", stderr);
	return CLI_FAILED;
}

/* What the daemon refused, in its words. */
static int
cli_refused(const struct answer *a)
{
	const json_t *messages = json_object_get(a->body, "messages");
	const json_t *m;
	const char *text;
	size_t i;

	json_array_foreach(messages, i, m)
	{
		text = json_string_value(m);
		fprintf(stderr, "%s%s", text,
		    text[0] != '\0' && text[strlen(text) - 1] == '\n' ? ""
								      : "\n");
	}
	if (a->body == NULL)
		cli_say("the daemon answers with HTTP status %d", a->status);
	else
		cli_say("%s", cli_text(a->body, "error"));
	return a->status == 422 ? CLI_INVALID : CLI_FAILED;
}

int
cli_ask(const struct cli *cli, const char *method, const char *path,
    const json_t *send, json_t **body)
{
	struct answer a = { 0, NULL };
	int error = client_ask(cli->socket, method, path, send, &a);

	*body = NULL;
	if (error != 0)
		return cli_unreachable(cli, error);
	*body = a.body;
	return a.status == 200 ? CLI_OK : cli_refused(&a);
}

static int
cli_save_to(const struct cli *cli, const char *path, FILE *to)
{
	struct answer a = { 0, NULL };
	int error = client_save(cli->socket, path, to, &a), status = CLI_OK;

	if (error != 0)
		return cli_unreachable(cli, error);
	if (a.status != 200)
		status = cli_refused(&a);
	json_decref(a.body);
	return status;
}

int
cli_save(const struct cli *cli, const char *path, const char *file)
{
	FILE *to;
	int status;

	if (strcmp(file, "-") == 0)
		return cli_save_to(cli, path, stdout);
	to = fopen(file, "wx");
	if (to == NULL) {
		cli_say("%s: %s", file, strerror(errno));
		return CLI_FAILED;
	}
	status = cli_save_to(cli, path, to);
	if (fclose(to) != 0 && status == CLI_OK) {
		cli_say("%s: %s", file, strerror(errno));
		status = CLI_FAILED;
	}
	if (status != CLI_OK)
		remove(file);
	return status;
}

int
cli_get(const struct cli *cli, const char *path, json_t **body)
{
	int status = cli_ask(cli, "GET", path, NULL, body);

	if (status != CLI_OK || cli->json) {
		if (cli->json && *body != NULL)
			cli_print_json(*body);
		else
			json_decref(*body);
		*body = NULL;
	}
	return status;
}

void
cli_print_json(json_t *o)
{
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

const char *
cli_text(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL ? text : "";
}

uint64_t
cli_number(const json_t *o, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(o, name));
}

bool
cli_flag(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}
