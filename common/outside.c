/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/outside.c - opening what a configuration names.
 */
#include "common/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static const struct outside_ops *outside_ops;

void
outside_ask(const struct outside_ops *ops)
{
	outside_ops = ops;
}

static bool
outside_was_refused(void)
{
	return outside_ops != NULL && (errno == EACCES || errno == EPERM);
}

int
outside_open(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags, mode);

	if (fd >= 0 || !outside_was_refused())
		return fd;
	fd = outside_ops->open(path, flags, mode);
	if (fd >= 0)
		return fd;
	errno = -fd;
	return -1;
}

/* 0, or -1 with errno. */
static int
outside_result(int error)
{
	if (error == 0)
		return 0;
	errno = -error;
	return -1;
}

int
outside_unlink(const char *path)
{
	if (unlink(path) == 0)
		return 0;
	if (!outside_was_refused())
		return -1;
	return outside_result(outside_ops->unlink(path));
}

/* It keeps its one name where it cannot be moved. */
static int
outside_link(const char *from, const char *to)
{
	int error;

	if (linkat(AT_FDCWD, from, AT_FDCWD, to, 0) < 0)
		return -1;
	if (unlink(from) == 0)
		return 0;
	error = errno;
	unlink(to);
	errno = error;
	return -1;
}

/* NFS and 9p, for two, rename only over what is there. */
static int
outside_move_here(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (outside_link(from, to) == 0)
		return 0;
	if (errno == EPERM || errno == ENOSYS)
		errno = EOPNOTSUPP;
	return -1;
}

int
outside_move(const char *from, const char *to)
{
	if (outside_move_here(from, to) == 0)
		return 0;
	if (!outside_was_refused())
		return -1;
	return outside_result(outside_ops->move(from, to));
}

int
outside_own(const char *path)
{
	if (!outside_was_refused())
		return -1;
	return outside_result(outside_ops->own(path));
}
