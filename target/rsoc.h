/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/rsoc.h - REPORT SUPPORTED OPERATION CODES and REPORT SUPPORTED TASK
 * MANAGEMENT FUNCTIONS: the opcode table, told to the initiator.
 */
#ifndef TARGET_RSOC_H
#define TARGET_RSOC_H

#include "target/cmd.h"

/*
 * Reporting options 0 (all that this logical unit can do), 1 to 3 (one of
 * them, with its CDB usage data).  05/24/00 for option 1 of an opcode with
 * service actions, and option 2 of one without.  RCTD adds timeouts
 * descriptors, which say that no timeouts are indicated.  SPC-4 6.35.
 */
struct outcome rsoc_commands_prepare(struct task *t);
void rsoc_commands_execute(struct task *t);

/* 4 bytes, or 16 with REPD.  SPC-4 6.36. */
struct outcome rsoc_functions_prepare(struct task *t);
void rsoc_functions_execute(struct task *t);

#endif
