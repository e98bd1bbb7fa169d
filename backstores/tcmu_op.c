/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/tcmu_op.c - operations as requests of the host, and its answers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "backstores/tcmu.h"
#include "common/bytes.h"
#include "common/iov.h"
#include "common/log.h"

#define TCMU_IOV_MAX 64 /* of one call */

/* ---- the request that an operation is ---- */

static const struct {
	enum tcmu_verb op;
	uint64_t max; /* bytes of one request; 0: all of it */
} tcmu_requests[BS_OPS] = {
	[BS_READ] = { TCMU_READ, TCMU_DATA_MAX },
	[BS_WRITE] = { TCMU_WRITE, TCMU_DATA_MAX },
	[BS_FLUSH] = { TCMU_FLUSH, 0 },
	[BS_DISCARD] = { TCMU_DISCARD, UINT32_MAX / 2 + 1 },
	[BS_WRITE_ZEROES] = { TCMU_ZERO, TCMU_ZERO_MAX },
};

static bool
tcmu_op_changes(const struct tcmu_op *op)
{
	return op->io->op == BS_WRITE || op->io->op == BS_DISCARD ||
	       op->io->op == BS_WRITE_ZEROES;
}

static void
tcmu_op_request(struct tcmu *t, struct tcmu_op *op)
{
	static _Atomic uint64_t tags;
	const struct bs_io *io = op->io;
	uint64_t max = tcmu_requests[io->op].max;

	op->request = (struct tcmu_request){
		.tag = atomic_fetch_add(&tags, 1),
		.op = tcmu_requests[io->op].op,
	};
	if (io->op == BS_FLUSH)
		return;
	op->request.offset = io->offset + op->done;
	op->request.length = io->length - op->done;
	if (io->op == BS_DISCARD && t->hello.max_discard != 0)
		max = t->hello.max_discard;
	if (max != 0)
		op->request.length = min_u64(op->request.length, max);
}

void
tcmu_op_start(struct tcmu *t, struct tcmu_op *op)
{
	if (op->io->op == BS_FLUSH && t->lost) {
		tcmu_op_end(op, -EIO);
		return;
	}
	if (t->stream < 0) {
		TAILQ_INSERT_TAIL(&t->waiting, op, link);
		return;
	}
	tcmu_op_request(t, op);
	TAILQ_INSERT_TAIL(&t->queued, op, link);
}

void
tcmu_op_end(struct tcmu_op *op, int error)
{
	struct bs_io *io = op->io;

	free(op);
	bs_io_complete(io, error);
}

/* ---- sending ---- */

static size_t
tcmu_op_bytes(const struct tcmu_op *op)
{
	return sizeof(op->request) +
	       (op->request.op == TCMU_WRITE ? op->request.length : 0);
}

/* What of the first one is yet to be sent. */
static int
tcmu_op_iov(struct tcmu *t, struct tcmu_op *op, struct iovec *out)
{
	const size_t head = sizeof(op->request);
	const struct bs_io *io = op->io;
	uint64_t done = 0;
	int n = 0;

	if (t->sent < head)
		out[n++] = (struct iovec){ (char *)&op->request + t->sent,
			head - t->sent };
	else
		done = t->sent - head;
	if (op->request.op != TCMU_WRITE)
		return n;
	return n + iov_part(io->iov, io->iovcnt, op->done + done,
		       op->request.length - done, out + n, TCMU_IOV_MAX - n);
}

static void
tcmu_op_sent(struct tcmu *t, struct tcmu_op *op)
{
	t->sent = 0;
	op->writes = t->writes;
	TAILQ_REMOVE(&t->queued, op, link);
	TAILQ_INSERT_TAIL(&t->running, op, link);
}

