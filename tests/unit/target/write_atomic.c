/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/write_atomic.c - WRITE ATOMIC(16).
 */
#include "target/gate.h"
#include "tests/unit/target/block.h"

#define MOST 8 /* blocks */

static struct kit *
atomic_kit(void)
{
	return kit_new_with(
	    &(struct kit_options){ .info = { .atomic_write_bytes = MOST * 512,
				       .volatile_cache = true } });
}

/* As where the kernel promises it: that length only, at multiples of it. */
static struct kit *
atomic_unit_kit(void)
{
	return kit_new_with(
	    &(struct kit_options){ .info = { .atomic_write_bytes = MOST * 512,
				       .atomic_write_unit = MOST * 512,
				       .volatile_cache = true } });
}

static struct block_cdb
atomic_cdb(uint64_t lba, uint16_t blocks)
{
	struct block_cdb cdb = { { 0x9c } };

	put_be64(cdb.b + 2, lba);
	put_be16(cdb.b + 12, blocks);
	return cdb;
}

static void
all_blocks_are_one_write(void)
{
	struct kit *k = atomic_kit();
	struct kit_result r =
	    block_send(k, atomic_cdb(3, MOST), 'a', MOST * 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 3 * 512, MOST * 512, 'a'));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	CU_ASSERT_EQUAL(k->store.log[0].length, MOST * 512);
	CU_ASSERT_EQUAL(k->store.log[0].flags, BS_ATOMIC);
	kit_free(k);
}

static void
what_is_off_the_unit_is_refused(void)
{
	struct kit *k = atomic_unit_kit();
	struct kit_result r =
	    block_send(k, atomic_cdb(2 * MOST, MOST), 'a', MOST * 512);

	CU_ASSERT(kit_is_good(&r));
	r = block_send(k, atomic_cdb(MOST + 1, MOST), 'b', MOST * 512);
	CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
	r = block_send(k, atomic_cdb(MOST, MOST - 1), 'b', (MOST - 1) * 512);
	CU_ASSERT(kit_is_invalid_cdb(&r, 12, -1));
	r = block_send(k, atomic_cdb(MOST, 2 * MOST), 'b', 2 * MOST * 512);
	CU_ASSERT(kit_is_invalid_cdb(&r, 12, -1));
	r = block_send(k, atomic_cdb(MOST, 0), 0, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 1);
	kit_free(k);
}

static void
the_unit_is_in_vpd_b0(void)
{
	const uint8_t cdb[16] = { 0x12, 1, 0xb0, 0, 64 };
	struct kit *k = atomic_unit_kit();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 64);

	CU_ASSERT_EQUAL(get_be32(r.data_in + 44), MOST);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 48), MOST);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 52), MOST);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 56), 0);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 60), 0);
	kit_free(k);
}

static void
no_blocks_are_good(void)
{
	struct kit *k = atomic_kit();
	struct kit_result r = block_send(k, atomic_cdb(KIT_BLOCKS, 0), 0, 0);

	CU_ASSERT(kit_is_good(&r));
	r = block_send(k, atomic_cdb(KIT_BLOCKS + 1, 0), 0, 0);
	CU_ASSERT(block_is_out_of_range(&r));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
more_than_the_limit_is_refused(void)
{
	struct kit *k = atomic_kit();
	struct kit_result r =
	    block_send(k, atomic_cdb(0, MOST + 1), 0, (MOST + 1) * 512);

	CU_ASSERT(kit_is_invalid_cdb(&r, 12, -1));
	kit_free(k);
}

static void
a_read_only_unit_refuses_it(void)
{
	struct kit *k = atomic_kit();
	struct kit_result r;

	k->nexus[0]->lus[0]->read_only = true;
	r = block_send(k, atomic_cdb(0, 1), 0, 512);
	CU_ASSERT(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x00));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
less_data_is_refused(void)
{
	struct kit *k = atomic_kit();
	struct kit_result r = block_send(k, atomic_cdb(0, 2), 0, 512);

	CU_ASSERT(block_is_length_mismatch(&r));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
a_boundary_is_refused(void)
{
	struct block_cdb cdb = atomic_cdb(0, 1);
	struct kit *k = atomic_kit();
	struct kit_result r;

	cdb.b[11] = 1;
	r = block_send(k, cdb, 0, 512);
	CU_ASSERT(kit_is_invalid_cdb(&r, 11, 0));
	kit_free(k);
}

/* Neither a read that runs nor one that comes sees a part of it. */
static void
reads_wait_for_it_and_it_for_them(void)
{
	struct kit *k = atomic_kit();
	struct kit_task *read, *write, *late;
	uint8_t cdb[16];

	k->store.hold = true;
	kit_cdb_read10(cdb, 0, MOST);
	read = kit_task_new(k, 1, cdb, 0, MOST * 512);
	kit_enter(k, 1);
	CU_ASSERT(outcome_good(kit_task_start(read, 0)));
	write = kit_task_new(k, 0, atomic_cdb(0, MOST).b, MOST * 512, 0);
	kit_enter(k, 0);
	CU_ASSERT(outcome_good(kit_task_start(write, 'x')));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 1);
	late = kit_task_new(k, 1, cdb, 0, MOST * 512);
	kit_enter(k, 1);
	CU_ASSERT(outcome_good(kit_task_start(late, 0)));
	CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 1);
	kit_release_all(k);
	CU_ASSERT_EQUAL(late->done, 1);
	kit_task_free(read);
	kit_task_free(write);
	kit_task_free(late);
	kit_free(k);
}

