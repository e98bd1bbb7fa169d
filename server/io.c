/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/io.c - where the operations of one store run.
 *
 * Reads that miss the cache and direct reads and writes go to io_uring: the
 * kernel starts them without a thread.  Flushes, and writes through the page
 * cache, would be given to kernel threads that all stores of a ring share; they
 * run on the store's own threads instead, so that a store that hangs holds up
 * only itself.
 */
#include "server/io.h"

#include <errno.h>

#include "common/bytes.h"
#include "server/uring.h"

#define IO_THREADS_MOST 8
#define IO_RING_MOST    128

static void
io_job(struct job *job)
{
	bs_io_run(container_of(job, struct bs_io, job));
}

static void
io_run_on_thread(struct io *io, struct bs_io *bio)
{
	bio->job.fn = io_job;
	if (!crew_post(&io->crew, &bio->job))
		bs_io_complete(bio, -ENOMEM);
}

static bool
io_suits_ring(const struct io *io, const struct bs_io *bio)
{
	if (bio->op == BS_WRITE)
		return io->writes_on_ring;
	return bio->op == BS_READ;
}

static bool
io_run_on_ring(struct io *io, struct bs_io *bio)
{
	struct uring *ring = uring_here();
	struct backstore *bs = bio->bs;
	int fd;

	if (ring == NULL || bs->ops->fd == NULL || !io_suits_ring(io, bio))
		return false;
	fd = bs->ops->fd(bs);
	if (fd < 0)
		return false;
	if (atomic_fetch_add(&io->on_ring, 1) < IO_RING_MOST &&
	    uring_queue(ring, bio, fd))
		return true;
	atomic_fetch_sub(&io->on_ring, 1);
	return false;
}

static void
io_run(struct bs_executor *executor, struct bs_io *bio)
{
	struct io *io = container_of(executor, struct io, executor);

	if (!io_run_on_ring(io, bio))
		io_run_on_thread(io, bio);
}

/*
 * A short transfer, or one that the ring cannot do, is done again from its
 * start on a thread: the store's own code has the loop and the errors.
 */
void
io_ring_ended(struct bs_io *bio, int result)
{
	struct io *io = container_of(bio->bs->executor, struct io, executor);

	atomic_fetch_sub(&io->on_ring, 1);
	if (result >= 0 && (uint64_t)result == bio->length)
		bs_io_complete(bio, 0);
	else if (result >= 0 || result == -EAGAIN || result == -EINTR ||
		 result == -EOPNOTSUPP || result == -ECANCELED)
		io_run_on_thread(io, bio);
	else
		bs_io_complete(bio, result);
}

int
io_init(struct io *io, bool direct)
{
	*io = (struct io){ .executor.run = io_run, .writes_on_ring = direct };
	return crew_init(&io->crew, IO_THREADS_MOST);
}
