/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/sock.c - the pump between one socket and one struct conn.
 */
#include "server/sock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/recording.h"
#include "server/uring.h"

/* Bytes that one connection may read, and send, before others have a turn. */
#define SOCK_READ_TURN (1u << 20)
#define SOCK_SEND_TURN (4u << 20)
#define SOCK_READ_IOV  40 /* a task's buffers and the read-ahead buffer */
#define SOCK_SEND_IOV  256
#define SOCK_REST_MS   20  /* until a call is tried again, after a shortage */
#define SOCK_WATCH_MS  500 /* until a connection is watched, after a failure */
/* For the last words of a connection that closes. */
#define SOCK_CLOSE_MS 5000

struct sock_delivery {
	struct job job;
	struct worker *worker;
	struct arrival arrival;
};

static uint64_t
sock_now(const struct sock *s)
{
	return s->worker->loop.home.now_ms;
}

static void
sock_mark_dirty(struct sock *s)
{
	if (s->dirty)
		return;
	s->dirty = true;
	TAILQ_INSERT_TAIL(&s->worker->dirty, s, dirty_link);
}

static void
sock_wake(void *ctx, struct conn *c)
{
	sock_mark_dirty(ctx);
}

static const struct conn_shell sock_shell = { .wake = sock_wake };

/* Input that nobody will read would turn our last words into a reset. */
static void
sock_drain(const struct sock *s)
{
	char rest[16384];
	size_t left = SOCK_READ_TURN / sizeof(rest);

	while (left-- > 0 && recv(s->fd, rest, sizeof(rest), MSG_DONTWAIT) ==
				 (ssize_t)sizeof(rest))
		;
}

void
sock_close(struct sock *s, const char *why)
{
	struct worker *w = s->worker;
	struct conn *c = s->conn;

	event_del(&s->readable);
	event_del(&s->writable);
	sock_drain(s);
	close(s->fd);
	if (s->dirty)
		TAILQ_REMOVE(&w->dirty, s, dirty_link);
	TAILQ_REMOVE(&w->socks, s, link);
	if (s->in_login)
		census_logged_in(w->census, s->login_id);
	census_leave(w->census, &s->address);
	atomic_fetch_sub(&w->connections, 1);
	free(s);
	recording_keep(c);
	conn_closed(c, why);
}

/* The kernel may want memory for a call: that is not the connection's end.
 * It is tried again soon; deadlines end what stays so. */
static bool
sock_error_passes(int error)
{
	return error == EAGAIN || error == EINTR || error == ENOBUFS ||
	       error == ENOMEM;
}

static bool
sock_error_is_shortage(int error)
{
	return error == ENOBUFS || error == ENOMEM;
}

/* Told once of a connection. */
static void
sock_wait(struct sock *s, unsigned ms, const char *why)
{
	struct conn_info info;

	s->watch_by = sock_now(s) + ms;
	worker_deadline(s->worker, s->watch_by);
	if (s->told)
		return;
	s->told = true;
	conn_info(s->conn, &info);
	log_warning("connection waits peer=%s reason=\"%s\"", info.peer, why);
}

/* It would be tried in each turn. */
static void
sock_rest(struct sock *s)
{
	sock_wait(s, SOCK_REST_MS, "the kernel has no memory for its socket");
}

/* ---- input ---- */

static size_t
iov_bytes(const struct iovec *iov, int n)
{
	size_t bytes = 0;
	int i;

	for (i = 0; i < n; i++)
		bytes += iov[i].iov_len;
	return bytes;
}

static void
sock_stop_reading(struct sock *s)
{
	event_del(&s->readable);
	s->reading = false;
	sock_mark_dirty(s);
}

/*
 * One readv.  Return how many bytes may still be read in this turn: 0 when the
 * socket is drained, reading has stopped, or the connection is lost.
 */
static size_t
sock_read_once(struct sock *s, size_t turn)
{
	struct iovec iov[SOCK_READ_IOV];
	int n = conn_recv_iov(s->conn, iov, SOCK_READ_IOV);
	ssize_t got;

	if (n == 0) {
		sock_stop_reading(s);
		return 0;
	}
	got = readv(s->fd, iov, n);
	if (got < 0 && sock_error_passes(errno)) {
		if (sock_error_is_shortage(errno)) {
			event_del(&s->readable);
			s->reading = false;
			sock_rest(s);
		}
		conn_received_nothing(s->conn);
		return 0;
	}
	sock_mark_dirty(s);
	if (got <= 0) {
		s->lost = got == 0 ? "closed by the peer" : strerror(errno);
		return 0;
	}
	conn_received(s->conn, (size_t)got);
	if ((size_t)got < iov_bytes(iov, n) || (size_t)got >= turn)
		return 0;
	return turn - (size_t)got;
}

