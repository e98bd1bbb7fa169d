/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/notify.c - telling the service manager how we are.
 */
#include "server/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"

static int notify_fd = -1;
static uint64_t notify_period_ms;

static void
notify_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd;

	if (n == 0 || n >= sizeof(sa.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(sa.sun_path, path, n);
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (struct sockaddr *)&sa,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) != 0) {
		close(fd);
		return;
	}
	notify_fd = fd;
}

static void
notify_take_watchdog(void)
{
	const char *pid = getenv("WATCHDOG_PID");
	const char *usec = getenv("WATCHDOG_USEC");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return;
	notify_period_ms = strtoull(usec, NULL, 10) / 2000;
}

void
notify_init(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	if (path == NULL)
		return;
	notify_connect(path);
	notify_take_watchdog();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

void
notify_send(const char *fmt, ...)
{
	char text[512];
	va_list args;
	int n;

	if (notify_fd < 0)
		return;
	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n > 0 && (size_t)n < sizeof(text))
		send(notify_fd, text, (size_t)n, MSG_NOSIGNAL);
}

void
notify_reloading(void)
{
	notify_send("RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)clock_now_us());
}

static void
notify_send_fd(int fd, char *text)
{
	struct iovec iov = { .iov_base = text, .iov_len = strlen(text) };
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .room = { 0 } };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	sendmsg(notify_fd, &msg, MSG_NOSIGNAL);
}

void
notify_keep(int fd, const char *name)
{
	char text[320];

	if (notify_fd < 0)
		return;
	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	notify_send_fd(fd, text);
}

void
notify_let_go(const char *name)
{
	notify_send("FDSTOREREMOVE=1\nFDNAME=%s", name);
}

uint64_t
notify_watchdog_ms(void)
{
	return notify_fd < 0 ? 0 : notify_period_ms;
}
