/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/wait.c - one operation of a store, waited for.
 */
#include "server/wait.h"

#include <pthread.h>

#include "common/bytes.h"

/* The calling thread as a home, as long as the operation lasts. */
struct waiter {
	struct home home;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t posted;
	struct job *first; /* mutex; one operation has one job */
	bool ended;
	int error;
};

static void
wait_post(struct home *home, struct job *job)
{
	struct waiter *w = container_of(home, struct waiter, home);

	pthread_mutex_lock(&w->mutex);
	w->first = job;
	pthread_cond_signal(&w->posted);
	pthread_mutex_unlock(&w->mutex);
}

static bool
wait_is_here(const struct home *home)
{
	const struct waiter *w = container_of(home, struct waiter, home);

	return pthread_equal(w->thread, pthread_self());
}

static struct job *
wait_take(struct waiter *w)
{
	struct job *job;

	pthread_mutex_lock(&w->mutex);
	while (w->first == NULL)
		pthread_cond_wait(&w->posted, &w->mutex);
	job = w->first;
	w->first = NULL;
	pthread_mutex_unlock(&w->mutex);
	return job;
}

static void
wait_done(struct bs_io *io, int error)
{
	struct waiter *w = container_of(io->home, struct waiter, home);

	w->ended = true;
	w->error = error;
}

int
wait_io(struct backstore *bs, struct bs_io *io)
{
	struct waiter w = {
		.home = { .post = wait_post, .is_here = wait_is_here },
		.thread = pthread_self(),
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.posted = PTHREAD_COND_INITIALIZER,
	};
	struct job *job;

	io->home = &w.home;
	io->done = wait_done;
	io->then = BS_OPS;
	backstore_submit(bs, io);
	while (!w.ended) {
		job = wait_take(&w);
		job->fn(job);
	}
	pthread_cond_destroy(&w.posted);
	pthread_mutex_destroy(&w.mutex);
	return w.error;
}

int
wait_flush(struct backstore *bs)
{
	struct bs_io io = { .op = BS_FLUSH };

	return wait_io(bs, &io);
}
