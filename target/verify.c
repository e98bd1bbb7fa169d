/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/verify.c - read the medium in pieces, and compare.
 */
#include "target/limits.h"
#include "target/sbc.h"
#include "target/span.h"
#include "target/verify.h"

/* Data-Out that BYTCHK asks for, in blocks. */
static uint32_t
verify_data_blocks(const struct task *t)
{
	switch (verify_bytchk(t)) {
	case BYTCHK_EACH_BLOCK:
		return t->blocks;
	case BYTCHK_SINGLE_BLOCK:
		return t->blocks == 0 ? 0 : 1;
	default:
		return 0;
	}
}

struct outcome
verify_prepare(struct task *t)
{
	struct outcome o;

	/* 10b is reserved. */
	if (verify_bytchk(t) == 2)
		return invalid_field_in_cdb(1, 2);
	sbc_decode(t);
	o = sbc_check_range(t);
	if (outcome_good(o) && verify_bytchk(t) == BYTCHK_EACH_BLOCK)
		o = sbc_check_length(t, limit_transfer_blocks(task_lu(t)));
	if (!outcome_good(o))
		return o;
	task_expect_data_out(
	    t, (uint32_t)sbc_bytes(t, verify_data_blocks(t)), 1);
	/* Blocks without data to compare with cannot be called verified. */
	if (t->data_out_wanted < t->transfer_length)
		return DATA_OUT_LENGTH_MISMATCH;
	return GOOD;
}

static size_t
verify_piece(const struct task *t)
{
	return min_u64(sbc_bytes(t, t->blocks) - t->cursor, t->scratch.bytes);
}

/* Offset in the piece of the first difference; its size when there is none. */
static size_t
verify_compare(const struct task *t, size_t piece)
{
	size_t block = sbc_block_size(t), offset, same;

	if (t->step == BYTCHK_EACH_BLOCK)
		return span_compare(&t->scratch, 0, &t->data, t->cursor, piece);
	if (t->step == BYTCHK_NONE)
		return piece;
	for (offset = 0; offset < piece; offset += block) {
		same = span_compare(&t->scratch, offset, &t->data, 0, block);
		if (same < block)
			return offset + same;
	}
	return piece;
}

static void verify_read_done(struct task *t, int error);

static void
verify_next(struct task *t)
{
	size_t piece = verify_piece(t);

	if (piece == 0)
		task_end(t, GOOD);
	else
		task_io(t, BS_READ, 0, sbc_bytes(t, t->lba) + t->cursor, piece,
		    &t->scratch, verify_read_done);
}

static void
verify_read_done(struct task *t, int error)
{
	size_t piece = verify_piece(t), same;

	if (error != 0) {
		task_end(t, outcome_of_errno(error, false));
		return;
	}
	same = verify_compare(t, piece);
	if (same < piece) {
		task_end(t, miscompare(t->cursor + same));
		return;
	}
	t->cursor += piece;
	verify_next(t);
}

void
verify_medium(struct task *t, enum bytchk bytchk)
{
	uint64_t bytes = sbc_bytes(t, t->blocks);

	t->step = bytchk;
	t->cursor = 0;
	if (sbc_take_scratch(t, min_u64(bytes, SCRATCH_MAX_BYTES)))
		verify_next(t);
}

static void
verify_flushed(struct task *t, int error)
{
	if (error != 0)
		task_end(t, outcome_of_errno(error, true));
	else
		verify_medium(t, verify_bytchk(t));
}

void
verify_execute(struct task *t)
{
	if (t->blocks == 0)
		task_end(t, GOOD);
	else if (task_lu(t)->bs->info.volatile_cache)
		/* What is verified is the medium, SBC-3 5.29. */
		task_io(t, BS_FLUSH, 0, 0, 0, NULL, verify_flushed);
	else
		verify_medium(t, verify_bytchk(t));
}
