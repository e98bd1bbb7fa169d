/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/command.c - running another program.
 */
#include "backstores/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"

#define COMMAND_NOISE       "WARNING" /* of lvm, about what is usual */
#define COMMAND_PATIENCE_MS 2000      /* for the end of one that was killed */

extern char **environ;

/* One pipe from the program. */
struct command_pipe {
	int fd[2]; /* -1: closed */
	char *data;
	size_t bytes;
};

static void
command_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool
command_pipe_open(struct command_pipe *p)
{
	p->data = calloc(1, COMMAND_OUT_MAX + 1);
	return p->data != NULL && pipe2(p->fd, O_CLOEXEC) == 0;
}

/* The program gets no signal mask and no dispositions of ours. */
static int
command_spawn(
    const char *const argv[], struct command_pipe pipes[2], pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(
	    &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, pipes[0].fd[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, pipes[1].fd[1], STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	/* It does not write to the words, its prototype is older than const. */
	error = posix_spawnp(pid, argv[0], &files, &attributes,
	    (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return -error;
}

static void
command_read(struct command_pipe *p)
{
	char rest[4096];
	size_t room = COMMAND_OUT_MAX - p->bytes;
	ssize_t n = room > 0 ? read(p->fd[0], p->data + p->bytes, room)
			     : read(p->fd[0], rest, sizeof(rest));

	if (n <= 0)
		command_close(&p->fd[0]);
	else if (room > 0)
		p->bytes += (size_t)n;
}

/* False: the time is over. */
static bool
command_gather(struct command_pipe pipes[2], uint64_t deadline_ms)
{
	struct pollfd p[2];
	uint64_t now;
	int i;

	while (pipes[0].fd[0] >= 0 || pipes[1].fd[0] >= 0) {
		now = clock_now_ms();
		if (now >= deadline_ms)
			return false;
		for (i = 0; i < 2; i++)
			p[i] = (struct pollfd){ .fd = pipes[i].fd[0],
				.events = POLLIN };
		poll(p, 2, (int)(deadline_ms - now));
		for (i = 0; i < 2; i++)
			if (p[i].revents != 0)
				command_read(&pipes[i]);
	}
	return true;
}

static int
command_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static int
command_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return command_status(status);
}

/* One that sleeps in the kernel, at a device that hangs, ends when that does:
 * it is left then. */
static int
command_kill(pid_t pid)
{
	const uint64_t until = clock_now_ms() + COMMAND_PATIENCE_MS;
	int status = 0;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, WNOHANG) == 0 && clock_now_ms() < until)
		usleep(10000);
	return command_status(status);
}

/* What it said, in one line: the cause often comes before the end. */
static void
command_lines(const char *text, char *out, size_t size)
{
	size_t at = 0, n;
	int written;

	out[0] = '\0';
	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		text += strspn(text, " ");
		n = strcspn(text, "\n");
		if (n == 0 ||
		    strncmp(text, COMMAND_NOISE, strlen(COMMAND_NOISE)) == 0)
			continue;
		written = snprintf(out + at, size - at, "%s%.*s",
		    at > 0 ? "; " : "", (int)n, text);
		if (written < 0 || (size_t)written >= size - at)
			return;
		at += (size_t)written;
	}
}

static int
command_run_with(const char *const argv[], unsigned timeout_ms,
    struct command_pipe pipes[2], struct command_result *result)
{
	pid_t pid;
	int error;

	if (!command_pipe_open(&pipes[0]) || !command_pipe_open(&pipes[1]))
		return -errno;
	error = command_spawn(argv, pipes, &pid);
	if (error != 0)
		return error;
	command_close(&pipes[0].fd[1]);
	command_close(&pipes[1].fd[1]);
	if (!command_gather(pipes, clock_now_ms() + timeout_ms)) {
		result->status = command_kill(pid);
		return -ETIMEDOUT;
	}
	result->status = command_wait(pid);
	command_lines(pipes[1].data, result->words, sizeof(result->words));
	return 0;
}

static void
command_tell_failure(const char *const argv[], unsigned timeout_ms, int error,
    struct command_result *result)
{
	if (error == -ETIMEDOUT)
		snprintf(result->words, sizeof(result->words),
		    "%s %s has not ended within %u s", argv[0],
		    argv[1] != NULL ? argv[1] : "", timeout_ms / 1000);
	else
		snprintf(result->words, sizeof(result->words), "%s: %s",
		    argv[0], strerror(-error));
}

static int (*command_runner)(const char *const argv[], unsigned timeout_ms,
    struct command_result *result);

void
command_run_by(int (*run)(const char *const argv[], unsigned timeout_ms,
    struct command_result *result))
{
	command_runner = run;
}

int
command_run(const char *const argv[], unsigned timeout_ms,
    struct command_result *result)
{
	struct command_pipe pipes[2] = { { .fd = { -1, -1 } },
		{ .fd = { -1, -1 } } };
	int error, i;

	if (command_runner != NULL)
		return command_runner(argv, timeout_ms, result);
	memset(result, 0, sizeof(*result));
	error = command_run_with(argv, timeout_ms, pipes, result);
	if (error != 0)
		command_tell_failure(argv, timeout_ms, error, result);
	for (i = 0; i < 2; i++) {
		command_close(&pipes[i].fd[0]);
		command_close(&pipes[i].fd[1]);
	}
	result->out = pipes[0].data;
	free(pipes[1].data);
	return error;
}
