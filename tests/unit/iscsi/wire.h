/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/wire.h - a model initiator on the bytes of one connection.
 *
 * A site is a kit target (tests/unit/target/kit.h) offered by a service; wires
 * are connections to it.  Each PDU that comes is checked for what all must
 * have: lengths, digests, StatSN, ExpCmdSN and MaxCmdSN that never go back.
 * After each event conn_check() runs.
 */
#ifndef TESTS_UNIT_ISCSI_WIRE_H
#define TESTS_UNIT_ISCSI_WIRE_H

#include "iscsi/conn.h"
#include "iscsi/proto.h"
#include "iscsi/session.h"
#include "target/scsi.h"
#include "tests/unit/target/kit.h"

#define WIRE_INITIATOR "iqn.2026-11.test:host"
#define WIRE_TARGET    "iqn.2026-01.test:target"
#define WIRE_DATA_MAX  (1u << 20) /* bytes of one PDU's data */
#define WIRE_RECV_MAX  8192u      /* what the initiator declares */

struct site {
	struct kit *kit;
	struct service service;
	struct service other, another; /* for session_table_apply(), in turn */
	struct portal_group pg;
	struct portal portal;
	struct auth_group open;
	struct target_portal_group place;
	struct iscsi_target target;
	struct iscsi_target *targets[1];
	struct portal_group *pgs[1];
	unsigned frees;
	/* What home->after() was asked for. */
	struct {
		struct job *job;
		unsigned home;
		uint64_t at_ms;
	} later[32];
	unsigned later_count;
};

/* The core's next allocation fails. */
extern bool wire_starve, wire_in_core;

struct site *site_new(void);
/* Every wire must be closed; nothing may be left over. */
void site_free(struct site *site);
/* Later on every home, by ms; what is due then runs. */
void site_wait(struct site *site, unsigned ms);
/* Run jobs and held I/O until nothing moves. */
void site_run(struct site *site);

struct wire_pdu {
	uint8_t bhs[BHS_BYTES];
	uint8_t *data; /* valid until the next one */
	uint32_t data_bytes;
};

struct wire {
	struct site *site;
	struct conn *conn; /* NULL: freed, or closed by us */
	unsigned home;
	unsigned wakes;
	size_t cut;    /* bytes per delivery; 0: as many as fit */
	unsigned room; /* iovecs per conn_send_iov(); 0: many */
	uint8_t *out;  /* bytes that came, not yet taken apart */
	size_t out_bytes, out_taken;
	bool hoards; /* PDUs sent wait for wire_deliver_hoard() */
	uint8_t hoard[4096];
	size_t hoarded;
	bool header_digest, data_digest;
	bool spoil_data; /* the next data digest is wrong */
	bool spoil_header;
	bool immediate; /* SCSI Commands are */
	bool silent;    /* acknowledges nothing after acknowledged */
	uint32_t acknowledged;
	uint8_t isid[6];
	uint16_t cid;
	const char *name; /* InitiatorName */
	uint32_t cmd_sn, itt, stat_sn;
	uint32_t old_stat_sn;            /* ExpStatSN of a Login Request */
	uint32_t exp_cmd_sn, max_cmd_sn; /* last seen */
	unsigned window_news;            /* NOP-Ins that told of them only */
	bool numbered;                   /* those have been seen */
	uint16_t tsih;
	struct wire_pdu pdu; /* of wire_get() */
	uint8_t *data;       /* WIRE_DATA_MAX, of pdu */
};

/* Open a connection on that home, to 192.0.2.1:3260 or to that address. */
struct wire *wire_open(struct site *site, unsigned home);
struct wire *wire_open_at(
    struct site *site, unsigned home, const char *address);
/* The socket is gone. */
void wire_close(struct wire *w);
/* Has the connection asked to be closed, with nothing more to say? */
bool wire_is_over(struct wire *w);

/* ---- bytes and PDUs ---- */

/* As much as it takes now; the number of bytes. */
size_t wire_bytes(struct wire *w, const void *bytes, size_t n);
/* Fill in the lengths, add padding and digests, send it. */
void wire_send(
    struct wire *w, const uint8_t bhs[BHS_BYTES], const void *data, uint32_t n);
/* All that was hoarded, in one delivery. */
void wire_deliver_hoard(struct wire *w);
/* A session numbers commands over all connections: go on after other's. */
void wire_number_after(struct wire *w, const struct wire *other);
/* The next PDU that came, checked; NULL: none.  NOP-Ins with no tag at all are
 * counted only. */
