/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp.c - full feature phase: one row per opcode, and what all PDUs have
 * in common (lengths, order by CmdSN, data digest errors, Reject).
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define FFP_QUOTED 300

/* clang-format off */
static const struct ffp_handler ffp_handlers[PDU_OPCODE_MASK + 1] = {
	[OP_NOP_OUT] = { "NOP-Out", true, true,
	    ffp_nop_header, ffp_nop_whole },
	[OP_SCSI_COMMAND] = { "SCSI Command", true, false,
	    ffp_cmd_header, ffp_cmd_whole },
	[OP_TMF_REQUEST] = { "Task Management Function Request", true, false,
	    ffp_tmf_header, ffp_tmf_whole },
	[OP_LOGIN_REQUEST] = { "Login Request", false, true,
	    ffp_login_header, NULL },
	[OP_TEXT_REQUEST] = { "Text Request", true, true,
	    ffp_text_header, ffp_text_whole },
	[OP_DATA_OUT] = { "SCSI Data-Out", false, false,
	    ffp_data_out_header, ffp_data_out_whole },
	[OP_LOGOUT_REQUEST] = { "Logout Request", true, true,
	    ffp_logout_header, ffp_logout_whole },
	[OP_SNACK] = { "SNACK Request", false, false,
	    ffp_snack_header, ffp_snack_whole },
};
/* clang-format on */

bool
ffp_claim_slot(struct conn *c)
{
	bool slot = c->slot;

	c->slot = false;
	return slot;
}

/* ---- verdicts ---- */

void
ffp_log_reject(struct conn *c, const uint8_t *bhs, const char *why)
{
	char who[FFP_QUOTED];

	if (++c->rejects > CONN_LOGGED_MAX)
		return;
	log_notice("refused PDU peer=%s initiator=%s opcode=0x%02x "
		   "itt=0x%08x why=\"%s\"%s",
	    c->peer.text, conn_who(c, who, sizeof(who)), bhs_opcode(bhs),
	    get_be32(bhs + PDU_ITT), why,
	    c->rejects == CONN_LOGGED_MAX ? " (more are not logged)" : "");
}

/* What is not accepted is over with this.  The CmdSN of a command that is
 * rejected stays open, for the initiator to fill (7.3). */
static void
ffp_conclude(struct conn *c, const struct pdu *p, struct verdict v)
{
	c->faulty = c->faulty || v.kind != VERDICT_ACCEPT;
	if (v.kind == VERDICT_REJECT) {
		ffp_log_reject(c, p->bhs, v.why);
		reply_send_reject(c, p, v.reason, v.sn);
	} else if (v.kind == VERDICT_CLOSE) {
		conn_drop(c, v.why);
	} else if (v.kind == VERDICT_END) {
		session_drop(c->session, false, v.why);
	}
}

/* ---- order by CmdSN ---- */

/* The command that is due has come: it holds a slot until it is answered. */
static void
ffp_take(struct conn *c)
{
	window_take(&c->session->window);
	c->slot = true;
}

/* It is rejected: it never came. */
static void
ffp_give_back(struct conn *c)
{
	if (ffp_claim_slot(c))
		window_give_back(&c->session->window);
}

/* Nobody will answer it. */
static void
ffp_release_unclaimed(struct conn *c)
{
	if (ffp_claim_slot(c) && c->session != NULL)
		window_release(&c->session->window);
}

static bool
ffp_is_numbered(const struct ffp_handler *h, const uint8_t *bhs)
{
	return h->numbered && (bhs[0] & PDU_IMMEDIATE) == 0;
}

static enum conn_fate
ffp_fate(struct conn *c, const uint8_t *bhs)
{
	struct session *s = c->session;
	uint32_t cmd_sn = get_be32(bhs + PDU_CMD_SN);

	if (!ffp_is_numbered(c->handler, bhs))
		return held_is_data(c, bhs) ? FATE_HOLD : FATE_HANDLE;
	switch (window_place(&s->window, cmd_sn)) {
	case WINDOW_NEXT:
		return FATE_HANDLE;
	case WINDOW_AHEAD:
		if (held_find_cmd_sn(s, cmd_sn) == NULL)
			return FATE_HOLD;
		break;
	case WINDOW_OUTSIDE:
		break;
	}
	log_debug("command outside its window peer=%s cmd_sn=%u exp_cmd_sn=%u",
	    c->peer.text, cmd_sn, s->window.exp_cmd_sn);
	return FATE_DISCARD;
}

/* ---- task tags ---- */

bool
ffp_is_no_command(struct session *s, uint32_t itt)
{
	const struct conn *c;

	TAILQ_FOREACH (c, &s->conns, link) {
		if (ffp_has_text(c, itt) ||
		    (c->closer.conn != NULL && c->closer.itt == itt) ||
		    (c->state == CONN_LOGOUT && c->logout_itt == itt))
			return true;
	}
	return ffp_tmf_is_function(s, itt);
}

