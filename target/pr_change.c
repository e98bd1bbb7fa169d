/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_change.c - one change of a logical unit's reservations.
 */
#include "target/pr_change.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

static struct pr_state *
pr_change_state(const struct pr_change *c)
{
	return task_lu(c->t)->pr;
}

static void
pr_change_leave(struct pr_change *c)
{
	turn_leave(task_lu(c->t), &pr_change_state(c)->changes, &c->turn);
}

/* ---- the end ---- */

static void
pr_change_free(struct pr_change *c)
{
	pr_table_free(c->next);
	free(c->now);
	free(c->then);
	free(c);
}

static void
pr_change_end(struct pr_change *c, struct outcome o)
{
	struct task *t = c->t;

	pr_change_leave(c);
	if (c->aborts)
		tmf_drop(&c->tmf);
	pr_change_free(c);
	task_end(t, o);
}

static void
pr_change_settled(struct pr_change *c)
{
	struct task *t = c->t;

	pr_change_free(c);
	task_end(t, GOOD);
}

static void
pr_change_aborted(struct tmf *f, enum tmf_response response)
{
	struct pr_change *c = container_of(f, struct pr_change, tmf);

	c->settled = true;
	if (c->left)
		pr_change_settled(c);
}

/*
 * Changes of those that were preempted may wait for their turn: they learn that
 * they are aborted before it comes, and it comes before they are waited for.
 */
static void
pr_change_abort(struct pr_change *c)
{
	/* Two nexuses may preempt each other: neither waits for the other's
	 * command, which has done its work. */
	c->t->passive = true;
	tmf_go(&c->tmf);
	pr_change_leave(c);
	c->left = true;
	if (c->settled)
		pr_change_settled(c);
}

/* ---- taking it back ---- */

static void
pr_change_submit(struct pr_change *c, const char *text, size_t bytes,
    void (*done)(struct lu_save *save, int error))
{
	lu_store_save(pr_change_state(c)->store, &c->save, c->t->nexus->home,
	    text, bytes, done);
}

static void
pr_change_taken_back(struct lu_save *save, int error)
{
	struct pr_change *c = container_of(save, struct pr_change, save);
	struct lu *lu = task_lu(c->t);

	pthread_mutex_lock(&lu->mutex);
	lu->pr->stale = error != 0;
	pthread_mutex_unlock(&lu->mutex);
	pr_change_end(c, c->outcome);
}

/* It has not happened, but may have been saved. */
static void
pr_change_take_back(struct pr_change *c, struct outcome o)
{
	if (!c->saved) {
		pr_change_end(c, o);
		return;
	}
	c->outcome = o;
	pr_change_submit(c, c->now, c->now_bytes, pr_change_taken_back);
}

/* ---- putting it in force ---- */

/* What the change means to nl. */
static struct pr_registration *
pr_change_of(const struct pr_table *table, const struct nexus_lu *nl)
{
	struct pr_registration *reg = pr_find(table, nl->nexus);

	return reg != NULL ? reg->successor : NULL;
}

/* PREEMPT AND ABORT: the tasks of those that were preempted, but for the
 * command itself. */
static bool
pr_change_pick_tasks(struct pr_change *c)
{
	struct lu *lu = task_lu(c->t);
	struct pr_registration *reg;
	struct nexus_lu *nl;
	uint64_t upto;

	LIST_FOREACH (nl, &lu->nexuses, link) {
		reg = pr_change_of(lu->pr->table, nl);
		if (reg == NULL || !reg->preempted)
			continue;
		upto = nl == c->t->nl ? c->t->arrival - 1 : UINT64_MAX;
		if (!tmf_pick(&c->tmf, nl, upto))
			return false;
	}
	return true;
}

static void
pr_change_tell(struct pr_change *c)
{
	struct lu *lu = task_lu(c->t);
	struct pr_registration *reg;
	struct nexus_lu *nl;
	unsigned ua;

	LIST_FOREACH (nl, &lu->nexuses, link) {
		reg = pr_change_of(lu->pr->table, nl);
		for (ua = 0; reg != NULL && ua < UA_COUNT; ua++) {
			if (reg->tell & 1u << ua)
				nexus_lu_establish_attention(nl, ua);
		}
	}
}

