/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/task.c - what refuses a command, the task set.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite task_suite;

static const uint8_t task_tur[16] = { 0x00 };
static const uint8_t task_read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 };
static const uint8_t task_write[16] = { 0x2a, 0, 0, 0, 0, 0, 0, 0, 1 };
static const uint8_t task_inquiry[16] = { 0x12, 0, 0, 0, 36 };

static uint8_t task_block[512];

/* ---- prepare ---- */

static void
task_unknown_opcode(void)
{
	static const uint8_t cdb[16] = { 0xff };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 0);

	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x20, 0x00));
	kit_free(k);
}

static void
task_unknown_service_action(void)
{
	static const uint8_t cdb[16] = { 0x9e, 0x1f };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 0);

	CU_ASSERT_TRUE(kit_is_invalid_cdb(&r, 1, 4));
	kit_free(k);
}

static void
task_points_at_highest_wrong_bit(void)
{
	static const uint8_t cdb[16] = { 0x00, 0x00, 0x06, 0xff };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 0);

	CU_ASSERT_TRUE(kit_is_invalid_cdb(&r, 2, 2));
	kit_free(k);
}

static void
task_refuses_naca(void)
{
	static const uint8_t tur[16] = { 0x00, 0, 0, 0, 0, 0x04 };
	static const uint8_t read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0x04 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, tur, NULL, 0, 0);

	CU_ASSERT_TRUE(kit_is_invalid_cdb(&r, 5, 2));
	r = kit_run(k, read, NULL, 0, 512);
	CU_ASSERT_TRUE(kit_is_invalid_cdb(&r, 9, 2));
	kit_free(k);
}

static void
task_no_row_allows_control_bits(void)
{
	size_t i;

	for (i = 0; i < cmd_table_rows; i++)
		CU_ASSERT_EQUAL(
		    cmd_table[i].usage[cmd_table[i].cdb_length - 1], 0);
}

static void
task_no_lun(void)
{
	struct kit *k = kit_new();
	struct kit_result r = kit_run_at(k, 0, 9, task_tur, NULL, 0, 0);

	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x25, 0x00));
	r = kit_run_at(k, 0, 9, (const uint8_t[16]){ 0xff }, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x25, 0x00));
	r = kit_run_at(k, 0, 9, task_inquiry, NULL, 0, 36);
	CU_ASSERT_TRUE(kit_is_good(&r));
	kit_free(k);
}

static void
task_reports_attention_once(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	nexus_lu_establish_attention(k->nexus[0]->lus[0], UA_CAPACITY_CHANGED);
	r = kit_run(k, task_inquiry, NULL, 0, 36);
	CU_ASSERT_TRUE(kit_is_good(&r));
	r = kit_run(k, task_tur, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x2a, 0x09));
	r = kit_run(k, task_tur, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_good(&r));
	kit_free(k);
}

static void
task_wrong_cdb_keeps_attention(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	nexus_lu_establish_attention(k->nexus[0]->lus[0], UA_RESET);
	r = kit_run(k, (const uint8_t[16]){ 0xff }, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x20, 0x00));
	r = kit_run(k, task_tur, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x29, 0x03));
	kit_free(k);
}

static void
task_needs_access(void)
{
	static const struct {
		uint32_t access;
		bool read, write, other;
	} cases[] = {
		{ 0, false, false, false },
		{ ACCESS_READ, true, false, false },
		{ ACCESS_OTHER, false, false, true },
		{ ACCESS_READ | ACCESS_OTHER, true, false, true },
		{ ACCESS_ALL, true, true, true },
	};
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		atomic_store(&k->nexus[0]->lus[0]->access, cases[i].access);
		r = kit_run(k, task_read, NULL, 0, 512);
		CU_ASSERT_EQUAL(kit_is_good(&r), cases[i].read);
		r = kit_run(k, task_write, task_block, 512, 0);
		CU_ASSERT_EQUAL(kit_is_good(&r), cases[i].write);
		r = kit_run(k, task_tur, NULL, 0, 0);
		CU_ASSERT_EQUAL(kit_is_good(&r), cases[i].other);
		r = kit_run(k, task_inquiry, NULL, 0, 36);
		CU_ASSERT_TRUE(kit_is_good(&r));
	}
	kit_free(k);
}

