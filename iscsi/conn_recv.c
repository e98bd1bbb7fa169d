/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_recv.c - bytes in: where they go, and what the decoder makes of
 * them.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * Behind a payload of so many bytes comes one that is as long, as a rule: of
 * that only the header is read into the read-ahead buffer, as what comes with
 * it has to be copied to its place.
 */
#define CONN_BULK (64u << 10)
#define CONN_PEEK 512

bool
conn_is_reading(const struct conn *c)
{
	if (c->state != CONN_LOGIN && c->state != CONN_FULL_FEATURE)
		return false;
	/* A fence goes down by what is read. */
	if (c->data_bytes >= CONN_DATA_MAX &&
	    (c->session == NULL || c->session->fence == FENCE_DOWN))
		return false;
	return c->reply_count < CONN_REPLIES_MAX && !c->waiting &&
	       c->heap_bytes < CONN_HEAP_MAX;
}

int
conn_recv_iov(struct conn *c, struct iovec *iov, int max)
{
	int i, n;

	if (!conn_is_reading(c))
		return 0;
	if (c->read_ahead == NULL)
		c->read_ahead = buf_spare_get(c->home->pool);
	if (c->read_ahead == NULL)
		return 0;
	assert(c->head == c->tail);
	c->head = c->tail = 0;
	n = pdu_decoder_iov(&c->in, iov, max - 1);
	for (c->offered = 0, i = 0; i < n; i++)
		c->offered += (uint32_t)iov[i].iov_len;
	iov[n].iov_base = c->read_ahead;
	iov[n].iov_len = c->offered < CONN_BULK ? BUF_SPARE : CONN_PEEK;
	return n + 1;
}

/* Nothing waits in the read-ahead buffer: others may have it. */
static void
conn_recv_trim(struct conn *c)
{
	if (c->head != c->tail)
		return;
	buf_spare_put(c->home->pool, c->read_ahead);
	c->read_ahead = NULL;
}

bool
conn_recv_flat(struct conn *c, struct pdu *p, uint32_t n)
{
	struct pdu_sink *sink = &p->sink;

	if (n == 0)
		return true;
	assert(c->flat == NULL);
	c->flat = malloc(n);
	if (c->flat == NULL) {
		conn_drop(c, "out of memory");
		return false;
	}
	sink->flat = c->flat;
	sink->bytes = n;
	return true;
}

/* While one command is executed the store gets ready for the next. */
static void
conn_hint(const struct conn *c)
{
	if (c->state == CONN_FULL_FEATURE && c->tail - c->head >= BHS_BYTES)
		ffp_cmd_hint(c, c->read_ahead + c->head);
}

static void
conn_event(struct conn *c, enum pdu_event event)
{
	struct pdu *p = &c->in.pdu;

	switch (event) {
	case PDU_MORE:
		return;
	case PDU_HEADER_DIGEST_ERROR:
		c->faulty = true;
		conn_drop(c, "header digest error");
		return;
	case PDU_HEADER:
		recorder_add(
		    c->recorder, c->home->now_ms, false, p->bhs, p->data_bytes);
		if (c->state == CONN_LOGIN)
			conn_login_header(c, p);
		else
			ffp_header(c, p);
		return;
	case PDU_WHOLE:
		conn_hint(c);
		if (c->state == CONN_LOGIN)
			conn_login_whole(c, p);
		else
			ffp_whole(c, p);
		free(c->flat);
		c->flat = NULL;
		return;
	}
}

void
conn_decode(struct conn *c)
{
	enum pdu_event event = PDU_HEADER;
	const uint8_t *bytes;

	while (event != PDU_MORE && conn_is_reading(c)) {
		/* Without a buffer there may still be a PDU to conclude. */
		bytes = c->read_ahead == NULL ? NULL : c->read_ahead + c->head;
		c->head += (uint32_t)pdu_decode(
		    &c->in, bytes, c->tail - c->head, &event);
		conn_event(c, event);
	}
	conn_recv_trim(c);
}

void
conn_received_nothing(struct conn *c)
{
	c->offered = 0;
	conn_recv_trim(c);
}

void
conn_received(struct conn *c, size_t bytes)
{
	size_t direct = bytes < c->offered ? bytes : c->offered;

	if (bytes == 0 || c->state == CONN_CLOSED)
		return;
	conn_enter(c);
	c->heard_ms = c->home->now_ms;
	c->pinged_ms = 0;
	if (direct > 0)
		pdu_decoder_took(&c->in, direct);
	c->offered = 0;
	c->tail += (uint32_t)(bytes - direct);
	assert(c->tail <= BUF_SPARE);
	conn_decode(c);
	conn_leave_quietly(c);
}
