/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/backstore.c - the way of one operation.
 *
 * A FLUSH, and a FUA write of a store with fua, is a sync.  An operation that
 * takes two steps keeps what is to come in io->then:
 *
 *	op             then
 *	WRITE, ZEROES, CLONE
 *	               FLUSH       step one of an emulated FUA
 *	FLUSH          WRITE, ...  step two; then is the submitter's op
 *	WRITE          WRITE       a FUA write found no room: once more without
 *	any            OPS         one step
 *
 * A WRITE by the journal (journal.h) is a FLUSH, then SETTLE, and if that is
 * well the same two steps as an emulated FUA, and then, however they have
 * ended, a SETTLE.
 */
#include "backstores/backstore.h"

#include <assert.h>
#include <errno.h>

#include "backstores/journal.h"
#include "backstores/stores.h"
#include "common/bytes.h"
#include "common/log.h"

#define BS_ZEROES_BYTES (64u << 10)
#define BS_ONE_ENDED    (UINT64_C(1) << 32) /* of struct backstore's flight */
#define BS_ZEROES_IOV   16 /* so that one write is at most 1 MiB */

/* Page aligned: a store that bypasses the page cache is given it too. */
static const _Alignas(4096) uint8_t bs_zeroes[BS_ZEROES_BYTES];

/* ---- the end of an operation ---- */

/* Both halves added up.  A carry out of the low one cannot be: what has ended
 * was counted in the same share when it began. */
static uint64_t
bs_flight(const struct backstore *bs)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < SHARES; i++)
		sum += atomic_load_explicit(
		    &bs->flight[i].n, memory_order_relaxed);
	return sum;
}

uint32_t
backstore_in_flight(const struct backstore *bs)
{
	return (uint32_t)bs_flight(bs);
}

uint32_t
backstore_ended(const struct backstore *bs)
{
	return (uint32_t)(bs_flight(bs) >> 32);
}

/* Run fn on the home's thread: now when this is it, else by a job. */
static void
bs_io_at_home(struct bs_io *io, void (*fn)(struct job *job))
{
	io->job.fn = fn;
	if (io->home->is_here(io->home))
		fn(&io->job);
	else
		io->home->post(io->home, &io->job);
}

static void
bs_io_done_job(struct job *job)
{
	struct bs_io *io = container_of(job, struct bs_io, job);

	io->done(io, io->error);
}

/* A shortage of the moment: it was not tried, or nothing came of it. */
static bool
bs_passes(int error)
{
	return error == -ENOMEM || error == -EAGAIN;
}

static void bs_io_dispatch_job(struct job *job);

/* The submitter's again: bs may be closed from here on. */
static void
bs_io_finish(struct bs_io *io, int error)
{
	if (io->op == BS_FLUSH && io->then == BS_SETTLE) {
		io->op = BS_WRITE;
		io->then = error == 0 ? BS_FLUSH : BS_OPS;
		if (error == 0) {
			bs_io_at_home(io, bs_io_dispatch_job);
			return;
		}
	} else if (io->op == BS_FLUSH && io->then != BS_OPS) {
		io->op = io->then;
		/* Its first step is done: to try again is not the same. */
		if (bs_passes(error))
			error = -EIO;
	} else if (io->op == BS_WRITE && io->then == BS_WRITE) {
		io->flags |= BS_FUA;
	}
	io->error = error;
	if (io->then != BS_OPS && bs_is_journaled(io)) {
		io->op = BS_SETTLE;
		io->then = BS_OPS;
		bs_io_at_home(io, bs_io_dispatch_job);
		return;
	}
	atomic_fetch_add(
	    &io->bs->flight[home_share(io->home)].n, BS_ONE_ENDED - 1);
	bs_io_at_home(io, bs_io_done_job);
}

static void
bs_latch(struct backstore *bs, int error)
{
	int none = 0;

	if (backstore_state(bs) == BS_LOST)
		return; /* which says more */
	if (!atomic_compare_exchange_strong(&bs->flush_error, &none, error))
		return;
	errno = -error;
	log_error("flush failed, all later ones will fail until the store is "
		  "reopened store=%s error=\"%m\"",
	    bs->name != NULL ? bs->name : bs->ops->name);
}

/* What a sync that ended with error is to its submitter. */
static int
bs_sync_result(struct backstore *bs, int error)
{
	if (error != 0 && !bs_passes(error))
		bs_latch(bs, error);
	return error != 0 ? error : atomic_load(&bs->flush_error);
}