struct verdict
ffp_check_tag(const struct conn *c, const uint8_t *bhs)
{
	struct session *s = c->session;
	uint32_t itt = get_be32(bhs + PDU_ITT);

	if (itt == TAG_NONE)
		return REJECT(REJECT_PROTOCOL_ERROR, "reserved task tag");
	if (iscsi_task_find(s, itt) != NULL || held_find_itt(s, itt) != NULL ||
	    ffp_is_no_command(s, itt))
		return REJECT(REJECT_TASK_IN_PROGRESS, "task tag in use");
	return ACCEPT;
}

/* ---- headers ---- */

/* Before anything is believed: A2, A3, A8 of what goes wrong. */
static struct verdict
ffp_screen(struct conn *c, const struct pdu *p)
{
	uint8_t opcode = bhs_opcode(p->bhs);

	if (p->data_bytes > c->accepts)
		return END("data longer than MaxRecvDataSegmentLength");
	if (opcode & PDU_TARGET_BIT)
		return REJECT(REJECT_PROTOCOL_ERROR, "opcode of a target");
	c->handler = &ffp_handlers[opcode];
	if (c->handler->header == NULL)
		return REJECT(REJECT_NOT_SUPPORTED, "unknown opcode");
	return ACCEPT;
}

static struct verdict
ffp_check_header(struct conn *c, const struct pdu *p)
{
	if (session_is_discovery(c->session) && !c->handler->in_discovery)
		return NOT_IN_DISCOVERY;
	if (pdu_check_ahs(p) == PDU_AHS_MALFORMED)
		return END("malformed AHS");
	return ACCEPT;
}

static void
ffp_handle_header(struct conn *c, struct pdu *p)
{
	struct verdict v = ffp_check_header(c, p);

	if (v.kind == VERDICT_ACCEPT && c->fate == FATE_HANDLE)
		v = c->handler->header(c, p);
	if (v.kind != VERDICT_ACCEPT) {
		c->fate = FATE_DISCARD;
		ffp_conclude(c, p, v);
	} else if (c->fate == FATE_HOLD) {
		conn_recv_flat(c, p, p->data_bytes);
	}
}

static void
ffp_heard(struct conn *c, uint32_t exp_stat_sn)
{
	if (serial_before(c->stat_sn, exp_stat_sn) ||
	    !serial_before(c->exp_stat_sn, exp_stat_sn))
		return;
	c->exp_stat_sn = exp_stat_sn;
	if (c->fenced)
		session_fence_heard(c);
	if (c->declaring)
		conn_declare_heard(c);
}

/* Whose ExpStatSN it is: a Logout Request has that of the connection which it
 * is to close, 11.14.4.  NULL: there is no such. */
static struct conn *
ffp_speaks_for(struct conn *c, const uint8_t *bhs)
{
	uint8_t reason = bhs[PDU_FLAGS] & LOGOUT_REASON_MASK;
	uint16_t cid = get_be16(bhs + LOGOUT_CID);
	struct conn *other;

	if (bhs_opcode(bhs) != OP_LOGOUT_REQUEST ||
	    reason == LOGOUT_CLOSE_SESSION || cid == c->cid)
		return c;
	other = session_find_cid(c->session, cid, c);
	if (other == NULL)
		other = session_find_retained(c->session, cid);
	return other != NULL && !other->replaced ? other : NULL;
}

static void
ffp_take_exp_stat_sn(struct conn *c, const uint8_t *bhs)
{
	struct conn *of = ffp_speaks_for(c, bhs);
	uint32_t exp_stat_sn = get_be32(bhs + PDU_EXP_STAT_SN);

	if (of == NULL)
		return;
	if (!TAILQ_EMPTY(&of->kept))
		conn_acknowledge(of, exp_stat_sn);
	ffp_heard(of, exp_stat_sn);
}

void
ffp_header(struct conn *c, struct pdu *p)
{
	struct verdict v;

	c->slot = false;
	ffp_take_exp_stat_sn(c, p->bhs);
	if (c->state != CONN_FULL_FEATURE)
		return; /* no memory for the fence's ping */
	v = ffp_screen(c, p);
	if (v.kind != VERDICT_ACCEPT) {
		c->fate = FATE_DISCARD;
		ffp_conclude(c, p, v);
		return;
	}
	c->fate = ffp_fate(c, p->bhs);
	if (c->fate != FATE_DISCARD)
		ffp_handle_header(c, p);
}

/* ---- whole PDUs ---- */

