/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_clock.c - deadlines: login, dead peers, unread output, logout,
 * aborts, idle memory.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#define CONN_NEVER UINT64_MAX

static bool
conn_in_login(const struct conn *c)
{
	return c->state == CONN_LOGIN || c->state == CONN_JOINING;
}

static uint64_t
conn_login_deadline(const struct conn *c)
{
	if (!conn_in_login(c))
		return CONN_NEVER;
	return c->opened_ms + conn_limits(c)->login_timeout_ms;
}

static uint64_t
conn_stall_deadline(const struct conn *c)
{
	if (!conn_has_output(c))
		return CONN_NEVER;
	return c->progress_ms + conn_limits(c)->output_stall_ms;
}

/* A peer whose bytes we do not take, or that does not take ours, cannot be
 * blamed for silence: the output's own deadline watches over it. */
static uint64_t
conn_ping_deadline(const struct conn *c)
{
	const struct iscsi_limits *limits = conn_limits(c);

	if (c->state != CONN_FULL_FEATURE || !conn_is_reading(c) ||
	    conn_has_output(c))
		return CONN_NEVER;
	/* It may have waited behind other output. */
	if (c->pinged_ms != 0)
		return max_u64(c->pinged_ms, c->progress_ms) +
		       limits->ping_timeout_ms;
	if (limits->ping_idle_ms == 0)
		return CONN_NEVER;
	return c->heard_ms + limits->ping_idle_ms +
	       (session_is_discovery(c->session) ? limits->ping_timeout_ms : 0);
}

/* How long a logout may take before it is answered with a failure. */
static uint64_t
conn_logout_deadline(const struct conn *c)
{
	if (c->logout_ms == 0 ||
	    (c->state != CONN_LOGOUT && c->state != CONN_FULL_FEATURE))
		return CONN_NEVER;
	return c->logout_ms;
}

static uint64_t
conn_tmf_deadline(const struct conn *c)
{
	return c->session == NULL ? CONN_NEVER : ffp_tmf_deadline(c->session);
}

/* ---- what happens then ---- */

static void
conn_login_late(struct conn *c)
{
	conn_drop(c, "login takes too long");
}

static void
conn_stalled(struct conn *c)
{
	conn_drop(c, "the peer does not read");
}

void
conn_send_ping(struct conn *c)
{
	if (++c->ping_ttt == TAG_NONE)
		c->ping_ttt = 0;
	c->pinged_ms = c->home->now_ms;
	reply_send_ping(c, c->ping_ttt);
}

/* 7.4.3: a discovery session hears no NOP-In. */
static void
conn_ping(struct conn *c)
{
	if (c->pinged_ms != 0)
		conn_drop(c, "the peer does not answer");
	else if (session_is_discovery(c->session))
		conn_drop(c, "the peer has no more questions");
	else
		conn_send_ping(c);
}

static void
conn_logout_late(struct conn *c)
{
	if (c->state == CONN_FULL_FEATURE) {
		conn_drop_told(
		    c, ASYNC_CONNECTION_DROP, "did not log out when asked to");
		return;
	}
	c->logout_ms = 0;
	reply_send_logout(c, c->logout_itt, LOGOUT_RSP_CLEANUP_FAILED, false);
	conn_finish(c, "logout with tasks that do not end");
}

static void
conn_tmf_late(struct conn *c)
{
	ffp_tmf_tick(c->session, c->home->now_ms);
}

static const struct {
	uint64_t (*deadline)(const struct conn *c);
	void (*passed)(struct conn *c);
} conn_clocks[] = {
	{ conn_login_deadline, conn_login_late },
	{ conn_refusal_deadline, conn_send_refusal },
	{ conn_stall_deadline, conn_stalled },
	{ conn_ping_deadline, conn_ping },
	{ conn_logout_deadline, conn_logout_late },
	{ session_closer_deadline, session_closer_late },
	{ conn_tmf_deadline, conn_tmf_late },
	{ conn_declare_deadline, conn_declare_late },
};

uint64_t
conn_deadline(const struct conn *c)
{
	uint64_t first = CONN_NEVER;
	size_t i;

	if (c->state == CONN_CLOSED)
		return CONN_NEVER;
	for (i = 0; i < ARRAY_LEN(conn_clocks); i++)
		first = min_u64(first, conn_clocks[i].deadline(c));
	return first;
}

void
conn_tick(struct conn *c)
{
	size_t i;

	if (c->state == CONN_CLOSED)
		return;
	conn_enter(c);
	for (i = 0; i < ARRAY_LEN(conn_clocks); i++) {
		if (conn_clocks[i].deadline(c) <= c->home->now_ms)
			conn_clocks[i].passed(c);
	}
	conn_leave(c);
}
