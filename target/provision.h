/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/provision.h - UNMAP and GET LBA STATUS (SBC-3 4.7, 5.4, 5.28).
 */
#ifndef TARGET_PROVISION_H
#define TARGET_PROVISION_H

#include "target/cmd.h"

/*
 * All of the list is checked before anything is unmapped: 05/1A/00 when it is
 * cut short, 05/26/00 when its lengths lie or it exceeds the Block Limits page,
 * 05/21/00.  Whole granules of the store are given back.  The rest of a range
 * stays mapped, and is set to zero where unmapped blocks read as zero (LBPRZ).
 */
struct outcome provision_unmap_prepare(struct task *t);
void provision_unmap_execute(struct task *t);

/*
 * One or more descriptors from the LBA asked for on, as many as the allocation
 * length takes.  Blocks that are not wholly in a hole count as mapped; so do
 * all blocks of a store that cannot tell.
 */
struct outcome provision_lba_status_prepare(struct task *t);
void provision_lba_status_execute(struct task *t);

#endif
