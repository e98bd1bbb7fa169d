/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/params.h - text keys, RFC 7143 clause 13 and RFC 7144.
 *
 * THE key table is in params.c: one row per key with its name, kind, stages,
 * scope, range, default, our end of it and the combining rule.  Negotiation is
 * one loop over it, the same in login and in full feature phase.
 */
#ifndef ISCSI_PARAMS_H
#define ISCSI_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iscsi_limits;
struct text_in;
struct text_out;

enum task_reporting {
	TASK_REPORTING_RFC3720,
	TASK_REPORTING_RESPONSE_FENCE,
	TASK_REPORTING_FAST_ABORT,
};

/* Every key in force.  Before login: the RFC's defaults. */
struct params {
	bool header_digest, data_digest; /* CRC32C */
	uint32_t max_connections;
	bool initial_r2t, immediate_data;
	uint32_t our_max_recv_data_segment;   /* what we declared */
	uint32_t their_max_recv_data_segment; /* what they declared */
	uint32_t max_burst, first_burst;
	uint32_t time2wait, time2retain;
	uint32_t max_outstanding_r2t;
	bool data_pdu_in_order, data_sequence_in_order;
	uint32_t error_recovery_level;
	uint32_t protocol_level; /* iSCSIProtocolLevel, RFC 7144 */
	enum task_reporting task_reporting;
};

void params_init(struct params *p);

/* Make the agreed values fit each other: FirstBurstLength <= MaxBurstLength
 * (13.14), whether both were negotiated or one is the default. */
void params_settle(struct params *p);

/* p is of a connection that joins a session: take over what was agreed for the
 * whole session. */
void params_join(struct params *p, const struct params *session);

enum key_stage {
	KEY_STAGE_SECURITY = 1,
	KEY_STAGE_OPERATIONAL = 2,
	KEY_STAGE_FULL_FEATURE = 4,
};

/* Values that are not for the loop: as sent, NULL when not in this text.
 * They point into the text. */
struct keys_given {
	const char *initiator_name, *initiator_alias;
	const char *target_name, *session_type;
	const char *auth_method;
	const char *chap_a, *chap_i, *chap_c, *chap_n, *chap_r;
	const char *send_targets;
};

/* One side of a negotiation: a login, or an exchange in full feature phase. */
struct negotiation {
	const struct iscsi_limits *limits; /* our end of some keys */
	enum key_stage stage;
	bool leading;     /* the session's first connection */
	bool discovery;   /* SessionType */
	uint64_t seen;    /* keys that came already, a bit per row */
	unsigned known;   /* keys of this text that are of the RFC, or that an
			     extension's name says may be unknown (6.1) */
	unsigned strange; /* all others */
	struct keys_given given;
};

/*
 * Check the form of a whole text and fill n->given.  Return NULL, or what is
 * wrong, for the log: a protocol error, the negotiation has failed.
 */
const char *negotiation_scan(struct negotiation *n, const struct text_in *text);

/*
 * Answer what negotiation_scan() found good, and store what is agreed in p.
 * Keys in n->given are left to the caller.
 */
void negotiation_answer(struct negotiation *n, struct params *p,
    const struct text_in *text, struct text_out *out);

#endif
