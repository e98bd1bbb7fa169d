/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sanitize.c - SANITIZE.
 *
 * An operation is a number of passes over all of the unit, each followed by a
 * flush.  It lives on the home where it was asked for; between two pieces it
 * goes through the home's queue, so that others have their turn.
 */
#include "target/sanitize.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "target/gate.h"
#include "target/medium.h"
#include "target/sbc.h"

#define LIST_HEADER       4
#define LIST_INVERT       0x80 /* byte 0 */
#define LIST_TEST         0x60
#define LIST_COUNT        0x1f
#define IMMED             0x80 /* byte 1 of the CDB */
#define AUSE              0x20
#define BLOCK_MAX         4096
#define PIECE_BYTES       SCRATCH_MAX_BYTES
#define DISCARD_MAX_BYTES (1u << 30)

enum sanitize_pass { PASS_OVERWRITE, PASS_ZERO, PASS_DISCARD };

struct sanitize {
	struct lu *lu; /* holds a reference */
	struct home *home;
	struct task *task; /* that ends with it; NULL: IMMED, or aborted */
	bool erase, invert, restricted;
	unsigned pass, passes;
	uint64_t size;              /* bytes of the unit at its beginning */
	uint64_t cursor;            /* reached in this pass */
	uint64_t data_end;          /* PASS_ZERO: no hole before this */
	bool flushing;              /* the pass has been written */
	uint64_t started_ms;        /* on home's clock */
	uint64_t written;           /* bytes since then */
	uint8_t pattern[BLOCK_MAX]; /* one block of it */
	struct buf_list data;       /* whole blocks of the pass's pattern */
	struct iovec part[BUF_LIST_IOV];
	struct bs_extent extent;
	struct bs_io io;
	struct job job;
};

/* ---- the end ---- */

static void
sanitize_end_task(struct sanitize *op, struct outcome o)
{
	struct task *t = op->task;

	op->task = NULL;
	if (t != NULL)
		task_end(t, o);
}

static void
sanitize_finish(struct sanitize *op, bool done)
{
	struct lu *lu = op->lu;

	pthread_mutex_lock(&lu->mutex);
	lu->sanitize_restricted = !done && op->restricted;
	atomic_store(&lu->condition, done ? LU_READY : LU_SANITIZE_FAILED);
	pthread_mutex_unlock(&lu->mutex);
	log_notice("sanitize ended lun=%s result=%s", lu->identity.name,
	    done ? "done" : "failed");
	sanitize_end_task(op, medium_condition(lu));
	buf_list_put(op->home->pool, &op->data);
	free(op);
	lu_unref(lu);
}

/* ---- steps ---- */

static enum sanitize_pass
sanitize_pass(const struct sanitize *op)
{
	if (!op->erase)
		return PASS_OVERWRITE;
	return op->pass == 0 ? PASS_ZERO : PASS_DISCARD;
}

static void
sanitize_show_progress(struct sanitize *op)
{
	uint64_t part = op->cursor / (op->size / 65536 + 1);

	atomic_store(&op->lu->progress,
	    (unsigned)min_u64(
		65535, (op->pass * UINT64_C(65535) + part) / op->passes));
}

/* How long it has to wait to keep to the unit's rate. */
static uint64_t
sanitize_lead_ms(const struct sanitize *op)
{
	uint64_t rate = op->lu->options.sanitize_rate, due;

	if (rate == 0 || op->home->after == NULL)
		return 0;
	due = op->started_ms + op->written / (rate / 1000 + 1);
	return due > op->home->now_ms ? due - op->home->now_ms : 0;
}

static void
sanitize_yield(struct sanitize *op)
{
	uint64_t ms = sanitize_lead_ms(op);

	if (ms > 0)
		op->home->after(
		    op->home, &op->job, (unsigned)min_u64(ms, 1000));
	else
		op->home->post(op->home, &op->job);
}

static void
sanitize_step_done(struct bs_io *io, int error)
{
	struct sanitize *op = container_of(io, struct sanitize, io);

	if (error != 0) {
		log_error("sanitize failed lun=%s error=\"%s\"",
		    op->lu->identity.name, strerror(-error));
		sanitize_finish(op, false);
		return;
	}
	sanitize_show_progress(op);
	sanitize_yield(op);
}

static void
sanitize_submit(struct sanitize *op, enum bs_op what, uint64_t length)
{
	op->io.op = what;
	op->io.flags = 0;
	op->io.offset = op->cursor;
	op->io.length = length;
	op->io.home = op->home;
	op->io.done = sanitize_step_done;
	op->io.iov = op->part;
	op->io.iovcnt = 0;
	if (what == BS_WRITE) {
		op->io.iovcnt = buf_list_slice(
		    &op->data, 0, length, op->part, BUF_LIST_IOV);
		op->written += length;
	}
	if (what != BS_MAP && what != BS_FLUSH)
		op->cursor += length;
	backstore_submit(op->lu->bs, &op->io);
}

