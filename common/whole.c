/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/whole.c - calls on a file until all is done.
 */
#include "common/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

/* preadv2() and pwritev2() take -1 for the file's own position. */
static off_t
whole_offset(uint64_t at, size_t done)
{
	return at == WHOLE_HERE ? -1 : (off_t)(at + done);
}

ssize_t
whole_read(int fd, void *to, size_t bytes, uint64_t at)
{
	struct iovec rest;
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		rest = (struct iovec){ (char *)to + done, bytes - done };
		n = preadv2(fd, &rest, 1, whole_offset(at, done), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int
whole_write(int fd, const void *from, size_t bytes, uint64_t at)
{
	struct iovec rest;
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		rest = (struct iovec){ (char *)(uintptr_t)from + done,
			bytes - done };
		n = pwritev2(fd, &rest, 1, whole_offset(at, done), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

int
whole_fallocate(int fd, int mode, uint64_t at, uint64_t bytes)
{
	while (fallocate(fd, mode, (off_t)at, (off_t)bytes) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int
whole_sync(int fd)
{
	while (fdatasync(fd) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}