/*
 * What could be answered at once is sent before another connection is read: the
 * processor's cache still has it, and its memory serves the next one.
 */
static void
sock_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct sock *s = arg;
	size_t turn = SOCK_READ_TURN;

	loop_stamp(&s->worker->loop);
	while (turn > 0)
		turn = sock_read_once(s, turn);
	uring_submit(s->worker->uring);
	if (!s->dirty)
		return;
	TAILQ_REMOVE(&s->worker->dirty, s, dirty_link);
	sock_settle(s);
}

static void
sock_go_on_reading(struct sock *s)
{
	struct iovec iov[SOCK_READ_IOV];

	if (s->reading || s->watch_by != UINT64_MAX ||
	    s->close_by != UINT64_MAX ||
	    conn_recv_iov(s->conn, iov, SOCK_READ_IOV) == 0)
		return;
	conn_received_nothing(s->conn);
	s->reading = event_add(&s->readable, NULL) == 0;
	if (!s->reading)
		sock_wait(s, SOCK_WATCH_MS, "it cannot be watched");
}

/* ---- output ---- */

static void
sock_on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct sock *s = arg;

	loop_stamp(&s->worker->loop);
	s->blocked = false;
	sock_mark_dirty(s);
}

static bool
sock_block(struct sock *s)
{
	s->blocked = event_add(&s->writable, NULL) == 0;
	return s->blocked;
}

/* Bytes sent, 0 when blocked, -errno. */
static ssize_t
sock_send_some(struct sock *s, struct iovec *iov, int n)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = (size_t)n };
	ssize_t sent = sendmsg(s->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && !sock_error_passes(errno))
		return -errno;
	if (sent < 0 && sock_error_is_shortage(errno)) {
		s->starved = s->blocked = true;
		sock_rest(s);
		return 0;
	}
	if (sent < (ssize_t)iov_bytes(iov, n) && !sock_block(s))
		return -ENOMEM;
	return sent < 0 ? 0 : sent;
}

/* Everything that is queued.  0, or -errno when the connection is lost. */
static int
sock_send(struct sock *s)
{
	struct iovec iov[SOCK_SEND_IOV];
	size_t turn = 0;
	ssize_t sent;
	int n;

	while (!s->blocked) {
		n = conn_send_iov(s->conn, iov, SOCK_SEND_IOV);
		if (n == 0)
			return 0;
		if (turn >= SOCK_SEND_TURN) {
			sock_mark_dirty(s);
			return 0;
		}
		sent = sock_send_some(s, iov, n);
		if (sent < 0)
			return (int)sent;
		if (sent > 0)
			conn_sent(s->conn, (size_t)sent);
		turn += (size_t)sent;
	}
	return 0;
}

/* ---- the end of a turn ---- */

static void
sock_note_login(struct sock *s)
{
	struct conn_info info;

	if (!s->in_login)
		return;
	conn_info(s->conn, &info);
	if (!info.full_feature)
		return;
	s->in_login = false;
	census_logged_in(s->worker->census, s->login_id);
}

/* True: it is closed and freed. */
static bool
sock_closes(struct sock *s)
{
	if (!conn_wants_close(s->conn))
		return false;
	if (!s->blocked && !s->dirty) {
		sock_close(s, "closed by us");
		return true;
	}
	if (s->close_by == UINT64_MAX)
		s->close_by = sock_now(s) + SOCK_CLOSE_MS;
	return false;
}

static void
sock_start(struct sock *s)
{
	struct event_base *base = s->worker->loop.base;

	event_assign(&s->readable, base, s->fd, EV_READ | EV_PERSIST,
	    sock_on_readable, s);
	event_assign(&s->writable, base, s->fd, EV_WRITE, sock_on_writable, s);
	TAILQ_INSERT_TAIL(&s->worker->socks, s, link);
	sock_mark_dirty(s);
}

static void
sock_moved(struct job *job)
{
	struct sock *s = container_of(job, struct sock, move_job);

	sock_start(s);
	conn_moved(s->conn);
}

