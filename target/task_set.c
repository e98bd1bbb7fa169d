/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/task_set.c - the tasks of a nexus's LU, and which of them may run.
 */
#include "target/task_set.h"

#include <assert.h>

#include "target/cmd.h"
#include "target/gate.h"
#include "target/tmf.h"

static struct task_list *
task_set_list(const struct task *t)
{
	return t->nl != NULL ? &t->nl->tasks : &t->nexus->strays;
}

void
task_set_add(struct task *t)
{
	t->arrival = ++t->nexus->arrivals;
	t->in_set = true;
	if (t->attribute == TASK_HEAD_OF_QUEUE)
		TAILQ_INSERT_HEAD(task_set_list(t), t, link);
	else
		TAILQ_INSERT_TAIL(task_set_list(t), t, link);
	if (t->nl != NULL && t->attribute == TASK_ORDERED)
		t->nl->ordered++;
}

void
task_set_remove(struct task *t)
{
	assert(t->state == TASK_ENDED && t->in_set);
	t->in_set = false;
	TAILQ_REMOVE(task_set_list(t), t, link);
}

static bool
task_set_holds_back(const struct task *earlier, const struct task *t)
{
	if (earlier->state == TASK_ENDED)
		return false;
	return t->attribute == TASK_ORDERED ||
	       earlier->attribute == TASK_ORDERED;
}

/* Do tasks before t keep it from starting? */
static bool
task_set_is_held(struct task *t)
{
	const struct task *earlier = t;

	if (t->nl->ordered == 0 || t->attribute == TASK_HEAD_OF_QUEUE)
		return false;
	while ((earlier = TAILQ_PREV(earlier, task_list, link)) != NULL)
		if (task_set_holds_back(earlier, t))
			return true;
	return false;
}

static bool
task_set_throttled_by(const struct throttle *th)
{
	return atomic_load_explicit(&th->limits, memory_order_relaxed);
}

/* Seldom, so that nothing else is looked at on the way of every command. */
static bool
task_set_is_limited(const struct nexus_lu *nl)
{
	const struct throttle *of_initiator = nl->nexus->throttle;

	return task_set_throttled_by(&nl->lu->throttle) ||
	       (of_initiator != NULL && task_set_throttled_by(of_initiator));
}

static bool
task_set_passes_gate(struct task *t)
{
	if (t->cmd->flags & CMD_ATOMIC)
		return gate_enter_atomic(t);
	if (t->cmd->flags & CMD_WRITES_MEDIUM)
		return gate_enter_write(t);
	if ((t->cmd->flags & CMD_READS_MEDIUM) &&
	    !(t->cmd->flags & CMD_UNGATED) &&
	    t->nl->lu->bs->info.atomic_write_bytes != 0)
		return gate_enter_read(t);
	return true;
}

static void
task_set_state(struct task *t, enum task_state state)
{
	if (t->nl != NULL && t->state == TASK_WAITING)
		t->nl->waiting--;
	t->state = state;
	if (t->nl != NULL && t->state == TASK_WAITING)
		t->nl->waiting++;
}

/*
 * Once enabled it stays so, whatever HEAD OF QUEUE task comes in front of it
 * later: it may have the gate already, which that one would wait for.
 */
static bool
task_set_may_run(struct task *t)
{
	if (t->nl == NULL)
		return true;
	if (!t->enabled && task_set_is_held(t))
		return false;
	t->enabled = true;
	if (task_set_is_limited(t->nl) && !throttle_admits(t))
		return false;
	return task_set_passes_gate(t);
}

bool
task_set_admit(struct task *t)
{
	bool admitted = task_set_may_run(t);

	task_set_state(t, admitted ? TASK_RUNNING : TASK_WAITING);
	return admitted;
}

static struct task *
task_set_next_startable(struct nexus_lu *nl)
{
	struct task *t;

	if (nl->waiting == 0)
		return NULL;
	TAILQ_FOREACH (t, &nl->tasks, link)
		if (t->state == TASK_WAITING && task_set_admit(t))
			return t;
	return NULL;
}

void
task_set_start(struct nexus_lu *nl)
{
	struct task *t;

	/* A task that ends at once comes here again: leave it to the loop. */
	nl->start_again = true;
	if (nl->starting)
		return;
	nl->starting = true;
	while (nl->start_again) {
		nl->start_again = false;
		while ((t = task_set_next_startable(nl)) != NULL)
			task_run(t);
	}
	nl->starting = false;
}

void
task_set_ended(struct task *t)
{
	struct nexus_lu *nl = t->nl;

	if (nl != NULL) {
		if (t->state == TASK_WAITING)
			gate_forget(t);
		else if (t->in_write_gate)
			gate_leave_write(t);
		else if (t->in_read_gate)
			gate_leave_read(t);
		else if (t->state == TASK_RUNNING && !t->left_gate &&
			 (t->cmd->flags & CMD_ATOMIC))
			gate_leave_atomic(t);
		if (t->in_set && t->attribute == TASK_ORDERED)
			nl->ordered--;
	}
	task_set_state(t, TASK_ENDED);
}

static bool
task_scope_has(const struct task_scope *scope, const struct task *t)
{
	const struct tmf *f = scope->f;

	return t->arrival <= scope->upto &&
	       (f == NULL || f->spares == NULL || !f->spares(f, t));
}

static struct task *
task_set_next_to_abort(
    const struct task_list *list, const struct task_scope *scope)
{
	struct task *t;

	TAILQ_FOREACH (t, list, link)
		if (t->state != TASK_ENDED && !t->aborted &&
		    task_scope_has(scope, t))
			return t;
	return NULL;
}

void
task_set_abort(
    struct task_list *list, const struct task_scope *scope, bool send_status)
{
	struct task *t;

	/* done() and revoked() may change the list: look from its start. */
	while ((t = task_set_next_to_abort(list, scope)) != NULL)
		task_abort_with(t, send_status);
}

bool
task_set_is_unsettled(const struct nexus_lu *nl, uint64_t upto)
{
	const struct task *t;

	TAILQ_FOREACH (t, &nl->tasks, link)
		if (t->aborted && t->state != TASK_ENDED && !t->passive &&
		    t->arrival <= upto)
			return true;
	return false;
}
