/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/tmf.c - task management functions over all nexuses of an LU.
 *
 * A function becomes one part per nexus_lu that it concerns.  A part goes to
 * the home of its nexus, aborts there what had come until then, waits until
 * none of that is running any more, and goes back to the caller's home; the
 * function is complete when no part is out.  While a part points at a nexus_lu
 * it holds it, so nexuses may leave at any time.
 */
#include "target/tmf.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "common/bytes.h"
#include "target/copy.h"
#include "target/lu.h"
#include "target/medium.h"
#include "target/mode.h"
#include "target/nexus.h"
#include "target/pr.h"
#include "target/task_set.h"
#include "target/timestamp.h"

enum tmf_effect {
	TMF_ALL_LUS = 1 << 0,       /* of the caller's nexus, not just one */
	TMF_ALL_NEXUSES = 1 << 1,   /* not just the caller's */
	TMF_RESETS_LU = 1 << 2,     /* SAM-5 6.3.3 */
	TMF_LOSES_NEXUS = 1 << 3,   /* SAM-5 6.3.4 */
	TMF_WARNS_ALWAYS = 1 << 4,  /* attention for each nexus concerned */
	TMF_WARNS_VICTIMS = 1 << 5, /* for others whose tasks were aborted */
	TMF_POWERS_ON = 1 << 6,     /* RFC 7143 11.5.1 */
};

struct tmf_rule {
	unsigned effects;
	enum unit_attention attention;
};

/* A target reset reaches the LUs that the initiator can see, not all that the
 * target has: masked ones are none of its business. */
/* clang-format off */
static const struct tmf_rule tmf_rules[] = {
	[TMF_ABORT_TASK_SET] = { 0, UA_COUNT },
	/* TST 001b: it is the task set of one nexus. */
	[TMF_CLEAR_TASK_SET] = { 0, UA_COUNT },
	[TMF_LUN_RESET] = { TMF_ALL_NEXUSES | TMF_RESETS_LU | TMF_WARNS_ALWAYS,
	    UA_RESET },
	[TMF_TARGET_WARM_RESET] = { TMF_ALL_LUS | TMF_ALL_NEXUSES |
	    TMF_RESETS_LU | TMF_WARNS_ALWAYS, UA_RESET },
	[TMF_TARGET_COLD_RESET] = { TMF_ALL_LUS | TMF_ALL_NEXUSES |
	    TMF_RESETS_LU | TMF_WARNS_ALWAYS | TMF_POWERS_ON, UA_RESET },
	[TMF_I_T_NEXUS_RESET] = { TMF_ALL_LUS | TMF_LOSES_NEXUS |
	    TMF_WARNS_ALWAYS, UA_NEXUS_LOSS },
	[TMF_PREEMPT] = { TMF_WARNS_VICTIMS, UA_COMMANDS_CLEARED },
};
/* clang-format on */

struct tmf_wait {
	struct tmf *f;              /* NULL: the owner no longer waits */
	const struct nexus *origin; /* compared only, once parts are out */
	struct home *home;
	const struct tmf_rule *rule;
	bool starting;
	LIST_HEAD(, tmf_part) parts; /* that are out */
};

struct tmf_part {
	struct job job;
	struct tmf_wait *wait;
	struct nexus_lu *nl; /* held */
	uint64_t upto;       /* tasks that came later are not concerned */
	bool tas;            /* TAS, before a reset puts it back */
	LIST_ENTRY(tmf_part) wait_link; /* caller's home */
	LIST_ENTRY(tmf_part) nl_link;   /* the nexus's home */
};

/* ---- on the caller's home ---- */

static void
tmf_answer(struct tmf *f, enum tmf_response response)
{
	f->wait = NULL;
	f->done(f, response);
}

static void
tmf_wait_look(struct tmf_wait *w)
{
	struct tmf *f = w->f;

	if (w->starting || !LIST_EMPTY(&w->parts))
		return;
	free(w);
	if (f != NULL)
		tmf_answer(f, TMF_COMPLETE);
}

static void
tmf_part_back(struct job *job)
{
	struct tmf_part *part = container_of(job, struct tmf_part, job);
	struct tmf_wait *w = part->wait;

	LIST_REMOVE(part, wait_link);
	free(part);
	tmf_wait_look(w);
}

/* Run fn on that home, at once if we are there. */
static void
tmf_part_send(
    struct tmf_part *part, struct home *home, void (*fn)(struct job *job))
{
	part->job.fn = fn;
	if (home->is_here(home))
		fn(&part->job);
	else
		home->post(home, &part->job);
}

/* ---- on the home of the part's nexus ---- */

static void
tmf_unhold(struct nexus_lu *nl)
{
	pthread_mutex_lock(&nl->lu->mutex);
	nl->holds--;
	pthread_mutex_unlock(&nl->lu->mutex);
}