static void
task_conflict_is_a_status(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	atomic_store(&k->nexus[0]->lus[0]->access, 0);
	r = kit_run(k, task_tur, NULL, 0, 0);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_RESERVATION_CONFLICT);
	kit_free(k);
}

static void
task_write_protected(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	atomic_store(&k->lu->software_write_protect, true);
	r = kit_run(k, task_write, task_block, 512, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x00));
	CU_ASSERT_EQUAL(r.data_out_wanted, 0);
	r = kit_run(k, task_read, NULL, 0, 512);
	CU_ASSERT_TRUE(kit_is_good(&r));
	kit_free(k);
}

static void
task_refuses_aca_attribute(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, task_tur, 0, 0);
	struct outcome o;

	kt->task.attribute = TASK_ACA;
	o = task_prepare(&kt->task);
	CU_ASSERT_EQUAL(o.key, SENSE_ILLEGAL_REQUEST);
	CU_ASSERT_EQUAL(o.asc, 0x49);
	kit_task_free(kt);
	kit_free(k);
}

/* Take all that the pool gives, in pieces of 8 MiB down to 4 KiB. */
static unsigned
task_drain_pool(struct buf_pool *pool, struct buf_list *all, unsigned max)
{
	size_t bytes = TASK_BUFFER_MAX;
	unsigned n = 0;

	while (bytes >= 4096 && n < max) {
		if (buf_list_get(pool, bytes, &all[n]))
			n++;
		else
			bytes /= 2;
	}
	return n;
}

static void
task_fill_pool(struct buf_pool *pool, struct buf_list *all, unsigned count)
{
	while (count > 0)
		buf_list_put(pool, &all[--count]);
}

static void
task_set_full_without_buffers(void)
{
	struct kit *k = kit_new();
	struct buf_pool *pool = k->homes[0].home.pool;
	struct kit_task *kt = kit_task_new(k, 0, task_write, 512, 0);
	struct buf_list all[32];
	struct kit_result r;
	unsigned n;

	CU_ASSERT_TRUE(outcome_good(task_prepare(&kt->task)));
	n = task_drain_pool(pool, all, 32);
	r = kit_run(k, task_read, NULL, 0, 512);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_TASK_SET_FULL);
	task_fail(&kt->task, GOOD);
	kit_task_free(kt);
	task_fill_pool(pool, all, n);
	kit_free(k);
}

static void
task_busy_without_buffers_and_tasks(void)
{
	struct kit *k = kit_new();
	struct buf_pool *pool = k->homes[0].home.pool;
	struct buf_list all[32];
	unsigned n = task_drain_pool(pool, all, 32);
	struct kit_result r = kit_run(k, task_read, NULL, 0, 512);

	CU_ASSERT_EQUAL(r.outcome.status, STATUS_BUSY);
	task_fill_pool(pool, all, n);
	kit_free(k);
}

/* ---- the task set ---- */

static struct kit_task *
task_start_one(struct kit *k, enum task_attribute attribute)
{
	struct kit_task *kt = kit_task_new(k, 0, task_read, 0, 512);

	kt->task.attribute = attribute;
	CU_ASSERT_TRUE(outcome_good(kit_task_start(kt, 0)));
	return kt;
}

static void
task_free_all(struct kit_task **all, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(all[i]->done, 1);
		kit_task_free(all[i]);
	}
}

