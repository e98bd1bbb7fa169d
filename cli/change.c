/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/change.c - the configuration and sessions: check, diff, reload, session
 * drop.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/client.h"
#include "common/version.h"
#include "config/config.h"

/* ---- check ---- */

/* Without the daemon. */
static json_t *
check_file(const char *file, bool *valid)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_load(file, &report);
	json_t *messages = json_array();
	char *text;
	unsigned i;

	*valid = config != NULL;
	for (i = 0; i < report.count; i++) {
		text = config_message_format(&report.messages[i]);
		json_array_append_new(
		    messages, json_string(text != NULL ? text : ""));
		free(text);
	}
	config_report_free(&report);
	config_free(config);
	return json_pack("{s:s, s:b, s:o}", "file", file, "valid", *valid,
	    "messages", messages);
}

static void
change_print_messages(const json_t *o, FILE *f)
{
	const json_t *m;
	const char *text;
	size_t i;

	json_array_foreach(json_object_get(o, "messages"), i, m)
	{
		text = json_string_value(m);
		fprintf(f, "%s%s", text,
		    text[0] != '\0' && text[strlen(text) - 1] == '\n' ? ""
								      : "\n");
	}
}

static int
check_local(const struct cli *cli, const char *file)
{
	bool valid;
	json_t *o = check_file(file, &valid);

	if (cli->json) {
		cli_print_json(o);
		return valid ? CLI_OK : CLI_INVALID;
	}
	change_print_messages(o, stderr);
	if (valid)
		printf("%s: ok\n", file);
	json_decref(o);
	return valid ? CLI_OK : CLI_INVALID;
}

/* The file of the daemon that runs, else the usual one. */
char *
cli_find_config(const struct cli *cli)
{
	struct answer a = { 0, NULL };
	const char *file = TISANE_CONFIG;
	char *copy;

	if (cli->config != NULL)
		return strdup(cli->config);
	if (client_ask(cli->socket, "GET", "/v1/status", NULL, &a) == 0 &&
	    a.status == 200)
		file =
		    cli_text(json_object_get(a.body, "configuration"), "file");
	copy = strdup(file);
	json_decref(a.body);
	return copy;
}

int
cli_verb_check(const struct cli *cli, int argc, char **argv)
{
	char *file;
	int status;

	if (argc > 1 || (argc == 1 && cli->config != NULL))
		return cli_misuse("check");
	if (argc == 1)
		return check_local(cli, argv[0]);
	file = cli_find_config(cli);
	if (file == NULL)
		return CLI_FAILED;
	status = check_local(cli, file);
	free(file);
	return status;
}

/* ---- diff, reload ---- */

static void
diff_print(const json_t *o)
{
	const json_t *changes = json_object_get(o, "changes"), *c, *line;
	size_t i, k;

	if (json_array_size(changes) == 0)
		puts("nothing differs");
	json_array_foreach(changes, i, c)
	{
		printf("%s %s\n", cli_text(c, "object"), cli_text(c, "change"));
		json_array_foreach(json_object_get(c, "lines"), k, line)
		    printf("    %s\n", json_string_value(line));
	}
}

/* As it is, or for people by print(); o is freed. */
static int
change_tell(const struct cli *cli, int status, json_t *o,
    void (*print)(const json_t *o))
{
	if (cli->json && o != NULL) {
		cli_print_json(o);
		return status;
	}
	if (status == CLI_OK) {
		change_print_messages(o, stderr);
		print(o);
	}
	json_decref(o);
	return status;
}

int
cli_verb_diff(const struct cli *cli, int argc, char **argv)
{
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("diff");
	status = cli_ask(cli, "POST", "/v1/diff", NULL, &o);
	return change_tell(cli, status, o, diff_print);
}

static void
reload_print(const json_t *o)
{
	printf("in force: %u LUNs, %u targets\n",
	    (unsigned)cli_number(o, "luns"),
	    (unsigned)cli_number(o, "targets"));
}

int
cli_verb_reload(const struct cli *cli, int argc, char **argv)
{
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("reload");
	status = cli_ask(cli, "POST", "/v1/reload", NULL, &o);
	return change_tell(cli, status, o, reload_print);
}

static void
rollback_print(const json_t *o)
{
	puts("in force");
}

int
cli_verb_rollback(const struct cli *cli, int argc, char **argv)
{
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("rollback");
	status = cli_ask(cli, "POST", "/v1/rollback", NULL, &o);
	return change_tell(cli, status, o, rollback_print);
}

/* ---- sessions ---- */

static void
session_drop_print(const json_t *o)
{
	unsigned n = (unsigned)cli_number(o, "connections");

	printf("dropped, %u connection%s\n", n, n == 1 ? "" : "s");
}

int
cli_verb_session_drop(const struct cli *cli, int argc, char **argv)
{
	char path[64] = "/v1/sessions/";
	json_t *o;
	int status;

	if (argc != 1)
		return cli_misuse("session drop");
	client_escape(path, sizeof(path), argv[0]);
	status = cli_ask(cli, "DELETE", path, NULL, &o);
	return change_tell(cli, status, o, session_drop_print);
}

int
cli_verb_session_record(const struct cli *cli, int argc, char **argv)
{
	char path[64] = "/v1/recordings/";
	int status;

	if (argc != 2)
		return cli_misuse("session record");
	client_escape(path, sizeof(path), argv[0]);
	status = cli_save(cli, path, argv[1]);
	if (status == CLI_OK && cli->json && strcmp(argv[1], "-") != 0)
		cli_print_json(json_pack("{s:s}", "file", argv[1]));
	return status;
}