static void
atomic_granted(struct gate_pause *p)
{
}

/* COMPARE AND WRITE and pauses are no matter of theirs. */
static void
reads_wait_for_nothing_else(void)
{
	static const uint8_t caw[16] = { 0x89, [13] = 1 };
	struct gate_pause pause = { .granted = atomic_granted };
	struct kit *k = atomic_kit();
	struct kit_task *atomic, *compare, *read, *late;
	uint8_t cdb[16];

	k->store.hold = true;
	kit_cdb_read10(cdb, 0, MOST);
	compare = kit_task_new(k, 0, caw, 1024, 0);
	CU_ASSERT(outcome_good(kit_task_start(compare, 0)));
	read = kit_task_new(k, 1, cdb, 0, MOST * 512);
	CU_ASSERT(outcome_good(kit_task_start(read, 0)));
	CU_ASSERT_EQUAL(read->task.state, TASK_RUNNING);
	kit_check(k);
	kit_release_all(k);
	kit_task_free(read);
	kit_task_free(compare);
	/* What waits behind one that waits goes on when a pause comes first. */
	read = kit_task_new(k, 1, cdb, 0, MOST * 512);
	CU_ASSERT(outcome_good(kit_task_start(read, 0)));
	atomic = kit_task_new(k, 0, atomic_cdb(0, MOST).b, MOST * 512, 0);
	CU_ASSERT(outcome_good(kit_task_start(atomic, 'x')));
	late = kit_task_new(k, 2, cdb, 0, MOST * 512);
	CU_ASSERT(outcome_good(kit_task_start(late, 0)));
	CU_ASSERT_EQUAL(atomic->task.state, TASK_WAITING);
	CU_ASSERT_EQUAL(late->task.state, TASK_WAITING);
	kit_check(k);
	gate_pause(k->lu, &pause);
	kit_run_homes(k);
	CU_ASSERT_TRUE(pause.held);
	CU_ASSERT_EQUAL(late->task.state, TASK_RUNNING);
	CU_ASSERT_EQUAL(atomic->task.state, TASK_WAITING);
	kit_check(k);
	gate_resume(k->lu, &pause);
	kit_release_all(k);
	CU_ASSERT_EQUAL(atomic->done, 1);
	kit_task_free(late);
	kit_task_free(read);
	kit_task_free(atomic);
	kit_free(k);
}

static void
the_limit_is_in_vpd_b0(void)
{
	const uint8_t cdb[16] = { 0x12, 1, 0xb0, 0, 64 };
	struct kit *k = atomic_kit();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 64);

	CU_ASSERT_EQUAL(get_be32(r.data_in + 44), MOST);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 48), 0); /* ALIGNMENT */
	CU_ASSERT_EQUAL(get_be32(r.data_in + 52), 0); /* GRANULARITY */
	CU_ASSERT_EQUAL(get_be32(r.data_in + 56), 0); /* WITH BOUNDARY */
	kit_free(k);
}

static void
a_store_that_cannot_promise_has_none(void)
{
	const uint8_t vpd[16] = { 0x12, 1, 0xb0, 0, 64 };
	struct kit *k = kit_new();
	struct kit_result r = block_send(k, atomic_cdb(0, 1), 0, 512);

	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x20, 0x00));
	r = kit_run(k, vpd, NULL, 0, 64);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 44), 0);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test write_atomic_tests[] = {
	{ "all blocks are one write", all_blocks_are_one_write },
	{ "no blocks are GOOD", no_blocks_are_good },
	{ "more than the limit is refused", more_than_the_limit_is_refused },
	{ "a read-only unit refuses it", a_read_only_unit_refuses_it },
	{ "less data is refused", less_data_is_refused },
	{ "a boundary is refused", a_boundary_is_refused },
	{ "reads wait for it, and it for them",
	  reads_wait_for_it_and_it_for_them },
	{ "reads wait for nothing else", reads_wait_for_nothing_else },
	{ "the limit is in VPD B0h", the_limit_is_in_vpd_b0 },
	{ "what is off the unit is refused", what_is_off_the_unit_is_refused },
	{ "the unit is in VPD B0h", the_unit_is_in_vpd_b0 },
	{ "a store that cannot promise has none",
	  a_store_that_cannot_promise_has_none },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite write_atomic_suite = { "write_atomic",
	write_atomic_tests };
