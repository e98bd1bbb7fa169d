/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/isns.c - registering with iSNS servers.
 */
#include "server/isns.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "server/address.h"
#include "server/isns_pdu.h"

#define ISNS_STOP_MS 2000u /* for each server, when the daemon stops */
#define ISNS_BEATS   3u    /* registrations in one period */
#define ISNS_WHY     160

/* What the thread is to do; has all that it needs. */
struct isns_errand {
	struct job job;
	struct isns *isns;
	struct service *service; /* a reference */
	char **servers;
	bool *ends; /* for each: deregister */
	unsigned count;
	unsigned timeout_ms, period_s;
	uint16_t transaction;
	char eid[ISNS_EID_MAX + 1], source[ISCSI_NAME_MAX + 1];
};

static void
errand_free(struct isns_errand *e)
{
	unsigned i;

	if (e == NULL)
		return;
	for (i = 0; i < e->count; i++)
		free(e->servers[i]);
	free(e->servers);
	free(e->ends);
	if (e->service != NULL)
		service_unref(e->service);
	free(e);
}

/* ---- on the thread: one server ---- */

struct isns_talk {
	int fd;
	uint64_t until_ms;
	const char *why; /* it failed */
	char text[ISNS_WHY];
};

static bool
talk_fail(struct isns_talk *t, const char *what, int error)
{
	snprintf(t->text, sizeof(t->text), "%s: %s", what, strerror(error));
	t->why = t->text;
	return false;
}

static bool
talk_wait(struct isns_talk *t, short events)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	uint64_t now = clock_now_ms();
	int n = 0;

	if (now < t->until_ms)
		n = poll(&p, 1, (int)(t->until_ms - now));
	if (n > 0)
		return true;
	return talk_fail(t, "no answer", n < 0 ? errno : ETIMEDOUT);
}

static bool
talk_connect(struct isns_talk *t, const char *server)
{
	struct sockaddr_storage to;
	socklen_t length, size = sizeof(int);
	struct in6_addr ip;
	uint16_t port;
	int error = 0;

	if (!address_parse_with_port(server, &ip, &port))
		return talk_fail(t, "address", EINVAL);
	length = address_to_sockaddr(&ip, port, &to);
	t->fd =
	    socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return talk_fail(t, "socket", errno);
	if (connect(t->fd, (struct sockaddr *)&to, length) == 0)
		return true;
	if (errno != EINPROGRESS)
		return talk_fail(t, "connect", errno);
	if (!talk_wait(t, POLLOUT))
		return false;
	getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error == 0 || talk_fail(t, "connect", error);
}

static bool
talk_send(struct isns_talk *t, const uint8_t *data, size_t bytes)
{
	ssize_t n;

	while (bytes > 0) {
		n = send(t->fd, data, bytes, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return talk_fail(t, "send", errno);
		if (n < 0 && !talk_wait(t, POLLOUT))
			return false;
		if (n > 0) {
			data += n;
			bytes -= (size_t)n;
		}
	}
	return true;
}

static bool
talk_receive(struct isns_talk *t, uint8_t *data, size_t bytes)
{
	ssize_t n;

	while (bytes > 0) {
		n = recv(t->fd, data, bytes, 0);
		if (n == 0)
			return talk_fail(t, "receive", ECONNRESET);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return talk_fail(t, "receive", errno);
		if (n < 0 && !talk_wait(t, POLLIN))
			return false;
		if (n > 0) {
			data += n;
			bytes -= (size_t)n;
		}
	}
	return true;
}

static bool
talk_take_answer(struct isns_talk *t, const uint8_t *request)
{
	uint8_t *m = malloc(ISNS_HEADER_BYTES + UINT16_MAX);
	uint32_t status = 0;
	size_t bytes;
	bool good;

	if (m == NULL)
		return talk_fail(t, "answer", ENOMEM);
	good = talk_receive(t, m, ISNS_HEADER_BYTES);
	bytes = isns_payload(m);
	good = good && talk_receive(t, m + ISNS_HEADER_BYTES, bytes);
	if (good &&
	    !isns_answer(request, m, ISNS_HEADER_BYTES + bytes, &status))
		good = talk_fail(t, "answer", EPROTO);
	else if (good && status != 0) {
		snprintf(t->text, sizeof(t->text), "%s (%u)",
		    isns_status_text(status), status);
		t->why = t->text;
		good = false;
	}
	free(m);
	return good;
}

/* Ours on that connection, IPv4 as ::ffff:a.b.c.d. */
static struct in6_addr
talk_local(const struct isns_talk *t)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t length = sizeof(sa);
	struct in6_addr ip = IN6ADDR_ANY_INIT;
	uint16_t port;

	if (getsockname(t->fd, (struct sockaddr *)&sa, &length) == 0)
		address_from_sockaddr(&sa, &ip, &port);
	return ip;
}

