/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/gate.c - atomic commands against ordinary writes.
 *
 * A write counts itself in and then looks whether the gate is closed; an atomic
 * command closes the gate and then looks at the counts.  Both are sequentially
 * consistent, so at least one of them sees the other.  lu->gate_closed changes
 * under lu->mutex only, and always is what gate_should_be_closed() says.  The
 * same goes for reads, lu->gate_shut and gate_should_be_shut().
 */
#include "target/gate.h"

#include <assert.h>
#include <stdlib.h>

#include "target/cmd.h"
#include "target/lu.h"
#include "target/nexus.h"

struct lu_gate {
	struct task_list queue; /* atomic tasks that wait, by gate_link */
	struct task *holder;    /* the atomic task whose turn it is */
	unsigned turns;         /* nexus_lus with write_turn */
	TAILQ_HEAD(, gate_pause)
	pauses;        /* that hold it, and then those that
			  wait for it */
	unsigned held; /* pauses that hold it */
};

struct lu_gate *
gate_new(void)
{
	struct lu_gate *gate = calloc(1, sizeof *gate);

	if (gate != NULL) {
		TAILQ_INIT(&gate->queue);
		TAILQ_INIT(&gate->pauses);
	}
	return gate;
}

void
gate_free(struct lu_gate *gate)
{
	if (gate == NULL)
		return;
	assert(TAILQ_EMPTY(&gate->queue) && gate->holder == NULL);
	assert(TAILQ_EMPTY(&gate->pauses));
	free(gate);
}

static bool
gate_should_be_closed(const struct lu_gate *gate)
{
	bool wanted = !TAILQ_EMPTY(&gate->queue) || !TAILQ_EMPTY(&gate->pauses);

	return gate->holder != NULL || gate->held > 0 ||
	       (wanted && gate->turns == 0);
}

/* Does it want reads out of its way as well? */
static bool
gate_is_against_reads(const struct task *t)
{
	return t != NULL && (t->cmd->flags & CMD_NEEDS_ATOMIC) != 0;
}

/* Only when it is closed. */
static bool
gate_should_be_shut(const struct lu_gate *gate)
{
	if (gate->holder != NULL)
		return gate_is_against_reads(gate->holder);
	return gate->turns == 0 && TAILQ_EMPTY(&gate->pauses) &&
	       gate_is_against_reads(TAILQ_FIRST(&gate->queue));
}

static bool
gate_has_writes(const struct lu *lu)
{
	const struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link)
		if (atomic_load(&nl->writes) > 0)
			return true;
	return false;
}

static bool
gate_has_reads(const struct lu *lu)
{
	const struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link)
		if (atomic_load(&nl->gated_reads) > 0)
			return true;
	return false;
}

/* It is open for reads again, and perhaps not for writes. */
static void
gate_kick_waiting(struct lu *lu)
{
	struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link)
		if (nl->write_waits)
			nexus_lu_kick(nl);
}

static void
gate_grant_pauses(struct lu_gate *gate)
{
	struct gate_pause *p;

	TAILQ_FOREACH (p, &gate->pauses, link) {
		if (p->held)
			continue;
		p->held = true;
		gate->held++;
		p->granted(p);
	}
}

/*
 * Something has changed: close or open, and give the gate to those that pause,
 * else to the first in the queue, if nothing else runs.  self needs no kick, it
 * is looking itself.
 */
static void
gate_advance(struct lu *lu, const struct task *self)
{
	struct lu_gate *gate = lu->gate;
	bool shut = gate_should_be_shut(gate);
	struct task *first;

	atomic_store(&lu->gate_closed, gate_should_be_closed(gate));
	if (atomic_exchange(&lu->gate_shut, shut) && !shut)
		gate_kick_waiting(lu);
	if (!atomic_load(&lu->gate_closed) || gate->holder != NULL ||
	    gate_has_writes(lu))
		return;
	gate_grant_pauses(gate);
	if (gate->held > 0)
		return;
	first = TAILQ_FIRST(&gate->queue);
	if (gate_is_against_reads(first) && gate_has_reads(lu))
		return;
	TAILQ_REMOVE(&gate->queue, first, gate_link);
	first->in_gate_queue = false;
	gate->holder = first;
	if (first != self)
		nexus_lu_kick(first->nl);
}

/* The writes that were kept waiting come before the next atomic command. */
static void
gate_give_turns(struct lu *lu)
{
	struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link) {
		if (!nl->write_waits)
			continue;
		nl->write_waits = false;
		lu->gate->turns += !nl->write_turn;
		nl->write_turn = true;
		nexus_lu_kick(nl);
	}
}

/* Count it in, unless it is closed; *in says whether. */
static bool
gate_enter(struct task *t, _Atomic unsigned *count, const _Atomic bool *closed,
    bool *in)
{
	struct nexus_lu *nl = t->nl;
	struct lu *lu = nl->lu;

	atomic_fetch_add(count, 1);
	*in = !atomic_load(closed);
	if (*in)
		return true;
	atomic_fetch_sub(count, 1);

	pthread_mutex_lock(&lu->mutex);
	*in = !atomic_load(closed);
	if (*in)
		atomic_fetch_add(count, 1);
	else
		nl->write_waits = true;
	/* Somebody may have seen our count while it was up. */
	gate_advance(lu, NULL);
	pthread_mutex_unlock(&lu->mutex);
	return *in;
}

