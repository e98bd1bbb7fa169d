/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/verify.c - target/verify.c: VERIFY.
 */
#include <errno.h>

#include "target/limits.h"
#include "target/sbc.h"
#include "tests/unit/target/block.h"

#define EACH   0x02 /* BYTCHK in byte 1 */
#define SINGLE 0x06

static const uint8_t opcodes[] = { 0x2f, 0xaf, 0x8f };

static void
without_bytchk_the_range_is_read(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		kit_log_clear(k);
		r = block_take(k, block_cdb(opcodes[i], 3, 5), 0);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(k->store.logged, 2);
		CU_ASSERT_EQUAL(k->store.log[0].op, BS_FLUSH);
		CU_ASSERT_EQUAL(k->store.log[1].op, BS_READ);
		CU_ASSERT_EQUAL(k->store.log[1].offset, 3 * 512);
		CU_ASSERT_EQUAL(k->store.log[1].length, 5 * 512);
	}
	kit_free(k);
}

/* What cannot be brought to the medium is not there to be verified. */
static void
a_flush_that_fails_fails_the_verify(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_FLUSH] = -EIO;
	r = block_take(k, block_cdb(0x2f, 0, 1), 0);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 0);
	kit_free(k);
}

static void
without_a_cache_nothing_is_flushed(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });
	struct kit_result r = block_take(k, block_cdb(0x2f, 0, 1), 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	kit_free(k);
}

static void
without_bytchk_data_is_not_asked_for(void)
{
	struct kit *k = kit_new();
	struct kit_result r = block_send(k, block_cdb(0x2f, 0, 1), 'x', 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_out_wanted, 0);
	CU_ASSERT_EQUAL(r.transfer_length, 0);
	kit_free(k);
}

static void
a_long_range_is_read_in_pieces(void)
{
	const uint32_t blocks = 5 * SCRATCH_MAX_BYTES / 512 + 3;
	struct kit *k = kit_new_with(&(struct kit_options){ .blocks = blocks });
	struct kit_result r = block_take(k, block_cdb(0x8f, 0, blocks), 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 7);
	CU_ASSERT_EQUAL(k->store.log[6].length, 3 * 512);
	kit_free(k);
}

static void
an_unreadable_block_is_a_medium_error(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_READ] = -EIO;
	r = block_take(k, block_cdb(0x2f, 0, 1), 0);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x11, 0x00));
	kit_free(k);
}

static void
each_block_is_compared(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	memset(k->store.image + 512, 'v', 2 * 512);
	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		r = block_send(
		    k, block_cdb_with(EACH, opcodes[i], 1, 2), 'v', 1024);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_out_wanted, 1024);
	}
	k->store.image[512 + 777] = 'w';
	k->store.image[512 + 800] = 'w';
	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		r = block_send(
		    k, block_cdb_with(EACH, opcodes[i], 1, 2), 'v', 1024);
		CU_ASSERT(block_is_miscompare(&r, 777));
	}
	kit_free(k);
}

static void
later_pieces_are_compared_with_their_own_data(void)
{
	static uint8_t data[SCRATCH_MAX_BYTES + 4096];
	const uint32_t blocks = sizeof(data) / 512;
	struct kit *k = kit_new_with(&(struct kit_options){ .blocks = blocks });
	struct block_cdb cdb = block_cdb_with(EACH, 0x8f, 0, blocks);
	struct kit_result r;

	memset(data, 'v', sizeof(data));
	memset(data + SCRATCH_MAX_BYTES, 'w', 4096);
	memcpy(k->store.image, data, sizeof(data));
	r = block_send_data(k, cdb, data, sizeof(data));
	CU_ASSERT(kit_is_good(&r));
	k->store.image[SCRATCH_MAX_BYTES + 5] = 'v';
	r = block_send_data(k, cdb, data, sizeof(data));
	CU_ASSERT(block_is_miscompare(&r, SCRATCH_MAX_BYTES + 5));
	kit_free(k);
}

static void
less_data_than_blocks_is_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    block_send(k, block_cdb_with(EACH, 0x2f, 0, 2), 0, 1000);

	CU_ASSERT(block_is_length_mismatch(&r));
	r = block_send(k, block_cdb_with(SINGLE, 0x2f, 0, 2), 0, 511);
	CU_ASSERT(block_is_length_mismatch(&r));
	kit_free(k);
}

