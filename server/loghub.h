/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/loghub.h - log lines to standard error, without ever waiting for it
 * once the workers run.
 *
 * A bounded queue and a thread that writes it.  When the queue is full, lines
 * are dropped, counted, and the count is said; so it is when there are too many
 * of one kind (log_flood.h).  Under the journal each line starts with <N>; else
 * with the time and the level.
 */
#ifndef SERVER_LOGHUB_H
#define SERVER_LOGHUB_H

#include "common/log.h"

/* Once, before other threads: fn is shown every line that is not held back, on
 * any thread, and must not log. */
void loghub_watch(void (*fn)(enum log_level level, const char *line));
/* Become the sink of common/log.h; lines are written by whoever logs. */
void loghub_init(void);
/* From now on a thread writes them.  0 or -errno. */
int loghub_start(void);
/* Write what is queued (but do not wait for ever), and go back to writing by
 * whoever logs. */
void loghub_stop(void);

#endif
