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

static void
census_remove(struct census *c, unsigned i)
{
	memmove(&c->logins[i], &c->logins[i + 1],
	    (--c->login_count - i) * sizeof(*c->logins));
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

static int
census_grow(struct census *c)
{
	unsigned room = c->login_room == 0 ? 64 : c->login_room * 2;
	struct census_login *logins;

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
census_admit(
    struct census *c, struct census_login *login, struct census_login *ousted)
{
	unsigned i;

	ousted->id = 0;
	if (c->connections >= c->limits.connections)
		return CENSUS_CONNECTIONS;
	if (census_grow(c) != 0)
		return CENSUS_NO_MEMORY;
	i = census_in_excess(c, &login->address);
	if (i < c->login_count) {
		*ousted = c->logins[i];
		census_remove(c, i);
	}
	c->connections++;
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
