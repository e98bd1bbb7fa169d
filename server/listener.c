/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/listener.c - making listening sockets, or adopting those that the
 * service manager made (sd_listen_fds(3), by hand).
 */
#include "server/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

#define LISTENER_FIRST_FD     3
#define LISTENER_INHERIT_MOST 64

/* Sockets that were passed and not adopted yet; filled at start, before any
 * other thread, and used by whoever applies a configuration. */
static int listener_inherited[LISTENER_INHERIT_MOST];
static int listener_inherited_count;

void
listener_inherit(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int i, n;

	if (pid == NULL || fds == NULL || strtol(pid, NULL, 10) != getpid())
		return;
	n = (int)strtol(fds, NULL, 10);
	if (n > LISTENER_INHERIT_MOST)
		n = LISTENER_INHERIT_MOST;
	for (i = 0; i < n; i++) {
		fcntl(LISTENER_FIRST_FD + i, F_SETFD, FD_CLOEXEC);
		listener_inherited[i] = LISTENER_FIRST_FD + i;
	}
	listener_inherited_count = n > 0 ? n : 0;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

void
listener_forget_inherited(void)
{
	int i;

	for (i = 0; i < listener_inherited_count; i++) {
		log_warning("socket from the service manager is in no "
			    "portal-group, closed fd=%d",
		    listener_inherited[i]);
		close(listener_inherited[i]);
	}
	listener_inherited_count = 0;
}

static bool
listener_is_at(int fd, const char *address)
{
	struct sockaddr_storage sa;
	socklen_t length = sizeof(sa);
	char text[ADDRESS_TEXT_MAX];
	struct in6_addr ip;
	uint16_t port;

	if (getsockname(fd, (struct sockaddr *)&sa, &length) != 0 ||
	    !address_from_sockaddr(&sa, &ip, &port))
		return false;
	address_format(text, &ip, port);
	return strcmp(text, address) == 0;
}

static int
listener_adopt(const char *address)
{
	int i, fd, on = 0;
	socklen_t length = sizeof(on);

	for (i = 0; i < listener_inherited_count; i++) {
		fd = listener_inherited[i];
		if (!listener_is_at(fd, address) ||
		    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &length) !=
			0 ||
		    !on)
			continue;
		listener_inherited[i] =
		    listener_inherited[--listener_inherited_count];
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		return fd;
	}
	return -1;
}

static int
listener_bind(int fd, const struct in6_addr *ip, uint16_t port)
{
	struct sockaddr_storage sa;
	socklen_t length = address_to_sockaddr(ip, port, &sa);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (sa.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, length) != 0 ||
	    listen(fd, SOMAXCONN) != 0)
		return -errno;
	return 0;
}

static int
listener_socket(const struct in6_addr *ip, uint16_t port)
{
	int family = IN6_IS_ADDR_V4MAPPED(ip) ? AF_INET : AF_INET6;
	int fd, error;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = listener_bind(fd, ip, port);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

int
listener_open(const struct in6_addr *ip, uint16_t port, struct listener **out)
{
	struct listener *l = calloc(1, sizeof(*l));
	int fd;

	if (l == NULL)
		return -ENOMEM;
	address_format(l->address, ip, port);
	fd = listener_adopt(l->address);
	if (fd < 0)
		fd = listener_socket(ip, port);
	if (fd < 0) {
		free(l);
		return fd;
	}
	l->fd = fd;
	*out = l;
	return 0;
}

void
listener_close(struct listener *l)
{
	if (l->acceptor != NULL) {
		event_del(&l->readable);
		TAILQ_REMOVE(&l->acceptor->listeners, l, link);
		log_notice("no longer listening address=%s", l->address);
	}
	close(l->fd);
	free(l);
}
