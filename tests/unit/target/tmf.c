/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/tmf.c - task management over several homes.
 */
#include <string.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite tmf_suite;

static const uint8_t tmf_write[16] = { 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 };
static const uint8_t tmf_caw[16] = { 0x89, [13] = 1 };

struct tmf_call {
	struct tmf f;
	unsigned done;
	enum tmf_response response;
};

static void
tmf_call_done(struct tmf *f, enum tmf_response response)
{
	struct tmf_call *c = container_of(f, struct tmf_call, f);

	c->done++;
	c->response = response;
}

static void
tmf_call(struct kit *k, struct tmf_call *c, unsigned nexus,
    enum tmf_function function)
{
	memset(c, 0, sizeof *c);
	c->f.nexus = k->nexus[nexus];
	c->f.function = function;
	c->f.done = tmf_call_done;
	kit_enter(k, nexus);
	tmf_start(&c->f);
}

static struct kit_task *
tmf_start_write(struct kit *k, unsigned nexus)
{
	struct kit_task *kt = kit_task_new(k, nexus, tmf_write, 512, 0);

	CU_ASSERT_TRUE(outcome_good(kit_task_start(kt, 0xaa)));
	return kt;
}

static struct kit *
tmf_kit(struct kit_task *all[KIT_HOMES])
{
	struct kit *k = kit_new();
	unsigned i;

	k->store.hold = true;
	for (i = 0; i < KIT_HOMES; i++)
		all[i] = tmf_start_write(k, i);
	return k;
}

static void
tmf_end(struct kit *k, struct kit_task **all, unsigned count)
{
	unsigned i;

	kit_release_all(k);
	for (i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(all[i]->done, 1);
		kit_task_free(all[i]);
	}
	kit_check(k);
	kit_free(k);
}

static bool
tmf_owes(struct kit *k, unsigned nexus, uint8_t asc, uint8_t ascq)
{
	struct outcome o = nexus_lu_take_attention(k->nexus[nexus]->lus[0]);

	return o.key == SENSE_UNIT_ATTENTION && o.asc == asc && o.ascq == ascq;
}

static bool
tmf_owes_nothing(struct kit *k, unsigned nexus)
{
	return outcome_good(nexus_lu_take_attention(k->nexus[nexus]->lus[0]));
}

/* ---- what each one reaches ---- */

static void
tmf_idle_completes_at_once(void)
{
	static const enum tmf_function functions[] = { TMF_ABORT_TASK_SET,
		TMF_I_T_NEXUS_RESET };
	struct kit *k = kit_new();
	struct tmf_call c;
	size_t i;

	for (i = 0; i < ARRAY_LEN(functions); i++) {
		tmf_call(k, &c, 0, functions[i]);
		CU_ASSERT_EQUAL(c.done, 1);
		CU_ASSERT_EQUAL(c.response, TMF_COMPLETE);
	}
	kit_free(k);
}

static void
tmf_no_lun(void)
{
	struct kit *k = kit_new();
	struct tmf_call c = { .f = { .nexus = k->nexus[0],
				  .function = TMF_LUN_RESET,
				  .lun = UINT64_C(9) << 48,
				  .done = tmf_call_done } };

	tmf_start(&c.f);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_EQUAL(c.response, TMF_NO_LUN);
	kit_free(k);
}

static void
tmf_clear_aca_is_not_supported(void)
{
	struct kit *k = kit_new();
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_CLEAR_ACA);
	CU_ASSERT_EQUAL(c.response, TMF_NOT_SUPPORTED);
	kit_free(k);
}

/* ABORT and CLEAR TASK SET: each nexus has a task set of its own (TST 001b). */
static void
tmf_a_task_set_is_of_one_nexus(void)
{
	static const enum tmf_function functions[] = { TMF_ABORT_TASK_SET,
		TMF_CLEAR_TASK_SET };
	struct kit_task *all[KIT_HOMES];
	struct tmf_call c;
	struct kit *k;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(functions); i++) {
		k = tmf_kit(all);
		tmf_call(k, &c, 0, functions[i]);
		kit_run_homes(k);
		CU_ASSERT_EQUAL(c.done, 0);
		CU_ASSERT_TRUE(all[0]->task.aborted);
		CU_ASSERT_FALSE(all[1]->task.aborted);
		kit_release(k, 0, 0);
		CU_ASSERT_EQUAL(c.done, 1);
		CU_ASSERT_EQUAL(c.response, TMF_COMPLETE);
		CU_ASSERT_TRUE(tmf_owes_nothing(k, 0));
		CU_ASSERT_TRUE(tmf_owes_nothing(k, 1));
		tmf_end(k, all, 3);
	}
}

