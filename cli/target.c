/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/target.c - targets come and go, and what they offer.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"

#define TARGET_PATH 1024

/* "alias TEXT" ... into body; only those words, each once. */
static bool
target_take_pairs(json_t *body, const char *const *words, int argc, char **argv)
{
	unsigned w;
	int i;

	for (i = 0; i + 1 < argc; i += 2) {
		for (w = 0; words[w] != NULL && strcmp(words[w], argv[i]) != 0;
		     w++)
			;
		if (words[w] == NULL || json_object_get(body, argv[i]) != NULL)
			return false;
		json_object_set_new(body, argv[i], json_string(argv[i + 1]));
	}
	return i == argc;
}

int
cli_verb_target_create(const struct cli *cli, int argc, char **argv)
{
	static const char *const words[] = { "alias", "portal-group",
		"auth-group", NULL };
	json_t *body = json_object(), *o;
	int status;

	if (argc < 1 || !target_take_pairs(body, words, argc - 1, argv + 1) ||
	    json_object_get(body, "auth-group") == NULL) {
		json_decref(body);
		return cli_misuse("target create");
	}
	json_object_set_new(body, "name", json_string(argv[0]));
	status = cli_ask(cli, "POST", "/v1/targets", body, &o);
	json_decref(body);
	return cli_tell(cli, status, o, "target", argv[0], "created");
}

static bool
target_is_forced(int argc, char **argv, int least)
{
	return argc == least + 1 && strcmp(argv[least], "force") == 0;
}

int
cli_verb_target_delete(const struct cli *cli, int argc, char **argv)
{
	char path[TARGET_PATH] = "/v1/targets/";
	bool force = target_is_forced(argc, argv, 1);
	json_t *o;
	int status;

	if (argc != 1 + force)
		return cli_misuse("target delete");
	client_escape(path, sizeof(path) - 16, argv[0]);
	if (force)
		strcat(path, "?force=true");
	status = cli_ask(cli, "DELETE", path, NULL, &o);
	return cli_tell(cli, status, o, "target", argv[0],
	    "deleted; its LUNs are still there");
}

/* IQN LUN [number N] */
int
cli_verb_target_add(const struct cli *cli, int argc, char **argv)
{
	json_t *body, *o;
	char *end = NULL;
	long number = -1;
	int status;

	if (argc == 4 && strcmp(argv[2], "number") == 0)
		number = strtol(argv[3], &end, 10);
	if (argc != 2 && (end == NULL || *end != '\0' || number < 0))
		return cli_misuse("target add");
	body = json_pack("{s:s, s:s}", "target", argv[0], "lun", argv[1]);
	if (number >= 0)
		json_object_set_new(body, "number", json_integer(number));
	status = cli_ask(cli, "POST", "/v1/maps", body, &o);
	json_decref(body);
	return cli_tell(cli, status, o, "target", argv[0], "offers it");
}

int
cli_verb_target_remove(const struct cli *cli, int argc, char **argv)
{
	char path[TARGET_PATH] = "/v1/maps/";
	bool force = target_is_forced(argc, argv, 2);
	json_t *o;
	int status;

	if (argc != 2 + force)
		return cli_misuse("target remove");
	client_escape(path, sizeof(path) / 2, argv[0]);
	strcat(path, "?lun=");
	client_escape(path, sizeof(path) - 16, argv[1]);
	if (force)
		strcat(path, "&force=true");
	status = cli_ask(cli, "DELETE", path, NULL, &o);
	return cli_tell(
	    cli, status, o, "target", argv[0], "does not offer it now");
}
