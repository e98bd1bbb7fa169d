/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/stop.c - the end of the daemon, in steps, each with a deadline:
 * initiators are asked to log out; connections that remain are closed; stores
 * are flushed; threads end and stores close.  A store that has not answered for
 * a while cuts each step short: nobody can log out while it holds commands.
 */
#include "server/stop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "server/control.h"
#include "server/job.h"
#include "server/loghub.h"
#include "server/metrics.h"
#include "server/web.h"
#include "server/notify.h"
#include "server/recording.h"
#include "target/throttle_book.h"
#include "target/whole.h"

#define STOP_LOOK_MS    20   /* how often a step looks whether it is over */
#define STOP_TASKS_MS   2000 /* for tasks of closed connections */
#define STOP_FLUSH_MS   30000
#define STOP_SILENT_MS  500 /* of a step, for stores that do not answer */
#define STOP_THREADS_MS 5000
#define STOP_CLOSE_MS   3000 /* for stores, which were flushed */

/* A flush of one store, for the main thread. */
struct flush {
	struct server *server;
	struct unit *unit;
	bool silent; /* the store did not answer before */
	bool ended;
	struct bs_io io;
};

static void
stop_enter(struct server *s, enum stop_step step, uint64_t ms)
{
	uint64_t now = s->loop.home.now_ms;

	s->stop_step = step;
	s->stop_deadline = now + ms;
	s->stop_patience = now + STOP_SILENT_MS;
}

/* How many stores do not answer, and how many operations the others have. */
static unsigned
stop_count_silent(struct server *s, uint32_t *others)
{
	unsigned i, silent = 0;

	*others = 0;
	for (i = 0; i < s->unit_count; i++) {
		if (unit_is_silent(s->units[i], s->loop.home.now_ms))
			silent++;
		else
			*others += backstore_in_flight(s->units[i]->bs);
	}
	return silent;
}

/* ---- stores ---- */

static void
stop_flushed(struct bs_io *io, int error)
{
	struct flush *f = container_of(io, struct flush, io);
	struct server *s = f->server;

	f->ended = true;
	s->flushing--;
	if (error == 0)
		return;
	s->flush_failed = true;
	log_error("flush failed, data may be lost lun=%s error=\"%s\"",
	    f->unit->lu->identity.name, strerror(-error));
}

static void
stop_flush_unit(struct server *s, struct flush *f, struct unit *unit)
{
	f->server = s;
	f->unit = unit;
	f->silent = unit_is_silent(unit, s->loop.home.now_ms);
	f->io = (struct bs_io){
		.op = BS_FLUSH,
		.done = stop_flushed,
		.home = &s->loop.home,
		.then = BS_OPS,
	};
	s->flushing++;
	backstore_submit(unit->bs, &f->io);
}

/* Those that may hold what is not durable. */
static void
stop_flush_all(struct server *s)
{
	unsigned i;

	stop_enter(s, STOP_FLUSH, STOP_FLUSH_MS);
	s->flushes = calloc(s->unit_count + 1, sizeof(*s->flushes));
	if (s->flushes == NULL) {
		s->flush_failed = true;
		return;
	}
	for (i = 0; i < s->unit_count; i++) {
		if (s->units[i]->bs->info.volatile_cache &&
		    !s->units[i]->bs->info.read_only)
			stop_flush_unit(s, &s->flushes[i], s->units[i]);
	}
}

/* ---- steps ---- */

static bool
stop_is_rewriting_units(const struct server *s)
{
	unsigned i;

	for (i = 0; i < s->unit_count; i++)
		if (whole_is_running(s->units[i]->lu))
			return true;
	return false;
}

static bool
stop_is_quiet(struct server *s)
{
	return census_connections(&s->census) == 0 &&
	       session_table_count(s->sessions) == 0 &&
	       !stop_is_rewriting_units(s) && job_count_running() == 0;
}

static void
stop_drop_all(struct server *s)
{
	unsigned i;

	log_notice("closing the connections that are left count=%u",
	    census_connections(&s->census));
	for (i = 0; i < s->worker_count; i++)
		worker_drop_all(&s->workers[i]);
	stop_enter(s, STOP_DROPPED, STOP_TASKS_MS);
}

static void
stop_look_at_logouts(struct server *s, bool late)
{
	uint32_t others;
	unsigned silent = stop_count_silent(s, &others);

	if (silent > 0)
		log_warning("stores do not answer count=%u", silent);
	if (stop_is_quiet(s))
		stop_flush_all(s);
	else if (late || silent > 0)
		stop_drop_all(s);
}

/* Only commands that wait for stores that do not answer are left. */
static bool
stop_waits_in_vain(struct server *s)
{
	uint32_t others;

	return s->loop.home.now_ms >= s->stop_patience &&
	       stop_count_silent(s, &others) > 0 && others == 0;
}

static void
stop_look_at_tasks(struct server *s, bool late)
{
	if (!stop_is_quiet(s)) {
		if (!late && !stop_waits_in_vain(s))
			return;
		s->stuck = true;
		log_warning("commands did not end in time sessions=%u",
		    session_table_count(s->sessions));
	}
	stop_flush_all(s);
}

static bool
stop_flushes_in_vain(const struct server *s)
{
	unsigned i;

	if (s->loop.home.now_ms < s->stop_patience)
		return false;
	for (i = 0; i < s->unit_count; i++)
		if (s->flushes[i].unit != NULL && !s->flushes[i].ended &&
		    !s->flushes[i].silent)
			return false;
	return true;
}

static void
stop_look_at_flushes(struct server *s, bool late)
{
	if (s->flushing > 0) {
		if (!late && !stop_flushes_in_vain(s))
			return;
		s->stuck = s->flush_failed = true;
		log_error("stores did not flush in time, data may be lost "
			  "count=%u",
		    s->flushing);
	}
	s->done = true;
}

