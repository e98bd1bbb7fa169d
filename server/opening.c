/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/opening.c - a store that is being opened, by a thread of its own.
 */
#include "server/opening.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/thread.h"

#define OPENING_WHY      512
#define OPENING_AGAIN_MS 50   /* between tries for what is open already */
#define OPENING_SOON     20   /* tries that whoever wants it waits for */
#define OPENING_MOST     6000 /* tries; a lost session is kept for less */

/* Who asks waits for ended; of a thread that was left and one who leaves the
 * second frees it. */
struct opening {
	pthread_mutex_t mutex;
	pthread_cond_t change;
	bool follows;
	bool ended, late, left;  /* mutex */
	bool held;               /* mutex; by another, it may take long */
	struct bs_config config; /* its strings are copies */

	/* of the thread until ended, why until held */
	struct backstore *bs;
	int error;
	char why[OPENING_WHY];
};

static _Atomic unsigned opening_running;
static void (*opening_late)(void *ctx);
static void *opening_ctx;

void
opening_tell(void (*late)(void *ctx), void *ctx)
{
	opening_late = late;
	opening_ctx = ctx;
}

unsigned
opening_count(void)
{
	return atomic_load(&opening_running);
}

/* ---- memory ---- */

/* The strings of a store's configuration. */
static const size_t opening_texts[] = {
	offsetof(struct bs_config, type),
	offsetof(struct bs_config, path),
	offsetof(struct bs_config, owner),
	offsetof(struct bs_config, group),
	offsetof(struct bs_config, pool),
	offsetof(struct bs_config, conf),
	offsetof(struct bs_config, user),
	offsetof(struct bs_config, name_space),
};

#define OPENING_TEXTS (sizeof(opening_texts) / sizeof(opening_texts[0]))

static char **
opening_text(struct opening *o, size_t i)
{
	return (char **)((char *)&o->config + opening_texts[i]);
}

static void
opening_free(struct opening *o)
{
	size_t i;

	for (i = 0; i < OPENING_TEXTS; i++)
		free(*opening_text(o, i));
	pthread_cond_destroy(&o->change);
	pthread_mutex_destroy(&o->mutex);
	free(o);
}

static struct opening *
opening_new(const struct bs_config *config)
{
	struct opening *o = calloc(1, sizeof(*o));
	bool failed = false;
	char **text;
	size_t i;

	if (o == NULL)
		return NULL;
	o->config = *config;
	for (i = 0; i < OPENING_TEXTS; i++) {
		text = opening_text(o, i);
		if (*text == NULL)
			continue;
		*text = strdup(*text);
		failed |= *text == NULL;
	}
	pthread_mutex_init(&o->mutex, NULL);
	thread_cond_init(&o->change);
	if (!failed)
		return o;
	opening_free(o);
	return NULL;
}

/* ---- the thread ---- */

static void
opening_undo(struct opening *o)
{
	if (o->error == 0)
		backstore_close(o->bs);
	opening_free(o);
}

/* The try number n has found it open already: is there to be another? */
static bool
opening_tries_again(struct opening *o, unsigned n)
{
	const struct timespec rest = { .tv_nsec = OPENING_AGAIN_MS * 1000000L };
	bool left;

	pthread_mutex_lock(&o->mutex);
	left = o->left;
	if (n == OPENING_SOON) {
		o->held = true;
		pthread_cond_signal(&o->change);
	}
	pthread_mutex_unlock(&o->mutex);
	if (left || n >= OPENING_MOST)
		return false;
	nanosleep(&rest, NULL);
	return true;
}

static void
opening_open(struct opening *o)
{
	char why[OPENING_WHY] = "";
	unsigned n = 0;

	do {
		o->error = backstore_open(&o->config, &o->bs, why, sizeof(why));
		if (n == 0 || o->error != -EALREADY) {
			pthread_mutex_lock(&o->mutex);
			memcpy(o->why, why, sizeof(why));
			pthread_mutex_unlock(&o->mutex);
		}
	} while (
	    o->error == -EALREADY && o->follows && opening_tries_again(o, ++n));
}

static void *
opening_run(void *arg)
{
	struct opening *o = arg;
	bool left, late;

	opening_open(o);
	if (o->error == -EINPROGRESS)
		o->error = -EIO; /* that word is ours */
	pthread_mutex_lock(&o->mutex);
	o->ended = true;
	left = o->left;
	late = o->late;
	if (!left && !late) /* who waits counts from here on */
		atomic_fetch_sub(&opening_running, 1);
	pthread_cond_signal(&o->change);
	pthread_mutex_unlock(&o->mutex);
	if (!left && !late)
		return NULL;
	if (left)
		opening_undo(o);
	else
		opening_late(opening_ctx);
	atomic_fetch_sub(&opening_running, 1);
	return NULL;
}

struct opening *
opening_begin(const struct bs_config *config, bool follows)
{
	struct opening *o = opening_new(config);

	if (o == NULL)
		return NULL;
	o->follows = follows;
	atomic_fetch_add(&opening_running, 1);
	if (thread_start(NULL, opening_run, o) == 0)
		return o;
	atomic_fetch_sub(&opening_running, 1);
	opening_free(o);
	return NULL;
}

/* ---- who wants it ---- */

/* False: not yet. */
static bool
opening_has_ended(
    struct opening *o, uint64_t until_ms, char *why, size_t why_size)
{
	bool ended;

	pthread_mutex_lock(&o->mutex);
	while (!o->ended && !o->held &&
	       thread_cond_wait(&o->change, &o->mutex, until_ms))
		;
	ended = o->ended;
	o->late = !ended;
	snprintf(why, why_size, "%s", o->why);
	pthread_mutex_unlock(&o->mutex);
	return ended;
}

int
opening_wait(struct opening *o, uint64_t until_ms, struct backstore **out,
    char *why, size_t why_size)
{
	int error;

	if (!opening_has_ended(o, until_ms, why, why_size))
		return -EINPROGRESS;
	error = o->error;
	*out = o->bs;
	opening_free(o);
	return error;
}

void
opening_leave(struct opening *o)
{
	bool ended;

	pthread_mutex_lock(&o->mutex);
	ended = o->ended;
	o->left = true;
	pthread_mutex_unlock(&o->mutex);
	if (ended)
		opening_undo(o);
}
