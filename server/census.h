/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/census.h - how many connections there are, and how many of them have
 * not logged in yet, in all and per address.  Any thread; under its own mutex,
 * which only arrivals, logins and departures take.
 */
#ifndef SERVER_CENSUS_H
#define SERVER_CENSUS_H

#include <netinet/in.h>
#include <pthread.h>

struct census_limits {
	unsigned connections, logins, logins_per_address;
};

struct census {
	pthread_mutex_t mutex;
	struct census_limits limits;
	unsigned connections;
	struct in6_addr *logins; /* one entry for each that is logging in */
	unsigned login_count, login_room;
};

enum census_verdict {
	CENSUS_ADMITTED,
	CENSUS_CONNECTIONS, /* which limit was reached */
	CENSUS_LOGINS,
	CENSUS_LOGINS_PER_ADDRESS,
	CENSUS_NO_MEMORY,
};

void census_init(struct census *c);
void census_destroy(struct census *c);
void census_set_limits(struct census *c, const struct census_limits *limits);

/* A connection from this address; counts it when admitted. */
enum census_verdict census_arrive(
    struct census *c, const struct in6_addr *address);
/* It has logged in, or goes while logging in. */
void census_logged_in(struct census *c, const struct in6_addr *address);
/* It has gone (and is not logging in). */
void census_leave(struct census *c);
unsigned census_connections(struct census *c);

#endif
