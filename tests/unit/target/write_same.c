/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/write_same.c - target/write_same.c: WRITE SAME.
 */
#include <errno.h>

#include "target/limits.h"
#include "target/sbc.h"
#include "tests/unit/target/block.h"

#define ANCHOR 0x10 /* byte 1 */
#define UNMAP  0x08
#define NDOB   0x01

static const uint8_t opcodes[] = { 0x41, 0x93 };

static void
a_block_is_written_everywhere(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		r = block_send(
		    k, block_cdb(opcodes[i], 2, 100), (uint8_t)('s' + i), 512);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.transfer_length, 512);
		CU_ASSERT(
		    block_image_is(k, 1024, 100 * 512, (uint8_t)('s' + i)));
		CU_ASSERT(block_image_is(k, 0, 1024, 0));
		CU_ASSERT(block_image_is(k, 102 * 512, 512, 0));
	}
	kit_free(k);
}

static void
the_block_keeps_its_pattern(void)
{
	struct kit *k = kit_new();
	uint8_t data[512];
	struct kit_result r;
	unsigned i;

	for (i = 0; i < 512; i++)
		data[i] = (uint8_t)(i ^ i >> 8);
	r = kit_run(k, block_cdb(0x93, 0, 9).b, data, 512, 0);
	CU_ASSERT(kit_is_good(&r));
	for (i = 0; i < 9; i++)
		CU_ASSERT_EQUAL(memcmp(k->store.image + i * 512, data, 512), 0);
	kit_free(k);
}

static void
a_long_pattern_is_written_in_pieces(void)
{
	const uint32_t blocks = 3 * SCRATCH_MAX_BYTES / 512 + 1;
	struct kit *k = kit_new_with(&(struct kit_options){ .blocks = blocks });
	struct kit_result r =
	    block_send(k, block_cdb(0x93, 0, blocks), 's', 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 4);
	CU_ASSERT(block_image_is(k, 0, blocks * 512ull, 's'));
	kit_free(k);
}

static void
many_zeroes_are_asked_for_in_pieces(void)
{
	const uint32_t blocks = ZEROES_MAX_BYTES / 4096 + 1;
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .blocks = blocks, .block_size = 4096 });
	struct kit_result r =
	    block_send(k, block_cdb(0x93, 0, blocks), 0, 4096);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE_ZEROES), 2);
	CU_ASSERT_EQUAL(k->store.log[1].length, 4096);
	kit_free(k);
}

static void
zeroes_are_asked_for_not_written(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 'x', 4096);
	r = block_send(k, block_cdb(0x41, 1, 4), 0, 512);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	CU_ASSERT_EQUAL(k->store.log[0].op, BS_WRITE_ZEROES);
	CU_ASSERT_EQUAL(k->store.log[0].flags, 0);
	CU_ASSERT(block_image_is(k, 512, 4 * 512, 0));
	CU_ASSERT_EQUAL(k->store.image[511], 'x');
	CU_ASSERT_EQUAL(k->store.image[5 * 512], 'x');
	kit_free(k);
}

static void
zeroes_with_unmap_may_be_a_hole(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 'x', 4096);
	r = block_send(k, block_cdb_with(UNMAP, 0x93, 1, 4), 0, 512);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.log[0].flags, BS_MAY_UNMAP);
	CU_ASSERT(block_image_is(k, 512, 4 * 512, 0));
	CU_ASSERT_EQUAL(k->store.holes[1], 1);
	kit_free(k);
}

static void
anything_else_with_unmap_is_written(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    block_send(k, block_cdb_with(UNMAP, 0x93, 1, 4), 's', 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 512, 4 * 512, 's'));
	kit_free(k);
}

static void
without_a_data_out_buffer_it_is_zeroes(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 'x', 4096);
	r = block_take(k, block_cdb_with(NDOB | UNMAP, 0x93, 0, 8), 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.transfer_length, 0);
	CU_ASSERT(block_image_is(k, 0, 4096, 0));
	r = block_take(k, block_cdb_with(NDOB, 0x41, 0, 8), 0);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 0));
	kit_free(k);
}

static void
anchor_is_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		r = block_send(
		    k, block_cdb_with(ANCHOR, opcodes[i], 0, 1), 0, 512);
		CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
		r = block_send(k,
		    block_cdb_with(ANCHOR | UNMAP, opcodes[i], 0, 1), 0, 512);
		CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	}
	kit_free(k);
}

static void
unmap_of_a_store_that_cannot_is_refused(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });
	struct kit_result r =
	    block_send(k, block_cdb_with(UNMAP, 0x41, 0, 1), 0, 512);

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 3));
	r = block_send(k, block_cdb(0x41, 0, 1), 0, 512);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
