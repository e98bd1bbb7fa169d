/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/pr_keep.c - reservations that outlive a power loss, on a
 * store that ends its saves when the test says so.
 */
#include "target/pr.h"
#include "tests/unit/target/keep_kit.h"
#include "tests/unit/target/pr_kit.h"

extern const struct unit_suite pr_keep_suite;

#define KEY_A UINT64_C(0xaaaaaaaaaaaaaaaa)
#define KEY_B UINT64_C(0xbbbbbbbbbbbbbbbb)
#define APTPL 0x01

static struct keep *
keep_new(void)
{
	return keep_start_with(pr_set_store, pr_restore);
}

static struct kit_result
keep_register(struct keep *s, unsigned nexus, uint64_t key, uint8_t flags)
{
	return pr_out_with(
	    s->k, nexus, PR_OUT_REGISTER_AND_IGNORE, 0, 0, key, flags);
}

/* Start a command whose save is held. */
static struct kit_task *
keep_start(struct keep *s, unsigned nexus, uint8_t action, uint64_t key,
    uint64_t action_key, uint8_t flags)
{
	const uint8_t cdb[16] = { 0x5f, action, 5, 0, 0, 0, 0, 0, 24 };
	struct kit_task *kt = kit_task_new(s->k, nexus, cdb, 24, 0);
	uint8_t list[24] = { 0 };

	kit_enter(s->k, nexus);
	put_be64(list, key);
	put_be64(list + 8, action_key);
	list[20] = flags;
	CU_ASSERT_FATAL(outcome_good(task_prepare(&kt->task)));
	buf_list_write(&kt->task.data, 0, list, 24);
	task_execute(&kt->task);
	kit_enter(s->k, 0);
	return kt;
}

static uint8_t
keep_capabilities(struct keep *s)
{
	return pr_in(s->k, 0, 2).data_in[3] & 1;
}

/* ---- what is kept ---- */

static void
keep_survives(void)
{
	struct keep *s = keep_new();
	struct kit_result r = keep_register(s, 0, KEY_A, APTPL);

	CU_ASSERT(kit_is_good(&r));
	keep_register(s, 1, KEY_B, APTPL);
	pr_reserve(s->k, 0, 5, KEY_A);
	keep_restart(s);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 2);
	CU_ASSERT_EQUAL(pr_type_held(s->k), 5);
	CU_ASSERT_EQUAL(pr_generation(s->k), 0);
	CU_ASSERT_EQUAL(s->k->nexus[0]->lus[0]->access, ACCESS_ALL);
	CU_ASSERT_EQUAL(s->k->nexus[1]->lus[0]->access, ACCESS_ALL);
	CU_ASSERT(!(s->k->nexus[2]->lus[0]->access & ACCESS_WRITE));
	r = pr_out(s->k, 0, PR_OUT_RELEASE, 5, KEY_A, 0);
	CU_ASSERT(kit_is_good(&r));
	keep_free(s);
}

static void
keep_every_type(void)
{
	static const uint8_t types[] = { 1, 3, 5, 6, 7, 8 };
	struct keep *s;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(types); i++) {
		s = keep_new();
		keep_register(s, 0, KEY_A, APTPL);
		pr_reserve(s->k, 0, types[i], KEY_A);
		keep_restart(s);
		CU_ASSERT_EQUAL(pr_type_held(s->k), types[i]);
		CU_ASSERT_EQUAL(s->k->nexus[0]->lus[0]->access, ACCESS_ALL);
		keep_free(s);
	}
}

static void
keep_not_without_aptpl(void)
{
	struct keep *s = keep_new();

	keep_register(s, 0, KEY_A, 0);
	pr_reserve(s->k, 0, 5, KEY_A);
	CU_ASSERT_EQUAL(s->saves, 0);
	CU_ASSERT_EQUAL(keep_capabilities(s), 0);
	keep_free(s);
}

static void
keep_last_aptpl_counts(void)
{
	struct keep *s = keep_new();

	keep_register(s, 0, KEY_A, APTPL);
	CU_ASSERT_EQUAL(keep_capabilities(s), 1);
	CU_ASSERT(s->bytes > 0);
	keep_register(s, 1, KEY_B, 0);
	CU_ASSERT_EQUAL(keep_capabilities(s), 0);
	CU_ASSERT_EQUAL(s->bytes, 0);
	keep_restart(s);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 0);
	keep_free(s);
}

