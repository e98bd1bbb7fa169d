/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/portal.c - accepting connections and balancing them over workers.
 */
#include "server/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/sock.h"

#define ACCEPTOR_TURN           64  /* connections in one go */
#define ACCEPTOR_RETRY_MS       100 /* after a shortage */
#define ACCEPTOR_REFUSED_LOG_MS 1000

static const char *const census_words[] = {
	[CENSUS_CONNECTIONS] = "limit of connections",
	[CENSUS_ADDRESS] = "limit of connections per address",
	[CENSUS_NO_MEMORY] = "no memory",
};

/* One line a second at most, so that a flood does not fill the log. */
static void
acceptor_log_refusal(struct acceptor *a, const char *peer, const char *why)
{
	uint64_t now = a->loop->home.now_ms;

	a->refused++;
	if (now < a->refused_ms + ACCEPTOR_REFUSED_LOG_MS)
		return;
	log_warning("connection refused peer=%s reason=\"%s\" refused=%u", peer,
	    why, a->refused);
	a->refused_ms = now;
	a->refused = 0;
}

static struct worker *
acceptor_pick_worker(struct acceptor *a)
{
	struct worker *best = &a->workers[0];
	unsigned i, n, least = atomic_load(&best->connections);

	for (i = 1; i < a->worker_count; i++) {
		n = atomic_load(&a->workers[i].connections);
		if (n >= least)
			continue;
		least = n;
		best = &a->workers[i];
	}
	return best;
}

/* Our end's address.  Only a wildcard has to be asked for. */
static bool
listener_local_address(
    const struct listener *l, int fd, char out[ADDRESS_TEXT_MAX])
{
	struct sockaddr_storage local;
	socklen_t length = sizeof(local);
	struct in6_addr ip;
	uint16_t port;

	if (!l->wildcard) {
		memcpy(out, l->told, ADDRESS_TEXT_MAX);
		return true;
	}
	if (getsockname(fd, (struct sockaddr *)&local, &length) != 0 ||
	    !address_from_sockaddr(&local, &ip, &port))
		return false;
	address_format(out, &ip, port);
	return true;
}

static bool
listener_describe(const struct listener *l, int fd,
    const struct sockaddr_storage *peer, struct arrival *out)
{
	if (!address_from_sockaddr(peer, &out->peer.ip, &out->peer.port))
		return false;
	out->peer.zone = address_zone(peer);
	address_format(out->peer.text, &out->peer.ip, out->peer.port);
	return listener_local_address(l, fd, out->local_address);
}

static bool
acceptor_hand_over(struct acceptor *a, struct arrival *arrival)
{
	struct worker *w = acceptor_pick_worker(a);
	struct census_login login = { .address = arrival->peer.ip, .where = w };
	struct census_login ousted;
	enum census_verdict v = census_arrive(a->census, &login, &ousted);

	if (v != CENSUS_ADMITTED) {
		acceptor_log_refusal(a, arrival->peer.text, census_words[v]);
		return false;
	}
	if (ousted.id != 0)
		sock_oust(ousted.where, ousted.id);
	arrival->login_id = login.id;
	if (sock_post(w, arrival))
		return true;
	census_logged_in(a->census, login.id);
	census_leave(a->census, &login.address);
	acceptor_log_refusal(
	    a, arrival->peer.text, census_words[CENSUS_NO_MEMORY]);
	return false;
}

static void
listener_took(struct listener *l, int fd, const struct sockaddr_storage *peer)
{
	struct acceptor *a = l->acceptor;
	struct arrival arrival = {
		.fd = fd,
		.service = a->service,
		.portal_group = l->portal_group,
	};

	if (!listener_describe(l, fd, peer, &arrival) ||
	    !acceptor_hand_over(a, &arrival))
		close(fd);
}

