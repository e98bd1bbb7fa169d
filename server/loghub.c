/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/loghub.c - log lines to standard error.
 */
#include "server/loghub.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/thread.h"
#include "server/log_flood.h"

#define LOGHUB_BYTES     (256u << 10)
#define LOGHUB_ENTRY_MAX (LOG_LINE_MAX + 64)
#define LOGHUB_STOP_MS   2000

enum loghub_state {
	LOGHUB_DIRECT,   /* whoever logs writes */
	LOGHUB_QUEUE,    /* the thread writes */
	LOGHUB_STOPPING, /* the thread writes what is left */
	LOGHUB_STUCK,    /* it hung: nothing is written any more */
};

/* One log per process, as there is one standard error. */
static struct loghub {
	pthread_mutex_t mutex;
	pthread_cond_t work;
	enum loghub_state state;
	void (*watch)(enum log_level level, const char *line);
	bool journal;
	char *queue, *writing; /* LOGHUB_BYTES each; swapped */
	size_t queued;
	unsigned long dropped;
	struct flood flood;
	pthread_t thread;
	/* the thread's: */
	unsigned long lost; /* lines that are not told of yet */
	bool torn;          /* what was written last has no end */
} loghub = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
};

static const char *
loghub_level_word(enum log_level level)
{
	static const char *const words[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_NOTICE] = "notice",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};

	return words[level];
}

