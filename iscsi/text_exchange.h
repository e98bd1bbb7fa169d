/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/text_exchange.h - Text Request and Response in full feature phase:
 * SendTargets and renegotiation (RFC 7143 11.10, 11.11, 13, appendix C).
 *
 * One exchange at a time per connection; both directions may be continued with
 * the C bit.  Pure, like login.
 */
#ifndef ISCSI_TEXT_EXCHANGE_H
#define ISCSI_TEXT_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi/params.h"
#include "iscsi/service.h"

/* Whose exchange it is; borrowed from the session, constant. */
struct text_context {
	struct service *service;
	const struct portal_group *portal_group;
	const struct peer_address *peer;
	const char *local_address; /* "192.0.2.1:3260" as connected */
	const char *initiator_name;
	const char *chap_user; /* or NULL */
	bool discovery;
	const struct iscsi_target *target; /* of a normal session */
};

enum text_step {
	TEXT_ANSWER, /* send text with the flags given */
	TEXT_REJECT, /* Reject with reason; the exchange is over */
};

struct text_answer {
	bool final, more;    /* F, C */
	uint32_t ttt;        /* ffffffff when final */
	const uint8_t *text; /* valid till the next call */
	uint32_t text_bytes; /* at most the peer's MaxRecvDataSegmentLength */
	uint8_t reject_reason;
	const char *why; /* of a reject, for the log */
};

struct text_exchange; /* opaque */

struct text_exchange *text_exchange_new(const struct text_context *context);
void text_exchange_free(struct text_exchange *x);

/* Is it in the middle of the exchange with that Initiator Task Tag? */
bool text_exchange_has(const struct text_exchange *x, uint32_t itt);

/*
 * One Text Request: its header and text.  params is the connection's, and
 * changes with a final answer when a declarative key does
 * (MaxRecvDataSegmentLength, theirs; and ours, when the service's limit is
 * another than what was told last).  Of an exchange that was rejected or left
 * unfinished nothing remains (6.4, 7.12).
 */
enum text_step text_exchange_request(struct text_exchange *x,
    struct params *params, const uint8_t bhs[48], const uint8_t *text,
    size_t text_bytes, struct text_answer *out);

#endif
