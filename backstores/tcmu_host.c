/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/tcmu_host.c - starting and stopping the process that hosts the
 * module.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backstores/attach.h"
#include "backstores/tcmu.h"
#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"

#define TCMU_LOOK_MS 100   /* how often it is looked whether to stop */
#define TCMU_END_MS  10000 /* to close the device */

/* All of it: 0 or -errno. */
static int
host_read(struct tcmu *t, void *data, size_t bytes, uint64_t deadline)
{
	struct pollfd p = { .fd = t->stream, .events = POLLIN };
	char *at = data;
	ssize_t n;

	while (bytes > 0) {
		if (atomic_load(&t->stop) || clock_now_ms() > deadline)
			return -ETIMEDOUT;
		if (poll(&p, 1, TCMU_LOOK_MS) <= 0)
			continue;
		n = recv(t->stream, at, bytes, MSG_DONTWAIT);
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			bytes -= (size_t)n;
		}
	}
	return 0;
}

void
tcmu_log(const struct tcmu *t, const char *what, size_t bytes)
{
	char quoted[2 * TCMU_TEXT_MAX];

	log_warning("%s store=%s text=%s", what, t->bs->name,
	    log_quote(quoted, sizeof(quoted), t->text, bytes));
}

/* What the module has to say comes before. */
static int
host_read_hello(struct tcmu *t, struct tcmu_message *m, uint64_t deadline)
{
	int error;

	for (;;) {
		error = host_read(t, m, sizeof(*m), deadline);
		if (error != 0)
			return error;
		if (m->bytes > TCMU_TEXT_MAX)
			return -EPROTO;
		if (m->what == TCMU_HELLO && m->error == 0)
			return m->bytes == sizeof(t->hello)
				   ? host_read(t, &t->hello, sizeof(t->hello),
					 deadline)
				   : -EPROTO;
		error = host_read(t, t->text, m->bytes, deadline);
		if (error != 0)
			return error;
		t->text[m->bytes] = '\0';
		if (m->what == TCMU_HELLO)
			return 0;
		tcmu_log(t, "tcmu host says", m->bytes);
	}
}

static int
host_greet(struct tcmu *t, char *why, size_t why_size)
{
	struct tcmu_message m;
	int error = host_read_hello(t, &m, clock_now_ms() + TCMU_PATIENCE_MS);

	if (error != 0)
		return bs_refuse(why, why_size, -error,
		    "%s: the module's process does not answer: %m",
		    t->bs->name);
	if (m.error != 0)
		return bs_refuse(why, why_size, m.error < 0 ? -m.error : EIO,
		    "%s: %s", t->bs->name, t->text);
	t->hello.owner[sizeof(t->hello.owner) - 1] = '\0';
	atomic_store(&t->size, t->hello.size);
	atomic_store(&t->pid, t->hello.pid);
	t->sent = t->received = 0;
	t->reading = NULL;
	log_info("tcmu host serves store=%s pid=%u", t->bs->name, t->hello.pid);
	return 0;
}

int
tcmu_host_start(struct tcmu *t, char *why, size_t why_size)
{
	char owner[sizeof(t->hello.owner)];
	const char *argv[TCMU_WORDS + 1] = { TCMU_PROGRAM, t->handler,
		t->config, t->read_only ? "ro" : "rw", t->conf, t->user,
		owner };
	int error;

	snprintf(owner, sizeof(owner), "%s", t->hello.owner);

	t->stream = attach_program(argv);
	if (t->stream < 0) {
		error = t->stream;
		t->stream = -1;
		return bs_refuse(why, why_size, -error,
		    "%s: %s cannot be started: %m", t->bs->name, argv[0]);
	}
	error = host_greet(t, why, why_size);
	if (error != 0)
		tcmu_host_stop(t);
	return error;
}

/* What it still says is of no use. */
static bool
host_has_ended(const struct tcmu *t)
{
	char rest[4096];
	ssize_t n = recv(t->stream, rest, sizeof(rest), MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void
tcmu_host_stop(struct tcmu *t)
{
	struct pollfd p = { .fd = t->stream, .events = POLLIN };
	uint64_t deadline = clock_now_ms() + TCMU_END_MS;

	if (t->stream < 0)
		return;
	shutdown(t->stream, SHUT_WR);
	while (clock_now_ms() < deadline && !host_has_ended(t))
		poll(&p, 1, TCMU_LOOK_MS);
	close(t->stream);
	t->stream = -1;
}