static void
task_simple_go_together(void)
{
	struct kit *k = kit_new();
	struct kit_task *all[3];
	unsigned i;

	k->store.hold = true;
	for (i = 0; i < 3; i++)
		all[i] =
		    task_start_one(k, i == 1 ? TASK_UNTAGGED : TASK_SIMPLE);
	CU_ASSERT_EQUAL(kit_held(k), 3);
	kit_release_all(k);
	task_free_all(all, 3);
	kit_free(k);
}

static void
task_ordered_waits_and_holds(void)
{
	static const enum task_attribute attributes[] = { TASK_SIMPLE,
		TASK_SIMPLE, TASK_ORDERED, TASK_SIMPLE, TASK_ORDERED };
	struct kit *k = kit_new();
	struct kit_task *all[5];
	unsigned i;

	k->store.hold = true;
	for (i = 0; i < 5; i++)
		all[i] = task_start_one(k, attributes[i]);
	CU_ASSERT_EQUAL(kit_held(k), 2);
	kit_check(k);
	kit_release(k, 1, 0);
	CU_ASSERT_EQUAL(kit_held(k), 1);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(kit_held(k), 1);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(all[3]->task.state, TASK_RUNNING);
	CU_ASSERT_EQUAL(all[4]->task.state, TASK_WAITING);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(all[4]->task.state, TASK_RUNNING);
	kit_check(k);
	kit_release(k, 0, 0);
	task_free_all(all, 5);
	kit_free(k);
}

static void
task_head_of_queue_goes_at_once(void)
{
	struct kit *k = kit_new();
	struct kit_task *all[3];

	k->store.hold = true;
	all[0] = task_start_one(k, TASK_SIMPLE);
	all[1] = task_start_one(k, TASK_ORDERED);
	all[2] = task_start_one(k, TASK_HEAD_OF_QUEUE);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	kit_release(k, 0, 0);
	task_free_all(all, 3);
	kit_free(k);
}

static void
task_ordered_waits_for_prepared(void)
{
	struct kit *k = kit_new();
	struct kit_task *write = kit_task_new(k, 0, task_write, 512, 0);
	struct kit_task *ordered;

	CU_ASSERT_TRUE(outcome_good(task_prepare(&write->task)));
	ordered = task_start_one(k, TASK_ORDERED);
	CU_ASSERT_EQUAL(ordered->task.state, TASK_WAITING);
	task_fail(&write->task, INCORRECT_AMOUNT_OF_DATA);
	CU_ASSERT_EQUAL(write->done, 0);
	CU_ASSERT_EQUAL(write->task.outcome.asc, 0x0c);
	CU_ASSERT_EQUAL(ordered->done, 1);
	kit_task_free(write);
	kit_task_free(ordered);
	kit_free(k);
}

static void
task_ordered_concerns_its_own_nexus(void)
{
	struct kit *k = kit_new();
	struct kit_task *ordered, *other;

	k->store.hold = true;
	ordered = task_start_one(k, TASK_ORDERED);
	other = kit_task_new(k, 1, task_read, 0, 512);
	kit_task_start(other, 0);
	CU_ASSERT_EQUAL(other->task.state, TASK_RUNNING);
	kit_release_all(k);
	kit_task_free(ordered);
	kit_task_free(other);
	kit_free(k);
}

/* ---- abort ---- */

static void
task_abort_of_running_waits_for_store(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt;

	k->store.hold = true;
	kt = task_start_one(k, TASK_SIMPLE);
	task_abort(&kt->task);
	task_abort(&kt->task);
	CU_ASSERT_EQUAL(kt->done, 0);
	kit_release(k, 0, -EIO);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_TRUE(kt->task.aborted);
	CU_ASSERT_EQUAL(kt->task.outcome.status, STATUS_TASK_ABORTED);
	CU_ASSERT_EQUAL(kt->task.data_in_bytes, 0);
	kit_task_free(kt);
	kit_free(k);
}

