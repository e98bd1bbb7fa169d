/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_keep.c - replies that were sent and may be asked for again, until
 * ExpStatSN acknowledges them (RFC 7143 4.2.2.2).  From error recovery level 1
 * on.
 *
 * Bounded: beyond CONN_KEPT_MAX replies the oldest is forgotten, beyond
 * CONN_KEPT_DATA_MAX bytes of Data-In the data of the oldest.  A SNACK for what
 * was forgotten is refused.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/session_impl.h"

#include <stdlib.h>
#include <string.h>

static void
kept_forget_data(struct conn *c, struct kept_reply *k)
{
	c->kept_bytes -= k->list.bytes;
	buf_list_put(c->home->pool, &k->list);
}

void
kept_reply_free(struct conn *c, struct kept_reply *k)
{
	buf_list_put(c->home->pool, &k->list);
	free(k->data);
	free(k);
}

void
conn_take_kept(struct conn *c, struct kept_reply *k)
{
	TAILQ_REMOVE(&c->kept, k, link);
	c->kept_count--;
	c->kept_bytes -= k->list.bytes;
}

void
conn_forget_one(struct conn *c, struct kept_reply *k)
{
	conn_take_kept(c, k);
	kept_reply_free(c, k);
}

static void
kept_miss(struct conn *c, uint32_t stat_sn)
{
	c->forgot = true;
	c->forgot_stat_sn = stat_sn + 1;
}

bool
conn_has_forgotten(const struct conn *c)
{
	return c->forgot && serial_before(c->exp_stat_sn, c->forgot_stat_sn);
}

static void
kept_trim(struct conn *c)
{
	struct kept_reply *k;

	if (c->kept_count > CONN_KEPT_MAX) {
		kept_miss(c, TAILQ_FIRST(&c->kept)->stat_sn);
		conn_forget_one(c, TAILQ_FIRST(&c->kept));
	}
	TAILQ_FOREACH (k, &c->kept, link) {
		if (c->kept_bytes <= CONN_KEPT_DATA_MAX)
			return;
		kept_forget_data(c, k);
	}
}

/* Data may have been cut anew when the status had been staged. */
void
kept_mark(struct kept_reply *k, const struct iscsi_task *it)
{
	put_be32(k->head + PDU_TTT, it->snack_tag);
	put_be32(k->head + RSP_EXP_DATA_SN, it->xfer.data_in_sn);
}

/* The task is about to go, and needs its buffers no more. */
static void
kept_take_data(struct kept_reply *k, struct iscsi_task *it)
{
	if (it->xfer.total == 0)
		return;
	kept_mark(k, it);
	k->list = it->task.data;
	k->total = it->xfer.total;
	k->recv_max = it->recv_max;
	memset(&it->task.data, 0, sizeof(it->task.data));
}

static struct kept_reply *
kept_new(const struct reply *r)
{
	struct kept_reply *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	memcpy(k->head, r->head, BHS_BYTES);
	k->itt = get_be32(r->head + PDU_ITT);
	if (r->data_bytes == 0)
		return k;
	k->data = malloc(r->data_bytes);
	if (k->data == NULL) {
		free(k);
		return NULL;
	}
	memcpy(k->data, r->flat, r->data_bytes);
	k->data_bytes = r->data_bytes;
	return k;
}

/* The one that r has sent anew, or a new one. */
static struct kept_reply *
kept_of(struct reply *r)
{
	struct kept_reply *k = r->kept;

	r->kept = NULL;
	return k != NULL ? k : kept_new(r);
}

static void
kept_add(struct conn *c, struct kept_reply *k, uint32_t stat_sn)
{
	k->stat_sn = stat_sn;
	put_be32(k->head + PDU_STAT_SN, stat_sn);
	TAILQ_INSERT_TAIL(&c->kept, k, link);
	c->kept_count++;
	c->kept_bytes += k->list.bytes;
	kept_trim(c);
}

void
conn_keep(struct conn *c, struct reply *r)
{
	struct kept_reply *k;

	if (r->login || r->stat_sn != REPLY_STAT_SN_TAKES ||
	    c->state != CONN_FULL_FEATURE)
		return;
	k = kept_of(r);
	/* Out of memory: it cannot be sent again, that is all. */
	if (k == NULL) {
		kept_miss(c, get_be32(r->head + PDU_STAT_SN));
		return;
	}
	if (r->task != NULL)
		kept_take_data(k, r->task);
	kept_add(c, k, get_be32(r->head + PDU_STAT_SN));
}

/* On the wire it had its number. */
void
conn_keep_unsent(struct conn *c, struct reply *r)
{
	uint32_t stat_sn = get_be32(r->head + PDU_STAT_SN);

	if (r->kept == NULL || !conn_keeps_tasks(c))
		return;
	if (!r->numbered)
		stat_sn = c->stat_sn++;
	kept_add(c, kept_of(r), stat_sn);
}

void
conn_acknowledge(struct conn *c, uint32_t exp_stat_sn)
{
	struct kept_reply *k;

	if (serial_before(c->stat_sn, exp_stat_sn))
		return;
	while ((k = TAILQ_FIRST(&c->kept)) != NULL &&
	       serial_before(k->stat_sn, exp_stat_sn))
		conn_forget_one(c, k);
}

void
conn_forget_kept(struct conn *c)
{
	struct kept_reply *k;

	while ((k = TAILQ_FIRST(&c->kept)) != NULL)
		conn_forget_one(c, k);
}

void
conn_forget_of_no_task(struct conn *c)
{
	struct kept_reply *k, *next;

	for (k = TAILQ_FIRST(&c->kept); k != NULL; k = next) {
		next = TAILQ_NEXT(k, link);
		if (bhs_opcode(k->head) != OP_SCSI_RESPONSE)
			conn_forget_one(c, k);
	}
}

struct kept_reply *
conn_find_kept(struct conn *c, uint32_t itt)
{
	struct kept_reply *k;

	/* The latest: a tag may have been used before. */
	TAILQ_FOREACH_REVERSE(k, &c->kept, kept_list, link)
	{
		if (k->itt == itt)
			return k;
	}
	return NULL;
}