bool
tcmu_send(struct tcmu *t)
{
	struct iovec iov[TCMU_IOV_MAX];
	struct msghdr msg = { .msg_iov = iov };
	struct tcmu_op *op;
	ssize_t n;

	while ((op = TAILQ_FIRST(&t->queued)) != NULL) {
		msg.msg_iovlen = (size_t)tcmu_op_iov(t, op, iov);
		n = sendmsg(t->stream, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		t->sent += (size_t)n;
		if (t->sent == tcmu_op_bytes(op))
			tcmu_op_sent(t, op);
	}
	return true;
}

/* ---- answers ---- */

static struct tcmu_op *
tcmu_find(struct tcmu *t, uint64_t tag)
{
	struct tcmu_op *op;

	TAILQ_FOREACH (op, &t->running, link)
		if (op->request.tag == tag)
			break;
	return op;
}

static void
tcmu_op_answered(struct tcmu *t, struct tcmu_op *op, int error)
{
	TAILQ_REMOVE(&t->running, op, link);
	op->done += op->request.length;
	if (error == 0 && tcmu_op_changes(op) && t->hello.volatile_cache)
		t->writes++;
	if (error == 0 && op->io->op == BS_FLUSH && op->writes > t->flushed)
		t->flushed = op->writes;
	if (error == 0 && op->io->op != BS_FLUSH && op->done < op->io->length)
		tcmu_op_start(t, op);
	else
		tcmu_op_end(op, error);
}

static bool
tcmu_take_done(struct tcmu *t)
{
	struct tcmu_op *op = t->reading;
	int error = t->message.error;

	t->reading = NULL;
	tcmu_op_answered(t, op, error);
	return true;
}

static bool
tcmu_take_says(struct tcmu *t)
{
	tcmu_log(t, "tcmu host says", t->message.bytes);
	return true;
}

static bool
tcmu_take_size(struct tcmu *t)
{
	atomic_store(&t->size, t->message.tag);
	return true;
}

static bool
tcmu_take_lost(struct tcmu *t)
{
	tcmu_log(t, "tcmu host serves no more", t->message.bytes);
	bs_set_state(t->bs, BS_LOST, "the module has lost its device");
	return true;
}

/* Is it what was asked for? */
static bool
tcmu_admits_done(struct tcmu *t)
{
	const struct tcmu_message *m = &t->message;
	bool data;

	t->reading = tcmu_find(t, m->tag);
	if (t->reading == NULL)
		return false;
	data = t->reading->request.op == TCMU_READ && m->error == 0;
	return m->error <= 0 && m->error > -4096 &&
	       m->bytes == (data ? t->reading->request.length : 0);
}

static bool
tcmu_admits_text(struct tcmu *t)
{
	return t->message.bytes <= TCMU_TEXT_MAX;
}

static bool
tcmu_admits_size(struct tcmu *t)
{
	return t->message.bytes == 0 && t->message.tag <= INT64_MAX;
}

static const struct {
	bool (*admits)(struct tcmu *t);
	bool (*take)(struct tcmu *t);
} tcmu_messages[] = {
	[TCMU_DONE] = { tcmu_admits_done, tcmu_take_done },
	[TCMU_SAYS] = { tcmu_admits_text, tcmu_take_says },
	[TCMU_SIZE] = { tcmu_admits_size, tcmu_take_size },
	[TCMU_LOST] = { tcmu_admits_text, tcmu_take_lost },
};

static bool
tcmu_admits(struct tcmu *t)
{
	return t->message.what < ARRAY_LEN(tcmu_messages) &&
	       tcmu_messages[t->message.what].admits != NULL &&
	       tcmu_messages[t->message.what].admits(t);
}

/* Where the next bytes go. */
static int
tcmu_receive_iov(struct tcmu *t, struct iovec *out)
{
	const size_t head = sizeof(t->message);
	const struct tcmu_op *op = t->reading;
	uint64_t done;

	if (t->received < head) {
		out[0] = (struct iovec){ (char *)&t->message + t->received,
			head - t->received };
		return 1;
	}
	done = t->received - head;
	if (op != NULL)
		return iov_part(op->io->iov, op->io->iovcnt, op->done + done,
		    t->message.bytes - done, out, TCMU_IOV_MAX);
	out[0] = (struct iovec){ t->text + done, t->message.bytes - done };
	return 1;
}

/* A header is whole, or all of a message. */
static bool
tcmu_received(struct tcmu *t)
{
	const size_t head = sizeof(t->message);

	if (t->received == head && !tcmu_admits(t)) {
		log_error("tcmu host answers what was not asked store=%s",
		    t->bs->name);
		return false;
	}
	if (t->received < head || t->received < head + t->message.bytes)
		return true;
	t->received = 0;
	return tcmu_messages[t->message.what].take(t);
}

bool
tcmu_receive(struct tcmu *t)
{
	struct iovec iov[TCMU_IOV_MAX];
	struct msghdr msg = { .msg_iov = iov };
	ssize_t n;

	for (;;) {
		msg.msg_iovlen = (size_t)tcmu_receive_iov(t, iov);
		n = recvmsg(t->stream, &msg, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		t->received += (size_t)n;
		if (!tcmu_received(t))
			return false;
	}
}
