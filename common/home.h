/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/home.h - the one way between threads.
 *
 * Every object of the core has an owner thread, its home.  Another thread that
 * wants something of it posts a job there.  The shell (a worker, a unit test,
 * the simulator) implements struct home; the core only calls it.
 */
#ifndef COMMON_HOME_H
#define COMMON_HOME_H

#include <stdbool.h>
#include <stdint.h>

struct buf_pool;

/* Embedded in what is posted; belongs to the home from post to fn. */
struct job {
	struct job *next;
	void (*fn)(struct job *job); /* runs on the home's thread, once */
};

struct home {
	/* Any thread.  Queues; never runs fn before it returns. */
	void (*post)(struct home *home, struct job *job);
	/* Owner thread: the same, in that many milliseconds.  NULL: the shell
	 * has no clock for it. */
	void (*after)(struct home *home, struct job *job, unsigned ms);
	/* Is the caller this home's own thread? */
	bool (*is_here)(const struct home *home);
	struct buf_pool *pool; /* owner thread only */
	uint64_t now_ms;       /* monotonic, set at each turn by the owner */
	uint64_t now_us;       /* the same in microseconds */
	unsigned index;        /* 0 .. homes - 1 */
};

/*
 * What every home counts, each counts in a share of its own: in a struct that
 * begins with char apart[SHARE_APART], so that no two are in one cache line and
 * homes do not take it from each other.  With more homes than shares some meet.
 */
#define SHARES      8
#define SHARE_APART 128

static inline unsigned
home_share(const struct home *home)
{
	return home->index % SHARES;
}

#endif
