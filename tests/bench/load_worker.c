/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_worker.c - event loops.
 */
#include "tests/bench/load.h"

/* ------------------------------------------------------------------------ */
/* Setting up and running the load                                          */

static void
conn_open(struct conn *c)
{
	c->fd = tcp_connect();
	if (c->fd < 0)
		die("connecting to %s port %s: %s", opt.host, opt.port,
		    strerror(errno));
}

void
conn_setup(struct conn *c, int id)
{
	const char *why;
	uint64_t bytes = opt.raw_size;

	c->id = id;
	c->lun = opt.lun + (uint32_t)id % opt.luns;
	c->lba_size = 512;
	c->nop_ttt = TAG_NONE;
	c->cmd_sn = 1;
	conn_open(c);
	if (opt.mode == MODE_RAW) {
		c->immediate_data = true;
		c->target_max_recv = c->first_burst = c->max_burst = 1 << 24;
		c->max_cmd_sn = c->cmd_sn + opt.qd;
	} else {
		if ((why = login(c)) || (why = read_capacity(c, &bytes)))
			die("connection %d: %s", id, why);
		if (c->lba_size < 512 || c->lba_size > 4096 ||
		    opt.block_size % c->lba_size)
			die("LUN %u has blocks of %u bytes: --bs %u does not "
			    "fit",
			    c->lun, c->lba_size, opt.block_size);
		if (c->header_digest != opt.header_digest ||
		    c->data_digest != opt.data_digest)
			die("the target did not agree to the digests asked "
			    "for");
	}

	if (opt.range && opt.range < bytes)
		bytes = opt.range;
	c->units = bytes / opt.block_size;
	if (opt.sequential || opt.verify) { /* a share of its own of the LUN */
		uint32_t sharers =
		    (opt.conns - (uint32_t)id % opt.luns + opt.luns - 1) /
		    opt.luns;
		c->units /= sharers;
		c->first = (uint32_t)id / opt.luns * c->units;
	}
	if (c->units <= (opt.verify ? opt.qd : 0))
		die("LUN %u (%" PRIu64 " bytes in use) is too small for this",
		    c->lun, bytes);
	c->rng = mix64(opt.seed + (uint64_t)id) | 1;

	c->slots = xcalloc(opt.qd, sizeof *c->slots);
	c->free_slots = xcalloc(opt.qd, sizeof *c->free_slots);
	c->out = xcalloc(1, sizeof *c->out);
	c->bursts_tail = &c->bursts;
	for (uint32_t i = 0; i < opt.qd; i++) {
		c->slots[i].itt = i;
		c->free_slots[c->nfree++] = opt.qd - 1 - i;
		if (opt.verify)
			c->slots[i].buf = xcalloc(1, opt.block_size);
	}
	if (opt.verify) {
		c->stamps = xcalloc(c->units, sizeof *c->stamps);
		c->unit_busy = xcalloc(c->units, 1);
	}
	/* Whole PDUs have to fit where every byte is looked at. Otherwise: many
	 * small responses at once, or little more than the header of a large
	 * one. */
	if (opt.verify || opt.data_digest)
		c->in_cap = 2 * ((size_t)opt.max_recv + 1024);
	else
		c->in_cap = opt.block_size > DISCARD_MIN ? 2048 : 131072;
	c->in = xcalloc(1, c->in_cap);
}

static void
enter_phase(struct worker *w, enum phase p)
{
	w->seen = p;
	if (p != PHASE_MEASURE)
		return;
	memset(&w->stats, 0, sizeof w->stats);
	hist_reset(&w->stats.latency);
	for (unsigned i = 0; i < w->nconns; i++) {
		struct conn *c = w->conns[i];
		if (opt.ops) {
			c->quota = opt.ops / opt.conns +
				   ((uint64_t)c->id < opt.ops % opt.conns);
			c->issued = opt.qd - c->nfree;
		}
	}
}

static bool
worker_idle(const struct worker *w, bool quota_done)
{
	for (unsigned i = 0; i < w->nconns; i++) {
		const struct conn *c = w->conns[i];
		if (!c->dead &&
		    (c->nfree != opt.qd ||
			(quota_done && (!c->quota || c->issued < c->quota))))
			return false;
	}
	return true;
}

