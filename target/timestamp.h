/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/timestamp.h - REPORT and SET TIMESTAMP (SPC-4 5.2, 6.38, 6.45): a
 * clock of the unit's, in milliseconds.
 *
 * It begins at 0 with each power on, which is the start of the daemon, the
 * moment that the LUN is taken in, and TARGET COLD RESET; SET TIMESTAMP sets
 * it, and nothing else does.  Other resets leave it alone.
 */
#ifndef TARGET_TIMESTAMP_H
#define TARGET_TIMESTAMP_H

#include "target/cmd.h"

/* Power on, when the clock of the homes is now_ms.  Before the LU is served, or
 * under lu->mutex. */
void timestamp_power_on(struct lu *lu, uint64_t now_ms);

struct outcome timestamp_report_prepare(struct task *t);
void timestamp_report_execute(struct task *t);

/* A list of 12 bytes, or of none, which changes nothing; any other length is
 * 05/1A/00.  06/2A/10 to the other nexuses. */
struct outcome timestamp_set_prepare(struct task *t);
void timestamp_set_execute(struct task *t);

#endif
