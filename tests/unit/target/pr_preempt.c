/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/pr_preempt.c - PREEMPT, and PREEMPT AND ABORT.
 */
#include "tests/unit/target/pr_kit.h"

extern const struct unit_suite pr_preempt_suite;

#define KEY_A UINT64_C(0xaaaaaaaaaaaaaaaa)
#define KEY_B UINT64_C(0xbbbbbbbbbbbbbbbb)
#define KEY_C UINT64_C(0xcccccccccccccccc)

static void
pr_preempt_holder(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_register(k, 2, KEY_C);
	pr_reserve(k, 1, 5, KEY_B);
	r = pr_out(k, 0, PR_OUT_PREEMPT, 6, KEY_A, KEY_B);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_type_held(k), 6);
	r = pr_in(k, 0, 1);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), KEY_A);
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	CU_ASSERT_EQUAL(pr_attention(k, 0), 0);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0x2a05);
	CU_ASSERT_EQUAL(pr_attention(k, 2), 0x2a04);
	kit_free(k);
}

static void
pr_preempt_same_type(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_register(k, 2, KEY_C);
	pr_reserve(k, 1, 5, KEY_B);
	pr_out(k, 0, PR_OUT_PREEMPT, 5, KEY_A, KEY_B);
	CU_ASSERT_EQUAL(pr_attention(k, 2), 0);
	kit_free(k);
}

static void
pr_preempt_self(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_A);
	pr_reserve(k, 0, 1, KEY_A);
	r = pr_out(k, 0, PR_OUT_PREEMPT, 3, KEY_A, KEY_A);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_type_held(k), 3);
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0x2a05);
	kit_free(k);
}

static void
pr_preempt_registration(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_register(k, 2, KEY_C);
	pr_reserve(k, 1, 5, KEY_B);
	r = pr_out(k, 0, PR_OUT_PREEMPT, 6, KEY_A, KEY_C);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_type_held(k), 5);
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0);
	CU_ASSERT_EQUAL(pr_attention(k, 2), 0x2a05);
	kit_free(k);
}

static void
pr_preempt_unknown_key(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	r = pr_out(k, 0, PR_OUT_PREEMPT, 1, KEY_A, KEY_B);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_out(k, 0, PR_OUT_PREEMPT, 1, KEY_A, 0);
	CU_ASSERT(kit_is_invalid_list(&r, 8, -1));
	r = pr_out(k, 1, PR_OUT_PREEMPT, 1, 0, KEY_A);
	CU_ASSERT(kit_is_conflict(&r));
	kit_free(k);
}

static void
pr_preempt_all_registrants(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_register(k, 2, KEY_C);
	pr_reserve(k, 1, 7, KEY_B);
	r = pr_out(k, 0, PR_OUT_PREEMPT, 1, KEY_A, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_type_held(k), 1);
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0x2a05);
	CU_ASSERT_EQUAL(pr_attention(k, 2), 0x2a05);
	kit_free(k);
}

static void
pr_preempt_one_of_all_registrants(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 1, 7, KEY_B);
	r = pr_out(k, 0, PR_OUT_PREEMPT, 1, KEY_A, KEY_B);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_type_held(k), 7);
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	kit_free(k);
}

static void
pr_preempt_bad_type(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 1, 5, KEY_B);
	r = pr_out(k, 0, PR_OUT_PREEMPT, 2, KEY_A, KEY_B);
	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 3));
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	kit_free(k);
}

/* ---- PREEMPT AND ABORT ---- */

struct pr_scene {
	struct kit *k;
	struct kit_task *write, *preempt;
};

/* Start a PERSISTENT RESERVE OUT of that nexus; no home is run. */
static struct kit_task *
pr_out_start(struct kit *k, unsigned nexus, uint8_t action, uint64_t key,
    uint64_t action_key)
{
	const uint8_t cdb[16] = { 0x5f, action, 5, 0, 0, 0, 0, 0, 24 };
	struct kit_task *kt = kit_task_new(k, nexus, cdb, 24, 0);
	uint8_t list[24] = { 0 };

	kit_enter(k, nexus);
	put_be64(list, key);
	put_be64(list + 8, action_key);
	CU_ASSERT_FATAL(outcome_good(task_prepare(&kt->task)));
	buf_list_write(&kt->task.data, 0, list, 24);
	task_execute(&kt->task);
	kit_enter(k, 0);
	return kt;
}

/* Nexus 1 has a write at the store, nexus 0 preempts it. */
static struct pr_scene
pr_scene_with(bool tas)
{
	struct pr_scene s = { .k = kit_new() };
	uint8_t cdb[16];

	atomic_store(&s.k->lu->task_aborted_status, tas);
	pr_register(s.k, 0, KEY_A);
	pr_register(s.k, 1, KEY_B);
	pr_reserve(s.k, 1, 5, KEY_B);
	s.k->store.hold = true;
	kit_cdb_write10(cdb, 0, 1);
	s.write = kit_task_new(s.k, 1, cdb, 512, 0);
	CU_ASSERT(outcome_good(kit_task_start(s.write, 0xaa)));
	s.preempt =
	    pr_out_start(s.k, 0, PR_OUT_PREEMPT_AND_ABORT, KEY_A, KEY_B);
	return s;
}

