/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/events.h - the log's lines as a stream for those who follow.
 *
 * The last ones are kept.  A follower that does not read is dropped.
 */
#ifndef SERVER_EVENTS_H
#define SERVER_EVENTS_H

#include "server/http.h"
#include "server/loop.h"

/* Before other threads log: keep lines, and tell followers on loop.  Again:
 * nothing.  0 or -errno. */
int events_start(struct loop *loop);
/* Main thread: tell nobody any more. */
void events_stop(void);

/* Main thread: answer with the last events, and with follow go on. */
void events_answer(struct http_call *call, bool follow);

#endif
