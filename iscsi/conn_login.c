/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_login.c - Login Requests until full feature phase, and a new
 * session's way into the table of sessions.
 *
 * A login that reinstates a session waits, without an answer, until the old
 * one is gone with all its tasks (RFC 7143 6.3.5).
 */
#include "iscsi/conn_impl.h"
#include "iscsi/session_impl.h"

#include <string.h>

#include "common/log.h"

#define LOGIN_QUOTED 300

static void conn_join(struct conn *c);

void
conn_login_header(struct conn *c, struct pdu *p)
{
	if (p->data_bytes > LOGIN_DATA_MAX) {
		conn_drop(c, "more than 8192 bytes of data before login");
		return;
	}
	conn_recv_flat(c, p, p->data_bytes);
}

static void
conn_log_refused(struct conn *c, const struct login_status *status)
{
	char who[LOGIN_QUOTED];

	if (status->status_class != LOGIN_REDIRECTION)
		session_table_count_login(c->service->sessions, false);
	log_notice("login refused peer=%s initiator=%s status=%02x%02x "
		   "why=\"%s\"",
	    c->peer.text, conn_who(c, who, sizeof(who)), status->status_class,
	    status->detail, status->why != NULL ? status->why : "");
}

void
conn_send_refusal(struct conn *c)
{
	reply_send_login(c, &c->answer);
	conn_finish(c, "login refused");
}

/* Who fails to prove a name more than once or twice waits for the answer. */
static void
conn_answer_refused(struct conn *c)
{
	const struct login_status *s = &c->answer.status;
	unsigned ms = 0;

	conn_log_refused(c, s);
	if (s->status_class == LOGIN_INITIATOR_ERROR &&
	    s->detail == LOGIN_AUTHENTICATION_FAILURE)
		ms = session_table_failed(
		    c->service->sessions, &c->peer.ip, c->home->now_ms);
	if (ms == 0) {
		conn_send_refusal(c);
		return;
	}
	c->state = CONN_REFUSING;
	c->refuse_ms = c->home->now_ms + ms;
}

uint64_t
conn_refusal_deadline(const struct conn *c)
{
	return c->state == CONN_REFUSING ? c->refuse_ms : UINT64_MAX;
}

void
conn_refuse(
    struct conn *c, uint8_t status_class, uint8_t detail, const char *why)
{
	struct login_answer *a = &c->answer;

	a->status.status_class = status_class;
	a->status.detail = detail;
	a->status.why = why;
	a->flags = 0;
	a->text_bytes = 0;
	conn_answer_refused(c);
}

/* The service that the session should be on by now. */
static void
conn_catch_up(struct conn *c)
{
	struct session *s = c->session;
	struct service *latest = session_table_service(s->table);

	if (latest != NULL && latest != s->service)
		session_set_service(s, latest);
	else if (c->service != s->service)
		conn_service_changed(c);
	if (latest != NULL)
		service_unref(latest);
}

/* A leading login decides for the whole session. */
static void
conn_agree_for_session(struct conn *c)
{
	struct session *s = c->session;

	s->params = c->params;
	if (s->nexus == NULL)
		return;
	s->nexus->transport_version =
	    (uint16_t)(ISCSI_VERSION_DESCRIPTOR + s->params.protocol_level);
	s->nexus->plain_functions = s->params.protocol_level < LEVEL_OF_QUERIES;
}

void
conn_full_feature(struct conn *c)
{
	const struct login_result *r = login_result(c->login);
	struct session *s = c->session;
	char who[LOGIN_QUOTED];

	c->params = r->params;
	c->cid = r->cid;
	if (r->tsih == 0)
		conn_agree_for_session(c);
	else
		params_join(&c->params, &s->params);
	c->answer.tsih = s->tsih;
	c->exp_stat_sn = c->stat_sn;
	conn_declare_begin(c);
	c->state = CONN_FULL_FEATURE;
	session_retain_replaced(c);
	reply_send_login(c, &c->answer);
	c->in.header_digest = c->params.header_digest;
	c->in.data_digest = c->params.data_digest;
	session_table_count_login(s->table, true);
	log_info("logged in peer=%s initiator=%s target=%s tsih=%u cid=%u",
	    c->peer.text, conn_who(c, who, sizeof(who)),
	    r->discovery ? "(discovery)" : s->target_name, s->tsih, c->cid);
	login_free(c->login);
	c->login = NULL;
	conn_catch_up(c);
	session_look_at_retained(s);
}

static void
conn_joined(struct conn *c)
{
	if (session_begin(c->session)) {
		conn_full_feature(c);
		return;
	}
	session_end(c->session);
	conn_refuse(
	    c, LOGIN_TARGET_ERROR, LOGIN_OUT_OF_RESOURCES, "out of memory");
}

static void
conn_waited(struct job *job)
{
	struct conn *c = container_of(job, struct conn, waiter.job);

	conn_enter(c);
	c->waiting = false;
	if (c->state == CONN_JOINING)
		conn_join(c);
	/* What the initiator sent without waiting for the answer. */
	conn_decode(c);
	conn_leave(c);
}

/* It became ready from outside of its own calls. */
void
conn_decode_soon(struct conn *c)
{
	if (c->head == c->tail || c->waiting)
		return;
	c->waiting = true;
	c->waiter.job.fn = conn_waited;
	c->home->post(c->home, &c->waiter.job);
}

static void
conn_join(struct conn *c)
{
	struct session *s = c->session;

	c->waiter.job.fn = conn_waited;
	c->waiter.home = c->home;
	c->state = CONN_JOINING;
	switch (session_table_join(
	    s->table, s, conn_limits(c)->sessions_per_initiator, &c->waiter)) {
	case SESSION_JOINED:
		conn_joined(c);
		return;
	case SESSION_JOIN_WAITS:
		c->waiting = true;
		return;
	case SESSION_JOIN_TOO_MANY:
		conn_refuse(c, LOGIN_TARGET_ERROR, LOGIN_OUT_OF_RESOURCES,
		    "too many sessions of this initiator");
		return;
	}
}

static void
conn_login_complete(struct conn *c)
{
	const struct login_result *r = login_result(c->login);

	if (r->tsih != 0) {
		conn_join_session(c);
		return;
	}
	if (session_new(c, r) == NULL) {
		conn_refuse(c, LOGIN_TARGET_ERROR, LOGIN_OUT_OF_RESOURCES,
		    "out of memory");
		return;
	}
	conn_join(c);
}

void
conn_login_whole(struct conn *c, struct pdu *p)
{
	memcpy(c->login_bhs, p->bhs, BHS_BYTES);
	if (!c->login_began)
		c->old_exp_stat_sn = get_be32(p->bhs + PDU_EXP_STAT_SN);
	c->login_began = true;
	c->login_cmd_sn = get_be32(p->bhs + PDU_CMD_SN);
	switch (login_request(
	    c->login, p->bhs, c->flat, p->data_bytes, &c->answer)) {
	case LOGIN_ANSWER:
		reply_send_login(c, &c->answer);
		return;
	case LOGIN_COMPLETE:
		conn_login_complete(c);
		return;
	case LOGIN_REFUSED:
		conn_answer_refused(c);
		return;
	case LOGIN_CLOSE:
		conn_log_refused(c, &c->answer.status);
		conn_drop(c, "not a login");
		return;
	}
}
