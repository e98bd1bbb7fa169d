/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/inbox.h - many posters, one owner: a lock-free list, an eventfd and a
 * timer.
 */
#ifndef COMMON_INBOX_H
#define COMMON_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/home.h"

struct inbox {
	_Atomic(struct job *) newest;
	atomic_bool woken; /* the owner is about to look */
	int event_fd;      /* readable when jobs may wait */
	int timer_fd;      /* likewise, when nobody has said so for too long */
};

#define INBOX_HELD_MS 1

/* 0 or -errno. */
int inbox_init(struct inbox *in);
void inbox_destroy(struct inbox *in);

/* Any thread.  Wakes the owner, when it is not about to look anyway. */
void inbox_post(struct inbox *in, struct job *job);

/*
 * Any thread, of its own posts: with more those that follow wake nobody, as
 * others are about to be posted; the owner finds them all at once, after
 * INBOX_HELD_MS at the latest.  The next post to another inbox, the first one
 * after more was taken back, and inbox_wake_held() wake the owner.
 */
void inbox_post_more(bool more);
void inbox_wake_held(void);

/*
 * Owner only: clear the eventfd and run every job that was posted, oldest
 * first.  Jobs posted meanwhile are left for the next call.
 */
void inbox_run(struct inbox *in);
/* Owner only: clear the timer, which was readable. */
void inbox_clear_timer(struct inbox *in);

#endif
