/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/http_room.c - HTTP connections do not take all descriptors, and
 * wait when there are none.
 *
 * libevent 2.1 neither limits them nor tells when one has ended, so they are
 * counted by their events.
 */
#include "server/http_room.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "common/log.h"

#define ROOM_REST_S 1 /* after a shortage */

struct room {
	unsigned port;
	unsigned count;
	int last_fd;     /* its events may follow each other */
	int silent_fd;   /* -1: none */
	unsigned silent; /* ms since it sent something */
};

unsigned
http_room_port(int fd)
{
	struct sockaddr_storage sa;
	socklen_t length = sizeof(sa);

	memset(&sa, 0, sizeof(sa));
	if (getsockname(fd, (struct sockaddr *)&sa, &length) != 0)
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&sa)->sin_port);
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
	return 0;
}

static int
room_look(const struct event_base *base, const struct event *event, void *ctx)
{
	struct room *r = ctx;
	int fd = event_get_fd(event);
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (fd < 0 || fd == r->last_fd || http_room_port(fd) != r->port ||
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
		return 0;
	/* Not the listening one, nor one that was shut down and not closed. */
	if (info.tcpi_state != TCP_ESTABLISHED &&
	    info.tcpi_state != TCP_CLOSE_WAIT)
		return 0;
	r->last_fd = fd;
	r->count++;
	if (r->silent_fd < 0 || info.tcpi_last_data_recv > r->silent) {
		r->silent_fd = fd;
		r->silent = info.tcpi_last_data_recv;
	}
	return 0;
}

void
http_room_make(struct event_base *base, unsigned port)
{
	struct room r = { .port = port, .last_fd = -1, .silent_fd = -1 };

	event_base_foreach_event(base, room_look, &r);
	if (r.count >= HTTP_CONNECTIONS_MAX)
		shutdown(r.silent_fd, SHUT_RDWR);
}

/* ---- when there is no descriptor ---- */

static void
room_resume(evutil_socket_t fd, short what, void *arg)
{
	evconnlistener_enable(arg);
}

/* The connection stays in the queue, and the loop would spin. */
static void
room_rest(struct evconnlistener *listener, void *ctx)
{
	const struct timeval rest = { .tv_sec = ROOM_REST_S };
	int error = errno;

	if (event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT,
		room_resume, listener, &rest) != 0)
		return;
	evconnlistener_disable(listener);
	log_warning(
	    "HTTP or control connections wait error=\"%s\"", strerror(error));
}

bool
http_room_listen(struct evhttp *evhttp, int fd)
{
	struct evhttp_bound_socket *bound =
	    evhttp_accept_socket_with_handle(evhttp, fd);

	if (bound == NULL)
		return false;
	evconnlistener_set_error_cb(
	    evhttp_bound_socket_get_listener(bound), room_rest);
	return true;
}
