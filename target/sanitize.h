/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sanitize.h - SANITIZE (SBC-3 4.11, 5.24): OVERWRITE, BLOCK ERASE, EXIT
 * FAILURE MODE.  There is no CRYPTOGRAPHIC ERASE, because nothing here
 * encrypts.
 *
 * The operation is the logical unit's, not the command's: once begun it goes on
 * whatever becomes of the command, its nexus and its session, while other
 * commands are answered as medium.h says (whole.h).
 */
#ifndef TARGET_SANITIZE_H
#define TARGET_SANITIZE_H

#include "target/cmd.h"

/*
 * OVERWRITE: PARAMETER LIST LENGTH below 5 or above a block and 4 is 05/24/00;
 * COUNT 0, TEST, and a pattern length that is 0 or more than is there are
 * 05/26/00.  Each pass is flushed before the next begins.
 */
struct outcome sanitize_overwrite_prepare(struct task *t);
void sanitize_overwrite_execute(struct task *t);

/*
 * BLOCK ERASE: all that is allocated is overwritten with zeros, which are
 * flushed, and then everything is discarded.  Its row needs a store that can
 * show that afterwards (GET LBA STATUS).
 */
void sanitize_erase_execute(struct task *t);

/* GOOD, and the unit is usable as it is; 05/24/00 when the SANITIZE that failed
 * had AUSE 0. */
void sanitize_exit_execute(struct task *t);

#endif