static void
pr_change_swap(struct pr_change *c)
{
	struct pr_state *pr = pr_change_state(c);

	pr_table_free(pr->table);
	pr->table = c->next;
	c->next = NULL;
	pr_publish(task_lu(c->t));
}

/* False: out of memory, and nothing has changed. */
static bool
pr_change_put_in_force(struct pr_change *c)
{
	struct lu *lu = task_lu(c->t);
	bool ok = true;

	pthread_mutex_lock(&lu->mutex);
	if (c->aborts)
		ok = pr_change_pick_tasks(c);
	if (ok && c->next != NULL) {
		pr_change_tell(c);
		pr_change_swap(c);
	}
	if (ok && c->saved)
		lu->pr->stale = false;
	pthread_mutex_unlock(&lu->mutex);
	return ok;
}

static void
pr_change_finish(struct pr_change *c)
{
	if (!pr_change_put_in_force(c))
		pr_change_take_back(c, INSUFFICIENT_RESOURCES);
	else if (c->aborts)
		pr_change_abort(c);
	else
		pr_change_end(c, GOOD);
}

static void
pr_change_saved(struct lu_save *save, int error)
{
	struct pr_change *c = container_of(save, struct pr_change, save);

	if (error != 0)
		pr_change_take_back(c, lu_store_refusal(error));
	else
		pr_change_finish(c);
}

/* ---- making it ---- */

/* Under lu->mutex: does what is kept change? */
static struct outcome
pr_change_compare(struct pr_change *c)
{
	struct pr_state *pr = pr_change_state(c);

	if (c->next == NULL || pr->store == NULL)
		return GOOD;
	c->now = pr_image_encode(pr->table, &c->now_bytes);
	c->then = pr_image_encode(c->next, &c->then_bytes);
	if (c->now == NULL || c->then == NULL)
		return INSUFFICIENT_RESOURCES;
	c->saved = pr->stale || c->now_bytes != c->then_bytes ||
		   memcmp(c->now, c->then, c->now_bytes) != 0;
	return GOOD;
}

static struct outcome
pr_change_make(struct pr_change *c)
{
	struct lu *lu = task_lu(c->t);
	struct outcome o;

	if (pr_is_unknown(lu))
		return pr_refusal(lu);
	pthread_mutex_lock(&lu->mutex);
	o = c->action(c);
	if (outcome_good(o))
		o = pr_change_compare(c);
	pthread_mutex_unlock(&lu->mutex);
	return o;
}

static void
pr_change_turn(struct job *job)
{
	struct pr_change *c = container_of(job, struct pr_change, turn.job);
	struct outcome o;

	if (c->t->aborted) {
		pr_change_end(c, TASK_ABORTED);
		return;
	}
	o = pr_change_make(c);
	if (!outcome_good(o))
		pr_change_end(c, o);
	else if (c->saved)
		pr_change_submit(c, c->then, c->then_bytes, pr_change_saved);
	else
		pr_change_finish(c);
}

static struct pr_change *
pr_change_new(struct task *t, pr_change_action *action, bool aborts)
{
	struct pr_change *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->t = t;
	c->action = action;
	c->turn.home = t->nexus->home;
	c->turn.job.fn = pr_change_turn;
	c->aborts = aborts;
	c->tmf.nexus = t->nexus;
	c->tmf.function = TMF_PREEMPT;
	c->tmf.done = pr_change_aborted;
	if (!aborts || tmf_begin(&c->tmf))
		return c;
	free(c);
	return NULL;
}

void
pr_change_execute(struct task *t, pr_change_action *action, bool aborts)
{
	struct pr_change *c = pr_change_new(t, action, aborts);

	if (c == NULL)
		task_end(t, INSUFFICIENT_RESOURCES);
	else if (turn_join(task_lu(t), &task_lu(t)->pr->changes, &c->turn))
		pr_change_turn(&c->turn.job);
}
