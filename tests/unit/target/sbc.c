/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/sbc.c - target/sbc.c: ranges, and commands that move no
 * medium data.
 */
#include <errno.h>

#include "target/sbc.h"
#include "tests/unit/target/block.h"

/* Every opcode that has a range, and whether it takes all of its data. */
/* clang-format off */
static const struct {
	uint8_t opcode, flags;
	bool one_block; /* Data-Out is one block whatever the range */
	bool out, in;
} ranged[] = {
	{ 0x28, 0x00, false, false, true },  /* READ(10) */
	{ 0x2a, 0x00, false, true,  false }, /* WRITE(10) */
	{ 0x2e, 0x00, false, true,  false }, /* WRITE AND VERIFY(10) */
	{ 0x2f, 0x02, false, true,  false }, /* VERIFY(10) */
	{ 0x2f, 0x00, false, false, false },
	{ 0x34, 0x00, false, false, false }, /* PRE-FETCH(10) */
	{ 0x35, 0x00, false, false, false }, /* SYNCHRONIZE CACHE(10) */
	{ 0x41, 0x00, true,  true,  false }, /* WRITE SAME(10) */
	{ 0x88, 0x00, false, false, true },  /* READ(16) */
	{ 0x8a, 0x00, false, true,  false }, /* WRITE(16) */
	{ 0x8b, 0x00, false, true,  false }, /* ORWRITE(16) */
	{ 0x8e, 0x00, false, true,  false }, /* WRITE AND VERIFY(16) */
	{ 0x8f, 0x02, false, true,  false }, /* VERIFY(16) */
	{ 0x90, 0x00, false, false, false }, /* PRE-FETCH(16) */
	{ 0x91, 0x00, false, false, false }, /* SYNCHRONIZE CACHE(16) */
	{ 0x93, 0x00, true,  true,  false }, /* WRITE SAME(16) */
	{ 0xa8, 0x00, false, false, true },  /* READ(12) */
	{ 0xaa, 0x00, false, true,  false }, /* WRITE(12) */
	{ 0xae, 0x00, false, true,  false }, /* WRITE AND VERIFY(12) */
	{ 0xaf, 0x02, false, true,  false }, /* VERIFY(12) */
};
/* clang-format on */

static struct kit_result
ranged_run(struct kit *k, size_t i, uint64_t lba, uint32_t blocks)
{
	static uint8_t data[16 * 512];
	struct block_cdb cdb =
	    block_cdb_with(ranged[i].flags, ranged[i].opcode, lba, blocks);
	uint32_t bytes =
	    ranged[i].one_block ? 512 : (uint32_t)min_u64(blocks, 16) * 512;

	return kit_run(k, cdb.b, data, ranged[i].out ? bytes : 0,
	    ranged[i].in ? bytes : 0);
}

static void
the_last_block_is_in_range(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(ranged); i++) {
		r = ranged_run(k, i, KIT_BLOCKS - 1, 1);
		CU_ASSERT(kit_is_good(&r));
	}
	kit_free(k);
}

static void
one_block_past_the_end_is_out_of_range(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(ranged); i++) {
		r = ranged_run(k, i, KIT_BLOCKS, 1);
		CU_ASSERT(block_is_first_invalid(&r, KIT_BLOCKS));
		r = ranged_run(k, i, KIT_BLOCKS - 1, 2);
		CU_ASSERT(block_is_first_invalid(&r, KIT_BLOCKS));
		r = ranged_run(k, i, KIT_BLOCKS + 7, 1);
		CU_ASSERT(block_is_first_invalid(&r, KIT_BLOCKS + 7));
	}
	kit_free(k);
}

static void
a_range_that_wraps_is_out_of_range(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(ranged); i++) {
		r = ranged_run(k, i, UINT64_MAX, 1);
		CU_ASSERT(block_is_out_of_range(&r));
		r = ranged_run(k, i, UINT64_MAX - 3, 0xffff);
		CU_ASSERT(block_is_out_of_range(&r));
		r = ranged_run(k, i, 0x80000000, 2);
		CU_ASSERT(block_is_first_invalid(&r, 0x80000000));
	}
	kit_free(k);
}

static void
no_blocks_are_good_up_to_the_capacity_only(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(ranged); i++) {
		/* WRITE SAME refuses no blocks: WSNZ. */
		r = ranged_run(k, i, 0, 0);
		CU_ASSERT(kit_is_good(&r) != ranged[i].one_block);
		r = ranged_run(k, i, KIT_BLOCKS, 0);
		CU_ASSERT(kit_is_good(&r) != ranged[i].one_block);
		r = ranged_run(k, i, KIT_BLOCKS + 1, 0);
		CU_ASSERT(block_is_out_of_range(&r));
	}
	kit_free(k);
}

