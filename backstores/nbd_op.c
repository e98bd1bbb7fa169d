/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/nbd_op.c - one operation, and the NBD requests that it becomes.
 */
#ifdef HAVE_NBD

#include <errno.h>
#include <stdlib.h>

#include "backstores/nbd.h"
#include "common/bytes.h"

#define NBD_ZEROES (64u << 10)

static const uint8_t nbd_zeroes[NBD_ZEROES];

/* ---- requests ---- */

/* In a callback of libnbd: nothing of it may be called. */
static int
nbd_request_ended(void *arg, int *error)
{
	struct nbd_op *op = arg;

	if (*error != 0)
		op->error = -*error;
	if (--op->requests == 0) {
		TAILQ_REMOVE(&op->nbd->running, op, link);
		TAILQ_INSERT_TAIL(&op->nbd->ended, op, link);
	}
	return 1;
}

static nbd_completion_callback
nbd_completion(struct nbd_op *op)
{
	return (nbd_completion_callback){ .callback = nbd_request_ended,
		.user_data = op };
}

/* A request was started, or (-1) could not be. */
static bool
nbd_started(struct nbd_op *op, int64_t cookie)
{
	if (cookie >= 0)
		return true;
	op->requests--;
	op->error = -(nbd_get_errno() != 0 ? nbd_get_errno() : EIO);
	return false;
}

static uint32_t
nbd_fua(const struct nbd_op *op)
{
	return op->io->flags & BS_FUA && op->nbd->can_fua ? LIBNBD_CMD_FLAG_FUA
							  : 0;
}

static void
nbd_start_move(struct nbd_op *op)
{
	struct nbd_handle *h = op->nbd->handle;
	uint64_t at = op->io->offset;
	bool good = true;
	int i;

	for (i = 0; i < op->io->iovcnt && good; i++) {
		struct iovec *v = &op->io->iov[i];

		op->requests++;
		good = nbd_started(
		    op, op->io->op == BS_READ
			    ? nbd_aio_pread(h, v->iov_base, v->iov_len, at,
				  nbd_completion(op), 0)
			    : nbd_aio_pwrite(h, v->iov_base, v->iov_len, at,
				  nbd_completion(op), nbd_fua(op)));
		at += v->iov_len;
	}
}

static void
nbd_start_flush(struct nbd_op *op)
{
	op->writes = op->nbd->writes;
	op->requests++;
	nbd_started(op, nbd_aio_flush(op->nbd->handle, nbd_completion(op), 0));
}

/* Lengths of one request are limited to 32 bits; a GiB is plenty. */
#define NBD_ZERO_MAX (UINT64_C(1) << 30)

static void
nbd_start_zero(struct nbd_op *op, bool may_unmap)
{
	uint64_t at = op->io->offset, left = op->io->length, n;
	uint32_t flags =
	    nbd_fua(op) | (may_unmap ? 0 : LIBNBD_CMD_FLAG_NO_HOLE);
	bool good = true;

	for (; left > 0 && good; at += n, left -= n) {
		n = min_u64(left, NBD_ZERO_MAX);
		op->requests++;
		good = nbd_started(op, nbd_aio_zero(op->nbd->handle, n, at,
					   nbd_completion(op), flags));
	}
}

static void
nbd_start_zero_writes(struct nbd_op *op)
{
	uint64_t at = op->io->offset, left = op->io->length, n;
	bool good = true;

	for (; left > 0 && good; at += n, left -= n) {
		n = min_u64(left, NBD_ZEROES);
		op->requests++;
		good = nbd_started(
		    op, nbd_aio_pwrite(op->nbd->handle, nbd_zeroes, n, at,
			    nbd_completion(op), nbd_fua(op)));
	}
}

static void
nbd_start_write_zeroes(struct nbd_op *op)
{
	if (op->nbd->can_zero)
		nbd_start_zero(op, op->io->flags & BS_MAY_UNMAP);
	else
		nbd_start_zero_writes(op);
}

static void
nbd_start_trim(struct nbd_op *op)
{
	uint64_t at = op->io->offset, left = op->io->length, n;
	bool good = true;

	for (; left > 0 && good; at += n, left -= n) {
		n = min_u64(left, NBD_ZERO_MAX);
		op->requests++;
		good = nbd_started(op, nbd_aio_trim(op->nbd->handle, n, at,
					   nbd_completion(op), 0));
	}
}

/* Zeroing with leave to make holes is a discard that promises zeroes. */
static void
nbd_start_discard(struct nbd_op *op)
{
	if (op->nbd->can_zero)
		nbd_start_zero(op, true);
	else
		nbd_start_trim(op);
}

