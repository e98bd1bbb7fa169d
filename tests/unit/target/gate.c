/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/gate.c - COMPARE AND WRITE against writes of many homes.
 */
#include <string.h>

#include "target/gate.h"
#include "tests/unit/target/kit.h"

extern const struct unit_suite gate_suite;

static const uint8_t gate_caw[16] = { 0x89, [13] = 1 };
static const uint8_t gate_write[16] = { 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 };
static const uint8_t gate_read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 };

static struct kit_task *
gate_start(struct kit *k, unsigned nexus, const uint8_t cdb[16])
{
	uint32_t out = cdb[0] == 0x89 ? 1024 : cdb[0] == 0x2a ? 512 : 0;
	struct kit_task *kt =
	    kit_task_new(k, nexus, cdb, out, cdb[0] == 0x28 ? 512 : 0);

	CU_ASSERT_TRUE(outcome_good(kit_task_start(kt, 0)));
	return kt;
}

static struct kit *
gate_kit(void)
{
	struct kit *k = kit_new();

	k->store.hold = true;
	return k;
}

static void
gate_finish(struct kit *k, struct kit_task **all, unsigned count)
{
	unsigned i;

	kit_release_all(k);
	for (i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(all[i]->done, 1);
		kit_task_free(all[i]);
	}
	kit_check(k);
	CU_ASSERT_FALSE(atomic_load(&k->lu->gate_closed));
	kit_free(k);
}

static void
gate_writes_go_together(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];
	unsigned i;

	for (i = 0; i < 3; i++)
		all[i] = gate_start(k, i, gate_write);
	CU_ASSERT_EQUAL(kit_held(k), 3);
	gate_finish(k, all, 3);
}

static void
gate_atomic_waits_for_writes(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];

	all[0] = gate_start(k, 1, gate_write);
	all[1] = gate_start(k, 2, gate_write);
	all[2] = gate_start(k, 0, gate_caw);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_WAITING);
	kit_release(k, 1, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_WAITING);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	gate_finish(k, all, 3);
}

static void
gate_writes_wait_for_atomic(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[4];

	all[0] = gate_start(k, 0, gate_caw);
	all[1] = gate_start(k, 0, gate_write);
	all[2] = gate_start(k, 1, gate_write);
	all[3] = gate_start(k, 1, gate_read);
	CU_ASSERT_EQUAL(all[0]->task.state, TASK_RUNNING);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_WAITING);
	CU_ASSERT_EQUAL(all[3]->task.state, TASK_RUNNING);
	kit_check(k);
	kit_release(k, 0, 0); /* its read */
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	kit_release(k, 1, 0); /* its write */
	CU_ASSERT_EQUAL(all[0]->done, 1);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	gate_finish(k, all, 4);
}

static void
gate_atomics_in_order_of_arrival(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];
	unsigned i;

	all[0] = gate_start(k, 2, gate_caw);
	all[1] = gate_start(k, 0, gate_caw);
	all[2] = gate_start(k, 1, gate_caw);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(all[i]->task.state, TASK_RUNNING);
		CU_ASSERT_EQUAL(kit_held(k), 1);
		kit_check(k);
		kit_release(k, 0, 0);
		kit_release(k, 0, 0);
		CU_ASSERT_EQUAL(all[i]->done, 1);
		kit_run_homes(k);
	}
	gate_finish(k, all, 3);
}

static void
gate_waiting_write_comes_between_atomics(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];

	all[0] = gate_start(k, 0, gate_caw);
	all[1] = gate_start(k, 0, gate_caw);
	all[2] = gate_start(k, 1, gate_write);
	kit_release(k, 0, 0);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	kit_check(k);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	gate_finish(k, all, 3);
}

static void
gate_aborted_atomic_is_forgotten(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];

	all[0] = gate_start(k, 0, gate_write);
	all[1] = gate_start(k, 1, gate_caw);
	all[2] = gate_start(k, 2, gate_write);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_WAITING);
	kit_enter(k, 1);
	task_abort(&all[1]->task);
	CU_ASSERT_EQUAL(all[1]->done, 1);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 0);
	gate_finish(k, all, 3);
}

