/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/rw.h - READ and WRITE 6 10 12 16, WRITE AND VERIFY 10 12 16 (SBC-3
 * 5.11 to 5.13, 5.33 to 5.35, 5.37 to 5.39; the 6-byte ones: SBC-2).
 *
 * When the initiator announces less than the CDB says, so much is moved and
 * transfer_length stays the CDB's, which makes the transport report residual
 * overflow.
 */
#ifndef TARGET_RW_H
#define TARGET_RW_H

#include "target/cmd.h"

/*
 * This command will be next on the nexus, as far as can be seen (cdb is not
 * checked): if it reads, its store may get ready.  Changes nothing else.
 */
void rw_hint(const struct nexus *n, uint64_t lun, const uint8_t cdb[16]);

struct outcome rw_read_prepare(struct task *t);
void rw_read_execute(struct task *t);

/*
 * All that comes is written.  Where less data than the CDB says end within a
 * block, the rest of that block stays, and the task becomes one of its own kind
 * that no other write may fall into.
 */
struct outcome rw_write_prepare(struct task *t);
void rw_write_execute(struct task *t);
/* Write data_out_wanted bytes at lba, with FUA as the CDB has it and these
 * flags, and end. */
void rw_write(struct task *t, unsigned flags);

/* data_out_wanted is whole blocks, those that are to be written.  Less data
 * than the CDB says that end within a block are 05/0E/03: nothing is written.
 */
struct outcome rw_write_blocks_prepare(struct task *t);
/* Prepared by rw_write_blocks_prepare(). */
void rw_write_and_verify_execute(struct task *t);

#endif
