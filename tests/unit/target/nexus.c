/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/nexus.c - LUN addressing, attentions, detach, remap.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite nexus_suite;

static uint8_t nexus_read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 };
static uint8_t nexus_write[16] = { 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 };

static bool
nexus_owes(struct nexus_lu *nl, uint8_t asc, uint8_t ascq)
{
	struct outcome o = nexus_lu_take_attention(nl);

	return o.status == STATUS_CHECK_CONDITION &&
	       o.key == SENSE_UNIT_ATTENTION && o.asc == asc && o.ascq == ascq;
}

static struct target *
nexus_make_map(struct kit *k, unsigned count, const uint16_t *luns)
{
	struct target *target = target_new(k->target->name, "");
	unsigned i;

	for (i = 0; i < count; i++)
		CU_ASSERT_TRUE(
		    target_add_lun(target, luns[i], k->lu, false, NULL, 0));
	return target;
}

static void
nexus_remap_to(struct kit *k, unsigned count, const uint16_t *luns)
{
	struct target *target = nexus_make_map(k, count, luns);

	CU_ASSERT_TRUE(nexus_remap(k->nexus[0], target));
	target_unref(target);
}

static void
nexus_finds_each_form(void)
{
	static const uint16_t luns[] = { 0, 5, 300 };
	static const struct {
		uint64_t field;
		int lun; /* -1: none */
	} cases[] = {
		{ 0, 0 },
		{ UINT64_C(0x0005000000000000), 5 },
		{ UINT64_C(0x4005000000000000), 5 },
		{ UINT64_C(0x412c000000000000), 300 },
		{ UINT64_C(0xd200012c00000000), 300 },
		{ UINT64_C(0xe20000000005) << 16, 5 },
		{ UINT64_C(0x0006000000000000), -1 },
		{ UINT64_C(0x0105000000000000), -1 }, /* bus 1 */
		{ UINT64_C(0x8005000000000000), -1 }, /* logical unit */
		{ UINT64_C(0xc101000000000000), -1 }, /* well known */
		{ UINT64_C(0x0005000000000001), -1 }, /* second level */
		{ UINT64_C(0xd200000500000100), -1 },
		{ UINT64_MAX, -1 },
	};
	struct kit *k = kit_new();
	struct nexus_lu *nl;
	size_t i;

	nexus_remap_to(k, 3, luns);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		nl = nexus_find_lu(k->nexus[0], cases[i].field);
		CU_ASSERT_EQUAL(nl == NULL ? -1 : nl->lun, cases[i].lun);
	}
	kit_free(k);
}

static void
nexus_starts_with_power_on(void)
{
	static const uint8_t isid[6] = { 0 };
	struct kit *k = kit_new();
	struct nexus *n = nexus_attach(
	    &k->homes[0].home, k->target, "iqn.2026-01.test:9", isid, 1);

	CU_ASSERT_TRUE(nexus_owes(n->lus[0], 0x29, 0x00));
	CU_ASSERT_TRUE(outcome_good(nexus_lu_take_attention(n->lus[0])));
	nexus_detach(n, NULL, NULL);
	kit_free(k);
}

static void
nexus_attentions_in_order(void)
{
	struct kit *k = kit_new();
	struct nexus_lu *nl = k->nexus[0]->lus[0];

	nexus_lu_establish_attention(nl, UA_CAPACITY_CHANGED);
	nexus_lu_establish_attention(nl, UA_RESET);
	nexus_lu_establish_attention(nl, UA_RESET);
	CU_ASSERT_TRUE(nexus_owes(nl, 0x29, 0x03));
	CU_ASSERT_TRUE(nexus_owes(nl, 0x2a, 0x09));
	CU_ASSERT_TRUE(outcome_good(nexus_lu_take_attention(nl)));
	kit_free(k);
}