static void
gate_leave(struct task *t, _Atomic unsigned *count, const _Atomic bool *closed,
    bool *in)
{
	struct lu *lu = t->nl->lu;

	assert(*in);
	*in = false;
	atomic_fetch_sub(count, 1);
	if (!atomic_load(closed))
		return;
	pthread_mutex_lock(&lu->mutex);
	gate_advance(lu, NULL);
	pthread_mutex_unlock(&lu->mutex);
}

bool
gate_enter_write(struct task *t)
{
	return gate_enter(
	    t, &t->nl->writes, &t->nl->lu->gate_closed, &t->in_write_gate);
}

void
gate_leave_write(struct task *t)
{
	gate_leave(
	    t, &t->nl->writes, &t->nl->lu->gate_closed, &t->in_write_gate);
}

bool
gate_enter_read(struct task *t)
{
	return gate_enter(
	    t, &t->nl->gated_reads, &t->nl->lu->gate_shut, &t->in_read_gate);
}

void
gate_leave_read(struct task *t)
{
	gate_leave(
	    t, &t->nl->gated_reads, &t->nl->lu->gate_shut, &t->in_read_gate);
}

bool
gate_enter_atomic(struct task *t)
{
	struct lu *lu = t->nl->lu;
	struct lu_gate *gate = lu->gate;
	bool admitted;

	pthread_mutex_lock(&lu->mutex);
	if (gate->holder != t && !t->in_gate_queue) {
		TAILQ_INSERT_TAIL(&gate->queue, t, gate_link);
		t->in_gate_queue = true;
	}
	gate_advance(lu, t);
	admitted = gate->holder == t;
	pthread_mutex_unlock(&lu->mutex);
	return admitted;
}

static void
gate_pass_on(struct lu *lu)
{
	if (lu->gate->holder == NULL && lu->gate->held == 0)
		gate_give_turns(lu);
	gate_advance(lu, NULL);
}

void
gate_pause(struct lu *lu, struct gate_pause *p)
{
	pthread_mutex_lock(&lu->mutex);
	p->held = false;
	TAILQ_INSERT_TAIL(&lu->gate->pauses, p, link);
	gate_advance(lu, NULL);
	pthread_mutex_unlock(&lu->mutex);
}

void
gate_resume(struct lu *lu, struct gate_pause *p)
{
	pthread_mutex_lock(&lu->mutex);
	TAILQ_REMOVE(&lu->gate->pauses, p, link);
	lu->gate->held -= p->held;
	gate_pass_on(lu);
	pthread_mutex_unlock(&lu->mutex);
}

void
gate_leave_atomic(struct task *t)
{
	struct lu *lu = t->nl->lu;

	pthread_mutex_lock(&lu->mutex);
	assert(lu->gate->holder == t);
	lu->gate->holder = NULL;
	gate_pass_on(lu);
	pthread_mutex_unlock(&lu->mutex);
}

void
gate_leave_early(struct task *t)
{
	t->left_gate = true;
	gate_leave_atomic(t);
}

void
gate_forget(struct task *t)
{
	struct lu *lu = t->nl->lu;
	struct lu_gate *gate = lu->gate;

	if (!(t->cmd->flags & CMD_ATOMIC))
		return;
	pthread_mutex_lock(&lu->mutex);
	if (t->in_gate_queue)
		TAILQ_REMOVE(&gate->queue, t, gate_link);
	t->in_gate_queue = false;
	if (gate->holder == t)
		gate->holder = NULL;
	gate_pass_on(lu);
	pthread_mutex_unlock(&lu->mutex);
}

void
gate_turn_over(struct nexus_lu *nl)
{
	struct lu *lu = nl->lu;

	pthread_mutex_lock(&lu->mutex);
	if (nl->write_turn) {
		nl->write_turn = false;
		lu->gate->turns--;
		gate_advance(lu, NULL);
	}
	pthread_mutex_unlock(&lu->mutex);
}

void
gate_check(struct lu *lu)
{
	const struct lu_gate *gate = lu->gate;
	const struct nexus_lu *nl;
	const struct task *t;
	unsigned turns = 0, writes, reads;

	pthread_mutex_lock(&lu->mutex);
	LIST_FOREACH (nl, &lu->nexuses, link) {
		writes = reads = 0;
		TAILQ_FOREACH (t, &nl->tasks, link) {
			writes += t->in_write_gate;
			reads += t->in_read_gate;
		}
		assert(atomic_load(&nl->writes) == writes);
		assert(atomic_load(&nl->gated_reads) == reads);
		turns += nl->write_turn;
	}
	assert(gate->turns == turns);
	TAILQ_FOREACH (t, &gate->queue, gate_link)
		assert(t->in_gate_queue && t->state == TASK_WAITING);
	assert(atomic_load(&lu->gate_closed) == gate_should_be_closed(gate));
	assert(atomic_load(&lu->gate_shut) == gate_should_be_shut(gate));
	pthread_mutex_unlock(&lu->mutex);
}
