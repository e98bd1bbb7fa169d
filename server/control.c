/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/control.c - the Unix socket of the control command.
 */
#include "server/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/account.h"
#include "common/log.h"
#include "common/version.h"
#include "server/api.h"
#include "server/events.h"
#include "server/http.h"

#define CONTROL_GROUP   "tisane"
#define CONTROL_BACKLOG 64

struct control {
	struct http *http;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	dev_t dev; /* of the socket: another's is not removed */
	ino_t ino;
};

/* The directory of the usual place is on a file system that starts empty. */
static void
control_make_directory(void)
{
	char directory[] = TISANE_CONTROL;

	*strrchr(directory, '/') = '\0';
	if (mkdir(directory, 0755) == 0)
		chmod(directory, 0755);
}

static void
control_address(struct sockaddr_un *sa, const char *path)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(sa->sun_path, path, strlen(path) + 1);
}

/* A socket that nobody listens at any more is in the way.  0 or -errno. */
static int
control_clear(const char *path)
{
	struct sockaddr_un sa;
	struct stat st;
	int fd, error = 0;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	control_address(&sa, path);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 ||
	    errno != ECONNREFUSED)
		error = -EADDRINUSE;
	close(fd);
	if (error == 0 && unlink(path) != 0)
		error = -errno;
	return error;
}

/* HTTP_NO_GROUP: there is no such group. */
static gid_t
control_group(void)
{
	uint32_t gid;

	return account_find(ACCOUNT_GROUPS, CONTROL_GROUP, &gid)
		   ? (gid_t)gid
		   : HTTP_NO_GROUP;
}

/* Bound under our umask, so that nobody comes in before its mode is right. */
static int
control_bind(struct control *c, int fd, gid_t group)
{
	mode_t mode = group != HTTP_NO_GROUP ? 0660 : 0600;
	struct sockaddr_un sa;
	struct stat st;

	control_address(&sa, c->path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return -errno;
	/* Only root and members may give it to that group. */
	if (group != HTTP_NO_GROUP && chown(c->path, (uid_t)-1, group) != 0 &&
	    errno != EPERM)
		return -errno;
	if (chmod(c->path, mode) != 0 || listen(fd, CONTROL_BACKLOG) != 0 ||
	    stat(c->path, &st) != 0)
		return -errno;
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	return 0;
}

static int
control_listen(struct control *c, gid_t group, int *out)
{
	int fd, error = control_clear(c->path);

	if (error != 0)
		return error;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = control_bind(c, fd, group);
	if (error != 0) {
		close(fd);
		return error;
	}
	*out = fd;
	return 0;
}

static int
control_serve(struct server *s, struct control *c)
{
	gid_t group = control_group();
	int fd = -1, error = control_listen(c, group, &fd);

	if (error == 0)
		error = events_start(&s->loop);
	if (error != 0)
		return error;
	c->http = http_new(s, fd, api_routes, true, group);
	return c->http != NULL ? 0 : -ENOMEM;
}

static void
control_log_failure(const char *path, int error, bool given)
{
	log_line(given ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
	    "control socket cannot be used path=%s error=\"%s\"%s", path,
	    strerror(-error), given ? "" : ", serving without");
}

int
control_open(struct server *s, const struct config *config)
{
	static struct control control; /* one per process */
	bool given = config->control != NULL;
	const char *path = given ? config->control : TISANE_CONTROL;
	int error;

	if (strcmp(path, "none") == 0)
		return 0;
	if (!given)
		control_make_directory();
	snprintf(control.path, sizeof(control.path), "%s", path);
	error = control_serve(s, &control);
	if (error != 0) {
		control_log_failure(path, error, given);
		return given ? 1 : 0;
	}
	s->control_socket = &control;
	log_info("control socket path=%s", path);
	return 0;
}

void
control_close(struct server *s)
{
	struct control *c = s->control_socket;
	struct stat st;

	if (c == NULL)
		return;
	if (stat(c->path, &st) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino)
		unlink(c->path);
	events_stop();
	http_free(c->http);
	s->control_socket = NULL;
}