const struct wire_pdu *wire_get(struct wire *w);
/* The next one, which must have that opcode; else a CUnit failure and a blank
 * one. */
const struct wire_pdu *wire_expect(struct wire *w, uint8_t opcode);
/* fields.c: what a header of that opcode must have. */
void wire_check_fields(const uint8_t bhs[BHS_BYTES]);
/* Nothing must have come. */
void wire_expect_nothing(struct wire *w);
void wire_expect_reject(struct wire *w, uint8_t reason);
/* Of the command sent last: its CmdSN is still due, and the next one's. */
void wire_expect_refused(struct wire *w, uint8_t reason);

/* ---- login ---- */

/* "KEY=VALUE;"... as a text segment; its length. */
uint32_t wire_text(char *text, const char *readable);
/* One Login Request; keys are appended, ";" stands for NUL. */
void wire_login_request(struct wire *w, const char *keys, uint16_t tsih);
/* The answer's class and detail; ffff: none came. */
unsigned wire_login_answer(struct wire *w);
/* Log in as one more connection of w's session, on that home. */
struct wire *wire_join(struct wire *w, unsigned home, uint16_t cid);
/* Log in to the target; a failure is a CUnit failure. */
void wire_login(struct wire *w, const char *keys);
struct wire *wire_open_and_login(
    struct site *site, unsigned home, const char *keys);

/* ---- commands ---- */

/* A header with ITT, CmdSN (used up unless immediate), LUN 0. */
void wire_header(
    struct wire *w, uint8_t bhs[BHS_BYTES], uint8_t opcode, uint8_t flags);
/* Send a SCSI Command; its ITT. */
uint32_t wire_command(struct wire *w, const uint8_t cdb[16], uint8_t flags,
    uint32_t edtl, const void *data, uint32_t n);
uint32_t wire_read10(struct wire *w, uint32_t lba, uint16_t blocks);
/* Without data: F set, R2T awaited. */
uint32_t wire_write10(struct wire *w, uint32_t lba, uint16_t blocks);
void wire_data_out(struct wire *w, uint32_t itt, uint32_t ttt, uint32_t sn,
    uint32_t offset, const void *data, uint32_t n, bool final);
/* Send a task management function; its ITT. */
uint32_t wire_tmf(
    struct wire *w, uint8_t function, uint32_t rtt, uint32_t ref_cmd_sn);
uint32_t wire_reassign(struct wire *w, uint32_t rtt, uint32_t exp_data_sn);
/* A NOP-In that asks for an answer. */
void wire_expect_ping(struct wire *w);
/* What an initiator says to it; what counts is its ExpStatSN. */
void wire_acknowledge(struct wire *w);
void wire_expect_tmf(struct wire *w, uint32_t itt, uint8_t response);
/* A SCSI Response with that status for that ITT. */
const struct wire_pdu *wire_expect_status(
    struct wire *w, uint32_t itt, uint8_t status);
/* CHECK CONDITION with these. */
void wire_expect_check(
    struct wire *w, uint32_t itt, uint8_t key, uint8_t asc, uint8_t ascq);
/* The next command hears that commands were lost with their connection. */
void wire_expect_lost(struct wire *w);
/* A READ's Data-Ins, of bytes in all with that byte; the last one's flags. */
uint8_t wire_expect_data(
    struct wire *w, uint32_t itt, uint32_t bytes, uint8_t fill);
void wire_logout(struct wire *w, uint8_t reason, uint16_t cid);

/* A test that has a site and a connection in full feature phase: w. */
#define WIRE_TEST(name, keys)                                                  \
	static void name##_on(struct site *site, struct wire *w);              \
	static void name(void)                                                 \
	{                                                                      \
		struct site *site = site_new();                                \
		name##_on(site, wire_open_and_login(site, 0, keys));           \
		site_free(site);                                               \
	}                                                                      \
	static void name##_on(struct site *site, struct wire *w)

/* w is lost; log in again as the same connection, from another home. */
struct wire *wire_lose_and_return(struct wire *w);
/* TASK REASSIGN of rtt, and the response to it. */
void wire_reassigned(
    struct wire *w, uint32_t rtt, uint32_t exp_data_sn, uint8_t response);

#endif
