/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/copy.c - EXTENDED COPY(LID1): segments, piece by piece.
 *
 * A piece is read from one LU and written to the other, each by a guest (see
 * guest.h); or, where both stores can share blocks, cloned.  Where a piece has
 * part of a block, the blocks around it are read and written.  Between pieces
 * the copy waits in its home's inbox for its turn, so that other commands of
 * the worker have theirs.  The LUs are looked up again for each piece: a LUN
 * that is taken away ends the copy.
 */
#include <errno.h>
#include <stdlib.h>

#include "target/copy_impl.h"
#include "target/sbc.h"
#include "target/span.h"

/* Of a clone, or of zeroes: it may have to wait for what is not on disk yet. */
#define CLONE_MAX_BYTES (16u << 20)

#define THIRD_PARTY_DEVICE_FAILURE 0x0d, 0x01
#define UNREACHABLE_COPY_TARGET    0x08, 0x04

struct outcome
copy_prepare(struct task *t)
{
	uint32_t bytes = get_be32(t->cdb + 10);

	if (bytes > COPY_LIST_MAX)
		return PARAMETER_LIST_LENGTH;
	task_expect_data_out(t, bytes, 1);
	if (t->data_out_wanted < bytes)
		return PARAMETER_LIST_LENGTH;
	return GOOD;
}

/* ---- begin and end ---- */

struct copy *
copy_new(struct task *t)
{
	struct copy *c = t->data.bytes > 0 ? calloc(1, sizeof *c) : NULL;

	if (c == NULL) {
		task_end(t, t->data.bytes > 0 ? BUSY : GOOD);
		return NULL;
	}
	c->t = t;
	t->copy = c;
	c->list_bytes = t->data.bytes;
	buf_list_read(&t->data, 0, c->list, c->list_bytes);
	return c;
}

static void
copy_drop_cscd(struct copy_cscd *cscd)
{
	if (cscd->lu != NULL)
		lu_unref(cscd->lu);
}

void
copy_end(struct copy *c, struct outcome o)
{
	struct task *t = c->t;
	unsigned i;

	if (t->aborted)
		o = TASK_ABORTED;
	if (c->record != NULL)
		copy_record_end(c->record, o);
	buf_list_put(t->nexus->home->pool, &c->around);
	copy_drop_cscd(&c->own);
	for (i = 0; i < c->cscd_count; i++)
		copy_drop_cscd(&c->cscds[i]);
	t->copy = NULL;
	free(c);
	task_end(t, o);
}

/* What went wrong at a LU, once pieces of the segment may have been written:
 * INFORMATION is what is left of it, in blocks of the destination. */
static void
copy_fail(struct copy *c, uint8_t asc, uint8_t ascq)
{
	struct outcome o = copy_aborted(c->at, asc, ascq);
	unsigned shift;

	if (c->done > 0) {
		shift = c->segment.to->lu->block_shift;
		o.has_information = true;
		o.information =
		    align_up(c->segment.bytes - c->done, 1u << shift) >> shift;
	}
	copy_end(c, o);
}

/* ---- pieces ---- */

static size_t
copy_piece(const struct copy *c)
{
	size_t most = c->t->scratch.bytes;

	if (c->cloning || c->segment.from == NULL)
		most = CLONE_MAX_BYTES;
	else if (c->segment.in_parts)
		most = c->around.bytes - COPY_EDGES;
	return min_u64(c->segment.bytes - c->done, most);
}

/* Where in the segment the next piece is. */
static uint64_t
copy_place(const struct copy *c)
{
	if (c->segment.backwards)
		return c->segment.bytes - c->done - copy_piece(c);
	return c->done;
}

/* The blocks of one LU that hold a piece. */
struct copy_blocks {
	uint64_t offset;
	size_t bytes;
	size_t before; /* bytes of them that are not of the piece */
};

static struct copy_blocks
copy_blocks(const struct copy *c, const struct copy_cscd *cscd, uint64_t start)
{
	uint64_t block = 1u << cscd->lu->block_shift;
	uint64_t at = start + copy_place(c);
	size_t before = at % block;

	return (struct copy_blocks){
		.offset = at - before,
		.bytes = align_up(before + copy_piece(c), block),
		.before = before,
	};
}

