/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/task_io.c - a command's steps on its store, and its parameter data.
 */
#include "target/task_io.h"

#include <assert.h>
#include <errno.h>

#include "common/bytes.h"
#include "target/cmd.h"
#include "target/lu.h"

/* With a store that never sleeps; then others have their turn.  A command may
 * have thousands of steps, and each session a hundred such commands. */
#define TASK_IO_STEPS 2

/*
 * A store may end an operation before backstore_submit() returns, and the next
 * step may submit another.  A chain of steps is a loop here, not a recursion,
 * and a long one comes back by the home's queue.  This is the loop's state, on
 * its stack, because t may be gone at the end.
 */
struct task_io_loop {
	bool submitting; /* backstore_submit() is on the stack */
	bool home;       /* it has ended the operation already */
	int error;
	bool again; /* next() has asked for another operation */
	bool over;  /* t has ended */
};

void
task_io_over(struct task *t)
{
	if (t->io_loop == NULL)
		return;
	t->io_loop->over = true;
	t->io_loop = NULL;
}

static bool
task_io_needs_flush(const struct task *t)
{
	return t->io.op == BS_DISCARD &&
	       !atomic_load_explicit(
		   &task_lu(t)->write_cache, memory_order_relaxed);
}

static void task_io_loop(struct task *t);

/* Ask for what t->io says: now, or when the loop below us gets to it. */
static void
task_io_go(struct task *t)
{
	if (t->io_loop != NULL)
		t->io_loop->again = true;
	else
		task_io_loop(t);
}

static void
task_io_count_error(struct task *t, int error)
{
	struct outcome o = outcome_of_errno(error, true);
	struct lu *lu = task_lu(t);

	stats_store_failed(t);
	if (o.key == SENSE_DATA_PROTECT && o.ascq == 0x07) {
		atomic_fetch_add_explicit(
		    &lu->no_space, 1, memory_order_relaxed);
		return;
	}
	atomic_store_explicit(&lu->failed_by, -error, memory_order_relaxed);
	atomic_fetch_add_explicit(&lu->failed, 1, memory_order_release);
}

/* What cannot be shared is read and written instead. */
static bool
task_io_failed(const struct task *t, int error)
{
	return error != 0 && (t->io.op != BS_CLONE || error != -EOPNOTSUPP);
}

/* An operation has come home. */
static void
task_io_step(struct task *t, int error)
{
	if (task_io_failed(t, error))
		task_io_count_error(t, error);
	if (t->aborted) {
		task_end(t, TASK_ABORTED);
		return;
	}
	if (error == 0 && task_io_needs_flush(t)) {
		t->io.op = BS_FLUSH;
		task_io_go(t);
		return;
	}
	t->next(t, error);
}

static void
task_io_done(struct bs_io *io, int error)
{
	struct task *t = container_of(io, struct task, io);
	struct task_io_loop *loop = t->io_loop;

	if (loop == NULL) {
		task_io_step(t, error);
		return;
	}
	assert(loop->submitting && !loop->home);
	loop->home = true;
	loop->error = error;
}

static void
task_io_resume(struct job *job)
{
	struct task *t = container_of(job, struct task, io.job);

	if (t->aborted)
		task_end(t, TASK_ABORTED);
	else
		task_io_loop(t);
}

static void
task_io_yield(struct task *t)
{
	struct home *home = t->nexus->home;

	t->io_loop = NULL;
	t->io.job.fn = task_io_resume;
	home->post(home, &t->io.job);
}

static void
task_io_loop(struct task *t)
{
	struct task_io_loop loop;
	unsigned steps = 0;

	do {
		if (steps++ == TASK_IO_STEPS) {
			task_io_yield(t);
			return;
		}
		loop = (struct task_io_loop){ .submitting = true };
		t->io_loop = &loop;
		backstore_submit(task_lu(t)->bs, &t->io);
		loop.submitting = false;
		if (!loop.home)
			break;
		task_io_step(t, loop.error);
	} while (loop.again && !loop.over);
	if (!loop.over)
		t->io_loop = NULL;
}

static void
task_io_point_at(struct task *t, struct buf_list *data, uint64_t length)
{
	if (data == NULL) {
		t->io.iov = NULL;
		t->io.iovcnt = 0;
		return;
	}
	assert(length <= data->bytes);
	if (length == data->bytes) {
		t->io.iov = data->iov;
		t->io.iovcnt = data->iovcnt;
		return;
	}
	t->io.iov = t->part;
	t->io.iovcnt = buf_list_slice(data, 0, length, t->part, BUF_LIST_IOV);
}

void
task_io(struct task *t, enum bs_op op, unsigned flags, uint64_t offset,
    uint64_t length, struct buf_list *data,
    void (*next)(struct task *t, int error))
{
	struct lu *lu = task_lu(t);

	assert(t->state == TASK_RUNNING);
	if ((op == BS_WRITE || op == BS_WRITE_ZEROES || op == BS_CLONE) &&
	    !atomic_load_explicit(&lu->write_cache, memory_order_relaxed))
		flags |= BS_FUA;
	t->io.op = op;
	t->io.flags = flags;
	t->io.offset = offset;
	t->io.length = length;
	t->io.done = task_io_done;
	t->io.home = t->nexus->home;
	t->next = next;
	task_io_point_at(t, data, length);
	stats_submit(t);
	task_io_go(t);
}

/* ---- parameter data ---- */

void
task_expect_data_out(struct task *t, uint32_t bytes, uint32_t unit)
{
	uint32_t wanted = bytes;

	if (wanted > t->data_out_length)
		wanted = t->data_out_length;
	wanted -= wanted % unit;
	t->transfer_length = bytes;
	t->data_out_wanted = wanted;
	t->buffer_bytes = wanted;
}

void
task_expect_data_in(struct task *t, uint32_t bytes)
{
	t->transfer_length = bytes;
	t->buffer_bytes = (uint32_t)min_u64(
	    min_u64(bytes, t->data_in_length), TASK_BUFFER_MAX);
}

void
task_reply(struct task *t, const void *data, size_t length, uint32_t allocation)
{
	size_t n = min_u64(length, allocation);

	t->transfer_length = n;
	n = min_u64(n, min_u64(t->data.bytes, t->data_in_length));
	if (n > 0)
		buf_list_write(&t->data, 0, data, n);
	t->data_in_bytes = (uint32_t)n;
	task_end(t, GOOD);
}
