/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/reply.h - PDUs on their way out.
 *
 * A reply is queued in the order in which things happened, and gets its
 * numbers (StatSN, ExpCmdSN, MaxCmdSN) and digests when it is staged for the
 * wire, in that order.  A task's own reply stands for all its Data-Ins, which
 * are sliced as they are staged.
 */
#ifndef ISCSI_REPLY_H
#define ISCSI_REPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include "iscsi/pdu.h"
#include "target/sense.h"

struct conn;
struct iscsi_task;
struct login_answer;
struct pdu;
struct text_answer;

/* What the StatSN field of a reply says. */
enum reply_stat_sn {
	REPLY_STAT_SN_TAKES, /* the next one, which is used up */
	REPLY_STAT_SN_NEXT,  /* the next one (R2T, NOP-In as a ping) */
	REPLY_STAT_SN_GIVEN, /* what it said the first time */
	REPLY_STAT_SN_NONE,  /* reserved (Data-In without status) */
};

#define REPLY_SMALL (RSP_SENSE_LENGTH_BYTES + SENSE_MAX)

struct reply {
	STAILQ_ENTRY(reply) link;
	struct iscsi_task *task; /* whose last reply this is, or NULL */
	bool slot;               /* gives a slot of the command window back */
	bool login;              /* no digests yet */
	bool fenced;             /* held: it needs the Response Fence */
	struct conn *conn;       /* held: where it goes, without a task */
	struct kept_reply *kept; /* sent anew: kept on, with its data */
	enum reply_stat_sn stat_sn;
	bool numbered; /* it has its StatSN */

	uint8_t head[BHS_BYTES + DIGEST_BYTES];
	uint32_t head_bytes;
	/* Data: of a list (the task keeps it), or flat: small, or heap. */
	const struct buf_list *list;
	uint32_t list_offset;
	const uint8_t *flat;
	uint8_t *heap; /* freed with the reply */
	uint32_t heap_bytes;
	uint32_t data_bytes;
	uint8_t tail[3 + DIGEST_BYTES]; /* padding and digest */
	uint32_t tail_bytes;
	uint8_t small[REPLY_SMALL];
};

STAILQ_HEAD(reply_list, reply);

/* A blank one from the worker's pool; NULL: out of memory. */
struct reply *reply_get(struct conn *c);
/* Frees its heap; back to the pool (a task's own: with the task). */
void reply_put(struct conn *c, struct reply *r);
/* Make r blank, with this opcode and byte 1. */
void reply_init(struct reply *r, uint8_t opcode, uint8_t flags);

/* Bytes on the wire; valid once staged. */
static inline uint32_t
reply_bytes(const struct reply *r)
{
	return r->head_bytes + r->data_bytes + r->tail_bytes;
}

/* Describe what follows the first skip bytes, at most max iovecs. */
int reply_iov(const struct reply *r, uint32_t skip, struct iovec *iov, int max);
/* After reply_seal(), a fault on purpose: the data digest is wrong, or without
 * one the header digest; without either nothing is. */
void reply_spoil_digest(struct reply *r);

/* Length field, padding, digests: the last touch before the wire. */
void reply_seal(struct reply *r, bool header_digest, bool data_digest);

/*
 * Fill in: a Data-In with slice's numbers, without or with status; a SCSI
 * Response, with sense.  r may be the task's own.
 */
struct xfer_slice;
void reply_data_in(
    struct reply *r, struct iscsi_task *it, const struct xfer_slice *slice);
void reply_data_in_status(struct reply *r, const struct iscsi_task *it);
void reply_scsi_response(struct reply *r, const struct iscsi_task *it);

/*
 * Make and queue.  Each gives back the window slot of the request under way if
 * there is one, but for those marked *: they answer nothing.  Out of memory
 * drops the connection.
 */
void reply_send_login(struct conn *c, const struct login_answer *a);
void reply_send_r2t(
    struct conn *c, struct iscsi_task *it, const struct xfer_slice *s); /* * */
/* Takes heap, bytes of ping data. */
void reply_send_nop_in(
    struct conn *c, const uint8_t *bhs, uint8_t *heap, uint32_t bytes);
/* TAG_NONE: nothing is to be answered, 11.19.1. */
void reply_send_ping(struct conn *c, uint32_t ttt); /* * */
/* fenced: of a function that needs the Response Fence. */
struct tmf_answer {
	uint32_t itt;
	uint32_t information; /* 3 bytes of Additional Response Information */
	uint8_t response;
	bool slot, fenced;
};
void reply_send_tmf(struct conn *c, const struct tmf_answer *a);
void reply_send_text(
    struct conn *c, const uint8_t *bhs, const struct text_answer *a);
void reply_send_logout(
    struct conn *c, uint32_t itt, uint8_t response, bool slot);
/* With p's header; sn: DataSN/R2TSN. */
void reply_send_reject(
    struct conn *c, const struct pdu *p, uint8_t reason, uint32_t sn);
/* Again, by a SNACK: a response, a Data-In of that list. */
struct kept_reply;
void reply_send_kept(struct conn *c, const struct kept_reply *k); /* * */
/* On another connection than before, which k was taken off: it gets a StatSN of
 * c, once the Response Fence lets it pass.  Takes k. */
void reply_send_kept_anew(struct conn *c, struct kept_reply *k);
void reply_send_data_again(struct conn *c, uint32_t itt,
    const struct buf_list *list, const struct xfer_slice *slice); /* * */
/* Async event 5: all tasks of that LUN on c are being terminated. */
void reply_send_tasks_terminated(struct conn *c, uint64_t lun); /* * */
void reply_send_async(struct conn *c, uint8_t event, uint16_t parameter1,
    uint16_t parameter2, uint16_t parameter3); /* * */
/* Async event 2 or 3.  kept: the tasks are there for the time that c agreed
 * upon; else they are gone at once. */
void reply_send_drop(
    struct conn *c, uint8_t event, uint16_t cid, bool kept); /* * */

#endif