static enum bs_extent_kind
nbd_extent_kind(uint32_t state)
{
	if (!(state & LIBNBD_STATE_ZERO))
		return BS_EXTENT_DATA;
	return state & LIBNBD_STATE_HOLE ? BS_EXTENT_HOLE : BS_EXTENT_ZERO;
}

static int
nbd_extents(void *arg, const char *context, uint64_t offset, uint32_t *entries,
    size_t count, int *error)
{
	struct nbd_op *op = arg;
	struct bs_io *io = op->io;
	size_t i;

	for (i = 0; i + 1 < count && io->extents_found < io->max_extents &&
		    op->mapped < io->length;
	     i += 2) {
		io->extents[io->extents_found++] = (struct bs_extent){
			.offset = io->offset + op->mapped,
			.length = min_u64(entries[i], io->length - op->mapped),
			.kind = nbd_extent_kind(entries[i + 1]),
		};
		op->mapped += entries[i];
	}
	return 0;
}

static void
nbd_start_map(struct nbd_op *op)
{
	struct bs_io *io = op->io;

	if (io->max_extents == 0)
		return;
	if (!op->nbd->can_map) {
		bs_map_as_data(io);
		return;
	}
	io->extents_found = 0;
	op->mapped = 0;
	op->requests++;
	nbd_started(op, nbd_aio_block_status(op->nbd->handle,
			    min_u64(io->length, NBD_ZERO_MAX), io->offset,
			    (nbd_extent_callback){
				.callback = nbd_extents, .user_data = op },
			    nbd_completion(op), 0));
}

static void (*const nbd_starters[BS_OPS])(struct nbd_op *) = {
	[BS_READ] = nbd_start_move,
	[BS_WRITE] = nbd_start_move,
	[BS_FLUSH] = nbd_start_flush,
	[BS_DISCARD] = nbd_start_discard,
	[BS_WRITE_ZEROES] = nbd_start_write_zeroes,
	[BS_MAP] = nbd_start_map,
};

/* ---- an operation from its start to its end ---- */

void
nbd_op_start(struct nbd_op *op)
{
	struct nbd *n = op->nbd;

	op->error = 0;
	op->flushing = false;
	if (n->handle == NULL) {
		TAILQ_INSERT_TAIL(&n->waiting, op, link);
		return;
	}
	TAILQ_INSERT_TAIL(&n->running, op, link);
	op->requests = 1; /* so that it does not end while it starts */
	if (op->io->op == BS_FLUSH && n->lost)
		op->error = -EIO;
	else
		nbd_starters[op->io->op](op);
	nbd_request_ended(op, &(int){ 0 });
}

void
nbd_op_end(struct nbd_op *op)
{
	struct bs_io *io = op->io;
	int error = op->error;

	free(op);
	bs_io_complete(io, error);
}

static bool
nbd_op_changes(const struct nbd_op *op)
{
	return op->io->op == BS_WRITE || op->io->op == BS_DISCARD ||
	       op->io->op == BS_WRITE_ZEROES;
}

/* A FUA write to a server without FUA: its flush comes now. */
static bool
nbd_op_wants_flush(const struct nbd_op *op)
{
	return nbd_op_changes(op) && op->io->flags & BS_FUA &&
	       !op->nbd->can_fua && !op->flushing;
}

/* It has ended and is not known to be durable. */
static bool
nbd_op_is_volatile(const struct nbd_op *op)
{
	return nbd_op_changes(op) && !op->flushing && nbd_fua(op) == 0;
}

static void
nbd_op_flush(struct nbd_op *op)
{
	op->flushing = true;
	TAILQ_INSERT_TAIL(&op->nbd->running, op, link);
	op->requests = 1;
	if (op->nbd->lost)
		op->error = -EIO;
	else
		nbd_start_flush(op);
	nbd_request_ended(op, &(int){ 0 });
}

/* Its requests have ended, the connection is there. */
static void
nbd_op_ended(struct nbd_op *op)
{
	struct nbd *n = op->nbd;

	if (op->error == 0 && nbd_op_is_volatile(op))
		n->writes++;
	if (op->error == 0 && nbd_op_wants_flush(op)) {
		nbd_op_flush(op);
		return;
	}
	if (op->error == 0 && (op->io->op == BS_FLUSH || op->flushing) &&
	    op->writes > n->flushed)
		n->flushed = op->writes;
	nbd_op_end(op);
}

void
nbd_settle(struct nbd *n)
{
	struct nbd_op *op;

	while ((op = TAILQ_FIRST(&n->ended)) != NULL) {
		TAILQ_REMOVE(&n->ended, op, link);
		if (n->handle == NULL)
			nbd_op_start(op); /* waits */
		else
			nbd_op_ended(op);
	}
}

#endif
