/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/diagnostic.c - SEND DIAGNOSTIC.
 */
#include "target/diagnostic.h"

#include "target/sbc.h"

#define SELFTEST 0x04 /* byte 1 */

#define FAILED_SELF_TEST CHECK(SENSE_HARDWARE_ERROR, 0x3e, 0x03)

/* What the error of a step says about the unit. */
static struct outcome
diagnostic_outcome(int error, bool writing)
{
	struct outcome o = outcome_of_errno(error, writing);

	return o.key == SENSE_MEDIUM_ERROR || o.key == SENSE_HARDWARE_ERROR
		   ? FAILED_SELF_TEST
		   : o;
}

static void
diagnostic_read(
    struct task *t, uint64_t lba, void (*next)(struct task *t, int error))
{
	task_io(t, BS_READ, 0, sbc_bytes(t, lba), sbc_block_size(t),
	    &t->scratch, next);
}

static void
diagnostic_read_last(struct task *t, int error)
{
	task_end(t, diagnostic_outcome(error, false));
}

static void
diagnostic_read_first(struct task *t, int error)
{
	if (error != 0)
		task_end(t, diagnostic_outcome(error, false));
	else
		diagnostic_read(t, t->lba, diagnostic_read_last);
}

static void
diagnostic_flushed(struct task *t, int error)
{
	uint64_t capacity = sbc_capacity(t);

	if (error != 0 || capacity == 0) {
		task_end(t, diagnostic_outcome(error, true));
		return;
	}
	t->lba = capacity - 1;
	if (sbc_take_scratch(t, sbc_block_size(t)))
		diagnostic_read(t, 0, diagnostic_read_first);
}

void
diagnostic_send_execute(struct task *t)
{
	if (t->cdb[1] & SELFTEST)
		task_io(t, BS_FLUSH, 0, 0, 0, NULL, diagnostic_flushed);
	else
		task_end(t, GOOD);
}
