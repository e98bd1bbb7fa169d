/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/loop.c - a thread's event loop.
 */
#include "server/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"

static _Thread_local const struct home *loop_home_here;

static void
loop_post(struct home *home, struct job *job)
{
	struct loop *l = container_of(home, struct loop, home);

	inbox_post(&l->inbox, job);
}

static void
loop_on_after(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;

	job->fn(job);
}

static void
loop_after(struct home *home, struct job *job, unsigned ms)
{
	struct loop *l = container_of(home, struct loop, home);
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	if (event_base_once(l->base, -1, EV_TIMEOUT, loop_on_after, job, &tv) !=
	    0)
		loop_post(home, job);
}

static bool
loop_is_here(const struct home *home)
{
	return loop_home_here == home;
}

static void
loop_on_inbox(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	loop_stamp(l);
	l->inbox_ready = true;
}

static void
loop_on_inbox_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	inbox_clear_timer(&l->inbox);
	loop_on_inbox(fd, what, arg);
}

static struct event_base *
loop_base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

/* The first timer has libevent allocate room for a few: now, so that none of
 * ours is missed when memory is short later. */
static bool
loop_reserve_timers(struct loop *l)
{
	const struct timeval far = { .tv_sec = 3600 };
	struct event timer;

	evtimer_assign(&timer, l->base, loop_on_inbox, l);
	if (event_add(&timer, &far) != 0)
		return false;
	event_del(&timer);
	return true;
}

static bool
loop_watch_inbox(struct loop *l)
{
	event_assign(&l->inbox_event, l->base, l->inbox.event_fd,
	    EV_READ | EV_PERSIST, loop_on_inbox, l);
	event_assign(&l->inbox_timer, l->base, l->inbox.timer_fd,
	    EV_READ | EV_PERSIST, loop_on_inbox_timer, l);
	return event_add(&l->inbox_event, NULL) == 0 &&
	       event_add(&l->inbox_timer, NULL) == 0;
}

static void
loop_on_words(int severity, const char *words)
{
	if (severity >= EVENT_LOG_WARN)
		log_warning("libevent says words=\"%s\"", words);
}

void
loop_hear_libevent(void)
{
	event_set_log_callback(loop_on_words);
}

int
loop_init(struct loop *l, unsigned index)
{
	int error;

	memset(l, 0, sizeof(*l));
	l->home.post = loop_post;
	l->home.after = loop_after;
	l->home.is_here = loop_is_here;
	l->home.index = index;
	l->home.now_ms = clock_now_ms();
	error = inbox_init(&l->inbox);
	if (error != 0)
		return error;
	l->base = loop_base_new();
	if (l->base == NULL) {
		inbox_destroy(&l->inbox);
		return -ENOMEM;
	}
	if (loop_reserve_timers(l) && loop_watch_inbox(l))
		return 0;
	event_base_free(l->base);
	inbox_destroy(&l->inbox);
	return -ENOMEM;
}

void
loop_destroy(struct loop *l)
{
	event_del(&l->inbox_event);
	event_del(&l->inbox_timer);
	event_base_free(l->base);
	inbox_destroy(&l->inbox);
}

void
loop_enter(struct loop *l)
{
	loop_home_here = &l->home;
}

bool
loop_turn(struct loop *l, bool busy)
{
	bool happened;

	l->stamped = false;
	event_base_loop(l->base, EVLOOP_ONCE | (busy ? EVLOOP_NONBLOCK : 0));
	happened = l->stamped;
	loop_stamp(l);
	if (l->inbox_ready) {
		l->inbox_ready = false;
		inbox_run(&l->inbox);
	}
	return happened;
}

void
loop_stamp(struct loop *l)
{
	if (l->stamped)
		return;
	l->home.now_us = clock_now_us();
	l->home.now_ms = l->home.now_us / 1000;
	l->stamped = true;
}

void
loop_arm(struct event *timer, uint64_t ms)
{
	struct timeval tv = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000),
	};

	event_add(timer, &tv);
}
