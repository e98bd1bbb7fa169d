/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/rbd.c - an image in a Ceph cluster, by librbd.
 *
 * Without librbd's cache: a write that is done is on the disks of the cluster.
 * We hold the image's exclusive lock from open to close; when another gateway
 * has taken it, the cluster refuses ours, and the store is lost.
 */
#ifdef HAVE_RBD

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backstores/rbd.h"
#include "common/bytes.h"

/* What is freed below that, within an object, may not be given back. */
#define RBD_DISCARD_BYTES   (64u << 10)
#define RBD_DISCARD_OBJECTS 64

/* ---- operations ---- */

static bool
rbd_is_fenced(int error)
{
	/* EBLOCKLISTED; and EROFS, which is ours no more */
	return error == -ESHUTDOWN || error == -EROFS;
}

int
rbd_result(struct bs_io *io, ssize_t result)
{
	if (rbd_is_fenced((int)result)) {
		bs_set_state(io->bs, BS_LOST,
		    "another gateway has taken the image's lock");
		return -ESHUTDOWN;
	}
	if (result == -EDQUOT)
		return -ENOSPC;
	if (result < 0)
		return (int)result;
	/* the image has been cut short */
	return io->op == BS_READ && (uint64_t)result < io->length ? -EIO : 0;
}

/* In a thread of librbd's. */
static void
rbd_ended(rbd_completion_t completion, void *arg)
{
	struct bs_io *io = arg;
	struct rbd *r = io->bs->priv;
	ssize_t result = r->lib->rbd_aio_get_return_value(completion);

	r->lib->rbd_aio_release(completion);
	bs_io_complete(io, rbd_result(io, result));
}

static int
rbd_start_read(struct rbd *r, struct bs_io *io, rbd_completion_t c)
{
	return r->lib->rbd_aio_readv(
	    r->image, io->iov, io->iovcnt, io->offset, c);
}

static int
rbd_start_write(struct rbd *r, struct bs_io *io, rbd_completion_t c)
{
	return r->lib->rbd_aio_writev(
	    r->image, io->iov, io->iovcnt, io->offset, c);
}

static int
rbd_start_flush(struct rbd *r, struct bs_io *io, rbd_completion_t c)
{
	return r->lib->rbd_aio_flush(r->image, c);
}

/* rbd_aio_discard() skips what is less than its granularity; this does not,
 * and gives back as much. */
static int
rbd_start_discard(struct rbd *r, struct bs_io *io, rbd_completion_t c)
{
	return r->lib->rbd_aio_write_zeroes(
	    r->image, io->offset, io->length, c, 0, 0);
}

static int
rbd_start_zeroes(struct rbd *r, struct bs_io *io, rbd_completion_t c)
{
	int how = io->flags & BS_MAY_UNMAP
		      ? 0
		      : RBD_WRITE_ZEROES_FLAG_THICK_PROVISION;

	return r->lib->rbd_aio_write_zeroes(
	    r->image, io->offset, io->length, c, how, 0);
}

static int (*const rbd_starters[BS_OPS])(
    struct rbd *, struct bs_io *, rbd_completion_t) = {
	[BS_READ] = rbd_start_read,
	[BS_WRITE] = rbd_start_write,
	[BS_FLUSH] = rbd_start_flush,
	[BS_DISCARD] = rbd_start_discard,
	[BS_WRITE_ZEROES] = rbd_start_zeroes,
};

static void
rbd_submit(struct backstore *bs, struct bs_io *io)
{
	struct rbd *r = bs->priv;
	rbd_completion_t c;
	int error;

	if (io->op == BS_MAP && bs->info.maps) {
		rbd_map(io);
		return;
	}
	if (io->op == BS_MAP) {
		bs_map_as_data(io);
		bs_io_complete(io, 0);
		return;
	}
	error = r->lib->rbd_aio_create_completion(io, rbd_ended, &c);
	if (error < 0) {
		bs_io_complete(io, error);
		return;
	}
	error = rbd_starters[io->op](r, io, c);
	if (error >= 0)
		return;
	r->lib->rbd_aio_release(c);
	bs_io_complete(io, rbd_result(io, error));
}

/* ---- open, close, size ---- */

/* Of a snapshot: its image. */
static void
rbd_name_origin(const char *path, char *out, size_t size)
{
	const char *at = strchr(path, '@');

	if (at != NULL)
		snprintf(out, size, "%.*s", (int)(at - path), path);
}

static int
rbd_open_store(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	struct rbd *r;
	int error = rbd_open_image(config, &r, why, why_size);

	if (error != 0)
		return error;
	error = rbd_mapper_start(&r->mapper);
	if (error != 0) {
		rbd_close_image(r);
		return bs_refuse(why, why_size, -error, "no thread: %m");
	}
	bs->priv = r;
	bs->info = (struct bs_info){
		.size_bytes = atomic_load(&r->size),
		.min_block_bytes = 512,
		.physical_block_bytes = 4096,
		.optimal_io_bytes = (uint32_t)r->object_bytes,
		.discard_granularity =
		    (uint32_t)min_u64(r->object_bytes, RBD_DISCARD_BYTES),
		.max_discard_bytes = r->object_bytes * RBD_DISCARD_OBJECTS,
		.thin = true,
		.discard_zeroes = true,
		.read_only = config->read_only,
		/* else the objects are not in the order of the image */
		.maps = r->stripes == 1,
	};
	rbd_name_origin(config->path, bs->info.origin, sizeof(bs->info.origin));
	return 0;
}

static void
rbd_close_store(struct backstore *bs)
{
	struct rbd *r = bs->priv;

	rbd_mapper_stop(&r->mapper);
	rbd_close_image(r);
}

static int
rbd_grow(struct backstore *bs, uint64_t bytes)
{
	struct rbd *r = bs->priv;
	int error = 0;

	if (bytes > atomic_load(&r->size))
		error = r->lib->rbd_resize(r->image, bytes);
	if (error == 0)
		atomic_store(&r->size, bytes);
	return error;
}

/* The cluster is asked only when it has told of a change. */
static int
rbd_refresh(struct backstore *bs, uint64_t *size_bytes)
{
	struct rbd *r = bs->priv;
	uint64_t size;
	int error = 0;

	if (atomic_exchange(&r->changed, false)) {
		error = r->lib->rbd_get_size(r->image, &size);
		if (error == 0)
			atomic_store(&r->size, size);
		else
			atomic_store(&r->changed, true);
	}
	*size_bytes = atomic_load(&r->size);
	return error;
}

const struct bs_ops bs_rbd_ops = {
	.name = "rbd",
	.kind = BS_ASYNC,
	.open = rbd_open_store,
	.close = rbd_close_store,
	.resize = rbd_grow,
	.refresh = rbd_refresh,
	.fua = true,
	.submit = rbd_submit,
};

#endif