/* As TAS was before the function: a reset puts it back. */
static void
tmf_tas_sends_status_to_others(void)
{
	static const enum tmf_function functions[] = { TMF_LUN_RESET,
		TMF_TARGET_WARM_RESET };
	struct kit_task *all[KIT_HOMES];
	struct tmf_call c;
	struct kit *k;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(functions); i++) {
		k = tmf_kit(all);
		atomic_store(&k->lu->task_aborted_status, true);
		tmf_call(k, &c, 0, functions[i]);
		kit_release_all(k);
		CU_ASSERT_FALSE(all[0]->task.ends_with_aborted_status);
		CU_ASSERT_TRUE(all[1]->task.ends_with_aborted_status);
		tmf_end(k, all, 3);
	}
}

static void
tmf_lun_reset_reaches_all(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct tmf_call c;
	unsigned i;

	atomic_store(&k->lu->software_write_protect, true);
	tmf_call(k, &c, 1, TMF_LUN_RESET);
	kit_run_homes(k);
	CU_ASSERT_FALSE(atomic_load(&k->lu->software_write_protect));
	for (i = 0; i < KIT_HOMES; i++) {
		CU_ASSERT_TRUE(all[i]->task.aborted);
		CU_ASSERT_TRUE(tmf_owes(k, i, 0x29, 0x03));
	}
	CU_ASSERT_EQUAL(c.done, 0);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 1);
	tmf_end(k, all, 3);
}

static void
tmf_target_reset_reaches_each_lun(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct tmf_call c;

	tmf_call(k, &c, 2, TMF_TARGET_WARM_RESET);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_TRUE(all[0]->task.aborted);
	CU_ASSERT_TRUE(tmf_owes(k, 0, 0x29, 0x03));
	tmf_call(k, &c, 2, TMF_TARGET_COLD_RESET);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_TRUE(tmf_owes(k, 1, 0x29, 0x03));
	tmf_end(k, all, 3);
}

static void
tmf_nexus_reset_is_a_nexus_loss(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_I_T_NEXUS_RESET);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_TRUE(all[0]->task.aborted);
	CU_ASSERT_FALSE(all[1]->task.aborted);
	CU_ASSERT_TRUE(tmf_owes(k, 0, 0x29, 0x07));
	CU_ASSERT_TRUE(tmf_owes_nothing(k, 1));
	tmf_end(k, all, 3);
}

static void
tmf_queries(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt;
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_QUERY_TASK_SET);
	CU_ASSERT_EQUAL(c.response, TMF_COMPLETE);
	tmf_call(k, &c, 0, TMF_QUERY_ASYNC_EVENT);
	CU_ASSERT_EQUAL(c.response, TMF_COMPLETE);
	k->store.hold = true;
	kt = tmf_start_write(k, 0);
	tmf_call(k, &c, 0, TMF_QUERY_TASK_SET);
	CU_ASSERT_EQUAL(c.response, TMF_SUCCEEDED);
	nexus_lu_establish_attention(k->nexus[0]->lus[0], UA_RESET);
	tmf_call(k, &c, 0, TMF_QUERY_ASYNC_EVENT);
	CU_ASSERT_EQUAL(c.response, TMF_SUCCEEDED);
	tmf_end(k, &kt, 1);
}

/* ---- when it is complete ---- */

