/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/task_io.c - chains of steps on a store that never sleeps.
 */
#include "tests/unit/target/kit.h"

extern const struct unit_suite task_io_suite;

#define STEPS 2000

static const uint8_t chain_tur[16] = { 0x00 };

static void
chain_next(struct task *t, int error)
{
	char place;
	uintptr_t here = (uintptr_t)&place;

	if (t->step == 0)
		t->cursor = here;
	/* The stack must not grow with the number of steps; those in another
	 * turn may begin a little above the first. */
	CU_ASSERT_TRUE(t->cursor + 16384 - here < 32768);
	if (++t->step == STEPS)
		task_end(t, GOOD);
	else
		task_io(t, BS_FLUSH, 0, 0, 0, NULL, chain_next);
}

static void
chain_execute(struct task *t)
{
	task_io(t, BS_FLUSH, 0, 0, 0, NULL, chain_next);
}

static struct kit_task *
chain_start(struct kit *k)
{
	static const struct cmd chain = { .execute = chain_execute };
	struct kit_task *kt = kit_task_new(k, 0, chain_tur, 0, 0);

	CU_ASSERT_TRUE(outcome_good(task_prepare(&kt->task)));
	kt->task.cmd = &chain;
	task_execute(&kt->task);
	return kt;
}

static void
chain_is_a_loop(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = chain_start(k);

	kit_run_homes(k);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_EQUAL(kt->task.step, STEPS);
	kit_task_free(kt);
	kit_free(k);
}

static void
chains_take_turns(void)
{
	struct kit *k = kit_new();
	struct kit_task *a = chain_start(k), *b = chain_start(k);

	CU_ASSERT_EQUAL(a->done, 0);
	CU_ASSERT_TRUE(a->task.step > 0 && a->task.step < 10);
	CU_ASSERT_EQUAL(b->task.step, a->task.step);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(a->done, 1);
	CU_ASSERT_EQUAL(b->done, 1);
	kit_task_free(a);
	kit_task_free(b);
	kit_free(k);
}

static void
abort_ends_a_chain(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = chain_start(k);
	uint32_t step = kt->task.step;

	task_abort(&kt->task);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_EQUAL(kt->task.step, step);
	CU_ASSERT_EQUAL(kt->task.outcome.status, STATUS_TASK_ABORTED);
	kit_task_free(kt);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test task_io_tests[] = {
	{ "a chain of steps uses no stack", chain_is_a_loop },
	{ "a long chain leaves others their turn", chains_take_turns },
	{ "an abort ends a chain between its steps", abort_ends_a_chain },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite task_io_suite = { "task_io", task_io_tests };
