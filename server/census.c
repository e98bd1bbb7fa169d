/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/census.c - how many connections there are.
 */
#include "server/census.h"

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
}

void
census_set_limits(struct census *c, const struct census_limits *limits)
{
	pthread_mutex_lock(&c->mutex);
	c->limits = *limits;
	pthread_mutex_unlock(&c->mutex);
}

static unsigned
census_logins_of(const struct census *c, const struct in6_addr *address)
{
	unsigned i, n = 0;

	for (i = 0; i < c->login_count; i++) {
		if (memcmp(&c->logins[i], address, sizeof(*address)) == 0)
			n++;
	}
	return n;
}

static int
census_grow(struct census *c)
{
	unsigned room = c->login_room == 0 ? 64 : c->login_room * 2;
	struct in6_addr *logins;

	if (c->login_count < c->login_room)
		return 0;
	logins = realloc(c->logins, room * sizeof(*logins));
	if (logins == NULL)
		return -1;
	c->logins = logins;
	c->login_room = room;
	return 0;
}

static enum census_verdict
census_admit(struct census *c, const struct in6_addr *address)
{
	if (c->connections >= c->limits.connections)
		return CENSUS_CONNECTIONS;
	if (c->login_count >= c->limits.logins)
		return CENSUS_LOGINS;
	if (census_logins_of(c, address) >= c->limits.logins_per_address)
		return CENSUS_LOGINS_PER_ADDRESS;
	if (census_grow(c) != 0)
		return CENSUS_NO_MEMORY;
	c->connections++;
	c->logins[c->login_count++] = *address;
	return CENSUS_ADMITTED;
}

enum census_verdict
census_arrive(struct census *c, const struct in6_addr *address)
{
	enum census_verdict v;

	pthread_mutex_lock(&c->mutex);
	v = census_admit(c, address);
	pthread_mutex_unlock(&c->mutex);
	return v;
}

void
census_logged_in(struct census *c, const struct in6_addr *address)
{
	unsigned i;

	pthread_mutex_lock(&c->mutex);
	for (i = 0; i < c->login_count; i++) {
		if (memcmp(&c->logins[i], address, sizeof(*address)) != 0)
			continue;
		c->logins[i] = c->logins[--c->login_count];
		break;
	}
	pthread_mutex_unlock(&c->mutex);
}

void
census_leave(struct census *c)
{
	pthread_mutex_lock(&c->mutex);
	c->connections--;
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
