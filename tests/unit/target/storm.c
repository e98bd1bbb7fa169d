/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/storm.c - everything at once, in an order that a seed
 * picks: commands of all attributes, aborts, resets, completions, nexuses that
 * come and go, LUNs that go and come.  After each event every invariant is
 * checked.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite storm_suite;

#define STORM_TASKS  48
#define STORM_CALLS  4
#define STORM_EVENTS 3000
#define STORM_SEEDS  20

struct storm_task {
	struct kit_task *kt; /* NULL: free place */
	uint64_t born;
};

struct storm_call {
	struct tmf f;
	struct storm *storm;
	uint64_t born;
	bool busy;
};

struct storm {
	struct kit *k;
	struct target *empty; /* the same target without LUNs */
	uint64_t seed, events;
	struct storm_task tasks[STORM_TASKS];
	struct storm_call calls[STORM_CALLS];
	unsigned answered;
};

static unsigned
storm_pick(struct storm *s, unsigned n)
{
	s->seed =
	    s->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(s->seed >> 33) % n;
}

/* ---- what must hold ---- */

static bool
storm_runs(const struct storm_task *st, uint8_t opcode)
{
	return st->kt != NULL && st->kt->task.state == TASK_RUNNING &&
	       st->kt->task.cdb[0] == opcode;
}

static void
storm_check(struct storm *s)
{
	unsigned i, atomics = 0, writes = 0;

	kit_check(s->k);
	for (i = 0; i < STORM_TASKS; i++) {
		atomics += storm_runs(&s->tasks[i], 0x89);
		writes += storm_runs(&s->tasks[i], 0x2a);
		if (s->tasks[i].kt != NULL)
			assert(s->tasks[i].kt->done + s->tasks[i].kt->revoked <=
			       1);
	}
	assert(atomics <= 1 && (atomics == 0 || writes == 0));
}

/* All that was there before the function, and that it concerns, is settled. */
static void
storm_call_check(const struct storm_call *c)
{
	bool all = c->f.function == TMF_LUN_RESET ||
		   c->f.function == TMF_TARGET_WARM_RESET;
	const struct storm_task *st;
	unsigned i;

	for (i = 0; i < STORM_TASKS; i++) {
		st = &c->storm->tasks[i];
		if (st->kt == NULL || st->born >= c->born ||
		    st->kt->task.nl == NULL)
			continue;
		if (all || st->kt->task.nexus == c->f.nexus)
			assert(st->kt->task.state == TASK_ENDED);
	}
}

/* ---- events ---- */

/* Any task in that state; NULL: none. */
static struct storm_task *
storm_pick_task(struct storm *s, enum task_state state)
{
	unsigned first = storm_pick(s, STORM_TASKS), i;
	struct storm_task *st;

	for (i = 0; i < STORM_TASKS; i++) {
		st = &s->tasks[(first + i) % STORM_TASKS];
		if (st->kt == NULL || st->kt->task.state != state)
			continue;
		kit_enter(s->k, st->kt->home);
		return st;
	}
	return NULL;
}

/* Most events happen rarely, or the storm would never rise. */
static bool
storm_one_in(struct storm *s, unsigned n)
{
	return storm_pick(s, n) == 0;
}

static void
storm_free(struct storm_task *st)
{
	kit_task_free(st->kt);
	st->kt = NULL;
}

static void
storm_prepare(struct storm *s)
{
	static const uint8_t cdbs[][16] = {
		{ 0x28, 0, 0, 0, 0, 0, 0, 0, 1 },
		{ 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 },
		{ 0x89, [13] = 1 },
		{ 0x00 },
		{ 0x12, 0, 0, 0, 36 },
	};
	static const uint32_t out[] = { 0, 512, 1024, 0, 0 };
	struct storm_task *st = &s->tasks[storm_pick(s, STORM_TASKS)];
	unsigned nexus = storm_pick(s, KIT_HOMES), i = storm_pick(s, 5);

	if (st->kt != NULL || s->k->nexus[nexus] == NULL)
		return;
	st->kt = kit_task_new(s->k, nexus, cdbs[i], out[i], 512);
	st->kt->task.attribute = TASK_SIMPLE;
	if (storm_one_in(s, 8))
		st->kt->task.attribute =
		    storm_pick(s, 2) ? TASK_ORDERED : TASK_HEAD_OF_QUEUE;
	st->born = s->events;
	kit_enter(s->k, nexus);
	if (s->k->nexus[nexus]->lu_count > 0 && !storm_one_in(s, 8))
		atomic_store(&s->k->nexus[nexus]->lus[0]->attentions, 0);
	task_prepare(&st->kt->task);
}

