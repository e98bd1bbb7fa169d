/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_send.c - commands and Data-Out.
 */
#include "tests/bench/load.h"

/* ------------------------------------------------------------------------ */
/* Sending                                                                  */

static inline uint8_t *
batch_header(struct batch *b)
{
	uint8_t *h = b->header[b->pdus];
	memset(h, 0, BHS_LEN);
	return h;
}

/* Closes the PDU whose header batch_header() gave: digests and payload. */
static void
batch_commit(struct conn *c, const uint8_t *payload, uint32_t len)
{
	struct batch *b = c->out;
	uint8_t *h = b->header[b->pdus];
	size_t hlen = BHS_LEN;

	put24(h + 5, len);
	if (c->header_digest) {
		crc_put(h + BHS_LEN, h, BHS_LEN);
		hlen += 4;
	}
	b->iov[b->iovs++] = (struct iovec){ h, hlen };
	if (len) {
		b->iov[b->iovs++] = (struct iovec){ (void *)payload, len };
		if (c->data_digest) {
			crc_put(b->digest[b->pdus], payload, len);
			b->iov[b->iovs++] =
			    (struct iovec){ b->digest[b->pdus], 4 };
		}
	}
	b->pdus++;
}

static const uint8_t *
slot_payload(const struct slot *s)
{
	return opt.verify ? s->buf : write_payload;
}

void
queue_burst(
    struct conn *c, struct slot *s, uint32_t off, uint32_t end, uint32_t ttt)
{
	s->burst_off = off;
	s->burst_end = end;
	s->burst_ttt = ttt;
	s->burst_data_sn = 0;
	s->next = NULL;
	*c->bursts_tail = s;
	c->bursts_tail = &s->next;
	s->sent = end;
}

/* One Data-Out PDU of the first burst waiting. */
static void
emit_data_out(struct conn *c)
{
	struct slot *s = c->bursts;
	uint32_t len =
	    min32(s->burst_end - s->burst_off, c->target_max_recv & ~3u);
	uint8_t *h = batch_header(c->out);

	h[0] = OP_DATA_OUT;
	if (s->burst_off + len == s->burst_end)
		h[1] = F_FINAL;
	put_lun(h + 8, c->lun);
	put32(h + 16, s->itt);
	put32(h + 20, s->burst_ttt);
	put32(h + 28, c->exp_stat_sn);
	put32(h + 36, s->burst_data_sn++);
	put32(h + 40, s->burst_off);
	batch_commit(c, slot_payload(s) + s->burst_off, len);
	s->burst_off += len;
	if (s->burst_off == s->burst_end) {
		c->bursts = s->next;
		if (!c->bursts)
			c->bursts_tail = &c->bursts;
	}
}

static void
emit_nop_reply(struct conn *c)
{
	uint8_t *h = batch_header(c->out);
	h[0] = OP_NOP_OUT | OP_IMMEDIATE;
	h[1] = F_FINAL;
	memcpy(h + 8, c->nop_lun, 8);
	put32(h + 16, TAG_NONE);
	put32(h + 20, c->nop_ttt);
	put32(h + 24, c->cmd_sn);
	put32(h + 28, c->exp_stat_sn);
	batch_commit(c, NULL, 0);
	c->nop_ttt = TAG_NONE;
}

/* Which unit next. With --verify never one that is in use, so that each read
 * has exactly one right answer. */
static uint64_t
choose_unit(struct conn *c)
{
	uint64_t u;
	if (opt.sequential) {
		u = c->next_seq;
		c->next_seq = u + 1 < c->units ? u + 1 : 0;
	} else {
		u = rng_below(&c->rng, c->units);
	}
	if (opt.verify) {
		while (c->unit_busy[u])
			u = u + 1 < c->units ? u + 1 : 0;
		c->unit_busy[u] = 1;
	}
	return c->first + u;
}

