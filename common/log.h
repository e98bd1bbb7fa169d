/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/log.h - one event, one line.
 *
 * A line is a short phrase followed by key=value pairs.  Peer bytes go through
 * log_quote() first.  Secrets never.  Any thread may log: the line is built on
 * the caller's stack and handed to the sink, which must not block a worker.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* The numbers are syslog's, so that the journal's <N> prefix is the level. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

#define LOG_LINE_MAX 1024 /* bytes, longer lines are cut */

/* Takes one line without newline.  Called from any thread. */
typedef void log_sink(void *ctx, enum log_level level, const char *line);

/* Set once at start, before other threads.  NULL restores standard error. */
void log_set_sink(log_sink *sink, void *ctx);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * Copy len bytes of s into out, quoted, with everything but printable ASCII,
 * quotes and backslashes escaped; cut with "..." when size is short.
 * Return out, always terminated (size >= 8).
 */
const char *log_quote(char *out, size_t size, const void *s, size_t len);

#endif