static void
nexus_does_not_see_masked(void)
{
	static char name[] = "iqn.2026-01.test:1";
	static char *const names[] = { name };
	struct kit *k = kit_new();
	struct target *target = target_new(k->target->name, "");

	target_add_lun(target, 0, k->lu, false, names, 1);
	CU_ASSERT_TRUE(nexus_remap(k->nexus[0], target));
	kit_enter(k, 1);
	CU_ASSERT_TRUE(nexus_remap(k->nexus[1], target));
	CU_ASSERT_PTR_NULL(nexus_find_lu(k->nexus[0], 0));
	CU_ASSERT_PTR_NOT_NULL(nexus_find_lu(k->nexus[1], 0));
	target_unref(target);
	kit_free(k);
}

/* ---- detach ---- */

static void
nexus_count_gone(struct nexus *n, void *ctx)
{
	++*(unsigned *)ctx;
}

static void
nexus_detach_waits_for_store(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt;
	unsigned gone = 0;

	k->store.hold = true;
	kt = kit_task_new(k, 0, nexus_read, 0, 512);
	kit_task_start(kt, 0);
	nexus_detach(k->nexus[0], nexus_count_gone, &gone);
	k->nexus[0] = NULL;
	CU_ASSERT_EQUAL(kt->done, 0);
	CU_ASSERT_EQUAL(gone, 0);
	kit_check(k);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_TRUE(kt->task.aborted);
	CU_ASSERT_FALSE(kt->task.ends_with_aborted_status);
	CU_ASSERT_EQUAL(gone, 0);
	kit_task_free(kt);
	CU_ASSERT_EQUAL(gone, 1);
	kit_free(k);
}

static void
nexus_detach_revokes_prepared(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, nexus_write, 512, 0);
	unsigned gone = 0;

	CU_ASSERT_TRUE(outcome_good(task_prepare(&kt->task)));
	nexus_detach(k->nexus[0], nexus_count_gone, &gone);
	k->nexus[0] = NULL;
	CU_ASSERT_EQUAL(kt->revoked, 1);
	CU_ASSERT_EQUAL(kt->done, 0);
	kit_task_free(kt);
	CU_ASSERT_EQUAL(gone, 1);
	kit_free(k);
}

static void
nexus_detach_waits_for_stray(void)
{
	static const uint8_t inquiry[16] = { 0x12, 0, 0, 0, 36 };
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, inquiry, 0, 36);
	unsigned gone = 0;

	kt->task.lun = UINT64_C(9) << 48;
	CU_ASSERT_TRUE(outcome_good(kit_task_start(kt, 0)));
	CU_ASSERT_EQUAL(kt->done, 1);
	nexus_detach(k->nexus[0], nexus_count_gone, &gone);
	k->nexus[0] = NULL;
	CU_ASSERT_EQUAL(gone, 0);
	kit_task_free(kt);
	CU_ASSERT_EQUAL(gone, 1);
	kit_free(k);
}

/* ---- remap ---- */

static void
nexus_same_map_is_no_news(void)
{
	static const uint16_t luns[] = { 0 };
	struct kit *k = kit_new();
	struct nexus_lu *nl = k->nexus[0]->lus[0];

	nexus_remap_to(k, 1, luns);
	CU_ASSERT_PTR_EQUAL(k->nexus[0]->lus[0], nl);
	CU_ASSERT_TRUE(outcome_good(nexus_lu_take_attention(nl)));
	kit_free(k);
}

static void
nexus_new_lun_is_told_everywhere(void)
{
	static const uint16_t luns[] = { 0, 1 };
	struct kit *k = kit_new();
	unsigned count;

	nexus_remap_to(k, 2, luns);
	CU_ASSERT_EQUAL(k->nexus[0]->lu_count, 2);
	CU_ASSERT_EQUAL(
	    nexus_lu_first_attention(k->nexus[0]->lus[0], &count).asc, 0x3f);
	CU_ASSERT_TRUE(nexus_owes(k->nexus[0]->lus[1], 0x29, 0x00));
	CU_ASSERT_TRUE(nexus_owes(k->nexus[0]->lus[1], 0x3f, 0x0e));
	kit_check(k);
	kit_free(k);
}

