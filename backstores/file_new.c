/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/file_new.c - new files: filled, or clones of others.
 */
#include "backstores/file_new.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "common/bytes.h"
#include "common/outside.h"
#include "common/whole.h"

#define FILE_PIECE       (64u << 20) /* reserved at a time */
#define FILE_WRITE_PIECE (1u << 20)  /* written at a time */
#define FILE_ZFS         0x2fc12fc1
#define FILE_OVERLAY     0x794c7630

int
file_new(const char *path)
{
	int fd = outside_open(
	    path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);

	return fd >= 0 ? fd : -errno;
}

/* Only of an empty one: btrfs takes it for no other. */
static void
file_set_nocow(int fd)
{
	struct statfs fs;
	int flags;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != BTRFS_SUPER_MAGIC ||
	    ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return;
	flags |= FS_NOCOW_FL;
	ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

int
file_new_disk(const char *path)
{
	int fd = file_new(path);

	if (fd >= 0)
		file_set_nocow(fd);
	return fd;
}

bool
file_copies_on_write(int fd)
{
	struct statfs fs;
	int flags = 0;

	if (fstatfs(fd, &fs) < 0)
		return false;
	if (fs.f_type != BTRFS_SUPER_MAGIC)
		return fs.f_type == FILE_ZFS;
	return ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ||
	       (flags & FS_NOCOW_FL) == 0;
}

/* The name of a new file is durable once its directory is. */
int
file_sync_name(const char *path)
{
	char *copy = strdup(path);
	int error = 0, fd;

	if (copy == NULL)
		return -ENOMEM;
	fd = outside_open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	free(copy);
	if (fd < 0)
		return -errno;
	/* EINVAL: the file system has nothing to sync there */
	if (fsync(fd) < 0 && errno != EINVAL)
		error = -errno;
	close(fd);
	return error;
}

/* ---- filling ---- */

/*
 * Blocks shared with a clone are not ours to overwrite: the write would need
 * others.  Most file systems share none and do not know the call.
 */
static int
file_unshare(int fd, uint64_t at, uint64_t bytes)
{
	int error = whole_fallocate(fd, FALLOC_FL_UNSHARE_RANGE, at, bytes);

	return error == -EOPNOTSUPP || error == -ENOSYS ? 0 : error;
}

static int
file_reserve_piece(int fd, uint64_t at, uint64_t bytes)
{
	int error = whole_fallocate(fd, 0, at, bytes);

	return error == 0 ? file_unshare(fd, at, bytes) : error;
}

static int
file_write_zeroes(int fd, uint64_t at, uint64_t end)
{
	static const char zeroes[64 << 10];
	uint64_t n;
	int error = 0;

	for (; at < end && error == 0; at += n) {
		n = min_u64(end - at, sizeof(zeroes));
		error = whole_write(fd, zeroes, n, at);
	}
	return error;
}

/* Zeroes over the holes of a piece that is within the file. */
static int
file_write_holes(int fd, uint64_t at, uint64_t end)
{
	off_t hole, data;
	int error;

	while (at < end) {
		hole = lseek(fd, (off_t)at, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		if ((uint64_t)hole >= end)
			return 0;
		data = lseek(fd, hole, SEEK_DATA);
		if (data < 0 && errno != ENXIO)
			return -errno;
		at = data < 0 ? end : min_u64((uint64_t)data, end);
		error = file_write_zeroes(fd, (uint64_t)hole, at);
		if (error != 0)
			return error;
	}
	return 0;
}

static int
file_write_piece(int fd, uint64_t at, uint64_t end, struct file_hold *hold)
{
	struct stat st;
	int error = hold != NULL ? hold->begin(hold) : 0;

	if (error != 0)
		return error;
	if (fstat(fd, &st) < 0)
		error = -errno;
	else if ((uint64_t)st.st_size < end)
		error = file_write_zeroes(fd,
		    (uint64_t)st.st_size > at ? (uint64_t)st.st_size : at, end);
	if (error == 0)
		error = file_write_holes(fd, at, end);
	if (hold != NULL)
		hold->end(hold);
	return error;
}

int
file_fill(int fd, uint64_t from, uint64_t to, struct file_hold *hold,
    file_progress *progress, void *ctx)
{
	uint64_t at = from, bytes;
	bool reserves = true;
	int error = 0;

	while (at < to && error == 0) {
		if (progress != NULL && !progress(ctx, at - from, to - from))
			return -ECANCELED;
		bytes =
		    min_u64(to - at, reserves ? FILE_PIECE : FILE_WRITE_PIECE);
		error = reserves ? file_reserve_piece(fd, at, bytes)
				 : file_write_piece(fd, at, at + bytes, hold);
		if (error == -EOPNOTSUPP && reserves) {
			reserves = false;
			error = 0;
			continue;
		}
		at += bytes;
	}
	if (error == 0 && progress != NULL)
		progress(ctx, to - from, to - from);
	return error;
}

int
file_check_full(int fd, uint64_t bytes)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return (uint64_t)st.st_blocks * 512 < bytes ? -ENOSPC : 0;
}

/* ---- sharing ---- */

static const char *
file_system_name(int fd)
{
	/* clang-format off */
	static const struct { unsigned long type; const char *name; } names[] = {
		{ EXT4_SUPER_MAGIC, "ext4" }, { XFS_SUPER_MAGIC, "xfs" },
		{ BTRFS_SUPER_MAGIC, "btrfs" }, { TMPFS_MAGIC, "tmpfs" },
		{ NFS_SUPER_MAGIC, "nfs" }, { FUSE_SUPER_MAGIC, "fuse" },
		{ FILE_ZFS, "zfs" }, { FILE_OVERLAY, "overlay" },
	};
	/* clang-format on */
	struct statfs fs;
	size_t i;

	if (fstatfs(fd, &fs) == 0)
		for (i = 0; i < ARRAY_LEN(names); i++)
			if ((unsigned long)fs.f_type == names[i].type)
				return names[i].name;
	return "of an unknown kind";
}

/* btrfs: blocks are shared only between files of the same kind. */
static void
file_copy_nocow(int from, int to)
{
	int flags = 0, own = 0;

	if (ioctl(from, FS_IOC_GETFLAGS, &flags) < 0 ||
	    ioctl(to, FS_IOC_GETFLAGS, &own) < 0 ||
	    ((flags ^ own) & FS_NOCOW_FL) == 0)
		return;
	own ^= FS_NOCOW_FL;
	ioctl(to, FS_IOC_SETFLAGS, &own);
}

int
file_share_all(int from, int to, const char *path, char *why, size_t why_size)
{
	int error;

	file_copy_nocow(from, to);
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	error = errno;
	if (error == EXDEV)
		return bs_refuse(why, why_size, EXDEV,
		    "%s is on another file system, and files share blocks only "
		    "within one",
		    path);
	if (error == EOPNOTSUPP || error == ENOTTY || error == EINVAL)
		return bs_refuse(why, why_size, EOPNOTSUPP,
		    "files cannot share blocks on the file system there, %s "
		    "(%s): that "
		    "takes btrfs, or xfs with reflink=1",
		    file_system_name(to), path);
	return bs_refuse(why, why_size, error, "%s: %m", path);
}
