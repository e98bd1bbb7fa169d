/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/uring.c - one io_uring of one loop.
 */
#ifdef HAVE_URING

#include "server/uring.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

#include "common/log.h"

#define URING_ENTRIES 256
#define URING_TELL_MS 10000
#define URING_WAIT_MS 1000 /* so long it is no error to have to try again */
/*
 * What the kernel cannot do without sleeping it gives to threads of the ring.
 * All stores share those, so there must be more than one hung store can hold
 * (see IO_RING_MOST).
 */
#define URING_KERNEL_THREADS 512

struct uring {
	struct io_uring ring;
	struct loop *loop;
	struct event event; /* completions are there */
	uring_ended *ended;
	unsigned gathered;   /* not yet submitted */
	uint64_t tell_ms;    /* when an error is to be told again */
	uint64_t failing_ms; /* since when nothing is taken; 0: it is */
};

static _Thread_local struct uring *uring_of_thread;

static void
uring_reap(struct uring *u)
{
	struct io_uring_cqe *cqe;
	struct bs_io *io;
	int result;

	while (io_uring_peek_cqe(&u->ring, &cqe) == 0) {
		io = io_uring_cqe_get_data(cqe);
		result = cqe->res;
		io_uring_cqe_seen(&u->ring, cqe);
		u->ended(io, result);
	}
}

static void
uring_on_event(evutil_socket_t fd, short what, void *arg)
{
	struct uring *u = arg;

	loop_stamp(u->loop);
	uring_reap(u);
}

static int
uring_open(struct uring *u)
{
	unsigned threads[2] = { URING_KERNEL_THREADS, 0 };
	int error = io_uring_queue_init(URING_ENTRIES, &u->ring, 0);

	if (error != 0)
		return error;
	error = io_uring_register_iowq_max_workers(&u->ring, threads);
	if (error != 0)
		io_uring_queue_exit(&u->ring);
	return error;
}

void
uring_free(struct uring *u)
{
	if (u == NULL)
		return;
	event_del(&u->event);
	io_uring_queue_exit(&u->ring);
	free(u);
}

struct uring *
uring_new(struct loop *loop, uring_ended *ended)
{
	struct uring *u = calloc(1, sizeof(*u));
	int error;

	if (u == NULL)
		return NULL;
	u->loop = loop;
	u->ended = ended;
	error = uring_open(u);
	if (error != 0) {
		log_info("io_uring is not available, using threads error=%d",
		    -error);
		free(u);
		return NULL;
	}
	event_assign(&u->event, loop->base, u->ring.ring_fd,
	    EV_READ | EV_PERSIST, uring_on_event, u);
	if (event_add(&u->event, NULL) == 0)
		return u;
	log_info("io_uring cannot be watched, using threads");
	uring_free(u);
	return NULL;
}

void
uring_enter(struct uring *u)
{
	uring_of_thread = u;
}

struct uring *
uring_here(void)
{
	return uring_of_thread;
}

static void
uring_tell(struct uring *u, int error)
{
	uint64_t now = u->loop->home.now_ms;

	if (now < u->tell_ms)
		return;
	u->tell_ms = now + URING_TELL_MS;
	log_error(
	    "io_uring submission failed, it is tried again error=%d", error);
}

/* The kernel wants to be asked again, and not for long. */
static bool
uring_error_passes(struct uring *u, int error)
{
	uint64_t now = u->loop->home.now_ms;

	if (u->failing_ms == 0)
		u->failing_ms = now;
	return (error == -EBUSY || error == -EAGAIN || error == -EINTR) &&
	       now < u->failing_ms + URING_WAIT_MS;
}

/* Calls nobody back. */
static void
uring_give(struct uring *u)
{
	int taken = io_uring_submit(&u->ring);

	/* The rest stays in the ring for the next turn. */
	if (taken > 0) {
		u->gathered -= (unsigned)taken;
		u->failing_ms = 0;
	} else if (!uring_error_passes(u, taken)) {
		uring_tell(u, -taken);
	}
}

bool
uring_queue(struct uring *u, struct bs_io *io, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	if (sqe == NULL) {
		uring_give(u);
		sqe = io_uring_get_sqe(&u->ring);
	}
	if (sqe == NULL)
		return false;
	if (io->op == BS_READ)
		io_uring_prep_readv2(
		    sqe, fd, io->iov, (unsigned)io->iovcnt, io->offset, 0);
	else
		io_uring_prep_writev2(sqe, fd, io->iov, (unsigned)io->iovcnt,
		    io->offset, bs_io_syncs(io) ? RWF_DSYNC : 0);
	io_uring_sqe_set_data(sqe, io);
	u->gathered++;
	return true;
}

void
uring_submit(struct uring *u)
{
	if (u == NULL || u->gathered == 0)
		return;
	uring_give(u);
	uring_reap(u);
}

bool
uring_gathered(const struct uring *u)
{
	return u != NULL && u->gathered > 0;
}

#endif