static void
sanitize_write(struct sanitize *op, uint64_t end)
{
	sanitize_submit(
	    op, BS_WRITE, min_u64(end - op->cursor, op->data.bytes));
}

/* A hole need not be overwritten; what is left of a block of it is. */
static void
sanitize_mapped(struct bs_io *io, int error)
{
	struct sanitize *op = container_of(io, struct sanitize, io);
	uint64_t block = 1u << op->lu->block_shift, end = op->size;

	if (error == 0 && io->extents_found > 0)
		end = min_u64(end, op->extent.offset + op->extent.length);
	if (error == 0 && io->extents_found > 0 &&
	    op->extent.kind == BS_EXTENT_HOLE && end >= op->cursor + block)
		op->cursor = end - end % block;
	else
		op->data_end =
		    min_u64(op->size, (end + block - 1) / block * block);
	sanitize_step_done(io, error);
}

static void
sanitize_zero(struct sanitize *op)
{
	const struct bs_info *info = &op->lu->bs->info;

	if (!backstore_maps(op->lu->bs) || !info->discard_zeroes)
		op->data_end = op->size;
	if (op->cursor < op->data_end) {
		sanitize_write(op, op->data_end);
		return;
	}
	op->io.extents = &op->extent;
	op->io.max_extents = 1;
	op->io.op = BS_MAP;
	op->io.offset = op->cursor;
	op->io.length = op->size - op->cursor;
	op->io.home = op->home;
	op->io.done = sanitize_mapped;
	backstore_submit(op->lu->bs, &op->io);
}

/* Whole granules; what is left at the end stays zero. */
static void
sanitize_discard(struct sanitize *op)
{
	const struct bs_info *info = &op->lu->bs->info;
	uint64_t left = op->size - op->cursor, longest = DISCARD_MAX_BYTES;

	if (info->max_discard_bytes != 0)
		longest = min_u64(longest, info->max_discard_bytes);
	left = min_u64(left, longest);
	left -= left % info->discard_granularity;
	if (left > 0) {
		sanitize_submit(op, BS_DISCARD, left);
		return;
	}
	op->cursor = op->size;
	sanitize_yield(op);
}

/* The last pass leaves the pattern as it was given. */
static void
sanitize_fill(struct sanitize *op)
{
	unsigned block = 1u << op->lu->block_shift, i;
	bool invert = op->invert && (op->passes - 1 - op->pass) % 2 == 1;
	uint8_t bytes[BLOCK_MAX];
	size_t at;

	for (i = 0; i < block; i++)
		bytes[i] = op->pattern[i] ^ (invert ? 0xff : 0x00);
	for (at = 0; at < op->data.bytes; at += block)
		buf_list_write(&op->data, at, bytes, block);
}

static void
sanitize_next_pass(struct sanitize *op)
{
	op->flushing = false;
	op->cursor = 0;
	op->pass++;
	if (op->pass == op->passes) {
		sanitize_finish(op, true);
		return;
	}
	sanitize_fill(op);
	sanitize_yield(op);
}

static void
sanitize_piece(struct sanitize *op)
{
	if (sanitize_pass(op) == PASS_OVERWRITE)
		sanitize_write(op, op->size);
	else if (sanitize_pass(op) == PASS_ZERO)
		sanitize_zero(op);
	else
		sanitize_discard(op);
}

/* Nobody serves the unit any more: the reference is the last one. */
static bool
sanitize_is_abandoned(const struct sanitize *op)
{
	return atomic_load(&op->lu->references) == 1 ||
	       atomic_load(&op->lu->sanitize_stops);
}

static void
sanitize_step(struct job *job)
{
	struct sanitize *op = container_of(job, struct sanitize, job);

	if (op->task != NULL && op->task->aborted)
		sanitize_end_task(op, TASK_ABORTED);
	if (sanitize_is_abandoned(op)) {
		log_warning("sanitize interrupted, and not resumed lun=%s",
		    op->lu->identity.name);
		sanitize_finish(op, false);
	} else if (op->cursor < op->size) {
		sanitize_piece(op);
	} else if (!op->flushing) {
		op->flushing = true;
		sanitize_submit(op, BS_FLUSH, 0);
	} else {
		sanitize_next_pass(op);
	}
}

/* ---- the beginning ---- */

static struct sanitize *
sanitize_new(struct task *t)
{
	struct sanitize *op = calloc(1, sizeof(*op));
	struct lu *lu = task_lu(t);

	if (op == NULL)
		return NULL;
	op->lu = lu;
	op->home = t->nexus->home;
	op->size = sbc_bytes(t, sbc_capacity(t));
	op->restricted = (t->cdb[1] & AUSE) == 0;
	op->started_ms = op->home->now_ms;
	op->io.then = BS_OPS;
	op->job.fn = sanitize_step;
	if (!buf_list_get(op->home->pool, PIECE_BYTES, &op->data)) {
		free(op);
		return NULL;
	}
	lu_ref(lu);
	return op;
}

