/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/census.h - how many connections there are, and how many of them have
 * not logged in yet, each in all and per address.  Any thread; under its own
 * mutex, which only arrivals, logins and departures take.
 *
 * Whoever fills the places of those that log in keeps nobody out: for one more
 * than the limits allow, the oldest of them has to go.
 */
#ifndef SERVER_CENSUS_H
#define SERVER_CENSUS_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>

struct census_limits {
	unsigned connections, logins, logins_per_address;
	unsigned connections_per_address; /* 0: no limit of its own */
};

/* A connection that has not logged in yet. */
struct census_login {
	struct in6_addr address;
	void *where; /* the caller's */
	uint64_t id; /* never 0 */
};

/* An address that has connections. */
struct census_host {
	struct in6_addr address;
	unsigned connections;
};

struct census {
	pthread_mutex_t mutex;
	struct census_limits limits;
	unsigned connections;
	struct census_login *logins; /* oldest first */
	unsigned login_count, login_room;
	struct census_host *hosts;
	unsigned host_count, host_room;
	uint64_t last_id;
};

enum census_verdict {
	CENSUS_ADMITTED,
	CENSUS_CONNECTIONS, /* the limit was reached */
	CENSUS_ADDRESS,     /* that of its address */
	CENSUS_NO_MEMORY,
};

void census_init(struct census *c);
void census_destroy(struct census *c);
void census_set_limits(struct census *c, const struct census_limits *limits);

/*
 * A connection from login->address; counts it when admitted, and fills its id.
 * ousted: one that is no longer counted as logging in, and is to be closed; id
 * 0 when nobody has to go.
 */
enum census_verdict census_arrive(
    struct census *c, struct census_login *login, struct census_login *ousted);
/* It has logged in, or goes while logging in. */
void census_logged_in(struct census *c, uint64_t id);
/* One from this address has gone (and is not logging in). */
void census_leave(struct census *c, const struct in6_addr *address);
unsigned census_connections(struct census *c);

#endif
