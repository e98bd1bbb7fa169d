/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/file.c - a regular file: its I/O and its size.
 *
 * Sparse: blocks are taken by the first write and given back by discard.  Full:
 * every block is reserved, and nothing ever gives one back.
 */
#include "backstores/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "common/bytes.h"

static struct file *
file_of(struct backstore *bs)
{
	return container_of(bs->priv, struct file, io);
}

static int
file_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	struct file *f = calloc(1, sizeof(*f));
	int error;

	if (f == NULL)
		return bs_refuse(why, why_size, ENOMEM, "%m");
	error = file_setup(f, &bs->info, config, why, why_size);
	if (error == 0 &&
	    (error = spare_init(&f->spare, config->path, &f->owner)) != 0) {
		bs_refuse(why, why_size, -error, "%m");
		fdio_close(&f->io);
	}
	if (error != 0) {
		free(f);
		return error;
	}
	bs->priv = &f->io;
	atomic_store(&bs->full, f->full);
	return 0;
}

static void
file_close(struct backstore *bs)
{
	struct file *f = file_of(bs);

	spare_close(&f->spare);
	fdio_close(&f->io);
	free(f);
}

/* ---- room that is kept ---- */

#define FILE_SLACK       (1u << 20) /* for what the file system notes */
#define FILE_SLACK_SHARE 128        /* of what is kept */

/* What it lacks to what it was promised. */
static int
file_lacks(struct file *f, uint64_t *bytes)
{
	uint64_t promised = atomic_load(&f->promised), used;
	struct stat st;

	if (fstat(f->io.fd, &st) < 0)
		return -errno;
	used = (uint64_t)st.st_blocks * 512;
	*bytes = f->full || used >= promised ? 0 : promised - used;
	return 0;
}

/* The spare's mutex is held. */
static int
file_settle(struct file *f, uint64_t *kept)
{
	uint64_t lacks = 0;
	int error = file_lacks(f, &lacks);

	if (error == 0)
		error = spare_keep(&f->spare,
		    lacks == 0 ? 0
			       : lacks + lacks / FILE_SLACK_SHARE + FILE_SLACK);
	*kept = min_u64(lacks, f->spare.bytes);
	/* What is wanted for the notes is no promise. */
	return backstore_is_no_room(error) && *kept == lacks ? 0 : error;
}

static int
file_reserve(struct backstore *bs, uint64_t bytes, uint64_t *kept)
{
	struct file *f = file_of(bs);
	int error;

	if (bytes > 0 && bs->info.copies_on_write)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&f->spare.mutex);
	atomic_store(&f->promised, bytes);
	error = file_settle(f, kept);
	pthread_mutex_unlock(&f->spare.mutex);
	return error;
}

/* Blocks were freed: nobody else is to have those that were promised. */
static void
file_take_back(struct file *f)
{
	uint64_t kept;

	if (atomic_load(&f->promised) == 0)
		return;
	pthread_mutex_lock(&f->spare.mutex);
	file_settle(f, &kept); /* what it lacks is told by the next look */
	pthread_mutex_unlock(&f->spare.mutex);
}

typedef int file_run(struct backstore *bs, struct bs_io *io);

/* What to keep is for; a limit of the size of files (EFBIG) is not. */
static bool
file_needs_room(int error)
{
	return error == -ENOSPC || error == -EDQUOT;
}

/* Others may be quicker to take what is given up: until there is no more.  What
 * they gave up for theirs meanwhile is taken first. */
static int
file_run_spared(struct backstore *bs, struct bs_io *io, file_run *run)
{
	struct file *f = file_of(bs);
	int error = run(bs, io);

	if (!file_needs_room(error) || bs_io_syncs(io) ||
	    atomic_load(&f->promised) == 0)
		return error;
	pthread_mutex_lock(&f->spare.mutex);
	do
		error = run(bs, io);
	while (file_needs_room(error) && spare_give(&f->spare, io->length));
	pthread_mutex_unlock(&f->spare.mutex);
	return error;
}

static int
file_write(struct backstore *bs, struct bs_io *io)
{
	return file_run_spared(bs, io, fdio_write);
}

/* ---- size ---- */

static int
file_resize(struct backstore *bs, uint64_t bytes)
{
	struct file *f = file_of(bs);

	return file_grow(f->io.fd, backstore_size(bs), bytes, f->full);
}

static int
file_refresh(struct backstore *bs, uint64_t *size_bytes)
{
	struct stat st;

	if (fstat(file_of(bs)->io.fd, &st) < 0)
		return -errno;
	*size_bytes = (uint64_t)st.st_size;
	return 0;
}

static int
file_allocated(struct backstore *bs, uint64_t *bytes)
{
	struct stat st;

	if (fstat(file_of(bs)->io.fd, &st) < 0)
		return -errno;
	*bytes = (uint64_t)st.st_blocks * 512;
	return 0;
}