static size_t
loghub_format(char *out, size_t size, enum log_level level, const char *line)
{
	struct timespec ts;
	struct tm tm;
	int n;

	if (loghub.journal) {
		n = snprintf(out, size, "<%d>%s\n", (int)level, line);
	} else {
		clock_gettime(CLOCK_REALTIME, &ts);
		gmtime_r(&ts.tv_sec, &tm);
		n = snprintf(out, size,
		    "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s\n",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec, ts.tv_nsec / 1000000,
		    loghub_level_word(level), line);
	}
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* How much could be written. */
static size_t
loghub_write(const char *p, size_t bytes)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		n = write(STDERR_FILENO, p + done, bytes - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/* Under the mutex. */
static void
loghub_append(const char *text, size_t bytes)
{
	if (loghub.queued + bytes > LOGHUB_BYTES) {
		loghub.dropped++;
		return;
	}
	if (loghub.queued == 0)
		pthread_cond_signal(&loghub.work);
	memcpy(loghub.queue + loghub.queued, text, bytes);
	loghub.queued += bytes;
}

/* Under the mutex.  Who debugs wants all of it. */
static bool
loghub_admits(enum log_level level, const char *line)
{
	return loghub.state == LOGHUB_DIRECT || level == LOG_LEVEL_DEBUG ||
	       flood_admits(&loghub.flood, line, clock_now_ms());
}

static void
loghub_sink(void *ctx, enum log_level level, const char *line)
{
	char text[LOGHUB_ENTRY_MAX];
	size_t bytes = loghub_format(text, sizeof(text), level, line);
	bool direct, admitted;

	pthread_mutex_lock(&loghub.mutex);
	admitted = loghub_admits(level, line);
	direct = loghub.state == LOGHUB_DIRECT;
	if (admitted && !direct && loghub.state != LOGHUB_STUCK)
		loghub_append(text, bytes);
	pthread_mutex_unlock(&loghub.mutex);
	if (admitted && loghub.watch != NULL)
		loghub.watch(level, line);
	if (direct)
		loghub_write(text, bytes);
}

/* ---- the thread ---- */

static bool
loghub_put(const char *text, size_t bytes)
{
	size_t done;

	if (loghub.torn && loghub_write("\n", 1) == 0)
		done = 0;
	else {
		done = loghub_write(text, bytes);
		loghub.torn = done > 0 && text[done - 1] != '\n';
	}
	for (; done < bytes; done++)
		loghub.lost += text[done] == '\n';
	return loghub.lost == 0;
}

static void
loghub_say_lost(void)
{
	unsigned long lost = loghub.lost;
	char line[64], text[LOGHUB_ENTRY_MAX];
	size_t bytes;

	if (lost == 0)
		return;
	snprintf(line, sizeof(line), "log lines dropped count=%lu", lost);
	bytes = loghub_format(text, sizeof(text), LOG_LEVEL_WARNING, line);
	loghub.lost = 0;
	if (!loghub_put(text, bytes))
		loghub.lost = lost;
}

/* Under the mutex, which is released while writing. */
static void
loghub_write_queue(void)
{
	char *text = loghub.queue;
	size_t bytes = loghub.queued;
	unsigned long dropped = loghub.dropped;

	loghub.queue = loghub.writing;
	loghub.writing = text;
	loghub.queued = 0;
	loghub.dropped = 0;
	pthread_mutex_unlock(&loghub.mutex);
	loghub_say_lost();
	loghub_put(text, bytes);
	loghub.lost += dropped;
	loghub_say_lost();
	pthread_mutex_lock(&loghub.mutex);
}

/* Under the mutex, which is released while it is shown to who watches. */
static void
loghub_tell_held(void)
{
	char line[LOG_LINE_MAX], text[LOGHUB_ENTRY_MAX];

	while (flood_tell(&loghub.flood, line, sizeof(line))) {
		loghub_append(text,
		    loghub_format(text, sizeof(text), LOG_LEVEL_WARNING, line));
		if (loghub.watch == NULL)
			continue;
		pthread_mutex_unlock(&loghub.mutex);
		loghub.watch(LOG_LEVEL_WARNING, line);
		pthread_mutex_lock(&loghub.mutex);
	}
}

static void *
loghub_main(void *arg)
{
	uint64_t tell_ms;

	pthread_mutex_lock(&loghub.mutex);
	for (;;) {
		tell_ms = flood_next_ms(&loghub.flood);
		if (tell_ms <= clock_now_ms() ||
		    loghub.state == LOGHUB_STOPPING)
			loghub_tell_held();
		if (loghub.queued > 0)
			loghub_write_queue();
		else if (loghub.state == LOGHUB_STOPPING)
			break;
		else if (tell_ms == UINT64_MAX)
			pthread_cond_wait(&loghub.work, &loghub.mutex);
		else
			thread_cond_wait(&loghub.work, &loghub.mutex, tell_ms);
	}
	if (loghub.state == LOGHUB_STOPPING)
		loghub.state = LOGHUB_DIRECT;
	pthread_mutex_unlock(&loghub.mutex);
	return NULL;
}

/* Is standard error the journal's stream?  systemd.exec(5), JOURNAL_STREAM. */
static bool
loghub_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream != NULL &&
	       sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	       st.st_ino == inode;
}

void
loghub_watch(void (*fn)(enum log_level level, const char *line))
{
	loghub.watch = fn;
}

void
loghub_init(void)
{
	loghub.journal = loghub_is_journal();
	log_set_sink(loghub_sink, NULL);
}

int
loghub_start(void)
{
	int error;

	loghub.queue = malloc(LOGHUB_BYTES);
	loghub.writing = malloc(LOGHUB_BYTES);
	if (loghub.queue == NULL || loghub.writing == NULL)
		return -ENOMEM;
	thread_cond_init(&loghub.work);
	loghub.state = LOGHUB_QUEUE;
	error = pthread_create(&loghub.thread, NULL, loghub_main, NULL);
	if (error != 0)
		loghub.state = LOGHUB_DIRECT;
	else
		pthread_setname_np(loghub.thread, "log");
	return -error;
}

/* Let the thread write what is left.  False: it hung. */
static bool
loghub_wait(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	unsigned ms;

	for (ms = 0; ms < LOGHUB_STOP_MS; ms++) {
		pthread_mutex_unlock(&loghub.mutex);
		nanosleep(&moment, NULL);
		pthread_mutex_lock(&loghub.mutex);
		if (loghub.state == LOGHUB_DIRECT)
			return true;
	}
	loghub.state = LOGHUB_STUCK;
	return false;
}

void
loghub_stop(void)
{
	bool ended = false;

	pthread_mutex_lock(&loghub.mutex);
	if (loghub.state == LOGHUB_QUEUE) {
		loghub.state = LOGHUB_STOPPING;
		pthread_cond_signal(&loghub.work);
		ended = loghub_wait();
	}
	pthread_mutex_unlock(&loghub.mutex);
	if (!ended)
		return;
	pthread_join(loghub.thread, NULL);
	free(loghub.queue);
	free(loghub.writing);
}
