/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_held.c - numbered PDUs that came before their turn (RFC 7143
 * 4.2.2.1): kept in order until the gap closes.
 *
 * There are never more than the window admits, nor more bytes of data than
 * SESSION_HELD_MAX.
 */
#include "iscsi/conn_impl.h"

#include <stdlib.h>
#include <string.h>

static void
held_insert(struct session *s, struct held_pdu *h)
{
	struct held_pdu *before = TAILQ_LAST(&s->held, held_list);

	while (before != NULL && serial_before(h->cmd_sn, before->cmd_sn))
		before = TAILQ_PREV(before, held_list, link);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&s->held, h, link);
	else
		TAILQ_INSERT_AFTER(&s->held, before, h, link);
}

bool
held_add(struct conn *c, const struct pdu *p)
{
	struct session *s = c->session;
	struct held_pdu *h;

	if (p->data_bytes > SESSION_HELD_MAX - s->held_bytes)
		return false;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return false;
	h->conn = c;
	h->cmd_sn = get_be32(p->bhs + PDU_CMD_SN);
	h->extended_cdb = pdu_check_ahs(p) == PDU_AHS_EXTENDED_CDB;
	memcpy(h->bhs, p->bhs, BHS_BYTES);
	h->data = c->flat;
	h->data_bytes = p->data_bytes;
	c->flat = NULL;
	s->held_bytes += h->data_bytes;
	held_insert(s, h);
	return true;
}

void
held_skip(struct conn *c, uint32_t cmd_sn)
{
	struct held_pdu *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		conn_drop(c, "out of memory");
		return;
	}
	h->cmd_sn = cmd_sn;
	h->skip = true;
	held_insert(c->session, h);
}

struct held_pdu *
held_find_cmd_sn(struct session *s, uint32_t cmd_sn)
{
	struct held_pdu *h;

	TAILQ_FOREACH (h, &s->held, link) {
		if (h->cmd_sn == cmd_sn)
			return h;
	}
	return NULL;
}

struct held_pdu *
held_find_itt(struct session *s, uint32_t itt)
{
	struct held_pdu *h;

	TAILQ_FOREACH (h, &s->held, link) {
		if (!h->skip && get_be32(h->bhs + PDU_ITT) == itt)
			return h;
	}
	return NULL;
}

void
held_cancel(struct session *s, struct held_pdu *h)
{
	h->skip = true;
	h->conn = NULL;
	s->held_bytes -= h->data_bytes;
	h->data_bytes = 0;
	free(h->data);
	h->data = NULL;
}

void
held_cancel_conn(struct session *s, const struct conn *c)
{
	struct held_pdu *h;

	TAILQ_FOREACH (h, &s->held, link) {
		if (h->conn == c)
			held_cancel(s, h);
	}
}

void
held_forget_conn(struct session *s, const struct conn *c)
{
	struct held_pdu *h, *next;

	for (h = TAILQ_FIRST(&s->held); h != NULL; h = next) {
		next = TAILQ_NEXT(h, link);
		if (h->conn != c)
			continue;
		TAILQ_REMOVE(&s->held, h, link);
		s->held_bytes -= h->data_bytes;
		held_free(h);
	}
}

struct held_pdu *
held_next(struct session *s)
{
	struct held_pdu *h = TAILQ_FIRST(&s->held);

	if (h == NULL || h->cmd_sn != s->window.exp_cmd_sn)
		return NULL;
	TAILQ_REMOVE(&s->held, h, link);
	s->held_bytes -= h->data_bytes;
	return h;
}

void
held_free(struct held_pdu *h)
{
	free(h->data);
	free(h);
}

void
held_free_all(struct session *s)
{
	struct held_pdu *h;

	while ((h = TAILQ_FIRST(&s->held)) != NULL) {
		TAILQ_REMOVE(&s->held, h, link);
		held_free(h);
	}
	s->held_bytes = 0;
}
