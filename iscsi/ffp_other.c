/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_other.c - NOP-Out, Login Request, Text Request, Logout Request.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- NOP-Out, 11.18 ---- */

struct verdict
ffp_nop_header(struct conn *c, struct pdu *p)
{
	uint32_t bytes = p->data_bytes;
	struct verdict v;

	if (get_be32(p->bhs + PDU_ITT) == TAG_NONE)
		return ACCEPT;
	if (session_is_discovery(c->session))
		return NOT_IN_DISCOVERY;
	v = ffp_check_tag(c, p->bhs);
	if (v.kind != VERDICT_ACCEPT)
		return v;
	/* What does not fit into one NOP-In is left out of the echo. */
	if (bytes > c->params.their_max_recv_data_segment)
		bytes = c->params.their_max_recv_data_segment;
	return conn_recv_flat(c, p, bytes) ? ACCEPT : IGNORE;
}

/* With an ITT a ping of the initiator; without, its answer to ours, or nothing
 * but a sign of life. */
struct verdict
ffp_nop_whole(struct conn *c, struct pdu *p)
{
	uint8_t *echo = c->flat;

	if (get_be32(p->bhs + PDU_ITT) == TAG_NONE)
		return ACCEPT;
	c->flat = NULL;
	reply_send_nop_in(c, p->bhs, echo, p->sink.bytes);
	return ACCEPT;
}

/* ---- Login Request, 11.12 ---- */

struct verdict
ffp_login_header(struct conn *c, struct pdu *p)
{
	return REJECT(REJECT_PROTOCOL_ERROR, "login is over");
}

/* ---- Text Request, 11.10 ---- */

struct verdict
ffp_text_header(struct conn *c, struct pdu *p)
{
	const struct session *s = c->session;
	struct verdict v = ACCEPT;

	/* One that goes on, or begins anew, has the tag that it had. */
	if (!ffp_has_text(c, get_be32(p->bhs + PDU_ITT)))
		v = ffp_check_tag(c, p->bhs);
	if (v.kind != VERDICT_ACCEPT)
		return v;
	if (c->portal_group == NULL ||
	    (s->target == NULL && !session_is_discovery(s)))
		return REJECT(REJECT_WAITING_FOR_LOGOUT, "target removed");
	return conn_recv_flat(c, p, p->data_bytes) ? ACCEPT : IGNORE;
}

static bool
ffp_text_open(struct conn *c)
{
	const struct session *s = c->session;
	struct text_context *x = &c->text_context;

	if (c->text != NULL)
		return true;
	x->service = c->service;
	x->portal_group = c->portal_group;
	x->peer = &c->peer;
	x->local_address = c->local_address;
	x->initiator_name = s->initiator_name;
	x->chap_user = s->chap_user;
	x->discovery = session_is_discovery(s);
	x->target = s->target;
	c->text = text_exchange_new(x);
	return c->text != NULL;
}

bool
ffp_has_text(const struct conn *c, uint32_t itt)
{
	return c->text != NULL && text_exchange_has(c->text, itt);
}

void
ffp_text_close(struct conn *c)
{
	text_exchange_free(c->text);
	c->text = NULL;
}

struct verdict
ffp_text_whole(struct conn *c, struct pdu *p)
{
	uint32_t before = c->params.our_max_recv_data_segment;
	struct text_answer a;

	if (!ffp_text_open(c))
		return CLOSE("out of memory");
	if (text_exchange_request(c->text, &c->params, p->bhs, c->flat,
		p->data_bytes, &a) == TEXT_REJECT) {
		ffp_text_close(c);
		return REJECT(a.reject_reason, a.why);
	}
	reply_send_text(c, p->bhs, &a);
	conn_declare_told(c, before);
	if (a.final)
		ffp_text_close(c);
	return ACCEPT;
}

/* ---- Logout Request, 11.14 ---- */

