/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/pr_access.c - who may do what while an LU is reserved;
 * RESERVE(6) and RELEASE(6).
 */
#include <string.h>

#include "target/pr.h"
#include "tests/unit/target/pr_kit.h"

extern const struct unit_suite pr_access_suite;

#define KEY_A UINT64_C(0xaaaaaaaaaaaaaaaa)
#define KEY_B UINT64_C(0xbbbbbbbbbbbbbbbb)

#define CDB(...)        ((const uint8_t[16]){ __VA_ARGS__ })
#define TEST_UNIT_READY CDB(0x00)
#define RESERVE6        CDB(0x16)
#define RELEASE6        CDB(0x17)
#define MODE_SENSE6     CDB(0x1a, 0, 0x3f, 0, 255)
#define INQUIRY         CDB(0x12, 0, 0, 0, 96)
#define REQUEST_SENSE   CDB(0x03, 0, 0, 0, 18)
#define REPORT_LUNS     CDB(0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 16)

static bool
pr_conflicts(struct kit *k, unsigned nexus, const uint8_t cdb[16])
{
	struct kit_result r = kit_run_at(k, nexus, 0, cdb, NULL, 0, 255);

	CU_ASSERT(kit_is_good(&r) || kit_is_conflict(&r));
	return kit_is_conflict(&r);
}

static bool
pr_reads(struct kit *k, unsigned nexus)
{
	uint8_t cdb[16];
	struct kit_result r;

	kit_cdb_read10(cdb, 0, 1);
	r = kit_run_at(k, nexus, 0, cdb, NULL, 0, 512);
	CU_ASSERT(kit_is_good(&r) || kit_is_conflict(&r));
	return kit_is_good(&r);
}

static bool
pr_writes(struct kit *k, unsigned nexus)
{
	static const uint8_t data[512];
	uint8_t cdb[16];
	struct kit_result r;

	kit_cdb_write10(cdb, 0, 1);
	r = kit_run_at(k, nexus, 0, cdb, data, sizeof(data), 0);
	CU_ASSERT(kit_is_good(&r) || kit_is_conflict(&r));
	return kit_is_good(&r);
}

/* SPC-4 5.13.1: holder 0, registered 1, unregistered 2. */
static void
pr_access_table(void)
{
	static const struct {
		uint8_t type;
		bool registered_reads, registered_writes, other_reads;
	} rules[] = {
		{ 1, true, false, true },
		{ 3, false, false, false },
		{ 5, true, true, true },
		{ 6, true, true, false },
		{ 7, true, true, true },
		{ 8, true, true, false },
	};
	struct kit *k = kit_new();
	unsigned i;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	for (i = 0; i < ARRAY_LEN(rules); i++) {
		pr_reserve(k, 0, rules[i].type, KEY_A);
		CU_ASSERT(pr_reads(k, 0) && pr_writes(k, 0));
		CU_ASSERT_EQUAL(pr_reads(k, 1), rules[i].registered_reads);
		CU_ASSERT_EQUAL(pr_writes(k, 1), rules[i].registered_writes);
		CU_ASSERT_EQUAL(pr_reads(k, 2), rules[i].other_reads);
		CU_ASSERT(!pr_writes(k, 2));
		pr_out(k, 0, PR_OUT_RELEASE, rules[i].type, KEY_A, 0);
		pr_attention(k, 1);
	}
	CU_ASSERT(pr_reads(k, 2) && pr_writes(k, 2));
	kit_free(k);
}

static void
pr_access_always(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 3, KEY_A);
	CU_ASSERT(!pr_conflicts(k, 2, TEST_UNIT_READY));
	CU_ASSERT(!pr_conflicts(k, 2, INQUIRY));
	CU_ASSERT(!pr_conflicts(k, 2, REQUEST_SENSE));
	CU_ASSERT(!pr_conflicts(k, 2, REPORT_LUNS));
	r = pr_in(k, 2, 0);
	CU_ASSERT(kit_is_good(&r));
	r = pr_out(k, 2, PR_OUT_REGISTER, 0, 0, KEY_B);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
pr_access_mode_sense(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 1, KEY_A);
	CU_ASSERT(!pr_conflicts(k, 2, MODE_SENSE6));
	pr_out(k, 0, PR_OUT_RELEASE, 1, KEY_A, 0);
	pr_reserve(k, 0, 3, KEY_A);
	CU_ASSERT(pr_conflicts(k, 2, MODE_SENSE6));
	kit_free(k);
}

static void
pr_access_mode_select(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 1, KEY_A);
	CU_ASSERT(pr_conflicts(k, 2, CDB(0x15, 0x10, 0, 0, 0)));
	CU_ASSERT(!pr_conflicts(k, 0, CDB(0x15, 0x10, 0, 0, 0)));
	kit_free(k);
}

