/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/crew.c - a group of threads that may sleep.
 *
 * A poster wakes or starts one thread at most; each thread that takes a job and
 * sees more of them wakes or starts the next.  So a burst of quick jobs is done
 * by one or two threads, and a burst of slow ones by as many as are allowed.
 */
#include "server/crew.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/thread.h"

#define CREW_IDLE_SECONDS 10
#define CREW_STACK_BYTES  (256u << 10)

int
crew_init(struct crew *crew, unsigned most)
{
	*crew = (struct crew){ .most = most };
	crew->last = &crew->first;
	if (pthread_mutex_init(&crew->mutex, NULL) != 0)
		return -ENOMEM;
	thread_cond_init(&crew->work);
	return 0;
}

void
crew_destroy(struct crew *crew)
{
	assert(crew->threads == 0 && crew->first == NULL);
	pthread_cond_destroy(&crew->work);
	pthread_mutex_destroy(&crew->mutex);
}

static struct job *
crew_take(struct crew *crew)
{
	struct job *job = crew->first;

	if (job == NULL)
		return NULL;
	crew->first = job->next;
	if (crew->first == NULL)
		crew->last = &crew->first;
	return job;
}

/* False when nobody came in time. */
static bool
crew_sleep(struct crew *crew)
{
	bool in_time;

	crew->idle++;
	in_time = thread_cond_wait(&crew->work, &crew->mutex,
	    clock_now_ms() + CREW_IDLE_SECONDS * UINT64_C(1000));
	crew->idle--;
	crew->waking = false;
	return in_time;
}

static void *crew_main(void *arg);

static bool
crew_start_thread(struct crew *crew)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool started;

	if (pthread_attr_init(&attr) != 0)
		return false;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, CREW_STACK_BYTES);
	started = pthread_create(&thread, &attr, crew_main, crew) == 0;
	pthread_attr_destroy(&attr);
	if (started) {
		crew->threads++;
		crew->waking = true;
	}
	return started;
}

/*
 * Under the mutex, with work waiting: have one more thread look at it.  True:
 * one sleeps, and is to be signalled once the mutex is free.  Before that it
 * would come to wait for the mutex, two switches of threads more.
 */
static bool
crew_call(struct crew *crew)
{
	if (crew->waking)
		return false;
	if (crew->idle > 0)
		return crew->waking = true;
	if (crew->threads < crew->most)
		crew_start_thread(crew);
	return false;
}

static struct job *
crew_next(struct crew *crew)
{
	struct job *job;
	bool in_time = true;

	while ((job = crew_take(crew)) == NULL) {
		if (crew->retired || !in_time)
			return NULL;
		in_time = crew_sleep(crew);
	}
	return job;
}

/* The mutex is held before and after, but not meanwhile. */
static void
crew_do(struct crew *crew, struct job *job)
{
	bool signal = crew->first != NULL && crew_call(crew);

	pthread_mutex_unlock(&crew->mutex);
	if (signal)
		pthread_cond_signal(&crew->work);
	job->fn(job);
	pthread_mutex_lock(&crew->mutex);
}

/* Under the mutex: the last of those who use it has to say so. */
static bool
crew_is_gone(const struct crew *crew)
{
	return crew->retired && crew->threads == 0 && crew->posters == 0;
}

static void *
crew_main(void *arg)
{
	struct crew *crew = arg;
	struct job *job;
	bool gone;

	pthread_mutex_lock(&crew->mutex);
	crew->waking = false;
	while ((job = crew_next(crew)) != NULL)
		crew_do(crew, job);
	crew->threads--;
	gone = crew_is_gone(crew);
	pthread_mutex_unlock(&crew->mutex);
	if (gone)
		crew->gone(crew);
	return NULL;
}

/* The job may be done by now, and the crew retired by it. */
static void
crew_signal(struct crew *crew)
{
	bool gone;

	pthread_cond_signal(&crew->work);
	pthread_mutex_lock(&crew->mutex);
	crew->posters--;
	gone = crew_is_gone(crew);
	pthread_mutex_unlock(&crew->mutex);
	if (gone)
		crew->gone(crew);
}

bool
crew_post(struct crew *crew, struct job *job)
{
	bool taken, signal = false;

	pthread_mutex_lock(&crew->mutex);
	taken = crew->threads > 0 || crew_start_thread(crew);
	if (taken) {
		job->next = NULL;
		*crew->last = job;
		crew->last = &job->next;
		signal = crew_call(crew);
		crew->posters += signal;
	}
	pthread_mutex_unlock(&crew->mutex);
	if (signal)
		crew_signal(crew);
	return taken;
}

void
crew_retire(struct crew *crew, void (*gone)(struct crew *crew))
{
	bool empty;

	pthread_mutex_lock(&crew->mutex);
	crew->gone = gone;
	crew->retired = true;
	empty = crew_is_gone(crew);
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->mutex);
	if (empty)
		gone(crew);
}