/* The next worker's thread finds all of it; output that waits goes with it. */
static void
sock_move(struct sock *s, struct home *home)
{
	struct worker *w = s->worker;

	event_del(&s->readable);
	event_del(&s->writable);
	s->reading = s->blocked = s->starved = false;
	s->watch_by = UINT64_MAX;
	if (s->dirty)
		TAILQ_REMOVE(&w->dirty, s, dirty_link);
	s->dirty = false;
	TAILQ_REMOVE(&w->socks, s, link);
	atomic_fetch_sub(&w->connections, 1);
	s->worker = container_of(home, struct worker, loop.home);
	atomic_fetch_add(&s->worker->connections, 1);
	s->move_job.fn = sock_moved;
	home->post(home, &s->move_job);
}

static uint64_t
sock_deadline(const struct sock *s)
{
	return min_u64(
	    conn_deadline(s->conn), min_u64(s->close_by, s->watch_by));
}

void
sock_settle(struct sock *s)
{
	struct home *home;
	int error;

	s->dirty = false;
	if (s->lost != NULL) {
		sock_close(s, s->lost);
		return;
	}
	error = sock_send(s);
	if (error != 0) {
		sock_close(s, strerror(-error));
		return;
	}
	if (sock_closes(s))
		return;
	home = conn_wants_home(s->conn);
	if (home != NULL) {
		sock_move(s, home);
		return;
	}
	sock_note_login(s);
	sock_go_on_reading(s);
	worker_deadline(s->worker, sock_deadline(s));
}

uint64_t
sock_meet_deadline(struct sock *s, uint64_t now_ms)
{
	if (s->close_by <= now_ms) {
		sock_close(s, "the peer does not take what is left to say");
		return UINT64_MAX;
	}
	if (conn_deadline(s->conn) <= now_ms) {
		conn_tick(s->conn);
		sock_mark_dirty(s);
	}
	if (s->watch_by <= now_ms) {
		s->watch_by = UINT64_MAX;
		if (s->starved)
			s->starved = s->blocked = false;
		sock_mark_dirty(s);
	}
	return sock_deadline(s);
}

void
sock_ask_logout(struct sock *s, unsigned seconds)
{
	conn_ask_logout(s->conn, seconds);
	sock_mark_dirty(s);
}

/* ---- arrival ---- */

static struct sock *
sock_new(struct worker *w, const struct arrival *a)
{
	struct conn_config config = {
		.home = &w->loop.home,
		.service = a->service,
		.portal_group = a->portal_group,
		.peer = a->peer,
		.shell = &sock_shell,
	};
	struct sock *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->worker = w;
	s->fd = a->fd;
	s->login_id = a->login_id;
	s->address = a->peer.ip;
	s->in_login = true;
	s->close_by = s->watch_by = UINT64_MAX;
	config.shell_ctx = s;
	memcpy(config.local_address, a->local_address,
	    sizeof(config.local_address));
	s->conn = conn_open(&config);
	if (s->conn == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

static void
sock_delivered(struct job *job)
{
	struct sock_delivery *d = container_of(job, struct sock_delivery, job);
	struct worker *w = d->worker;
	struct sock *s = sock_new(w, &d->arrival);

	if (s != NULL) {
		sock_start(s);
	} else {
		log_error("connection refused peer=%s reason=\"no memory\"",
		    d->arrival.peer.text);
		close(d->arrival.fd);
		census_logged_in(w->census, d->arrival.login_id);
		census_leave(w->census, &d->arrival.peer.ip);
		atomic_fetch_sub(&w->connections, 1);
	}
	service_unref(d->arrival.service);
	free(d);
}

bool
sock_post(struct worker *w, const struct arrival *arrival)
{
	struct sock_delivery *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return false;
	d->worker = w;
	d->arrival = *arrival;
	d->job.fn = sock_delivered;
	service_ref(arrival->service);
	atomic_fetch_add(&w->connections, 1);
	w->loop.home.post(&w->loop.home, &d->job);
	return true;
}

/* ---- making room ---- */

struct sock_ousting {
	struct job job;
	struct worker *worker;
	uint64_t login_id;
};

static void
sock_oust_here(struct job *job)
{
	struct sock_ousting *o = container_of(job, struct sock_ousting, job);
	struct sock *s;

	TAILQ_FOREACH (s, &o->worker->socks, link) {
		if (s->login_id != o->login_id)
			continue;
		sock_note_login(s);
		if (s->in_login)
			sock_close(s, "others want to log in");
		break;
	}
	free(o);
}

void
sock_oust(struct worker *w, uint64_t login_id)
{
	struct sock_ousting *o = calloc(1, sizeof(*o));

	/* Without memory it stays until its time to log in is over. */
	if (o == NULL)
		return;
	o->worker = w;
	o->login_id = login_id;
	o->job.fn = sock_oust_here;
	w->loop.home.post(&w->loop.home, &o->job);
}
