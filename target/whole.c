/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/whole.c - an operation over all of a logical unit.
 *
 * It lives on the home where it was asked for; between two pieces it goes
 * through the home's queue, so that others have their turn.
 */
#include "target/whole.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "target/gate.h"
#include "target/limits.h"
#include "target/medium.h"
#include "target/sbc.h"
#include "target/settings.h"

#define PIECE_BYTES       SCRATCH_MAX_BYTES
#define DISCARD_MAX_BYTES (1u << 30)

#define FORMAT_FAILED CHECK(SENSE_MEDIUM_ERROR, 0x31, 0x01)

enum whole_pass { PASS_OVERWRITE, PASS_ZERO, PASS_DISCARD, PASS_ZEROES };

static const struct whole_kind {
	const char *verb, *method; /* of the log */
	enum lu_condition running, failed;
} whole_kinds[] = {
	[WHOLE_OVERWRITE] = { "sanitize", "overwrite", LU_SANITIZING,
	    LU_SANITIZE_FAILED },
	[WHOLE_ERASE] = { "sanitize", "erase", LU_SANITIZING,
	    LU_SANITIZE_FAILED },
	[WHOLE_FORMAT] = { "format", "zeros", LU_FORMATTING, LU_FORMAT_FAILED },
};

struct whole {
	struct lu *lu; /* holds a reference */
	struct home *home;
	struct task *task; /* that ends with it; NULL: IMMED, or aborted */
	struct whole_request request;
	enum lu_condition before; /* of the unit */
	unsigned pass;
	uint64_t size;       /* bytes of the unit at its beginning */
	uint64_t cursor;     /* reached in this pass */
	uint64_t data_end;   /* PASS_ZERO: no hole before this */
	bool flushing;       /* the pass has been written */
	uint64_t started_ms; /* on home's clock */
	uint64_t written;    /* bytes since then */
	/* Whole blocks of the pass's pattern; none where the store makes it. */
	struct buf_list data;
	struct iovec part[BUF_LIST_IOV];
	struct bs_extent extent;
	struct bs_io io;
	struct job job;
};

/* ---- the end ---- */

static const struct whole_kind *
whole_kind(const struct whole *op)
{
	return &whole_kinds[op->request.method];
}

/* Under lu->mutex, before another can begin. */
static struct outcome
whole_result(const struct whole *op, bool done)
{
	if (done)
		return GOOD;
	return op->request.method == WHOLE_FORMAT ? FORMAT_FAILED
						  : medium_condition(op->lu);
}

static void
whole_end_task(struct whole *op, struct outcome o)
{
	struct task *t = op->task;

	op->task = NULL;
	if (t != NULL)
		task_end(t, o);
}

static void
whole_free(struct whole *op)
{
	struct lu *lu = op->lu;

	buf_list_put(op->home->pool, &op->data);
	free(op);
	lu_unref(lu);
}

static void
whole_finish(struct whole *op, bool done)
{
	const struct whole_kind *kind = whole_kind(op);
	struct lu *lu = op->lu;
	struct outcome o;

	pthread_mutex_lock(&lu->mutex);
	lu->sanitize_restricted = !done && op->request.restricted;
	atomic_store(&lu->condition, done ? LU_READY : kind->failed);
	o = whole_result(op, done);
	pthread_mutex_unlock(&lu->mutex);
	log_notice("%s ended lun=%s result=%s", kind->verb, lu->identity.name,
	    done ? "done" : "failed");
	whole_end_task(op, o);
	whole_free(op);
}

/* ---- what is kept ---- */

/* Who asked for a SANITIZE does not find the unit ready before one is done,
 * whatever ends the daemon. */
static bool
whole_is_kept(const struct whole *op)
{
	return op->request.method != WHOLE_FORMAT &&
	       settings_can_be_kept(op->lu);
}

static void
whole_note(struct whole *op, enum settings_sanitize sanitize,
    void (*done)(void *ctx, struct outcome o))
{
	settings_note_sanitize(op->lu, op->home, sanitize, done, op);
}

static void
whole_forgotten(void *ctx, struct outcome o)
{
	whole_finish(ctx, outcome_good(o));
}

static void
whole_done(struct whole *op)
{
	if (whole_is_kept(op))
		whole_note(op, SANITIZE_NONE, whole_forgotten);
	else
		whole_finish(op, true);
}

/* ---- steps ---- */

static enum whole_pass
whole_pass(const struct whole *op)
{
	if (op->request.method == WHOLE_OVERWRITE)
		return PASS_OVERWRITE;
	if (op->request.method == WHOLE_FORMAT)
		return PASS_ZEROES;
	return op->pass == 0 ? PASS_ZERO : PASS_DISCARD;
}

static void
whole_show_progress(struct whole *op)
{
	uint64_t part = op->cursor / (op->size / 65536 + 1);

	atomic_store(&op->lu->progress,
	    (unsigned)min_u64(65535,
		(op->pass * UINT64_C(65535) + part) / op->request.passes));
}

