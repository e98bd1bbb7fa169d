/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn.h - one iSCSI connection as the shell sees it: bytes in, bytes
 * out, a deadline.  No sockets, no clock, no threads.
 *
 * All calls on one thread, home's, which may change once, at login.  The shell
 * owns the socket; the connection owns itself: it is freed after conn_closed(),
 * once its last task is home.
 *
 * The shell's loop turn:
 *
 *	n = conn_recv_iov(c, iov, 2)	0: do not read now (back-pressure)
 *	readv -> conn_received(c, bytes)
 *	while (n = conn_send_iov(c, iov, N)) { sendmsg -> conn_sent(c, bytes) }
 *	conn_wants_close(c) and nothing to send -> close, conn_closed(c)
 *	conn_wants_home(c) -> take the socket there, conn_moved(c)
 *
 * Nothing else of this home runs between conn_recv_iov() and conn_received(),
 * nor between conn_send_iov() and conn_sent(): the iovecs lead into buffers
 * that a job may give back.
 */
#ifndef ISCSI_CONN_H
#define ISCSI_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/home.h"
#include "iscsi/recorder.h"
#include "iscsi/service.h"

struct conn;

/* How the connection calls its shell; on home's thread. */
struct conn_shell {
	/*
	 * Something changed outside a conn_received(): output is waiting,
	 * reading may go on, the deadline moved, or it wants to close.  Never
	 * re-enters; the shell looks at the connection before it next sleeps.
	 */
	void (*wake)(void *ctx, struct conn *c);
};

struct conn_config {
	struct home *home;
	struct service *service; /* a reference is taken */
	const struct portal_group *portal_group;
	struct peer_address peer;
	char local_address[64]; /* our end, "192.0.2.1:3260" */
	const struct conn_shell *shell;
	void *shell_ctx;
};

/* NULL: out of memory. */
struct conn *conn_open(const struct conn_config *config);

/*
 * Where the next bytes go: at most max (>= 2) iovecs, the place the decoder
 * wants (a header, a task's buffers) first, the read-ahead buffer behind it.
 * 0: reading is stopped.
 */
int conn_recv_iov(struct conn *c, struct iovec *iov, int max);
/* Nothing has come, or nothing was to be read yet: the places are not needed.
 */
void conn_received_nothing(struct conn *c);
/* bytes of those have been filled, from the front.  Handles every PDU that is
 * whole; what can go on goes on. */
void conn_received(struct conn *c, size_t bytes);

/* What is to be sent, at most max iovecs; 0: nothing. */
int conn_send_iov(struct conn *c, struct iovec *iov, int max);
void conn_sent(struct conn *c, size_t bytes);

/* All is said: flush what conn_send_iov() still has, then close. */
bool conn_wants_close(const struct conn *c);
/* The socket is gone, for whatever reason (a phrase for the log). */
void conn_closed(struct conn *c, const char *why);

/*
 * It joins a session that lives on another home: the shell carries it there (no
 * calls on the way) and calls conn_moved() on that home's thread.  NULL: no.
 */
struct home *conn_wants_home(const struct conn *c);
void conn_moved(struct conn *c);

/* Monotonic ms at which conn_tick() must be called; UINT64_MAX: never. */
uint64_t conn_deadline(const struct conn *c);
/* home->now_ms has reached the deadline. */
void conn_tick(struct conn *c);

/*
 * Ask the initiator to log out (Async event 1, RFC 7143 11.9.1); those that do
 * not within seconds, and those in login, close.
 */
void conn_ask_logout(struct conn *c, unsigned seconds);

/* For listings; strings belong to c. */
struct conn_info {
	const char *initiator_name, *target_name;
	const char *peer, *local;
	uint16_t tsih, cid;
	bool full_feature, discovery;
	bool leading; /* the first of its session's connections */
	unsigned tasks;
	const struct nexus *nexus; /* of the session; NULL: none */
};
void conn_info(const struct conn *c, struct conn_info *out);

/* The last PDUs, oldest first; how many. */
unsigned conn_recording(
    const struct conn *c, struct recorded_pdu out[RECORDER_PDUS]);
/* The peer has broken the protocol, so that it was rejected or dropped. */
bool conn_is_faulty(const struct conn *c);

/*
 * Test builds: verify every counter and list of c, its session and tasks;
 * abort() with a message when one is wrong.
 */
void conn_check(const struct conn *c);

#endif