static void
protection_is_refused_with_its_bit(void)
{
	static uint8_t data[512];
	struct kit *k = kit_new();
	struct block_cdb cdb;
	struct kit_result r;
	size_t i;
	int bit;

	for (i = 0; i < ARRAY_LEN(ranged); i++) {
		for (bit = 7; bit >= 5; bit--) {
			cdb = block_cdb_with(
			    (uint8_t)(1 << bit), ranged[i].opcode, 0, 1);
			r = kit_run(k, cdb.b, data, ranged[i].out ? 512 : 0,
			    ranged[i].in ? 512 : 0);
			CU_ASSERT(kit_is_invalid_cdb(&r, 1, bit));
		}
	}
	kit_free(k);
}

/* ---- READ CAPACITY ---- */

static void
read_capacity10_tells_last_lba_and_block_size(void)
{
	struct kit *k = kit_new();
	struct kit_result r = block_take(k, block_cdb(0x25, 0, 0), 8);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 8);
	CU_ASSERT_EQUAL(get_be32(r.data_in), KIT_BLOCKS - 1);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 4), 512);
	kit_free(k);
}

static void
read_capacity10_of_a_large_unit_is_all_ones(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	atomic_store(&k->lu->blocks, 1ull << 32);
	r = block_take(k, block_cdb(0x25, 0, 0), 8);
	CU_ASSERT_EQUAL(get_be32(r.data_in), 0xffffffff);
	atomic_store(&k->lu->blocks, (1ull << 32) - 1);
	r = block_take(k, block_cdb(0x25, 0, 0), 8);
	CU_ASSERT_EQUAL(get_be32(r.data_in), 0xfffffffe);
	atomic_store(&k->lu->blocks, KIT_BLOCKS);
	kit_free(k);
}

static void
read_capacity_with_lba_needs_pmi(void)
{
	struct kit *k = kit_new();
	struct block_cdb cdb = block_cdb(0x25, 7, 0);
	struct kit_result r = block_take(k, cdb, 8);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
	cdb.b[8] = 1;
	r = block_take(k, cdb, 8);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static struct block_cdb
read_capacity16_cdb(uint32_t allocation)
{
	struct block_cdb cdb = { { 0x9e, 0x10 } };

	put_be32(cdb.b + 10, allocation);
	return cdb;
}

static void
read_capacity16_tells_physical_blocks_and_thinness(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .info = { .physical_block_bytes = 4096,
				       .discard_granularity = 4096,
				       .discard_zeroes = true } });
	struct kit_result r = block_take(k, read_capacity16_cdb(32), 32);

	CU_ASSERT_EQUAL(r.data_in_bytes, 32);
	CU_ASSERT_EQUAL(get_be64(r.data_in), KIT_BLOCKS - 1);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 8), 512);
	CU_ASSERT_EQUAL(r.data_in[12], 0);
	CU_ASSERT_EQUAL(r.data_in[13], 3);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 14), 0xc000);
	kit_free(k);
}

static void
read_capacity16_promises_no_zeroes_that_are_not_there(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .info = { .discard_granularity = 4096 } });
	struct kit_result r = block_take(k, read_capacity16_cdb(32), 32);

	CU_ASSERT_EQUAL(r.data_in[14], 0x80);
	kit_free(k);
}

static void
read_capacity16_of_a_full_store_has_no_lbpme(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });
	struct kit_result r = block_take(k, read_capacity16_cdb(32), 32);

	CU_ASSERT_EQUAL(r.data_in[14], 0);
	kit_free(k);
}

static void
read_capacity16_is_cut_at_the_allocation_length(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	uint32_t n;

	for (n = 0; n <= 40; n++) {
		r = block_take(k, read_capacity16_cdb(n), 64);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_in_bytes, min_u64(n, 32));
		CU_ASSERT_EQUAL(r.transfer_length, min_u64(n, 32));
	}
	kit_free(k);
}

static void
a_store_without_a_block_has_no_capacity_to_tell(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	atomic_store(&k->lu->blocks, 0);
	r = block_take(k, block_cdb(0x25, 0, 0), 8);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x3a, 0x00));
	r = block_take(k, read_capacity16_cdb(32), 32);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x3a, 0x00));
	atomic_store(&k->lu->blocks, KIT_BLOCKS);
	kit_free(k);
}

/* ---- the rest ---- */

