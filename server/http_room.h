/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/http_room.h - HTTP connections do not take all descriptors.
 */
#ifndef SERVER_HTTP_ROOM_H
#define SERVER_HTTP_ROOM_H

struct event_base;

/* Of one TCP port. */
#define HTTP_CONNECTIONS_MAX 64

/* The TCP port that fd listens at; 0: it is not TCP. */
unsigned http_room_port(int fd);

/*
 * One more is coming: when there are HTTP_CONNECTIONS_MAX at that port already,
 * the one that has been silent the longest is shut down.  The base's thread.
 */
void http_room_make(struct event_base *base, unsigned port);

#endif