static void
more_than_the_maximum_transfer_is_refused_with_data_only(void)
{
	const uint32_t blocks = MAX_TRANSFER_BYTES / 512 + 1;
	struct kit *k = kit_new_with(&(struct kit_options){ .blocks = blocks });
	struct kit_result r =
	    block_send(k, block_cdb_with(EACH, 0x8f, 0, blocks), 0, 512);

	CU_ASSERT(kit_is_invalid_cdb(&r, 10, -1));
	r = block_take(k, block_cdb(0x8f, 0, blocks), 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
a_single_block_is_compared_with_all(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 's', 8 * 512);
	r = block_send(k, block_cdb_with(SINGLE, 0x2f, 0, 8), 's', 512);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.transfer_length, 512);
	k->store.image[7 * 512 + 9] = 't';
	r = block_send(k, block_cdb_with(SINGLE, 0x2f, 0, 8), 's', 512);
	CU_ASSERT(block_is_miscompare(&r, 7 * 512 + 9));
	kit_free(k);
}

static void
the_reserved_bytchk_is_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    block_take(k, block_cdb_with(0x04, 0x2f, 0, 1), 0);

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 2));
	kit_free(k);
}

static void
no_blocks_touch_nothing(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    block_send(k, block_cdb_with(EACH, 0x2f, 0, 0), 0, 0);

	CU_ASSERT(kit_is_good(&r));
	r = block_send(k, block_cdb_with(SINGLE, 0x2f, 0, 0), 0, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
an_abort_ends_between_the_pieces(void)
{
	const uint32_t blocks = 3 * SCRATCH_MAX_BYTES / 512;
	struct kit *k = kit_new_with(&(struct kit_options){ .blocks = blocks });
	struct block_cdb cdb = block_cdb(0x8f, 0, blocks);
	struct kit_task *kt = kit_task_new(k, 0, cdb.b, 0, 0);

	k->store.hold = true;
	kit_task_start(kt, 0);
	kit_release(k, 0, 0); /* the flush */
	task_abort(&kt->task);
	kit_release_all(k);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_TRUE(kt->task.aborted);
	CU_ASSERT_EQUAL(k->store.logged, 2);
	kit_task_free(kt);
	kit_free(k);
}

static void
without_buffers_it_is_busy(void)
{
	struct kit *k = kit_new();
	struct buf_list lists[16];
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lists); i++)
		buf_list_get(k->homes[0].home.pool, 8u << 20, &lists[i]);
	r = block_take(k, block_cdb(0x2f, 0, KIT_BLOCKS), 0);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_BUSY);
	for (i = 0; i < ARRAY_LEN(lists); i++)
		buf_list_put(k->homes[0].home.pool, &lists[i]);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test verify_tests[] = {
	{ "a flush that fails fails the VERIFY",
	  a_flush_that_fails_fails_the_verify },
	{ "without a cache nothing is flushed",
	  without_a_cache_nothing_is_flushed },
	{ "without BYTCHK the range is read", without_bytchk_the_range_is_read },
	{ "without BYTCHK data is not asked for",
	  without_bytchk_data_is_not_asked_for },
	{ "a long range is read in pieces", a_long_range_is_read_in_pieces },
	{ "an unreadable block is 03/11/00",
	  an_unreadable_block_is_a_medium_error },
	{ "each block is compared", each_block_is_compared },
	{ "later pieces are compared with their own data",
	  later_pieces_are_compared_with_their_own_data },
	{ "less data than blocks is 05/0E/03", less_data_than_blocks_is_refused },
	{ "more than the maximum transfer is refused with data only",
	  more_than_the_maximum_transfer_is_refused_with_data_only },
	{ "a single block is compared with all",
	  a_single_block_is_compared_with_all },
	{ "the reserved BYTCHK is refused", the_reserved_bytchk_is_refused },
	{ "no blocks touch nothing", no_blocks_touch_nothing },
	{ "an abort ends between the pieces", an_abort_ends_between_the_pieces },
	{ "without buffers it is BUSY", without_buffers_it_is_busy },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite verify_suite = { "verify", verify_tests };