static void
tmf_completes_last_in_any_order(void)
{
	static const unsigned orders[6][3] = { { 0, 0, 0 }, { 0, 1, 0 },
		{ 1, 0, 0 }, { 1, 1, 0 }, { 2, 0, 0 }, { 2, 1, 0 } };
	struct kit_task *all[KIT_HOMES];
	struct tmf_call c;
	struct kit *k;
	unsigned o, i;

	for (o = 0; o < 6; o++) {
		k = tmf_kit(all);
		tmf_call(k, &c, 0, TMF_LUN_RESET);
		kit_run_homes(k);
		for (i = 0; i < 3; i++) {
			CU_ASSERT_EQUAL(c.done, 0);
			kit_release(k, orders[o][i], 0);
			kit_run_homes(k);
			kit_check(k);
		}
		CU_ASSERT_EQUAL(c.done, 1);
		tmf_end(k, all, 3);
	}
}

static void
tmf_waits_for_homes_that_have_not_run(void)
{
	struct kit *k = kit_new();
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_LUN_RESET);
	CU_ASSERT_EQUAL(c.done, 0);
	kit_run_home(k, 1);
	kit_run_home(k, 0);
	CU_ASSERT_EQUAL(c.done, 0);
	kit_run_home(k, 2);
	CU_ASSERT_EQUAL(c.done, 0);
	kit_run_home(k, 0);
	CU_ASSERT_EQUAL(c.done, 1);
	kit_free(k);
}

static void
tmf_leaves_later_tasks_alone(void)
{
	struct kit *k = kit_new();
	struct kit_task *all[2];
	struct tmf_call c;

	k->store.hold = true;
	all[0] = tmf_start_write(k, 0);
	tmf_call(k, &c, 0, TMF_ABORT_TASK_SET);
	all[1] = tmf_start_write(k, 0);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_FALSE(all[1]->task.aborted);
	CU_ASSERT_EQUAL(all[1]->done, 0);
	tmf_end(k, all, 2);
}

static void
tmf_does_not_wait_for_later_aborts(void)
{
	struct kit *k = kit_new();
	struct kit_task *all[2];
	struct tmf_call first, second;

	k->store.hold = true;
	all[0] = tmf_start_write(k, 0);
	tmf_call(k, &first, 0, TMF_ABORT_TASK_SET);
	all[1] = tmf_start_write(k, 0);
	tmf_call(k, &second, 0, TMF_ABORT_TASK_SET);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(first.done, 1);
	CU_ASSERT_EQUAL(second.done, 0);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(second.done, 1);
	tmf_end(k, all, 2);
}

static void
tmf_two_resets_at_once(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct tmf_call first, second;

	tmf_call(k, &first, 0, TMF_LUN_RESET);
	tmf_call(k, &second, 1, TMF_TARGET_WARM_RESET);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(first.done + second.done, 0);
	kit_check(k);
	kit_release_all(k);
	CU_ASSERT_EQUAL(first.done, 1);
	CU_ASSERT_EQUAL(second.done, 1);
	tmf_end(k, all, 3);
}

static void
tmf_settles_waiting_and_prepared_at_once(void)
{
	struct kit *k = kit_new();
	struct kit_task *all[3];
	struct tmf_call c;

	k->store.hold = true;
	all[0] = kit_task_new(k, 0, tmf_caw, 1024, 0);
	kit_task_start(all[0], 0);
	all[1] = tmf_start_write(k, 1); /* waits at the gate */
	all[2] = kit_task_new(k, 1, tmf_write, 512, 0);
	kit_enter(k, 1);
	CU_ASSERT_TRUE(outcome_good(task_prepare(&all[2]->task)));
	tmf_call(k, &c, 1, TMF_ABORT_TASK_SET);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_EQUAL(all[1]->done, 1);
	CU_ASSERT_EQUAL(all[2]->revoked, 1);
	kit_task_free(all[2]);
	tmf_end(k, all, 2);
}

static void
tmf_nothing_is_written_after_the_answer(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt;
	struct tmf_call c;

	k->store.hold = true;
	kt = kit_task_new(k, 1, tmf_caw, 1024, 0);
	kit_task_start(kt, 0);
	tmf_call(k, &c, 0, TMF_LUN_RESET);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	tmf_end(k, &kt, 1);
}

/* ---- those who leave ---- */

