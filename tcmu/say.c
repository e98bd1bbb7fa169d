/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/say.c - messages to the store.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tcmu/host.h"

#define SAY_BURST  20 /* lines in */
#define SAY_PERIOD 10 /* seconds */

static pthread_mutex_t say_mutex = PTHREAD_MUTEX_INITIALIZER;

static void
say_bytes(const void *data, size_t bytes)
{
	const char *p = data;
	ssize_t n;

	while (bytes > 0) {
		n = send(HOST_STREAM, p, bytes, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(1);
		p += n;
		bytes -= (size_t)n;
	}
}

void
say(const struct tcmu_message *m, const void *data)
{
	pthread_mutex_lock(&say_mutex);
	say_bytes(m, sizeof(*m));
	say_bytes(data, m->bytes);
	pthread_mutex_unlock(&say_mutex);
}

/* A module that fails says so for each command. */
static bool
say_is_too_often(void)
{
	static time_t since;
	static unsigned lines;
	struct timespec now;
	bool often;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&say_mutex);
	if (now.tv_sec - since >= SAY_PERIOD) {
		since = now.tv_sec;
		lines = 0;
	}
	often = ++lines > SAY_BURST;
	pthread_mutex_unlock(&say_mutex);
	return often;
}

void
say_text(enum tcmu_what what, int error, const char *fmt, ...)
{
	struct tcmu_message m = { .what = what, .error = error };
	char text[TCMU_TEXT_MAX];
	va_list args;

	if (what == TCMU_SAYS && say_is_too_often())
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text[strcspn(text, "\n")] = '\0';
	m.bytes = strlen(text);
	say(&m, text);
}
