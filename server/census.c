/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/census.c - how many connections there are.
 */
#include "server/census.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void
census_init(struct census *c)
{
	memset(c, 0, sizeof(*c));
	pthread_mutex_init(&c->mutex, NULL);
}

void
census_destroy(struct census *c)
{
	pthread_mutex_destroy(&c->mutex);
	free(c->logins);
	free(c->hosts);
}

void
census_set_limits(struct census *c, const struct census_limits *limits)
{
	pthread_mutex_lock(&c->mutex);
	c->limits = *limits;
	pthread_mutex_unlock(&c->mutex);
}

static void
census_remove(struct census *c, unsigned i)
{
	memmove(&c->logins[i], &c->logins[i + 1],
	    (--c->login_count - i) * sizeof(*c->logins));
}

static struct census_host *
census_find_host(const struct census *c, const struct in6_addr *address)
{
	unsigned i;

	for (i = 0; i < c->host_count; i++) {
		if (memcmp(&c->hosts[i].address, address, sizeof(*address)) ==
		    0)
			return &c->hosts[i];
	}
	return NULL;
}

static bool
census_is_full(const struct census *c, const struct in6_addr *address)
{
	const struct census_host *h = census_find_host(c, address);
	unsigned most = c->limits.connections_per_address;

	return most != 0 && h != NULL && h->connections >= most;
}

/* There is room for one more host. */
static void
census_count_host(struct census *c, const struct in6_addr *address)
{
	struct census_host *h = census_find_host(c, address);

	if (h == NULL) {
		h = &c->hosts[c->host_count++];
		*h = (struct census_host){ .address = *address };
	}
	h->connections++;
}

/* The oldest that has to go for one more from this address; login_count when
 * none has to. */
static unsigned
census_in_excess(const struct census *c, const struct in6_addr *address)
{
	unsigned i, n = 0, oldest = c->login_count;

	for (i = c->login_count; i-- > 0;) {
		if (memcmp(&c->logins[i].address, address, sizeof(*address)))
			continue;
		oldest = i;
		n++;
	}
	if (n >= c->limits.logins_per_address)
		return oldest;
	return c->login_count >= c->limits.logins ? 0 : c->login_count;
}

/* Make room for one more; the table, or NULL: it stays as it is. */
static void *
census_grow(void *table, size_t size, unsigned count, unsigned *room)
{
	unsigned more = *room == 0 ? 64 : *room * 2;

	if (count < *room)
		return table;
	table = realloc(table, more * size);
	if (table != NULL)
		*room = more;
	return table;
}

static bool
census_make_room(struct census *c)
{
	struct census_login *logins = census_grow(
	    c->logins, sizeof(*logins), c->login_count, &c->login_room);
	struct census_host *hosts;

	if (logins == NULL)
		return false;
	c->logins = logins;
	hosts =
	    census_grow(c->hosts, sizeof(*hosts), c->host_count, &c->host_room);
	if (hosts == NULL)
		return false;
	c->hosts = hosts;
	return true;
}

static enum census_verdict
census_admit(
    struct census *c, struct census_login *login, struct census_login *ousted)
{
	unsigned i;

	ousted->id = 0;
	if (c->connections >= c->limits.connections)
		return CENSUS_CONNECTIONS;
	if (census_is_full(c, &login->address))
		return CENSUS_ADDRESS;
	if (!census_make_room(c))
		return CENSUS_NO_MEMORY;
	i = census_in_excess(c, &login->address);
	if (i < c->login_count) {
		*ousted = c->logins[i];
		census_remove(c, i);
	}
	c->connections++;
	census_count_host(c, &login->address);
	login->id = ++c->last_id;
	c->logins[c->login_count++] = *login;
	return CENSUS_ADMITTED;
}

enum census_verdict
census_arrive(
    struct census *c, struct census_login *login, struct census_login *ousted)
{
	enum census_verdict v;

	pthread_mutex_lock(&c->mutex);
	v = census_admit(c, login, ousted);
	pthread_mutex_unlock(&c->mutex);
	return v;
}

void
census_logged_in(struct census *c, uint64_t id)
{
	unsigned i;

	pthread_mutex_lock(&c->mutex);
	for (i = 0; i < c->login_count; i++) {
		if (c->logins[i].id != id)
			continue;
		census_remove(c, i);
		break;
	}
	pthread_mutex_unlock(&c->mutex);
}

void
census_leave(struct census *c, const struct in6_addr *address)
{
	struct census_host *h;

	pthread_mutex_lock(&c->mutex);
	c->connections--;
	h = census_find_host(c, address);
	if (--h->connections == 0)
		*h = c->hosts[--c->host_count];
	pthread_mutex_unlock(&c->mutex);
}

unsigned
census_connections(struct census *c)
{
	unsigned n;

	pthread_mutex_lock(&c->mutex);
	n = c->connections;
	pthread_mutex_unlock(&c->mutex);
	return n;
}
