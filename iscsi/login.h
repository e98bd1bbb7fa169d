/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/login.h - the login phase of one connection, RFC 7143 clause 6.
 *
 * Pure: a Login Request's header and text in, an answer out.  The connection
 * owns a struct login from its first byte to full feature phase, frames the
 * PDUs, and keeps StatSN and the clock.
 */
#ifndef ISCSI_LOGIN_H
#define ISCSI_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iscsi/params.h"
#include "iscsi/service.h"

#define LOGIN_DATA_MAX 8192 /* bytes of a login PDU's data, 13.12 */

/* RFC 7143 11.13.5.  why is for the log: one phrase, never peer bytes. */
struct login_status {
	uint8_t status_class, detail;
	const char *why;
};

enum login_step {
	LOGIN_ANSWER,   /* send the answer, wait for the next request */
	LOGIN_COMPLETE, /* make or reinstate the session, then send the answer
			   (with its TSIH): full feature phase begins */
	LOGIN_REFUSED,  /* send the answer (status says why), then close */
	LOGIN_CLOSE,    /* close without a word (6.3: not a login PDU ...) */
};

struct login_answer {
	struct login_status status;
	uint8_t flags;   /* T, C, CSG, NSG as on the wire, byte 1 */
	uint8_t isid[6]; /* echoed */
	uint16_t tsih;   /* echoed; the connection puts a new session's here */
	uint8_t *text;   /* into struct login, valid till the next call */
	uint32_t text_bytes; /* 0 .. LOGIN_DATA_MAX */
};

struct login; /* opaque: text in both directions, CHAP state, offers */

/*
 * Keeps service, pg, peer for its life.  NULL: out of memory.
 */
struct login *login_new(struct service *service, const struct portal_group *pg,
    const struct peer_address *peer);
void login_free(struct login *l);

/*
 * One Login Request: 48 bytes of header and its text (text_bytes is already
 * known to be at most LOGIN_DATA_MAX).  A changed ISID, TSIH, CID or ITT, T
 * with C, stages backwards, too many rounds or bytes end in LOGIN_REFUSED
 * (0200); another opcode in LOGIN_CLOSE, or once a login has begun in 020b.
 */
enum login_step login_request(struct login *l, const uint8_t bhs[48],
    const uint8_t *text, size_t text_bytes, struct login_answer *out);

/*
 * What was agreed; valid after LOGIN_COMPLETE.  Names are in the form in which
 * they are compared (iscsi_name_normalize()) and belong to the login, the user
 * to the service.
 */
struct login_result {
	struct params params;
	const char *initiator_name;
	const char *initiator_alias; /* may be empty */
	const char *chap_user;       /* NULL: none proved */
	bool discovery;
	struct iscsi_target *target; /* NULL in a discovery session */
	struct iscsi_target *named;  /* by a discovery session (7.4.2.2), or
					NULL */
	uint8_t isid[6];
	uint16_t tsih; /* of the request: 0 = new session or reinstatement */
	uint16_t cid;
};
const struct login_result *login_result(const struct login *l);

/* For the log: the initiator's name as far as it is known, or "". */
const char *login_initiator_name(const struct login *l);

#endif
