/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/task_set.h - the tasks of a nexus's LU, and which of them may run.
 *
 * What may start is read off the list each time, never remembered: SIMPLE
 * tasks wait for ORDERED ones before them, ORDERED ones for all before them,
 * HEAD OF QUEUE ones for nothing (SAM-5 8.6), all for the throttles, and
 * writes for the LU's gate.
 * Home thread only.
 */
#ifndef TARGET_TASK_SET_H
#define TARGET_TASK_SET_H

#include "target/nexus.h"
#include "target/task.h"

void task_set_add(struct task *t);
void task_set_remove(struct task *t);

/* An executed t may run now: it is RUNNING then.  False: it is WAITING. */
bool task_set_admit(struct task *t);
/* Start every waiting task that may run.  nl must be pinned. */
void task_set_start(struct nexus_lu *nl);
/* t is about to be ENDED: counts and gate. */
void task_set_ended(struct task *t);

struct tmf;

/* What is to be aborted of a list. */
struct task_scope {
	uint64_t upto;       /* what came no later (nexus->arrivals) */
	const struct tmf *f; /* but for what it spares; NULL: nothing */
};
#define TASK_SCOPE_ALL (&(const struct task_scope){ .upto = UINT64_MAX })

/* Abort what is on the list, in the scope and not ENDED; see
 * ends_with_aborted_status.  The list's owner must be pinned. */
void task_set_abort(
    struct task_list *list, const struct task_scope *scope, bool send_status);
/* Is any aborted task of nl that came no later than upto still RUNNING? */
bool task_set_is_unsettled(const struct nexus_lu *nl, uint64_t upto);

/* Of task.c. */
void task_run(struct task *t);
/* May a command with these flags (enum cmd_flag) run at nl now?  GOOD,
 * RESERVATION CONFLICT or WRITE PROTECTED. */
struct outcome task_check_access(struct nexus_lu *nl, unsigned flags);
void task_abort_with(struct task *t, bool send_status);

#endif
