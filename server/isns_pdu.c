/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/isns_pdu.c - messages to an iSNS server.
 */
#include "server/isns_pdu.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "server/address.h"

/* Header, RFC 4171 5.1 */
#define ISNS_VERSION     0  /* u16 */
#define ISNS_FUNCTION    2  /* u16 */
#define ISNS_LENGTH      4  /* u16 */
#define ISNS_FLAGS       6  /* u16 */
#define ISNS_TRANSACTION 8  /* u16 */
#define ISNS_SEQUENCE    10 /* u16 */

#define ISNS_VERSION_1   1
#define ISNS_DEV_REG     0x0001
#define ISNS_DEV_DEREG   0x0004
#define ISNS_RESPONSE    0x8000 /* in the function */
#define ISNS_FROM_CLIENT 0x8000 /* flags */
#define ISNS_REPLACE     0x1000
#define ISNS_LAST        0x0800
#define ISNS_FIRST       0x0400

/* Attributes, RFC 4171 6 */
enum isns_tag {
	ISNS_DELIMITER = 0,
	ISNS_EID = 1,
	ISNS_PROTOCOL = 2,
	ISNS_PERIOD = 6,
	ISNS_PORTAL_IP = 16,
	ISNS_PORTAL_PORT = 17,
	ISNS_NAME = 32,
	ISNS_NODE_TYPE = 33,
	ISNS_ALIAS = 34,
	ISNS_PG_IP = 49,
	ISNS_PG_PORT = 50,
	ISNS_PG_TAG = 51,
};
#define ISNS_PROTOCOL_ISCSI 2
#define ISNS_NODE_TARGET    1

struct isns_out {
	uint8_t *data;
	size_t bytes, room;
	bool failed;
};

/* ---- attributes ---- */

static void
isns_put(
    struct isns_out *o, enum isns_tag tag, const void *value, size_t length)
{
	size_t padded = align_up(length, 4);
	uint8_t *at = o->data + o->bytes;

	if (o->failed || padded + 8 > o->room - o->bytes) {
		o->failed = true;
		return;
	}
	memset(at, 0, padded + 8);
	put_be32(at, tag);
	put_be32(at + 4, (uint32_t)padded);
	if (length > 0)
		memcpy(at + 8, value, length);
	o->bytes += padded + 8;
}

/* With its NUL. */
static void
isns_put_text(struct isns_out *o, enum isns_tag tag, const char *text)
{
	isns_put(o, tag, text, strlen(text) + 1);
}

static void
isns_put_number(struct isns_out *o, enum isns_tag tag, uint32_t n)
{
	uint8_t value[4];

	put_be32(value, n);
	isns_put(o, tag, value, sizeof(value));
}

/* ---- portals ---- */

/* Where initiators reach it.  False: at no address that is known. */
static bool
isns_portal_address(const struct isns_entity *e, const struct portal *p,
    struct in6_addr *ip, uint16_t *port)
{
	const char *text =
	    p->advertised[0] != '\0' ? p->advertised : p->address;

	if (!address_parse_with_port(text, ip, port))
		return false;
	if (p->advertised[0] != '\0' || !p->wildcard)
		return !IN6_IS_ADDR_LINKLOCAL(ip);
	/* The other family is not reached through this one's address. */
	if (IN6_IS_ADDR_V4MAPPED(&p->ip) != IN6_IS_ADDR_V4MAPPED(&e->address))
		return false;
	*ip = e->address;
	return true;
}

static void
isns_put_portals(struct isns_out *o, const struct isns_entity *e,
    const struct portal_group *pg, enum isns_tag ip_tag, enum isns_tag port_tag)
{
	struct in6_addr ip;
	uint16_t port;
	unsigned i;

	for (i = 0; i < pg->portal_count; i++) {
		if (!isns_portal_address(e, &pg->portals[i], &ip, &port))
			continue;
		isns_put(o, ip_tag, &ip, sizeof(ip));
		isns_put_number(o, port_tag, port);
	}
}

/* The tag stands before each of the group's portals. */
static void
isns_put_group(struct isns_out *o, const struct isns_entity *e,
    const struct portal_group *pg, uint16_t tag)
{
	struct portal_group one = *pg;
	unsigned i;

	one.portal_count = 1;
	for (i = 0; i < pg->portal_count; i++) {
		one.portals = &pg->portals[i];
		isns_put_number(o, ISNS_PG_TAG, tag);
		isns_put_portals(o, e, &one, ISNS_PG_IP, ISNS_PG_PORT);
	}
}

