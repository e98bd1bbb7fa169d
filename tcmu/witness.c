/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/witness.c - the system calls of the module.
 *
 * The qcow module looks at few of its own results: it takes a table that it
 * could not read for an empty one, a short write for a whole one, and goes on
 * when an update of the image's tables failed.  Its calls bind to these
 * functions.  They do all of a transfer or fail, remember the first failure of
 * a command, and after one change nothing more.  So the command fails, whatever
 * the module makes of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tcmu/host.h"

/* Each thread works at one command. */
static _Thread_local struct {
	bool watching, read_only;
	int error;    /* the first */
	bool harmful; /* after it the module's tables may not be the image's */
} witness;

static uint64_t witness_room;

void
witness_begin(bool read_only)
{
	witness.watching = true;
	witness.read_only = read_only;
	witness.error = 0;
	witness.harmful = false;
}

int
witness_end(bool *trusted)
{
	witness.watching = false;
	*trusted = !witness.harmful;
	return witness.error;
}

void
witness_reserve(uint64_t bytes)
{
	witness_room = bytes;
}

/* -1 with errno. */
static int
witness_failed(int error, bool harmful)
{
	if (witness.error == 0)
		witness.error = -error;
	witness.harmful |= harmful;
	errno = error;
	return -1;
}

/* May a call that changes something be made? */
static bool
witness_admits_change(void)
{
	if (witness.error == 0 && !witness.read_only)
		return true;
	if (!witness.watching)
		return true;
	witness_failed(witness.error != 0 ? -witness.error : EROFS, true);
	return false;
}

/* preadv2() and pwritev2() are nobody's but ours. */
static ssize_t
witness_move(bool write, int fd, const struct iovec *iov, off_t offset)
{
	return write ? pwritev2(fd, iov, 1, offset, 0)
		     : preadv2(fd, iov, 1, offset, 0);
}

/* All of one vector: its bytes, or fewer and *error (EIO at the file's end). */
static size_t
witness_move_all(
    bool write, int fd, const struct iovec *iov, off_t offset, int *error)
{
	size_t done = 0;
	ssize_t n;

	while (done < iov->iov_len) {
		n = witness_move(write, fd,
		    &(struct iovec){
			(char *)iov->iov_base + done, iov->iov_len - done },
		    offset + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*error = n < 0 ? errno : EIO;
			return done;
		}
		done += (size_t)n;
	}
	return done;
}

static ssize_t
witness_transfer(bool write, int fd, const struct iovec *iov, int iovcnt,
    off_t offset, bool harmful)
{
	size_t sum = 0;
	int i, error = 0;

	if (!witness.watching)
		return write ? pwritev2(fd, iov, iovcnt, offset, 0)
			     : preadv2(fd, iov, iovcnt, offset, 0);
	for (i = 0; i < iovcnt && error == 0; i++)
		sum += witness_move_all(
		    write, fd, &iov[i], offset + (off_t)sum, &error);
	return error == 0 ? (ssize_t)sum : witness_failed(error, harmful);
}

/* ---- of tables ---- */

ssize_t
pread(int fd, void *data, size_t bytes, off_t offset)
{
	struct iovec iov = { data, bytes };

	return witness_transfer(false, fd, &iov, 1, offset, true);
}

ssize_t
pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
	struct iovec iov = { (void *)(uintptr_t)data, bytes };

	if (!witness_admits_change())
		return -1;
	return witness_transfer(true, fd, &iov, 1, offset, true);
}

/* ---- of data: nothing in the module depends on them ---- */

ssize_t
preadv(int fd, const struct iovec *iov, int iovcnt, off_t offset)
{
	return witness_transfer(false, fd, iov, iovcnt, offset, false);
}

ssize_t
pwritev(int fd, const struct iovec *iov, int iovcnt, off_t offset)
{
	if (!witness_admits_change())
		return -1;
	return witness_transfer(true, fd, iov, iovcnt, offset, false);
}

/* ---- allocation ---- */

/*
 * One allocation may need more for tables, and would leave the image half
 * changed without.  So there is no room as soon as there is little.
 */
static bool
witness_has_room(int fd)
{
	struct statvfs fs;

	return witness_room == 0 || fstatvfs(fd, &fs) != 0 ||
	       fs.f_bavail * fs.f_frsize >= witness_room;
}

/* By file systems that cannot, such as tmpfs and NFS. */
static int
witness_write_zeroes(int fd, off_t offset, off_t bytes)
{
	static const char zeroes[4096];
	struct iovec iov = { (void *)(uintptr_t)zeroes, sizeof(zeroes) };
	int error = 0;

	for (; bytes > 0 && error == 0; bytes -= (off_t)iov.iov_len) {
		iov.iov_len = min_u64((uint64_t)bytes, sizeof(zeroes));
		witness_move_all(true, fd, &iov, offset, &error);
		offset += (off_t)iov.iov_len;
	}
	return error == 0 ? 0 : witness_failed(error, true);
}

int
fallocate(int fd, int mode, off_t offset, off_t bytes)
{
	if (!witness_admits_change())
		return -1;
	if (witness.watching && !witness_has_room(fd))
		return witness_failed(ENOSPC, false);
	if (syscall(SYS_fallocate, fd, mode, offset, bytes) == 0)
		return 0;
	return errno == EOPNOTSUPP && mode == FALLOC_FL_ZERO_RANGE
		   ? witness_write_zeroes(fd, offset, bytes)
		   : witness_failed(errno, true);
}

int
ftruncate(int fd, off_t bytes)
{
	if (!witness_admits_change())
		return -1;
	return syscall(SYS_ftruncate, fd, bytes) == 0
		   ? 0
		   : witness_failed(errno, true);
}

/* ---- flushes ---- */

/* Tables are made durable with it before they are relied upon. */
int
fdatasync(int fd)
{
	return syscall(SYS_fdatasync, fd) == 0 ? 0
					       : witness_failed(errno, true);
}

int
fsync(int fd)
{
	return syscall(SYS_fsync, fd) == 0 ? 0 : witness_failed(errno, true);
}
