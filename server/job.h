/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/job.h - long work as an object: allocating, copying, converting.
 *
 * It runs on a thread that may sleep, tells how far it is, can be cancelled,
 * and is listed for a while after its end.  (struct job of common/home.h is
 * something else: a message between threads.)
 */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

#include "common/home.h"
#include "server/http.h"

/* Whether run() is to stop is asked while it works, and not any more when all
 * is done. */
enum long_job_cancel {
	JOB_GOES_ON,
	JOB_IS_CANCELLED,
	JOB_IS_SETTLED,
};

enum long_job_state {
	JOB_RUNNING,
	JOB_DONE,
	JOB_FAILED,
	JOB_CANCELLED,
};

struct long_job {
	TAILQ_ENTRY(long_job) link;
	struct server *server;
	unsigned id;
	char what[16]; /* "snapshot" */
	char lun[64];  /* that it is about */
	char *text;    /* for people: "vm1 as /srv/x" */
	char *file;    /* or volume, that it makes or removes; or NULL */
	enum long_job_state state;
	time_t started_at, ended_at;
	_Atomic uint64_t done, total; /* bytes; total 0: not known */
	_Atomic unsigned cancel;      /* enum long_job_cancel */
	char why[512];                /* of a failure; run()'s until its end */
	json_t *answer;               /* more words about it; or NULL */

	/* Private to job.c. */
	struct job job;
	int error;
	unsigned end; /* the nth that has ended */
	int (*run)(struct long_job *j, void *ctx);
	void (*then)(struct long_job *j, void *ctx, int error);
	void *ctx;
};

/*
 * Main thread: begin it, and answer the call with it.  run(): on a thread that
 * may sleep; 0 or -errno with a sentence in j->why; -ECANCELED when it was
 * cancelled and it has undone what it did.  then(): on the main thread with
 * what run() returned; it sees to it that job_end() is called.
 *
 * When it cannot begin, then() is called with an error, and j may be NULL.  run
 * may be NULL: then() at once.
 */
void job_begin(struct http_call *call, const char *what, const char *lun,
    const char *text, const char *file,
    int (*run)(struct long_job *j, void *ctx),
    void (*then)(struct long_job *j, void *ctx, int error), void *ctx);
/* Main thread, in then(): another step of it. */
void job_continue(struct long_job *j, int (*run)(struct long_job *j, void *ctx),
    void (*then)(struct long_job *j, void *ctx, int error));
/* Main thread: it has ended; error as of run().  j may be NULL. */
void job_end(struct long_job *j, int error);
/* The same by the end of a change of the configuration (see change.h).
 * 0, or the error that the job will end with. */
int job_take_change(struct long_job *j, int status, json_t *answer);

/* run(): how far it is.  False: it was cancelled. */
bool job_goes_on(struct long_job *j, uint64_t done, uint64_t total);
/* run(): all is done.  True: it cannot be cancelled any more; false: it was,
 * and is to be undone. */
bool job_settles(struct long_job *j);
bool job_is_cancelled(const struct long_job *j);
/* Any thread: have it stop.  False: it has settled. */
bool job_cancel(struct long_job *j);
/* run(): fill j->why.  Returns -error; %m is its text. */
int job_refuse(struct long_job *j, int error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Main thread: the one that runs and makes or removes that file or volume;
 * NULL: none. */
const struct long_job *job_find_by_file(const char *path);
/* Main thread: how many run; and have them stop soon. */
unsigned job_count_running(void);
void job_cancel_all(void);
/* Main thread: forget those that have ended. */
void job_forget_all(void);
/* Those that run and the last that have ended, oldest first. */
json_t *job_listing(void);

/* Calls. */
void job_answer_list(struct http_call *call);
void job_answer_one(struct http_call *call);
void job_answer_cancel(struct http_call *call);

#endif
