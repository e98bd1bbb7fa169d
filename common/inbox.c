/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/inbox.c - many posters, one owner.
 *
 * Posters push onto a stack; the owner takes all of it at once and reverses
 * it.  Nothing is ever popped singly, so there is no ABA problem.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/inbox.h"

int
inbox_init(struct inbox *in)
{
	atomic_init(&in->newest, NULL);
	in->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return in->event_fd < 0 ? -errno : 0;
}

void
inbox_destroy(struct inbox *in)
{
	if (in->event_fd >= 0)
		close(in->event_fd);
	in->event_fd = -1;
}

static void
inbox_wake(struct inbox *in)
{
	/* EAGAIN: the counter is full, so it is readable anyway. */
	while (eventfd_write(in->event_fd, 1) < 0 && errno == EINTR)
		;
}

void
inbox_post(struct inbox *in, struct job *job)
{
	struct job *old =
	    atomic_load_explicit(&in->newest, memory_order_relaxed);

	do
		job->next = old;
	while (!atomic_compare_exchange_weak_explicit(&in->newest, &old, job,
	    memory_order_release, memory_order_relaxed));
	/* job is the owner's now: old is ours, job->next is not. */
	if (old == NULL)
		inbox_wake(in);
}

static struct job *
inbox_reverse(struct job *newest)
{
	struct job *oldest = NULL, *next;

	for (; newest != NULL; newest = next) {
		next = newest->next;
		newest->next = oldest;
		oldest = newest;
	}
	return oldest;
}

void
inbox_run(struct inbox *in)
{
	struct job *job, *next;
	eventfd_t count;

	/* Clear first: who posts after the exchange finds it empty and wakes.
	 */
	if (eventfd_read(in->event_fd, &count) < 0)
		assert(errno == EAGAIN || errno == EINTR);
	job = inbox_reverse(
	    atomic_exchange_explicit(&in->newest, NULL, memory_order_acquire));
	for (; job != NULL; job = next) {
		next = job->next;
		job->fn(job);
	}
}
