/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/write_atomic.h - WRITE ATOMIC(16) (SBC-4 4.29, 5.45).
 *
 * All of the blocks are written or none, for every other command and over a
 * loss of power.  The first is the gate's matter (gate.h: the row is
 * CMD_ATOMIC, and on units that have it reads pass the gate, too); the second
 * the store must promise (bs_info.atomic_write_bytes), and where it does not,
 * there is no such command.  Where the kernel makes the promise (RWF_ATOMIC) it
 * wants writes of one length, at multiples of it; where the journal does
 * (backstores/journal.h) any will do; VPD page B0h says so.
 */
#ifndef TARGET_WRITE_ATOMIC_H
#define TARGET_WRITE_ATOMIC_H

#include "target/cmd.h"

/*
 * More blocks than MAXIMUM ATOMIC TRANSFER LENGTH, an LBA off ATOMIC ALIGNMENT,
 * blocks off ATOMIC TRANSFER LENGTH GRANULARITY, and any ATOMIC BOUNDARY are
 * 05/24/00; less data than the CDB says is 05/0E/03.
 */
struct outcome write_atomic_prepare(struct task *t);
void write_atomic_execute(struct task *t);

#endif
