/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/log_sense.h - LOG SENSE (SPC-4 6.7): the supported pages, 0Ch logical
 * block provisioning where space.h knows something, and 19h general statistics
 * and performance.
 *
 * Cumulative values only, since the unit is served; nothing is saved and
 * nothing can be set.
 */
#ifndef TARGET_LOG_SENSE_H
#define TARGET_LOG_SENSE_H

#include "target/cmd.h"

/*
 * Any page but 00h (with subpage 00h or FFh), 0Ch and 19h, SP, and a parameter
 * pointer behind the last parameter are 05/24/00.
 */
struct outcome log_sense_prepare(struct task *t);
void log_sense_execute(struct task *t);

#endif
