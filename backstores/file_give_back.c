/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/file_give_back.c - holes for what is zero.
 *
 * What looks like zeroes is looked at again while writers are kept out, and
 * only then punched: a write between the two looks would be lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backstores/file_new.h"
#include "common/bytes.h"
#include "common/whole.h"

#define GIVE_BACK_PIECE (1u << 20)   /* looked at in one go */
#define GIVE_BACK_HOLE  (256u << 20) /* punched in one go */
#define GIVE_BACK_ALIGN 4096

struct give_back {
	int fd;
	uint32_t granule;
	char *buffer; /* GIVE_BACK_PIECE */
	struct file_hold *hold;
};

static bool
give_back_is_zero(const char *p, size_t bytes)
{
	return p[0] == 0 && memcmp(p, p + 1, bytes - 1) == 0;
}

static int
give_back_read(const struct give_back *g, uint64_t at, size_t bytes)
{
	ssize_t n = whole_read(g->fd, g->buffer, bytes, at);

	if (n < 0)
		return (int)n;
	return (size_t)n == bytes ? 0 : -EIO;
}

static int
give_back_punch(const struct give_back *g, uint64_t at, uint64_t bytes)
{
	return whole_fallocate(
	    g->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, bytes);
}

/* Bytes from at on in the buffer that are zero, whole granules. */
static size_t
give_back_zeroes(const struct give_back *g, size_t at, size_t bytes)
{
	size_t end = at;

	while (end + g->granule <= bytes &&
	       give_back_is_zero(g->buffer + end, g->granule))
		end += g->granule;
	return end - at;
}

/* The buffer has what is at at; with punch, make holes there.  *some: there
 * are zeroes. */
static int
give_back_scan(const struct give_back *g, uint64_t at, size_t bytes, bool punch,
    bool *some)
{
	size_t offset, zeroes;
	int error = 0;

	*some = false;
	for (offset = 0; offset + g->granule <= bytes && error == 0;
	     offset += zeroes + g->granule) {
		zeroes = give_back_zeroes(g, offset, bytes);
		*some |= zeroes > 0;
		if (punch && zeroes > 0)
			error = give_back_punch(g, at + offset, zeroes);
	}
	return error;
}

static int
give_back_data(const struct give_back *g, uint64_t at, size_t bytes)
{
	bool some = false;
	int error = give_back_read(g, at, bytes);

	if (error == 0)
		error = give_back_scan(g, at, bytes, false, &some);
	if (error != 0 || !some)
		return error;
	error = g->hold->begin(g->hold);
	if (error != 0)
		return error;
	error = give_back_read(g, at, bytes);
	if (error == 0)
		error = give_back_scan(g, at, bytes, true, &some);
	g->hold->end(g->hold);
	return error;
}

/* Where data begin at or behind at, at most end. */
static int
give_back_seek(const struct give_back *g, uint64_t at, uint64_t end, int whence,
    uint64_t *out)
{
	off_t found = lseek(g->fd, (off_t)at, whence);

	if (found < 0 && errno != ENXIO)
		return -errno;
	*out = found < 0 ? end : min_u64((uint64_t)found, end);
	return 0;
}

/* What was reserved and not written counts as a hole there, and is not one. */
static int
give_back_hole(const struct give_back *g, uint64_t at, uint64_t end)
{
	uint64_t data = at;
	int error = g->hold->begin(g->hold);

	if (error != 0)
		return error;
	error = give_back_seek(g, at, end, SEEK_DATA, &data);
	data -= data % g->granule;
	if (error == 0 && data > at)
		error = give_back_punch(g, at, data - at);
	g->hold->end(g->hold);
	return error;
}

/* From at, which is a multiple of the granule; *next is one too. */
static int
give_back_piece(
    const struct give_back *g, uint64_t at, uint64_t end, uint64_t *next)
{
	uint64_t data = at, hole = end;
	int error = give_back_seek(g, at, end, SEEK_DATA, &data);

	data -= data % g->granule;
	if (error == 0 && data > at) {
		*next = min_u64(data, at + GIVE_BACK_HOLE);
		return give_back_hole(g, at, *next);
	}
	if (error == 0)
		error = give_back_seek(g, at, end, SEEK_HOLE, &hole);
	hole = min_u64((hole + g->granule - 1) / g->granule * g->granule, end);
	*next = min_u64(hole > at ? hole : end, at + GIVE_BACK_PIECE);
	return error == 0 ? give_back_data(g, at, *next - at) : error;
}

int
file_give_back(int fd, uint64_t bytes, uint32_t granule, struct file_hold *hold,
    file_progress *progress, void *ctx)
{
	struct give_back g = { .fd = fd, .granule = granule, .hold = hold };
	uint64_t at = 0, end = bytes - bytes % granule;
	int error = 0;

	if (posix_memalign(
		(void **)&g.buffer, GIVE_BACK_ALIGN, GIVE_BACK_PIECE) != 0)
		return -ENOMEM;
	while (at < end && error == 0) {
		if (!progress(ctx, at, end))
			error = -ECANCELED;
		else
			error = give_back_piece(&g, at, end, &at);
	}
	free(g.buffer);
	if (error == 0)
		progress(ctx, end, end);
	return error;
}