/* ---- the start of an operation ---- */

static bool
bs_io_is_gathered(struct bs_io *io)
{
	struct bs_executor *executor = io->bs->executor;

	return executor != NULL && executor->gather != NULL &&
	       executor->gather(executor, io);
}

static void
bs_io_dispatch(struct bs_io *io)
{
	struct backstore *bs = io->bs;
	int error;

	if (bs->ops->kind == BS_INLINE) {
		bs_io_run(io);
		return;
	}
	if (bs->ops->kind == BS_ASYNC) {
		bs->ops->submit(bs, io);
		return;
	}
	if (bs_io_is_gathered(io))
		return;
	error = bs->ops->try != NULL ? bs->ops->try(bs, io) : -EAGAIN;
	if (error != -EAGAIN) {
		bs_io_complete(io, error);
		return;
	}
	assert(bs->executor != NULL);
	bs->executor->run(bs->executor, io);
}

static void
bs_io_dispatch_job(struct job *job)
{
	bs_io_dispatch(container_of(job, struct bs_io, job));
}

/* ---- flush: one at a time ---- */

/*
 * The kernel tells of a lost write once per descriptor.  If two flushes ran
 * side by side, one could take the error and the other end well before the
 * first is known to have failed.
 */
static bool
bs_flush_admit(struct backstore *bs, struct bs_io *io)
{
	bool first;

	pthread_mutex_lock(&bs->flush_mutex);
	first = !bs->flushing;
	bs->flushing = true;
	if (!first) {
		io->next = bs->flush_waiting;
		bs->flush_waiting = io;
	}
	pthread_mutex_unlock(&bs->flush_mutex);
	return first;
}

/*
 * The running flush has ended: hand out its riders; those who waited become
 * the next flush, whose head is returned, and its riders.
 */
static struct bs_io *
bs_flush_turn(struct backstore *bs, struct bs_io **riders)
{
	struct bs_io *head;

	pthread_mutex_lock(&bs->flush_mutex);
	*riders = bs->flush_riders;
	head = bs->flush_waiting;
	bs->flush_waiting = NULL;
	bs->flush_riders = head != NULL ? head->next : NULL;
	bs->flushing = head != NULL;
	pthread_mutex_unlock(&bs->flush_mutex);
	return head;
}

static void
bs_flush_start(struct bs_io *io)
{
	int error = atomic_load(&io->bs->flush_error);

	if (error != 0)
		bs_io_complete(io, error);
	else
		bs_io_dispatch(io);
}

static void
bs_flush_start_job(struct job *job)
{
	bs_flush_start(container_of(job, struct bs_io, job));
}

static void
bs_flush_submit(struct bs_io *io)
{
	if (bs_flush_admit(io->bs, io))
		bs_flush_start(io);
}

static void
bs_flush_submit_job(struct job *job)
{
	bs_flush_submit(container_of(job, struct bs_io, job));
}

static void
bs_flush_ended(struct bs_io *io, int error)
{
	struct backstore *bs = io->bs;
	struct bs_io *rider, *riders, *next;

	error = bs_sync_result(bs, error);
	next = bs_flush_turn(bs, &riders);
	bs_io_finish(io, error);
	while ((rider = riders) != NULL) {
		riders = rider->next;
		bs_io_finish(rider, error);
	}
	if (next != NULL)
		bs_io_at_home(next, bs_flush_start_job);
}

bool
bs_flush_begin(struct backstore *bs)
{
	bool first;

	pthread_mutex_lock(&bs->flush_mutex);
	first = !bs->flushing;
	bs->flushing = true;
	pthread_mutex_unlock(&bs->flush_mutex);
	return first;
}

int
bs_flush_run(struct backstore *bs)
{
	struct bs_io io = { .op = BS_FLUSH, .bs = bs };
	int error = bs->ops->flush != NULL ? bs->ops->flush(bs, &io) : 0;

	bs_sync_result(bs, error);
	return error;
}

void
bs_flush_end(struct backstore *bs)
{
	struct bs_io *riders, *next = bs_flush_turn(bs, &riders);

	if (next != NULL)
		bs_io_at_home(next, bs_flush_start_job);
}

/* ---- FUA ---- */

