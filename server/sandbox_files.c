/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/sandbox_files.c - the files that serving needs, by Landlock.
 *
 * Directories of the configuration, of the state and of files that are LUNs,
 * devices that are LUNs, and what the C library reads.  The names in a
 * directory can be listed anywhere.
 */
#include "server/sandbox_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/version.h"

/* Newer than some headers. */
#define FILES_REFER    (1ull << 13)
#define FILES_TRUNCATE (1ull << 14)

#define FILES_READ LANDLOCK_ACCESS_FS_READ_FILE
#define FILES_WRITE                                                            \
	(FILES_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FILES_TRUNCATE)
#define FILES_CHANGE                                                           \
	(FILES_WRITE | LANDLOCK_ACCESS_FS_MAKE_REG |                           \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |     \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK)
#define FILES_OTHER                                                            \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR |          \
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO |      \
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |      \
	    FILES_REFER)

struct rules {
	int fd;
	uint64_t handled;
};

/* What is missing needs no rule. */
static int
rules_admit(const struct rules *r, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access & r->handled,
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	int error = 0;

	if (rule.parent_fd < 0)
		return 0;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FILES_WRITE;
	if (syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) != 0)
		error = -errno;
	close(rule.parent_fd);
	return error;
}

static int
rules_admit_directory_of(
    const struct rules *r, const char *path, uint64_t access)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return rules_admit(r, ".", access);
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1),
	    path);
	return rules_admit(r, directory, access);
}

static int
rules_admit_luns(const struct rules *r, const struct config *config)
{
	const struct config_lun *lun;
	int error = 0;

	TAILQ_FOREACH (lun, &config->luns, link) {
		if (error != 0)
			return error;
		if (strcmp(lun->store, "file") == 0)
			error = rules_admit_directory_of(
			    r, lun->path, FILES_CHANGE);
		else if (strcmp(lun->store, "block") == 0)
			error = rules_admit(r, lun->path, FILES_WRITE);
		else if (lun->conf != NULL) /* and the keyring beside it */
			error =
			    rules_admit_directory_of(r, lun->conf, FILES_READ);
	}
	return error;
}

static int
rules_admit_system(const struct rules *r)
{
	static const char *const read[] = { "/etc", "/usr", "/lib", "/lib64",
		"/proc", "/sys", "/run/systemd/resolve" };
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	unsigned i;
	int error = rules_admit(r, "/dev/null", FILES_WRITE);

	for (i = 0; i < ARRAY_LEN(read) && error == 0; i++)
		error = rules_admit(r, read[i], FILES_READ);
	if (error == 0 && credentials != NULL)
		error = rules_admit(r, credentials, FILES_READ);
	return error;
}

static int
rules_admit_config(
    const struct rules *r, const struct config *config, const char *config_path)
{
	const char *control =
	    config->control != NULL ? config->control : TISANE_CONTROL;
	unsigned i;
	int error = rules_admit(r, config->state_directory, FILES_CHANGE);

	if (error == 0 && control[0] == '/')
		error = rules_admit_directory_of(r, control, FILES_CHANGE);
	if (config_path == NULL)
		return error;
	/* Verbs of tisane replace these. */
	for (i = 0; i < config->files.count && error == 0; i++)
		error = rules_admit_directory_of(
		    r, config->files.items[i], FILES_CHANGE);
	return error;
}

static int
rules_make(struct rules *r)
{
	struct landlock_ruleset_attr attr;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 0)
		return -errno;
	r->handled = FILES_CHANGE | FILES_OTHER;
	if (abi < 2)
		r->handled &= ~FILES_REFER;
	if (abi < 3)
		r->handled &= ~FILES_TRUNCATE;
	attr =
	    (struct landlock_ruleset_attr){ .handled_access_fs = r->handled };
	r->fd =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	return r->fd >= 0 ? 0 : -errno;
}

int
sandbox_limit_files(const struct config *config, const char *config_path)
{
	struct rules r;
	int error = rules_make(&r);

	if (error != 0)
		return error;
	error = rules_admit_system(&r);
	if (error == 0)
		error = rules_admit_config(&r, config, config_path);
	if (error == 0)
		error = rules_admit_luns(&r, config);
	if (error == 0 && syscall(SYS_landlock_restrict_self, r.fd, 0) != 0)
		error = -errno;
	close(r.fd);
	return error;
}
