/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/survey.h - asking every worker what it has, without waiting for any.
 *
 * Each worker copies out its listing when its turn comes; how long that took
 * is the lag of its loop.  One that does not answer in time is left out.
 */
#ifndef SERVER_SURVEY_H
#define SERVER_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/stats.h"
#include "target/target.h"

struct server;

/* A connection in full feature phase. */
struct survey_session {
	char initiator[ISCSI_NAME_MAX + 1], target[ISCSI_NAME_MAX + 1];
	char peer[64], local[64];
	uint16_t tsih, cid;
	bool discovery;
	unsigned tasks;
	bool leading;       /* the first connection of its session */
	struct stats stats; /* of a leading one: its session's */
};

struct survey_worker {
	bool answered;
	uint64_t lag_us; /* from the question to its turn */
	size_t pool_bytes;
	unsigned connections;
	struct survey_session *sessions;
	unsigned session_count;
};

struct survey {
	const struct survey_worker *workers;
	unsigned worker_count;
	unsigned unanswered;
};

/*
 * Main thread.  done(survey, ctx) is called once, later, on the main thread;
 * the survey is valid until it returns.  False: out of memory, it is not.
 */
bool survey_begin(struct server *s,
    void (*done)(const struct survey *survey, void *ctx), void *ctx);

/*
 * Main thread: end the connections of a session, by the phrase why. done(count,
 * ctx) tells how many there were.  False: out of memory.
 */
bool survey_drop_session(struct server *s, uint16_t tsih,
    void (*done)(unsigned count, void *ctx), void *ctx);

#endif
