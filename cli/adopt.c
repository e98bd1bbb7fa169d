/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/adopt.c - what a file or volume is that carries the identity of another.
 *
 * The daemon does not serve such a LUN, and may not run because of it.  So the
 * decision is left at the file or volume itself, in an attribute or tag that
 * the daemon honours and removes when it opens it.
 */
#include "cli/cli.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cli/client.h"
#include "config/config.h"

/* As in server/identity_file.c and identity_volume.c. */
#define ADOPT_XATTR "user.tisane.adopt"
#define ADOPT_TAG   "tisane.adopt="

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

/* To take off what is not there is no error to lvm. */
static int
adopt_tag(const char *volume, const char *decision)
{
	bool keep = strcmp(decision, "keep") == 0;
	const char *argv[] = { "lvm", "lvchange", "--quiet", "--deltag",
		keep ? ADOPT_TAG "new" : ADOPT_TAG "keep", "--addtag",
		keep ? ADOPT_TAG "keep" : ADOPT_TAG "new", volume, NULL };
	int status = 0, error;
	pid_t pid;

	error = posix_spawnp(
	    &pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ);
	if (error != 0) {
		cli_say("lvm: %s", strerror(error));
		return CLI_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? CLI_OK : CLI_FAILED; /* it has said why */
}

static int
adopt_mark(const struct config *config, const char *name, const char *decision)
{
	const struct config_lun *lun = adopt_find(config, name);

	if (lun == NULL) {
		cli_say("there is no lun %s in the configuration", name);
		return CLI_FAILED;
	}
	if (strcmp(lun->store, "lv") == 0)
		return adopt_tag(lun->path, decision);
	if (strcmp(lun->store, "file") != 0) {
		cli_say("lun %s is no file and no volume", name);
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
