/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/uring.h - one io_uring of one loop.
 *
 * Only its own thread touches it.  Requests gather during a turn and go to the
 * kernel in one call; what has not ended by then comes as an event of the loop.
 */
#ifndef SERVER_URING_H
#define SERVER_URING_H

#include <stdbool.h>

#include "backstores/backstore.h"
#include "server/loop.h"

struct uring;

/* result: as preadv2(2) or pwritev2(2) would return, or -errno. */
typedef void uring_ended(struct bs_io *io, int result);

#ifdef HAVE_URING

/* NULL when the system does not let us have one. */
struct uring *uring_new(struct loop *loop, uring_ended *ended);
/* Nothing is in flight.  NULL is fine. */
void uring_free(struct uring *u);
/* The ring of the calling thread, or NULL. */
void uring_enter(struct uring *u);
struct uring *uring_here(void);

/* Take a READ or WRITE; false: the ring is full, run it otherwise. */
bool uring_queue(struct uring *u, struct bs_io *io, int fd);
/* Give what was gathered to the kernel, and call back for what has ended.  Not
 * from within a callback of the ring or of a connection.  NULL is fine. */
void uring_submit(struct uring *u);
/* Is there something that the kernel has not taken?  NULL is fine. */
bool uring_gathered(const struct uring *u);

#else

static inline struct uring *
uring_new(struct loop *loop, uring_ended *ended)
{
	return NULL;
}

static inline void
uring_free(struct uring *u)
{
}

static inline void
uring_enter(struct uring *u)
{
}

static inline struct uring *
uring_here(void)
{
	return NULL;
}

static inline bool
uring_queue(struct uring *u, struct bs_io *io, int fd)
{
	return false;
}

static inline void
uring_submit(struct uring *u)
{
}

static inline bool
uring_gathered(const struct uring *u)
{
	return false;
}

#endif
#endif
