/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/endpoint.c - addresses with ports, and networks.
 */
#include "config/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "config/report.h"

static bool
endpoint_refuse(
    const char *word, const char *suggestion, struct value_fault *fault)
{
	return value_refuse(fault, suggestion,
	    "%s is not an address: ADDRESS, ADDRESS:PORT, or with IPv6 "
	    "[ADDRESS]:PORT; names are not looked up",
	    report_quote(word).text);
}

static bool
endpoint_set_v4(struct endpoint *e, const char *host)
{
	struct in_addr ip;

	if (inet_pton(AF_INET, host, &ip) != 1)
		return false;
	e->wildcard = ip.s_addr == htonl(INADDR_ANY);
	return inet_ntop(AF_INET, &ip, e->host, sizeof(e->host)) != NULL;
}

static bool
endpoint_set_v6(struct endpoint *e, const char *host)
{
	struct in6_addr ip;

	if (inet_pton(AF_INET6, host, &ip) != 1 || IN6_IS_ADDR_V4MAPPED(&ip))
		return false;
	e->v6 = true;
	e->wildcard = IN6_IS_ADDR_UNSPECIFIED(&ip);
	return inet_ntop(AF_INET6, &ip, e->host, sizeof(e->host)) != NULL;
}

static bool
endpoint_set_port(
    struct endpoint *e, const char *text, struct value_fault *fault)
{
	const struct value_type port = { .low = 1, .high = 65535 };

	e->port = ENDPOINT_PORT;
	if (*text == '\0')
		return true;
	if (value_number16(&port, NULL, text + 1, &e->port, fault))
		return true;
	return value_refuse(fault, NULL, "%s is not a port from 1 to 65535",
	    report_quote(text + 1).text);
}

/* A bare IPv6 address could end in a port or not: brackets are asked for. */
static bool
endpoint_refuse_bare_v6(const char *word, struct value_fault *fault)
{
	struct endpoint meant = { .port = ENDPOINT_PORT };
	char text[ENDPOINT_TEXT] = "";

	if (endpoint_set_v6(&meant, word))
		endpoint_print(&meant, text);
	return endpoint_refuse(word, text, fault);
}

/* Take "%eth0", which has to be within the brackets, off the word.  Where there
 * is none zone is empty, and rest not written. */
static void
endpoint_cut_zone(
    const char *word, char rest[ENDPOINT_TEXT], char zone[ENDPOINT_ZONE])
{
	const char *percent = strpbrk(word, "%]");
	size_t n =
	    percent == NULL || *percent != '%' ? 0 : strcspn(percent + 1, "]");

	zone[0] = '\0';
	if (*word != '[' || n == 0 || n >= ENDPOINT_ZONE ||
	    strlen(word) >= ENDPOINT_TEXT)
		return;
	memcpy(zone, percent + 1, n);
	zone[n] = '\0';
	snprintf(rest, ENDPOINT_TEXT, "%.*s%s", (int)(percent - word), word,
	    percent + 1 + n);
}

static bool
endpoint_is_link_local(const struct endpoint *e)
{
	struct in6_addr ip;

	return e->v6 && inet_pton(AF_INET6, e->host, &ip) == 1 &&
	       IN6_IS_ADDR_LINKLOCAL(&ip);
}

bool
endpoint_parse_listen(
    struct endpoint *e, const char *word, struct value_fault *fault)
{
	char rest[ENDPOINT_TEXT], zone[ENDPOINT_ZONE];
	size_t n;

	endpoint_cut_zone(word, rest, zone);
	if (!endpoint_parse(e, zone[0] != '\0' ? rest : word, fault))
		return false;
	if (endpoint_is_link_local(e) != (zone[0] != '\0'))
		return value_refuse(fault, NULL,
		    zone[0] != '\0' ? "%s: only a link-local address has an "
				      "interface"
				    : "%s is link-local: say on which "
				      "interface, as in [fe80::1%%eth0]",
		    report_quote(word).text);
	n = strlen(e->host);
	if (zone[0] != '\0')
		snprintf(e->host + n, sizeof(e->host) - n, "%%%s", zone);
	return true;
}

bool
endpoint_parse(struct endpoint *e, const char *word, struct value_fault *fault)
{
	bool v6 = *word == '[';
	char host[INET6_ADDRSTRLEN];
	const char *start = word + v6, *end = strpbrk(start, v6 ? "]" : ":");
	const char *rest;

	memset(e, 0, sizeof(*e));
	if (end == NULL)
		end = start + strlen(start);
	rest = v6 && *end == ']' ? end + 1 : end;
	if (!v6 && *rest == ':' && strchr(rest + 1, ':') != NULL)
		return endpoint_refuse_bare_v6(word, fault);
	if ((size_t)(end - start) >= sizeof(host) || (v6 && *end != ']') ||
	    (*rest != '\0' && *rest != ':'))
		return endpoint_refuse(word, NULL, fault);
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	if (v6 ? !endpoint_set_v6(e, host) : !endpoint_set_v4(e, host))
		return endpoint_refuse(word, NULL, fault);
	return endpoint_set_port(e, rest, fault);
}