static struct pr_scene
pr_scene_new(void)
{
	return pr_scene_with(false);
}

static void
pr_scene_free(struct pr_scene *s)
{
	kit_release_all(s->k);
	kit_task_free(s->write);
	kit_task_free(s->preempt);
	kit_free(s->k);
}

static void
pr_abort_waits(void)
{
	struct pr_scene s = pr_scene_new();

	kit_run_homes(s.k);
	CU_ASSERT_EQUAL(s.preempt->done, 0);
	CU_ASSERT(s.write->task.aborted);
	kit_release_all(s.k);
	CU_ASSERT_EQUAL(s.write->done, 1);
	CU_ASSERT_EQUAL(s.preempt->done, 1);
	CU_ASSERT(outcome_good(s.preempt->task.outcome));
	CU_ASSERT_EQUAL(pr_type_held(s.k), 5);
	CU_ASSERT_EQUAL(pr_key_count(s.k), 1);
	CU_ASSERT_EQUAL(pr_attention(s.k, 1), 0x2a05);
	pr_scene_free(&s);
}

/* TASK ABORTED tells the victim, or COMMANDS CLEARED BY ANOTHER INITIATOR. */
static void
pr_abort_warns_the_victim(void)
{
	struct pr_scene s;
	int tas;

	for (tas = 0; tas < 2; tas++) {
		s = pr_scene_with(tas);
		kit_run_homes(s.k);
		CU_ASSERT_EQUAL(s.write->task.ends_with_aborted_status, tas);
		CU_ASSERT_EQUAL(pr_attention(s.k, 1), 0x2a05);
		CU_ASSERT_EQUAL(pr_attention(s.k, 1), tas ? 0 : 0x2f00);
		CU_ASSERT_EQUAL(pr_attention(s.k, 0), 0);
		pr_scene_free(&s);
	}
}

static void
pr_abort_idle(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	r = pr_out(k, 0, PR_OUT_PREEMPT_AND_ABORT, 5, KEY_A, KEY_B);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0x2a05);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0);
	kit_free(k);
}

static void
pr_abort_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	r = pr_out(k, 0, PR_OUT_PREEMPT_AND_ABORT, 5, KEY_C, KEY_B);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_out(k, 0, PR_OUT_PREEMPT_AND_ABORT, 5, KEY_A, KEY_C);
	CU_ASSERT(kit_is_conflict(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	kit_free(k);
}

static void
pr_abort_self(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	r = pr_out(k, 0, PR_OUT_PREEMPT_AND_ABORT, 5, KEY_A, KEY_A);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	CU_ASSERT_EQUAL(pr_attention(k, 0), 0);
	kit_free(k);
}

/* The preempted nexus registers again and preempts in turn, while the first
 * command still waits for its write. */
static void
pr_abort_each_other(void)
{
	struct pr_scene s = pr_scene_new();
	struct kit_task *again, *back;

	pr_attention(s.k, 1);
	again = pr_out_start(s.k, 1, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_B);
	back = pr_out_start(s.k, 1, PR_OUT_PREEMPT_AND_ABORT, KEY_B, KEY_A);
	CU_ASSERT(again->done == 1 && s.preempt->done == 0);
	kit_run_homes(s.k);
	kit_release_all(s.k);
	CU_ASSERT_EQUAL(s.preempt->done, 1);
	CU_ASSERT_EQUAL(back->done, 1);
	kit_task_free(again);
	kit_task_free(back);
	pr_scene_free(&s);
}

static const struct unit_test pr_preempt_tests[] = {
	{ "PREEMPT the holder", pr_preempt_holder },
	{ "PREEMPT without a change of type", pr_preempt_same_type },
	{ "PREEMPT oneself", pr_preempt_self },
	{ "PREEMPT a registration", pr_preempt_registration },
	{ "PREEMPT a key that is not there", pr_preempt_unknown_key },
	{ "PREEMPT all registrants", pr_preempt_all_registrants },
	{ "PREEMPT one of all registrants", pr_preempt_one_of_all_registrants },
	{ "PREEMPT with a wrong type changes nothing", pr_preempt_bad_type },
	{ "PREEMPT AND ABORT waits for what it aborts", pr_abort_waits },
	{ "PREEMPT AND ABORT of an idle nexus", pr_abort_idle },
	{ "PREEMPT AND ABORT warns the victim", pr_abort_warns_the_victim },
	{ "a refused PREEMPT AND ABORT aborts nothing", pr_abort_refused },
	{ "PREEMPT AND ABORT of oneself", pr_abort_self },
	{ "two that preempt and abort each other", pr_abort_each_other },
	{ NULL, NULL },
};

const struct unit_suite pr_preempt_suite = { "pr_preempt", pr_preempt_tests };
