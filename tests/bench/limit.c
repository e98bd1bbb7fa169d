/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/limit.c - what a target would cost if it were nothing but its
 * sockets.
 *
 * Drive:  load --raw --portal 127.0.0.1:PORT ...
 *
 * One thread, one epoll loop. It reads 48-byte SCSI Command PDUs (a WRITE with
 * all of its data immediate) and answers a READ with one Data-In PDU that
 * carries the status and a WRITE with one SCSI Response: 48 -> 48+N bytes and
 * 48+N -> 48 bytes. No SCSI, no checking: this is NOT an iSCSI target. Any
 * login and logout is answered by a header that grants it, without looking. One
 * recv() takes all the requests there are and one sendmsg() sends all their
 * answers.
 *
 * --store says where the bytes come from, so that the ways a target may reach
 * a file can be compared with everything else held equal:
 *   null      one fixed buffer; written data is received and forgotten.
 *             This is the ceiling that sockets alone impose.
 *   mem       a region of memory of --size bytes, addressed by LBA: a RAM disk
 *   pread     FILE through pread()/pwrite() and a buffer
 *   nowait    FILE through preadv2(RWF_NOWAIT), pread() only where that fails
 *   mmap      FILE mapped, sent from and written to in place
 *   sendfile  FILE through sendfile(); writes through pwrite()
 *
 * --poll-us N keeps polling for N microseconds of idleness before it sleeps
 * (-1: never sleeps): what waking up costs on this machine shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>

enum {
	BHS = 48,
	IN_CAP = 256 << 10,
	BATCH = 128,    /* answers in one sendmsg() */
	POOL = 2 << 20, /* bytes of read data in one sendmsg() */
	MAX_IO = 16 << 20,
	LOGIN = 0x03,
	LOGOUT = 0x06,
	RESPONSE = 0x20, /* the bit that makes an opcode its answer's */
};

static enum store { NULL_STORE, MEM, PREAD, NOWAIT, MMAP, SENDFILE } store;
static const char *const store_names[] = { "null", "mem", "pread", "nowait",
	"mmap", "sendfile" };
static uint64_t size = 2ull << 30;
static uint8_t *region; /* null: MAX_IO bytes; mem, mmap: all of it */
static int file = -1;
static bool no_batch;
static long poll_us; /* idle time spent polling before sleeping; -1: for ever */
static unsigned long long nowait_missed;
static volatile sig_atomic_t stop;

struct conn {
	int fd;
	bool blocked; /* waiting for room to send */
	uint8_t *in;
	size_t in_len;
	/* a WRITE whose data is still arriving */
	uint8_t head[BHS];
	uint32_t due, got;
	uint8_t *dest; /* where it goes (a buffer, or the store) */
	uint8_t *buffer;
	/* answers not sent yet */
	struct iovec iov[2 * BATCH];
	uint8_t out[BATCH][BHS];
	unsigned answers, iovs, next;
	uint8_t *pool;
	size_t pool_used, pool_cap;
};

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}
static uint64_t
get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}
static uint32_t
get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | p[1] << 8 | p[2];
}
static void
put32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, 4);
}
static void
put24(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
}

