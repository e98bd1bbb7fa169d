/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/block.c - any block device: disk, partition, logical volume, loop.
 *
 * A writable one is opened with O_EXCL, which claims it from the kernel, so
 * that it is not mounted or used by device-mapper meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/fdio.h"
#include "backstores/image_lock.h"
#include "backstores/stores.h"
#include "backstores/sysfs.h"
#include "common/bytes.h"
#include "common/outside.h"

struct block {
	struct fdio io; /* first: see fdio.h */
	/* Bytes shown of a device that may be larger; 0: all of it. */
	_Atomic uint64_t shown;
};

static struct block *
block_of(struct backstore *bs)
{
	return container_of(bs->priv, struct block, io);
}

/* ---- open ---- */

static int
block_open_fd(const struct bs_config *config, char *why, size_t why_size)
{
	struct stat st;
	int fd;

	/* Asked before the open: opening a FIFO or a tape does something. */
	if (stat(config->path, &st) < 0)
		return bs_refuse(why, why_size, errno, "%s: %m", config->path);
	if (!S_ISBLK(st.st_mode))
		return bs_refuse(why, why_size, ENOTBLK,
		    "%s is not a block device", config->path);
	fd = outside_open(config->path,
	    O_CLOEXEC | (config->read_only ? O_RDONLY : O_RDWR | O_EXCL), 0);
	if (fd < 0 && errno == EBUSY)
		return bs_refuse(why, why_size, EBUSY,
		    "%s is mounted or in use by another process or device",
		    config->path);
	if (fd < 0)
		return bs_refuse(why, why_size, errno, "%s: %m", config->path);
	return fd;
}

/* 0: does not say, as old devices do. */
static uint32_t
block_ask_u32(int fd, unsigned long request)
{
	unsigned value = 0;

	return ioctl(fd, request, &value) == 0 ? value : 0;
}

static int
block_size(int fd, uint64_t *bytes)
{
	return ioctl(fd, BLKGETSIZE64, bytes) < 0 ? -errno : 0;
}

/* Punching promises zeroes; without it BLKDISCARD promises nothing. */
static void
block_learn_discard(struct block *b, struct bs_info *info, dev_t device)
{
	uint64_t most = sysfs_queue(device, "discard_max_bytes");
	bool punches = sysfs_queue(device, "write_zeroes_max_bytes") > 0;

	atomic_store(&b->io.punch_hole, punches);
	if (info->read_only || most == 0)
		return;
	info->discard_granularity =
	    (uint32_t)sysfs_queue(device, "discard_granularity");
	if (info->discard_granularity < info->min_block_bytes)
		info->discard_granularity = info->min_block_bytes;
	info->max_discard_bytes = most;
	info->discard_zeroes = punches;
	info->thin = true;
	b->io.may_punch = punches;
}

static int
block_learn(struct block *b, struct bs_info *info)
{
	int fd = b->io.fd;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	info->min_block_bytes = block_ask_u32(fd, BLKSSZGET);
	if (info->min_block_bytes == 0)
		info->min_block_bytes = 512;
	info->physical_block_bytes = block_ask_u32(fd, BLKPBSZGET);
	if (info->physical_block_bytes < info->min_block_bytes)
		info->physical_block_bytes = info->min_block_bytes;
	info->optimal_io_bytes = block_ask_u32(fd, BLKIOOPT);
	info->rotational = sysfs_queue(st.st_rdev, "rotational") != 0;
	info->volatile_cache = true;
	block_learn_discard(b, info, st.st_rdev);
	return block_size(fd, &info->size_bytes);
}

static int
block_check_read_only(const struct block *b, const struct bs_config *config,
    char *why, size_t why_size)
{
	int read_only = 0;

	if (config->read_only)
		return 0;
	if (ioctl(b->io.fd, BLKROGET, &read_only) < 0)
		return bs_refuse(why, why_size, errno, "%s: %m", config->path);
	if (read_only != 0)
		return bs_refuse(why, why_size, EROFS,
		    "%s is a read-only device: the LUN must be read-only, too",
		    config->path);
	return 0;
}