static void
keep_every_change(void)
{
	struct keep *s = keep_new();
	struct kit *k = s->k;

	keep_register(s, 0, KEY_A, APTPL);
	CU_ASSERT_EQUAL(s->saves, 1);
	keep_register(s, 1, KEY_B, APTPL);
	CU_ASSERT_EQUAL(s->saves, 2);
	pr_reserve(k, 0, 1, KEY_A);
	CU_ASSERT_EQUAL(s->saves, 3);
	pr_reserve(k, 0, 1, KEY_A);
	CU_ASSERT_EQUAL(s->saves, 3);
	pr_out(k, 1, PR_OUT_PREEMPT, 1, KEY_B, KEY_A);
	CU_ASSERT_EQUAL(s->saves, 4);
	pr_out(k, 1, PR_OUT_RELEASE, 1, KEY_B, 0);
	CU_ASSERT_EQUAL(s->saves, 5);
	pr_out(k, 1, PR_OUT_CLEAR, 0, KEY_B, 0);
	CU_ASSERT_EQUAL(s->saves, 6);
	keep_restart(s);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 0);
	CU_ASSERT_EQUAL(keep_capabilities(s), 1);
	keep_free(s);
}

/* ---- order ---- */

static void
keep_before_good(void)
{
	struct keep *s = keep_new();
	struct kit_task *kt;

	s->hold = true;
	kt = keep_start(s, 1, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_A, APTPL);
	CU_ASSERT_EQUAL(kt->done, 0);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 0);
	keep_go(s);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT(outcome_good(kt->task.outcome));
	CU_ASSERT_EQUAL(pr_key_count(s->k), 1);
	kit_task_free(kt);
	keep_free(s);
}

static void
keep_one_at_a_time(void)
{
	struct keep *s = keep_new();
	struct kit_task *a, *b;

	s->hold = true;
	a = keep_start(s, 1, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_A, APTPL);
	b = keep_start(s, 2, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_B, APTPL);
	CU_ASSERT_EQUAL(s->saves, 1);
	keep_go(s);
	CU_ASSERT(a->done == 1 && b->done == 0);
	CU_ASSERT_EQUAL(s->saves, 2);
	keep_go(s);
	CU_ASSERT_EQUAL(b->done, 1);
	kit_task_free(a);
	kit_task_free(b);
	keep_restart(s);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 2);
	keep_free(s);
}

static void
keep_reserve6_waits(void)
{
	static const uint8_t reserve6[16] = { 0x16 };
	struct keep *s = keep_new();
	struct kit_task *a, *b;

	s->hold = true;
	a = keep_start(s, 1, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_A, APTPL);
	b = kit_task_new(s->k, 2, reserve6, 0, 0);
	kit_enter(s->k, 2);
	CU_ASSERT(outcome_good(kit_task_start(b, 0)));
	kit_enter(s->k, 0);
	CU_ASSERT_EQUAL(b->done, 0);
	keep_go(s);
	CU_ASSERT_EQUAL(b->task.outcome.status, STATUS_RESERVATION_CONFLICT);
	kit_task_free(a);
	kit_task_free(b);
	keep_free(s);
}

static void
keep_aborted_in_queue(void)
{
	struct keep *s = keep_new();
	struct kit_task *a, *b;

	s->hold = true;
	a = keep_start(s, 1, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_A, APTPL);
	b = keep_start(s, 2, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_B, APTPL);
	kit_enter(s->k, 2);
	task_abort(&b->task);
	kit_enter(s->k, 0);
	keep_go(s);
	CU_ASSERT(b->done == 1 && b->task.aborted);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 1);
	CU_ASSERT_EQUAL(s->saves, 1);
	kit_task_free(a);
	kit_task_free(b);
	keep_free(s);
}

/* What was saved happens, or a restart would show what never was. */
static void
keep_aborted_while_saved(void)
{
	struct keep *s = keep_new();
	struct kit_task *a;

	s->hold = true;
	a = keep_start(s, 1, PR_OUT_REGISTER_AND_IGNORE, 0, KEY_A, APTPL);
	kit_enter(s->k, 1);
	task_abort(&a->task);
	kit_enter(s->k, 0);
	CU_ASSERT_EQUAL(a->done, 0);
	keep_go(s);
	CU_ASSERT(a->done == 1 && a->task.aborted);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 1);
	kit_task_free(a);
	keep_free(s);
}