static void
emit_command(struct conn *c, uint64_t now)
{
	struct slot *s = &c->slots[c->free_slots[--c->nfree]];
	uint32_t bs = opt.block_size, immediate = 0, unsolicited = 0;
	uint8_t *h = batch_header(c->out);

	s->busy = true;
	s->itt += 1u << SLOT_BITS;
	if (s->itt >= 0xf0000000u) /* stay clear of TAG_NONE */
		s->itt &= (1u << SLOT_BITS) - 1;
	s->write =
	    opt.read_pct == 0 ||
	    (opt.read_pct < 100 && rng_below(&c->rng, 100) >= opt.read_pct);
	s->index = choose_unit(c);
	s->submitted = now;
	s->received = s->data_sn = s->r2t_sn = s->sent = 0;

	h[0] = OP_SCSI_CMD;
	put_lun(h + 8, c->lun);
	put32(h + 16, s->itt);
	put32(h + 20, bs);
	put32(h + 24, c->cmd_sn++);
	put32(h + 28, c->exp_stat_sn);
	h[32] = s->write ? SCSI_WRITE_16 : SCSI_READ_16;
	put64(h + 34, s->index * (bs / c->lba_size));
	put32(h + 42, bs / c->lba_size);
	if (s->write) {
		if (opt.verify) {
			s->stamp = c->stamps[s->index - c->first] + 1;
			stamp_unit(c, s);
		}
		uint32_t first = min32(bs, c->first_burst);
		if (c->immediate_data)
			immediate = min32(first, c->target_max_recv & ~3u);
		if (!c->initial_r2t)
			unsolicited = first - immediate;
		h[1] = (uint8_t)(F_CMD_WRITE | F_CMD_SIMPLE |
				 (unsolicited ? 0 : F_FINAL));
		batch_commit(c, slot_payload(s), immediate);
		s->sent = immediate;
		if (unsolicited)
			queue_burst(c, s, immediate, first, TAG_NONE);
	} else {
		h[1] = F_CMD_READ | F_CMD_SIMPLE | F_FINAL;
		batch_commit(c, NULL, 0);
	}
	c->issued++;
}

void
conn_fail(struct conn *c, const char *what)
{
	if (c->dead)
		return;
	complain(c, &errors_conn, "%s", what);
	c->dead = true;
	if (c->worker) {
		if (c->worker->epfd >= 0)
			epoll_ctl(c->worker->epfd, EPOLL_CTL_DEL, c->fd, NULL);
		c->worker->alive--;
	}
	close(c->fd);
	c->fd = -1;
}

static void
set_want_out(struct conn *c, bool want)
{
	if (c->want_out == want)
		return;
	c->want_out = want;
	if (c->worker->epfd >= 0) {
		struct epoll_event ev = { .events =
					      EPOLLIN | (want ? EPOLLOUT : 0u),
			.data.ptr = c };
		epoll_ctl(c->worker->epfd, EPOLL_CTL_MOD, c->fd, &ev);
	}
}

/* Sends the batch; true once it is all gone. */
static bool
flush(struct conn *c)
{
	struct batch *b = c->out;
	while (b->next < b->iovs) {
		struct msghdr m = { .msg_iov = b->iov + b->next,
			.msg_iovlen = b->iovs - b->next };
		ssize_t n = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		c->worker->stats.sends++;
		if (n < 0) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN) {
				set_want_out(c, true);
				return false;
			}
			conn_fail(c, strerror(errno));
			return false;
		}
		size_t left = (size_t)n;
		while (b->next < b->iovs && left >= b->iov[b->next].iov_len)
			left -= b->iov[b->next++].iov_len;
		if (b->next < b->iovs) {
			b->iov[b->next].iov_base =
			    (char *)b->iov[b->next].iov_base + left;
			b->iov[b->next].iov_len -= left;
		}
	}
	b->pdus = b->iovs = b->next = 0;
	set_want_out(c, false);
	return true;
}

/* Sends whatever there is to send: pings, write data, new commands. */
void
pump(struct conn *c, bool new_commands)
{
	struct batch *b = c->out;
	uint64_t now = 0;

	for (;;) {
		if (b->iovs && !flush(c))
			return;
		unsigned limit = opt.batch ? BATCH_PDUS : 1;
		while (b->pdus < limit) {
			if (c->nop_ttt != TAG_NONE) {
				emit_nop_reply(c);
			} else if (c->bursts) {
				emit_data_out(c);
			} else if (new_commands && c->nfree &&
				   sn_le(c->cmd_sn, c->max_cmd_sn) &&
				   (!c->quota || c->issued < c->quota)) {
				if (!now)
					now = now_ns();
				emit_command(c, now);
			} else {
				break;
			}
		}
		if (!b->iovs)
			return;
	}
}