static int
acceptor_open_reserve(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
listener_pause(struct listener *l)
{
	event_del(&l->readable);
	l->accepting = false;
	loop_arm(&l->acceptor->retry, ACCEPTOR_RETRY_MS);
}

static const char *
accept_words(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
		       error == ENOMEM
		   ? "out of descriptors or memory"
		   : strerror(error);
}

/* What cannot be accepted stays in the queue: the loop would spin.  So it
 * rests for a moment. */
static void
listener_rest(struct listener *l, int error)
{
	acceptor_log_refusal(l->acceptor, "?", accept_words(error));
	listener_pause(l);
}

/* No descriptor for the next one in the queue: refuse it with the reserve. */
static void
listener_shed(struct listener *l, int error)
{
	struct acceptor *a = l->acceptor;
	int fd;

	if (a->reserve_fd >= 0) {
		close(a->reserve_fd);
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			close(fd);
		a->reserve_fd = acceptor_open_reserve();
	}
	listener_rest(l, error);
}

static bool
accept_error_passes(int error)
{
	/* Errors of the connection that was to be accepted, accept(2). */
	return error == EINTR || error == ECONNABORTED || error == EPROTO ||
	       error == ENETDOWN || error == EHOSTUNREACH || error == EPERM ||
	       error == ENETUNREACH || error == ENONET || error == EHOSTDOWN ||
	       error == ENOPROTOOPT || error == EOPNOTSUPP;
}

/* 0 or errno. */
static int
listener_accept(struct listener *l)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	int fd = accept4(l->fd, (struct sockaddr *)&peer, &length,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		listener_took(l, fd, &peer);
		return 0;
	}
	return errno;
}

static void
listener_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	int i, error = 0, failed = 0;

	loop_stamp(l->acceptor->loop);
	for (i = 0; i < ACCEPTOR_TURN; i++) {
		error = listener_accept(l);
		if (error == EAGAIN)
			return;
		if (error != 0 && !accept_error_passes(error)) {
			listener_shed(l, error);
			return;
		}
		failed += error != 0;
	}
	/* A security module refuses before anything leaves the queue. */
	if (failed == ACCEPTOR_TURN)
		listener_rest(l, error);
}

static void
listener_resume(struct listener *l)
{
	if (l->accepting)
		return;
	l->accepting = event_add(&l->readable, NULL) == 0;
	if (!l->accepting)
		loop_arm(&l->acceptor->retry, ACCEPTOR_RETRY_MS);
}

static void
acceptor_on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor *a = arg;
	struct listener *l;

	loop_stamp(a->loop);
	if (a->reserve_fd < 0)
		a->reserve_fd = acceptor_open_reserve();
	TAILQ_FOREACH (l, &a->listeners, link)
		listener_resume(l);
}

void
acceptor_init(struct acceptor *a, struct loop *loop, struct worker *workers,
    unsigned worker_count, struct census *census)
{
	memset(a, 0, sizeof(*a));
	a->loop = loop;
	a->workers = workers;
	a->worker_count = worker_count;
	a->census = census;
	a->reserve_fd = acceptor_open_reserve();
	TAILQ_INIT(&a->listeners);
	evtimer_assign(&a->retry, loop->base, acceptor_on_retry, a);
}

void
acceptor_destroy(struct acceptor *a)
{
	event_del(&a->retry);
	if (a->reserve_fd >= 0)
		close(a->reserve_fd);
}

void
acceptor_add(struct acceptor *a, struct listener *l,
    const struct portal_group *portal_group)
{
	l->portal_group = portal_group;
	l->wanted = true;
	if (l->acceptor != NULL)
		return;
	l->acceptor = a;
	TAILQ_INSERT_TAIL(&a->listeners, l, link);
	event_assign(&l->readable, a->loop->base, l->fd, EV_READ | EV_PERSIST,
	    listener_on_readable, l);
	listener_resume(l);
	log_notice("listening address=%s portal-group=%s", l->address,
	    portal_group->name);
}

struct listener *
acceptor_find(struct acceptor *a, const char *address)
{
	struct listener *l;

	TAILQ_FOREACH (l, &a->listeners, link) {
		if (strcmp(l->address, address) == 0)
			return l;
	}
	return NULL;
}

void
acceptor_close_unwanted(struct acceptor *a)
{
	struct listener *l, *next;

	for (l = TAILQ_FIRST(&a->listeners); l != NULL; l = next) {
		next = TAILQ_NEXT(l, link);
		if (!l->wanted)
			listener_close(l);
		else
			l->wanted = false;
	}
}

void
acceptor_close_all(struct acceptor *a)
{
	struct listener *l;

	while ((l = TAILQ_FIRST(&a->listeners)) != NULL)
		listener_release(l);
}
