/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/adopt.c - what a file is that carries the identity of another.
 *
 * The daemon does not serve such a LUN, and may not run because of it.  So the
 * decision is left at the file itself, in an attribute that the daemon honours
 * and removes when it opens it.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "cli/client.h"
#include "config/config.h"

#define ADOPT_XATTR "user.tisane.adopt" /* as in server/identity.h */

static const struct config_lun *
adopt_find(const struct config *config, const char *name)
{
	const struct config_lun *lun;

	TAILQ_FOREACH (lun, &config->luns, link) {
		if (strcmp(lun->name, name) == 0)
			return lun;
	}
	return NULL;
}

static int
adopt_mark(const struct config *config, const char *name, const char *decision)
{
	const struct config_lun *lun = adopt_find(config, name);

	if (lun == NULL) {
		cli_say("there is no lun %s in the configuration", name);
		return CLI_FAILED;
	}
	if (strcmp(lun->store, "file") != 0) {
		cli_say("lun %s is no file", name);
		return CLI_FAILED;
	}
	if (setxattr(lun->path, ADOPT_XATTR, decision, strlen(decision), 0) ==
	    0)
		return CLI_OK;
	cli_say("%s: %s", lun->path, strerror(errno));
	return CLI_FAILED;
}

static int
adopt_in(const char *file, const char *name, const char *decision)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_load(file, &report);
	int status;

	config_report_free(&report);
	if (config == NULL) {
		cli_say("%s is invalid (tisane check)", file);
		return CLI_INVALID;
	}
	status = adopt_mark(config, name, decision);
	config_free(config);
	return status;
}

int
cli_verb_lun_adopt(const struct cli *cli, int argc, char **argv)
{
	struct answer a = { 0, NULL };
	char *file;
	int status;

	if (argc != 2 ||
	    (strcmp(argv[1], "keep") != 0 && strcmp(argv[1], "new") != 0))
		return cli_misuse("lun adopt");
	file = cli_find_config(cli);
	if (file == NULL)
		return CLI_FAILED;
	status = adopt_in(file, argv[0], argv[1]);
	free(file);
	if (status != CLI_OK)
		return status;
	if (client_ask(cli->socket, "GET", "/v1/jobs", NULL, &a) == 0) {
		json_decref(a.body);
		return cli_verb_reload(cli, 0, NULL);
	}
	puts("decided; start tisaned");
	return CLI_OK;
}
