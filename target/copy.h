/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/copy.h - third-party copy: EXTENDED COPY(LID1) and what tells about it
 * (SPC-4 5.17, 6.4, 6.18 to 6.23).
 *
 * Every logical unit is a copy manager for the logical units that the same
 * nexus sees, and for no others: a designator is looked up in the nexus's own
 * LUN list.  What a copy reads and writes there passes the nexus's reservation
 * and write protection, see guest.h.
 */
#ifndef TARGET_COPY_H
#define TARGET_COPY_H

#include "target/cmd.h"

/*
 * EXTENDED COPY(LID1) with identification descriptors (E4h), the CSCD
 * identifier FFFFh for the copy manager's own LU, and block to block segments
 * (02h, and 0Ah).  The whole list is checked before anything is moved.
 * Overlapping ranges of one LU are copied as if through a buffer that holds
 * all.  Where a segment begins or ends within a block, the rest of it stays,
 * and no other write falls between its read and its write.  A wrong list is
 * 05/1A/00, 05/26/xx; what cannot be reached or moved COPY ABORTED, with the
 * number of the segment.
 */
struct outcome copy_prepare(struct task *t);
void copy_execute(struct task *t);

/*
 * RECEIVE COPY RESULTS: COPY STATUS, OPERATING PARAMETERS, FAILED SEGMENT
 * DETAILS.  A list identifier that no copy of this nexus at this LU has, or
 * whose result was taken already, is 05/24/00.
 */
struct outcome copy_results_prepare(struct task *t);
struct outcome copy_parameters_prepare(struct task *t);
void copy_status_execute(struct task *t);
void copy_failure_execute(struct task *t);
void copy_parameters_execute(struct task *t);

/* Page 8Fh behind its header: fill p, return the length in bytes. */
size_t copy_vpd(const struct nexus_lu *nl, uint8_t *p);

/* Home thread.  nl was reset, has lost its nexus, or is about to be freed: the
 * results go that it keeps of copies which have ended (SPC-4 5.17.3). */
void copy_forget(struct nexus_lu *nl);

#endif
