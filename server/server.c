/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/server.c - the daemon's main thread: start, signals, timers, reload.
 */
#include "server/server.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "server/apply.h"
#include "server/control.h"
#include "server/draft.h"
#include "server/history.h"
#include "server/loghub.h"
#include "server/metrics.h"
#include "server/web.h"
#include "server/notify.h"
#include "server/recording.h"
#include "server/sandbox.h"
#include "server/stop.h"
#include "server/uuid.h"
#include "target/throttle_book.h"

#define SERVER_WATCH_MS      3000
#define SERVER_WATCH_THREADS 8
#define SERVER_JOB_THREADS   4
#define SERVER_WHY           512

/* ---- configuration ---- */

struct config *
config_source_load(
    const struct config_source *source, struct config_report *report)
{
	if (source->text == NULL)
		return config_load(source->name, report);
	return config_load_text(
	    source->name, source->text, strlen(source->text), report);
}

static void
server_log_report(const struct config_report *report)
{
	const struct config_message *m;
	const char *more, *suggestion;
	unsigned i;

	for (i = 0; i < report->count; i++) {
		m = &report->messages[i];
		more = m->suggestion != NULL ? "; did you mean " : "";
		suggestion = m->suggestion != NULL ? m->suggestion : "";
		log_line(m->severity == CONFIG_ERROR ? LOG_LEVEL_ERROR
						     : LOG_LEVEL_WARNING,
		    "%s:%u:%u: %s%s%s",
		    m->place.file != NULL ? m->place.file : "-", m->place.line,
		    m->place.column, m->text, more, suggestion);
	}
}

/* ---- reload ---- */

static void server_reopen(struct server *s);

static const char *
server_web_address(const struct config *config)
{
	return config->web != NULL ? config->web->address : NULL;
}

static void
server_warn_restart(const struct config *old, const struct config *new)
{
	if (!config_same_text(old->control, new->control))
		log_warning("control changes at the next start");
	if (!config_same_text(old->metrics, new->metrics))
		log_warning("metrics changes at the next start");
	if (!config_same_text(old->user, new->user))
		log_warning("user changes at the next start");
	if (old->sandbox != new->sandbox)
		log_warning("sandbox changes at the next start");
	if (!config_same_text(server_web_address(old), server_web_address(new)))
		log_warning("web changes at the next start");
	if (old->workers != new->workers)
		log_warning("workers changes at the next start");
	if (old->busy_poll != new->busy_poll)
		log_warning("busy-poll changes at the next start");
	if (strcmp(old->state_directory, new->state_directory) != 0)
		log_warning("state-directory changes at the next start");
	if (old->limits.memory != new->limits.memory)
		log_warning("limits memory changes at the next start");
}

static void
server_tell_waiters(struct server *s, bool applied)
{
	struct reload_waiter *w;

	while ((w = STAILQ_FIRST(&s->waiters)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->waiters, link);
		w->done(w, applied);
	}
}

static void
server_reload_ended(struct server *s, bool applied)
{
	if (!s->reopening)
		s->reload_failed = !applied;
	notify_send("READY=1\nSTATUS=serving %u LUNs of %u targets%s",
	    s->unit_count, s->service->target_count,
	    s->reload_failed ? "; the last reload failed" : "");
	server_tell_waiters(s, applied);
	s->reloading = s->reopening = false;
	STAILQ_CONCAT(&s->waiters, &s->next_waiters);
	if (s->reload_again) {
		s->reload_again = false;
		server_reload(s);
	} else if (s->reopen_again) {
		s->reopen_again = false;
		server_reopen(s);
	}
}

/* Control thread; before it takes the next configuration up, this one stays. */
static void
server_keep_history(struct job *job)
{
	struct server *s = container_of(job, struct server, history_job);
	int error = history_keep(state_directory(s->state), s->config);

	if (error != 0)
		log_warning("configuration is not kept for a rollback "
			    "error=\"%s\"",
		    strerror(-error));
}

static void
server_begin_history(struct server *s)
{
	if (s->source.text != NULL)
		return;
	s->history_job.fn = server_keep_history;
	if (!crew_post(&s->control, &s->history_job))
		log_warning("configuration is not kept for a rollback "
			    "reason=\"no thread\"");
}

/* Main thread: every session has taken the new configuration. */
static void
server_applied_here(struct job *job)
{
	struct server *s = container_of(job, struct server, applied_job);

	log_notice("configuration applied luns=%u targets=%u", s->unit_count,
	    s->service->target_count);
	if (!s->reopening) {
		s->applied_at = time(NULL);
		server_begin_history(s);
	}
	server_reload_ended(s, true);
}

/* On the thread of some session. */
static void
server_applied(void *ctx)
{
	struct server *s = ctx;

	s->applied_job.fn = server_applied_here;
	s->loop.home.post(&s->loop.home, &s->applied_job);
}

