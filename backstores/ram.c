/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/ram.c - memory.
 *
 * Lost when the process ends: there is no stable storage at all.  So there is
 * no cache that a flush could empty either: a write that is done is as durable
 * as it will ever be, a flush is nothing, and volatile_cache is false.  Memory
 * is taken by the first write, in huge pages where the system has them, and
 * discard gives whole pages back.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backstores/stores.h"
#include "common/bytes.h"
#include "common/log.h"

#define RAM_PAGE  4096
#define RAM_LINES 128 /* of the processor's cache: two, fetched together */
/* A loss of power leaves nothing, and so nothing torn, of whatever length. */
#define RAM_ATOMIC UINT32_MAX
/*
 * Address space kept for growing, or less where that is not to be had: the
 * memory must not move, since workers read and write it while the size changes.
 */
#define RAM_GROWTH (UINT64_C(64) << 30)

struct ram {
	char *base;
	uint64_t reserved; /* bytes of address space, whole pages */
	/* One bit per page: was it written since it was last given back? */
	_Atomic uint64_t *written;
	uint64_t written_bytes;
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

/* With as much to grow into as there is: a quarter of it each time. */
static bool
ram_reserve_growing(struct ram *ram, uint64_t whole)
{
	uint64_t growth;

	for (growth = RAM_GROWTH; growth >= RAM_PAGE; growth /= 4)
		if (ram_reserve(ram, whole + growth))
			return true;
	return ram_reserve(ram, whole);
}

/* The bitmap takes memory where pages are written only, as the store does. */
static bool
ram_make_bitmap(struct ram *ram)
{
	ram->written_bytes =
	    align_up(ram->reserved / RAM_PAGE / 8 + 8, RAM_PAGE);
	ram->written = mmap(NULL, ram->written_bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return ram->written != MAP_FAILED;
}

static void
ram_unmap(struct ram *ram)
{
	munmap(ram->base, ram->reserved);
	if (ram->written != MAP_FAILED)
		munmap((void *)ram->written, ram->written_bytes);
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
	if (!ram_reserve_growing(ram, whole))
		return -ENOMEM;
	error = ram_make_bitmap(ram) ? ram_commit(ram, bytes) : -ENOMEM;
	if (error != 0)
		ram_unmap(ram);
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
	/* Random access to small pages misses the TLB each time. */
	madvise(ram->base, ram->reserved, MADV_HUGEPAGE);
	bs->priv = ram;
	bs->info = (struct bs_info){
		.size_bytes = config->size,
		.min_block_bytes = 1,
		.physical_block_bytes = RAM_PAGE,
		.discard_granularity = RAM_PAGE,
		.atomic_write_bytes = RAM_ATOMIC,
		.maps = true,
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

	ram_unmap(ram);
	free(ram);
}

static int
ram_resize(struct backstore *bs, uint64_t bytes)
{
	return ram_commit(ram_of(bs), bytes);
}

/* ---- which pages were written ---- */

static bool
ram_is_written(const struct ram *ram, uint64_t page)
{
	uint64_t word = atomic_load_explicit(
	    &ram->written[page / 64], memory_order_relaxed);

	return word >> page % 64 & 1;
}

/* Set or clear the bits of pages [first, end), a word at a time. */
static void
ram_mark(struct ram *ram, uint64_t first, uint64_t end, bool written)
{
	uint64_t n, mask, now;

	for (; first < end; first += n) {
		n = min_u64(64 - first % 64, end - first);
		mask = (n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1)
		       << first % 64;
		now = atomic_load_explicit(
		    &ram->written[first / 64], memory_order_relaxed);
		if (written && (now & mask) != mask)
			atomic_fetch_or(&ram->written[first / 64], mask);
		else if (!written && (now & mask) != 0)
			atomic_fetch_and(&ram->written[first / 64], ~mask);
	}
}

/* Where the run of pages that are written, or not, like this one ends, at most
 * at end. */
static uint64_t
ram_run_end(const struct ram *ram, uint64_t page, uint64_t end, bool written)
{
	uint64_t same = written ? UINT64_MAX : 0, others;

	for (; page < end; page += 64 - page % 64) {
		others = (same ^ atomic_load_explicit(&ram->written[page / 64],
				     memory_order_relaxed)) >>
			 page % 64;
		if (others != 0)
			return min_u64(
			    page + (unsigned)__builtin_ctzll(others), end);
	}
	return end;
}

/* ---- operations ---- */

/* What is left of the page: behind that the processor sees by itself what comes
 * next. */
static void
ram_hint(const struct backstore *bs, uint64_t offset)
{
	const struct ram *ram = bs->priv;
	const char *p = ram->base + offset;
	const char *end = ram->base + (offset | (RAM_PAGE - 1));

	for (; p < end; p += 4 * RAM_LINES) {
		__builtin_prefetch(p, 0, 2);
		__builtin_prefetch(p + RAM_LINES, 0, 2);
		__builtin_prefetch(p + 2 * RAM_LINES, 0, 2);
		__builtin_prefetch(p + 3 * RAM_LINES, 0, 2);
	}
}

/* A page that was not written is not touched: it would take memory. */
static void
ram_copy_out(const struct ram *ram, uint64_t at, char *to, uint64_t bytes)
{
	uint64_t end = at + bytes, last = (end + RAM_PAGE - 1) / RAM_PAGE, n;
	bool written;

	for (; at < end; at += n, to += n) {
		written = ram_is_written(ram, at / RAM_PAGE);
		n = ram_run_end(ram, at / RAM_PAGE, last, written) * RAM_PAGE;
		n = min_u64(n, end) - at;
		if (written)
			memcpy(to, ram->base + at, n);
		else
			memset(to, 0, n);
	}
}

static int
ram_read(struct backstore *bs, struct bs_io *io)
{
	uint64_t at = io->offset;
	int i;

	for (i = 0; i < io->iovcnt; at += io->iov[i++].iov_len)
		ram_copy_out(
		    ram_of(bs), at, io->iov[i].iov_base, io->iov[i].iov_len);
	return 0;
}

static int
ram_write(struct backstore *bs, struct bs_io *io)
{
	struct ram *ram = ram_of(bs);
	char *to = ram->base + io->offset;
	int i;

	ram_mark(ram, io->offset / RAM_PAGE,
	    (io->offset + io->length + RAM_PAGE - 1) / RAM_PAGE, true);
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
	/* Before: what is written meanwhile sets its bit again. */
	ram_mark(ram, first / RAM_PAGE, last / RAM_PAGE, false);
	if (madvise(ram->base + first, last - first, MADV_DONTNEED) < 0)
		memset(ram->base + first, 0, last - first);
	return 0;
}

static int
ram_list(struct backstore *bs, struct bs_io *io)
{
	const struct ram *ram = ram_of(bs);
	uint64_t at = io->offset, end = io->offset + io->length, page, next;
	struct bs_extent *e;
	bool written;

	io->extents_found = 0;
	while (at < end && io->extents_found < io->max_extents) {
		page = at / RAM_PAGE;
		written = ram_is_written(ram, page);
		next = ram_run_end(
		    ram, page, (end + RAM_PAGE - 1) / RAM_PAGE, written);
		e = &io->extents[io->extents_found++];
		e->kind = written ? BS_EXTENT_DATA : BS_EXTENT_HOLE;
		e->offset = at;
		e->length = min_u64(next * RAM_PAGE, end) - at;
		at += e->length;
	}
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
	.map = ram_list,
	.fua = true,
	.hint = ram_hint,
};
