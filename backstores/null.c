/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/null.c - reads as zero, forgets what is written.
 *
 * For measuring everything but the store.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "backstores/stores.h"
#include "common/log.h"

#define NULL_GRANULARITY 4096

static int
null_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	if (config->size == 0)
		return bs_refuse(
		    why, why_size, EINVAL, "a null store needs a size");
	bs->info = (struct bs_info){
		.size_bytes = config->size,
		.min_block_bytes = 1,
		.physical_block_bytes = NULL_GRANULARITY,
		.discard_granularity = NULL_GRANULARITY,
		.discard_zeroes = true,
		.read_only = config->read_only,
	};
	log_notice("null store, what is written is thrown away bytes=%" PRIu64,
	    config->size);
	return 0;
}

static void
null_close(struct backstore *bs)
{
}

static int
null_resize(struct backstore *bs, uint64_t bytes)
{
	return 0;
}

static int
null_read(struct backstore *bs, struct bs_io *io)
{
	int i;

	for (i = 0; i < io->iovcnt; i++)
		memset(io->iov[i].iov_base, 0, io->iov[i].iov_len);
	return 0;
}

static int
null_forget(struct backstore *bs, struct bs_io *io)
{
	return 0;
}

static int
null_allocated(struct backstore *bs, uint64_t *bytes)
{
	*bytes = 0;
	return 0;
}

const struct bs_ops bs_null_ops = {
	.name = "null",
	.kind = BS_INLINE,
	.open = null_open,
	.close = null_close,
	.resize = null_resize,
	.allocated = null_allocated,
	.read = null_read,
	.write = null_forget,
	.discard = null_forget,
	.write_zeroes = null_forget,
	.fua = true,
};