static struct copy_blocks
copy_source_blocks(const struct copy *c)
{
	return copy_blocks(c, c->segment.from, c->segment.from_offset);
}

static struct copy_blocks
copy_destination_blocks(const struct copy *c)
{
	return copy_blocks(c, c->segment.to, c->segment.to_offset);
}

static void copy_go_on(struct job *job);

static void
copy_written(struct task *t, struct outcome o)
{
	struct home *home = t->nexus->home;
	struct copy *c = t->copy;
	size_t piece = copy_piece(c);

	if (!outcome_good(o)) {
		copy_fail(c, THIRD_PARTY_DEVICE_FAILURE);
		return;
	}
	c->done += piece;
	c->record->bytes += piece;
	c->job.fn = copy_go_on;
	home->post(home, &c->job);
}

static void
copy_put_in(struct task *t)
{
	struct copy *c = t->copy;

	span_copy(&c->around, copy_destination_blocks(c).before, &t->scratch,
	    copy_source_blocks(c).before, copy_piece(c));
}

static void
copy_write_part(struct copy *c, struct nexus_lu *to)
{
	struct copy_blocks at = copy_destination_blocks(c);

	guest_change(&c->destination, c->t, to, at.offset, at.bytes, &c->around,
	    copy_put_in, copy_written);
}

static void
copy_write(struct copy *c, struct nexus_lu *to)
{
	struct task *t = c->t;
	struct copy_blocks at = copy_destination_blocks(c);

	/* What is empty stays empty, so that a thin LU's copy is thin. */
	if (lu_can_unmap(to->lu) && span_is_zero(&t->scratch, 0, at.bytes))
		guest_io(&c->destination, t, to, BS_WRITE_ZEROES, BS_MAY_UNMAP,
		    at.offset, at.bytes, NULL, copy_written);
	else
		guest_io(&c->destination, t, to, BS_WRITE, 0, at.offset,
		    at.bytes, &t->scratch, copy_written);
}

static void
copy_read_done(struct task *t, struct outcome o)
{
	struct copy *c = t->copy;
	struct nexus_lu *to;

	if (t->aborted || !outcome_good(o)) {
		copy_fail(c, THIRD_PARTY_DEVICE_FAILURE);
		return;
	}
	to = copy_reach(c, c->segment.to);
	if (to == NULL)
		copy_fail(c, UNREACHABLE_COPY_TARGET);
	else if (c->segment.in_parts)
		copy_write_part(c, to);
	else
		copy_write(c, to);
}

static void
copy_read(struct copy *c)
{
	struct nexus_lu *from = copy_reach(c, c->segment.from);
	struct copy_blocks at = copy_source_blocks(c);

	if (from == NULL)
		copy_fail(c, UNREACHABLE_COPY_TARGET);
	else
		guest_io(&c->source, c->t, from, BS_READ, 0, at.offset,
		    at.bytes, &c->t->scratch, copy_read_done);
}

static void
copy_cloned(struct task *t, struct outcome o)
{
	struct copy *c = t->copy;

	if (t->aborted || c->source.error != -EOPNOTSUPP) {
		copy_written(t, o);
		return;
	}
	c->cloning = false;
	copy_read(c);
}

static void
copy_clone(struct copy *c)
{
	struct nexus_lu *from = copy_reach(c, c->segment.from);
	struct nexus_lu *to = copy_reach(c, c->segment.to);

	if (from == NULL || to == NULL)
		copy_fail(c, UNREACHABLE_COPY_TARGET);
	else
		guest_clone(&c->source, from, c->segment.from_offset + c->done,
		    &c->destination, to, c->segment.to_offset + c->done,
		    copy_piece(c), c->t, copy_cloned);
}

static void
copy_zero(struct copy *c)
{
	struct nexus_lu *to = copy_reach(c, c->segment.to);

	if (to == NULL)
		copy_fail(c, UNREACHABLE_COPY_TARGET);
	else
		guest_io(&c->destination, c->t, to, BS_WRITE_ZEROES,
		    BS_MAY_UNMAP, c->segment.to_offset + c->done, copy_piece(c),
		    NULL, copy_written);
}

