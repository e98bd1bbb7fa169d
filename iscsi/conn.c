/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn.c - a connection's life: opening, ending, listings, checks.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define CONN_QUOTED 300 /* bytes for an initiator's name in a log line */

/* ---- opening and freeing ---- */

struct conn *
conn_open(const struct conn_config *config)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->home = config->home;
	c->service = config->service;
	c->portal_group = config->portal_group;
	c->peer = config->peer;
	memcpy(
	    c->local_address, config->local_address, sizeof(c->local_address));
	c->shell = config->shell;
	c->shell_ctx = config->shell_ctx;
	STAILQ_INIT(&c->pending);
	STAILQ_INIT(&c->wire);
	TAILQ_INIT(&c->kept);
	/* Its pages are had when there is something to record. */
	c->recorder = calloc(1, sizeof(*c->recorder));
	params_init(&c->params);
	pdu_decoder_init(&c->in);
	c->opened_ms = c->heard_ms = c->home->now_ms;
	c->login = login_new(c->service, c->portal_group, &c->peer);
	if (c->login == NULL) {
		free(c->recorder);
		free(c);
		return NULL;
	}
	service_ref(c->service);
	return c;
}

static bool
conn_is_over(const struct conn *c)
{
	if (c->state != CONN_CLOSED || c->waiting)
		return false;
	return c->session == NULL || session_lets_go(c);
}

static void
conn_free(struct conn *c)
{
	assert(!conn_has_output(c) && c->reply_count == 0);
	if (c->session != NULL)
		session_forget_conn(c);
	login_free(c->login);
	text_exchange_free(c->text);
	free(c->flat);
	free(c->recorder);
	buf_spare_put(c->home->pool, c->read_ahead);
	service_unref(c->service);
	free(c);
}

void
conn_enter(struct conn *c)
{
	c->depth++;
}

static void
conn_left(struct conn *c)
{
	assert(c->depth > 0);
	if (--c->depth == 0 && conn_is_over(c))
		conn_free(c);
}

void
conn_leave_quietly(struct conn *c)
{
	if (c->depth == 1)
		conn_tell_window(c);
	conn_left(c);
}

void
conn_leave(struct conn *c)
{
	if (c->depth == 1)
		conn_tell_window(c);
	if (c->depth == 1 && c->state != CONN_CLOSED)
		c->shell->wake(c->shell_ctx, c);
	conn_left(c);
}

/* ---- ending ---- */

const char *
conn_who(const struct conn *c, char *buf, size_t size)
{
	const char *name = "";

	if (c->session != NULL)
		name = c->session->initiator_name;
	else if (c->login != NULL)
		name = login_initiator_name(c->login);
	return log_quote(buf, size, name, strlen(name));
}

static void
conn_log_end(const struct conn *c, const char *why)
{
	char who[CONN_QUOTED];

	log_notice("connection ends peer=%s initiator=%s why=\"%s\"",
	    c->peer.text, conn_who(c, who, sizeof(who)), why);
}

static void
conn_end_session(struct conn *c)
{
	if (c->waiting &&
	    session_table_stop_waiting(c->service->sessions, &c->waiter))
		c->waiting = false;
	if (c->session != NULL)
		session_conn_ends(c);
}

static void
conn_forget_input(struct conn *c)
{
	if (conn_keeps_tasks(c))
		conn_forget_partial(c);
	c->receiving = c->aside = NULL;
	pdu_decoder_forget_sink(&c->in);
	text_exchange_free(c->text);
	c->text = NULL;
}

void
conn_finish(struct conn *c, const char *why)
{
	if (c->state == CONN_FLUSHING || c->state == CONN_CLOSED)
		return;
	conn_enter(c);
	conn_log_end(c, why);
	c->state = CONN_FLUSHING;
	c->progress_ms = c->home->now_ms;
	conn_forget_input(c);
	conn_end_session(c);
	conn_leave(c);
}

