/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_change.h - one change of a logical unit's reservations, from its
 * turn until it is in force; for pr*.c only.
 *
 * Changes of an LU are made one after another: made on a copy of the table,
 * saved if what is kept changes with it, put in force.
 */
#ifndef TARGET_PR_CHANGE_H
#define TARGET_PR_CHANGE_H

#include "target/pr_state.h"
#include "target/tmf.h"

struct pr_change;

/*
 * Under lu->mutex, once, on the task's home.  Leaves in c->next what is to be
 * in force (NULL: as it is), with what it means to nexuses in its
 * registrations; anything but GOOD drops that.
 */
typedef struct outcome pr_change_action(struct pr_change *c);

struct pr_change {
	struct task *t;
	struct pr_table *next;

	/* Private to pr_change.c. */
	pr_change_action *action;
	struct turn turn; /* of state->changes */
	struct lu_save save;
	char *now, *then; /* what is kept before and after */
	size_t now_bytes, then_bytes;
	bool saved; /* then may be what is kept */
	struct outcome outcome;
	bool aborts;
	struct tmf tmf;     /* of PREEMPT AND ABORT */
	bool settled, left; /* what it aborts; its turn is over */
};

/* A task that is executed: ends it.  aborts: once the tasks of all preempted
 * nexuses are settled. */
void pr_change_execute(struct task *t, pr_change_action *action, bool aborts);

#endif
