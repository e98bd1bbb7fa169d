/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/inbox.h - many posters, one owner: a lock-free list and an eventfd.
 */
#ifndef COMMON_INBOX_H
#define COMMON_INBOX_H

#include <stdatomic.h>

#include "common/home.h"

struct inbox {
	_Atomic(struct job *) newest;
	int event_fd; /* readable when jobs may wait */
};

/* 0 or -errno. */
int inbox_init(struct inbox *in);
void inbox_destroy(struct inbox *in);

/* Any thread.  Wakes the owner only when the inbox was empty. */
void inbox_post(struct inbox *in, struct job *job);

/*
 * Owner only: clear the eventfd and run every job that was posted, oldest
 * first.  Jobs posted meanwhile are left for the next call.
 */
void inbox_run(struct inbox *in);

#endif