static void
stop_on_timer(evutil_socket_t fd, short what, void *arg)
{
	static void (*const looks[])(struct server *, bool) = {
		[STOP_LOGOUT] = stop_look_at_logouts,
		[STOP_DROPPED] = stop_look_at_tasks,
		[STOP_FLUSH] = stop_look_at_flushes,
	};
	struct server *s = arg;

	loop_stamp(&s->loop);
	looks[s->stop_step](s, s->loop.home.now_ms >= s->stop_deadline);
	if (!s->done)
		loop_arm(&s->stop_timer, STOP_LOOK_MS);
}

static void
stop_begin(struct server *s)
{
	unsigned ms = s->config->timeouts.shutdown_ms, i;

	log_notice("stopping connections=%u sessions=%u",
	    census_connections(&s->census), session_table_count(s->sessions));
	notify_send("STOPPING=1\nSTATUS=stopping");
	s->service->stopping = true;
	session_table_stop_retaining(s->sessions);
	isns_end_all(&s->isns);
	event_del(&s->watch_timer);
	acceptor_close_all(&s->acceptor);
	for (i = 0; i < s->worker_count; i++)
		worker_ask_logout(&s->workers[i], (ms + 999) / 1000);
	for (i = 0; i < s->unit_count; i++)
		whole_stop(s->units[i]->lu);
	job_cancel_all();
	stop_enter(s, STOP_LOGOUT, ms);
	evtimer_assign(&s->stop_timer, s->loop.base, stop_on_timer, s);
	loop_arm(&s->stop_timer, 0);
}

void
server_stop(struct server *s)
{
	if (s->stop_step == STOP_NOT) {
		stop_begin(s);
		return;
	}
	log_warning("stopping at once");
	loghub_stop();
	_exit(1);
}

/* ---- after the loop ---- */

static void
stop_rest(void)
{
	const struct timespec moment = { .tv_nsec = 2000000 };

	nanosleep(&moment, NULL);
}

static void
stop_workers(struct server *s)
{
	uint64_t until = clock_now_ms() + STOP_THREADS_MS;
	unsigned i;

	for (i = 0; i < s->worker_count; i++)
		worker_stop(&s->workers[i]);
	for (i = 0; i < s->worker_count; i++) {
		while (
		    !worker_has_ended(&s->workers[i]) && clock_now_ms() < until)
			stop_rest();
		if (!worker_has_ended(&s->workers[i]))
			s->stuck = true;
		else
			worker_join(&s->workers[i]);
	}
}

/* The crews count as open; the last thread of each comes here. */
static void
stop_control_gone(struct crew *crew)
{
	struct server *s = container_of(crew, struct server, control);

	crew_destroy(crew);
	atomic_fetch_sub(&s->open_count, 1);
}

static void
stop_watch_gone(struct crew *crew)
{
	struct server *s = container_of(crew, struct server, watch);

	crew_destroy(crew);
	atomic_fetch_sub(&s->open_count, 1);
}

static void
stop_jobs_gone(struct crew *crew)
{
	struct server *s = container_of(crew, struct server, jobs);

	crew_destroy(crew);
	atomic_fetch_sub(&s->open_count, 1);
}

static void
stop_isns_gone(struct crew *crew)
{
	struct server *s = container_of(crew, struct server, isns.crew);

	isns_free(&s->isns);
	atomic_fetch_sub(&s->open_count, 1);
}

static void
stop_close_stores(struct server *s)
{
	uint64_t until = clock_now_ms() + STOP_CLOSE_MS;
	unsigned i;

	/* The table holds on to the last service as well. */
	session_table_free(s->sessions);
	throttle_book_free(s->throttles);
	service_unref(s->service);
	for (i = 0; i < s->unit_count; i++)
		unit_release(s->units[i]);
	recording_stop();
	atomic_fetch_add(&s->open_count, 4);
	crew_retire(&s->isns.crew, stop_isns_gone);
	crew_retire(&s->control, stop_control_gone);
	crew_retire(&s->watch, stop_watch_gone);
	crew_retire(&s->jobs, stop_jobs_gone);
	while (atomic_load(&s->open_count) > 0 && clock_now_ms() < until) {
		unit_close_left();
		stop_rest();
	}
	if (atomic_load(&s->open_count) == 0)
		return;
	s->stuck = true;
	log_warning("stores did not close in time, left open");
}

static void
stop_free(struct server *s)
{
	unsigned i;

	for (i = 0; i < s->worker_count; i++)
		worker_destroy(&s->workers[i]);
	free(s->workers);
	free(s->flushes);
	free(s->units);
	event_del(&s->stop_timer);
	event_del(&s->watchdog_timer);
	event_del(&s->signal_event);
	close(s->signal_fd);
	acceptor_destroy(&s->acceptor);
	control_close(s);
	web_close(s);
	metrics_close(s);
	findings_clear(&s->findings);
	job_forget_all();
	state_close(s->state);
	config_free(s->config);
	census_destroy(&s->census);
	loop_destroy(&s->loop);
}

int
stop_finish(struct server *s)
{
	int status = s->flush_failed ? 1 : 0;

	if (s->reloading) {
		log_warning("a reload had not ended");
		s->stuck = true;
	}
	stop_workers(s);
	if (!s->stuck)
		stop_close_stores(s);
	if (opening_count() > 0) {
		log_warning(
		    "stores are being opened count=%u", opening_count());
		s->stuck = true;
	}
	log_notice("stopped status=%d", status);
	loghub_stop();
	if (s->stuck)
		_exit(status);
	stop_free(s);
	return status;
}
