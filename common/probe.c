/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/probe.c - a look at a path whose file system may not answer.
 */
#include "common/probe.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/thread.h"

#define PROBE_PATIENCE_MS 2000
#define PROBE_DOUBT_MS    100 /* while another one hangs */
#define PROBE_LEFT_MAX    16  /* threads that hang; then nobody asks */

/* Who asks waits for ended; who comes second frees it. */
struct probe {
	pthread_t thread; /* of who asks */
	pthread_mutex_t mutex;
	pthread_cond_t change; /* CLOCK_MONOTONIC */
	bool ended, left;      /* mutex */
	struct stat st;
	int error; /* 0 or errno */
	char path[];
};

static _Atomic unsigned probe_left;

static void
probe_free(struct probe *p)
{
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

static void *
probe_run(void *arg)
{
	struct probe *p = arg;
	int error = stat(p->path, &p->st) == 0 ? 0 : errno;
	bool left;

	pthread_mutex_lock(&p->mutex);
	p->error = error;
	p->ended = true;
	left = p->left;
	pthread_cond_signal(&p->change);
	pthread_mutex_unlock(&p->mutex);
	if (left) {
		atomic_fetch_sub(&probe_left, 1);
		probe_free(p);
	}
	return NULL;
}

static struct probe *
probe_new(const char *path)
{
	size_t bytes = strlen(path) + 1;
	struct probe *p = calloc(1, sizeof(*p) + bytes);

	if (p == NULL)
		return NULL;
	memcpy(p->path, path, bytes);
	pthread_mutex_init(&p->mutex, NULL);
	thread_cond_init(&p->change);
	return p;
}

/* False: it has been left alone. */
static bool
probe_wait(struct probe *p, unsigned ms)
{
	uint64_t until_ms = clock_now_ms() + ms;
	pthread_t thread = p->thread;
	bool ended;

	pthread_mutex_lock(&p->mutex);
	while (!p->ended && thread_cond_wait(&p->change, &p->mutex, until_ms))
		;
	ended = p->ended;
	p->left = !ended;
	if (p->left)
		atomic_fetch_add(&probe_left, 1);
	pthread_mutex_unlock(&p->mutex);
	if (ended)
		pthread_join(thread, NULL);
	else
		pthread_detach(thread);
	return ended;
}

static int
probe_ask(struct probe *p, unsigned left, struct stat *st)
{
	int error = -thread_start(&p->thread, probe_run, p);

	if (error == 0 &&
	    !probe_wait(p, left > 0 ? PROBE_DOUBT_MS : PROBE_PATIENCE_MS))
		return ETIMEDOUT;
	if (error == 0) {
		error = p->error;
		*st = p->st;
	}
	probe_free(p);
	return error;
}

int
probe_stat(const char *path, struct stat *st)
{
	unsigned left = atomic_load(&probe_left);
	struct probe *p = left < PROBE_LEFT_MAX ? probe_new(path) : NULL;

	if (p == NULL)
		errno = left < PROBE_LEFT_MAX ? ENOMEM : ETIMEDOUT;
	else
		errno = probe_ask(p, left, st);
	return p != NULL && errno == 0 ? 0 : -1;
}