/* What is kept for the superuser alone does not count as available. */
static int
file_pool(struct backstore *bs, struct bs_pool *pool)
{
	struct statvfs fs;

	if (fstatvfs(file_of(bs)->io.fd, &fs) < 0)
		return -errno;
	pool->size = (uint64_t)fs.f_blocks * fs.f_frsize;
	pool->available = (uint64_t)fs.f_bavail * fs.f_frsize;
	pthread_mutex_lock(&file_of(bs)->spare.mutex);
	pool->available += file_of(bs)->spare.bytes;
	pthread_mutex_unlock(&file_of(bs)->spare.mutex);
	return 0;
}

/* The name that it was opened by. */
static int
file_look(struct backstore *bs)
{
	struct stat open, named;

	if (fstat(file_of(bs)->io.fd, &open) < 0)
		return -errno;
	if (stat(bs->name, &named) < 0)
		return -errno;
	return named.st_dev == open.st_dev && named.st_ino == open.st_ino
		   ? 0
		   : -ESTALE;
}

static void
file_set_full(struct backstore *bs, bool full)
{
	struct file *f = file_of(bs);

	f->full = full;
	f->io.may_punch = !full && bs->info.discard_granularity != 0;
	atomic_store(&bs->full, full);
	file_take_back(f); /* to be full takes what is kept */
}

/* ---- holes ---- */

/* To one that has become full meanwhile: zeroes, and the blocks stay. */
static int
file_discard(struct backstore *bs, struct bs_io *io)
{
	int error;

	if (file_of(bs)->full)
		return fdio_write_zeroes(bs, io);
	error = fdio_punch(&file_of(bs)->io, io->offset, io->length);
	file_take_back(file_of(bs));
	return error;
}

static int
file_write_zeroes(struct backstore *bs, struct bs_io *io)
{
	int error = file_run_spared(bs, io, fdio_write_zeroes);

	if ((io->flags & BS_MAY_UNMAP) != 0)
		file_take_back(file_of(bs));
	return error;
}

/* Where data or the next hole begins, at most end.  0 or -errno. */
static int
file_seek(struct file *f, uint64_t at, uint64_t end, int whence, uint64_t *out)
{
	off_t found = lseek(f->io.fd, (off_t)at, whence);

	if (found < 0 && errno != ENXIO)
		return -errno;
	/* ENXIO: there is none up to the end of the file */
	*out = found < 0 ? end : min_u64((uint64_t)found, end);
	return 0;
}

static int
file_next_extent(struct file *f, uint64_t at, uint64_t end, struct bs_extent *e)
{
	uint64_t data = end, hole = end;
	int error = file_seek(f, at, end, SEEK_DATA, &data);

	e->offset = at;
	if (error != 0 || data > at) {
		e->kind = f->full ? BS_EXTENT_ZERO : BS_EXTENT_HOLE;
		e->length = data - at;
		return error;
	}
	error = file_seek(f, at, end, SEEK_HOLE, &hole);
	/* Truncated or punched between the two: data will do. */
	e->kind = BS_EXTENT_DATA;
	e->length = hole > at ? hole - at : end - at;
	return error;
}

static int
file_map(struct backstore *bs, struct bs_io *io)
{
	struct file *f = file_of(bs);
	uint64_t at = io->offset, end = io->offset + io->length;
	struct bs_extent *e;
	int error;

	while (at < end && io->extents_found < io->max_extents) {
		e = &io->extents[io->extents_found];
		error = file_next_extent(f, at, end, e);
		if (error != 0)
			return error;
		at += e->length;
		io->extents_found++;
	}
	return 0;
}

/* ---- shared blocks ---- */

/*
 * A write to a shared block needs a new one: neither of two files that share
 * can have every block reserved.
 */
static bool
file_can_clone(const struct backstore *bs, const struct backstore *from)
{
	const struct file *f = container_of(bs->priv, struct file, io);
	const struct file *g = container_of(from->priv, struct file, io);

	return !f->full && !g->full;
}

/* Another file system, one that cannot, or parts of its blocks. */
static bool
file_is_refused_clone(int error)
{
	return error == EXDEV || error == EOPNOTSUPP || error == ENOTTY ||
	       error == EINVAL || error == EPERM;
}

static int
file_clone(struct backstore *bs, struct bs_io *io)
{
	struct file_clone_range range = {
		.src_fd = file_of(io->from)->io.fd,
		.src_offset = io->from_offset,
		.src_length = io->length,
		.dest_offset = io->offset,
	};

	while (ioctl(file_of(bs)->io.fd, FICLONERANGE, &range) < 0)
		if (errno != EINTR)
			return file_is_refused_clone(errno) ? -EOPNOTSUPP
							    : -errno;
	return 0;
}

const struct bs_ops bs_file_ops = {
	.name = "file",
	.kind = BS_BLOCKING,
	.open = file_open,
	.close = file_close,
	.resize = file_resize,
	.refresh = file_refresh,
	.look = file_look,
	.set_full = file_set_full,
	.allocated = file_allocated,
	.pool = file_pool,
	.reserve = file_reserve,
	.read = fdio_read,
	.write = file_write,
	.flush = fdio_flush,
	.discard = file_discard,
	.write_zeroes = file_write_zeroes,
	.map = file_map,
	.can_clone = file_can_clone,
	.clone = file_clone,
	.fua = true,
	.try = fdio_try,
	.fd = fdio_fd,
};