static void
gate_admitted_atomic_is_aborted_before_it_starts(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];

	all[0] = gate_start(k, 0, gate_write);
	all[1] = gate_start(k, 1, gate_caw);
	all[2] = gate_start(k, 2, gate_caw);
	kit_release(k, 0, 0); /* all[1] has the gate, its kick is posted */
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	kit_enter(k, 1);
	task_abort(&all[1]->task);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	gate_finish(k, all, 3);
}

static void
gate_aborted_running_atomic_keeps_the_gate(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[2];

	all[0] = gate_start(k, 0, gate_caw);
	all[1] = gate_start(k, 1, gate_write);
	kit_enter(k, 0);
	task_abort(&all[0]->task);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	gate_finish(k, all, 2);
}

static void
gate_survives_detach_of_waiting(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];

	all[0] = gate_start(k, 0, gate_caw);
	all[1] = gate_start(k, 1, gate_caw);
	all[2] = gate_start(k, 1, gate_write);
	kit_enter(k, 1);
	nexus_detach(k->nexus[1], NULL, NULL);
	CU_ASSERT_EQUAL(all[1]->done, 1);
	CU_ASSERT_EQUAL(all[2]->done, 1);
	kit_task_free(all[1]);
	kit_task_free(all[2]);
	k->nexus[1] = NULL;
	kit_check(k);
	gate_finish(k, all, 1);
}

/* The deadlock to avoid: the gate's holder held back by what waits for it. */
static void
gate_holder_is_not_held_by_head_of_queue(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[3];

	all[0] = gate_start(k, 1, gate_write);
	all[1] = kit_task_new(k, 0, gate_caw, 1024, 0);
	all[1]->task.attribute = TASK_ORDERED;
	kit_task_start(all[1], 0);
	all[2] = kit_task_new(k, 0, gate_write, 512, 0);
	all[2]->task.attribute = TASK_HEAD_OF_QUEUE;
	kit_task_start(all[2], 0);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_WAITING);
	gate_finish(k, all, 3);
}

/* ---- pauses ---- */

static unsigned gate_granted;

static void
gate_count_grant(struct gate_pause *p)
{
	CU_ASSERT_TRUE(p->held);
	gate_granted++;
}

static void
gate_begin_pause(struct kit *k, struct gate_pause *p)
{
	*p = (struct gate_pause){ .granted = gate_count_grant };
	gate_pause(k->lu, p);
	kit_check(k);
}

static void
gate_pause_waits_and_keeps_writes_out(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[4];
	struct gate_pause p;

	gate_granted = 0;
	all[0] = gate_start(k, 0, gate_write);
	gate_begin_pause(k, &p);
	CU_ASSERT_EQUAL(gate_granted, 0);
	all[1] = gate_start(k, 1, gate_write);
	all[2] = gate_start(k, 2, gate_caw);
	all[3] = gate_start(k, 1, gate_read);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	CU_ASSERT_EQUAL(all[3]->task.state, TASK_RUNNING);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(gate_granted, 1);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_WAITING);
	kit_check(k);
	gate_resume(k->lu, &p);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	gate_finish(k, all, 4);
}

static void
gate_pause_waits_for_an_atomic_command(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[1];
	struct gate_pause p, q;

	gate_granted = 0;
	all[0] = gate_start(k, 0, gate_caw);
	gate_begin_pause(k, &p);
	gate_begin_pause(k, &q);
	kit_release(k, 0, 0); /* its read */
	CU_ASSERT_EQUAL(gate_granted, 0);
	kit_release(k, 0, 0); /* its write */
	CU_ASSERT_EQUAL(gate_granted, 2);
	gate_resume(k->lu, &p);
	CU_ASSERT_TRUE(atomic_load(&k->lu->gate_closed));
	gate_resume(k->lu, &q);
	gate_finish(k, all, 1);
}

static void
gate_withdrawn_pause_lets_writes_go_on(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[2];
	struct gate_pause p;

	gate_granted = 0;
	all[0] = gate_start(k, 0, gate_write);
	gate_begin_pause(k, &p);
	all[1] = gate_start(k, 1, gate_write);
	gate_resume(k->lu, &p);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(gate_granted, 0);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	gate_finish(k, all, 2);
}