/* How long it has to wait to keep to the unit's rate. */
static uint64_t
whole_lead_ms(const struct whole *op)
{
	uint64_t rate = op->lu->options.sanitize_rate, due;

	if (rate == 0 || op->home->after == NULL)
		return 0;
	due = op->started_ms + op->written / (rate / 1000 + 1);
	return due > op->home->now_ms ? due - op->home->now_ms : 0;
}

static void
whole_yield(struct whole *op)
{
	uint64_t ms = whole_lead_ms(op);

	if (ms > 0)
		op->home->after(
		    op->home, &op->job, (unsigned)min_u64(ms, 1000));
	else
		op->home->post(op->home, &op->job);
}

static void
whole_step_done(struct bs_io *io, int error)
{
	struct whole *op = container_of(io, struct whole, io);

	if (error != 0) {
		log_error("%s failed lun=%s error=\"%s\"", whole_kind(op)->verb,
		    op->lu->identity.name, strerror(-error));
		whole_finish(op, false);
		return;
	}
	whole_show_progress(op);
	whole_yield(op);
}

static void
whole_submit(struct whole *op, enum bs_op what, uint64_t length)
{
	op->io.op = what;
	op->io.flags = 0;
	op->io.offset = op->cursor;
	op->io.length = length;
	op->io.home = op->home;
	op->io.done = whole_step_done;
	op->io.iov = op->part;
	op->io.iovcnt = 0;
	if (what == BS_WRITE)
		op->io.iovcnt = buf_list_slice(
		    &op->data, 0, length, op->part, BUF_LIST_IOV);
	if (what == BS_WRITE_ZEROES && lu_can_unmap(op->lu))
		op->io.flags = BS_MAY_UNMAP;
	if (what == BS_WRITE || what == BS_WRITE_ZEROES)
		op->written += length;
	if (what != BS_MAP && what != BS_FLUSH)
		op->cursor += length;
	backstore_submit(op->lu->bs, &op->io);
}

static void
whole_write(struct whole *op, uint64_t end)
{
	whole_submit(op, BS_WRITE, min_u64(end - op->cursor, op->data.bytes));
}

/* A hole need not be overwritten; what is left of a block of it is. */
static void
whole_mapped(struct bs_io *io, int error)
{
	struct whole *op = container_of(io, struct whole, io);
	uint64_t block = 1u << op->lu->block_shift, end = op->size;

	if (error == 0 && io->extents_found > 0)
		end = min_u64(end, op->extent.offset + op->extent.length);
	if (error == 0 && io->extents_found > 0 &&
	    op->extent.kind == BS_EXTENT_HOLE && end >= op->cursor + block)
		op->cursor = end - end % block;
	else
		op->data_end =
		    min_u64(op->size, (end + block - 1) / block * block);
	whole_step_done(io, error);
}

static void
whole_zero(struct whole *op)
{
	const struct bs_info *info = &op->lu->bs->info;

	if (!backstore_maps(op->lu->bs) || !info->discard_zeroes)
		op->data_end = op->size;
	if (op->cursor < op->data_end) {
		whole_write(op, op->data_end);
		return;
	}
	op->io.extents = &op->extent;
	op->io.max_extents = 1;
	op->io.op = BS_MAP;
	op->io.offset = op->cursor;
	op->io.length = op->size - op->cursor;
	op->io.home = op->home;
	op->io.done = whole_mapped;
	backstore_submit(op->lu->bs, &op->io);
}

/* Whole granules; what is left at the end stays zero. */
static void
whole_discard(struct whole *op)
{
	const struct bs_info *info = &op->lu->bs->info;
	uint64_t left = op->size - op->cursor, longest = DISCARD_MAX_BYTES;

	if (info->max_discard_bytes != 0)
		longest = min_u64(longest, info->max_discard_bytes);
	left = min_u64(left, longest);
	left -= left % info->discard_granularity;
	if (left > 0) {
		whole_submit(op, BS_DISCARD, left);
		return;
	}
	op->cursor = op->size;
	whole_yield(op);
}

/* The last pass leaves the pattern as it was given. */
static void
whole_fill(struct whole *op)
{
	unsigned block = 1u << op->lu->block_shift, i;
	bool invert =
	    op->request.invert && (op->request.passes - 1 - op->pass) % 2 == 1;
	uint8_t bytes[WHOLE_BLOCK_MAX];
	size_t at;

	for (i = 0; i < block; i++)
		bytes[i] = op->request.pattern[i] ^ (invert ? 0xff : 0x00);
	for (at = 0; at < op->data.bytes; at += block)
		buf_list_write(&op->data, at, bytes, block);
}

static void
whole_next_pass(struct whole *op)
{
	op->flushing = false;
	op->cursor = 0;
	op->pass++;
	if (op->pass == op->request.passes) {
		whole_done(op);
		return;
	}
	whole_fill(op);
	whole_yield(op);
}

