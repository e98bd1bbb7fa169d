/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/hostile/fault_ring.c - io_uring that fails or hangs, or is not there.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "tests/hostile/fault.h"

#if __has_include(<liburing.h>)
#include <liburing.h>
#include <poll.h>

/* What was gathered for such a file becomes a wait for what never comes. */
static void
fault_hang_ring(struct io_uring *ring)
{
	static _Thread_local int never = -1;
	struct io_uring_sqe *sqe;
	__u64 whose;
	unsigned i;

	if (never < 0)
		never = eventfd(0, EFD_CLOEXEC);
	for (i = ring->sq.sqe_head; i != ring->sq.sqe_tail; i++) {
		sqe = &ring->sq.sqes[i & *ring->sq.kring_mask];
		if (!fault_hangs(sqe->fd))
			continue;
		whose = sqe->user_data;
		io_uring_prep_poll_add(sqe, never, POLLIN);
		sqe->user_data = whose;
	}
}

#ifndef IORING_NOP_INJECT_RESULT
#define IORING_NOP_INJECT_RESULT 1 /* Linux 6.10 */
#endif

/* "cqe": what was gathered does nothing, and ends so. */
static void
fault_end_ring(struct io_uring *ring)
{
	struct io_uring_sqe *sqe;
	__u64 whose;
	unsigned i;

	for (i = ring->sq.sqe_head; i != ring->sq.sqe_tail; i++) {
		sqe = &ring->sq.sqes[i & *ring->sq.kring_mask];
		if (sqe->opcode == IORING_OP_NOP || !fault_hits("cqe"))
			continue;
		whose = sqe->user_data;
		io_uring_prep_nop(sqe);
		sqe->user_data = whose;
		sqe->rw_flags = IORING_NOP_INJECT_RESULT;
		sqe->len = fault_short ? 1 : (unsigned)-errno;
	}
}
#else
struct io_uring;
int io_uring_queue_init(
    unsigned entries, struct io_uring *ring, unsigned flags);
int io_uring_submit(struct io_uring *ring);

static void
fault_hang_ring(struct io_uring *ring)
{
}

static void
fault_end_ring(struct io_uring *ring)
{
}
#endif

/* A kernel without io_uring, unless told. */
int
io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	REAL(int, "io_uring_queue_init", unsigned, struct io_uring *, unsigned);
	if (getenv("FAULT_URING") == NULL || real == NULL)
		return -ENOSYS;
	return fault_hits("io_uring_queue_init") ? -errno
						 : real(entries, ring, flags);
}

int
io_uring_submit(struct io_uring *ring)
{
	REAL(int, "io_uring_submit", struct io_uring *);
	if (fault_hang != NULL)
		fault_hang_ring(ring);
	fault_end_ring(ring);
	return fault_hits("io_uring_submit") ? -errno : real(ring);
}
