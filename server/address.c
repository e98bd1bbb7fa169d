/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/address.c - Internet addresses.
 */
#include "server/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
address_map_v4(const struct in_addr *v4, struct in6_addr *out)
{
	memset(out, 0, sizeof(*out));
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(&out->s6_addr[12], v4, 4);
}

bool
address_parse(const char *host, struct in6_addr *out)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1) {
		address_map_v4(&v4, out);
		return true;
	}
	return inet_pton(AF_INET6, host, out) == 1;
}

bool
address_parse_range(const char *text, struct in6_addr *out, unsigned *prefix)
{
	const char *slash = strchr(text, '/');
	char host[INET6_ADDRSTRLEN];
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	unsigned long bits, most;
	char *end;

	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (!address_parse(host, out))
		return false;
	most = strchr(host, ':') == NULL ? 32 : 128;
	bits = most;
	if (slash != NULL) {
		bits = strtoul(slash + 1, &end, 10);
		if (end == slash + 1 || *end != '\0' || bits > most)
			return false;
	}
	*prefix = (unsigned)(128 - most + bits);
	return true;
}

bool
address_parse_with_port(const char *text, struct in6_addr *ip, uint16_t *port)
{
	const char *colon = strrchr(text, ':'), *start = text;
	char host[INET6_ADDRSTRLEN], *end;
	unsigned long n;
	size_t bytes;

	if (colon == NULL)
		return false;
	bytes = (size_t)(colon - text);
	if (*text == '[' && bytes > 2 && colon[-1] == ']') {
		start++;
		bytes -= 2;
	}
	n = strtoul(colon + 1, &end, 10);
	if (bytes >= sizeof(host) || end == colon + 1 || *end != '\0' ||
	    n > UINT16_MAX)
		return false;
	memcpy(host, start, bytes);
	host[bytes] = '\0';
	*port = (uint16_t)n;
	return address_parse(host, ip);
}

bool
address_parse_zone(const char *host, struct in6_addr *out, unsigned *zone)
{
	const char *percent = strchr(host, '%');
	char plain[INET6_ADDRSTRLEN];
	size_t n = percent == NULL ? strlen(host) : (size_t)(percent - host);

	*zone = 0;
	if (n >= sizeof(plain))
		return false;
	memcpy(plain, host, n);
	plain[n] = '\0';
	if (percent != NULL && (*zone = if_nametoindex(percent + 1)) == 0)
		return false;
	return address_parse(plain, out);
}

bool
address_is_wildcard(const struct in6_addr *ip)
{
	if (IN6_IS_ADDR_V4MAPPED(ip))
		return memcmp(&ip->s6_addr[12], "\0\0\0\0", 4) == 0;
	return IN6_IS_ADDR_UNSPECIFIED(ip);
}

void
address_format(
    char out[ADDRESS_TEXT_MAX], const struct in6_addr *ip, uint16_t port)
{
	char host[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(ip)) {
		inet_ntop(AF_INET, &ip->s6_addr[12], host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", host, port);
		return;
	}
	inet_ntop(AF_INET6, ip, host, sizeof(host));
	snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", host, port);
}

void
address_format_zone(char out[ADDRESS_TEXT_MAX], const struct in6_addr *ip,
    unsigned zone, uint16_t port)
{
	char host[INET6_ADDRSTRLEN], name[IF_NAMESIZE];

	if (zone == 0 || if_indextoname(zone, name) == NULL) {
		address_format(out, ip, port);
		return;
	}
	inet_ntop(AF_INET6, ip, host, sizeof(host));
	if (snprintf(out, ADDRESS_TEXT_MAX, "[%s%%%s]:%u", host, name, port) >=
	    ADDRESS_TEXT_MAX)
		address_format(out, ip, port);
}

socklen_t
address_to_sockaddr(
    const struct in6_addr *ip, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (IN6_IS_ADDR_V4MAPPED(ip)) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, &ip->s6_addr[12], 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_addr = *ip;
	return sizeof(*in6);
}

bool
address_from_sockaddr(
    const struct sockaddr_storage *sa, struct in6_addr *ip, uint16_t *port)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	if (sa->ss_family == AF_INET) {
		address_map_v4(&in->sin_addr, ip);
		*port = ntohs(in->sin_port);
		return true;
	}
	if (sa->ss_family != AF_INET6)
		return false;
	*ip = in6->sin6_addr;
	*port = ntohs(in6->sin6_port);
	return true;
}

unsigned
address_zone(const struct sockaddr_storage *sa)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	if (sa->ss_family != AF_INET6 ||
	    !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		return 0;
	return in6->sin6_scope_id;
}