static void
task_abort_of_waiting_is_at_once(void)
{
	struct kit *k = kit_new();
	struct kit_task *all[3];

	k->store.hold = true;
	all[0] = task_start_one(k, TASK_SIMPLE);
	all[1] = task_start_one(k, TASK_ORDERED);
	all[2] = task_start_one(k, TASK_SIMPLE);
	task_abort(&all[1]->task);
	CU_ASSERT_EQUAL(all[1]->done, 1);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_RUNNING);
	kit_check(k);
	kit_release_all(k);
	task_free_all(all, 3);
	kit_free(k);
}

static void
task_abort_of_prepared_revokes(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, task_write, 512, 0);

	CU_ASSERT_TRUE(outcome_good(task_prepare(&kt->task)));
	task_abort(&kt->task);
	CU_ASSERT_EQUAL(kt->revoked, 1);
	CU_ASSERT_EQUAL(kt->done, 0);
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_task_free(kt);
	kit_free(k);
}

static void
task_abort_of_ended_is_nothing(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = task_start_one(k, TASK_SIMPLE);

	task_abort(&kt->task);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_FALSE(kt->task.aborted);
	kit_task_free(kt);
	kit_free(k);
}

static void
task_aborted_chain_stops(void)
{
	static const uint8_t caw[16] = { 0x89, [13] = 1 };
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, caw, 1024, 0);

	k->store.hold = true;
	kit_task_start(kt, 0);
	CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 1);
	task_abort(&kt->task);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_task_free(kt);
	kit_free(k);
}

static void
task_done_frees(struct task *t)
{
	struct kit_task *kt = container_of(t, struct kit_task, task);

	*(unsigned *)kt->other = *(unsigned *)kt->other + 1;
	kit_task_free(kt);
}

static void
task_may_be_freed_in_done(void)
{
	struct kit *k = kit_new();
	unsigned freed = 0, i;
	struct kit_task *kt;

	for (i = 0; i < 4; i++) {
		k->store.hold = i >= 2;
		kt = kit_task_new(k, 0, i % 2 ? task_read : task_write,
		    i % 2 ? 0 : 512, i % 2 ? 512 : 0);
		kt->task.done = task_done_frees;
		kt->task.attribute = TASK_ORDERED;
		kt->other = (void *)&freed;
		kit_task_start(kt, 0);
	}
	CU_ASSERT_EQUAL(freed, 2);
	kit_release_all(k);
	CU_ASSERT_EQUAL(freed, 4);
	kit_free(k);
}

/* ---- steps ---- */

static void
task_error_of_store(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_READ] = -EIO;
	r = kit_run(k, task_read, NULL, 0, 512);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x11, 0x00));
	CU_ASSERT_EQUAL(r.data_in_bytes, 0);
	kit_free(k);
}

static void
task_write_without_cache_is_durable(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(task_block, 0x5a, 512);
	r = kit_run(k, task_write, task_block, 512, 0);
	CU_ASSERT_TRUE(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.durable[0], 0);
	atomic_store(&k->lu->write_cache, false);
	r = kit_run(k, task_write, task_block, 512, 0);
	CU_ASSERT_TRUE(kit_is_good(&r));
	CU_ASSERT_EQUAL(memcmp(k->store.durable, task_block, 512), 0);
	kit_free(k);
}

static void
task_discard_without_cache_is_flushed(void)
{
	static const uint8_t unmap[16] = { 0x42, [8] = 24 };
	uint8_t list[24] = { 0, 22, 0, 16, [19] = 1 };
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.durable, 1, 512);
	atomic_store(&k->lu->write_cache, false);
	r = kit_run(k, unmap, list, sizeof list, 0);
	CU_ASSERT_TRUE(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 1);
	CU_ASSERT_EQUAL(k->store.durable[0], 0);
	kit_log_clear(k);
	k->store.fail[BS_FLUSH] = -EIO;
	r = kit_run(k, unmap, list, sizeof list, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	kit_free(k);
}

/* ---- parameter data ---- */