/* ---- segments ---- */

static bool
copy_may_clone(const struct copy_segment *s)
{
	return s->from != NULL && !s->overlaps && !s->in_parts &&
	       backstore_can_clone(s->to->lu->bs, s->from->lu->bs);
}

/* Go to the next one, from c->at on, that has something to copy.  Sizes,
 * reservations and LUNs may have changed since the list was checked. */
static struct outcome
copy_find_segment(struct copy *c)
{
	struct outcome o = GOOD;

	c->done = 0;
	for (; c->at < c->segment_count; c->at++) {
		c->record->segments = (uint16_t)c->at;
		o = c->decode(c, c->at, &c->segment);
		if (!outcome_good(o))
			return o;
		c->cloning = copy_may_clone(&c->segment);
		if (c->segment.bytes > 0)
			return o;
	}
	c->record->segments = (uint16_t)c->at;
	return GOOD;
}

static void
copy_step(struct copy *c, struct outcome o)
{
	if (!outcome_good(o) || c->t->aborted || c->at == c->segment_count)
		copy_end(c, outcome_good(o) ? c->outcome : o);
	else if (c->segment.from == NULL)
		copy_zero(c);
	else if (c->cloning)
		copy_clone(c);
	else
		copy_read(c);
}

static void
copy_go_on(struct job *job)
{
	struct copy *c = container_of(job, struct copy, job);
	struct outcome o = GOOD;

	if (c->done == c->segment.bytes) {
		c->at++;
		o = copy_find_segment(c);
	}
	copy_step(c, o);
}

/* Bytes of buffers that the pieces of all segments want. */
struct copy_wants {
	size_t scratch, around;
};

static void
copy_want(struct copy_wants *w, const struct copy_segment *s)
{
	size_t part = min_u64(s->bytes + COPY_EDGES, COPY_PART_MAX);

	if (s->from == NULL || s->bytes == 0)
		return;
	w->scratch = max_u64(w->scratch,
	    s->in_parts ? part : min_u64(s->bytes, SCRATCH_MAX_BYTES));
	if (s->in_parts)
		w->around = max_u64(w->around, part);
}

/* All of the list, before anything is moved. */
static struct outcome
copy_check(struct copy *c, struct copy_wants *w)
{
	struct outcome o = GOOD;
	struct copy_segment s;
	unsigned i;

	for (i = 0; i < c->segment_count && outcome_good(o); i++) {
		o = c->decode(c, i, &s);
		if (outcome_good(o))
			copy_want(w, &s);
	}
	return o;
}

static bool
copy_take_buffers(struct copy *c, const struct copy_wants *w)
{
	struct buf_pool *pool = c->t->nexus->home->pool;

	return buf_list_get(pool, w->scratch, &c->t->scratch) &&
	       buf_list_get(pool, w->around, &c->around);
}

static struct outcome
copy_begin(struct copy *c, uint64_t key)
{
	struct task *t = c->t;
	struct copy_wants wants = { 0 };
	struct outcome o = copy_check(c, &wants);

	if (outcome_good(o))
		o = copy_record_new(t->nl, key, &c->record);
	if (!outcome_good(o))
		return o;
	c->record->action = t->cdb[1] & 0x1f;
	if (!copy_take_buffers(c, &wants))
		return BUSY;
	return copy_find_segment(c);
}

void
copy_launch(struct copy *c, struct outcome o, uint64_t key)
{
	copy_step(c, outcome_good(o) ? copy_begin(c, key) : o);
}

void
copy_execute(struct task *t)
{
	struct copy *c = copy_new(t);
	struct outcome o;

	if (c == NULL)
		return;
	c->decode = copy_list_segment;
	o = copy_list_parse(c);
	copy_launch(c, o,
	    (c->list[1] >> 3 & 3) == COPY_NO_LIST_ID ? COPY_KEY_NONE
						     : c->list[0]);
}
