/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/replace.c - a new file in the place of an old one, at once.
 */
#include "config/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/whole.h"

#define REPLACE_NEW_MODE 0640

/* Where it is right already nothing is asked for: services may not chown. */
static int
replace_chown(int fd, const struct stat *want)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (st.st_uid == want->st_uid && st.st_gid == want->st_gid)
		return 0;
	return fchown(fd, want->st_uid, want->st_gid) == 0 ? 0 : -errno;
}

/* The owner first: a change of owner may take mode bits away. */
static int
replace_copy_owner(int fd, const char *path)
{
	struct stat st;
	int error;

	if (stat(path, &st) != 0)
		return errno == ENOENT && fchmod(fd, REPLACE_NEW_MODE) == 0
			   ? 0
			   : -errno;
	error = replace_chown(fd, &st);
	if (error == 0 && fchmod(fd, st.st_mode & 07777) != 0)
		error = -errno;
	return error;
}

static int
replace_fill(int fd, const char *path, const void *content, size_t bytes)
{
	int error = replace_copy_owner(fd, path);

	if (error == 0)
		error = whole_write(fd, content, bytes, WHOLE_HERE);
	if (error == 0 && fsync(fd) != 0)
		error = -errno;
	return error;
}

static int
replace_sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) != 0)
		error = -errno;
	close(fd);
	return error;
}

static int
replace_real(const char *path, const void *content, size_t bytes)
{
	char temporary[PATH_MAX + 16], *name;
	int fd, error;

	name = strrchr(path, '/') + 1;
	snprintf(temporary, sizeof(temporary), "%.*s.%s.XXXXXX",
	    (int)(name - path), path, name);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = replace_fill(fd, path, content, bytes);
	if (close(fd) != 0 && error == 0)
		error = -errno;
	if (error == 0 && rename(temporary, path) != 0)
		error = -errno;
	if (error != 0) {
		unlink(temporary);
		return error;
	}
	temporary[name - path] = '\0';
	return replace_sync_directory(temporary);
}

/* Of a file that is yet to be made: its directory, and its name there. */
static int
replace_resolve(const char *path, char real[PATH_MAX])
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t bytes = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	if (realpath(path, real) != NULL)
		return 0;
	if (errno != ENOENT || bytes >= sizeof(directory))
		return -errno;
	snprintf(directory, sizeof(directory), "%.*s", (int)bytes, path);
	if (realpath(bytes == 0 ? "." : directory, real) == NULL)
		return -errno;
	bytes = strlen(real);
	if (bytes + strlen(path) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(real + bytes, PATH_MAX - bytes, "/%s",
	    slash == NULL ? path : slash + 1);
	return 0;
}

int
replace_file(const char *path, const void *content, size_t bytes)
{
	char real[PATH_MAX];
	int error = replace_resolve(path, real);

	return error != 0 ? error : replace_real(real, content, bytes);
}
