/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_declare.c - MaxRecvDataSegmentLength of ours, when it changes
 * while the connection lasts: Async event 4 asks the initiator for a text
 * exchange (RFC 7143 11.9.1), in which the new value is told.
 *
 * All that is agreed for a whole session stays as it is until it ends (13).
 */
#include "iscsi/conn_impl.h"
#include "iscsi/session_impl.h"

#include "common/log.h"

#define DECLARE_SECONDS 10 /* that it has to begin */

void
conn_declare_begin(struct conn *c)
{
	c->accepts = c->params.our_max_recv_data_segment;
}

void
conn_declare_changed(struct conn *c)
{
	/* In discovery nothing is negotiated: what was told at login stays. */
	if (c->state != CONN_FULL_FEATURE || session_is_discovery(c->session))
		return;
	if (conn_limits(c)->max_recv_data_segment ==
	    c->params.our_max_recv_data_segment) {
		c->declare_ms = 0;
		return;
	}
	if (c->declare_ms != 0)
		return;
	c->declare_ms = c->home->now_ms + DECLARE_SECONDS * UINT64_C(1000);
	reply_send_async(c, ASYNC_PARAMETER_NEGOTIATION, 0, 0, DECLARE_SECONDS);
}

/* A smaller value counts for what is sent after this answer was received, which
 * its acknowledgement shows; a greater one may be used at once. */
void
conn_declare_told(struct conn *c, uint32_t before)
{
	uint32_t now = c->params.our_max_recv_data_segment;

	if (now != before) {
		log_info("told again peer=%s max-recv-data-segment=%u",
		    c->peer.text, now);
		c->declare_ms = 0;
		c->declaring = true;
		c->accepts = now > c->accepts ? now : c->accepts;
	}
	if (c->declaring)
		c->declare_stat_sn = conn_next_stat_sn(c);
}

void
conn_declare_heard(struct conn *c)
{
	if (!c->declaring || serial_before(c->exp_stat_sn, c->declare_stat_sn))
		return;
	c->declaring = false;
	c->accepts = c->params.our_max_recv_data_segment;
}

uint64_t
conn_declare_deadline(const struct conn *c)
{
	if (c->declare_ms == 0 || c->state != CONN_FULL_FEATURE)
		return UINT64_MAX;
	return c->declare_ms;
}

void
conn_declare_late(struct conn *c)
{
	log_notice(
	    "does not negotiate anew when asked to peer=%s", c->peer.text);
	c->declare_ms = 0;
	conn_ask_logout(c, DECLARE_SECONDS);
}
