/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/sock.h - the pump between one socket and one struct conn.
 *
 * All on the worker's thread, but for sock_post() and sock_oust().  The worker
 * changes when the connection joins a session that lives with another one.
 */
#ifndef SERVER_SOCK_H
#define SERVER_SOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event_struct.h>

#include "iscsi/conn.h"
#include "server/worker.h"

/* A connection that was accepted and counted. */
struct arrival {
	int fd; /* non-blocking */
	struct service *service;
	const struct portal_group *portal_group;
	struct peer_address peer;
	char local_address[64];
	uint64_t login_id; /* of the census */
};

struct sock {
	TAILQ_ENTRY(sock) link;       /* worker->socks */
	TAILQ_ENTRY(sock) dirty_link; /* worker->dirty */
	struct worker *worker;
	struct conn *conn;
	int fd;
	struct event readable, writable;
	bool dirty;
	bool reading;     /* we wait for input */
	bool told;        /* that it had to wait for the kernel */
	bool blocked;     /* output waits for room ... */
	bool starved;     /* ... or for the kernel's memory, until watch_by */
	const char *lost; /* why nothing more is to be had from the peer */
	bool in_login;    /* counted as such */
	struct job move_job; /* to the next worker */
	uint64_t close_by;   /* ms; what is left to say must be out by then */
	uint64_t watch_by;   /* ms; when to try again what the kernel refused */
	uint64_t login_id;   /* of the census */
	struct in6_addr address;
};

/* Any thread: hand it to a worker.  Takes fd; takes a reference on service.
 * False: out of memory, and nothing was taken. */
bool sock_post(struct worker *w, const struct arrival *arrival);

/* Any thread, after sock_post() of it: close it, unless it has logged in. */
void sock_oust(struct worker *w, uint64_t login_id);

/* The connection was marked dirty: send, go on reading, close, as is due. */
void sock_settle(struct sock *s);
/* Do what is due; return when to look again. */
uint64_t sock_meet_deadline(struct sock *s, uint64_t now_ms);
void sock_ask_logout(struct sock *s, unsigned seconds);
/* At once; frees s. */
void sock_close(struct sock *s, const char *why);

#endif
