/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/line.c - jobs that run one after the other on a crew.
 */
#include "server/line.h"

#include <errno.h>

#include "common/bytes.h"
#include "common/inbox.h"

static void
line_run_all(struct job *job)
{
	struct line *line = container_of(job, struct line, job);
	struct job *next;

	while ((job = line_take(line)) != NULL) {
		for (; job != NULL; job = next) {
			next = job->next;
			inbox_post_more(next != NULL);
			job->fn(job);
		}
		inbox_wake_held();
	}
}

int
line_init(struct line *line, struct crew *crew)
{
	*line = (struct line){ .crew = crew, .job.fn = line_run_all };
	line->last = &line->first;
	return -pthread_mutex_init(&line->mutex, NULL);
}

void
line_destroy(struct line *line)
{
	pthread_mutex_destroy(&line->mutex);
}

bool
line_add(struct line *line, struct job *job)
{
	bool stands_still;

	job->next = NULL;
	pthread_mutex_lock(&line->mutex);
	*line->last = job;
	line->last = &job->next;
	stands_still = !line->running;
	line->running = true;
	pthread_mutex_unlock(&line->mutex);
	return stands_still;
}

bool
line_run(struct line *line)
{
	return crew_post(line->crew, &line->job);
}

struct job *
line_take(struct line *line)
{
	struct job *all;

	pthread_mutex_lock(&line->mutex);
	all = line->first;
	line->first = NULL;
	line->last = &line->first;
	line->running = all != NULL;
	pthread_mutex_unlock(&line->mutex);
	return all;
}
