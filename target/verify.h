/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/verify.h - VERIFY 10 12 16 (SBC-3 5.29 to 5.31), and reading back for
 * WRITE AND VERIFY.
 */
#ifndef TARGET_VERIFY_H
#define TARGET_VERIFY_H

#include "target/cmd.h"

/* BYTCHK, SBC-3 5.29. */
enum bytchk {
	BYTCHK_NONE = 0,         /* can the medium be read? */
	BYTCHK_EACH_BLOCK = 1,   /* Data-Out has all of the blocks */
	BYTCHK_SINGLE_BLOCK = 3, /* Data-Out has one, all must be equal to it */
};

static inline enum bytchk
verify_bytchk(const struct task *t)
{
	return (enum bytchk)(t->cdb[1] >> 1 & 3);
}

/*
 * Read t->blocks at t->lba, compare them with t->data as bytchk says, and end
 * the task: GOOD, 03/11/00, or 0E/1D/00 with INFORMATION = offset in bytes,
 * from the first block verified, of the first difference.
 */
void verify_medium(struct task *t, enum bytchk bytchk);

struct outcome verify_prepare(struct task *t);
void verify_execute(struct task *t);

#endif