static void
nexus_new_lun_is_told_once(void)
{
	static const uint16_t luns[] = { 0, 1 };
	struct kit *k = kit_new();
	struct nexus_lu *other;

	nexus_remap_to(k, 2, luns);
	other = k->nexus[0]->lus[1];
	CU_ASSERT_TRUE(nexus_owes(k->nexus[0]->lus[0], 0x3f, 0x0e));
	CU_ASSERT_TRUE(nexus_owes(other, 0x29, 0x00));
	CU_ASSERT_TRUE(outcome_good(nexus_lu_take_attention(other)));
	kit_free(k);
}

/* MULTIP, TPGS and VPD 88h are other ones then. */
static void
nexus_other_ports_are_told(void)
{
	static const uint8_t inquiry[16] = { 0x12, 0, 0, 0, 96 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, inquiry, NULL, 0, 96);
	struct target *target;
	uint16_t tag;

	CU_ASSERT_EQUAL(r.data_in[6], 0x00);
	for (tag = 1; tag <= 2; tag++) {
		target = target_new(k->target->name, "");
		target_add_lun(target, 0, k->lu, false, NULL, 0);
		CU_ASSERT(target_add_port(target, 1, PORT_ACTIVE_OPTIMIZED));
		target_add_port(target, tag, PORT_ACTIVE_OPTIMIZED);
		nexus_remap(k->nexus[0], target);
		target_unref(target);
		CU_ASSERT_TRUE(nexus_owes(k->nexus[0]->lus[0], 0x3f, 0x03));
	}
	r = kit_run(k, inquiry, NULL, 0, 96);
	CU_ASSERT_EQUAL(r.data_in[6], 0x10);
	kit_check(k);
	kit_free(k);
}

static void
nexus_report_luns_clears(void)
{
	static const uint16_t luns[] = { 0, 1 };
	struct kit *k = kit_new();

	nexus_remap_to(k, 2, luns);
	nexus_clear_attention(k->nexus[0], UA_REPORTED_LUNS_CHANGED);
	CU_ASSERT_TRUE(
	    outcome_good(nexus_lu_take_attention(k->nexus[0]->lus[0])));
	kit_free(k);
}

static void
nexus_remap_takes_read_only(void)
{
	struct kit *k = kit_new();
	struct target *target = target_new(k->target->name, "");
	struct kit_result r;

	target_add_lun(target, 0, k->lu, true, NULL, 0);
	nexus_remap(k->nexus[0], target);
	target_unref(target);
	r = kit_run(k, nexus_write, nexus_write, 0, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x00));
	kit_free(k);
}

static bool
nexus_is_protected(struct kit *k, unsigned nexus, const uint8_t cdb[16])
{
	struct kit_result r = kit_run_at(k, nexus, 0, cdb, NULL, 0, 0);

	return kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x00);
}

/* Neither the medium nor what is the unit's; a unit that is read-only itself
 * has nothing against the latter. */
static void
nexus_read_only_sets_nothing(void)
{
	static const uint8_t cdbs[][16] = { { 0x15, 0x10 }, { 0x55, 0x10 },
		{ 0xa4, 0x06, [10] = 0x04 }, { 0xa4, 0x0f } };
	const struct kit_options read_only = { .lu = { .read_only = true } };
	struct kit *k = kit_new(), *unit = kit_new_with(&read_only);
	size_t i;

	k->nexus[1]->lus[0]->read_only = true;
	for (i = 0; i < ARRAY_LEN(cdbs); i++) {
		CU_ASSERT(nexus_is_protected(k, 1, cdbs[i]));
		CU_ASSERT_FALSE(nexus_is_protected(k, 0, cdbs[i]));
		CU_ASSERT_FALSE(nexus_is_protected(unit, 0, cdbs[i]));
	}
	CU_ASSERT(nexus_is_protected(unit, 0, nexus_write));
	kit_free(unit);
	kit_free(k);
}

