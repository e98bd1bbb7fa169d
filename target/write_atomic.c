/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/write_atomic.c - WRITE ATOMIC(16).
 */
#include "target/write_atomic.h"

#include "target/limits.h"
#include "target/rw.h"
#include "target/sbc.h"

struct outcome
write_atomic_prepare(struct task *t)
{
	struct outcome o;
	uint32_t unit;

	t->lba = get_be64(t->cdb + 2);
	t->blocks = get_be16(t->cdb + 12);
	o = sbc_check_range(t);
	if (!outcome_good(o))
		return o;
	unit = limit_atomic_unit(task_lu(t));
	if (unit != 0 && t->lba % unit != 0)
		return invalid_field_in_cdb(2, -1);
	if (t->blocks > limit_atomic_blocks(task_lu(t)) ||
	    (unit != 0 && t->blocks % unit != 0))
		return invalid_field_in_cdb(12, -1);
	task_expect_data_out(
	    t, (uint32_t)sbc_bytes(t, t->blocks), sbc_block_size(t));
	if (t->data_out_wanted < t->transfer_length)
		return DATA_OUT_LENGTH_MISMATCH;
	return GOOD;
}

void
write_atomic_execute(struct task *t)
{
	rw_write(t, BS_ATOMIC);
}
