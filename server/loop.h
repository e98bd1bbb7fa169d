/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/loop.h - a thread's event loop: libevent for descriptors and timers,
 * an inbox for jobs, and the clock of the turn.  The main thread has one, and
 * so has each worker.
 */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "common/home.h"
#include "common/inbox.h"

struct loop {
	struct home home;
	struct event_base *base;
	struct inbox inbox;
	struct event inbox_event, inbox_timer;
	bool inbox_ready; /* one of them was readable in this turn */
	bool stamped;     /* home.now_ms is of this turn */
};

/* Once, before there are loops: what libevent says goes to the log. */
void loop_hear_libevent(void);
/* 0 or -errno.  The pool is the caller's to set. */
int loop_init(struct loop *l, unsigned index);
/* No job may be waiting. */
void loop_destroy(struct loop *l);
/* The calling thread is the loop's own from now on. */
void loop_enter(struct loop *l);

/*
 * One turn: sleep until something happens (not at all when busy), run the
 * callbacks, then the jobs.  False: nothing had happened.
 */
bool loop_turn(struct loop *l, bool busy);

/* Each event callback calls this first: sets home.now_ms once per turn. */
void loop_stamp(struct loop *l);

/* Arm a timer ms from now; earlier settings are forgotten. */
void loop_arm(struct event *timer, uint64_t ms);

#endif
