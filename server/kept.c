/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/kept.c - small files of the state directory.
 */
#include "server/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/undumped.h"
#include "common/whole.h"

#define KEPT_CHECK       "check %08x\n"
#define KEPT_CHECK_BYTES 15 /* of that line */
#define KEPT_BYTES_MAX   (4u << 20)

/* ---- system calls ---- */

static int
kept_system_create(const struct kept_ops *ops, int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd >= 0 ? fd : -errno;
}

static ssize_t
kept_system_write(
    const struct kept_ops *ops, int fd, const void *data, size_t bytes)
{
	ssize_t n = write(fd, data, bytes);

	return n >= 0 ? n : -errno;
}

static int
kept_system_sync(const struct kept_ops *ops, int fd)
{
	return fsync(fd) == 0 ? 0 : -errno;
}

static int
kept_system_close(const struct kept_ops *ops, int fd)
{
	return close(fd) == 0 ? 0 : -errno;
}

static int
kept_system_rename(
    const struct kept_ops *ops, int dir_fd, const char *from, const char *to)
{
	return renameat(dir_fd, from, dir_fd, to) == 0 ? 0 : -errno;
}

static int
kept_system_unlink(const struct kept_ops *ops, int dir_fd, const char *name)
{
	return unlinkat(dir_fd, name, 0) == 0 ? 0 : -errno;
}

const struct kept_ops kept_system = {
	.create = kept_system_create,
	.write = kept_system_write,
	.sync = kept_system_sync,
	.close = kept_system_close,
	.rename = kept_system_rename,
	.unlink = kept_system_unlink,
};

/* ---- the check ---- */

static uint32_t
kept_crc(const char *text, size_t bytes)
{
	return crc32c_update(CRC32C_SEED, text, bytes);
}

/* The body of a file that checks; NULL: it does not. */
static const char *
kept_body(const char *header, const char *text, size_t bytes, size_t *body)
{
	const size_t head = strlen(header);
	char check[KEPT_CHECK_BYTES + 1];
	size_t covered;

	if (bytes < head + KEPT_CHECK_BYTES || memcmp(text, header, head) != 0)
		return NULL;
	covered = bytes - KEPT_CHECK_BYTES;
	snprintf(check, sizeof(check), KEPT_CHECK, kept_crc(text, covered));
	if (memcmp(text + covered, check, KEPT_CHECK_BYTES) != 0)
		return NULL;
	*body = covered - head;
	return text + head;
}

/* Header, body and check, for undumped_free(): there may be secrets in it.
 * NULL: out of memory. */
static char *
kept_text(const char *header, const char *body, size_t bytes, size_t *all)
{
	size_t covered = strlen(header) + bytes;
	char *text = undumped_alloc(covered + KEPT_CHECK_BYTES + 1);

	if (text == NULL)
		return NULL;
	memcpy(text, header, strlen(header));
	memcpy(text + strlen(header), body, bytes);
	snprintf(text + covered, KEPT_CHECK_BYTES + 1, KEPT_CHECK,
	    kept_crc(text, covered));
	*all = covered + KEPT_CHECK_BYTES;
	return text;
}

/* ---- reading ---- */

void
kept_free(char *text)
{
	undumped_free(text);
}

static int
kept_read_fd(const struct kept_file *f, int fd, char **text, const char **body,
    size_t *bytes)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > KEPT_BYTES_MAX)
		return -EBADMSG;
	*text = undumped_alloc((size_t)st.st_size + 1);
	if (*text == NULL)
		return -ENOMEM;
	n = whole_read(fd, *text, (size_t)st.st_size, 0);
	*body = n < 0 ? NULL : kept_body(f->header, *text, (size_t)n, bytes);
	if (*body != NULL)
		return 0;
	kept_free(*text);
	*text = NULL;
	return n < 0 ? (int)n : -EBADMSG;
}

int
kept_read(
    const struct kept_file *f, char **text, const char **body, size_t *bytes)
{
	int fd, error;

	*text = NULL;
	/* It might be a pipe. */
	fd = openat(
	    f->dir_fd, f->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	error = kept_read_fd(f, fd, text, body, bytes);
	close(fd);
	return error;
}

/* ---- writing ---- */

static int
kept_write_all(const struct kept_ops *ops, int fd, const char *p, size_t bytes)
{
	ssize_t n;

	while (bytes > 0) {
		n = ops->write(ops, fd, p, bytes);
		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		p += n;
		bytes -= (size_t)n;
	}
	return ops->sync(ops, fd);
}

static int
kept_write_new(
    const struct kept_file *f, const char *name, const char *text, size_t bytes)
{
	const struct kept_ops *ops = f->ops;
	int fd, error, closed;

	/* Of a run that ended here. */
	ops->unlink(ops, f->dir_fd, name);
	fd = ops->create(ops, f->dir_fd, name);
	if (fd < 0)
		return fd;
	error = kept_write_all(ops, fd, text, bytes);
	closed = ops->close(ops, fd);
	return error != 0 ? error : closed;
}

static int
kept_replace(const struct kept_file *f, const char *text, size_t bytes)
{
	char name[KEPT_NAME_MAX + 8];
	int error;

	snprintf(name, sizeof(name), ".%s.new", f->name);
	error = kept_write_new(f, name, text, bytes);
	if (error == 0)
		error = f->ops->rename(f->ops, f->dir_fd, name, f->name);
	if (error == 0)
		return f->ops->sync(f->ops, f->dir_fd);
	/* What others need where there is no room. */
	f->ops->unlink(f->ops, f->dir_fd, name);
	return error;
}

int
kept_write(const struct kept_file *f, const char *body, size_t bytes)
{
	size_t all;
	char *text = kept_text(f->header, body, bytes, &all);
	int error;

	if (text == NULL)
		return -ENOMEM;
	error = all <= KEPT_BYTES_MAX ? kept_replace(f, text, all) : -EFBIG;
	undumped_free(text);
	return error;
}

int
kept_remove(const struct kept_file *f)
{
	int error = f->ops->unlink(f->ops, f->dir_fd, f->name);

	if (error != 0 && error != -ENOENT)
		return error;
	return f->ops->sync(f->ops, f->dir_fd);
}
