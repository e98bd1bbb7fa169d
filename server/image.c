/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/image.c - all of a store, copied into a file.
 */
#include "server/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/whole.h"
#include "server/loop.h"
#include "server/wait.h"

#define IMAGE_PIECE   (1u << 20)
#define IMAGE_GRANULE (64u << 10) /* smallest hole that is made */
#define IMAGE_ALIGN   4096

struct image {
	struct backstore *bs;
	int fd;
	char *buffer; /* IMAGE_PIECE */
	uint64_t size, until_ms;
	struct long_job *job;
};

static bool
image_is_zero(const char *p, size_t bytes)
{
	return bytes == 0 || (p[0] == 0 && memcmp(p, p + 1, bytes - 1) == 0);
}

static int
image_write_granules(struct image *m, uint64_t at, size_t bytes)
{
	size_t done, part;
	int error = 0;

	for (done = 0; done < bytes && error == 0; done += part) {
		part = min_u64(bytes - done, IMAGE_GRANULE);
		if (!image_is_zero(m->buffer + done, part))
			error = whole_write(
			    m->fd, m->buffer + done, part, at + done);
	}
	return error;
}

static int
image_copy_piece(struct image *m, uint64_t at, size_t bytes)
{
	struct iovec iov = { m->buffer, bytes };
	struct bs_io io = {
		.op = BS_READ,
		.offset = at,
		.length = bytes,
		.iov = &iov,
		.iovcnt = 1,
	};
	int error = wait_io(m->bs, &io);

	return error != 0 ? error : image_write_granules(m, at, bytes);
}

/* Where the next data begin, and how far they go.  0 or -errno. */
static int
image_next_data(struct image *m, uint64_t *at, uint64_t *end)
{
	struct bs_extent extent;
	struct bs_io io = {
		.op = BS_MAP,
		.extents = &extent,
		.max_extents = 1,
	};
	int error;

	*end = m->size;
	while (backstore_maps(m->bs) && *at < m->size) {
		io.offset = *at;
		io.length = m->size - *at;
		io.extents_found = 0;
		error = wait_io(m->bs, &io);
		if (error != 0)
			return error;
		*end = extent.offset + extent.length;
		if (extent.kind == BS_EXTENT_DATA)
			return 0;
		*at = *end;
	}
	return 0;
}

static int
image_go(struct image *m)
{
	uint64_t at = 0, end = 0;
	size_t bytes;
	int error = 0;

	while (error == 0 && at < m->size) {
		if (!job_goes_on(m->job, at, m->size))
			return -ECANCELED;
		if (m->until_ms != 0 && clock_now_ms() > m->until_ms)
			return -ETIMEDOUT;
		if (at >= end) {
			error = image_next_data(m, &at, &end);
			continue;
		}
		bytes = min_u64(end - at, IMAGE_PIECE);
		error = image_copy_piece(m, at, bytes);
		at += bytes;
	}
	return error;
}

int
image_copy(struct backstore *bs, int fd, uint64_t until_ms, struct long_job *j)
{
	struct image m = {
		.bs = bs,
		.fd = fd,
		.size = backstore_size(bs),
		.until_ms = until_ms,
		.job = j,
	};
	int error;

	if (posix_memalign((void **)&m.buffer, IMAGE_ALIGN, IMAGE_PIECE) != 0)
		return -ENOMEM;
	error = ftruncate(fd, (off_t)m.size) < 0 ? -errno : image_go(&m);
	free(m.buffer);
	if (error == 0 && fsync(fd) < 0)
		error = -errno;
	if (error == 0)
		job_goes_on(j, m.size, m.size);
	return error;
}