static struct tmf_part *
tmf_next_settled(const struct nexus_lu *nl)
{
	struct tmf_part *part;

	LIST_FOREACH (part, &nl->parts, nl_link)
		if (!task_set_is_unsettled(nl, part->upto))
			return part;
	return NULL;
}

void
tmf_look(struct nexus_lu *nl)
{
	struct tmf_part *part;

	while ((part = tmf_next_settled(nl)) != NULL) {
		LIST_REMOVE(part, nl_link);
		tmf_unhold(nl);
		tmf_part_send(part, part->wait->home, tmf_part_back);
	}
}

static bool
tmf_has_tasks(const struct nexus_lu *nl)
{
	const struct task *t;

	TAILQ_FOREACH (t, &nl->tasks, link)
		if (t->state != TASK_ENDED && !t->aborted)
			return true;
	return false;
}

/* Those who get TASK ABORTED status know already (SPC-4 7.5.8, TAS). */
static bool
tmf_warns(const struct tmf_part *part)
{
	const struct tmf_wait *w = part->wait;

	if (w->rule->effects & TMF_WARNS_ALWAYS)
		return true;
	if (part->nl->nexus == w->origin || part->tas)
		return false;
	return (w->rule->effects & TMF_WARNS_VICTIMS) &&
	       tmf_has_tasks(part->nl);
}

static void
tmf_part_begin(struct job *job)
{
	struct tmf_part *part = container_of(job, struct tmf_part, job);
	struct nexus_lu *nl = part->nl;
	bool foreign = nl->nexus != part->wait->origin;

	nl->pins++;
	part->upto = min_u64(part->upto, nl->nexus->arrivals);
	if (tmf_warns(part))
		nexus_lu_establish_attention(nl, part->wait->rule->attention);
	if (part->wait->rule->effects & (TMF_RESETS_LU | TMF_LOSES_NEXUS))
		copy_forget(nl);
	task_set_abort(&nl->tasks,
	    &(struct task_scope){ part->upto, foreign ? NULL : part->wait->f },
	    foreign && part->tas);
	LIST_INSERT_HEAD(&nl->parts, part, nl_link);
	tmf_look(nl);
	nl->pins--;
	nexus_lu_reap(nl);
}

/* ---- start ---- */

static bool
tmf_part_new(struct tmf_wait *w, struct nexus_lu *nl, uint64_t upto)
{
	struct tmf_part *part = calloc(1, sizeof *part);

	if (part == NULL)
		return false;
	part->wait = w;
	part->nl = nl;
	part->upto = upto;
	part->tas = atomic_load(&nl->lu->task_aborted_status);
	nl->holds++;
	LIST_INSERT_HEAD(&w->parts, part, wait_link);
	return true;
}

/* Parts for what the function concerns of own's LU. */
static bool
tmf_collect(struct tmf_wait *w, struct nexus_lu *own, bool all_nexuses)
{
	struct nexus_lu *nl;
	bool ok = true;

	pthread_mutex_lock(&own->lu->mutex);
	if (!all_nexuses)
		ok = tmf_part_new(w, own, UINT64_MAX);
	else
		LIST_FOREACH (nl, &own->lu->nexuses, link)
			ok = ok && tmf_part_new(w, nl, UINT64_MAX);
	pthread_mutex_unlock(&own->lu->mutex);
	return ok;
}

/*
 * Where all LUs are concerned, so are the nexus's last tasks at those that
 * were taken away from it; but not those of other nexuses there.
 */
static bool
tmf_collect_all(struct tmf_wait *w, struct nexus_lu **lus, unsigned count)
{
	unsigned effects = w->rule->effects, i;
	struct nexus_lu *nl;

	for (i = 0; i < count; i++)
		if (!tmf_collect(w, lus[i], effects & TMF_ALL_NEXUSES))
			return false;
	if (effects & TMF_ALL_LUS)
		LIST_FOREACH (nl, &w->origin->retired, retired_link)
			if (!tmf_collect(w, nl, false))
				return false;
	return true;
}

/* Nothing has been aborted, nothing will be. */
static void
tmf_wait_drop(struct tmf_wait *w)
{
	struct tmf_part *part;
	struct lu *lu;

	while ((part = LIST_FIRST(&w->parts)) != NULL) {
		LIST_REMOVE(part, wait_link);
		lu = part->nl->lu;
		pthread_mutex_lock(&lu->mutex);
		part->nl->holds--;
		/* It may be retired, and have waited for this only. */
		nexus_lu_kick(part->nl);
		pthread_mutex_unlock(&lu->mutex);
		free(part);
	}
	free(w);
}

/* Out of memory. */
static void
tmf_give_up(struct tmf_wait *w)
{
	struct tmf *f = w->f;

	tmf_wait_drop(w);
	tmf_answer(f, TMF_REJECTED);
}