static void
prefetch_takes_immed_and_group(void)
{
	struct kit *k = kit_new();
	struct block_cdb cdb = block_cdb_with(0x02, 0x34, 0, 1);
	struct kit_result r;

	cdb.b[6] = 3;
	r = block_take(k, cdb, 0);
	CU_ASSERT(kit_is_good(&r));
	cdb = block_cdb_with(0x02, 0x90, 0, 1);
	cdb.b[14] = 3;
	r = block_take(k, cdb, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
synchronize_cache_makes_writes_durable(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	block_send(k, block_cdb(0x2a, 5, 1), 'w', 512);
	CU_ASSERT_EQUAL(k->store.durable[5 * 512], 0);
	r = block_take(k, block_cdb(0x35, 0, 0), 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.durable[5 * 512], 'w');
	kit_free(k);
}

static void
synchronize_cache_with_immed_answers_after_the_flush(void)
{
	struct kit *k = kit_new();
	struct block_cdb cdb = block_cdb_with(0x02, 0x91, 0, 0);
	struct kit_task *kt = kit_task_new(k, 0, cdb.b, 0, 0);

	k->store.hold = true;
	kit_task_start(kt, 0);
	CU_ASSERT_EQUAL(kit_held(k), 1);
	CU_ASSERT_EQUAL(kt->done, 0);
	kit_release_all(k);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT(outcome_good(kt->task.outcome));
	kit_task_free(kt);
	kit_free(k);
}

static void
a_failed_flush_is_a_write_error(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_FLUSH] = -EIO;
	r = block_take(k, block_cdb(0x35, 0, 0), 0);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	kit_free(k);
}

static void
a_reserved_defect_list_format_is_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	r = block_take(k, (struct block_cdb){ { 0x37, 0, 0x0f } }, 32);
	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 2));
	r = block_take(k, (struct block_cdb){ { 0xb7, 0x0f } }, 32);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 2));
	kit_free(k);
}

static void
defect_lists_are_empty(void)
{
	static const uint8_t cdb10[16] = { 0x37, 0, 0x1c, 0, 0, 0, 0, 0, 32 };
	static const uint8_t cdb12[16] = { 0xb7, 0x0d, 0, 0, 0, 0, 0, 0, 0,
		32 };
	static const uint8_t answer10[4] = { 0, 0x1c, 0, 0 };
	static const uint8_t answer12[8] = { 0, 0x0d };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb10, NULL, 0, 32);

	CU_ASSERT_EQUAL(r.data_in_bytes, 4);
	CU_ASSERT_EQUAL(memcmp(r.data_in, answer10, 4), 0);
	r = kit_run(k, cdb12, NULL, 0, 32);
	CU_ASSERT_EQUAL(r.data_in_bytes, 8);
	CU_ASSERT_EQUAL(memcmp(r.data_in, answer12, 8), 0);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test sbc_tests[] = {
	{ "the last block is in range", the_last_block_is_in_range },
	{ "one block past the end is 05/21/00",
	  one_block_past_the_end_is_out_of_range },
	{ "a range that wraps is 05/21/00", a_range_that_wraps_is_out_of_range },
	{ "no blocks are good up to the capacity only",
	  no_blocks_are_good_up_to_the_capacity_only },
	{ "protection is refused with its bit",
	  protection_is_refused_with_its_bit },
	{ "READ CAPACITY(10) tells last LBA and block size",
	  read_capacity10_tells_last_lba_and_block_size },
	{ "READ CAPACITY(10) of a large unit is all ones",
	  read_capacity10_of_a_large_unit_is_all_ones },
	{ "READ CAPACITY(10) with an LBA needs PMI",
	  read_capacity_with_lba_needs_pmi },
	{ "READ CAPACITY(16) tells physical blocks and thinness",
	  read_capacity16_tells_physical_blocks_and_thinness },
	{ "READ CAPACITY(16) promises no zeroes that are not there",
	  read_capacity16_promises_no_zeroes_that_are_not_there },
	{ "READ CAPACITY(16) of a full store has no LBPME",
	  read_capacity16_of_a_full_store_has_no_lbpme },
	{ "READ CAPACITY(16) is cut at the allocation length",
	  read_capacity16_is_cut_at_the_allocation_length },
	{ "a store without a block has no capacity to tell",
	  a_store_without_a_block_has_no_capacity_to_tell },
	{ "PRE-FETCH takes IMMED and GROUP NUMBER",
	  prefetch_takes_immed_and_group },
	{ "SYNCHRONIZE CACHE makes writes durable",
	  synchronize_cache_makes_writes_durable },
	{ "SYNCHRONIZE CACHE with IMMED answers after the flush",
	  synchronize_cache_with_immed_answers_after_the_flush },
	{ "a failed flush is 03/0C/00", a_failed_flush_is_a_write_error },
	{ "READ DEFECT DATA is an empty list", defect_lists_are_empty },
	{ "READ DEFECT DATA of a reserved format is refused",
	  a_reserved_defect_list_format_is_refused },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite sbc_suite = { "sbc", sbc_tests };