static void
server_reloaded_here(struct job *job)
{
	struct server *s = container_of(job, struct server, reloaded_job);
	struct plan *plan = s->plan;
	struct service *before;

	s->plan = NULL;
	if (plan == NULL) {
		log_error("%s failed, the old configuration stays",
		    s->reopening ? "taking stores that opened late" : "reload");
		server_reload_ended(s, false);
		return;
	}
	if (s->stop_step != STOP_NOT) {
		plan_drop(plan);
		server_tell_waiters(s, false);
		s->reloading = false;
		return;
	}
	before = plan_switch(s, plan);
	isns_offer(&s->isns, s->config, s->service);
	session_table_apply(s->sessions, s->service, server_applied, s);
	service_unref(before);
}

/* All that is served would go, where it stopped half-way. */
static bool
server_admits(struct server *s, const struct config *config)
{
	if (!config_says_nothing(config) || config_says_nothing(s->config))
		return true;
	log_error("%s: nothing is in it", s->source.name);
	findings_add(&s->findings, "%s: nothing is in it", s->source.name);
	return false;
}

/* Control thread. */
static void
server_reload_here(struct job *job)
{
	struct server *s = container_of(job, struct server, reload_job);
	struct config_report report = { 0 };
	struct config *config = config_source_load(&s->source, &report);

	findings_clear(&s->findings);
	server_log_report(&report);
	findings_add_report(&s->findings, &report);
	config_report_free(&report);
	if (config != NULL && !server_admits(s, config)) {
		config_free(config);
	} else if (config != NULL) {
		server_warn_restart(s->config, config);
		s->plan = plan_make(s, config);
	}
	s->reloaded_job.fn = server_reloaded_here;
	s->loop.home.post(&s->loop.home, &s->reloaded_job);
}

/* Control thread. */
static void
server_reopen_here(struct job *job)
{
	struct server *s = container_of(job, struct server, reload_job);

	s->plan = plan_make(s, s->config);
	s->reloaded_job.fn = server_reloaded_here;
	s->loop.home.post(&s->loop.home, &s->reloaded_job);
}

static void
server_begin_reload(struct server *s, void (*here)(struct job *job))
{
	notify_reloading();
	s->reloading = true;
	s->reload_job.fn = here;
	if (crew_post(&s->control, &s->reload_job))
		return;
	log_error("reload failed reason=\"no thread\"");
	findings_clear(&s->findings);
	findings_add(&s->findings, "no thread");
	server_reload_ended(s, false);
}

void
server_reload(struct server *s)
{
	if (s->reloading) {
		s->reload_again = true;
		return;
	}
	log_notice("reloading configuration=%s", s->source.name);
	server_begin_reload(s, server_reload_here);
}

/* ---- stores that have opened late ---- */

/* The configuration stays; its units are looked at again. */
static void
server_reopen(struct server *s)
{
	if (s->stop_step != STOP_NOT)
		return;
	if (s->reloading) {
		s->reopen_again = true;
		return;
	}
	s->reopening = true;
	server_begin_reload(s, server_reopen_here);
}

static void
server_late_here(struct job *job)
{
	struct server *s = container_of(job, struct server, late_job);

	atomic_store(&s->late, false);
	server_reopen(s);
}

/* Any thread. */
static void
server_late(void *ctx)
{
	struct server *s = ctx;

	if (!atomic_exchange(&s->late, true))
		s->loop.home.post(&s->loop.home, &s->late_job);
}

void
server_reload_for(struct server *s, struct reload_waiter *w)
{
	if (s->reloading) {
		STAILQ_INSERT_TAIL(&s->next_waiters, w, link);
		s->reload_again = true;
		return;
	}
	STAILQ_INSERT_TAIL(&s->waiters, w, link);
	server_reload(s);
}

struct unit *
server_find_unit(const struct server *s, const char *name)
{
	unsigned i;

	for (i = 0; i < s->unit_count; i++) {
		if (strcmp(s->units[i]->lu->identity.name, name) == 0)
			return s->units[i];
	}
	return NULL;
}

/* ---- signals and timers ---- */

static void
server_on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	struct signalfd_siginfo info;

	loop_stamp(&s->loop);
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGHUP)
			server_stop(s);
		else if (s->stop_step == STOP_NOT)
			server_reload(s);
	}
}

static int
server_listen_to_signals(struct server *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return -errno;
	event_assign(&s->signal_event, s->loop.base, s->signal_fd,
	    EV_READ | EV_PERSIST, server_on_signal, s);
	return event_add(&s->signal_event, NULL) == 0 ? 0 : -ENOMEM;
}

static void
server_on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	unsigned i;

	loop_stamp(&s->loop);
	for (i = 0; i < s->unit_count; i++)
		unit_watch(s->units[i], &s->watch);
	unit_close_left();
	loop_arm(&s->watch_timer, SERVER_WATCH_MS);
}

/* Only a daemon whose every worker turns is alive. */
static void
server_on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	bool alive = true;
	unsigned i;

	loop_stamp(&s->loop);
	for (i = 0; i < s->worker_count; i++)
		alive &= worker_ping(&s->workers[i]);
	if (alive)
		notify_send("WATCHDOG=1");
	loop_arm(&s->watchdog_timer, notify_watchdog_ms());
}