static void
pr_access_flush(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 1, KEY_A);
	CU_ASSERT(pr_conflicts(k, 2, CDB(0x35)));
	CU_ASSERT(!pr_conflicts(k, 0, CDB(0x35)));
	kit_free(k);
}

static void
pr_access_of_newcomer(void)
{
	static const uint8_t isid[6] = { 0x80, 0, 0, 0, 0, 5 };
	struct kit *k = kit_new();
	struct nexus *third = k->nexus[2];

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 1, KEY_A);
	k->nexus[2] = nexus_attach(
	    third->home, third->target, "iqn.2026-01.test:new", isid, 1);
	pr_attention(k, 2);
	CU_ASSERT(!pr_writes(k, 2) && pr_reads(k, 2));
	kit_enter(k, 2);
	nexus_detach(k->nexus[2], NULL, NULL);
	kit_enter(k, 0);
	k->nexus[2] = third;
	kit_free(k);
}

static void
pr_access_after_preempt(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 1, 5, KEY_B);
	CU_ASSERT(pr_writes(k, 1));
	pr_out(k, 0, PR_OUT_PREEMPT, 5, KEY_A, KEY_B);
	pr_attention(k, 1);
	CU_ASSERT(!pr_writes(k, 1) && pr_writes(k, 0));
	kit_free(k);
}

static void
pr_access_survives_reset(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 1, KEY_A);
	pthread_mutex_lock(&k->lu->mutex);
	pr_reset(k->lu);
	pthread_mutex_unlock(&k->lu->mutex);
	CU_ASSERT(!pr_writes(k, 2) && pr_writes(k, 0));
	kit_free(k);
}

/* ---- RESERVE(6), RELEASE(6) ---- */

static void
reserve6_excludes_others(void)
{
	struct kit *k = kit_new();

	CU_ASSERT(!pr_conflicts(k, 0, RESERVE6));
	CU_ASSERT(!pr_conflicts(k, 0, RESERVE6));
	CU_ASSERT(pr_conflicts(k, 1, RESERVE6));
	CU_ASSERT(pr_conflicts(k, 1, MODE_SENSE6));
	CU_ASSERT(pr_conflicts(k, 1, TEST_UNIT_READY));
	CU_ASSERT(!pr_reads(k, 1) && !pr_writes(k, 1));
	CU_ASSERT(pr_reads(k, 0) && pr_writes(k, 0));
	CU_ASSERT(!pr_conflicts(k, 0, MODE_SENSE6));
	kit_free(k);
}

/* Both have been let in before either was done. */
static void
reserve6_of_two_at_once(void)
{
	struct kit *k = kit_new();
	struct kit_task *all[2];
	unsigned i;

	for (i = 0; i < 2; i++) {
		kit_enter(k, i);
		all[i] = kit_task_new(k, i, RESERVE6, 0, 0);
		CU_ASSERT(outcome_good(task_prepare(&all[i]->task)));
	}
	for (i = 0; i < 2; i++) {
		kit_enter(k, i);
		task_execute(&all[i]->task);
	}
	kit_run_homes(k);
	CU_ASSERT(outcome_good(all[0]->task.outcome));
	CU_ASSERT_EQUAL(
	    all[1]->task.outcome.status, STATUS_RESERVATION_CONFLICT);
	for (i = 0; i < 2; i++) {
		kit_enter(k, i);
		kit_task_free(all[i]);
	}
	kit_enter(k, 0);
	kit_free(k);
}

static void
reserve6_lets_pass(void)
{
	struct kit *k = kit_new();

	CU_ASSERT(!pr_conflicts(k, 0, RESERVE6));
	CU_ASSERT(!pr_conflicts(k, 1, INQUIRY));
	CU_ASSERT(!pr_conflicts(k, 1, REQUEST_SENSE));
	CU_ASSERT(!pr_conflicts(k, 1, REPORT_LUNS));
	kit_free(k);
}

static void
reserve6_release(void)
{
	struct kit *k = kit_new();

	CU_ASSERT(!pr_conflicts(k, 0, RESERVE6));
	CU_ASSERT(!pr_conflicts(k, 1, RELEASE6));
	CU_ASSERT(!pr_writes(k, 1));
	CU_ASSERT(!pr_conflicts(k, 0, RELEASE6));
	CU_ASSERT(pr_writes(k, 1));
	kit_free(k);
}

static void
reserve6_goes_with_the_nexus(void)
{
	struct kit *k = kit_new();

	CU_ASSERT(!pr_conflicts(k, 1, RESERVE6));
	CU_ASSERT(!pr_writes(k, 0));
	kit_detach(k, 1);
	CU_ASSERT(pr_writes(k, 0));
	kit_free(k);
}

static void
reserve6_reset_done(struct tmf *f, enum tmf_response response)
{
	CU_ASSERT_EQUAL(response, TMF_COMPLETE);
}

