/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/file_open.c - creating, growing and finding out about a file.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "backstores/file.h"
#include "backstores/file_new.h"
#include "backstores/image_lock.h"
#include "backstores/stores.h"
#include "backstores/sysfs.h"
#include "common/log.h"
#include "common/outside.h"

#define FILE_PAGE            4096
#define FILE_GRANULARITY_MAX (1u << 20)

/* ---- growing ---- */

static int
file_reserve(int fd, uint64_t to)
{
	int error = file_fill(fd, 0, to, NULL, NULL, NULL);

	return error == 0 ? file_check_full(fd, to) : error;
}

static int
file_extend(int fd, uint64_t from, uint64_t to)
{
	return to > from && ftruncate(fd, (off_t)to) < 0 ? -errno : 0;
}

int
file_grow(int fd, uint64_t from, uint64_t to, bool full)
{
	int error = full ? file_reserve(fd, to) : file_extend(fd, from, to);

	if (error == 0 && fsync(fd) < 0)
		error = -errno;
	if (error != 0 && to > from && ftruncate(fd, (off_t)from) < 0)
		log_warning(
		    "file could not be cut to its old size bytes=%" PRIu64
		    " error=\"%m\"",
		    from);
	return error;
}

/* ---- opening ---- */

static int
file_open_flags(const struct bs_config *config)
{
	/* O_NONBLOCK: that a FIFO of that name does not hang us. */
	return O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
	       (config->read_only ? O_RDONLY : O_RDWR);
}

/* A descriptor or -errno; *created: there was no file. */
static int
file_open_fd(const struct bs_config *config, bool *created)
{
	int flags = file_open_flags(config);
	int fd = outside_open(config->path, flags, 0);

	*created = false;
	if (fd >= 0 || errno != ENOENT || config->read_only ||
	    config->size == 0)
		return fd >= 0 ? fd : -errno;
	fd = file_new_disk(config->path);
	*created = fd >= 0;
	return fd;
}

/* ---- what it is ---- */

static bool
file_is_power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* The size of the holes that the file system can make. */
static uint32_t
file_granularity(int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0 || !file_is_power_of_two(fs.f_frsize) ||
	    fs.f_frsize > FILE_GRANULARITY_MAX)
		return FILE_PAGE;
	return (uint32_t)fs.f_frsize;
}

/* Asked behind the end of the file, where nothing can be lost. */
static bool
file_can_punch(struct file *f, uint64_t size)
{
	return fdio_punch(&f->io, size, FILE_PAGE) != -EOPNOTSUPP;
}

static void
file_learn_holes(struct file *f, struct bs_info *info)
{
	if (info->read_only)
		return;
	info->thin = true;
	if (!file_can_punch(f, info->size_bytes))
		return;
	f->io.may_punch = !f->full;
	info->discard_granularity = file_granularity(f->io.fd);
	info->discard_zeroes = true;
}

static void
file_learn_full(struct file *f, struct bs_info *info, const char *path)
{
	info->copies_on_write = file_copies_on_write(f->io.fd);
	if (f->full && info->copies_on_write)
		log_warning(
		    "blocks are reserved, but this file system writes to new "
		    "ones, and may find none path=%s",
		    path);
}

static void
file_learn_origin(int fd, struct bs_info *info)
{
	ssize_t n = fgetxattr(
	    fd, FILE_ORIGIN_XATTR, info->origin, sizeof(info->origin) - 1);
	const char *c;

	info->origin[n > 0 ? n : 0] = '\0';
	for (c = info->origin; isgraph((unsigned char)*c); c++)
		;
	if (*c != '\0') /* not by us */
		info->origin[0] = '\0';
}

static int
file_learn(struct file *f, struct bs_info *info, const char *path)
{
	struct stat st;

	if (fstat(f->io.fd, &st) < 0)
		return -errno;
	info->size_bytes = (uint64_t)st.st_size;
	info->min_block_bytes = 1;
	info->physical_block_bytes = FILE_PAGE;
	info->optimal_io_bytes =
	    st.st_blksize > FILE_PAGE ? (uint32_t)st.st_blksize : 0;
	info->volatile_cache = true;
	info->rotational = sysfs_queue(st.st_dev, "rotational") != 0;
	info->maps = true;
	file_learn_origin(f->io.fd, info);
	file_learn_full(f, info, path);
	file_learn_holes(f, info);
	return 0;
}

/* ---- the steps of an open ---- */

