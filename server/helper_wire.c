/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/helper_wire.c - the daemon's side of its helper, and the messages.
 */
#include "server/helper_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backstores/attach.h"
#include "backstores/command.h"
#include "common/outside.h"

#define HELPER_PATIENCE_MS 5000 /* beyond the time of a command */

union helper_control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int helper_fd = -1;

/* ---- messages ---- */

bool
helper_send(int to, const void *data, size_t bytes, int fd)
{
	const char *p = data;
	union helper_control control = { .room = { 0 } };
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	while (bytes > 0) {
		iov = (struct iovec){ (void *)(uintptr_t)p, bytes };
		n = sendmsg(to, &msg, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		bytes -= (size_t)n;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
	return true;
}

/* One recvmsg(); *fd: what came with it, or -1. */
static ssize_t
helper_recv(int from, void *data, size_t bytes, int *fd)
{
	union helper_control control;
	struct iovec iov = { .iov_base = data, .iov_len = bytes };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return n;
}

static bool
helper_is_whole(const struct helper_request *r, ssize_t n)
{
	const size_t head = offsetof(struct helper_request, words);

	return n > 0 && (size_t)n > head && r->bytes > 0 &&
	       r->bytes == (size_t)n - head && r->bytes <= HELPER_WORDS_BYTES &&
	       r->words[r->bytes - 1] == '\0';
}

bool
helper_receive(int from, struct helper_request *r, int *reply)
{
	ssize_t n;

	for (;;) {
		n = helper_recv(from, r, sizeof(*r), reply);
		if (n <= 0)
			return false;
		if (*reply >= 0 && helper_is_whole(r, n))
			return true;
		if (*reply >= 0)
			close(*reply);
	}
}

unsigned
helper_split(
    const struct helper_request *r, const char *argv[HELPER_WORDS_MAX + 1])
{
	const char *p = r->words, *end = r->words + r->bytes;
	unsigned count = 0;

	for (; p < end && count < HELPER_WORDS_MAX; p += strlen(p) + 1)
		argv[count++] = p;
	argv[count] = NULL;
	return p < end ? 0 : count;
}

/* ---- the daemon's side ---- */

static bool
helper_add_word(struct helper_request *r, const char *word)
{
	size_t bytes = strlen(word) + 1;

	if (bytes > sizeof(r->words) - r->bytes)
		return false;
	memcpy(r->words + r->bytes, word, bytes);
	r->bytes += (unsigned)bytes;
	return true;
}

/* The stream on which it answers; -errno. */
static int
helper_ask(const struct helper_request *r)
{
	int fd[2], error = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return -errno;
	if (!helper_send(helper_fd, r,
		offsetof(struct helper_request, words) + r->bytes, fd[1]))
		error = -EPIPE;
	close(fd[1]);
	if (error == 0)
		return fd[0];
	close(fd[0]);
	return error;
}

/* All of it or nothing; *fd may be NULL. */
static bool
helper_read(int from, void *data, size_t bytes, int *fd)
{
	size_t got = 0;
	ssize_t n;
	int came;

	while (got < bytes) {
		n = helper_recv(from, (char *)data + got, bytes - got, &came);
		if (came >= 0 && fd != NULL && *fd < 0)
			*fd = came;
		else if (came >= 0)
			close(came);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

static int
helper_ask_path(struct helper_request *r, const char *path, int *fd)
{
	struct helper_answer a = { .error = -EPIPE };
	int stream;

	*fd = -1;
	if (!helper_add_word(r, path))
		return -ENAMETOOLONG;
	stream = helper_ask(r);
	if (stream < 0)
		return stream;
	if (!helper_read(stream, &a, sizeof(a), fd))
		a.error = -EPIPE;
	close(stream);
	return a.error;
}

static int
helper_open_for_us(const char *path, int flags, mode_t mode)
{
	struct helper_request r = {
		.what = HELPER_OPEN, .flags = flags, .mode = mode
	};
	int fd, error = helper_ask_path(&r, path, &fd);

	return error != 0 ? error : fd >= 0 ? fd : -EPIPE;
}

static int
helper_unlink_for_us(const char *path)
{
	struct helper_request r = { .what = HELPER_UNLINK };
	int fd;

	return helper_ask_path(&r, path, &fd);
}

static int
helper_move_for_us(const char *from, const char *to)
{
	struct helper_request r = { .what = HELPER_MOVE };
	int fd;

	if (!helper_add_word(&r, from))
		return -ENAMETOOLONG;
	return helper_ask_path(&r, to, &fd);
}

static int
helper_own_for_us(const char *path)
{
	struct helper_request r = { .what = HELPER_OWN };
	int fd;

	return helper_ask_path(&r, path, &fd);
}

static int
helper_read_result(int stream, unsigned ms, struct command_result *result)
{
	struct pollfd p = { .fd = stream, .events = POLLIN };
	struct helper_answer a;

	if (poll(&p, 1, (int)(ms + HELPER_PATIENCE_MS)) <= 0)
		return -ETIMEDOUT;
	if (!helper_read(stream, &a, sizeof(a), NULL))
		return -EPIPE;
	result->status = a.status;
	memcpy(result->words, a.words, sizeof(result->words));
	result->out = calloc(1, a.bytes + 1);
	if (result->out == NULL)
		return -ENOMEM;
	return helper_read(stream, result->out, a.bytes, NULL) ? a.error
							       : -EPIPE;
}

static int
helper_run_for_us(const char *const argv[], unsigned timeout_ms,
    struct command_result *result)
{
	struct helper_request r = { .what = HELPER_RUN,
		.timeout_ms = timeout_ms };
	int stream, error = 0;

	memset(result, 0, sizeof(*result));
	for (; *argv != NULL && error == 0; argv++)
		error = helper_add_word(&r, *argv) ? 0 : -E2BIG;
	stream = error == 0 ? helper_ask(&r) : error;
	if (stream >= 0) {
		error = helper_read_result(stream, timeout_ms, result);
		close(stream);
	} else {
		error = stream;
	}
	if (error != 0 && result->words[0] == '\0')
		snprintf(result->words, sizeof(result->words), "the helper: %s",
		    strerror(-error));
	return error;
}

/* The stream is the program's from now on. */
static int
helper_attach_for_us(const char *const argv[])
{
	struct helper_request r = { .what = HELPER_ATTACH };
	int error = 0;

	for (; *argv != NULL && error == 0; argv++)
		error = helper_add_word(&r, *argv) ? 0 : -E2BIG;
	return error == 0 ? helper_ask(&r) : error;
}

void
helper_ask_by(int fd)
{
	static const struct outside_ops ops = {
		.open = helper_open_for_us,
		.unlink = helper_unlink_for_us,
		.move = helper_move_for_us,
		.own = helper_own_for_us,
	};

	helper_fd = fd;
	outside_ask(&ops);
	command_run_by(helper_run_for_us);
	attach_program_by(helper_attach_for_us);
}
