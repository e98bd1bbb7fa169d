/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/caw.c - target/caw.c: COMPARE AND WRITE, ORWRITE.
 */
#include <errno.h>

#include "target/limits.h"
#include "target/sbc.h"
#include "tests/unit/target/block.h"

static struct block_cdb
caw_cdb(uint64_t lba, uint8_t blocks)
{
	struct block_cdb cdb = { { 0x89 } };

	put_be64(cdb.b + 2, lba);
	cdb.b[13] = blocks;
	return cdb;
}

/* blocks of old to compare with, blocks of new to write. */
static struct kit_result
caw_run(struct kit *k, struct block_cdb cdb, uint8_t old, uint8_t new)
{
	static uint8_t data[2 * 255 * 512];
	uint32_t half = cdb.b[13] * 512u;

	memset(data, old, half);
	memset(data + half, new, half);
	return kit_run(k, cdb.b, data, 2 * half, 0);
}

static void
equal_blocks_are_replaced(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 'a', 4096);
	r = caw_run(k, caw_cdb(1, 3), 'a', 'b');
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.transfer_length, 6 * 512);
	CU_ASSERT(block_image_is(k, 0, 512, 'a'));
	CU_ASSERT(block_image_is(k, 512, 3 * 512, 'b'));
	CU_ASSERT(block_image_is(k, 4 * 512, 512, 'a'));
	kit_free(k);
}

static void
different_blocks_are_left_and_the_offset_told(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 'a', 4096);
	k->store.image[512 + 901] = 'x';
	r = caw_run(k, caw_cdb(1, 3), 'a', 'b');
	CU_ASSERT(block_is_miscompare(&r, 901));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	CU_ASSERT(block_image_is(k, 0, 512, 'a'));
	kit_free(k);
}

static void
the_last_byte_is_compared(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 'a', 4096);
	k->store.image[4 * 512 - 1] = 'x';
	r = caw_run(k, caw_cdb(1, 3), 'a', 'b');
	CU_ASSERT(block_is_miscompare(&r, 3 * 512 - 1));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_free(k);
}

static void
blocks_never_written_are_zeroes(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.holes, 1, KIT_BLOCKS);
	r = caw_run(k, caw_cdb(KIT_BLOCKS - 1, 1), 0, 'b');
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, (KIT_BLOCKS - 1) * 512, 512, 'b'));
	kit_free(k);
}

static void
more_than_the_maximum_length_points_at_it(void)
{
	struct kit *k = kit_new();
	uint8_t most = (uint8_t)limit_caw_blocks(k->lu);
	struct kit_result r = caw_run(k, caw_cdb(0, most + 1), 0, 'b');

	CU_ASSERT(kit_is_invalid_cdb(&r, 13, -1));
	r = caw_run(k, caw_cdb(0, most), 0, 'b');
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 0, most * 512u, 'b'));
	kit_free(k);
}

static void
any_other_data_length_is_refused(void)
{
	static const uint32_t lengths[] = { 0, 512, 1023, 1025, 2048 };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		r = block_send(k, caw_cdb(0, 1), 0, lengths[i]);
		CU_ASSERT(block_is_length_mismatch(&r));
	}
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
the_range_is_checked(void)
{
	struct kit *k = kit_new();
	struct kit_result r = caw_run(k, caw_cdb(KIT_BLOCKS - 1, 2), 0, 'b');

	CU_ASSERT(block_is_out_of_range(&r));
	r = caw_run(k, caw_cdb(UINT64_MAX, 2), 0, 'b');
	CU_ASSERT(block_is_out_of_range(&r));
	kit_free(k);
}

static void
no_blocks_are_good(void)
{
	struct kit *k = kit_new();
	struct kit_result r = caw_run(k, caw_cdb(0, 0), 0, 'b');

	CU_ASSERT(kit_is_good(&r));
	/* 256 would look like this. */
	r = block_send(k, caw_cdb(0, 0), 'a', 1024);
	CU_ASSERT(kit_is_invalid_cdb(&r, 13, -1));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
fua_makes_it_durable(void)
{
	struct kit *k = kit_new();
	struct block_cdb cdb = caw_cdb(0, 1);
	struct kit_result r = caw_run(k, cdb, 0, 'b');

	CU_ASSERT_EQUAL(k->store.durable[0], 0);
	cdb.b[1] = FUA | DPO;
	r = caw_run(k, cdb, 'b', 'c');
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.durable[0], 'c');
	kit_free(k);
}

static void
a_failed_read_writes_nothing(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_READ] = -EIO;
	r = caw_run(k, caw_cdb(0, 1), 0, 'b');
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x11, 0x00));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_free(k);
}