static void
storm_execute(struct storm *s)
{
	struct storm_task *st = storm_pick_task(s, TASK_PREPARED);
	struct task *t;
	int i;

	if (st == NULL)
		return;
	t = &st->kt->task;
	for (i = 0; i < t->data.iovcnt; i++)
		memset(t->data.iov[i].iov_base, 0, t->data.iov[i].iov_len);
	task_execute(t);
}

static void
storm_give_up(struct storm *s)
{
	struct storm_task *st = storm_pick_task(s, TASK_PREPARED);

	if (st != NULL && storm_one_in(s, 4))
		task_fail(&st->kt->task, INCORRECT_AMOUNT_OF_DATA);
}

static void
storm_abort(struct storm *s)
{
	struct storm_task *st =
	    storm_pick_task(s, TASK_PREPARED + storm_pick(s, 3));

	if (st != NULL && storm_one_in(s, 4))
		task_abort(&st->kt->task);
}

static void
storm_release(struct storm *s)
{
	struct storm_task *st = storm_pick_task(s, TASK_ENDED);

	if (st != NULL)
		storm_free(st);
}

static void
storm_complete(struct storm *s)
{
	unsigned held = kit_held(s->k);

	kit_enter(s->k, storm_pick(s, KIT_HOMES));
	if (held > 0)
		kit_release(
		    s->k, storm_pick(s, held), storm_one_in(s, 8) ? -EIO : 0);
}

static void
storm_run_home(struct storm *s)
{
	kit_run_home(s->k, storm_pick(s, KIT_HOMES));
}

static void
storm_call_done(struct tmf *f, enum tmf_response response)
{
	struct storm_call *c = container_of(f, struct storm_call, f);

	assert(c->busy);
	c->busy = false;
	c->storm->answered++;
	if (response == TMF_COMPLETE)
		storm_call_check(c);
}

static void
storm_call_start(struct storm *s)
{
	static const enum tmf_function functions[] = { TMF_ABORT_TASK_SET,
		TMF_CLEAR_TASK_SET, TMF_LUN_RESET, TMF_TARGET_WARM_RESET,
		TMF_I_T_NEXUS_RESET };
	struct storm_call *c = &s->calls[storm_pick(s, STORM_CALLS)];
	unsigned nexus = storm_pick(s, KIT_HOMES);

	if (!storm_one_in(s, 8) || c->busy || s->k->nexus[nexus] == NULL ||
	    s->k->nexus[nexus]->lu_count == 0)
		return;
	*c = (struct storm_call){ .storm = s, .born = s->events, .busy = true };
	c->f.nexus = s->k->nexus[nexus];
	c->f.function = functions[storm_pick(s, 5)];
	c->f.done = storm_call_done;
	kit_enter(s->k, nexus);
	tmf_start(&c->f);
}

static void
storm_call_stop(struct storm *s)
{
	struct storm_call *c = &s->calls[storm_pick(s, STORM_CALLS)];

	if (!c->busy || !storm_one_in(s, 20))
		return;
	kit_enter(s->k, c->f.nexus->home->index);
	if (storm_pick(s, 2)) {
		tmf_expire(&c->f);
	} else {
		tmf_cancel(&c->f);
		c->busy = false;
	}
}

static void
storm_cancel_calls(struct storm *s, const struct nexus *n)
{
	unsigned i;

	for (i = 0; i < STORM_CALLS; i++) {
		if (!s->calls[i].busy || s->calls[i].f.nexus != n)
			continue;
		tmf_cancel(&s->calls[i].f);
		s->calls[i].busy = false;
	}
}

