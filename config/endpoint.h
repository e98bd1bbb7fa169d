/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/endpoint.h - addresses with ports.
 */
#ifndef CONFIG_ENDPOINT_H
#define CONFIG_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/value.h"

#define ENDPOINT_PORT      3260 /* when none is written */
#define ENDPOINT_ISNS_PORT 3205 /* of an iSNS server */

#define ENDPOINT_ZONE 16 /* an interface's name, its NUL */
#define ENDPOINT_HOST (INET6_ADDRSTRLEN + ENDPOINT_ZONE)

struct endpoint {
	/* In the canonical form, no brackets; of a link-local address with its
	 * zone: "fe80::1%eth0". */
	char host[ENDPOINT_HOST];
	uint16_t port;
	bool v6, wildcard;
};

/* "192.0.2.1", "192.0.2.1:3260", "[2001:db8::1]", "[2001:db8::1]:3260": no
 * names.  False: not one, why is in fault. */
bool endpoint_parse(
    struct endpoint *e, const char *word, struct value_fault *fault);
/* Of this machine: a link-local address needs its interface. */
bool endpoint_parse_listen(
    struct endpoint *e, const char *word, struct value_fault *fault);

/* "HOST:PORT" with brackets where needed. */
#define ENDPOINT_TEXT (ENDPOINT_HOST + 9)
void endpoint_print(const struct endpoint *e, char out[ENDPOINT_TEXT]);

#endif