no_blocks_are_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r = block_send(k, block_cdb(0x41, 10, 0), 's', 512);

	CU_ASSERT(kit_is_invalid_cdb(&r, 7, -1));
	r = block_send(k, block_cdb(0x93, 10, 0), 's', 512);
	CU_ASSERT(kit_is_invalid_cdb(&r, 10, -1));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
more_than_the_maximum_length_points_at_it(void)
{
	struct kit *k = kit_new();
	uint32_t most = MAX_WRITE_SAME_BLOCKS;
	struct kit_result r;

	atomic_store(&k->lu->blocks, 2ull * most);
	r = block_send(k, block_cdb(0x93, 0, most + 1), 0, 512);
	CU_ASSERT(kit_is_invalid_cdb(&r, 10, -1));
	r = block_send(k, block_cdb(0x41, 0, most + 1), 0, 512);
	CU_ASSERT(kit_is_invalid_cdb(&r, 7, -1));
	atomic_store(&k->lu->blocks, KIT_BLOCKS);
	kit_free(k);
}

static void
any_other_data_length_is_refused(void)
{
	static const uint32_t lengths[] = { 0, 256, 1024 };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		r = block_send(k, block_cdb(0x41, 0, 1), 's', lengths[i]);
		CU_ASSERT(block_is_length_mismatch(&r));
	}
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
a_full_store_is_space_allocation_failed(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_WRITE] = -ENOSPC;
	r = block_send(k, block_cdb(0x41, 0, 1), 's', 512);
	CU_ASSERT(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x07));
	kit_free(k);
}

/* ---- a reset in its midst ---- */

static void
write_same_reset_done(struct tmf *f, enum tmf_response response)
{
	CU_ASSERT_EQUAL(response, TMF_COMPLETE);
	f->nexus = NULL;
}

/* Its second piece is under way: the answer waits for that one, and there is no
 * third. */
static void
nothing_is_written_behind_a_reset(void)
{
	const uint32_t blocks = 3 * SCRATCH_MAX_BYTES / 512;
	struct kit *k = kit_new_with(&(struct kit_options){ .blocks = blocks });
	struct kit_task *kt =
	    kit_task_new(k, 1, block_cdb(0x93, 0, blocks).b, 512, 0);
	struct tmf f = { .nexus = k->nexus[0],
		.function = TMF_LUN_RESET,
		.done = write_same_reset_done };

	k->store.hold = true;
	kit_task_start(kt, 's');
	kit_release(k, 0, 0);
	tmf_start(&f);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(kit_held(k), 1);
	CU_ASSERT_PTR_NOT_NULL(f.nexus);
	kit_release_all(k);
	CU_ASSERT_PTR_NULL(f.nexus);
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 2);
	CU_ASSERT(block_image_is(k, 0, 2 * SCRATCH_MAX_BYTES, 's'));
	CU_ASSERT(
	    block_image_is(k, 2 * SCRATCH_MAX_BYTES, SCRATCH_MAX_BYTES, 0));
	kit_task_free(kt);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test write_same_tests[] = {
	{ "a block is written everywhere", a_block_is_written_everywhere },
	{ "the block keeps its pattern", the_block_keeps_its_pattern },
	{ "a long pattern is written in pieces",
	  a_long_pattern_is_written_in_pieces },
	{ "many zeroes are asked for in pieces",
	  many_zeroes_are_asked_for_in_pieces },
	{ "zeroes are asked for, not written", zeroes_are_asked_for_not_written },
	{ "zeroes with UNMAP may be a hole", zeroes_with_unmap_may_be_a_hole },
	{ "anything else with UNMAP is written",
	  anything_else_with_unmap_is_written },
	{ "NDOB writes zeroes, in WRITE SAME(16) only",
	  without_a_data_out_buffer_it_is_zeroes },
	{ "ANCHOR is refused", anchor_is_refused },
	{ "UNMAP of a store that cannot is refused",
	  unmap_of_a_store_that_cannot_is_refused },
	{ "no blocks are 05/24/00, WSNZ is 1", no_blocks_are_refused },
	{ "more than the maximum length points at it",
	  more_than_the_maximum_length_points_at_it },
	{ "any other data length is 05/0E/03", any_other_data_length_is_refused },
	{ "a full store is 07/27/07", a_full_store_is_space_allocation_failed },
	{ "nothing is written behind a reset", nothing_is_written_behind_a_reset },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite write_same_suite = { "write_same", write_same_tests };