/* False: it is the failure of a restricted one that is to be overcome. */
static bool
sanitize_claim(struct task *t)
{
	struct lu *lu = task_lu(t);
	bool admitted;

	pthread_mutex_lock(&lu->mutex);
	admitted = !lu->sanitize_restricted || (t->cdb[1] & AUSE) == 0;
	if (admitted) {
		atomic_store(&lu->progress, 0);
		atomic_store(&lu->condition, LU_SANITIZING);
	}
	pthread_mutex_unlock(&lu->mutex);
	return admitted;
}

/*
 * The row is CMD_ATOMIC: no write is under way.  What waits is let go, to be
 * told that it has come too late.
 */
static void
sanitize_begin(struct task *t, struct sanitize *op)
{
	log_notice("sanitize begins lun=%s initiator=%s method=%s",
	    op->lu->identity.name, t->nexus->initiator_name,
	    op->erase ? "erase" : "overwrite");
	sanitize_fill(op);
	op->home->post(op->home, &op->job);
	if (t->cdb[1] & IMMED) {
		task_end(t, GOOD);
		return;
	}
	op->task = t;
	gate_leave_early(t);
}

static void
sanitize_start(struct task *t, struct sanitize *op)
{
	if (op == NULL) {
		task_end(t, BUSY);
	} else if (!sanitize_claim(t)) {
		buf_list_put(op->home->pool, &op->data);
		lu_unref(op->lu);
		free(op);
		task_end(t, invalid_field_in_cdb(1, 5));
	} else {
		sanitize_begin(t, op);
	}
}

/* ---- OVERWRITE ---- */

static uint32_t
sanitize_list_length(const struct task *t)
{
	return get_be16(t->cdb + 7);
}

struct outcome
sanitize_overwrite_prepare(struct task *t)
{
	uint32_t length = sanitize_list_length(t);

	if (length <= LIST_HEADER || length > LIST_HEADER + sbc_block_size(t))
		return invalid_field_in_cdb(7, -1);
	task_expect_data_out(t, length, 1);
	return t->data_out_wanted < length ? PARAMETER_LIST_LENGTH : GOOD;
}

static struct outcome
sanitize_check_list(const struct task *t, const uint8_t header[LIST_HEADER])
{
	uint32_t pattern = get_be16(header + 2);

	if ((header[0] & LIST_TEST) != 0)
		return invalid_field_in_list(0, 6);
	if ((header[0] & LIST_COUNT) == 0)
		return invalid_field_in_list(0, 4);
	if (pattern == 0 || pattern > sanitize_list_length(t) - LIST_HEADER)
		return invalid_field_in_list(2, -1);
	return GOOD;
}

void
sanitize_overwrite_execute(struct task *t)
{
	uint8_t header[LIST_HEADER], list[BLOCK_MAX];
	struct sanitize *op;
	struct outcome o;
	uint32_t i, pattern;

	buf_list_read(&t->data, 0, header, sizeof(header));
	o = sanitize_check_list(t, header);
	if (!outcome_good(o)) {
		task_end(t, o);
		return;
	}
	op = sanitize_new(t);
	if (op != NULL) {
		pattern = get_be16(header + 2);
		buf_list_read(&t->data, LIST_HEADER, list, pattern);
		for (i = 0; i < sbc_block_size(t); i++)
			op->pattern[i] = list[i % pattern];
		op->passes = header[0] & LIST_COUNT;
		op->invert = (header[0] & LIST_INVERT) != 0;
	}
	sanitize_start(t, op);
}

/* ---- BLOCK ERASE, EXIT FAILURE MODE ---- */

void
sanitize_erase_execute(struct task *t)
{
	struct sanitize *op = sanitize_new(t);

	if (op != NULL) {
		op->erase = true;
		op->passes = 2;
	}
	sanitize_start(t, op);
}

void
sanitize_exit_execute(struct task *t)
{
	struct lu *lu = task_lu(t);
	bool admitted;

	pthread_mutex_lock(&lu->mutex);
	admitted = !lu->sanitize_restricted;
	if (admitted && atomic_load(&lu->condition) == LU_SANITIZE_FAILED)
		atomic_store(&lu->condition, LU_READY);
	pthread_mutex_unlock(&lu->mutex);
	task_end(t, admitted ? GOOD : invalid_field_in_cdb(1, 4));
}

/* ---- for the shell ---- */

void
sanitize_stop(struct lu *lu)
{
	atomic_store(&lu->sanitize_stops, true);
}

bool
sanitize_is_running(const struct lu *lu)
{
	return atomic_load(&lu->condition) == LU_SANITIZING;
}