static void
ffp_handle_whole(struct conn *c, struct pdu *p)
{
	struct verdict v;

	if (ffp_is_numbered(c->handler, p->bhs))
		ffp_take(c);
	v = c->handler->whole(c, p);
	if (v.kind == VERDICT_REJECT)
		ffp_give_back(c);
	ffp_conclude(c, p, v);
	ffp_release_unclaimed(c);
}

/* As if it had come only now.  False: it was refused. */
static bool
ffp_replay_pdu(struct conn *c, const uint8_t *bhs, const uint8_t *data,
    uint32_t data_bytes, bool digest_ok)
{
	struct pdu pdu = { .data_bytes = data_bytes,
		.data_digest_ok = digest_ok };
	struct verdict v;

	memcpy(pdu.bhs, bhs, BHS_BYTES);
	c->handler = &ffp_handlers[bhs_opcode(bhs)];
	v = c->handler->header(c, &pdu);
	if (v.kind != VERDICT_ACCEPT) {
		ffp_conclude(c, &pdu, v);
		return false;
	}
	pdu_sink_write(&pdu.sink, 0, data, data_bytes);
	if (c->state == CONN_FULL_FEATURE)
		ffp_handle_whole(c, &pdu);
	return true;
}

/* Its turn has come, and that of its Data-Outs. */
static void
ffp_replay(struct conn *c, struct held_pdu *h)
{
	struct held_data *d;

	if (!ffp_replay_pdu(c, h->bhs, h->data, h->data_bytes, true))
		return;
	STAILQ_FOREACH (d, &h->data_outs, link) {
		if (c->state != CONN_FULL_FEATURE)
			return;
		ffp_replay_pdu(c, d->bhs, d->data, d->data_bytes, d->digest_ok);
	}
}

/* The connection on which it came may be in the middle of another PDU: what
 * belongs to that one is put aside. */
static void
ffp_replay_where_it_came(struct held_pdu *h)
{
	struct conn *c = h->conn;
	const struct ffp_handler *handler = c->handler;
	uint8_t *flat = c->flat;

	conn_enter(c);
	c->aside = c->receiving;
	c->receiving = NULL;
	c->flat = NULL;
	c->replaying = h;
	ffp_replay(c, h);
	c->replaying = NULL;
	free(c->flat);
	c->flat = flat;
	c->handler = handler;
	c->receiving = c->aside;
	c->aside = NULL;
	conn_leave(c);
}

static void
ffp_replay_held(struct conn *c)
{
	struct session *s = c->session;
	struct held_pdu *h;

	if (TAILQ_EMPTY(&s->held) && LIST_EMPTY(&s->tmfs))
		return; /* as a rule */
	for (;;) {
		/* A function that waited comes before what was sent after. */
		ffp_tmf_window_moved(s);
		if (s->state != SESSION_ACTIVE || (h = held_next(s)) == NULL)
			break;
		if (h->skip) {
			window_take(&s->window);
			window_release(&s->window);
		} else {
			ffp_replay_where_it_came(h);
		}
		held_free(h);
	}
}

/*
 * Bad data makes the PDU as if it had not come (7.8): its CmdSN stays open.
 * A Data-Out's task and a command that is refused anyway need no data to go on,
 * so their handlers see it.
 */
static bool
ffp_goes_on_without_data(const struct conn *c)
{
	return bhs_opcode(c->in.pdu.bhs) == OP_DATA_OUT ||
	       (c->receiving != NULL && c->receiving->state == ITASK_REFUSED);
}

/* The turn of a Data-Out's command may have come while it came in. */
static void
ffp_hold(struct conn *c, const struct pdu *p)
{
	if (bhs_opcode(p->bhs) != OP_DATA_OUT) {
		if (!held_add(c, p))
			conn_drop(c, "too much held back");
	} else if (!held_add_data(c, p)) {
		ffp_replay_pdu(
		    c, p->bhs, c->flat, p->data_bytes, p->data_digest_ok);
	}
}

void
ffp_whole(struct conn *c, struct pdu *p)
{
	enum conn_fate fate = c->fate;
	bool answered = c->half_answered;

	c->halved = NULL;
	c->half_answered = false;
	if (c->state != CONN_FULL_FEATURE)
		return;
	if (fate == FATE_DISCARD) {
		/* It may have been the one that was due. */
		ffp_replay_held(c);
		return;
	}
	if (!p->data_digest_ok) {
		ffp_log_reject(c, p->bhs, "data digest error");
		reply_send_reject(c, p, REJECT_DATA_DIGEST, 0);
		if (!answered && !ffp_goes_on_without_data(c)) {
			if (c->receiving != NULL)
				ffp_cmd_undo(c->receiving);
			return;
		}
	}
	if (fate == FATE_HANDLE)
		ffp_handle_whole(c, p);
	else
		ffp_hold(c, p);
	ffp_replay_held(c);
}
