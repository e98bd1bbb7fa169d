/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/worker.h - a thread with an event loop and the connections given to
 * it.
 *
 * A turn: descriptors that are ready (sockets are read, I/O completes), jobs,
 * the ring's submissions, the output of every connection that has some,
 * deadlines.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "server/census.h"
#include "server/loop.h"
#include "server/poller.h"

struct sock;
struct uring;

struct worker {
	struct loop loop;
	pthread_t thread;
	_Atomic bool ended; /* the thread does nothing more */
	struct census *census;
	struct uring *uring; /* NULL: the stores' threads do it */
	_Atomic unsigned connections;
	struct poller poller; /* most_us is set before the thread starts */
	/* owner thread */
	TAILQ_HEAD(sock_list, sock) socks;
	TAILQ_HEAD(, sock) dirty; /* to be looked at before sleeping */
	struct event timer;
	uint64_t next_deadline; /* ms; UINT64_MAX: none */
	bool stopping;
	struct job ask_job, drop_job, stop_job;
	unsigned ask_seconds;
	/* main thread asks, the worker answers */
	struct job ping_job;
	uint64_t pings;
	_Atomic uint64_t pongs;
};

/* Budget in bytes for data buffers.  0 or -errno. */
int worker_init(
    struct worker *w, unsigned index, uint64_t memory, struct census *census);
int worker_start(struct worker *w);
/* Its thread has ended, and nothing refers to its buffers. */
void worker_destroy(struct worker *w);

/* Any thread, each at most once: ask every connection to log out; close every
 * connection; end the thread. */
void worker_ask_logout(struct worker *w, unsigned seconds);
void worker_drop_all(struct worker *w);
void worker_stop(struct worker *w);
/* Main thread, after worker_stop(): has it come to its end?  Then join it. */
bool worker_has_ended(struct worker *w);
void worker_join(struct worker *w);
/* Main thread: has the last ping been answered?  Then send the next. */
bool worker_ping(struct worker *w);

/* Owner thread: something is due then. */
void worker_deadline(struct worker *w, uint64_t at_ms);

#endif
