/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/ram.c - memory.
 *
 * Lost when the process ends: there is no stable storage at all.  So there is
 * no cache that a flush could empty either: a write that is done is as durable
 * as it will ever be, a flush is nothing, and volatile_cache is false.  Memory
 * is taken page by page by the first write, and discard gives whole pages back.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backstores/stores.h"
#include "common/bytes.h"
#include "common/log.h"

#define RAM_PAGE 4096
/*
 * Address space kept for growing: the memory must not move, since workers read
 * and write it while the size changes.
 */
#define RAM_GROWTH (UINT64_C(64) << 30)

struct ram {
	char *base;
	uint64_t reserved; /* bytes of address space, whole pages */
};

static struct ram *
ram_of(struct backstore *bs)
{
	return bs->priv;
}

static bool
ram_reserve(struct ram *ram, uint64_t bytes)
{
	ram->base = mmap(NULL, bytes, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ram->reserved = bytes;
	return ram->base != MAP_FAILED;
}

/* Let the first bytes be used. */
static int
ram_commit(struct ram *ram, uint64_t bytes)
{
	if (bytes > ram->reserved)
		return -ENOMEM;
	if (mprotect(ram->base, align_up(bytes, RAM_PAGE),
		PROT_READ | PROT_WRITE) < 0)
		return -errno;
	return 0;
}

static int
ram_map(struct ram *ram, uint64_t bytes)
{
	uint64_t whole = align_up(bytes, RAM_PAGE);
	int error;

	if (bytes > INT64_MAX - RAM_GROWTH - RAM_PAGE)
		return -ENOMEM;
	if (!ram_reserve(ram, whole + RAM_GROWTH) && !ram_reserve(ram, whole))
		return -ENOMEM;
	error = ram_commit(ram, bytes);
	if (error != 0)
		munmap(ram->base, ram->reserved);
	return error;
}

static int
ram_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	struct ram *ram;
	int error;

	if (config->size == 0)
		return bs_refuse(
		    why, why_size, EINVAL, "a ram store needs a size");
	ram = calloc(1, sizeof(*ram));
	error = ram != NULL ? ram_map(ram, config->size) : -ENOMEM;
	if (error != 0) {
		free(ram);
		return bs_refuse(why, why_size, -error,
		    "%" PRIu64 " bytes of memory are not to be had: %m",
		    config->size);
	}
	bs->priv = ram;
	bs->info = (struct bs_info){
		.size_bytes = config->size,
		.min_block_bytes = 1,
		.physical_block_bytes = RAM_PAGE,
		.discard_granularity = RAM_PAGE,
		.thin = true,
		.discard_zeroes = true,
		.read_only = config->read_only,
	};
	log_notice("ram store, its data are lost on exit bytes=%" PRIu64,
	    config->size);
	return 0;
}

static void
ram_close(struct backstore *bs)
{
	struct ram *ram = ram_of(bs);

	munmap(ram->base, ram->reserved);
	free(ram);
}

static int
ram_resize(struct backstore *bs, uint64_t bytes)
{
	return ram_commit(ram_of(bs), bytes);
}

static int
ram_read(struct backstore *bs, struct bs_io *io)
{
	const char *from = ram_of(bs)->base + io->offset;
	int i;

	for (i = 0; i < io->iovcnt; from += io->iov[i++].iov_len)
		memcpy(io->iov[i].iov_base, from, io->iov[i].iov_len);
	return 0;
}

static int
ram_write(struct backstore *bs, struct bs_io *io)
{
	char *to = ram_of(bs)->base + io->offset;
	int i;

	for (i = 0; i < io->iovcnt; to += io->iov[i++].iov_len)
		memcpy(to, io->iov[i].iov_base, io->iov[i].iov_len);
	return 0;
}

/* Zero the range; whole pages are given back, which is quicker, too. */
static int
ram_zero(struct backstore *bs, struct bs_io *io)
{
	struct ram *ram = ram_of(bs);
	uint64_t end = io->offset + io->length;
	uint64_t first = align_up(io->offset, RAM_PAGE);
	uint64_t last = end - end % RAM_PAGE;

	if (first >= last) {
		memset(ram->base + io->offset, 0, io->length);
		return 0;
	}
	memset(ram->base + io->offset, 0, first - io->offset);
	memset(ram->base + last, 0, end - last);
	if (madvise(ram->base + first, last - first, MADV_DONTNEED) < 0)
		memset(ram->base + first, 0, last - first);
	return 0;
}

const struct bs_ops bs_ram_ops = {
	.name = "ram",
	.kind = BS_INLINE,
	.open = ram_open,
	.close = ram_close,
	.resize = ram_resize,
	.read = ram_read,
	.write = ram_write,
	.discard = ram_zero,
	.write_zeroes = ram_zero,
	.fua = true,
};