static uint64_t
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void
die(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
conn_close(struct conn *c)
{
	close(c->fd);
	free(c->in);
	free(c->buffer);
	free(c->pool);
	free(c);
}

/* 1: all sent, 0: the socket is full, -1: the connection is gone */
static int
flush(struct conn *c)
{
	while (c->next < c->iovs) {
		struct msghdr m = { .msg_iov = c->iov + c->next,
			.msg_iovlen = c->iovs - c->next };
		ssize_t n = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		size_t left = (size_t)n;
		while (c->next < c->iovs && left >= c->iov[c->next].iov_len)
			left -= c->iov[c->next++].iov_len;
		if (c->next < c->iovs) {
			c->iov[c->next].iov_base =
			    (char *)c->iov[c->next].iov_base + left;
			c->iov[c->next].iov_len -= left;
		}
	}
	c->answers = c->iovs = c->next = 0;
	c->pool_used = 0;
	return 1;
}

/* sendfile() cannot be batched: header with MSG_MORE, then the file. Blocking,
 * which is harmless here: the load always drains its socket. */
static int
answer_sendfile(struct conn *c, const uint8_t *h, uint64_t off, uint32_t len)
{
	if (send(c->fd, h, BHS, MSG_MORE | MSG_NOSIGNAL) != BHS)
		return -1;
	off_t o = (off_t)off;
	while (len) {
		ssize_t n = sendfile(c->fd, file, &o, len);
		if (n <= 0)
			return -1;
		len -= (uint32_t)n;
	}
	return 1;
}

static void
fill_head(uint8_t *h, const uint8_t *req, bool read, uint32_t len)
{
	memset(h, 0, BHS);
	h[0] = read ? 0x25 : 0x21;
	h[1] = read ? 0x81 : 0x80;
	put24(h + 5, read ? len : 0);
	memcpy(h + 16, req + 16, 4); /* task tag */
	uint32_t cmd_sn = get32(req + 24);
	put32(h + 24, cmd_sn);
	put32(h + 28, cmd_sn + 1);
	put32(h + 32, cmd_sn + 4096);
}

static int
answer(struct conn *c, const uint8_t *req)
{
	bool read = req[1] & 0x40;
	uint32_t len = get32(req + 20);
	uint64_t off = get64(req + 34) * 512;

	if (len > MAX_IO || off > size || len > size - off)
		return -1;
	if (read && store == SENDFILE) {
		uint8_t h[BHS];
		fill_head(h, req, true, len);
		return answer_sendfile(c, h, off, len);
	}
	if (c->answers == BATCH || (c->answers && c->pool_used + len > POOL)) {
		int r = flush(c);
		if (r <= 0)
			return r;
	}
	uint8_t *h = c->out[c->answers++];
	fill_head(h, req, read, len);
	c->iov[c->iovs++] = (struct iovec){ h, BHS };
	if (read) {
		uint8_t *data = region;
		if (store == MEM || store == MMAP) {
			data = region + off;
		} else if (store != NULL_STORE) {
			if (c->pool_cap < POOL + MAX_IO) {
				c->pool_cap = POOL + MAX_IO;
				if (!(c->pool = malloc(c->pool_cap)))
					die("malloc");
			}
			data = c->pool + c->pool_used;
			struct iovec v = { data, len };
			ssize_t n =
			    store == NOWAIT
				? preadv2(file, &v, 1, (off_t)off, RWF_NOWAIT)
				: pread(file, data, len, (off_t)off);
			if (n != (ssize_t)len) {
				nowait_missed++;
				if (pread(file, data, len, (off_t)off) !=
				    (ssize_t)len)
					return -1;
			}
		}
		c->pool_used += len;
		c->iov[c->iovs++] = (struct iovec){ data, len };
	}
	return no_batch && flush(c) < 0 ? -1 : 1;
}

static bool
is_session(const uint8_t *req)
{
	uint8_t opcode = req[0] & 0x3f;

	return opcode == LOGIN || opcode == LOGOUT;
}

/* A login goes to whatever stage it asks for. */
static void
answer_session(struct conn *c, const uint8_t *req)
{
	uint8_t *h = c->out[c->answers++];

	memset(h, 0, BHS);
	h[0] = (req[0] & 0x3f) | RESPONSE;
	h[1] = req[1];
	memcpy(h + 8, req + 8, 6);          /* ISID; reserved in a logout */
	h[15] = h[0] == (LOGIN | RESPONSE); /* TSIH */
	memcpy(h + 16, req + 16, 4);
	memcpy(h + 24, req + 28, 4); /* StatSN: the one expected */
	memcpy(h + 28, req + 24, 4);
	memcpy(h + 32, req + 24, 4);
	c->iov[c->iovs++] = (struct iovec){ h, BHS };
}

/* All the data of a WRITE is in data (or, for mem and mmap, in place already).
 */
static bool
put_data(const uint8_t *req, const uint8_t *data, uint32_t len)
{
	uint64_t off = get64(req + 34) * 512;
	if (off > size || len > size - off)
		return false;
	if (store == MEM || store == MMAP) {
		if (data != region + off)
			memcpy(region + off, data, len);
	} else if (store != NULL_STORE) {
		return pwrite(file, data, len, (off_t)off) == (ssize_t)len;
	}
	return true;
}

/* -1: gone. Stops early, leaving requests in the buffer, when sending blocks.
 */
static int
parse(struct conn *c)
{
	uint8_t *p = c->in, *end = c->in + c->in_len;
	int r = 1;

	while (end - p >= BHS && c->answers < BATCH) {
		uint32_t len = get24(p + 5);
		if (len > MAX_IO)
			return -1;
		if ((size_t)(end - p) < BHS + (size_t)len) {
			if (BHS + len <= IN_CAP / 4)
				break;
			/* Large: receive the rest straight to where it goes. */
			uint64_t off = get64(p + 34) * 512;
			if (off > size || len > size - off)
				return -1;
			memcpy(c->head, p, BHS);
			c->due = len;
			c->got = (uint32_t)(end - p) - BHS;
			if (store == MEM || store == MMAP)
				c->dest = region + off;
			else if (!c->buffer && !(c->buffer = malloc(MAX_IO)))
				die("malloc");
			if (store != MEM && store != MMAP)
				c->dest = c->buffer;
			memcpy(c->dest, p + BHS, c->got);
			p = end;
			break;
		}
		if (is_session(p)) {
			answer_session(c, p);
			p += BHS + (len + 3) / 4 * 4;
			continue;
		}
		if (len && !put_data(p, p + BHS, len))
			return -1;
		if ((r = answer(c, p)) < 0)
			return -1;
		if (r == 0)
			break;
		p += BHS + len;
	}
	c->in_len = (size_t)(end - p);
	if (c->in_len && p != c->in)
		memmove(c->in, p, c->in_len);
	return c->iovs ? flush(c) : r;
}

static int
serve(struct conn *c)
{
	for (;;) {
		if (c->iovs) {
			int r = flush(c);
			if (r <= 0)
				return r;
		}
		if (c->in_len >= BHS && !c->due) {
			size_t before = c->in_len;
			int r = parse(c);
			if (r <= 0)
				return r;
			if (c->in_len != before)
				continue;
		}
		size_t want = c->due ? c->due - c->got : IN_CAP - c->in_len;
		ssize_t n =
		    recv(c->fd, c->due ? c->dest + c->got : c->in + c->in_len,
			want, MSG_DONTWAIT);
		if (n <= 0)
			return n < 0 && errno == EAGAIN ? 1 : -1;
		if (c->due) {
			c->got += (uint32_t)n;
			if (c->got == c->due) {
				c->due = 0;
				if (!put_data(c->head, c->dest, c->got) ||
				    answer(c, c->head) < 0)
					return -1;
			}
		} else {
			c->in_len += (size_t)n;
			int r = parse(c);
			if (r <= 0)
				return r;
		}
		if ((size_t)n < want && !c->iovs)
			return 1;
	}
}

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void
usage(void)
{
	fputs("usage: limit [--port N] [--store "
	      "null|mem|pread|nowait|mmap|sendfile]\n"
	      "                 [--file FILE] [--size MiB] [--poll-us N] "
	      "[--no-batch]\n"
	      "                 [--cc CONGESTION-CONTROL]\n",
	    stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = { { "port", 1, 0, 'p' },
		{ "store", 1, 0, 's' }, { "file", 1, 0, 'f' },
		{ "size", 1, 0, 'z' }, { "poll-us", 1, 0, 'S' },
		{ "no-batch", 0, 0, 'B' }, { "cc", 1, 0, 'c' }, { 0 } };
	const char *path = NULL, *cc = NULL;
	int port = 3299, o, one = 1;

	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (o) {
		case 'p':
			port = atoi(optarg);
			break;
		case 'f':
			path = optarg;
			break;
		case 'z':
			size = strtoull(optarg, NULL, 10) << 20;
			break;
		case 'S':
			poll_us = atol(optarg);
			break;
		case 'B':
			no_batch = true;
			break;
		case 'c':
			cc = optarg;
			break;
		case 's':
			for (store = NULL_STORE; store <= SENDFILE; store++)
				if (!strcmp(optarg, store_names[store]))
					break;
			if (store > SENDFILE)
				usage();
			break;
		default:
			usage();
		}
	}
	if (optind < argc || port < 1 || port > 65535 || !size ||
	    (store >= PREAD && !path))
		usage();

	if (store >= PREAD) {
		file = open(path, O_RDWR | O_CLOEXEC);
		if (file < 0)
			die(path);
		off_t end = lseek(file, 0, SEEK_END);
		if (end < 0)
			die(path);
		size = (uint64_t)end;
	}
	int prot = PROT_READ | PROT_WRITE;
	if (store == MMAP)
		region =
		    mmap(NULL, size, prot, MAP_SHARED | MAP_POPULATE, file, 0);
	else if (store == NULL_STORE || store == MEM)
		region = mmap(NULL, store == MEM ? size : MAX_IO, prot,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (region == MAP_FAILED)
		die("mmap");

	struct sigaction sa = { .sa_handler = on_signal };
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);

	/* Buffers of connections come and go without a call. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	int ls = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (ls < 0 || bind(ls, (struct sockaddr *)&a, sizeof a) ||
	    listen(ls, 1024))
		die("listening");
	/* inherited by the connections */
	if (cc && setsockopt(ls, IPPROTO_TCP, TCP_CONGESTION, cc,
		      (socklen_t)strlen(cc)))
		die(cc);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL },
			   evs[64];
	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, ls, &ev))
		die("epoll");

	uint64_t idle_since = 0;
	while (!stop) {
		int n = epoll_wait(ep, evs, 64, poll_us ? 0 : -1);
		if (n > 0) {
			idle_since = 0;
		} else if (poll_us > 0) {
			uint64_t t = now_us();
			if (!idle_since) {
				idle_since = t;
			} else if (t - idle_since >= (uint64_t)poll_us) {
				n = epoll_wait(ep, evs, 64, -1);
				idle_since = 0;
			}
		}
		for (int i = 0; i < n; i++) {
			struct conn *c = evs[i].data.ptr;
			if (!c) {
				int fd = accept4(ls, NULL, NULL, SOCK_CLOEXEC);
				if (fd < 0)
					continue;
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
				    sizeof one);
				if (!(c = calloc(1, sizeof *c)) ||
				    !(c->in = malloc(IN_CAP)))
					die("malloc");
				c->fd = fd;
				ev = (struct epoll_event){ .events = EPOLLIN,
					.data.ptr = c };
				if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
					die("epoll_ctl");
				continue;
			}
			int r = serve(c);
			if (r < 0) {
				conn_close(c);
			} else if (c->blocked != (r == 0)) {
				c->blocked = r == 0;
				ev = (struct epoll_event){
					.events =
					    c->blocked ? EPOLLOUT : EPOLLIN,
					.data.ptr = c
				};
				epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
			}
		}
	}
	if (nowait_missed)
		fprintf(stderr, "limit: %llu reads needed a second attempt\n",
		    nowait_missed);
	return 0;
}