static void
server_start_timers(struct server *s)
{
	evtimer_assign(&s->watch_timer, s->loop.base, server_on_watch, s);
	evtimer_assign(&s->watchdog_timer, s->loop.base, server_on_watchdog, s);
	loop_arm(&s->watch_timer, SERVER_WATCH_MS);
	if (notify_watchdog_ms() > 0)
		loop_arm(&s->watchdog_timer, notify_watchdog_ms());
}

/* ---- start ---- */

static unsigned
server_count_cores(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}

static int
server_make_workers(struct server *s, const struct config *config)
{
	unsigned n =
	    config->workers != 0 ? config->workers : server_count_cores();
	int error;

	s->workers = calloc(n, sizeof(*s->workers));
	if (s->workers == NULL)
		return -ENOMEM;
	for (; s->worker_count < n; s->worker_count++) {
		error = worker_init(&s->workers[s->worker_count],
		    s->worker_count, config->limits.memory / n, &s->census);
		if (error != 0)
			return error;
		s->workers[s->worker_count].poller.most_us = config->busy_poll;
	}
	return 0;
}

static int
server_make_parts(struct server *s, const struct config *config)
{
	int error = loop_init(&s->loop, 0);

	if (error != 0)
		return error;
	loop_enter(&s->loop);
	census_init(&s->census);
	s->sessions = session_table_new();
	s->throttles = throttle_book_new();
	if (s->sessions == NULL || s->throttles == NULL)
		return -ENOMEM;
	error = crew_init(&s->control, 1);
	if (error == 0)
		error = crew_init(&s->watch, SERVER_WATCH_THREADS);
	if (error == 0)
		error = crew_init(&s->jobs, SERVER_JOB_THREADS);
	if (error == 0)
		error = isns_init(&s->isns, &s->loop);
	if (error == 0)
		error = server_make_workers(s, config);
	if (error != 0)
		return error;
	acceptor_init(
	    &s->acceptor, &s->loop, s->workers, s->worker_count, &s->census);
	recording_start(s);
	return server_listen_to_signals(s);
}

static int
server_open_state(struct server *s, const struct config *config)
{
	char why[SERVER_WHY] = "";

	s->state = state_open(config->state_directory, why, sizeof(why));
	if (s->state != NULL)
		return 0;
	log_error("state-directory cannot be used directory=%s error=\"%s\"",
	    config->state_directory, why);
	return 1;
}

/* Before the portals: who finds those open finds these open too. */
static int
server_open_ports(struct server *s, const struct config *config)
{
	if (control_open(s, config) != 0)
		return 1;
	if (metrics_open(s, config) == 0) {
		if (web_open(s, config) == 0)
			return 0;
		metrics_close(s);
	}
	control_close(s);
	return 1;
}

static void
server_enter_sandbox(struct server *s, const struct config *config)
{
	if (config->sandbox && sandbox_is_possible())
		sandbox_enter(
		    config, s->source.text == NULL ? s->source.name : NULL);
	else
		log_notice("sandbox is off%s",
		    config->sandbox ? " in a build with sanitizers" : "");
}

static int
server_start_workers(struct server *s)
{
	unsigned i;
	int error = loghub_start();

	for (i = 0; i < s->worker_count && error == 0; i++)
		error = worker_start(&s->workers[i]);
	return error;
}

int
server_start(
    struct server *s, const struct config_source *source, struct config *config)
{
	struct plan *plan;
	int error;

	memset(s, 0, sizeof(*s));
	s->source = *source;
	STAILQ_INIT(&s->waiters);
	STAILQ_INIT(&s->next_waiters);
	s->late_job.fn = server_late_here;
	opening_tell(server_late, s);
	loop_hear_libevent();
	error = server_make_parts(s, config);
	if (error != 0) {
		log_error("start failed error=\"%s\"", strerror(-error));
		config_free(config);
		return 1;
	}
	if (server_open_state(s, config) != 0) {
		config_free(config);
		return 1;
	}
	if (server_open_ports(s, config) != 0) {
		config_free(config);
		return 1;
	}
	server_enter_sandbox(s, config);
	plan = plan_make(s, config);
	if (plan == NULL) {
		control_close(s);
		return 1;
	}
	listener_forget_inherited();
	error = server_start_workers(s);
	if (error == 0)
		error = uuid_make(s->incarnation);
	if (error != 0) {
		log_error("start failed error=\"%s\"", strerror(-error));
		plan_drop(plan);
		control_close(s);
		return 1;
	}
	plan_switch(s, plan);
	server_start_timers(s);
	server_begin_history(s);
	draft_clear_left(s);
	isns_offer(&s->isns, s->config, s->service);
	s->started_at = s->applied_at = time(NULL);
	s->started_ms = clock_now_ms();
	log_notice("ready workers=%u luns=%u targets=%u", s->worker_count,
	    s->unit_count, s->service->target_count);
	notify_send("READY=1\nSTATUS=serving %u LUNs of %u targets",
	    s->unit_count, s->service->target_count);
	return 0;
}

int
server_run(struct server *s)
{
	while (!s->done)
		loop_turn(&s->loop, false);
	return stop_finish(s);
}