static void
serve(struct conn *c, int first_flags, bool new_commands)
{
	bool more = !c->dead;
	for (int flags = first_flags; more; flags = MSG_DONTWAIT) {
		more = receive(c, flags);
		if (!c->dead)
			pump(c, new_commands);
	}
}

/* Waits (unless --spin) for something to do, and does it. */
static void
worker_turn(struct worker *w, bool new_commands)
{
	struct epoll_event ev[64];

	if (w->epfd < 0) {
		for (unsigned i = 0; i < w->nconns; i++) {
			struct conn *c = w->conns[i];
			if (c->want_out) {
				struct pollfd p = { c->fd, POLLIN | POLLOUT,
					0 };
				poll(&p, 1, opt.spin ? 0 : 100);
				if (p.revents & POLLOUT)
					pump(c, new_commands);
			}
			serve(c, opt.spin || c->want_out ? MSG_DONTWAIT : 0,
			    new_commands);
		}
		return;
	}
	int n = epoll_wait(w->epfd, ev, 64, opt.spin ? 0 : 100);
	for (int i = 0; i < n; i++) {
		struct conn *c = ev[i].data.ptr;
		if (ev[i].events & EPOLLOUT)
			pump(c, new_commands);
		if (ev[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
			serve(c, MSG_DONTWAIT, new_commands);
	}
}

static void
publish_progress(struct worker *w)
{
	atomic_store_explicit(&w->progress,
	    w->stats.recvs - w->stats.recvs_empty, memory_order_relaxed);
}

void *
load_worker(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < w->nconns; i++)
		pump(w->conns[i], true);
	while (w->alive) {
		enum phase p = (enum phase)atomic_load_explicit(
		    &phase, memory_order_relaxed);
		if (p == PHASE_STOP)
			break;
		if (p != w->seen) {
			enter_phase(w, p);
			for (unsigned i = 0; i < w->nconns; i++)
				if (!w->conns[i]->dead)
					pump(w->conns[i], true);
		}
		worker_turn(w, true);
		publish_progress(w);
		if (opt.ops && w->seen == PHASE_MEASURE && worker_idle(w, true))
			break;
	}
	atomic_store(&w->done, true);

	/* Let what is outstanding finish, then log out. */
	w->seen = PHASE_STOP;
	uint64_t deadline = now_ns() + STALL_SECONDS * 1000000000ull;
	while (w->alive && !worker_idle(w, false)) {
		if (now_ns() > deadline) {
			complain(w->conns[0], &errors_conn,
			    "commands were never answered");
			break;
		}
		worker_turn(w, false);
	}
	for (unsigned i = 0; i < w->nconns; i++) {
		struct conn *c = w->conns[i];
		if (c->dead)
			continue;
		struct timeval tv = { .tv_sec = STALL_SECONDS };
		setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
		if (opt.mode == MODE_ISCSI && c->nfree == opt.qd && !logout(c))
			complain(
			    c, &errors_logout, "logout: %s", strerror(errno));
		close(c->fd);
	}
	return NULL;
}

/* --storm: log in, log out, again and again; latency is that of both. */
void *
storm_worker(void *arg)
{
	struct worker *w = arg;
	struct conn *c = w->conns[0];

	for (;;) {
		enum phase p = (enum phase)atomic_load_explicit(
		    &phase, memory_order_relaxed);
		if (p == PHASE_STOP)
			break;
		if (p != w->seen)
			enter_phase(w, p);
		uint64_t start = now_ns();
		const char *why = NULL;
		c->fd = tcp_connect();
		if (c->fd < 0)
			why = strerror(errno);
		else if (!(why = login(c)) && !logout(c))
			why = "no good answer to the logout";
		if (why) {
			complain(c, &errors_conn, "%s", why);
			usleep(1000);
		} else {
			if (w->seen == PHASE_MEASURE) {
				hist_add(&w->stats.latency, now_ns() - start);
				w->stats.reads++;
			}
		}
		if (c->fd >= 0)
			close(c->fd);
		w->stats.recvs++;
		publish_progress(w);
		if (opt.ops && w->stats.reads >= opt.ops / opt.conns)
			break;
	}
	atomic_store(&w->done, true);
	return NULL;
}