static void
whole_piece(struct whole *op)
{
	if (whole_pass(op) == PASS_OVERWRITE)
		whole_write(op, op->size);
	else if (whole_pass(op) == PASS_ZERO)
		whole_zero(op);
	else if (whole_pass(op) == PASS_DISCARD)
		whole_discard(op);
	else
		whole_submit(op, BS_WRITE_ZEROES,
		    min_u64(op->size - op->cursor, ZEROES_MAX_BYTES));
}

/* Nobody serves the unit any more: the reference is the last one. */
static bool
whole_is_abandoned(const struct whole *op)
{
	return atomic_load(&op->lu->references) == 1 ||
	       atomic_load(&op->lu->whole_stops);
}

static void
whole_step(struct job *job)
{
	struct whole *op = container_of(job, struct whole, job);

	if (op->task != NULL && op->task->aborted)
		whole_end_task(op, TASK_ABORTED);
	if (whole_is_abandoned(op)) {
		log_warning("%s interrupted, and not resumed lun=%s",
		    whole_kind(op)->verb, op->lu->identity.name);
		whole_finish(op, false);
	} else if (op->cursor < op->size) {
		/* A wait is a second at most, which a large piece outlasts. */
		if (whole_lead_ms(op) > 0)
			whole_yield(op);
		else
			whole_piece(op);
	} else if (!op->flushing) {
		op->flushing = true;
		whole_submit(op, BS_FLUSH, 0);
	} else {
		whole_next_pass(op);
	}
}

/* ---- the beginning ---- */

static struct whole *
whole_new(struct task *t, const struct whole_request *r)
{
	struct whole *op = calloc(1, sizeof(*op));
	struct lu *lu = task_lu(t);

	if (op == NULL)
		return NULL;
	op->request = *r;
	op->lu = lu;
	op->home = t->nexus->home;
	op->task = t;
	op->size = sbc_bytes(t, sbc_capacity(t));
	op->started_ms = op->home->now_ms;
	op->io.then = BS_OPS;
	op->job.fn = whole_step;
	if (whole_pass(op) != PASS_ZEROES &&
	    !buf_list_get(op->home->pool, PIECE_BYTES, &op->data)) {
		free(op);
		return NULL;
	}
	lu_ref(lu);
	return op;
}

/* False: it is the failure of a restricted SANITIZE that is to be overcome. */
static bool
whole_claim(struct whole *op)
{
	struct lu *lu = op->lu;
	bool admitted;

	pthread_mutex_lock(&lu->mutex);
	admitted = !lu->sanitize_restricted || op->request.restricted;
	if (admitted) {
		op->before = atomic_load(&lu->condition);
		atomic_store(&lu->progress, 0);
		atomic_store(&lu->condition, whole_kind(op)->running);
	}
	pthread_mutex_unlock(&lu->mutex);
	return admitted;
}

/*
 * The row is CMD_ATOMIC: no write is under way.  What waits is let go, to be
 * told that it has come too late.
 */
static void
whole_begin(struct whole *op)
{
	struct task *t = op->task;

	log_notice("%s begins lun=%s initiator=%s method=%s",
	    whole_kind(op)->verb, op->lu->identity.name,
	    t->nexus->initiator_name, whole_kind(op)->method);
	whole_fill(op);
	op->home->post(op->home, &op->job);
	if (op->request.immediate)
		whole_end_task(op, GOOD);
	else
		gate_leave_early(t);
}

/* Nothing has happened. */
static void
whole_give_up(struct whole *op, struct outcome o)
{
	struct lu *lu = op->lu;

	pthread_mutex_lock(&lu->mutex);
	atomic_store(&lu->condition, op->before);
	pthread_mutex_unlock(&lu->mutex);
	whole_end_task(op, o);
	whole_free(op);
}

static void
whole_noted(void *ctx, struct outcome o)
{
	if (outcome_good(o))
		whole_begin(ctx);
	else
		whole_give_up(ctx, o);
}

void
whole_execute(struct task *t, const struct whole_request *r)
{
	struct whole *op = whole_new(t, r);

	if (op == NULL) {
		task_end(t, BUSY);
	} else if (!whole_claim(op)) {
		whole_free(op);
		task_end(t, invalid_field_in_cdb(1, 5));
	} else if (whole_is_kept(op)) {
		whole_note(op,
		    r->restricted ? SANITIZE_RESTRICTED : SANITIZE_UNRESTRICTED,
		    whole_noted);
	} else {
		whole_begin(op);
	}
}

/* ---- for the shell ---- */

void
whole_stop(struct lu *lu)
{
	atomic_store(&lu->whole_stops, true);
}

bool
whole_is_running(const struct lu *lu)
{
	int condition = atomic_load(&lu->condition);

	return condition == LU_SANITIZING || condition == LU_FORMATTING;
}