/*
 * A FUA write ended with "no room": its own write may have failed, which is
 * its own matter, or its sync, which then has told of some lost write.  Without
 * FUA it says which.
 */
static void
bs_fua_ask_again(struct bs_io *io, int error)
{
	io->flags &= ~(unsigned)BS_FUA;
	io->then = BS_WRITE;
	io->error = error;
	bs_io_at_home(io, bs_io_dispatch_job);
}

static void
bs_fua_asked(struct bs_io *io, int error)
{
	/* Any other error says nothing of the first, which may have written. */
	if (!backstore_is_no_room(error))
		error = bs_sync_result(io->bs, io->error);
	bs_io_finish(io, error);
}

static void
bs_fua_ended(struct bs_io *io, int error)
{
	if (io->op == BS_WRITE && backstore_is_no_room(error))
		bs_fua_ask_again(io, error);
	else
		bs_io_finish(io, bs_sync_result(io->bs, error));
}

static bool
bs_fua_by_flush(const struct backstore *bs, const struct bs_io *io)
{
	if (!bs->ops->fua || io->op == BS_CLONE || atomic_load(&bs->reserved) ||
	    bs_is_journaled(io))
		return true;
	return io->op == BS_WRITE_ZEROES && bs->ops->kind != BS_ASYNC;
}

static bool
bs_io_is_fua(const struct bs_io *io)
{
	return ((io->flags & BS_FUA) != 0 || bs_is_journaled(io)) &&
	       (io->op == BS_WRITE || io->op == BS_WRITE_ZEROES ||
		   io->op == BS_CLONE);
}

void
bs_io_complete(struct bs_io *io, int error)
{
	if (io->op == BS_FLUSH) {
		bs_flush_ended(io, error);
	} else if (io->op == BS_SETTLE) {
		io->op = BS_WRITE;
		bs_journal_settled(io->bs);
		bs_io_finish(io, error);
	} else if (io->then == BS_FLUSH && error == 0) {
		io->then = io->op;
		io->op = BS_FLUSH;
		bs_io_at_home(io, bs_flush_submit_job);
	} else if (io->then == BS_WRITE) {
		bs_fua_asked(io, error);
	} else if (io->then == BS_OPS && bs_io_is_fua(io)) {
		bs_fua_ended(io, error);
	} else {
		bs_io_finish(io, error);
	}
}

/* ---- submission ---- */

static bool
bs_op_changes(enum bs_op op)
{
	return op == BS_WRITE || op == BS_DISCARD || op == BS_WRITE_ZEROES ||
	       op == BS_CLONE;
}

bool
backstore_can_clone(const struct backstore *bs, const struct backstore *from)
{
	return bs->ops == from->ops && bs->ops->can_clone != NULL &&
	       bs->ops->can_clone(bs, from);
}

static int
bs_clone_check(const struct backstore *bs, const struct bs_io *io)
{
	uint64_t size = backstore_size(io->from);

	if (!backstore_can_clone(bs, io->from))
		return -EOPNOTSUPP;
	if (io->from_offset > size || io->length > size - io->from_offset)
		return -EINVAL;
	return 0;
}

static int
bs_state_error(const struct backstore *bs)
{
	static const int errors[] = { [BS_SERVES] = 0,
		[BS_RETURNS] = -ENOTCONN,
		[BS_LOST] = -ESHUTDOWN };

	return errors[backstore_state(bs)];
}

static int
bs_io_check(const struct backstore *bs, const struct bs_io *io)
{
	uint64_t size = backstore_size(bs);
	uint32_t unit = bs->info.min_block_bytes;
	int error = bs_state_error(bs);

	if (error != 0 || io->op == BS_FLUSH)
		return error;
	if (io->offset > size || io->length > size - io->offset)
		return -EINVAL;
	if (unit > 1 && (io->offset % unit != 0 || io->length % unit != 0))
		return -EINVAL;
	if ((io->flags & BS_ATOMIC) != 0 && !bs_io_may_be_atomic(io, &bs->info))
		return -EINVAL;
	if (bs->info.read_only && bs_op_changes(io->op))
		return -EROFS;
	if (io->op == BS_DISCARD && bs->info.discard_granularity == 0)
		return -EOPNOTSUPP;
	return io->op == BS_CLONE ? bs_clone_check(bs, io) : 0;
}