static void
nexus_remap_aborts_what_goes(void)
{
	static const uint16_t luns[] = { 1 };
	struct kit *k = kit_new();
	struct kit_task *running, *prepared;

	k->store.hold = true;
	running = kit_task_new(k, 0, nexus_write, 512, 0);
	prepared = kit_task_new(k, 0, nexus_write, 512, 0);
	kit_task_start(running, 0xaa);
	CU_ASSERT_TRUE(outcome_good(task_prepare(&prepared->task)));
	nexus_remap_to(k, 1, luns);
	CU_ASSERT_EQUAL(prepared->revoked, 1);
	CU_ASSERT_TRUE(prepared->task.ends_with_aborted_status);
	CU_ASSERT_EQUAL(prepared->task.outcome.status, STATUS_TASK_ABORTED);
	CU_ASSERT_EQUAL(running->done, 0);
	kit_check(k);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(running->done, 1);
	CU_ASSERT_TRUE(running->task.ends_with_aborted_status);
	kit_task_free(running);
	kit_task_free(prepared);
	CU_ASSERT_TRUE(LIST_EMPTY(&k->nexus[0]->retired));
	kit_free(k);
}

static void
nexus_remap_keeps_running_io(void)
{
	static const uint16_t luns[] = { 0, 1 };
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, nexus_read, 0, 512);

	k->store.hold = true;
	kit_task_start(kt, 0);
	nexus_remap_to(k, 2, luns);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_FALSE(kt->task.aborted);
	CU_ASSERT_EQUAL(kt->task.data_in_bytes, 512);
	kit_task_free(kt);
	kit_free(k);
}

static void
nexus_detach_in_remap_callback(struct task *t)
{
	struct nexus *n = t->nexus;

	task_release(t);
	nexus_detach(n, NULL, NULL);
}

static void
nexus_may_be_detached_while_it_is_remapped(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, nexus_write, 512, 0);
	struct target *target = nexus_make_map(k, 0, NULL);

	kt->task.revoked = nexus_detach_in_remap_callback;
	CU_ASSERT_TRUE(outcome_good(task_prepare(&kt->task)));
	CU_ASSERT_TRUE(nexus_remap(k->nexus[0], target));
	k->nexus[0] = NULL;
	target_unref(target);
	free(kt);
	kit_free(k);
}

static const struct unit_test nexus_tests[] = {
	{ "single-level LUNs in all their forms", nexus_finds_each_form },
	{ "a new nexus is owed 29/00", nexus_starts_with_power_on },
	{ "attentions come once, lowest first", nexus_attentions_in_order },
	{ "a masked LUN is not there", nexus_does_not_see_masked },
	{ "detach waits for the store and the release",
	    nexus_detach_waits_for_store },
	{ "detach revokes prepared tasks", nexus_detach_revokes_prepared },
	{ "detach waits for tasks without a LUN",
	    nexus_detach_waits_for_stray },
	{ "the same map is no news", nexus_same_map_is_no_news },
	{ "a new LUN is 3F/0E on all", nexus_new_lun_is_told_everywhere },
	{ "and once it is told on one, on none", nexus_new_lun_is_told_once },
	{ "other ports are 3F/03", nexus_other_ports_are_told },
	{ "3F/0E is cleared on all at once", nexus_report_luns_clears },
	{ "a new map's read-only counts at once", nexus_remap_takes_read_only },
	{ "a read-only map sets nothing of the unit",
	    nexus_read_only_sets_nothing },
	{ "tasks of a LUN that goes are aborted with status",
	    nexus_remap_aborts_what_goes },
	{ "I/O of a LUN that stays goes on", nexus_remap_keeps_running_io },
	{ "detach from within a remap",
	    nexus_may_be_detached_while_it_is_remapped },
	{ NULL, NULL },
};

const struct unit_suite nexus_suite = { "nexus", nexus_tests };