/* It was for the open only: io_uring would not wait for the disk with it. */
static int
file_clear_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	/* all flags, O_APPEND among them, would be those of -1 */
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static int
file_check_type(int fd, const char *path, char *why, size_t why_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return bs_refuse(why, why_size, errno, "%s: %m", path);
	if (S_ISBLK(st.st_mode))
		return bs_refuse(why, why_size, EINVAL,
		    "%s is a block device, not a file", path);
	if (!S_ISREG(st.st_mode))
		return bs_refuse(
		    why, why_size, EINVAL, "%s is not a regular file", path);
	if (file_clear_nonblock(fd) < 0)
		return bs_refuse(why, why_size, errno, "%s: %m", path);
	return 0;
}

/* What the file is to have: a larger one was grown by somebody, and what is
 * behind the configured size may be in use. */
static uint64_t
file_choose_size(const struct bs_config *config, uint64_t from)
{
	if (config->size >= from)
		return config->size;
	if (config->size != 0)
		log_warning("file is larger than configured, and is served as "
			    "it is path=%s size=%" PRIu64
			    " configured=%" PRIu64,
		    config->path, from, config->size);
	return from;
}

static int
file_set_size(
    struct file *f, const struct bs_config *config, char *why, size_t why_size)
{
	struct stat st;
	uint64_t from, to;
	int error;

	if (fstat(f->io.fd, &st) < 0)
		return bs_refuse(why, why_size, errno, "%s: %m", config->path);
	from = (uint64_t)st.st_size;
	to = file_choose_size(config, from);
	if (to > from && config->read_only)
		return bs_refuse(why, why_size, EINVAL,
		    "%s has %" PRIu64 " bytes, and %" PRIu64
		    " are configured: a read-only one is not grown",
		    config->path, from, to);
	if (to == from && !f->full)
		return 0;
	error = file_grow(f->io.fd, from, to, f->full);
	if (error != 0)
		return bs_refuse(why, why_size, -error,
		    "%s cannot be given %" PRIu64 " bytes%s: %m", config->path,
		    to, f->full ? ", all reserved" : "");
	return 0;
}

/* In the configuration it says whose the file is to be. */
static int
file_set_owner(
    struct file *f, const struct bs_config *config, char *why, size_t why_size)
{
	int error = owner_find(config, &f->owner, why, why_size);

	if (error != 0)
		return error;
	error = owner_set(&f->owner, f->io.fd, config->path);
	if (error == 0)
		return 0;
	return bs_refuse(why, why_size, -error,
	    "%s cannot be given owner %s, group %s, mode %04o: %m%s",
	    config->path, config->owner != NULL ? config->owner : "as it is",
	    config->group != NULL ? config->group : "as it is", config->mode,
	    error == -EPERM ? " (only a daemon that was started by root can "
			      "give files to others)"
			    : "");
}

static int
file_set_direct(struct file *f, struct bs_info *info, const char *path,
    char *why, size_t why_size)
{
	int error = fdio_set_direct(&f->io, &info->min_block_bytes);

	if (error != 0)
		return bs_refuse(why, why_size, -error,
		    "%s cannot be used without the page cache there: %m", path);
	fdio_learn_atomic(&f->io, info);
	return 0;
}

static int
file_prepare(struct file *f, struct bs_info *info,
    const struct bs_config *config, char *why, size_t why_size)
{
	const char *path = config->path;
	int error;

	f->full = config->full && !config->read_only;
	info->read_only = config->read_only;
	info->sleeps = fdio_distrust(&f->io);
	if ((error = file_check_type(f->io.fd, path, why, why_size)) != 0 ||
	    (error = image_lock(
		 f->io.fd, path, config->read_only, why, why_size)) != 0 ||
	    (error = file_set_owner(f, config, why, why_size)) != 0 ||
	    (error = file_set_size(f, config, why, why_size)) != 0)
		return error;
	error = file_learn(f, info, path);
	if (error != 0)
		return bs_refuse(why, why_size, -error, "%s: %m", path);
	return config->direct ? file_set_direct(f, info, path, why, why_size)
			      : 0;
}

int
file_setup(struct file *f, struct bs_info *info, const struct bs_config *config,
    char *why, size_t why_size)
{
	bool created;
	int error, fd = file_open_fd(config, &created);

	if (fd < 0)
		return bs_refuse(why, why_size, -fd, "%s: %m%s", config->path,
		    fd == -ENOENT && !config->read_only
			? ", and no size is given to create it with"
			: "");
	fdio_init(&f->io, fd, config->direct);
	error = file_prepare(f, info, config, why, why_size);
	if (error == 0 && created &&
	    (error = file_sync_name(config->path)) != 0)
		bs_refuse(why, why_size, -error, "%s: %m", config->path);
	if (error == 0)
		return 0;
	/* Busy: somebody else found the new file before it was locked. */
	if (created && error != -EBUSY)
		outside_unlink(config->path);
	fdio_close(&f->io);
	return error;
}