/* The victim's own change waits behind the one that aborts it. */
static void
keep_preempt_and_abort_of_waiting(void)
{
	struct keep *s = keep_new();
	struct kit_task *a, *b;

	keep_register(s, 0, KEY_A, APTPL);
	keep_register(s, 1, KEY_B, APTPL);
	s->hold = true;
	a = keep_start(s, 0, PR_OUT_PREEMPT_AND_ABORT, KEY_A, KEY_B, 0);
	b = keep_start(s, 1, PR_OUT_CLEAR, KEY_B, 0, 0);
	keep_go(s);
	CU_ASSERT(a->done == 1 && outcome_good(a->task.outcome));
	CU_ASSERT(b->done == 1 && b->task.aborted);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 1);
	kit_task_free(a);
	kit_task_free(b);
	keep_free(s);
}

/* A nexus that comes between the save and its end is told and bound as well. */
static void
keep_newcomer_while_saving(void)
{
	static const uint8_t isid[6] = { 0x80, 0, 0, 0, 0, 9 };
	struct keep *s = keep_new();
	struct nexus *third = s->k->nexus[2];
	struct kit_task *a;

	keep_register(s, 0, KEY_A, APTPL);
	s->hold = true;
	a = keep_start(s, 0, PR_OUT_RESERVE, KEY_A, 0, 0);
	s->k->nexus[2] = nexus_attach(
	    third->home, third->target, "iqn.2026-01.test:new", isid, 1);
	CU_ASSERT_EQUAL(s->k->nexus[2]->lus[0]->access, ACCESS_ALL);
	keep_go(s);
	CU_ASSERT(!(s->k->nexus[2]->lus[0]->access & ACCESS_WRITE));
	kit_enter(s->k, 2);
	nexus_detach(s->k->nexus[2], NULL, NULL);
	kit_enter(s->k, 0);
	s->k->nexus[2] = third;
	kit_task_free(a);
	keep_free(s);
}

/* ---- failures ---- */

static void
keep_failed_save_changes_nothing(void)
{
	struct keep *s = keep_new();
	struct kit_result r;

	keep_register(s, 0, KEY_A, APTPL);
	keep_register(s, 1, KEY_B, APTPL);
	s->fail = -28;
	r = pr_out(s->k, 0, PR_OUT_CLEAR, 0, KEY_A, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_HARDWARE_ERROR, 0x44, 0x00));
	CU_ASSERT_EQUAL(pr_key_count(s->k), 2);
	CU_ASSERT_EQUAL(pr_generation(s->k), 2);
	CU_ASSERT_EQUAL(pr_attention(s->k, 1), 0);
	s->fail = 0;
	keep_restart(s);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 2);
	keep_free(s);
}

static void
keep_shortage_passes(void)
{
	struct keep *s = keep_new();
	struct kit_result r;

	keep_register(s, 0, KEY_A, APTPL);
	s->fail = -12;
	r = pr_out(s->k, 0, PR_OUT_CLEAR, 0, KEY_A, 0);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_BUSY);
	CU_ASSERT_EQUAL(pr_key_count(s->k), 1);
	s->fail = 0;
	keep_free(s);
}

/* The failed one may be there at a restart: it is replaced at once, or else
 * with the next change, even if that is none. */
static void
keep_failed_save_is_replaced(void)
{
	struct keep *s = keep_new();

	keep_register(s, 0, KEY_A, APTPL);
	s->fail = -5;
	keep_register(s, 1, KEY_B, APTPL);
	CU_ASSERT_EQUAL(s->saves, 3);
	s->fail = 0;
	keep_register(s, 0, KEY_A, APTPL);
	CU_ASSERT_EQUAL(s->saves, 4);
	keep_register(s, 0, KEY_A, APTPL);
	CU_ASSERT_EQUAL(s->saves, 4);
	keep_free(s);
}

static void
keep_refused_is_not_saved(void)
{
	struct keep *s = keep_new();
	struct kit_result r;

	keep_register(s, 0, KEY_A, APTPL);
	r = pr_out(s->k, 1, PR_OUT_CLEAR, 0, KEY_B, 0);
	CU_ASSERT(kit_is_conflict(&r));
	CU_ASSERT_EQUAL(s->saves, 1);
	keep_free(s);
}

/* ---- texts that are none ---- */

#define LINE_A "key 00000000000000aa iqn.a:b,i,0x400001370000 iqn.c:d,t,0x0001"
#define LINE_B "key 00000000000000bb iqn.a:x,i,0x400001370000 iqn.c:d,t,0x0001"

static bool
keep_reads(const char *text)
{
	struct kit *k = kit_new();
	bool read = pr_restore(k->lu, text, strlen(text));

	kit_free(k);
	return read;
}