void
endpoint_print(const struct endpoint *e, char out[ENDPOINT_TEXT])
{
	snprintf(out, ENDPOINT_TEXT, e->v6 ? "[%s]:%u" : "%s:%u", e->host,
	    (unsigned)e->port);
}

static bool
endpoint_store(const struct endpoint *e, struct arena *arena, void *field,
    struct value_fault *fault)
{
	char text[ENDPOINT_TEXT], *copy;

	endpoint_print(e, text);
	copy = arena_copy(arena, text, strlen(text));
	if (copy == NULL)
		return value_refuse(fault, NULL, "out of memory");
	memcpy(field, &copy, sizeof(copy));
	return true;
}

/* One that can be connected to. */
static bool
endpoint_parse_other(
    struct endpoint *e, const char *word, struct value_fault *fault)
{
	if (!endpoint_parse(e, word, fault))
		return false;
	if (!e->wildcard)
		return true;
	return value_refuse(fault, NULL,
	    "%s is no address that can be connected to",
	    report_quote(word).text);
}

bool
value_endpoint(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	struct endpoint e;

	return endpoint_parse_other(&e, word, fault) &&
	       endpoint_store(&e, arena, field, fault);
}

bool
value_isns(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	const char *rest = *word == '[' ? strchr(word, ']') : word;
	struct endpoint e;

	if (!endpoint_parse_other(&e, word, fault))
		return false;
	if (rest == NULL || strchr(rest, ':') == NULL)
		e.port = ENDPOINT_ISNS_PORT;
	return endpoint_store(&e, arena, field, fault);
}

/* Our own machine's unless an address is written. */
static bool
endpoint_parse_own(
    struct endpoint *e, const char *word, struct value_fault *fault)
{
	bool port = word[strspn(word, "0123456789")] == '\0';
	char text[ENDPOINT_TEXT];

	if (strlen(word) > 80)
		return value_refuse(
		    fault, NULL, "%s is too long", report_quote(word).text);
	snprintf(text, sizeof(text), "%s%.40s", port ? "127.0.0.1:" : "", word);
	return endpoint_parse(e, port ? text : word, fault);
}

bool
value_metrics(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	struct endpoint e;

	if (!endpoint_parse_own(&e, word, fault))
		return false;
	if (e.port == ENDPOINT_PORT)
		return value_refuse(
		    fault, NULL, "the metrics need a port of their own (9260)");
	return endpoint_store(&e, arena, field, fault);
}

bool
value_loopback(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	struct endpoint e;

	if (!endpoint_parse_own(&e, word, fault))
		return false;
	if (e.port == ENDPOINT_PORT)
		return value_refuse(
		    fault, NULL, "the web page needs a port of its own (8260)");
	if (strncmp(e.host, "127.", 4) != 0 && strcmp(e.host, "::1") != 0)
		return value_refuse(fault, NULL,
		    "the web page is for this machine; a reverse proxy with "
		    "TLS in front of it is for others");
	return endpoint_store(&e, arena, field, fault);
}

/* ---- networks ---- */

struct network {
	int family;
	unsigned char ip[16];
	unsigned bits, prefix;
};

static bool
network_set_ip(struct network *n, const char *text)
{
	n->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	n->bits = n->family == AF_INET6 ? 128 : 32;
	n->prefix = n->bits;
	return inet_pton(n->family, text, n->ip) == 1;
}

static bool
network_parse(struct network *n, const char *word)
{
	struct value_type prefix = { .low = 0 };
	struct value_fault ignored;
	char ip[INET6_ADDRSTRLEN];
	size_t bytes = strcspn(word, "/");

	if (bytes >= sizeof(ip))
		return false;
	memcpy(ip, word, bytes);
	ip[bytes] = '\0';
	if (!network_set_ip(n, ip))
		return false;
	if (word[bytes] == '\0')
		return true;
	prefix.high = n->bits;
	return value_number(
	    &prefix, NULL, word + bytes + 1, &n->prefix, &ignored);
}

/* Clear what is right of the prefix; was there anything? */
static bool
network_mask(struct network *n)
{
	unsigned i;
	bool had = false;

	for (i = n->prefix; i < n->bits; i++) {
		had |= (n->ip[i / 8] & (0x80 >> i % 8)) != 0;
		n->ip[i / 8] &= (unsigned char)~(0x80 >> i % 8);
	}
	return had;
}

bool
value_cidr(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	char ip[INET6_ADDRSTRLEN], meant[INET6_ADDRSTRLEN + 5];
	struct network n;

	if (!network_parse(&n, word))
		return value_refuse(fault, NULL,
		    "%s is not an address or a network: 192.0.2.1, "
		    "192.0.2.0/24, 2001:db8::/32",
		    report_quote(word).text);
	if (network_mask(&n)) {
		inet_ntop(n.family, n.ip, ip, sizeof(ip));
		snprintf(meant, sizeof(meant), "%s/%u", ip, n.prefix);
		return value_refuse(fault, meant,
		    "%s has bits set that /%u does not cover",
		    report_quote(word).text, n.prefix);
	}
	memcpy(field, &word, sizeof(word));
	return true;
}
