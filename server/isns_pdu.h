/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/isns_pdu.h - messages to an iSNS server (RFC 4171): who we are, and
 * the end of it.  Bytes only.
 */
#ifndef SERVER_ISNS_PDU_H
#define SERVER_ISNS_PDU_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi/service.h"

#define ISNS_HEADER_BYTES 12u
#define ISNS_PDU_MAX      65532u /* bytes of payload, a multiple of four */
#define ISNS_EID_MAX      255u

/* What a registration says. */
struct isns_entity {
	const struct service *service;
	const char *source; /* name of a target that is registered */
	const char *eid;    /* entity identifier, 1 to ISNS_EID_MAX bytes */
	struct in6_addr address; /* ours, as the server sees it: of wildcards */
	unsigned period;         /* seconds that it is good for */
	uint16_t transaction;
};

/*
 * DevAttrReg of all portals and targets in place of what there was, and
 * DevDereg of the whole entity.  Return a message and its bytes, which the
 * caller frees; NULL: out of memory, or more than fits into one message.
 */
uint8_t *isns_register(const struct isns_entity *e, size_t *bytes);
uint8_t *isns_deregister(const struct isns_entity *e, size_t *bytes);

/* Bytes of payload that follow this header. */
size_t isns_payload(const uint8_t header[ISNS_HEADER_BYTES]);
/* Is the message the answer to request?  Its status is set then (0: done). */
bool isns_answer(const uint8_t *request, const uint8_t *message, size_t bytes,
    uint32_t *status);
/* A phrase for a status, RFC 4171 5.4. */
const char *isns_status_text(uint32_t status);

#endif
