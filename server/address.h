/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/address.h - Internet addresses as text, as struct in6_addr (IPv4 as
 * ::ffff:a.b.c.d) and as socket addresses.
 */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_MAX 64 /* "[....]:65535" */

/* Numeric addresses only; no names.  False: it is none. */
bool address_parse(const char *host, struct in6_addr *out);
/* "192.0.2.0/24", "2001:db8::/32", or a single address. */
bool address_parse_range(
    const char *text, struct in6_addr *out, unsigned *prefix);
/* "192.0.2.1:3260", "[2001:db8::1]:3260", as address_format() writes them. */
bool address_parse_with_port(
    const char *text, struct in6_addr *ip, uint16_t *port);
/* "fe80::1%eth0": zone is the number of the interface; 0: there is no zone.
 * False: it is no address, or there is no such interface. */
bool address_parse_zone(const char *host, struct in6_addr *out, unsigned *zone);
bool address_is_wildcard(const struct in6_addr *ip);
/* "192.0.2.1:3260", "[2001:db8::1]:3260" */
void address_format(
    char out[ADDRESS_TEXT_MAX], const struct in6_addr *ip, uint16_t port);

/* "[fe80::1%eth0]:3260" if zone is not 0. */
void address_format_zone(char out[ADDRESS_TEXT_MAX], const struct in6_addr *ip,
    unsigned zone, uint16_t port);

/* Length of what was filled. */
socklen_t address_to_sockaddr(
    const struct in6_addr *ip, uint16_t port, struct sockaddr_storage *out);
/* False when it is neither IPv4 nor IPv6. */
bool address_from_sockaddr(
    const struct sockaddr_storage *sa, struct in6_addr *ip, uint16_t *port);
/* Of a link-local address; else 0. */
unsigned address_zone(const struct sockaddr_storage *sa);

#endif
