/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/log.c - one event, one line.
 */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static log_sink log_to_stderr;

static log_sink *log_current_sink = log_to_stderr;
static void *log_sink_ctx;
static _Atomic int log_max_level = LOG_LEVEL_INFO;

/* One write, so that lines of several threads do not mix. */
static void
log_to_stderr(void *ctx, enum log_level level, const char *line)
{
	char out[LOG_LINE_MAX + 1];
	int n = snprintf(out, sizeof(out), "%s\n", line);

	if (n >= (int)sizeof(out)) {
		n = sizeof(out) - 1;
		out[n - 1] = '\n';
	}
	if (write(STDERR_FILENO, out, (size_t)n) < 0)
		return; /* there is nowhere left to tell it */
}

void
log_set_sink(log_sink *sink, void *ctx)
{
	log_current_sink = sink != NULL ? sink : log_to_stderr;
	log_sink_ctx = ctx;
}

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_max_level, level, memory_order_relaxed);
}

bool
log_enabled(enum log_level level)
{
	return (int)level <=
	       atomic_load_explicit(&log_max_level, memory_order_relaxed);
}

/* One event stays one line, whatever a path or an error text holds. */
static void
log_flatten(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			*line = ' ';
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_flatten(line);
	log_current_sink(log_sink_ctx, level, line);
}

/* The escaped form of one byte; return its length, 1 to 4. */
static size_t
log_escape(char out[4], uint8_t c)
{
	static const char digits[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[c >> 4];
	out[3] = digits[c & 15];
	return 4;
}

const char *
log_quote(char *out, size_t size, const void *s, size_t len)
{
	const uint8_t *from = s;
	/* Where the closing quote may be put, without and with "..." */
	const size_t end = size - 2, end_cut = size - 5;
	size_t at = 0, cut = 1, i, n;
	char escaped[4];

	out[at++] = '"';
	for (i = 0; i < len; i++) {
		n = log_escape(escaped, from[i]);
		if (at + n > end)
			break;
		memcpy(out + at, escaped, n);
		at += n;
		if (at <= end_cut)
			cut = at;
	}
	if (i < len) {
		at = cut;
		memcpy(out + at, "...", 3);
		at += 3;
	}
	memcpy(out + at, "\"", 2);
	return out;
}