static int
block_check_size(struct block *b, struct bs_info *info,
    const struct bs_config *config, char *why, size_t why_size)
{
	if (config->size > info->size_bytes)
		return bs_refuse(why, why_size, ENOSPC,
		    "%s has %" PRIu64 " bytes, and %" PRIu64 " are configured",
		    config->path, info->size_bytes, config->size);
	if (config->size != 0)
		info->size_bytes = config->size;
	atomic_init(&b->shown, config->size);
	return 0;
}

static int
block_setup(struct backstore *bs, struct block *b,
    const struct bs_config *config, char *why, size_t why_size)
{
	int error;

	bs->info.read_only = config->read_only;
	error = block_check_read_only(b, config, why, why_size);
	if (error == 0)
		error = image_lock(
		    b->io.fd, config->path, config->read_only, why, why_size);
	if (error != 0)
		return error;
	error = block_learn(b, &bs->info);
	if (error == 0 && config->direct)
		error = fdio_set_direct(&b->io, &bs->info.min_block_bytes);
	if (error != 0)
		return bs_refuse(why, why_size, -error, "%s: %m", config->path);
	fdio_learn_atomic(&b->io, &bs->info);
	return block_check_size(b, &bs->info, config, why, why_size);
}

static int
block_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	int fd = block_open_fd(config, why, why_size);
	struct block *b;
	int error;

	if (fd < 0)
		return fd;
	b = calloc(1, sizeof(*b));
	if (b == NULL) {
		close(fd);
		return bs_refuse(why, why_size, ENOMEM, "%m");
	}
	fdio_init(&b->io, fd, config->direct);
	error = block_setup(bs, b, config, why, why_size);
	if (error != 0) {
		fdio_close(&b->io);
		free(b);
		return error;
	}
	bs->priv = &b->io;
	return 0;
}

static void
block_close(struct backstore *bs)
{
	struct block *b = block_of(bs);

	fdio_close(&b->io);
	free(b);
}

/* ---- size ---- */

static int
block_refresh(struct backstore *bs, uint64_t *size_bytes)
{
	struct block *b = block_of(bs);
	uint64_t shown = atomic_load(&b->shown);
	int error = block_size(b->io.fd, size_bytes);

	if (error == 0 && shown != 0 && shown < *size_bytes)
		*size_bytes = shown;
	return error;
}

/* A device grows by its own tools; this is for showing more of it. */
static int
block_resize(struct backstore *bs, uint64_t bytes)
{
	struct block *b = block_of(bs);
	uint64_t there;
	int error = block_size(b->io.fd, &there);

	if (error != 0)
		return error;
	if (bytes > there)
		return -ENOSPC;
	atomic_store(&b->shown, bytes);
	return 0;
}

/* ---- I/O that is not the same as a file's ---- */

static int
block_discard(struct backstore *bs, struct bs_io *io)
{
	struct block *b = block_of(bs);
	uint64_t range[2] = { io->offset, io->length };
	int error = fdio_punch(&b->io, io->offset, io->length);

	/* Never instead of a punch whose zeroes have been promised. */
	if (error != -EOPNOTSUPP || bs->info.discard_zeroes)
		return error;
	return ioctl(b->io.fd, BLKDISCARD, range) < 0 ? -errno : 0;
}

const struct bs_ops bs_block_ops = {
	.name = "block",
	.kind = BS_BLOCKING,
	.open = block_open,
	.close = block_close,
	.resize = block_resize,
	.refresh = block_refresh,
	.read = fdio_read,
	.write = fdio_write,
	.flush = fdio_flush,
	.discard = block_discard,
	.write_zeroes = fdio_write_zeroes,
	.fua = true,
	.try = fdio_try,
	.fd = fdio_fd,
};
