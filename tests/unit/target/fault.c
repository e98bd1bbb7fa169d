/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/fault.c - faults on purpose.
 */
#include "target/fault.h"
#include "tests/unit/target/kit.h"

extern const struct unit_suite fault_suite;

static struct job *alarm_job;

static void
alarm_set(struct home *home, struct job *job, unsigned ms)
{
	CU_ASSERT_EQUAL(ms, 250);
	alarm_job = job;
}

static struct kit_result
read_at(struct kit *k, uint32_t lba)
{
	uint8_t cdb[16] = { 0 };

	kit_cdb_read10(cdb, lba, 2);
	return kit_run(k, cdb, NULL, 0, 1024);
}

static void
an_error_hits_its_range_only(void)
{
	struct fault f = { .commands = FAULT_READS,
		.lba = 100,
		.blocks = 4,
		.action = FAULT_ERROR,
		.outcome = UNRECOVERED_READ_ERROR };
	struct kit *k = kit_new();
	struct kit_result r;

	CU_ASSERT_TRUE(fault_add(k->lu, 1, &f));
	r = read_at(k, 98);
	CU_ASSERT_TRUE(kit_is_good(&r));
	r = read_at(k, 99);
	CU_ASSERT_TRUE(kit_is_check(&r, 3, 0x11, 0));
	r = read_at(k, 103);
	CU_ASSERT_TRUE(kit_is_check(&r, 3, 0x11, 0));
	r = read_at(k, 104);
	CU_ASSERT_TRUE(kit_is_good(&r));
	kit_free(k);
}

static void
a_count_is_used_up(void)
{
	struct fault f = { .commands = FAULT_OPCODE,
		.opcode = 0x28,
		.action = FAULT_ERROR,
		.outcome = BUSY,
		.count = 2 };
	struct fault_rule rule;
	struct kit *k = kit_new();
	struct kit_result r;

	CU_ASSERT_TRUE(fault_add(k->lu, 1, &f));
	r = read_at(k, 0);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_BUSY);
	CU_ASSERT_EQUAL(fault_list(k->lu, &rule, 1), 1);
	CU_ASSERT_EQUAL(rule.hits, 1);
	r = read_at(k, 0);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_BUSY);
	r = read_at(k, 0);
	CU_ASSERT_TRUE(kit_is_good(&r));
	CU_ASSERT_EQUAL(fault_list(k->lu, &rule, 1), 0);
	CU_ASSERT_FALSE(fault_remove(k->lu, 1));
	kit_free(k);
}

static struct kit_task *
start_delayed(struct kit *k)
{
	struct fault f = { .action = FAULT_DELAY, .delay_ms = 250 };
	uint8_t cdb[16] = { 0 };
	struct kit_task *kt;

	k->homes[0].home.after = alarm_set;
	CU_ASSERT_TRUE(fault_add(k->lu, 1, &f));
	kit_cdb_read10(cdb, 0, 1);
	kt = kit_task_new(k, 0, cdb, 0, 512);
	CU_ASSERT_TRUE(outcome_good(kit_task_start(kt, 0)));
	CU_ASSERT_EQUAL(kt->done, 0);
	CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 0);
	return kt;
}

static void
a_delayed_command_runs_later(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = start_delayed(k);

	alarm_job->fn(alarm_job);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_TRUE(outcome_good(kt->task.outcome));
	CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 1);
	kit_task_free(kt);
	kit_free(k);
}

static void
an_aborted_delayed_command_does_not_run(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = start_delayed(k);

	task_abort(&kt->task);
	CU_ASSERT_EQUAL(kt->done, 0);
	alarm_job->fn(alarm_job);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_TRUE(kt->task.aborted);
	CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 0);
	kit_task_free(kt);
	kit_free(k);
}

static const struct unit_test tests[] = {
	{ "an error hits its range only", an_error_hits_its_range_only },
	{ "a count is used up", a_count_is_used_up },
	{ "a delayed command runs later", a_delayed_command_runs_later },
	{ "an aborted delayed command does not run",
	    an_aborted_delayed_command_does_not_run },
	{ NULL, NULL },
};
const struct unit_suite fault_suite = { "fault", tests };