static bool
errand_tell(const struct isns_errand *e, unsigned i, struct isns_talk *t)
{
	struct isns_entity entity = {
		.service = e->service,
		.source = e->source,
		.eid = e->eid,
		.period = e->period_s,
		.transaction = e->transaction,
	};
	uint8_t *request;
	size_t bytes;
	bool good;

	if (!talk_connect(t, e->servers[i]))
		return false;
	entity.address = talk_local(t);
	request = e->ends[i] ? isns_deregister(&entity, &bytes)
			     : isns_register(&entity, &bytes);
	if (request == NULL)
		return talk_fail(t, "request", EMSGSIZE);
	good = talk_send(t, request, bytes) && talk_take_answer(t, request);
	free(request);
	return good;
}

static void
errand_do_one(struct isns_errand *e, unsigned i)
{
	struct isns *n = e->isns;
	struct isns_talk t = { .fd = -1,
		.until_ms = clock_now_ms() + e->timeout_ms };
	const char *what = e->ends[i] ? "deregistration" : "registration";

	if (errand_tell(e, i, &t)) {
		log_line(n->failing || e->ends[i] ? LOG_LEVEL_NOTICE
						  : LOG_LEVEL_INFO,
		    "iSNS %s server=%s targets=%u", what, e->servers[i],
		    e->service->target_count);
		n->failing = false;
	} else {
		log_line(n->failing ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		    "iSNS %s failed server=%s reason=\"%s\"", what,
		    e->servers[i], t.why);
		n->failing = true;
	}
	if (t.fd >= 0)
		close(t.fd);
}

static void
errand_do(struct job *job)
{
	struct isns_errand *e = container_of(job, struct isns_errand, job);
	unsigned i;

	for (i = 0; i < e->count; i++)
		errand_do_one(e, i);
	atomic_fetch_sub(&e->isns->pending, 1);
	errand_free(e);
}

/* ---- on the main thread ---- */

static struct isns_errand *
errand_new(struct isns *n, unsigned most)
{
	static uint16_t transaction;
	struct isns_errand *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->isns = n;
	e->servers = calloc(most + 1, sizeof(*e->servers));
	e->ends = calloc(most + 1, sizeof(*e->ends));
	if (e->servers == NULL || e->ends == NULL) {
		errand_free(e);
		return NULL;
	}
	e->service = n->service;
	service_ref(e->service);
	e->timeout_ms = n->config->isns_timeout_ms;
	e->period_s = n->config->isns_period_ms / 1000;
	e->transaction = ++transaction;
	memcpy(e->eid, n->eid, sizeof(e->eid));
	memcpy(e->source, n->source, sizeof(e->source));
	e->job.fn = errand_do;
	return e;
}

static void
errand_add(struct isns_errand *e, const char *server, bool ends)
{
	e->servers[e->count] = strdup(server);
	e->ends[e->count] = ends;
	if (e->servers[e->count] != NULL)
		e->count++;
}

