/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/attach.c - a program of ours that lives beside us, on a stream.
 */
#include "backstores/attach.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The path of it: 0 or -errno. */
static int
attach_find(const char *name, char path[PATH_MAX])
{
	static const char *const places[] = { "", "../libexec/" };
	char self[PATH_MAX / 2];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	if (n < 0)
		return -errno;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return -ENOENT;
	slash[1] = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, PATH_MAX, "%s%s%s", self, places[i], name);
		if (access(path, X_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

int
attach_become(const char *const argv[], int stream)
{
	char path[PATH_MAX];
	int error = attach_find(argv[0], path);

	if (error != 0)
		return error;
	if (dup2(stream, STDIN_FILENO) < 0)
		return -errno;
	/* It does not write to the words, its prototype is older than const. */
	execve(path, (char *const *)(uintptr_t)argv, environ);
	return -errno;
}

/* What was started goes at once, and leaves others behind. */
static int
attach_spawn(const char *const argv[], int stream)
{
	posix_spawn_file_actions_t files;
	char path[PATH_MAX];
	int error = attach_find(argv[0], path), status = 0;
	pid_t pid;

	if (error != 0)
		return error;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, stream, STDIN_FILENO);
	error = posix_spawn(
	    &pid, path, &files, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (error != 0)
		return -error;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static int (*attach_starter)(const char *const argv[]);

void
attach_program_by(int (*start)(const char *const argv[]))
{
	attach_starter = start;
}

int
attach_program(const char *const argv[])
{
	int fd[2], error;

	if (attach_starter != NULL)
		return attach_starter(argv);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return -errno;
	error = attach_spawn(argv, fd[1]);
	close(fd[1]);
	if (error == 0)
		return fd[0];
	close(fd[0]);
	return error;
}
