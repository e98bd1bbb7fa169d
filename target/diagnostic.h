/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/diagnostic.h - SEND DIAGNOSTIC (SPC-4 6.42).
 */
#ifndef TARGET_DIAGNOSTIC_H
#define TARGET_DIAGNOSTIC_H

#include "target/cmd.h"

/*
 * With SELFTEST the default self-test: the store flushes what it has cached,
 * and reads its first and its last block.  04/3E/03 LOGICAL UNIT FAILED
 * SELF-TEST when one of them fails; what passes is told as other commands tell
 * it.  Without SELFTEST nothing is asked for, and GOOD.
 */
void diagnostic_send_execute(struct task *t);

#endif