static void
keep_texts(void)
{
	CU_ASSERT(keep_reads(""));
	CU_ASSERT(keep_reads("type 0\n"));
	CU_ASSERT(keep_reads("type 5\n" LINE_A " holder\n" LINE_B "\n"));
	CU_ASSERT(keep_reads("type 7\n" LINE_A "\n"));
	CU_ASSERT(!keep_reads("type 0"));
	CU_ASSERT(!keep_reads("type 2\n" LINE_A " holder\n"));
	CU_ASSERT(!keep_reads("type 5\n" LINE_A "\n"));
	CU_ASSERT(!keep_reads("type 7\n"));
	CU_ASSERT(!keep_reads("type 7\n" LINE_A " holder\n"));
	CU_ASSERT(!keep_reads("type 0\n" LINE_A " holder\n"));
	CU_ASSERT(
	    !keep_reads("type 5\n" LINE_A " holder\n" LINE_B " holder\n"));
	CU_ASSERT(!keep_reads("type 0\n" LINE_A "\n" LINE_A "\n"));
	CU_ASSERT(!keep_reads("type 0\n" LINE_A "\n\n"));
	CU_ASSERT(!keep_reads("type 0\n" LINE_A " more\n"));
	CU_ASSERT(!keep_reads("type 0\nkey 0000000000000000 iqn.a:b,i,"
			      "0x400001370000 iqn.c:d,t,0x0001\n"));
	CU_ASSERT(!keep_reads("type 0\nkey 00000000000000aa iqn.a:b,i,"
			      "0x4000013700 iqn.c:d,t,0x0001\n"));
}

/* ---- an LU whose reservations are not known ---- */

static void
keep_unknown_refuses(void)
{
	static const struct {
		uint8_t cdb[16];
		bool served;
	} rules[] = {
		{ { 0x12, 0, 0, 0, 96 }, true },
		{ { 0xa0, [9] = 16 }, true },
		{ { 0x03, 0, 0, 0, 18 }, true },
		{ { 0x00 }, false },
		{ { 0x28, [8] = 1 }, false },
		{ { 0x2a, [8] = 1 }, false },
		{ { 0x35 }, false },
		{ { 0x5e, 0, [8] = 8 }, false },
		{ { 0x16 }, false },
		{ { 0x17 }, false },
	};
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned i;

	pthread_mutex_lock(&k->lu->mutex);
	pr_set_unknown(k->lu);
	for (i = 0; i < KIT_HOMES; i++)
		pr_nexus_joined(k->nexus[i]->lus[0]);
	pthread_mutex_unlock(&k->lu->mutex);
	for (i = 0; i < ARRAY_LEN(rules); i++) {
		static const uint8_t block[512];
		bool writes = rules[i].cdb[0] == 0x2a;

		r = kit_run(k, rules[i].cdb, block, writes ? 512 : 0, 512);
		CU_ASSERT(rules[i].served
			      ? kit_is_good(&r)
			      : kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x03));
	}
	r = pr_out(k, 0, PR_OUT_REGISTER_AND_IGNORE, 0, 0, KEY_A);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x03));
	CU_ASSERT(pr_restore(k->lu, "", 0));
	r = kit_run(k, (const uint8_t[16]){ 0 }, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static const struct unit_test keep_tests[] = {
	{ "APTPL survives", keep_survives },
	{ "every type survives", keep_every_type },
	{ "nothing is kept without APTPL", keep_not_without_aptpl },
	{ "the last APTPL counts", keep_last_aptpl_counts },
	{ "every change is saved, and only changes", keep_every_change },
	{ "GOOD comes after the save", keep_before_good },
	{ "one change at a time", keep_one_at_a_time },
	{ "RESERVE(6) takes its turn", keep_reserve6_waits },
	{ "aborted before its turn", keep_aborted_in_queue },
	{ "aborted while it is saved", keep_aborted_while_saved },
	{ "PREEMPT AND ABORT of one that waits",
	    keep_preempt_and_abort_of_waiting },
	{ "a newcomer while it is saved", keep_newcomer_while_saving },
	{ "a failed save is 04/44/00", keep_failed_save_changes_nothing },
	{ "a save that finds no memory is BUSY", keep_shortage_passes },
	{ "a failed save is replaced", keep_failed_save_is_replaced },
	{ "what is refused is not saved", keep_refused_is_not_saved },
	{ "texts, and what is none", keep_texts },
	{ "unknown reservations are 02/04/03", keep_unknown_refuses },
	{ NULL, NULL },
};

const struct unit_suite pr_keep_suite = { "pr_keep", keep_tests };
