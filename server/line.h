/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/line.h - jobs that run one after the other on a crew.
 *
 * For work that would only wait for itself on several threads: the first job
 * wakes one thread, which takes those that came meanwhile too.  What they post
 * wakes its owner once for all that were taken (common/inbox.h).
 */
#ifndef SERVER_LINE_H
#define SERVER_LINE_H

#include <pthread.h>
#include <stdbool.h>

#include "common/home.h"
#include "server/crew.h"

struct line {
	struct crew *crew;
	struct job job; /* of the crew: runs what waits */
	pthread_mutex_t mutex;
	/* under mutex */
	struct job *first, **last;
	bool running; /* a thread sees to it, or is about to be called */
};

/* 0 or -errno. */
int line_init(struct line *line, struct crew *crew);
/* Nothing waits or runs. */
void line_destroy(struct line *line);

/* Any thread: put job last.  True: the caller has to call line_run(). */
bool line_add(struct line *line, struct job *job);
/* False: no thread is to be had; the jobs are the caller's, by line_take(). */
bool line_run(struct line *line);
/* All that waits, oldest first; NULL: nothing, and the line stands still. */
struct job *line_take(struct line *line);

#endif
