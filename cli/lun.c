/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/lun.c - LUNs come, grow and go: the file is edited and put in force.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"

#define LUN_PATH 512

static int
lun_tell(const struct cli *cli, int status, json_t *o, const char *done,
    const char *name)
{
	const json_t *m;
	size_t i;

	if (cli->json && o != NULL) {
		cli_print_json(o);
		return status;
	}
	if (status == CLI_OK) {
		json_array_foreach(json_object_get(o, "messages"), i, m)
		    fprintf(stderr, "%s\n", json_string_value(m));
		printf("lun %s %s\n", name, done);
	}
	json_decref(o);
	return status;
}

/* ---- create ---- */

/* "size 20G" ...: the keywords of a lun block, and where it is offered. */
static bool
lun_take_pairs(json_t *body, int argc, char **argv)
{
	static const char *const words[] = { "size", "allocation", "cache",
		"block-size", "read-only", "thin-pool", "stripes", "target",
		"number" };
	unsigned w, n = sizeof(words) / sizeof(words[0]);
	json_t *value;
	char *end;
	int i;

	for (i = 0; i + 1 < argc; i += 2) {
		for (w = 0; w < n && strcmp(words[w], argv[i]) != 0; w++)
			;
		if (w == n || json_object_get(body, argv[i]) != NULL)
			return false;
		value = json_string(argv[i + 1]);
		if (strcmp(argv[i], "number") == 0) {
			json_decref(value);
			value = json_integer(strtol(argv[i + 1], &end, 10));
			if (*end != '\0' || end == argv[i + 1]) {
				json_decref(value);
				return false;
			}
		}
		json_object_set_new(body, argv[i], value);
	}
	return i == argc;
}

static bool
lun_take_store(json_t *body, int *argc, char ***argv)
{
	static const char *const with_path[] = { "file", "block", "lv", "nbd" };
	const char *store = (*argv)[0];
	bool path = false;
	unsigned i;

	for (i = 0; i < 4; i++)
		path |= strcmp(store, with_path[i]) == 0;
	if (!path && strcmp(store, "ram") != 0 && strcmp(store, "null") != 0)
		return false;
	if (path && *argc < 2)
		return false;
	json_object_set_new(body, "store", json_string(store));
	if (path)
		json_object_set_new(body, "path", json_string((*argv)[1]));
	*argc -= 1 + path;
	*argv += 1 + path;
	return true;
}

int
cli_verb_lun_create(const struct cli *cli, int argc, char **argv)
{
	json_t *body = json_object(), *o;
	const char *name = argc > 0 ? argv[0] : "";
	int status;

	argc--;
	argv++;
	if (argc < 1 || !lun_take_store(body, &argc, &argv) ||
	    !lun_take_pairs(body, argc, argv)) {
		json_decref(body);
		return cli_misuse("lun create");
	}
	json_object_set_new(body, "name", json_string(name));
	status = cli_ask(cli, "POST", "/v1/luns", body, &o);
	json_decref(body);
	return lun_tell(cli, status, o, "created", name);
}

/* ---- grow, delete ---- */

int
cli_verb_lun_grow(const struct cli *cli, int argc, char **argv)
{
	char path[LUN_PATH] = "/v1/luns/";
	json_t *body, *o;
	int status;

	if (argc != 2)
		return cli_misuse("lun grow");
	client_escape(path, sizeof(path), argv[0]);
	body = json_pack("{s:s}", "size", argv[1]);
	status = cli_ask(cli, "PATCH", path, body, &o);
	json_decref(body);
	return lun_tell(cli, status, o, "has grown", argv[0]);
}

int
cli_verb_lun_delete(const struct cli *cli, int argc, char **argv)
{
	char path[LUN_PATH] = "/v1/luns/";
	bool force = argc == 2 && strcmp(argv[1], "force") == 0;
	json_t *o;
	int status;

	if (argc != 1 && !force)
		return cli_misuse("lun delete");
	client_escape(path, sizeof(path) - 16, argv[0]);
	if (force)
		strcat(path, "?force=true");
	status = cli_ask(cli, "DELETE", path, NULL, &o);
	return lun_tell(
	    cli, status, o, "deleted; its data are where they were", argv[0]);
}
