/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/share.c - how much of the buffers one nexus may have.
 */
#include "tests/unit/target/kit.h"

extern const struct unit_suite share_suite;

#define SHARE_MOST 128

static void
share_leaves_as_much_as_it_takes(void)
{
	struct kit *k = kit_new();
	struct kit_task *tasks[SHARE_MOST];
	uint8_t cdb[16];
	unsigned n;

	kit_cdb_write10(cdb, 0, 2048);
	for (n = 0; n < SHARE_MOST - 1; n++) {
		tasks[n] = kit_task_new(k, 0, cdb, 1 << 20, 0);
		if (!outcome_good(task_prepare(&tasks[n]->task)))
			break;
	}
	CU_ASSERT_EQUAL(tasks[n]->task.outcome.status, STATUS_TASK_SET_FULL);
	CU_ASSERT_EQUAL(buf_pool_in_use(k->nexus[0]->home->pool),
	    buf_pool_budget(k->nexus[0]->home->pool) / 2);
	kit_task_free(tasks[n]);
	while (n-- > 0) {
		task_fail(&tasks[n]->task, BUSY);
		kit_task_free(tasks[n]);
	}
	CU_ASSERT_EQUAL(k->nexus[0]->lent_bytes, 0);
	kit_free(k);
}

static void
share_of_nobody_else_is_all(void)
{
	struct kit_options o = { .blocks = 1 << 17 };
	struct kit *k = kit_new_with(&o);
	uint8_t cdb[16];
	struct kit_task *kt;

	kit_cdb_write10(cdb, 0, 16384);
	kt = kit_task_new(k, 0, cdb, 8 << 20, 0);
	CU_ASSERT_TRUE(outcome_good(task_prepare(&kt->task)));
	task_fail(&kt->task, BUSY);
	kit_task_free(kt);
	kit_free(k);
}

static const struct unit_test share_tests[] = {
	{ "a nexus leaves as much of the pool as it takes",
	    share_leaves_as_much_as_it_takes },
	{ "who is alone may have the largest command",
	    share_of_nobody_else_is_all },
	{ NULL, NULL },
};

const struct unit_suite share_suite = { "share", share_tests };
