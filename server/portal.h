/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/portal.h - listening sockets, and where accepted connections go.
 *
 * All on the main thread, but for listener_open(), which touches no other
 * state.
 */
#ifndef SERVER_PORTAL_H
#define SERVER_PORTAL_H

#include <stdbool.h>
#include <sys/queue.h>

#include "config/config.h"
#include "iscsi/service.h"
#include "server/address.h"
#include "server/census.h"
#include "server/loop.h"
#include "server/worker.h"

struct acceptor;

/* One listening socket. */
struct listener {
	TAILQ_ENTRY(listener) link;
	char address[ADDRESS_TEXT_MAX]; /* as configured; its name */
	char told[ADDRESS_TEXT_MAX];    /* without a zone, for others */
	int fd;
	bool wildcard; /* the address is that of every interface */
	bool accepting;
	bool wanted; /* by the configuration that is being applied */
	struct event readable;
	struct acceptor *acceptor;
	const struct portal_group *portal_group; /* of acceptor->service */
};

struct acceptor {
	struct loop *loop;
	struct worker *workers;
	unsigned worker_count;
	struct census *census;
	struct service *service; /* borrowed; that of the portal groups */
	TAILQ_HEAD(listener_list, listener) listeners;
	int reserve_fd;      /* given up to refuse one when none is left */
	struct event retry;  /* listens again after a shortage */
	uint64_t refused_ms; /* when refusals were last logged */
	unsigned refused;    /* since then */
};

/* Where one is to listen. */
struct listener_place {
	struct in6_addr ip;
	unsigned zone; /* interface of a link-local address; else 0 */
	uint16_t port;
	char text[ADDRESS_TEXT_MAX];
};

/* False: it is no address, or not of an interface that is there. */
bool listener_place_of(
    const struct config_portal *from, struct listener_place *out);

/*
 * Listen there, or adopt a socket that the service manager opened there.  0 and
 * *out; or -errno.
 */
int listener_open(const struct listener_place *at, struct listener **out);
/*
 * The TCP congestion control of the connections that it accepts from now on;
 * NULL: the system's.  0 or -errno: ENOENT, the kernel does not have it; EPERM,
 * the system does not allow it.  What it has already is never refused.
 */
int listener_set_congestion(struct listener *l, const char *name);
/* Would another one take it? */
int listener_try_congestion(const char *name);
/* Before or after acceptor_add(): the port is closed. */
void listener_close(struct listener *l);
/* The same for the end of this run: a service manager that holds the socket
 * keeps the port open for the next. */
void listener_release(struct listener *l);
/* At start: remember the sockets that the service manager passed. */
void listener_inherit(void);
/* Close those that nobody adopted. */
void listener_forget_inherited(void);

void acceptor_init(struct acceptor *a, struct loop *loop,
    struct worker *workers, unsigned worker_count, struct census *census);
/* No listener is left. */
void acceptor_destroy(struct acceptor *a);
/* Start to accept; or, when it is there already, take the new portal group. */
void acceptor_add(struct acceptor *a, struct listener *l,
    const struct portal_group *portal_group);
struct listener *acceptor_find(struct acceptor *a, const char *address);
/* Close those that were not added since the last time. */
void acceptor_close_unwanted(struct acceptor *a);
void acceptor_close_all(struct acceptor *a);

#endif