static void
reserve6_goes_with_resets(void)
{
	static const enum tmf_function functions[] = { TMF_LUN_RESET,
		TMF_TARGET_WARM_RESET, TMF_TARGET_COLD_RESET };
	struct kit *k = kit_new();
	unsigned i;

	for (i = 0; i < ARRAY_LEN(functions); i++) {
		struct tmf f = { .nexus = k->nexus[0],
			.function = functions[i],
			.done = reserve6_reset_done };

		CU_ASSERT(!pr_conflicts(k, 1, RESERVE6));
		CU_ASSERT(!pr_writes(k, 0));
		tmf_start(&f);
		kit_run_homes(k);
		CU_ASSERT_EQUAL(pr_attention(k, 0), 0x2903);
		CU_ASSERT_EQUAL(pr_attention(k, 1), 0x2903);
		CU_ASSERT_EQUAL(pr_attention(k, 2), 0x2903);
		CU_ASSERT(pr_writes(k, 0));
	}
	kit_free(k);
}

static void
reserve6_excludes_persistent(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	CU_ASSERT(!pr_conflicts(k, 0, RESERVE6));
	r = pr_in(k, 0, 0);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_out(k, 0, PR_OUT_REGISTER, 0, 0, KEY_A);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_in(k, 1, 0);
	CU_ASSERT(kit_is_conflict(&r));
	kit_free(k);
}

static void
persistent_excludes_reserve6(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	CU_ASSERT(pr_conflicts(k, 0, RESERVE6));
	CU_ASSERT(pr_conflicts(k, 1, RESERVE6));
	CU_ASSERT(pr_conflicts(k, 0, RELEASE6));
	pr_register(k, 0, 0);
	CU_ASSERT(!pr_conflicts(k, 1, RESERVE6));
	kit_free(k);
}

/* SPC-4 5.13.3, by type: who gets GOOD from RESERVE(6) and RELEASE(6). */
static void
reserve6_compatible(void)
{
	static const struct {
		uint8_t type;
		bool registered;
	} rules[] = { { 1, false }, { 3, false }, { 5, true }, { 6, true },
		{ 7, true }, { 8, true } };
	struct kit *k = kit_new();
	unsigned i;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	for (i = 0; i < ARRAY_LEN(rules); i++) {
		bool conflicts = !rules[i].registered;

		pr_reserve(k, 0, rules[i].type, KEY_A);
		CU_ASSERT(!pr_conflicts(k, 0, RESERVE6));
		CU_ASSERT(!pr_conflicts(k, 0, RELEASE6));
		CU_ASSERT_EQUAL(pr_conflicts(k, 1, RESERVE6), conflicts);
		CU_ASSERT_EQUAL(pr_conflicts(k, 1, RELEASE6), conflicts);
		CU_ASSERT(pr_conflicts(k, 2, RESERVE6));
		CU_ASSERT(pr_conflicts(k, 2, RELEASE6));
		CU_ASSERT_EQUAL(pr_type_held(k), rules[i].type);
		pr_out(k, 0, PR_OUT_RELEASE, rules[i].type, KEY_A, 0);
		pr_attention(k, 1);
	}
	kit_free(k);
}

static void
reserve6_third_party(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, CDB(0x16, 0x10), NULL, 0, 0);

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	kit_free(k);
}

static const struct unit_test pr_access_tests[] = {
	{ "readers, writers and others, for each type", pr_access_table },
	{ "what every reservation lets pass", pr_access_always },
	{ "MODE SENSE is a read", pr_access_mode_sense },
	{ "MODE SELECT is a write", pr_access_mode_select },
	{ "SYNCHRONIZE CACHE is a write", pr_access_flush },
	{ "a nexus that comes later", pr_access_of_newcomer },
	{ "the preempted one loses its access", pr_access_after_preempt },
	{ "a reset leaves persistent ones", pr_access_survives_reset },
	{ "RESERVE(6) excludes others", reserve6_excludes_others },
	{ "RESERVE(6) of two at once", reserve6_of_two_at_once },
	{ "what RESERVE(6) lets pass", reserve6_lets_pass },
	{ "RELEASE(6), also by another", reserve6_release },
	{ "RESERVE(6) goes with its nexus", reserve6_goes_with_the_nexus },
	{ "RESERVE(6) goes with resets", reserve6_goes_with_resets },
	{ "RESERVE(6) excludes persistent ones", reserve6_excludes_persistent },
	{ "registrations exclude RESERVE(6)", persistent_excludes_reserve6 },
	{ "RESERVE(6) by type of the persistent one", reserve6_compatible },
	{ "third parties are 05/24/00", reserve6_third_party },
	{ NULL, NULL },
};

const struct unit_suite pr_access_suite = { "pr_access", pr_access_tests };
