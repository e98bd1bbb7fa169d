/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/lun.c - LUNs come, grow and go: the file is edited and put in force.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/client.h"

#define LUN_PATH 512

/* ---- create ---- */

/* "size 20G" ...: the keywords of a lun block, and where it is offered. */
static bool
lun_take_pairs(json_t *body, int argc, char **argv)
{
	static const char *const words[] = { "size", "allocation", "reserve",
		"owner", "group", "mode", "cache", "block-size", "read-only",
		"thin-pool", "stripes", "conf", "user", "namespace", "target",
		"number", "file" };
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
	static const char *const with_path[] = { "file", "block", "lv", "nbd",
		"rbd", "tcmu" };
	const char *store = (*argv)[0];
	bool path = false;
	unsigned i;

	for (i = 0; i < sizeof(with_path) / sizeof(with_path[0]); i++)
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
	return cli_tell(cli, status, o, "lun", name, "created");
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
	status = cli_tell(cli, status, o, "lun", argv[0], "has grown");
	if (status == CLI_OK && !cli->json)
		puts("on the hosts, when they do not see it by themselves:\n"
		     "  iscsiadm -m session --rescan\n"
		     "  blockdev --rereadpt /dev/DISK    (to see it in the "
		     "partition table)\n"
		     "  virsh blockresize DOMAIN DISK SIZE    (of a virtual "
		     "machine that has it by libvirt or QEMU)");
	return status;
}

/* Is the word among those of argv? */
static bool
lun_has_word(int argc, char **argv, const char *word)
{
	int i;

	for (i = 0; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

int
cli_verb_lun_delete(const struct cli *cli, int argc, char **argv)
{
	char path[LUN_PATH] = "/v1/luns/";
	bool force = lun_has_word(argc - 1, argv + 1, "force");
	bool data = lun_has_word(argc - 1, argv + 1, "data");
	json_t *o;
	int status;

	if (argc != 1 + force + data)
		return cli_misuse("lun delete");
	client_escape(path, sizeof(path) - 32, argv[0]);
	snprintf(path + strlen(path), 32, "?force=%s&data=%s",
	    force ? "true" : "false", data ? "true" : "false");
	status = cli_ask(cli, "DELETE", path, NULL, &o);
	return cli_tell(cli, status, o, "lun", argv[0],
	    data ? "deleted, and its data"
		 : "deleted; its data are where they were");
}

/* ---- copies of it as it is now ---- */

static int
lun_copy(const struct cli *cli, const char *verb, const char *path,
    const char *done, int argc, char **argv)
{
	bool copy = argc > 2 && strcmp(argv[argc - 1], "copy") == 0;
	json_t *body = json_object(), *o;
	int status;

	argc -= copy;
	if (argc < 2 || !lun_take_pairs(body, argc - 2, argv + 2)) {
		json_decref(body);
		return cli_misuse(verb);
	}
	json_object_set_new(body, "lun", json_string(argv[0]));
	json_object_set_new(body, "name", json_string(argv[1]));
	if (copy)
		json_object_set_new(body, "copy", json_true());
	status = cli_ask(cli, "POST", path, body, &o);
	json_decref(body);
	return cli_tell(cli, status, o, "lun", argv[1], done);
}

int
cli_verb_lun_snapshot(const struct cli *cli, int argc, char **argv)
{
	return lun_copy(cli, "lun snapshot", "/v1/snapshots",
	    "is there, read-only", argc, argv);
}

int
cli_verb_lun_clone(const struct cli *cli, int argc, char **argv)
{
	return lun_copy(cli, "lun clone", "/v1/clones", "is there", argc, argv);
}

int
cli_verb_lun_convert(const struct cli *cli, int argc, char **argv)
{
	json_t *body, *o;
	int status;

	if (argc != 2)
		return cli_misuse("lun convert");
	body = json_pack("{s:s, s:s}", "lun", argv[0], "allocation", argv[1]);
	status = cli_ask(cli, "POST", "/v1/conversions", body, &o);
	json_decref(body);
	return cli_tell(cli, status, o, "lun", argv[0], "is converted");
}

int
cli_verb_lun_export_image(const struct cli *cli, int argc, char **argv)
{
	char path[LUN_PATH];
	json_t *body, *o;
	int status;

	if (argc != 2)
		return cli_misuse("lun export-image");
	/* The daemon's directory is not ours. */
	if (argv[1][0] != '/' && getcwd(path, sizeof(path)) != NULL)
		snprintf(path + strlen(path), sizeof(path) - strlen(path),
		    "/%s", argv[1]);
	else
		snprintf(path, sizeof(path), "%s", argv[1]);
	body = json_pack("{s:s, s:s}", "lun", argv[0], "file", path);
	status = cli_ask(cli, "POST", "/v1/exports", body, &o);
	json_decref(body);
	return cli_tell(cli, status, o, "lun", argv[0], "is in the file");
}