struct verdict
ffp_logout_header(struct conn *c, struct pdu *p)
{
	uint8_t reason = p->bhs[PDU_FLAGS] & LOGOUT_REASON_MASK;
	struct verdict v = ffp_check_tag(c, p->bhs);

	if (reason != LOGOUT_CLOSE_SESSION && session_is_discovery(c->session))
		return NOT_IN_DISCOVERY;
	if (v.kind != VERDICT_ACCEPT)
		return v;
	if (reason > LOGOUT_FOR_RECOVERY)
		return REJECT(REJECT_PROTOCOL_ERROR, "reserved logout reason");
	return ACCEPT;
}

/* The answer follows when the tasks are settled: conn_logged_out(). */
static void
ffp_logout_begin(struct conn *c, uint32_t itt)
{
	c->state = CONN_LOGOUT;
	c->logout_itt = itt;
	c->logout_ms = c->home->now_ms + conn_limits(c)->ping_timeout_ms;
}

static struct verdict
ffp_logout_session(struct conn *c, uint32_t itt)
{
	struct session *s = c->session;
	struct conn *other;

	ffp_logout_begin(c, itt);
	session_enter(s);
	session_end(s);
	TAILQ_FOREACH (other, &s->conns, link) {
		if (other != c && other->member)
			conn_drop(other, "the session was logged out");
	}
	session_leave(s);
	return ACCEPT;
}

/* Closing the only connection closes the session. */
static struct verdict
ffp_logout_connection(struct conn *c, uint32_t itt, uint16_t cid)
{
	struct conn *other = session_find_cid(c->session, cid, c);

	if (cid == c->cid) {
		ffp_logout_begin(c, itt);
		session_conn_ends(c);
	} else if (other != NULL) {
		session_close_other(c, other, itt, ffp_claim_slot(c));
	} else {
		reply_send_logout(c, itt, LOGOUT_RSP_NO_CID, ffp_claim_slot(c));
	}
	return ACCEPT;
}

/* It is over, and its tasks are there to be reassigned: 11.14, reason 2. */
static uint8_t
ffp_logout_retain(struct conn *c, uint16_t cid)
{
	struct conn *other = session_find_cid(c->session, cid, c);

	if (other != NULL) {
		other->asked = true;
		conn_drop(other, "removed for recovery");
		return LOGOUT_RSP_CLOSED;
	}
	other = session_find_retained(c->session, cid);
	if (other == NULL)
		return LOGOUT_RSP_NO_CID;
	session_retain_anew(other);
	/* All of it may have come, 11.14.4. */
	session_check_left(other);
	return LOGOUT_RSP_CLOSED;
}

static struct verdict
ffp_logout_recovery(struct conn *c, uint32_t itt, uint16_t cid)
{
	uint8_t response = LOGOUT_RSP_NO_RECOVERY;

	if (c->params.error_recovery_level == 2 && cid != c->cid)
		response = ffp_logout_retain(c, cid);
	else if (conn_keeps_tasks(c))
		response = LOGOUT_RSP_CLOSED;
	reply_send_logout(c, itt, response, ffp_claim_slot(c));
	if (cid == c->cid && response == LOGOUT_RSP_CLOSED)
		conn_finish(c, "removed for recovery");
	return ACCEPT;
}

struct verdict
ffp_logout_whole(struct conn *c, struct pdu *p)
{
	uint32_t itt = get_be32(p->bhs + PDU_ITT);
	uint8_t reason = p->bhs[PDU_FLAGS] & LOGOUT_REASON_MASK;

	if (reason == LOGOUT_FOR_RECOVERY)
		return ffp_logout_recovery(
		    c, itt, get_be16(p->bhs + LOGOUT_CID));
	if (reason == LOGOUT_CLOSE_CONNECTION)
		return ffp_logout_connection(
		    c, itt, get_be16(p->bhs + LOGOUT_CID));
	return ffp_logout_session(c, itt);
}