/* One pause after the other: what waited comes between. */
static void
gate_pauses_do_not_starve_writes(void)
{
	struct kit *k = gate_kit();
	struct kit_task *all[1];
	struct gate_pause p, q;

	gate_granted = 0;
	gate_begin_pause(k, &p);
	all[0] = gate_start(k, 1, gate_write);
	CU_ASSERT_EQUAL(all[0]->task.state, TASK_WAITING);
	gate_resume(k->lu, &p);
	gate_begin_pause(k, &q);
	CU_ASSERT_EQUAL(gate_granted, 1);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(all[0]->task.state, TASK_RUNNING);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(gate_granted, 2);
	gate_resume(k->lu, &q);
	gate_finish(k, all, 1);
}

/* Each that says so waits for a write, and is done behind it. */
static void
gate_rows_that_run_alone(void)
{
	static const struct {
		uint8_t cdb[16];
		uint32_t out;
	} alone[] = {
		{ { 0x04 }, 0 },                /* FORMAT UNIT */
		{ { 0x15, 0x10 }, 0 },          /* MODE SELECT(6) */
		{ { 0x1b, 0, 0, 0, 0x02 }, 0 }, /* START STOP UNIT */
		{ { 0x48, 0x01, [8] = 5 }, 5 }, /* SANITIZE, OVERWRITE */
		{ { 0x48, 0x02 }, 0 },          /* BLOCK ERASE */
		{ { 0x48, 0x1f }, 0 },          /* EXIT FAILURE MODE */
		{ { 0x55, 0x10 }, 0 },          /* MODE SELECT(10) */
		{ { 0x89, [13] = 1 }, 1024 },   /* COMPARE AND WRITE */
		{ { 0x8b, [13] = 1 }, 512 },    /* ORWRITE(16) */
		{ { 0x9c, [13] = 1 }, 512 },    /* WRITE ATOMIC(16) */
	};
	struct kit_task *all[2];
	struct kit *k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(alone); i++) {
		k = kit_new_with(&(struct kit_options){
		    .lu = { .removable = true }, .info = KIT_INFO_ALL });
		k->store.hold = true;
		all[0] = gate_start(k, 1, gate_write);
		all[1] = kit_task_new(k, 0, alone[i].cdb, alone[i].out, 0);
		CU_ASSERT(outcome_good(kit_task_start(all[1], 1)));
		CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
		gate_finish(k, all, 2);
	}
}

static const struct unit_test gate_tests[] = {
	{ "a pause waits for writes and keeps others out",
	    gate_pause_waits_and_keeps_writes_out },
	{ "pauses wait for an atomic command, and share",
	    gate_pause_waits_for_an_atomic_command },
	{ "a pause that is withdrawn lets writes go on",
	    gate_withdrawn_pause_lets_writes_go_on },
	{ "pauses do not starve writes", gate_pauses_do_not_starve_writes },
	{ "writes of all nexuses go together", gate_writes_go_together },
	{ "an atomic command waits for every write",
	    gate_atomic_waits_for_writes },
	{ "writes wait for an atomic command, reads do not",
	    gate_writes_wait_for_atomic },
	{ "atomic commands go in order of arrival",
	    gate_atomics_in_order_of_arrival },
	{ "a waiting write comes before the next atomic command",
	    gate_waiting_write_comes_between_atomics },
	{ "an aborted waiting atomic command opens the gate",
	    gate_aborted_atomic_is_forgotten },
	{ "an admitted atomic command is aborted before it starts",
	    gate_admitted_atomic_is_aborted_before_it_starts },
	{ "an aborted running atomic command keeps the gate till home",
	    gate_aborted_running_atomic_keeps_the_gate },
	{ "a nexus leaves with its tasks at the gate",
	    gate_survives_detach_of_waiting },
	{ "HEAD OF QUEUE does not hold the gate's next owner",
	    gate_holder_is_not_held_by_head_of_queue },
	{ "commands that run alone", gate_rows_that_run_alone },
	{ NULL, NULL },
};

const struct unit_suite gate_suite = { "gate", gate_tests };
