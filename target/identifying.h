/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/identifying.h - REPORT and SET IDENTIFYING INFORMATION (SPC-4 5.6,
 * 6.32, 6.43): what initiators have written on the unit's label.
 *
 * Type 0000000b is up to 512 bytes of anything, 0000010b up to 256 bytes of
 * UTF-8 with a zero at their end.  Both outlive power loss, resets and what
 * happens to the medium (settings.h).
 */
#ifndef TARGET_IDENTIFYING_H
#define TARGET_IDENTIFYING_H

#include "target/cmd.h"

/* 1111111b tells the types and how long they may be; other types are 05/24/00.
 */
struct outcome identifying_report_prepare(struct task *t);
void identifying_report_execute(struct task *t);

/*
 * GOOD, and 06/3F/05 for the other nexuses, when it is kept.  No bytes: it is
 * taken away.  More than the type may have are 05/24/00, fewer sent than the
 * CDB says 05/1A/00, a text that is none 05/26/00; 04/44/00 when it cannot be
 * saved, and then it is as it was.
 */
struct outcome identifying_set_prepare(struct task *t);
void identifying_set_execute(struct task *t);

#endif
