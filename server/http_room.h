/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/http_room.h - HTTP connections do not take all descriptors, and
 * wait when there are none.
 */
#ifndef SERVER_HTTP_ROOM_H
#define SERVER_HTTP_ROOM_H

#include <stdbool.h>

struct event_base;
struct evhttp;

/* Of one TCP port. */
#define HTTP_CONNECTIONS_MAX 64

/* The TCP port that fd listens at; 0: it is not TCP. */
unsigned http_room_port(int fd);

/*
 * One more is coming: when there are HTTP_CONNECTIONS_MAX at that port already,
 * the one that has been silent the longest is shut down.  The base's thread.
 */
void http_room_make(struct event_base *base, unsigned port);

/*
 * Take connections at a listening socket, which is taken.  While one cannot be
 * accepted it waits, and is tried again every second.  The loop has ended when
 * evhttp is freed.  False: out of memory.
 */
bool http_room_listen(struct evhttp *evhttp, int fd);

#endif
