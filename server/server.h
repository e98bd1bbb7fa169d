/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/server.h - the daemon as its main thread sees it.
 *
 * Everything here belongs to the main thread, unless it says otherwise.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <time.h>

#include "config/config.h"
#include "iscsi/service.h"
#include "iscsi/session.h"
#include "server/census.h"
#include "server/crew.h"
#include "server/findings.h"
#include "server/isns.h"
#include "server/loop.h"
#include "server/portal.h"
#include "server/state.h"
#include "server/unit.h"
#include "server/worker.h"

struct control;
struct plan;

/* Somebody who waits for the end of a reload; freed by the waiter. */
struct reload_waiter {
	STAILQ_ENTRY(reload_waiter) link;
	void (*done)(struct reload_waiter *w, bool applied);
};

STAILQ_HEAD(reload_waiters, reload_waiter);

/* Where the configuration comes from. */
struct config_source {
	const char *name; /* a path, or what stands for it in messages */
	const char *text; /* NULL: read the file */
};

enum stop_step {
	STOP_NOT,
	STOP_LOGOUT,  /* initiators were asked to log out */
	STOP_DROPPED, /* connections were closed, tasks come home */
	STOP_FLUSH,   /* stores are being flushed */
};

struct server {
	struct loop loop;
	struct config_source source;
	struct worker *workers;
	unsigned worker_count;
	struct census census;
	struct acceptor acceptor;
	struct session_table *sessions;
	struct throttle_book *throttles; /* of initiators */
	struct state *state;             /* whoever applies a configuration */

	/* What is in force.  Whoever applies a configuration reads it; only the
	 * main thread changes it, and not while one is being applied. */
	struct config *config;
	struct service *service;
	struct unit **units; /* one for each lun of config, in its order */
	unsigned unit_count;

	/* Units and crews that are not closed yet.  Any thread. */
	_Atomic unsigned open_count;
	struct crew control; /* one thread: reads and opens configurations */
	struct crew watch;   /* a few: ask stores for their size */
	struct crew jobs;    /* a few: long work, see job.h */
	struct isns isns;

	bool reloading, reload_again;
	bool reopening, reopen_again; /* of the configuration in force */
	_Atomic bool late;            /* late_job is on its way */
	struct job late_job;
	struct job reload_job, reloaded_job, applied_job, history_job;
	struct plan *plan; /* from the reload to the switch; NULL: it failed */
	/* Of the reload under way, and of the one after it. */
	struct reload_waiters waiters, next_waiters;
	/* What was wrong with the last; its thread's until it has ended. */
	struct findings findings;
	bool reload_failed; /* the last one */
	time_t started_at, applied_at;
	uint64_t started_ms; /* clock_now_ms(), which nobody sets */
	/* Which configuration is in force: of this run, counted. */
	uint8_t incarnation[16];
	unsigned generation;

	struct control *control_socket; /* NULL: none */
	struct http *metrics;           /* NULL: none */
	struct http *web;               /* NULL: none */
	int statm; /* /proc/self/statm, while there are metrics */

	enum stop_step stop_step;
	uint64_t stop_deadline; /* ms, of the step */
	uint64_t stop_patience; /* ms: no longer for stores that are silent */
	struct flush *flushes;  /* one for each unit */
	unsigned flushing;
	bool stuck; /* something did not end in time: free nothing */
	bool flush_failed;
	bool done;

	int signal_fd;
	struct event signal_event, watch_timer, watchdog_timer, stop_timer;
};

/*
 * Start everything, from a configuration that was loaded (and is taken).  0,
 * or the exit status after a log line.
 */
int server_start(struct server *s, const struct config_source *source,
    struct config *config);
/* Until it has stopped.  Return the exit status. */
int server_run(struct server *s);

/* Signals: SIGHUP, and SIGTERM or SIGINT. */
void server_reload(struct server *s);
/* The same, and w->done() is called when a reload that began after this call
 * has ended. */
void server_reload_for(struct server *s, struct reload_waiter *w);
void server_stop(struct server *s);

/* The one of that name that is served, or NULL. */
struct unit *server_find_unit(const struct server *s, const char *name);

/* Load and check; messages go to the log.  Any thread.  NULL when invalid. */
struct config *config_source_load(
    const struct config_source *source, struct config_report *report);

#endif
