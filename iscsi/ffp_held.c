/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_held.c - numbered PDUs that came before their turn (RFC 7143
 * 4.2.2.1): kept in order until the gap closes.
 *
 * There are never more than the window admits, nor more bytes of data than
 * SESSION_HELD_MAX.  The unsolicited Data-Outs of a write wait with it.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"

#include <stdlib.h>
#include <string.h>

static void
held_charge(struct session *s, struct held_pdu *h, uint32_t bytes)
{
	h->held_bytes += bytes;
	s->held_bytes += bytes;
}

static void
held_uncharge(struct session *s, struct held_pdu *h)
{
	s->held_bytes -= h->held_bytes;
	h->held_bytes = 0;
}

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
	STAILQ_INIT(&h->data_outs);
	h->conn = c;
	h->cmd_sn = get_be32(p->bhs + PDU_CMD_SN);
	h->ahs = pdu_check_ahs(p);
	memcpy(h->bhs, p->bhs, BHS_BYTES);
	h->data = c->flat;
	h->data_bytes = p->data_bytes;
	c->flat = NULL;
	held_charge(s, h, h->data_bytes);
	held_insert(s, h);
	return true;
}

/* ---- Data-Outs ---- */

static struct held_pdu *
held_find_command(const struct conn *c, const uint8_t *bhs)
{
	struct held_pdu *h = held_find_itt(c->session, get_be32(bhs + PDU_ITT));

	if (h == NULL || h->conn != c || h->lost_data ||
	    bhs_opcode(h->bhs) != OP_SCSI_COMMAND)
		return NULL;
	return h;
}

bool
held_is_data(const struct conn *c, const uint8_t *bhs)
{
	return bhs_opcode(bhs) == OP_DATA_OUT &&
	       get_be32(bhs + PDU_TTT) == TAG_NONE &&
	       held_find_command(c, bhs) != NULL;
}

static void
held_free_data(struct held_pdu *h)
{
	struct held_data *d;

	while ((d = STAILQ_FIRST(&h->data_outs)) != NULL) {
		STAILQ_REMOVE_HEAD(&h->data_outs, link);
		h->lost_last |= (d->bhs[PDU_FLAGS] & PDU_FINAL) != 0;
		free(d->data);
		free(d);
	}
}

/* There is no room for all of it. */
static void
held_lose_data(struct session *s, struct held_pdu *h, const struct pdu *p)
{
	h->lost_data = true;
	h->lost_last = (p->bhs[PDU_FLAGS] & PDU_FINAL) != 0;
	held_free_data(h);
	held_uncharge(s, h);
	held_charge(s, h, h->data_bytes);
}

bool
held_add_data(struct conn *c, const struct pdu *p)
{
	struct session *s = c->session;
	struct held_pdu *h = held_find_command(c, p->bhs);
	uint32_t bytes = p->data_bytes + (uint32_t)sizeof(struct held_data);
	struct held_data *d = NULL;

	if (h == NULL)
		return false;
	if (bytes <= SESSION_HELD_MAX - s->held_bytes)
		d = calloc(1, sizeof(*d));
	if (d == NULL) {
		held_lose_data(s, h, p);
		return true;
	}
	memcpy(d->bhs, p->bhs, BHS_BYTES);
	d->data = c->flat;
	d->data_bytes = p->data_bytes;
	d->digest_ok = p->data_digest_ok;
	c->flat = NULL;
	held_charge(s, h, bytes);
	STAILQ_INSERT_TAIL(&h->data_outs, d, link);
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
	STAILQ_INIT(&h->data_outs);
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
	held_uncharge(s, h);
	held_free_data(h);
	h->data_bytes = 0;
	free(h->data);
	h->data = NULL;
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
		held_uncharge(s, h);
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
	held_uncharge(s, h);
	return h;
}

void
held_free(struct held_pdu *h)
{
	held_free_data(h);
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