void
conn_drop(struct conn *c, const char *why)
{
	if (c->state == CONN_CLOSED)
		return;
	conn_enter(c);
	if (c->state != CONN_FLUSHING)
		conn_log_end(c, why);
	c->state = CONN_FLUSHING;
	conn_forget_input(c);
	conn_discard_output(c);
	conn_end_session(c);
	conn_leave(c);
}

void
conn_drop_told(struct conn *c, uint8_t event, const char *why)
{
	uint16_t cid = event == ASYNC_CONNECTION_DROP ? c->cid : 0;

	if (c->state != CONN_FULL_FEATURE || conn_has_output(c) ||
	    session_is_discovery(c->session)) {
		conn_drop(c, why);
		return;
	}
	conn_enter(c);
	reply_send_drop(c, event, cid, conn_keeps_tasks(c));
	conn_finish(c, why);
	conn_leave(c);
}

void
conn_closed(struct conn *c, const char *why)
{
	conn_enter(c);
	assert(c->state != CONN_CLOSED);
	if (c->state != CONN_FLUSHING)
		conn_log_end(c, why);
	c->state = CONN_CLOSED;
	conn_forget_input(c);
	conn_discard_output(c);
	conn_end_session(c);
	conn_leave(c);
}

bool
conn_wants_close(const struct conn *c)
{
	return c->state == CONN_FLUSHING;
}

struct home *
conn_wants_home(const struct conn *c)
{
	return c->state == CONN_JOINING ? c->next_home : NULL;
}

void
conn_logged_out(struct conn *c)
{
	if (c->state != CONN_LOGOUT)
		return;
	reply_send_logout(
	    c, c->logout_itt, LOGOUT_RSP_CLOSED, ffp_claim_slot(c));
	conn_finish(c, "logout");
}

void
conn_ask_logout(struct conn *c, unsigned seconds)
{
	if (c->state < CONN_FULL_FEATURE) {
		conn_drop(c, "shutting down");
		return;
	}
	if (c->state != CONN_FULL_FEATURE || c->logout_ms != 0)
		return;
	/* 7.4.3: it is told by its end. */
	if (session_is_discovery(c->session)) {
		conn_drop(c, "a discovery session has to end");
		return;
	}
	conn_enter(c);
	c->logout_ms = c->home->now_ms + seconds * UINT64_C(1000);
	if (seconds > UINT16_MAX)
		seconds = UINT16_MAX;
	reply_send_async(c, ASYNC_LOGOUT_REQUEST, 0, 0, (uint16_t)seconds);
	conn_leave(c);
}

void
conn_service_changed(struct conn *c)
{
	struct service *service = c->session->service;
	uint32_t before = conn_limits(c)->max_recv_data_segment;

	service_ref(service);
	service_unref(c->service);
	c->service = service;
	c->portal_group =
	    service_find_tag(service, c->session->portal_group_tag);
	/* It borrowed from the service that may go now. */
	text_exchange_free(c->text);
	c->text = NULL;
	if (conn_limits(c)->max_recv_data_segment != before)
		conn_declare_changed(c);
}

/* ---- listings ---- */

unsigned
conn_recording(const struct conn *c, struct recorded_pdu out[RECORDER_PDUS])
{
	return recorder_copy(c->recorder, out);
}

bool
conn_is_faulty(const struct conn *c)
{
	return c->faulty;
}

const struct iscsi_limits *
conn_limits(const struct conn *c)
{
	return &c->service->limits;
}

void
conn_info(const struct conn *c, struct conn_info *out)
{
	const struct session *s = c->session;

	memset(out, 0, sizeof(*out));
	out->initiator_name = s != NULL ? s->initiator_name
			      : c->login != NULL
				  ? login_initiator_name(c->login)
				  : "";
	out->target_name = s != NULL ? s->target_name : "";
	out->peer = c->peer.text;
	out->local = c->local_address;
	out->cid = c->cid;
	out->full_feature = c->state == CONN_FULL_FEATURE;
	if (s == NULL)
		return;
	out->tsih = s->tsih;
	out->discovery = session_is_discovery(s);
	out->tasks = c->task_count;
	out->leading = TAILQ_FIRST(&s->conns) == c;
	out->nexus = s->nexus;
}
