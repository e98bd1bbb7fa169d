/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/caw.c - COMPARE AND WRITE, ORWRITE(16).
 */
#include "target/caw.h"
#include "target/limits.h"
#include "target/rw.h"
#include "target/sbc.h"
#include "target/span.h"

/* ---- COMPARE AND WRITE ---- */

struct outcome
caw_prepare(struct task *t)
{
	struct outcome o;

	t->lba = get_be64(t->cdb + 2);
	t->blocks = t->cdb[13];
	if (t->blocks > limit_caw_blocks(task_lu(t)))
		return invalid_field_in_cdb(13, -1);
	o = sbc_check_range(t);
	if (!outcome_good(o))
		return o;
	/* Nothing to do is GOOD, but not with data: a count of 256 that was cut
	 * to its low eight bits looks like this. */
	if (t->blocks == 0)
		return t->data_out_length == 0 ? GOOD
					       : invalid_field_in_cdb(13, -1);
	/* First what is to be there, then what is to be written. */
	task_expect_data_out(t, 2 * (uint32_t)sbc_bytes(t, t->blocks), 1);
	if (t->data_out_length != t->transfer_length)
		return DATA_OUT_LENGTH_MISMATCH;
	return GOOD;
}

static void
caw_read_done(struct task *t, int error)
{
	size_t bytes = sbc_bytes(t, t->blocks), same;

	if (error != 0) {
		task_end(t, outcome_of_errno(error, false));
		return;
	}
	same = span_compare(&t->scratch, 0, &t->data, 0, bytes);
	if (same < bytes) {
		task_end(t, miscompare(same));
		return;
	}
	span_copy(&t->scratch, 0, &t->data, bytes, bytes);
	task_io(t, BS_WRITE, sbc_write_flags(t), sbc_bytes(t, t->lba), bytes,
	    &t->scratch, sbc_end_write);
}

void
caw_execute(struct task *t)
{
	size_t bytes = sbc_bytes(t, t->blocks);

	if (bytes == 0)
		task_end(t, GOOD);
	else if (sbc_take_scratch(t, bytes))
		task_io(t, BS_READ, 0, sbc_bytes(t, t->lba), bytes, &t->scratch,
		    caw_read_done);
}

/* ---- ORWRITE ---- */

static void caw_orwrite_read_done(struct task *t, int error);

static size_t
caw_orwrite_piece(const struct task *t)
{
	return min_u64(t->data_out_wanted - t->cursor, t->scratch.bytes);
}

static void
caw_orwrite_next(struct task *t)
{
	size_t piece = caw_orwrite_piece(t);

	if (piece == 0)
		task_end(t, GOOD);
	else
		task_io(t, BS_READ, 0, sbc_bytes(t, t->lba) + t->cursor, piece,
		    &t->scratch, caw_orwrite_read_done);
}

static void
caw_orwrite_written(struct task *t, int error)
{
	if (error != 0) {
		sbc_end_write(t, error);
		return;
	}
	t->cursor += caw_orwrite_piece(t);
	caw_orwrite_next(t);
}

static void
caw_orwrite_read_done(struct task *t, int error)
{
	size_t piece = caw_orwrite_piece(t);

	if (error != 0) {
		task_end(t, outcome_of_errno(error, false));
		return;
	}
	span_or(&t->scratch, 0, &t->data, t->cursor, piece);
	task_io(t, BS_WRITE, sbc_write_flags(t),
	    sbc_bytes(t, t->lba) + t->cursor, piece, &t->scratch,
	    caw_orwrite_written);
}

void
caw_orwrite_execute(struct task *t)
{
	if (t->data_out_wanted == 0)
		task_end(t, GOOD);
	else if (sbc_take_scratch(
		     t, min_u64(t->data_out_wanted, SCRATCH_MAX_BYTES)))
		caw_orwrite_next(t);
}
