/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/inbox.c - many posters, one owner.
 *
 * Posters push onto a stack; the owner takes all of it at once and reverses
 * it.  Nothing is ever popped singly, so there is no ABA problem.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/inbox.h"

/* Of the calling thread. */
static _Thread_local struct {
	bool more;
	struct inbox *held; /* its owner is still to be woken */
} inbox_here;

int
inbox_init(struct inbox *in)
{
	int error;

	atomic_init(&in->newest, NULL);
	atomic_init(&in->woken, false);
	in->timer_fd = -1;
	in->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (in->event_fd >= 0)
		in->timer_fd =
		    timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (in->timer_fd >= 0)
		return 0;
	error = -errno;
	inbox_destroy(in);
	return error;
}

void
inbox_destroy(struct inbox *in)
{
	if (in->event_fd >= 0)
		close(in->event_fd);
	if (in->timer_fd >= 0)
		close(in->timer_fd);
	in->event_fd = in->timer_fd = -1;
}

static void
inbox_wake(struct inbox *in)
{
	if (atomic_load(&in->woken) || atomic_exchange(&in->woken, true))
		return;
	while (eventfd_write(in->event_fd, 1) < 0) {
		if (errno == EINTR)
			continue;
		/* The next who posts tries again.  EAGAIN: the counter is full,
		 * so it is readable anyway. */
		atomic_store(&in->woken, false);
		return;
	}
}

/* The first that is held back after the owner has looked. */
static void
inbox_set_timer(struct inbox *in)
{
	static const struct itimerspec soon = { .it_value.tv_nsec =
						    INBOX_HELD_MS * 1000000L };

	if (timerfd_settime(in->timer_fd, 0, &soon, NULL) < 0)
		inbox_wake(in);
}

/* True: there was none. */
static bool
inbox_push(struct inbox *in, struct job *job)
{
	struct job *old =
	    atomic_load_explicit(&in->newest, memory_order_relaxed);

	do
		job->next = old;
	while (!atomic_compare_exchange_weak(&in->newest, &old, job));
	/* job is the owner's now: old is ours, job->next is not. */
	return old == NULL;
}

void
inbox_post(struct inbox *in, struct job *job)
{
	bool first;

	if (inbox_here.held != NULL && inbox_here.held != in)
		inbox_wake_held();
	first = inbox_push(in, job);
	if (!inbox_here.more) {
		inbox_here.held = NULL;
		inbox_wake(in);
		return;
	}
	inbox_here.held = in;
	if (first)
		inbox_set_timer(in);
}

void
inbox_post_more(bool more)
{
	inbox_here.more = more;
}

void
inbox_wake_held(void)
{
	struct inbox *held = inbox_here.held;

	inbox_here.held = NULL;
	if (held != NULL)
		inbox_wake(held);
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

	/* Clear first: who posts after the exchange wakes.  What cannot be
	 * read has us look once more, no worse. */
	eventfd_read(in->event_fd, &count);
	atomic_store(&in->woken, false);
	job = inbox_reverse(atomic_exchange(&in->newest, NULL));
	for (; job != NULL; job = next) {
		next = job->next;
		job->fn(job);
	}
}

void
inbox_clear_timer(struct inbox *in)
{
	uint64_t count;
	ssize_t n = read(in->timer_fd, &count, sizeof(count));

	(void)n;
}
