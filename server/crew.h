/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/crew.h - a group of threads that may sleep, for work that may block
 * or hang.
 *
 * Threads are started when there is work and end when they had none for a
 * while.  Each store has a crew of its own, so that one that hangs holds up
 * nobody else.
 */
#ifndef SERVER_CREW_H
#define SERVER_CREW_H

#include <pthread.h>
#include <stdbool.h>

#include "common/home.h"

struct crew {
	pthread_mutex_t mutex;
	pthread_cond_t work; /* CLOCK_MONOTONIC */
	/* under mutex */
	struct job *first, **last; /* waiting jobs, oldest first */
	unsigned threads, idle, most;
	unsigned posters; /* in crew_post(), about to signal */
	bool waking;  /* an idle thread was signalled and has not come yet */
	bool retired; /* threads end; the last one calls gone */
	void (*gone)(struct crew *crew);
};

/* At most `most` threads (>= 1).  0 or -errno. */
int crew_init(struct crew *crew, unsigned most);

/*
 * Any thread.  job->fn runs on a thread of the crew, in order of arrival when
 * there is one thread.  False: no thread is to be had; the job is the
 * caller's again.  It may retire the crew, and gone() be called here.
 */
bool crew_post(struct crew *crew, struct job *job);

/*
 * Any thread, also one of the crew.  Nothing is posted any more; when what
 * waits has been done and the last thread leaves, gone(crew) is called (it may
 * free what crew is part of), perhaps before this returns.
 */
void crew_retire(struct crew *crew, void (*gone)(struct crew *crew));

/* Free what crew_init() took.  There is no thread: in gone(), or when nothing
 * was ever posted. */
void crew_destroy(struct crew *crew);

#endif