static void
errand_post(struct isns_errand *e)
{
	struct isns *n = e->isns;

	atomic_fetch_add(&n->pending, 1);
	if (e->count > 0 && crew_post(&n->crew, &e->job))
		return;
	atomic_fetch_sub(&n->pending, 1);
	errand_free(e);
}

static bool
isns_names(const struct config_strings *servers, const char *server)
{
	unsigned i;

	for (i = 0; i < servers->count; i++) {
		if (strcmp(servers->items[i], server) == 0)
			return true;
	}
	return false;
}

/* Register with all that are named; those that were and are not hear the end,
 * and so do all when nothing is offered. */
static void
isns_tell(struct isns *n)
{
	const struct config_strings *servers = &n->config->isns_servers;
	struct isns_errand *e;
	unsigned i;

	if (n->source[0] == '\0')
		return;
	e = errand_new(n, servers->count + n->told.count);
	if (e == NULL)
		return;
	for (i = 0; i < n->told.count; i++) {
		if (!isns_names(servers, n->told.items[i]))
			errand_add(e, n->told.items[i], true);
	}
	for (i = 0; i < servers->count; i++)
		errand_add(e, servers->items[i], n->service->target_count == 0);
	errand_post(e);
}

static void
isns_forget_told(struct isns *n)
{
	while (n->told.count > 0)
		free(n->told.items[--n->told.count]);
	free(n->told.items);
	n->told.items = NULL;
}

/* The configuration may be gone when the next one is in force. */
static void
isns_remember_told(struct isns *n)
{
	const struct config_strings *servers = &n->config->isns_servers;
	unsigned i;

	isns_forget_told(n);
	n->told.items = calloc(servers->count + 1, sizeof(*n->told.items));
	if (n->told.items == NULL)
		return;
	for (i = 0; i < servers->count; i++) {
		n->told.items[n->told.count] = strdup(servers->items[i]);
		if (n->told.items[n->told.count] != NULL)
			n->told.count++;
	}
}

static void
isns_arm(struct isns *n)
{
	if (n->config->isns_servers.count > 0)
		loop_arm(&n->timer, n->config->isns_period_ms / ISNS_BEATS);
	else
		event_del(&n->timer);
}

static void
isns_on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct isns *n = arg;

	/* A server that is slow gets no pile of them. */
	if (atomic_load(&n->pending) == 0)
		isns_tell(n);
	isns_arm(n);
}

int
isns_init(struct isns *n, struct loop *loop)
{
	memset(n, 0, sizeof(*n));
	evtimer_assign(&n->timer, loop->base, isns_on_timer, n);
	return crew_init(&n->crew, 1);
}

/* The same at each start, and different for two daemons of one machine. */
static void
isns_make_eid(struct isns *n, const struct config *config)
{
	char host[65] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	snprintf(
	    n->eid, sizeof(n->eid), "%s:%.150s", host, config->state_directory);
}

void
isns_offer(struct isns *n, const struct config *config, struct service *service)
{
	if (n->config == NULL)
		isns_make_eid(n, config);
	n->config = config;
	n->service = service;
	if (service->target_count > 0)
		snprintf(n->source, sizeof(n->source), "%s",
		    service->targets[0]->target->name);
	isns_tell(n);
	isns_remember_told(n);
	isns_arm(n);
}

void
isns_end_all(struct isns *n)
{
	const struct config_strings *servers = &n->config->isns_servers;
	struct isns_errand *e;
	unsigned i;

	event_del(&n->timer);
	if (n->source[0] == '\0')
		return;
	e = errand_new(n, servers->count);
	if (e == NULL)
		return;
	if (e->timeout_ms > ISNS_STOP_MS)
		e->timeout_ms = ISNS_STOP_MS;
	for (i = 0; i < servers->count; i++)
		errand_add(e, servers->items[i], true);
	errand_post(e);
}

void
isns_free(struct isns *n)
{
	isns_forget_told(n);
	crew_destroy(&n->crew);
}
