/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_main.c - an iSCSI load generator that is cheap enough to
 * leave the target as the bottleneck.
 * It speaks iSCSI (RFC 7143) on plain sockets: it logs in, reads the capacity,
 * keeps a fixed number of READ(16)/WRITE(16) commands outstanding on each of a
 * number of connections (each one its own session) and reports throughput,
 * latency and, given the target's process id, what the target spent on it.
 *
 * How it stays cheap
 *   - one epoll loop per thread (one thread unless --threads says otherwise),
 *     and no epoll at all where the thread has a single connection;
 *   - one recv() collects as many responses as there are, one sendmsg() sends
 *     all the commands that their completion made room for (see --no-batch);
 *   - write payload is sent from a shared buffer, never copied in user space;
 *   - read payload is parsed in place, and that of large reads is dropped
 *     inside the kernel (MSG_TRUNC) instead of being copied out.
 *     --verify and data digests do look at every byte.
 *
 * What it checks on every command: the ITT, StatSN, DataSN and R2TSN sequence,
 * buffer offsets, the SCSI status, the residual, and that exactly the bytes
 * asked for were transferred. Anything wrong is counted, the first few are
 * printed, and the exit status is then 1.
 *
 * With --raw the same loop drives limit, which answers SCSI commands
 * without being an iSCSI target: the ceiling that sockets alone impose.
 *
 * Exit status: 0 all well, 1 errors were counted, 2 bad usage or no login.
 */
#include "tests/bench/load.h"

/* ------------------------------------------------------------------------ */

static void
start_workers(struct worker *workers, unsigned n, struct conn *conns)
{
	for (unsigned i = 0; i < n; i++) {
		struct worker *w = &workers[i];
		w->epfd = -1;
		hist_reset(&w->stats.latency);
		w->conns = xcalloc(opt.conns / n + 1, sizeof *w->conns);
		for (uint32_t k = i; k < opt.conns; k += n) {
			conns[k].worker = w;
			w->conns[w->nconns++] = &conns[k];
		}
		w->alive = w->nconns;
		if (opt.mode == MODE_STORM)
			continue;
		if (w->nconns > (opt.spin ? 4 : 1)) {
			w->epfd = epoll_create1(EPOLL_CLOEXEC);
			if (w->epfd < 0)
				die("epoll_create1: %s", strerror(errno));
		}
		for (unsigned k = 0; k < w->nconns; k++) {
			/* blocking receives look at the phase this often */
			struct timeval tv = { .tv_usec = 100000 };
			struct epoll_event ev = { .events = EPOLLIN,
				.data.ptr = w->conns[k] };
			setsockopt(w->conns[k]->fd, SOL_SOCKET, SO_RCVTIMEO,
			    &tv, sizeof tv);
			if (w->epfd >= 0 && epoll_ctl(w->epfd, EPOLL_CTL_ADD,
						w->conns[k]->fd, &ev))
				die("epoll_ctl: %s", strerror(errno));
		}
	}
	if (opt.warmup <= 0)
		atomic_store(&phase, PHASE_MEASURE);
	for (unsigned i = 0; i < n; i++) {
		int rc = pthread_create(&workers[i].thread, NULL,
		    opt.mode == MODE_STORM ? storm_worker : load_worker,
		    &workers[i]);
		if (rc)
			die("pthread_create: %s", strerror(rc));
	}
}

/* Sleeps until the time is over or every worker is done. */
static void
watch(struct worker *workers, unsigned n, double seconds)
{
	uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
	uint64_t last = 0, moved = start;

	for (;;) {
		uint64_t t = now_ns(), sum = 0;
		bool all_done = true;
		for (unsigned i = 0; i < n; i++) {
			sum += atomic_load_explicit(
			    &workers[i].progress, memory_order_relaxed);
			all_done &= atomic_load(&workers[i].done);
		}
		if (t >= end || all_done)
			return;
		if (sum != last) {
			last = sum;
			moved = t;
		} else if (t - moved > STALL_SECONDS * 1000000000ull) {
			die("stalled: nothing has arrived for %d seconds "
			    "(%" PRIu64 " errors so far)",
			    STALL_SECONDS, total_errors());
		}
		uint64_t nap = end - t < 100000000u ? end - t : 100000000u;
		if (opt.ops && nap > 2000000u)
			nap = 2000000u;
		struct timespec ts = { .tv_nsec = (long)nap };
		nanosleep(&ts, NULL);
	}
}

int
main(int argc, char **argv)
{
	struct report r = { 0 };

	parse_options(argc, argv);
	crc_init();
	run_id = mix64(now_ns() ^ (uint64_t)getpid() << 32);
	if (opt.pid && !usage_of(opt.pid, &r.before))
		die("--pid %d: no such process", (int)opt.pid);
	struct rlimit files;
	if (!getrlimit(RLIMIT_NOFILE, &files) &&
	    files.rlim_cur < opt.conns + 64u) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}

	write_payload = xcalloc(1, opt.block_size);
	for (uint32_t i = 0; i + 8 <= opt.block_size; i += 8) {
		uint64_t w = mix64(run_id + i);
		memcpy(write_payload + i, &w, 8);
	}

	unsigned n = opt.mode == MODE_STORM ? opt.conns : opt.threads;
	struct conn *conns = xcalloc(opt.conns, sizeof *conns);
	struct worker *workers = xcalloc(n, sizeof *workers);
	for (uint32_t i = 0; i < opt.conns; i++) {
		if (opt.mode == MODE_STORM)
			conns[i].id = (int)i;
		else
			conn_setup(&conns[i], (int)i);
	}
	start_workers(workers, n, conns);

	if (opt.warmup > 0) {
		watch(workers, n, opt.warmup);
		atomic_store(&phase, PHASE_MEASURE);
	}
	uint64_t t0 = now_ns();
	double cpu0 = own_cpu();
	if (opt.pid)
		usage_of(opt.pid, &r.before);
	watch(workers, n, opt.ops ? 86400 : opt.seconds);
	/* The end of the window, taken in the order in which it was begun. */
	atomic_store(&phase, PHASE_STOP);
	r.seconds = (double)(now_ns() - t0) / 1e9;
	r.own_cpu = own_cpu() - cpu0;
	if (opt.pid && !usage_of(opt.pid, &r.after))
		die("the target, process %d, has gone", (int)opt.pid);

	hist_reset(&r.s.latency);
	for (unsigned i = 0; i < n; i++) {
		const struct stats *s = &workers[i].stats;
		pthread_join(workers[i].thread, NULL);
		hist_merge(&r.s.latency, &s->latency);
		r.s.reads += s->reads;
		r.s.writes += s->writes;
		r.s.bytes += s->bytes;
		r.s.recvs += s->recvs;
		r.s.recvs_empty += s->recvs_empty;
		r.s.sends += s->sends;
		r.s.nops += s->nops;
		r.s.verified += s->verified;
		r.s.verified_lba_only += s->verified_lba_only;
		r.s.unstamped += s->unstamped;
	}
	r.conn = &conns[0];
	print_report(&r);
	if (r.s.reads + r.s.writes == 0)
		die("nothing completed in the measured time");
	return total_errors() ? 1 : 0;
}
