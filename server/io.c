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
#define IO_RING_MOST    128 /* of a store, on one ring */
#define IO_SMALL_READ   (16u << 10)

/* Of the calling thread: writes gathered in this turn, by bs_io.next. */
static _Thread_local struct {
	bool on;
	struct bs_io *first, **last;
} io_turn;

static struct io *
io_of(const struct bs_io *bio)
{
	return container_of(bio->bs->executor, struct io, executor);
}

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

/* ---- writes in line ---- */

static void
io_fail_line(struct io *io)
{
	struct job *job, *next;

	while ((job = line_take(&io->line)) != NULL) {
		for (; job != NULL; job = next) {
			next = job->next;
			bs_io_complete(
			    container_of(job, struct bs_io, job), -ENOMEM);
		}
	}
}

static void
io_start_line(struct io *io)
{
	if (!line_run(&io->line))
		io_fail_line(io);
}

static void
io_gather(struct bs_io *bio)
{
	bio->next = NULL;
	*io_turn.last = bio;
	io_turn.last = &bio->next;
}

/* A synchronous write waits for the medium without the inode's lock, and the
 * journal may take several at once: those are better off on threads. */
static bool
io_suits_line(const struct io *io, const struct bs_io *bio)
{
	return io_turn.on && bio->op == BS_WRITE && !bs_io_syncs(bio) &&
	       io->writes == IO_WRITES_IN_LINE;
}

void
io_enter(void)
{
	io_turn.on = true;
	io_turn.first = NULL;
	io_turn.last = &io_turn.first;
}

void
io_turn_ends(void)
{
	struct bs_io *bio = io_turn.first, *next;
	struct io *start = NULL, *io;

	io_enter();
	for (; bio != NULL; bio = next) {
		next = bio->next;
		io = io_of(bio);
		bio->job.fn = io_job;
		if (line_add(&io->line, &bio->job)) {
			io->start_next = start;
			start = io;
		}
	}
	/* Until it is started its writes wait, and it cannot go. */
	while ((io = start) != NULL) {
		start = io->start_next;
		io_start_line(io);
	}
}

/* ---- on the ring ---- */

static bool
io_suits_ring(const struct io *io, const struct bs_io *bio)
{
	if (bio->op == BS_WRITE)
		return io->writes == IO_WRITES_ON_RING &&
		       (bio->flags & BS_ATOMIC) == 0;
	return bio->op == BS_READ;
}

static _Atomic unsigned *
io_on_ring(struct io *io, const struct bs_io *bio)
{
	return &io->shares[home_share(bio->home)].on_ring;
}

static bool
io_run_on_ring(struct io *io, struct bs_io *bio)
{
	struct uring *ring = uring_here();
	struct backstore *bs = bio->bs;
	int fd;

	if (ring == NULL || bs->ops->fd == NULL || bs->info.sleeps ||
	    !io_suits_ring(io, bio))
		return false;
	fd = bs->ops->fd(bs);
	if (fd < 0)
		return false;
	if (atomic_fetch_add(io_on_ring(io, bio), 1) < IO_RING_MOST &&
	    uring_queue(ring, bio, fd))
		return true;
	atomic_fetch_sub(io_on_ring(io, bio), 1);
	return false;
}

/* A call of its own is much of what a small read costs, and little of what a
 * large one does. */
static bool
io_gather_small(struct bs_executor *executor, struct bs_io *bio)
{
	struct io *io = container_of(executor, struct io, executor);

	return bio->op == BS_READ && bio->length <= IO_SMALL_READ &&
	       io_run_on_ring(io, bio);
}

static void
io_run(struct bs_executor *executor, struct bs_io *bio)
{
	struct io *io = container_of(executor, struct io, executor);

	if (io_suits_line(io, bio))
		io_gather(bio);
	else if (!io_run_on_ring(io, bio))
		io_run_on_thread(io, bio);
}

/*
 * A short transfer, one that the ring cannot do, or one that finds no room, is
 * done again from its start on a thread: the store's own code has the loop, the
 * errors, and the room that is kept.
 */
void
io_ring_ended(struct bs_io *bio, int result)
{
	struct io *io = io_of(bio);

	atomic_fetch_sub(io_on_ring(io, bio), 1);
	if (result >= 0 && (uint64_t)result == bio->length)
		bs_io_complete(bio, 0);
	else if (result >= 0 || result == -EAGAIN || result == -EINTR ||
		 result == -EOPNOTSUPP || result == -ECANCELED ||
		 (backstore_is_no_room(result) && !bs_io_syncs(bio)))
		io_run_on_thread(io, bio);
	else
		bs_io_complete(bio, result);
}

int
io_init(struct io *io, enum io_writes writes)
{
	int error;

	*io = (struct io){
		.executor = { .gather = io_gather_small, .run = io_run },
		.writes = writes,
	};
	error = crew_init(&io->crew, IO_THREADS_MOST);
	if (error != 0)
		return error;
	error = line_init(&io->line, &io->crew);
	if (error != 0)
		crew_destroy(&io->crew);
	return error;
}

void
io_destroy(struct io *io)
{
	line_destroy(&io->line);
	crew_destroy(&io->crew);
}
