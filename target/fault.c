/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/fault.c - faults on purpose, for labs.
 */
#include "target/fault.h"

#include <stdlib.h>

#include "common/bytes.h"
#include "target/cmd.h"
#include "target/lu.h"
#include "target/nexus.h"
#include "target/task_set.h"

/* ---- rules ---- */

bool
fault_add(struct lu *lu, unsigned id, const struct fault *fault)
{
	struct fault_rule *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return false;
	r->id = id;
	r->fault = *fault;
	pthread_mutex_lock(&lu->mutex);
	TAILQ_INSERT_TAIL(&lu->faults, r, link);
	atomic_store(&lu->has_faults, true);
	pthread_mutex_unlock(&lu->mutex);
	return true;
}

/* Under lu->mutex. */
static void
fault_drop(struct lu *lu, struct fault_rule *r)
{
	TAILQ_REMOVE(&lu->faults, r, link);
	atomic_store(&lu->has_faults, !TAILQ_EMPTY(&lu->faults));
	free(r);
}

bool
fault_remove(struct lu *lu, unsigned id)
{
	struct fault_rule *r;

	pthread_mutex_lock(&lu->mutex);
	TAILQ_FOREACH (r, &lu->faults, link)
		if (r->id == id)
			break;
	if (r != NULL)
		fault_drop(lu, r);
	pthread_mutex_unlock(&lu->mutex);
	return r != NULL;
}

unsigned
fault_list(struct lu *lu, struct fault_rule *out, unsigned max)
{
	const struct fault_rule *r;
	unsigned n = 0;

	pthread_mutex_lock(&lu->mutex);
	TAILQ_FOREACH (r, &lu->faults, link)
		if (n < max)
			out[n++] = *r;
	pthread_mutex_unlock(&lu->mutex);
	return n;
}

void
fault_free_all(struct lu *lu)
{
	struct fault_rule *r;

	while ((r = TAILQ_FIRST(&lu->faults)) != NULL)
		fault_drop(lu, r);
}

/* ---- commands ---- */

static bool
fault_names(const struct fault *f, const struct task *t)
{
	switch (f->commands) {
	case FAULT_READS:
		return (t->cmd->flags & CMD_READS_MEDIUM) != 0;
	case FAULT_WRITES:
		return (t->cmd->flags & CMD_WRITES_MEDIUM) != 0;
	case FAULT_OPCODE:
		return t->cdb[0] == f->opcode;
	case FAULT_ANY:
		break;
	}
	return true;
}

static bool
fault_touches(const struct fault *f, const struct task *t)
{
	if (f->blocks == 0)
		return true;
	return t->blocks > 0 && t->lba < f->lba + f->blocks &&
	       f->lba < t->lba + t->blocks;
}

/* The fault for t, whose turn it counts; action FAULT_NONE: none. */
static struct fault
fault_find(struct lu *lu, const struct task *t)
{
	struct fault found = { .action = FAULT_NONE };
	struct fault_rule *r;

	pthread_mutex_lock(&lu->mutex);
	TAILQ_FOREACH (r, &lu->faults, link)
		if (fault_names(&r->fault, t) && fault_touches(&r->fault, t))
			break;
	if (r != NULL) {
		found = r->fault;
		if (++r->hits == r->fault.count)
			fault_drop(lu, r);
	}
	pthread_mutex_unlock(&lu->mutex);
	return found;
}

static void
fault_delay_over(struct job *job)
{
	struct task *t = container_of(job, struct task, io.job);

	if (t->aborted)
		task_end(t, TASK_ABORTED);
	else
		t->cmd->execute(t);
}

bool
fault_takes(struct task *t)
{
	struct home *home = t->nexus->home;
	struct fault f;

	if (t->nl == NULL || !atomic_load(&t->nl->lu->has_faults))
		return false;
	f = fault_find(t->nl->lu, t);
	if (f.action == FAULT_ERROR) {
		task_end(t, f.outcome);
		return true;
	}
	if (f.action == FAULT_DELAY && home->after != NULL) {
		t->io.job.fn = fault_delay_over;
		home->after(home, &t->io.job, f.delay_ms);
		return true;
	}
	t->fault = f.action;
	return false;
}