static void
tmf_survives_detach_of_others(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct tmf_call c;
	unsigned i;

	tmf_call(k, &c, 0, TMF_LUN_RESET);
	for (i = 1; i < KIT_HOMES; i++) { /* their part is posted, not begun */
		kit_enter(k, i);
		nexus_detach(k->nexus[i], NULL, NULL);
		k->nexus[i] = NULL;
	}
	kit_run_homes(k);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(c.done, 0);
	kit_release(k, 0, 0);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(c.done, 1);
	tmf_end(k, all, 3);
}

static void
tmf_idle_nexus_leaves_before_its_part(void)
{
	struct kit *k = kit_new();
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_LUN_RESET);
	kit_enter(k, 1);
	nexus_detach(k->nexus[1], NULL, NULL);
	k->nexus[1] = NULL;
	kit_run_homes(k);
	CU_ASSERT_EQUAL(c.done, 1);
	kit_free(k);
}

static void
tmf_caller_cancels_and_leaves(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_LUN_RESET);
	tmf_cancel(&c.f);
	memset(&c.f, 0xee, sizeof c.f);
	nexus_detach(k->nexus[0], NULL, NULL);
	k->nexus[0] = NULL;
	kit_run_homes(k);
	CU_ASSERT_TRUE(all[2]->task.aborted);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 0);
	tmf_end(k, all, 3);
}

static void
tmf_lun_is_taken_away_meanwhile(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct target *empty = target_new(k->target->name, "");
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_LUN_RESET);
	kit_enter(k, 1);
	CU_ASSERT_TRUE(nexus_remap(k->nexus[1], empty));
	target_unref(empty);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(c.done, 0);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 1);
	tmf_end(k, all, 3);
}

static void
tmf_expires(void)
{
	struct kit_task *all[KIT_HOMES];
	struct kit *k = tmf_kit(all);
	struct tmf_call c;

	tmf_call(k, &c, 0, TMF_LUN_RESET);
	kit_run_homes(k);
	tmf_expire(&c.f);
	CU_ASSERT_EQUAL(c.done, 1);
	CU_ASSERT_EQUAL(c.response, TMF_REJECTED);
	tmf_expire(&c.f);
	kit_release_all(k);
	CU_ASSERT_EQUAL(c.done, 1);
	tmf_end(k, all, 3);
}

static const struct unit_test tmf_tests[] = {
	{ "an idle nexus: complete at once", tmf_idle_completes_at_once },
	{ "a LUN that is not there", tmf_no_lun },
	{ "CLEAR ACA is not supported", tmf_clear_aca_is_not_supported },
	{ "a task set is of one nexus", tmf_a_task_set_is_of_one_nexus },
	{ "with TAS others get TASK ABORTED", tmf_tas_sends_status_to_others },
	{ "LOGICAL UNIT RESET reaches all nexuses", tmf_lun_reset_reaches_all },
	{ "TARGET RESET reaches each LUN", tmf_target_reset_reaches_each_lun },
	{ "I_T NEXUS RESET is a nexus loss", tmf_nexus_reset_is_a_nexus_loss },
	{ "QUERY TASK SET and ASYNC EVENT", tmf_queries },
	{ "complete after the last, in any order",
	    tmf_completes_last_in_any_order },
	{ "waits for homes that have not run",
	    tmf_waits_for_homes_that_have_not_run },
	{ "tasks that come later go on", tmf_leaves_later_tasks_alone },
	{ "later aborts are not waited for",
	    tmf_does_not_wait_for_later_aborts },
	{ "two resets at once", tmf_two_resets_at_once },
	{ "waiting and prepared tasks are settled at once",
	    tmf_settles_waiting_and_prepared_at_once },
	{ "nothing is written after the answer",
	    tmf_nothing_is_written_after_the_answer },
	{ "nexuses with I/O leave meanwhile", tmf_survives_detach_of_others },
	{ "an idle nexus leaves before its part runs",
	    tmf_idle_nexus_leaves_before_its_part },
	{ "the caller cancels and leaves", tmf_caller_cancels_and_leaves },
	{ "the LUN is taken away meanwhile", tmf_lun_is_taken_away_meanwhile },
	{ "expiry answers, the aborts go on", tmf_expires },
	{ NULL, NULL },
};

const struct unit_suite tmf_suite = { "tmf", tmf_tests };