static void
tmf_reset(const struct tmf_wait *w, struct nexus_lu *own)
{
	struct lu *lu = own->lu;

	pthread_mutex_lock(&lu->mutex);
	if (w->rule->effects & TMF_RESETS_LU) {
		pr_reset(lu);
		mode_reset(lu);
		medium_reset(lu);
	}
	if (w->rule->effects & TMF_POWERS_ON)
		timestamp_power_on(lu, own->nexus->home->now_ms);
	if (w->rule->effects & TMF_LOSES_NEXUS) {
		medium_nexus_lost(own);
		pr_nexus_left(own);
		pr_nexus_joined(own);
	}
	pthread_mutex_unlock(&lu->mutex);
}

static void
tmf_send_parts(struct tmf_wait *w)
{
	struct tmf_part *part = LIST_FIRST(&w->parts), *next;

	/* A part that is here may be back, and freed, before the call returns;
	 * no other comes back before we do. */
	for (; part != NULL; part = next) {
		next = LIST_NEXT(part, wait_link);
		tmf_part_send(part, part->nl->nexus->home, tmf_part_begin);
	}
}

static struct tmf_wait *
tmf_wait_new(struct tmf *f)
{
	struct tmf_wait *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->f = f;
	w->origin = f->nexus;
	w->home = f->nexus->home;
	w->rule = &tmf_rules[f->function];
	w->starting = true;
	LIST_INIT(&w->parts);
	f->wait = w;
	return w;
}

static void
tmf_wait_go(struct tmf_wait *w)
{
	tmf_send_parts(w);
	w->starting = false;
	tmf_wait_look(w);
}

/* Over the LUs of lus. */
static void
tmf_broadcast(struct tmf *f, struct nexus_lu **lus, unsigned count)
{
	struct tmf_wait *w = tmf_wait_new(f);
	unsigned i;

	if (w == NULL) {
		tmf_answer(f, TMF_REJECTED);
		return;
	}
	if (!tmf_collect_all(w, lus, count)) {
		tmf_give_up(w);
		return;
	}
	for (i = 0; i < count; i++)
		tmf_reset(w, lus[i]);
	tmf_wait_go(w);
}

/* How many there are, and the one that would be told next: SAM-5 7.11. */
static enum tmf_response
tmf_query_event(struct tmf *f, const struct nexus_lu *nl)
{
	unsigned count;
	struct outcome o = nexus_lu_first_attention(nl, &count);
	uint32_t depth = count > 1 ? 2 : 1;

	if (count == 0)
		return TMF_COMPLETE;
	f->information =
	    depth << 20 | (uint32_t)o.key << 16 | (uint32_t)o.asc << 8 | o.ascq;
	return TMF_SUCCEEDED;
}

static enum tmf_response
tmf_query(struct tmf *f, const struct nexus_lu *nl)
{
	if (f->function == TMF_QUERY_ASYNC_EVENT)
		return tmf_query_event(f, nl);
	return tmf_has_tasks(nl) ? TMF_SUCCEEDED : TMF_COMPLETE;
}

void
tmf_start(struct tmf *f)
{
	struct nexus *n = f->nexus;
	struct nexus_lu *nl;

	f->wait = NULL;
	f->information = 0;
	if (f->function == TMF_CLEAR_ACA) {
		tmf_answer(f, TMF_NOT_SUPPORTED);
		return;
	}
	if (f->function < ARRAY_LEN(tmf_rules) &&
	    (tmf_rules[f->function].effects & TMF_ALL_LUS)) {
		tmf_broadcast(f, n->lus, n->lu_count);
		return;
	}
	nl = nexus_find_lu(n, f->lun);
	if (nl == NULL)
		tmf_answer(f, TMF_NO_LUN);
	else if (f->function == TMF_QUERY_TASK_SET ||
		 f->function == TMF_QUERY_ASYNC_EVENT)
		tmf_answer(f, tmf_query(f, nl));
	else
		tmf_broadcast(f, &nl, 1);
}

bool
tmf_begin(struct tmf *f)
{
	f->wait = NULL;
	return tmf_wait_new(f) != NULL;
}

bool
tmf_pick(struct tmf *f, struct nexus_lu *nl, uint64_t upto)
{
	return tmf_part_new(f->wait, nl, upto);
}

void
tmf_go(struct tmf *f)
{
	tmf_wait_go(f->wait);
}

void
tmf_drop(struct tmf *f)
{
	tmf_wait_drop(f->wait);
	f->wait = NULL;
}

void
tmf_expire(struct tmf *f)
{
	if (f->wait == NULL)
		return;
	f->wait->f = NULL;
	tmf_answer(f, TMF_REJECTED);
}

void
tmf_cancel(struct tmf *f)
{
	if (f->wait == NULL)
		return;
	f->wait->f = NULL;
	f->wait = NULL;
}
