/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/listener.c - making listening sockets, or adopting those that the
 * service manager made or held since our last run (sd_listen_fds(3), by hand).
 *
 * The manager gets a copy of each socket that is made here.  So a restart
 * closes no port: who connects meanwhile waits in the queue of the socket.
 */
#include "server/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/notify.h"

#ifndef TCP_CA_NAME_MAX /* linux/tcp.h, which netinet/tcp.h does not suffer */
#define TCP_CA_NAME_MAX 16
#endif

#define LISTENER_FIRST_FD     3
#define LISTENER_INHERIT_MOST 64
#define LISTENER_NAME_MAX     (ADDRESS_TEXT_MAX + 8)

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

/* Where it listens; "" when it is no such socket. */
static void
listener_read_address(int fd, char text[ADDRESS_TEXT_MAX])
{
	struct sockaddr_storage sa;
	socklen_t length = sizeof(sa);
	struct in6_addr ip;
	uint16_t port;

	text[0] = '\0';
	if (getsockname(fd, (struct sockaddr *)&sa, &length) == 0 &&
	    address_from_sockaddr(&sa, &ip, &port))
		address_format_zone(text, &ip, address_zone(&sa), port);
}

/* The manager's name for it: an address without colons. */
static void
listener_name(const char *address, char name[LISTENER_NAME_MAX])
{
	char *p;

	snprintf(name, LISTENER_NAME_MAX, "portal %s", address);
	for (p = name; *p != '\0'; p++) {
		if (*p == ':')
			*p = '_';
	}
}

static void
listener_keep(int fd, const char *address)
{
	char name[LISTENER_NAME_MAX];

	listener_name(address, name);
	notify_keep(fd, name);
}

static void
listener_let_go(const char *address)
{
	char name[LISTENER_NAME_MAX];

	listener_name(address, name);
	notify_let_go(name);
}

void
listener_forget_inherited(void)
{
	char address[ADDRESS_TEXT_MAX];
	int i, fd;

	for (i = 0; i < listener_inherited_count; i++) {
		fd = listener_inherited[i];
		listener_read_address(fd, address);
		log_warning("socket from the service manager is in no "
			    "portal-group, closed address=%s",
		    address[0] != '\0' ? address : "?");
		listener_let_go(address);
		close(fd);
	}
	listener_inherited_count = 0;
}

static bool
listener_is_at(int fd, const char *address)
{
	char text[ADDRESS_TEXT_MAX];

	listener_read_address(fd, text);
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
listener_bind(int fd, const struct listener_place *at)
{
	struct sockaddr_storage sa;
	socklen_t length = address_to_sockaddr(&at->ip, at->port, &sa);
	int on = 1;

	if (at->zone != 0)
		((struct sockaddr_in6 *)&sa)->sin6_scope_id = at->zone;
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
listener_socket(const struct listener_place *at)
{
	int family = IN6_IS_ADDR_V4MAPPED(&at->ip) ? AF_INET : AF_INET6;
	int fd, error;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = listener_bind(fd, at);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

/* Those that are accepted inherit it: a call less for each. */
static void
listener_tune(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* ---- congestion control ---- */

static int
listener_scratch(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 ? fd : -errno;
}

static int
listener_put_congestion(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
		   (socklen_t)strlen(name)) == 0
		   ? 0
		   : -errno;
}

int
listener_try_congestion(const char *name)
{
	int fd = listener_scratch(), error;

	if (fd < 0)
		return fd;
	error = listener_put_congestion(fd, name);
	close(fd);
	return error;
}

/* A new socket has the system's. */
static int
listener_system_congestion(char name[TCP_CA_NAME_MAX + 1])
{
	socklen_t length = TCP_CA_NAME_MAX;
	int fd = listener_scratch(), error = 0;

	if (fd < 0)
		return fd;
	memset(name, 0, TCP_CA_NAME_MAX + 1);
	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length) != 0)
		error = -errno;
	close(fd);
	return error;
}

int
listener_set_congestion(struct listener *l, const char *name)
{
	char own[TCP_CA_NAME_MAX + 1];
	int error = 0;

	if (name == NULL)
		error = listener_system_congestion(own);
	return error != 0
		   ? error
		   : listener_put_congestion(l->fd, name != NULL ? name : own);
}

/* ---- open and close ---- */

bool
listener_place_of(const struct config_portal *from, struct listener_place *out)
{
	out->port = from->port;
	if (!address_parse_zone(from->host, &out->ip, &out->zone))
		return false;
	address_format_zone(out->text, &out->ip, out->zone, out->port);
	return true;
}

int
listener_open(const struct listener_place *at, struct listener **out)
{
	struct listener *l = calloc(1, sizeof(*l));
	int fd;

	if (l == NULL)
		return -ENOMEM;
	memcpy(l->address, at->text, sizeof(l->address));
	address_format(l->told, &at->ip, at->port);
	fd = listener_adopt(l->address);
	if (fd < 0) {
		fd = listener_socket(at);
		if (fd >= 0)
			listener_keep(fd, l->address);
	}
	if (fd < 0) {
		free(l);
		return fd;
	}
	l->fd = fd;
	l->wildcard = address_is_wildcard(&at->ip);
	listener_tune(fd);
	*out = l;
	return 0;
}

void
listener_release(struct listener *l)
{
	if (l->acceptor != NULL) {
		event_del(&l->readable);
		TAILQ_REMOVE(&l->acceptor->listeners, l, link);
		log_notice("no longer listening address=%s", l->address);
	}
	close(l->fd);
	free(l);
}

void
listener_close(struct listener *l)
{
	listener_let_go(l->address);
	listener_release(l);
}