/* Both want to take a lock that reads 0: the first one gets it. */
static void
of_two_at_once_one_wins(void)
{
	struct kit *k = kit_new();
	struct block_cdb cdb = caw_cdb(0, 1);
	struct kit_task *kt[2];
	unsigned i;

	k->store.hold = true;
	for (i = 0; i < 2; i++) {
		kt[i] = kit_task_new(k, i, cdb.b, 1024, 0);
		kit_enter(k, i);
		CU_ASSERT(outcome_good(task_prepare(&kt[i]->task)));
		buf_list_zero(&kt[i]->task.data, 0, 512);
		memset((uint8_t *)kt[i]->task.data.iov[0].iov_base + 512,
		    'a' + (int)i, 512);
		task_execute(&kt[i]->task);
	}
	CU_ASSERT_EQUAL(kit_held(k), 1);
	kit_release_all(k);
	CU_ASSERT(outcome_good(kt[0]->task.outcome));
	CU_ASSERT_EQUAL(kt[1]->task.outcome.key, SENSE_MISCOMPARE);
	CU_ASSERT_EQUAL(kt[1]->task.outcome.information, 0);
	CU_ASSERT(block_image_is(k, 0, 512, 'a'));
	for (i = 0; i < 2; i++)
		kit_task_free(kt[i]);
	kit_free(k);
}

/* ---- ORWRITE ---- */

static void
orwrite_keeps_the_bits_of_both(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 0x11, 4096);
	r = block_send(k, block_cdb(0x8b, 1, 2), 0x22, 1024);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 0, 512, 0x11));
	CU_ASSERT(block_image_is(k, 512, 1024, 0x33));
	CU_ASSERT(block_image_is(k, 1536, 512, 0x11));
	kit_free(k);
}

static void
a_long_orwrite_goes_in_pieces(void)
{
	static uint8_t data[SCRATCH_MAX_BYTES + 512];
	const uint32_t blocks = sizeof(data) / 512;
	struct kit *k = kit_new_with(&(struct kit_options){ .blocks = blocks });
	struct kit_result r;

	memset(k->store.image, 0x11, sizeof(data));
	memset(data, 0x22, SCRATCH_MAX_BYTES);
	memset(data + SCRATCH_MAX_BYTES, 0x44, 512);
	r = block_send_data(k, block_cdb(0x8b, 0, blocks), data, sizeof(data));
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 0, SCRATCH_MAX_BYTES, 0x33));
	CU_ASSERT(block_image_is(k, SCRATCH_MAX_BYTES, 512, 0x55));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 2);
	kit_free(k);
}

static void
orwrite_with_fua_is_durable(void)
{
	struct kit *k = kit_new();

	block_send(k, block_cdb_with(FUA, 0x8b, 0, 1), 0x22, 512);
	CU_ASSERT_EQUAL(k->store.durable[0], 0x22);
	kit_free(k);
}

static void
orwrite_of_less_data_writes_what_came(void)
{
	struct kit *k = kit_new();
	struct kit_result r = block_send(k, block_cdb(0x8b, 0, 2), 0x22, 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 0, 512, 0x22));
	CU_ASSERT(block_image_is(k, 512, 512, 0));
	kit_free(k);
}

/* clang-format off */
static const struct unit_test caw_tests[] = {
	{ "equal blocks are replaced", equal_blocks_are_replaced },
	{ "different blocks are left and the offset told",
	  different_blocks_are_left_and_the_offset_told },
	{ "the last byte is compared, too", the_last_byte_is_compared },
	{ "blocks never written are zeroes", blocks_never_written_are_zeroes },
	{ "more than the maximum length points at it",
	  more_than_the_maximum_length_points_at_it },
	{ "any other data length is 05/0E/03", any_other_data_length_is_refused },
	{ "the range is checked", the_range_is_checked },
	{ "no blocks are good", no_blocks_are_good },
	{ "FUA makes it durable", fua_makes_it_durable },
	{ "a failed read writes nothing", a_failed_read_writes_nothing },
	{ "of two at once one wins", of_two_at_once_one_wins },
	{ "ORWRITE keeps the bits of both", orwrite_keeps_the_bits_of_both },
	{ "a long ORWRITE goes in pieces", a_long_orwrite_goes_in_pieces },
	{ "ORWRITE with FUA is durable", orwrite_with_fua_is_durable },
	{ "ORWRITE of less data writes what came",
	  orwrite_of_less_data_writes_what_came },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite caw_suite = { "caw", caw_tests };