void
backstore_submit(struct backstore *bs, struct bs_io *io)
{
	int error = bs_io_check(bs, io);
	bool fua;

	io->bs = bs;
	fua = bs_io_is_fua(io);
	io->then = BS_OPS;
	io->extents_found = 0;
	atomic_fetch_add(&bs->flight[home_share(io->home)].n, 1);
	if (error == 0 && fua)
		error = atomic_load(&bs->flush_error);
	if (error != 0 || (io->length == 0 && io->op != BS_FLUSH)) {
		bs_io_finish(io, error);
		return;
	}
	if (fua && bs_fua_by_flush(bs, io))
		io->then = BS_FLUSH;
	if (bs_is_journaled(io)) {
		io->op = BS_FLUSH;
		io->then = BS_SETTLE;
	}
	if (io->op == BS_FLUSH)
		bs_flush_submit(io);
	else
		bs_io_dispatch(io);
}

/* ---- what INLINE and BLOCKING stores do, or the core for them ---- */

static int
bs_run_read(struct backstore *bs, struct bs_io *io)
{
	return bs->ops->read(bs, io);
}

static int
bs_run_write(struct backstore *bs, struct bs_io *io)
{
	return bs_is_journaled(io) ? bs_journal_write(bs, io)
				   : bs->ops->write(bs, io);
}

static int
bs_run_flush(struct backstore *bs, struct bs_io *io)
{
	return bs->ops->flush != NULL ? bs->ops->flush(bs, io) : 0;
}

static int
bs_run_discard(struct backstore *bs, struct bs_io *io)
{
	return bs->ops->discard != NULL ? bs->ops->discard(bs, io)
					: -EOPNOTSUPP;
}

/* Describe up to bytes of zeroes in iov; return how many there are. */
static uint64_t
bs_zeroes_iov(struct iovec *iov, int *iovcnt, uint64_t bytes)
{
	uint64_t sum = 0;

	for (*iovcnt = 0; *iovcnt < BS_ZEROES_IOV && sum < bytes; iov++) {
		iov->iov_base = (void *)(uintptr_t)bs_zeroes;
		iov->iov_len = min_u64(bytes - sum, BS_ZEROES_BYTES);
		sum += iov->iov_len;
		++*iovcnt;
	}
	return sum;
}

static int
bs_write_zero_buffer(struct backstore *bs, const struct bs_io *io)
{
	struct iovec iov[BS_ZEROES_IOV];
	struct bs_io part = { .op = BS_WRITE, .bs = bs, .iov = iov };
	uint64_t done;
	int error;

	for (done = 0; done < io->length; done += part.length) {
		part.offset = io->offset + done;
		part.length =
		    bs_zeroes_iov(iov, &part.iovcnt, io->length - done);
		error = bs->ops->write(bs, &part);
		if (error != 0)
			return error;
	}
	return 0;
}

static int
bs_run_write_zeroes(struct backstore *bs, struct bs_io *io)
{
	int error = -EOPNOTSUPP;

	if (bs->ops->write_zeroes != NULL)
		error = bs->ops->write_zeroes(bs, io);
	return error == -EOPNOTSUPP ? bs_write_zero_buffer(bs, io) : error;
}

void
bs_map_as_data(struct bs_io *io)
{
	if (io->max_extents == 0)
		return;
	io->extents[0] =
	    (struct bs_extent){ io->offset, io->length, BS_EXTENT_DATA };
	io->extents_found = 1;
}

static int
bs_run_map(struct backstore *bs, struct bs_io *io)
{
	if (bs->ops->map != NULL)
		return bs->ops->map(bs, io);
	bs_map_as_data(io);
	return 0;
}

static int
bs_run_clone(struct backstore *bs, struct bs_io *io)
{
	return bs->ops->clone(bs, io);
}

static int (*const bs_runners[BS_OPS])(struct backstore *, struct bs_io *) = {
	[BS_READ] = bs_run_read,
	[BS_WRITE] = bs_run_write,
	[BS_FLUSH] = bs_run_flush,
	[BS_DISCARD] = bs_run_discard,
	[BS_WRITE_ZEROES] = bs_run_write_zeroes,
	[BS_MAP] = bs_run_map,
	[BS_CLONE] = bs_run_clone,
	[BS_SETTLE] = bs_journal_end,
};

void
bs_io_run(struct bs_io *io)
{
	bs_io_complete(io, bs_runners[io->op](io->bs, io));
}
