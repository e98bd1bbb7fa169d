/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/outside.c - opening what a configuration names.
 */
#include "common/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
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

int
outside_unlink(const char *path)
{
	int error;

	if (unlink(path) == 0)
		return 0;
	if (!outside_was_refused())
		return -1;
	error = outside_ops->unlink(path);
	if (error == 0)
		return 0;
	errno = -error;
	return -1;
}
