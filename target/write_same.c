/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/write_same.c - WRITE SAME.
 */
#include "target/limits.h"
#include "target/sbc.h"
#include "target/span.h"
#include "target/write_same.h"

#define CDB_UNMAP 0x08
#define CDB_NDOB  0x01 /* (16) only; refused by the usage mask of (10) */

static struct outcome
write_same_prepare_range(struct task *t)
{
	struct outcome o;

	sbc_decode(t);
	o = sbc_check_range(t);
	if (!outcome_good(o))
		return o;
	if (t->blocks == 0) /* WSNZ */
		return sbc_invalid_length(t);
	return sbc_check_length(t, MAX_WRITE_SAME_BLOCKS);
}

struct outcome
write_same_prepare(struct task *t)
{
	struct outcome o;

	if ((t->cdb[1] & CDB_UNMAP) != 0 && !lu_can_unmap(task_lu(t)))
		return invalid_field_in_cdb(1, 3);
	o = write_same_prepare_range(t);
	if (!outcome_good(o) || (t->cdb[1] & CDB_NDOB) != 0)
		return o;
	task_expect_data_out(t, sbc_block_size(t), 1);
	if (t->data_out_length != t->transfer_length)
		return DATA_OUT_LENGTH_MISMATCH;
	return GOOD;
}

static uint64_t
write_same_left(const struct task *t)
{
	return sbc_bytes(t, t->blocks) - t->cursor;
}

/* ---- zeros ---- */

static void
write_same_zeroes_next(struct task *t, int error)
{
	uint64_t left = write_same_left(t), piece, offset;

	if (error != 0 || left == 0) {
		sbc_end_write(t, error);
		return;
	}
	piece = min_u64(left, ZEROES_MAX_BYTES);
	offset = sbc_bytes(t, t->lba) + t->cursor;
	t->cursor += piece;
	task_io(t, BS_WRITE_ZEROES,
	    (t->cdb[1] & CDB_UNMAP) != 0 ? BS_MAY_UNMAP : 0, offset, piece,
	    NULL, write_same_zeroes_next);
}

/* ---- any other block ---- */

static void
write_same_pattern_next(struct task *t, int error)
{
	uint64_t left = write_same_left(t), piece, offset;

	if (error != 0 || left == 0) {
		sbc_end_write(t, error);
		return;
	}
	piece = min_u64(left, t->scratch.bytes);
	offset = sbc_bytes(t, t->lba) + t->cursor;
	t->cursor += piece;
	task_io(t, BS_WRITE, 0, offset, piece, &t->scratch,
	    write_same_pattern_next);
}

void
write_same_execute(struct task *t)
{
	size_t block = sbc_block_size(t);

	if ((t->cdb[1] & CDB_NDOB) != 0 || span_is_zero(&t->data, 0, block)) {
		write_same_zeroes_next(t, 0);
		return;
	}
	if (!sbc_take_scratch(
		t, min_u64(write_same_left(t), SCRATCH_MAX_BYTES)))
		return;
	span_fill(&t->scratch, &t->data, block);
	write_same_pattern_next(t, 0);
}