static void
isns_put_target(struct isns_out *o, const struct isns_entity *e,
    const struct iscsi_target *t)
{
	const struct service *s = e->service;
	uint16_t tag;
	unsigned i;

	isns_put_text(o, ISNS_NAME, t->target->name);
	isns_put_number(o, ISNS_NODE_TYPE, ISNS_NODE_TARGET);
	if (t->target->alias[0] != '\0')
		isns_put_text(o, ISNS_ALIAS, t->target->alias);
	for (i = 0; i < s->portal_group_count; i++) {
		tag = iscsi_target_tag(t, s->portal_groups[i]);
		if (tag != 0)
			isns_put_group(o, e, s->portal_groups[i], tag);
	}
}

/* ---- messages ---- */

static bool
isns_begin(struct isns_out *o, const struct isns_entity *e)
{
	memset(o, 0, sizeof(*o));
	o->room = ISNS_HEADER_BYTES + ISNS_PDU_MAX;
	o->data = calloc(1, o->room);
	if (o->data == NULL)
		return false;
	o->bytes = ISNS_HEADER_BYTES;
	/* The source: a node of ours. */
	isns_put_text(o, ISNS_NAME, e->source);
	return true;
}

static uint8_t *
isns_end(struct isns_out *o, const struct isns_entity *e, uint16_t function,
    uint16_t flags, size_t *bytes)
{
	if (o->failed) {
		free(o->data);
		return NULL;
	}
	put_be16(o->data + ISNS_VERSION, ISNS_VERSION_1);
	put_be16(o->data + ISNS_FUNCTION, function);
	put_be16(
	    o->data + ISNS_LENGTH, (uint16_t)(o->bytes - ISNS_HEADER_BYTES));
	put_be16(o->data + ISNS_FLAGS,
	    flags | ISNS_FROM_CLIENT | ISNS_FIRST | ISNS_LAST);
	put_be16(o->data + ISNS_TRANSACTION, e->transaction);
	*bytes = o->bytes;
	return o->data;
}

uint8_t *
isns_register(const struct isns_entity *e, size_t *bytes)
{
	const struct service *s = e->service;
	struct isns_out o;
	unsigned i;

	if (!isns_begin(&o, e))
		return NULL;
	isns_put_text(&o, ISNS_EID, e->eid);
	isns_put(&o, ISNS_DELIMITER, NULL, 0);
	isns_put_text(&o, ISNS_EID, e->eid);
	isns_put_number(&o, ISNS_PROTOCOL, ISNS_PROTOCOL_ISCSI);
	isns_put_number(&o, ISNS_PERIOD, e->period);
	for (i = 0; i < s->portal_group_count; i++)
		isns_put_portals(&o, e, s->portal_groups[i], ISNS_PORTAL_IP,
		    ISNS_PORTAL_PORT);
	for (i = 0; i < s->target_count; i++)
		isns_put_target(&o, e, s->targets[i]);
	return isns_end(&o, e, ISNS_DEV_REG, ISNS_REPLACE, bytes);
}

uint8_t *
isns_deregister(const struct isns_entity *e, size_t *bytes)
{
	struct isns_out o;

	if (!isns_begin(&o, e))
		return NULL;
	isns_put(&o, ISNS_DELIMITER, NULL, 0);
	isns_put_text(&o, ISNS_EID, e->eid);
	return isns_end(&o, e, ISNS_DEV_DEREG, 0, bytes);
}

/* ---- answers ---- */

size_t
isns_payload(const uint8_t header[ISNS_HEADER_BYTES])
{
	return get_be16(header + ISNS_LENGTH);
}

bool
isns_answer(const uint8_t *request, const uint8_t *message, size_t bytes,
    uint32_t *status)
{
	if (bytes < ISNS_HEADER_BYTES + sizeof(*status) ||
	    get_be16(message + ISNS_FUNCTION) !=
		(get_be16(request + ISNS_FUNCTION) | ISNS_RESPONSE) ||
	    get_be16(message + ISNS_TRANSACTION) !=
		get_be16(request + ISNS_TRANSACTION))
		return false;
	*status = get_be32(message + ISNS_HEADER_BYTES);
	return true;
}

const char *
isns_status_text(uint32_t status)
{
	static const char *const texts[] = { "done", "unknown error",
		"message format error", "invalid registration", NULL,
		"invalid query", "source unknown", "source absent",
		"source unauthorized", "no such entry", "version not supported",
		"internal error", "busy", "option not understood",
		"invalid update", "message not supported" };

	if (status < ARRAY_LEN(texts) && texts[status] != NULL)
		return texts[status];
	return "refused";
}
