/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_receive.c - responses.
 */
#include "tests/bench/load.h"

/* ------------------------------------------------------------------------ */
/* Receiving                                                                */

static struct slot *
find_slot(struct conn *c, const uint8_t *bhs)
{
	uint32_t itt = get32(bhs + 16), i = itt & ((1u << SLOT_BITS) - 1);
	if (i < opt.qd && c->slots[i].busy && c->slots[i].itt == itt)
		return &c->slots[i];
	complain(c, &errors_protocol,
	    "opcode 0x%02x with a task tag 0x%08x that is not outstanding",
	    bhs[0] & OP_MASK, itt);
	return NULL;
}

static void
check_stat_sn(struct conn *c, const uint8_t *bhs)
{
	uint32_t sn = get32(bhs + 24);
	if (sn != c->exp_stat_sn && opt.mode != MODE_RAW)
		complain(c, &errors_protocol, "StatSN %u where %u was due", sn,
		    c->exp_stat_sn);
	c->exp_stat_sn = sn + 1;
}

static void
complete(struct conn *c, struct slot *s, const uint8_t *bhs, uint64_t now,
    const uint8_t *sense, uint32_t sense_len)
{
	struct worker *w = c->worker;
	unsigned status = bhs[3], flags = bhs[1];
	uint32_t residual = get32(bhs + 44),
		 moved = s->write ? s->sent : s->received;
	bool good = false;

	if ((bhs[0] & OP_MASK) == OP_SCSI_RSP && bhs[2] != 0) {
		complain(c, &errors_io, "iSCSI response code 0x%02x", bhs[2]);
	} else if (status != SCSI_GOOD) {
		/* sense: 2 bytes of length, then fixed or descriptor format */
		unsigned key = 0, asc = 0, ascq = 0;
		if (sense_len >= 16 && (sense[2] & 0x7e) == 0x70) {
			key = sense[4] & 15;
			asc = sense[14];
			ascq = sense[15];
		} else if (sense_len >= 6) {
			key = sense[3] & 15;
			asc = sense[4];
			ascq = sense[5];
		}
		complain(c, &errors_io,
		    "%s of unit %" PRIu64
		    ": SCSI status 0x%02x, sense %x/%02x/%02x",
		    s->write ? "WRITE" : "READ", s->index, status, key, asc,
		    ascq);
	} else if (((flags & (F_RSP_OVERFLOW | F_RSP_UNDERFLOW)) && residual) ||
		   moved != opt.block_size) {
		complain(c, &errors_io,
		    "%s of unit %" PRIu64
		    ": %u of %u bytes, residual flags 0x%x count %u",
		    s->write ? "WRITE" : "READ", s->index, moved,
		    opt.block_size, flags & (F_RSP_OVERFLOW | F_RSP_UNDERFLOW),
		    residual);
	} else {
		good = true;
	}

	if (opt.verify) {
		c->unit_busy[s->index - c->first] = 0;
		if (good && s->write)
			c->stamps[s->index - c->first] = s->stamp;
		else if (good)
			check_unit(c, s);
		else if (s->write)
			c->stamps[s->index - c->first] =
			    0; /* either may be there */
	}
	if (good && w->seen == PHASE_MEASURE) {
		hist_add(&w->stats.latency, now - s->submitted);
		w->stats.bytes += opt.block_size;
		if (s->write)
			w->stats.writes++;
		else
			w->stats.reads++;
	}
	s->busy = false;
	c->free_slots[c->nfree++] = (uint32_t)(s - c->slots);
}

static void
on_data_in(struct conn *c, const uint8_t *bhs, uint32_t len,
    const uint8_t *data, uint64_t now)
{
	struct slot *s = find_slot(c, bhs);
	uint32_t off = get32(bhs + 40), sn = get32(bhs + 36);

	if (s && s->write) {
		complain(c, &errors_protocol, "Data-In for a WRITE");
	} else if (s) {
		if (off != s->received || len > opt.block_size - s->received)
			complain(c, &errors_protocol,
			    "Data-In of %u bytes at offset %u where %u was due",
			    len, off, s->received);
		else if (opt.verify)
			memcpy(s->buf + off, data, len);
		if (sn != s->data_sn && opt.mode != MODE_RAW)
			complain(c, &errors_protocol,
			    "DataSN %u where %u was due", sn, s->data_sn);
		s->data_sn = sn + 1;
		s->received += len;
	}
	if (bhs[1] & F_DATAIN_STATUS) {
		check_stat_sn(c, bhs);
		if (s)
			complete(c, s, bhs, now, NULL, 0);
	}
}

