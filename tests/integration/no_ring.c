/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/integration/no_ring.c - to be preloaded: a kernel without io_uring.
 *
 * Under memcheck, for which what a ring has read was never set.
 */
#include <errno.h>

struct io_uring;
int io_uring_queue_init(
    unsigned entries, struct io_uring *ring, unsigned flags);

int
io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	return -ENOSYS;
}
