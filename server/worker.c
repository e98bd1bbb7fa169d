/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/worker.c - a thread with an event loop and its connections.
 */
#include "server/worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/pool.h"
#include "server/io.h"
#include "server/sock.h"
#include "server/uring.h"

/* Deadlines this near to each other are met together. */
#define WORKER_DEADLINE_GRAIN_MS 10

static void
worker_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	uint64_t now;

	loop_stamp(&w->loop);
	now = w->loop.home.now_ms;
	/* libevent's clock is coarser than ours: it may be some ms too early,
	 * and a worker that is quiet has no other turn to notice. */
	if (now < w->next_deadline && w->next_deadline != UINT64_MAX)
		loop_arm(&w->timer, w->next_deadline - now);
}

void
worker_deadline(struct worker *w, uint64_t at_ms)
{
	uint64_t now = w->loop.home.now_ms;

	if (at_ms >= w->next_deadline)
		return;
	w->next_deadline = at_ms;
	loop_arm(&w->timer, at_ms > now ? at_ms - now : 0);
}

static void
worker_meet_deadlines(struct worker *w)
{
	uint64_t now = w->loop.home.now_ms, at, next = UINT64_MAX;
	struct sock *s, *after;

	if (now < w->next_deadline)
		return;
	for (s = TAILQ_FIRST(&w->socks); s != NULL; s = after) {
		after = TAILQ_NEXT(s, link);
		at = sock_meet_deadline(s, now);
		next = min_u64(next, at);
	}
	w->next_deadline = UINT64_MAX;
	if (next == UINT64_MAX)
		return;
	if (next < now + WORKER_DEADLINE_GRAIN_MS)
		next = now + WORKER_DEADLINE_GRAIN_MS;
	worker_deadline(w, next);
}

static void
worker_settle_dirty(struct worker *w)
{
	TAILQ_HEAD(, sock) dirty = TAILQ_HEAD_INITIALIZER(dirty);
	struct sock *s;

	TAILQ_CONCAT(&dirty, &w->dirty, dirty_link);
	while ((s = TAILQ_FIRST(&dirty)) != NULL) {
		TAILQ_REMOVE(&dirty, s, dirty_link);
		sock_settle(s);
	}
}

static bool
worker_busy(const struct worker *w)
{
	return !TAILQ_EMPTY(&w->dirty) || uring_gathered(w->uring);
}

/* True: something was found. */
static bool
worker_poll(struct worker *w)
{
	uint64_t until = clock_now_us() + w->poller.most_us;
	bool found;

	do
		found = loop_turn(&w->loop, true);
	while (!found && clock_now_us() < until);
	poller_looked(&w->poller, found);
	return found;
}

static void
worker_turn(struct worker *w)
{
	if (worker_busy(w))
		loop_turn(&w->loop, true);
	else if (!poller_wants(&w->poller) || !worker_poll(w))
		loop_turn(&w->loop, false);
}

static void
worker_start_io(struct worker *w)
{
	uring_submit(w->uring);
	io_turn_ends();
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;

	loop_enter(&w->loop);
	uring_enter(w->uring);
	io_enter();
	while (!w->stopping) {
		worker_turn(w);
		worker_start_io(w);
		worker_settle_dirty(w);
		worker_meet_deadlines(w);
		/* Output that was sent let more commands be executed. */
		worker_start_io(w);
	}
	atomic_store(&w->ended, true);
	return NULL;
}

int
worker_init(
    struct worker *w, unsigned index, uint64_t memory, struct census *census)
{
	int error;

	memset(w, 0, sizeof(*w));
	error = loop_init(&w->loop, index);
	if (error != 0)
		return error;
	w->loop.home.pool = buf_pool_new(memory);
	if (w->loop.home.pool == NULL) {
		loop_destroy(&w->loop);
		return -ENOMEM;
	}
	w->census = census;
	w->next_deadline = UINT64_MAX;
	TAILQ_INIT(&w->socks);
	TAILQ_INIT(&w->dirty);
	evtimer_assign(&w->timer, w->loop.base, worker_on_timer, w);
	w->uring = uring_new(&w->loop, io_ring_ended);
	return 0;
}

int
worker_start(struct worker *w)
{
	char name[16];
	int error = pthread_create(&w->thread, NULL, worker_main, w);

	if (error != 0)
		return -error;
	snprintf(name, sizeof(name), "worker %u", w->loop.home.index & 0xffff);
	pthread_setname_np(w->thread, name);
	return 0;
}

void
worker_destroy(struct worker *w)
{
	event_del(&w->timer);
	uring_free(w->uring);
	buf_pool_free(w->loop.home.pool);
	loop_destroy(&w->loop);
}

static void
worker_ask_here(struct job *job)
{
	struct worker *w = container_of(job, struct worker, ask_job);
	struct sock *s;

	TAILQ_FOREACH (s, &w->socks, link)
		sock_ask_logout(s, w->ask_seconds);
}

void
worker_ask_logout(struct worker *w, unsigned seconds)
{
	w->ask_seconds = seconds;
	w->ask_job.fn = worker_ask_here;
	w->loop.home.post(&w->loop.home, &w->ask_job);
}

static void
worker_drop_here(struct job *job)
{
	struct worker *w = container_of(job, struct worker, drop_job);
	struct sock *s, *after;

	for (s = TAILQ_FIRST(&w->socks); s != NULL; s = after) {
		after = TAILQ_NEXT(s, link);
		sock_close(s, "the daemon stops");
	}
}

void
worker_drop_all(struct worker *w)
{
	w->drop_job.fn = worker_drop_here;
	w->loop.home.post(&w->loop.home, &w->drop_job);
}

static void
worker_stop_here(struct job *job)
{
	container_of(job, struct worker, stop_job)->stopping = true;
}

void
worker_stop(struct worker *w)
{
	w->stop_job.fn = worker_stop_here;
	w->loop.home.post(&w->loop.home, &w->stop_job);
}

bool
worker_has_ended(struct worker *w)
{
	return atomic_load(&w->ended);
}

void
worker_join(struct worker *w)
{
	pthread_join(w->thread, NULL);
}

static void
worker_ping_here(struct job *job)
{
	atomic_fetch_add(&container_of(job, struct worker, ping_job)->pongs, 1);
}

bool
worker_ping(struct worker *w)
{
	if (atomic_load(&w->pongs) != w->pings)
		return false;
	w->pings++;
	w->ping_job.fn = worker_ping_here;
	w->loop.home.post(&w->loop.home, &w->ping_job);
	return true;
}