static void
on_r2t(struct conn *c, const uint8_t *bhs)
{
	struct slot *s = find_slot(c, bhs);
	uint32_t sn = get32(bhs + 36), off = get32(bhs + 40),
		 len = get32(bhs + 44);

	if (!s)
		return;
	if (!s->write || len == 0 || len > c->max_burst || off != s->sent ||
	    len > opt.block_size - off) {
		complain(c, &errors_protocol,
		    "R2T for %u bytes at offset %u of a %s that has sent %u of "
		    "%u",
		    len, off, s->write ? "WRITE" : "READ", s->sent,
		    opt.block_size);
		return;
	}
	if (sn != s->r2t_sn)
		complain(c, &errors_protocol, "R2TSN %u where %u was due", sn,
		    s->r2t_sn);
	s->r2t_sn = sn + 1;
	queue_burst(c, s, off, off + len, get32(bhs + 20));
}

/* data is NULL where the payload was not kept (it is then being dropped). */
static void
on_pdu(struct conn *c, const uint8_t *bhs, uint32_t len, const uint8_t *data,
    uint64_t now)
{
	struct slot *s;

	note_sequence(c, bhs);
	switch (bhs[0] & OP_MASK) {
	case OP_DATA_IN:
		on_data_in(c, bhs, len, data, now);
		break;
	case OP_SCSI_RSP:
		check_stat_sn(c, bhs);
		if ((s = find_slot(c, bhs)))
			complete(c, s, bhs, now, data, len);
		break;
	case OP_R2T:
		on_r2t(c, bhs);
		break;
	case OP_NOP_IN:
		c->worker->stats.nops++;
		if (get32(bhs + 16) != TAG_NONE)
			check_stat_sn(c, bhs);
		note_ping(c, bhs);
		break;
	case OP_REJECT:
		c->exp_stat_sn = get32(bhs + 24) + 1;
		complain(c, &errors_protocol, "Reject, reason 0x%02x", bhs[2]);
		break;
	case OP_ASYNC:
		c->exp_stat_sn = get32(bhs + 24) + 1;
		complain(c, &errors_protocol, "asynchronous message, event %u",
		    bhs[36]);
		break;
	default:
		conn_fail(c, "a PDU with an opcode that makes no sense here");
	}
}

/* The dropping of a payload has got n bytes further. A PDU counts only once its
 * last byte is here, so that no command completes early. */
static void
dropped(struct conn *c, uint32_t n, uint64_t now)
{
	c->discard -= n;
	if (c->discard == 0 && c->holding) {
		c->holding = false;
		on_pdu(c, c->held, get24(c->held + 5), NULL, now);
	}
}

/* Takes the PDUs in the buffer; what is left is moved to its start. */
static void
parse(struct conn *c, uint64_t now)
{
	const uint8_t *p = c->in, *end = c->in + c->in_len;
	bool keep = opt.verify || c->data_digest;

	while (!c->dead) {
		if (c->discard) {
			uint32_t n = min32(c->discard, (uint32_t)(end - p));
			p += n;
			dropped(c, n, now);
			if (p == end)
				break;
		}
		if (end - p < BHS_LEN)
			break;
		size_t ahs_end = BHS_LEN + p[4] * 4u;
		size_t hlen = ahs_end + (c->header_digest ? 4 : 0);
		uint32_t len = get24(p + 5), body = pad4(len);
		if (len && c->data_digest)
			body += 4;
		if ((size_t)(end - p) < hlen)
			break;
		if (c->header_digest && !crc_ok(p, ahs_end, p + ahs_end)) {
			conn_fail(c, "header digest error");
			break;
		}
		if (len > opt.max_recv && opt.mode != MODE_RAW) {
			conn_fail(c, "a data segment longer than our "
				     "MaxRecvDataSegmentLength");
			break;
		}
		const uint8_t *data = p + hlen;
		if ((size_t)(end - data) >= body) { /* all here */
			if (len && c->data_digest &&
			    !crc_ok(data, pad4(len), data + pad4(len)))
				complain(
				    c, &errors_protocol, "data digest error");
			on_pdu(c, p, len, data, now);
			p = data + body;
		} else if ((p[0] & OP_MASK) == OP_DATA_IN && !keep) {
			memcpy(c->held, p, BHS_LEN);
			c->holding = true;
			c->discard = body;
			p = data;
		} else {
			break;
		}
	}
	c->in_len = (size_t)(end - p);
	if (c->in_len && p != c->in)
		memmove(c->in, p, c->in_len);
}

/* One recv(); true if there may be more to read. */
bool
receive(struct conn *c, int flags)
{
	ssize_t n;
	size_t want;

	c->worker->stats.recvs++;
	if (c->discard >= DISCARD_MIN) { /* drop it in the kernel */
		want = c->discard;
		n = recv(c->fd, c->in, want, flags | MSG_TRUNC);
		if (n > 0)
			dropped(c, (uint32_t)n, now_ns());
	} else {
		want = c->in_cap - c->in_len;
		n = recv(c->fd, c->in + c->in_len, want, flags);
		if (n > 0) {
			c->in_len += (size_t)n;
			parse(c, now_ns());
		}
	}
	if (n > 0)
		return !c->dead && (size_t)n == want;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		c->worker->stats.recvs_empty++;
	else
		conn_fail(c, n ? strerror(errno) : "closed by the target");
	return false;
}