static void
storm_detach(struct storm *s)
{
	unsigned nexus = storm_pick(s, KIT_HOMES);
	struct kit *k = s->k;

	if (k->nexus[nexus] == NULL || !storm_one_in(s, 40))
		return;
	kit_enter(k, nexus);
	storm_cancel_calls(s, k->nexus[nexus]);
	nexus_detach(k->nexus[nexus], NULL, NULL);
	k->nexus[nexus] = NULL;
}

static void
storm_attach(struct storm *s)
{
	static const uint8_t isid[6] = { 0 };
	unsigned nexus = storm_pick(s, KIT_HOMES);
	struct kit *k = s->k;

	if (k->nexus[nexus] != NULL)
		return;
	kit_enter(k, nexus);
	k->nexus[nexus] = nexus_attach(&k->homes[nexus].home, k->target,
	    "iqn.2026-01.test:again", isid, 1);
	assert(k->nexus[nexus] != NULL);
}

static void
storm_remap(struct storm *s)
{
	unsigned nexus = storm_pick(s, KIT_HOMES);
	struct nexus *n = s->k->nexus[nexus];

	if (n == NULL || (n->lu_count > 0 && !storm_one_in(s, 40)))
		return;
	kit_enter(s->k, nexus);
	if (!nexus_remap(n, n->lu_count > 0 ? s->empty : s->k->target))
		assert(!"memory");
}

/* ---- the storm ---- */

static void (*const storm_events[])(struct storm *s) = {
	storm_prepare,
	storm_prepare,
	storm_prepare,
	storm_prepare,
	storm_execute,
	storm_execute,
	storm_execute,
	storm_execute,
	storm_execute,
	storm_give_up,
	storm_abort,
	storm_release,
	storm_release,
	storm_release,
	storm_complete,
	storm_complete,
	storm_complete,
	storm_run_home,
	storm_run_home,
	storm_call_start,
	storm_call_stop,
	storm_detach,
	storm_attach,
	storm_remap,
};

/* When nothing fails any more, everything ends. */
static void
storm_calm_down(struct storm *s)
{
	struct task *t;
	unsigned i;

	for (i = 0; i < STORM_TASKS; i++) {
		if (s->tasks[i].kt == NULL)
			continue;
		t = &s->tasks[i].kt->task;
		kit_enter(s->k, s->tasks[i].kt->home);
		if (t->state == TASK_PREPARED)
			task_fail(t, GOOD);
	}
	kit_release_all(s->k);
	storm_check(s);
	for (i = 0; i < STORM_CALLS; i++)
		assert(!s->calls[i].busy);
	for (i = 0; i < STORM_TASKS; i++) {
		if (s->tasks[i].kt == NULL)
			continue;
		assert(s->tasks[i].kt->task.state == TASK_ENDED);
		storm_free(&s->tasks[i]);
	}
	kit_run_homes(s->k);
}

static unsigned
storm_run(uint64_t seed)
{
	struct storm s = { .seed = seed, .k = kit_new() };

	s.empty = target_new(s.k->target->name, "");
	s.k->store.hold = true;
	while (s.events < STORM_EVENTS) {
		s.events++;
		storm_events[storm_pick(&s, ARRAY_LEN(storm_events))](&s);
		storm_check(&s);
	}
	storm_calm_down(&s);
	target_unref(s.empty);
	CU_ASSERT_FALSE(atomic_load(&s.k->lu->gate_closed));
	kit_free(s.k);
	return s.answered;
}

static void
storm_of_many_seeds(void)
{
	unsigned answered = 0;
	uint64_t seed;

	for (seed = 1; seed <= STORM_SEEDS; seed++)
		answered += storm_run(seed);
	/* It did exercise what it is for. */
	CU_ASSERT_TRUE(answered > STORM_SEEDS * 10);
}

static const struct unit_test storm_tests[] = {
	{ "every invariant holds after every event", storm_of_many_seeds },
	{ NULL, NULL },
};

const struct unit_suite storm_suite = { "storm", storm_tests };