static void
task_reply_is_cut(void)
{
	struct kit *k = kit_new();
	uint8_t cdb[16];
	struct kit_result r;

	memcpy(cdb, task_inquiry, 16);
	cdb[4] = 5;
	r = kit_run(k, cdb, NULL, 0, 36);
	CU_ASSERT_EQUAL(r.transfer_length, 5);
	CU_ASSERT_EQUAL(r.data_in_bytes, 5);
	cdb[4] = 36;
	r = kit_run(k, cdb, NULL, 0, 7);
	CU_ASSERT_EQUAL(r.transfer_length, 36);
	CU_ASSERT_EQUAL(r.data_in_bytes, 7);
	kit_free(k);
}

static void
task_data_out_in_whole_units(void)
{
	struct task t;

	task_init(&t);
	t.data_out_length = 1300;
	task_expect_data_out(&t, 2048, 512);
	CU_ASSERT_EQUAL(t.transfer_length, 2048);
	CU_ASSERT_EQUAL(t.data_out_wanted, 1024);
	CU_ASSERT_EQUAL(t.buffer_bytes, 1024);
	task_expect_data_out(&t, 1024, 512);
	CU_ASSERT_EQUAL(t.data_out_wanted, 1024);
	task_expect_data_out(&t, 2048, 1);
	CU_ASSERT_EQUAL(t.data_out_wanted, 1300);
}

static const struct unit_test task_tests[] = {
	{ "an unknown opcode is 05/20/00", task_unknown_opcode },
	{ "an unknown service action is 05/24/00 at byte 1",
	    task_unknown_service_action },
	{ "05/24/00 points at the first wrong byte's highest bit",
	    task_points_at_highest_wrong_bit },
	{ "NACA is 05/24/00", task_refuses_naca },
	{ "no row allows a bit of CONTROL", task_no_row_allows_control_bits },
	{ "no LUN: 05/25/00, but INQUIRY is answered", task_no_lun },
	{ "an attention comes once, not to INQUIRY",
	    task_reports_attention_once },
	{ "a wrong CDB does not take an attention",
	    task_wrong_cdb_keeps_attention },
	{ "access bits admit reads, writes, others", task_needs_access },
	{ "no access is RESERVATION CONFLICT", task_conflict_is_a_status },
	{ "a protected LU refuses writes at prepare", task_write_protected },
	{ "the ACA attribute is refused", task_refuses_aca_attribute },
	{ "no buffers while others run is TASK SET FULL",
	    task_set_full_without_buffers },
	{ "no buffers on an empty task set is BUSY",
	    task_busy_without_buffers_and_tasks },
	{ "SIMPLE tasks go together", task_simple_go_together },
	{ "ORDERED waits for all before and holds all after",
	    task_ordered_waits_and_holds },
	{ "HEAD OF QUEUE goes at once", task_head_of_queue_goes_at_once },
	{ "ORDERED waits for tasks without their data yet",
	    task_ordered_waits_for_prepared },
	{ "ORDERED holds no other nexus", task_ordered_concerns_its_own_nexus },
	{ "an aborted running task comes home first",
	    task_abort_of_running_waits_for_store },
	{ "an aborted waiting task ends at once, others go on",
	    task_abort_of_waiting_is_at_once },
	{ "an aborted prepared task is revoked",
	    task_abort_of_prepared_revokes },
	{ "an ended task cannot be aborted", task_abort_of_ended_is_nothing },
	{ "an aborted chain makes no further step", task_aborted_chain_stops },
	{ "a task may be freed from within done()", task_may_be_freed_in_done },
	{ "a store's error becomes sense", task_error_of_store },
	{ "without write cache a write is durable at GOOD",
	    task_write_without_cache_is_durable },
	{ "without write cache a discard is flushed",
	    task_discard_without_cache_is_flushed },
	{ "parameter data is cut by allocation and by the initiator",
	    task_reply_is_cut },
	{ "Data-Out is expected in whole units", task_data_out_in_whole_units },
	{ NULL, NULL },
};

const struct unit_suite task_suite = { "task", task_tests };
