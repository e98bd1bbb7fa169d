/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/task_io.h - what task.c knows of task_io.c.
 */
#ifndef TARGET_TASK_IO_H
#define TARGET_TASK_IO_H

#include "target/task.h"

/* t ends: a task_io() that is still on the stack must not touch it again. */
void task_io_over(struct task *t);

#endif
