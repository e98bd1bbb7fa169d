/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/caw.h - read, decide, write: COMPARE AND WRITE (SBC-3 5.2) and
 * ORWRITE(16) (SBC-3 5.5).
 *
 * Their rows are CMD_ATOMIC, so no other command's write falls between the
 * read and the write.
 */
#ifndef TARGET_CAW_H
#define TARGET_CAW_H

#include "target/cmd.h"

struct outcome caw_prepare(struct task *t);
void caw_execute(struct task *t);

/* Prepared by rw_write_blocks_prepare(). */
void caw_orwrite_execute(struct task *t);

#endif
