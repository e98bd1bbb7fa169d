/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/thread.c - threads beside the homes, and waiting by the clock.
 */
#include "common/thread.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

int
thread_start(pthread_t *out, void *(*run)(void *arg), void *arg)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return -error;
	if (out != NULL)
		*out = thread;
	else
		pthread_detach(thread);
	return 0;
}

void
thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

bool
thread_cond_wait(
    pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t until_ms)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000,
	};

	return pthread_cond_timedwait(cond, mutex, &until) != ETIMEDOUT;
}
