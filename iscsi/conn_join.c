/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_join.c - a login for a session that exists: one more connection,
 * or one in place of the connection with the same CID (RFC 7143 6.3.4).
 *
 * All connections of a session have one home.  A login that was made on another
 * one moves there when it is complete.  One that reinstates a connection waits,
 * without an answer, until all tasks of the old one are home; at error recovery
 * level 2 they are kept for it instead (session_retain.c).
 */
#include "iscsi/conn_impl.h"
#include "iscsi/session_impl.h"

#include <string.h>

static void
conn_refuse_joining(struct conn *c, uint8_t detail, const char *why)
{
	conn_refuse(c, LOGIN_INITIATOR_ERROR, detail, why);
}

static bool
conn_joins_same_target(const struct session *s, const struct login_result *r)
{
	if (r->discovery)
		return s->target_name[0] == '\0';
	return strcmp(s->target_name, r->target->target->name) == 0;
}

/* 9.2: all connections of a session are somebody's, or all are nobody's. */
static bool
conn_proved_the_same(const struct session *s, const struct login_result *r)
{
	if (s->chap_user == NULL || r->chap_user == NULL)
		return s->chap_user == r->chap_user;
	return strcmp(s->chap_user, r->chap_user) == 0;
}

/* One of the same CID makes room for it. */
static bool
session_has_room(const struct session *s, uint16_t cid)
{
	unsigned others = s->members;

	if (session_find_cid(s, cid, NULL) != NULL)
		others--;
	return others < s->params.max_connections;
}

static void
conn_join_here(struct conn *c, struct session *s)
{
	struct conn *old;

	c->cid = login_result(c->login)->cid;
	c->state = CONN_JOINING;
	session_add_conn(s, c);
	while ((old = session_find_cid(s, c->cid, c)) != NULL)
		conn_drop(old, "connection reinstated");
	old = session_find_retained(s, c->cid);
	if (old != NULL && !old->replaced)
		conn_acknowledge(old, c->old_exp_stat_sn);
	conn_join_again(c);
}

static void
conn_join_if_admitted(struct conn *c, struct session *s)
{
	uint8_t detail = session_bars(s, c);

	if (detail != 0)
		conn_refuse_joining(
		    c, detail, "a reload has closed the target to it");
	else
		conn_join_here(c, s);
}

void
conn_join_session(struct conn *c)
{
	const struct login_result *r = login_result(c->login);
	struct home *home = NULL;
	struct session *s = session_table_find(c->service->sessions, r, &home);

	if (s != NULL && home != c->home) {
		c->next_home = home;
		c->state = CONN_JOINING;
	} else if (s == NULL || s->state != SESSION_ACTIVE ||
		   !conn_joins_same_target(s, r)) {
		conn_refuse_joining(c, LOGIN_NO_SESSION, "no such session");
	} else if (!conn_proved_the_same(s, r)) {
		conn_refuse_joining(c, LOGIN_AUTHENTICATION_FAILURE,
		    "the session was proved by another CHAP user");
	} else if (s->portal_group_tag != c->portal_group->tag) {
		conn_refuse_joining(c, LOGIN_CANNOT_INCLUDE,
		    "the session is at another portal group");
	} else if (!session_has_room(s, r->cid)) {
		conn_refuse_joining(
		    c, LOGIN_TOO_MANY_CONNECTIONS, "too many connections");
	} else {
		conn_join_if_admitted(c, s);
	}
}

void
conn_moved(struct conn *c)
{
	conn_enter(c);
	c->home = c->next_home;
	c->next_home = NULL;
	if (c->service->stopping)
		conn_refuse(c, LOGIN_TARGET_ERROR, LOGIN_SERVICE_UNAVAILABLE,
		    "the target is stopping");
	else
		conn_join_session(c);
	/* What the initiator sent without waiting for the answer. */
	conn_decode(c);
	conn_leave(c);
}

void
conn_join_again(struct conn *c)
{
	if (!c->member || c->session->state != SESSION_ACTIVE ||
	    session_cid_is_busy(c))
		return;
	conn_enter(c);
	if (c->state == CONN_JOINING)
		conn_full_feature(c);
	conn_leave(c);
}
