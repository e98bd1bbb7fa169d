/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/rw.c - target/rw.c: READ, WRITE, WRITE AND VERIFY.
 */
#include <errno.h>

#include "target/limits.h"
#include "tests/unit/target/block.h"

static void
what_is_written_is_read_with_each_cdb_size(void)
{
	static const uint8_t write[] = { 0x0a, 0x2a, 0xaa, 0x8a };
	static const uint8_t read[] = { 0x08, 0x28, 0xa8, 0x88 };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i, n;

	for (i = 0; i < 4; i++) {
		r = block_send(k, block_cdb(write[i], 100 + i, 3),
		    (uint8_t)('a' + i), 3 * 512);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.transfer_length, 3 * 512);
		r = block_take(k, block_cdb(read[i], 100 + i, 3), 3 * 512);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_in_bytes, 3 * 512);
		for (n = 0; n < 3 * 512; n++)
			CU_ASSERT_EQUAL(r.data_in[n], 'a' + i);
	}
	CU_ASSERT(block_image_is(k, 103 * 512, 3 * 512, 'd'));
	CU_ASSERT_EQUAL(k->store.image[106 * 512], 0);
	kit_free(k);
}

static void
no_blocks_in_a_six_byte_cdb_are_256(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    block_send(k, block_cdb(0x0a, 1, 0), 'x', 256 * 512);

	CU_ASSERT_EQUAL(r.transfer_length, 256 * 512);
	CU_ASSERT(block_image_is(k, 512, 256 * 512, 'x'));
	r = block_take(k, block_cdb(0x08, 1, 0), 256 * 512);
	CU_ASSERT_EQUAL(r.data_in_bytes, 256 * 512);
	r = block_take(k, block_cdb(0x08, KIT_BLOCKS - 255, 0), 256 * 512);
	CU_ASSERT(block_is_out_of_range(&r));
	kit_free(k);
}

static void
blocks_of_4096_bytes_are_addressed_as_such(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .block_size = 4096, .blocks = 64 });
	struct kit_result r = block_send(k, block_cdb(0x2a, 63, 1), 'x', 4096);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 63 * 4096, 4096, 'x'));
	r = block_take(k, block_cdb(0x28, 63, 1), 4096);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4096);
	kit_free(k);
}

static void
more_than_the_maximum_transfer_points_at_the_length(void)
{
	static const struct {
		uint8_t opcode, field;
	} cdbs[] = { { 0x28, 7 }, { 0x2a, 7 }, { 0x2e, 7 }, { 0xa8, 6 },
		{ 0xaa, 6 }, { 0x88, 10 }, { 0x8a, 10 }, { 0x8b, 10 } };
	const uint32_t most = MAX_TRANSFER_BYTES / 512;
	struct kit *k =
	    kit_new_with(&(struct kit_options){ .blocks = most + 8 });
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cdbs); i++) {
		r = kit_run(
		    k, block_cdb(cdbs[i].opcode, 0, most + 1).b, NULL, 0, 0);
		CU_ASSERT(kit_is_invalid_cdb(&r, cdbs[i].field, -1));
		r = kit_run(
		    k, block_cdb(cdbs[i].opcode, 0, most).b, NULL, 0, 0);
		CU_ASSERT(kit_is_good(&r));
	}
	kit_free(k);
}

/* ---- the initiator's length is another ---- */

static void
a_read_gives_no_more_than_is_taken(void)
{
	static const uint32_t takes[] = { 0, 1, 200, 512, 1000, 1024 };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	memset(k->store.image, 'r', 4 * 512);
	for (i = 0; i < ARRAY_LEN(takes); i++) {
		r = block_take(k, block_cdb(0x28, 0, 2), takes[i]);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_in_bytes, takes[i]);
		CU_ASSERT_EQUAL(r.transfer_length, 1024);
		if (takes[i] > 0)
			CU_ASSERT_EQUAL(r.data_in[takes[i] - 1], 'r');
	}
	kit_free(k);
}

static void
a_read_gives_no_more_than_the_cdb_says(void)
{
	struct kit *k = kit_new();
	struct kit_result r = block_take(k, block_cdb(0x28, 0, 1), 10000);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 512);
	CU_ASSERT_EQUAL(r.transfer_length, 512);
	kit_free(k);
}

static void
a_read_sent_as_a_write_moves_nothing(void)
{
	static uint8_t data[512];
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, block_cdb(0x28, 0, 1).b, data, 512, 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_out_wanted, 0);
	CU_ASSERT_EQUAL(r.data_in_bytes, 0);
	CU_ASSERT_EQUAL(r.transfer_length, 512);
	kit_free(k);
}

static void
as_much_as_came_is_written(void)
{
	static const struct {
		uint32_t sent, operations;
	} cases[] = { { 0, 0 }, { 200, 2 }, { 512, 1 }, { 1000, 2 } };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		memset(k->store.image, 'a', 4096);
		k->store.logged = 0;
		r = block_send(k, block_cdb(0x2a, 0, 2), 'b', cases[i].sent);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_out_wanted, cases[i].sent);
		CU_ASSERT_EQUAL(r.transfer_length, 1024);
		CU_ASSERT(block_image_is(k, 0, cases[i].sent, 'b'));
		CU_ASSERT(block_image_is(
		    k, cases[i].sent, 4096 - cases[i].sent, 'a'));
		CU_ASSERT_EQUAL(k->store.logged, cases[i].operations);
	}
	kit_free(k);
}

static void
part_of_a_block_with_fua_is_durable(void)
{
	struct kit *k = kit_new();

	block_send(k, block_cdb_with(FUA, 0x2a, 1, 1), 'b', 100);
	CU_ASSERT_EQUAL(k->store.durable[512 + 99], 'b');
	CU_ASSERT_EQUAL(k->store.durable[512 + 100], 0);
	kit_free(k);
}

/* Byte 1 of the short CDB is part of the LBA. */
static void
part_of_a_block_by_a_short_cdb(void)
{
	struct kit *k = kit_new();
	struct kit_result r = block_send(k, block_cdb(0x0a, 3, 1), 'b', 100);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 3 * 512, 100, 'b'));
	CU_ASSERT_EQUAL(k->store.image[3 * 512 + 100], 0);
	kit_free(k);
}

static void
part_of_a_block_whose_rest_cannot_be_read_is_not_written(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_READ] = -EIO;
	r = block_send(k, block_cdb(0x2a, 0, 1), 'b', 100);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x11, 0x00));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_free(k);
}

static void
a_write_takes_no_more_than_the_cdb_says(void)
{
	struct kit *k = kit_new();
	struct kit_result r = block_send(k, block_cdb(0x2a, 0, 1), 'b', 10000);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_out_wanted, 512);
	CU_ASSERT_EQUAL(r.transfer_length, 512);
	CU_ASSERT_EQUAL(k->store.image[512], 0);
	kit_free(k);
}

/* ---- caches ---- */

static void
one_command_is_one_store_operation(void)
{
	struct kit *k = kit_new();

	block_send(k, block_cdb(0x2a, 0, 128), 'b', 128 * 512);
	CU_ASSERT_EQUAL(k->store.logged, 1);
	block_take(k, block_cdb(0x28, 0, 128), 128 * 512);
	CU_ASSERT_EQUAL(k->store.logged, 2);
	CU_ASSERT_EQUAL(k->store.log[1].length, 128 * 512);
	kit_free(k);
}

static void
a_write_with_fua_is_durable(void)
{
	struct kit *k = kit_new();

	block_send(k, block_cdb(0x8a, 0, 1), 'c', 512);
	block_send(k, block_cdb_with(DPO, 0x8a, 1, 1), 'd', 512);
	block_send(k, block_cdb_with(FUA, 0x8a, 2, 1), 'f', 512);
	CU_ASSERT_EQUAL(k->store.durable[0], 0);
	CU_ASSERT_EQUAL(k->store.durable[512], 0);
	CU_ASSERT_EQUAL(k->store.durable[1024], 'f');
	kit_free(k);
}

static void
a_six_byte_lba_is_no_fua(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .blocks = 0x80001, .block_size = 512 });

	block_send(k, block_cdb(0x0a, 0x80000, 1), 'c', 512);
	CU_ASSERT_EQUAL(k->store.log[0].flags, 0);
	block_take(k, block_cdb(0x08, 0x80000, 1), 512);
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 0);
	kit_free(k);
}

static void
a_read_with_fua_flushes_first(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	block_send(k, block_cdb(0x2a, 0, 1), 'c', 512);
	kit_log_clear(k);
	r = block_take(k, block_cdb_with(FUA | DPO, 0x28, 0, 1), 512);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in[0], 'c');
	CU_ASSERT_EQUAL(k->store.durable[0], 'c');
	CU_ASSERT_EQUAL(k->store.log[0].op, BS_FLUSH);
	CU_ASSERT_EQUAL(k->store.log[1].op, BS_READ);
	kit_free(k);
}

static void
a_read_with_fua_shows_nothing_that_cannot_be_flushed(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_FLUSH] = -EIO;
	r = block_take(k, block_cdb_with(FUA, 0x28, 0, 1), 512);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	CU_ASSERT_EQUAL(r.data_in_bytes, 0);
	kit_free(k);
}

static void
a_read_with_fua_of_a_durable_store_does_not_flush(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });

	block_take(k, block_cdb_with(FUA, 0x28, 0, 1), 512);
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 0);
	kit_free(k);
}

/* ---- failures ---- */

static void
a_full_store_is_space_allocation_failed(void)
{
	static const int errors[] = { -ENOSPC, -EDQUOT, -EFBIG };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(errors); i++) {
		k->store.fail[BS_WRITE] = errors[i];
		r = block_send(k, block_cdb(0x2a, 0, 1), 'c', 512);
		CU_ASSERT(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x07));
	}
	k->store.fail[BS_WRITE] = 0;
	r = block_send(k, block_cdb(0x2a, 0, 1), 'c', 512);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
a_failed_transfer_is_a_medium_error(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_WRITE] = -EIO;
	r = block_send(k, block_cdb(0x2a, 0, 1), 'c', 512);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	k->store.fail[BS_READ] = -EIO;
	r = block_take(k, block_cdb(0x28, 0, 1), 512);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x11, 0x00));
	CU_ASSERT_EQUAL(r.data_in_bytes, 0);
	kit_free(k);
}

/* ---- WRITE AND VERIFY ---- */

static void
write_and_verify_is_durable_and_read_back(void)
{
	static const uint8_t opcodes[] = { 0x2e, 0xae, 0x8e };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		kit_log_clear(k);
		r = block_send(k, block_cdb_with(0x02, opcodes[i], i, 2),
		    (uint8_t)('v' + i), 1024);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(k->store.durable[i * 512], 'v' + i);
		CU_ASSERT_EQUAL(kit_logged(k, BS_READ), 1);
	}
	kit_free(k);
}

/* Of these, and of ORWRITE: they do with whole blocks only. */
static void
write_and_verify_of_part_of_a_block_is_refused(void)
{
	static const uint8_t opcodes[] = { 0x2e, 0xae, 0x8e, 0x8b };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		r = block_send(k, block_cdb(opcodes[i], 0, 2), 'a', 700);
		CU_ASSERT(block_is_length_mismatch(&r));
		r = block_send(k, block_cdb(opcodes[i], 0, 2), 'a', 100);
		CU_ASSERT(block_is_length_mismatch(&r));
	}
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
write_and_verify_of_less_data_verifies_what_came(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    block_send(k, block_cdb_with(0x02, 0x2e, 0, 2), 'v', 512);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.transfer_length, 1024);
	CU_ASSERT(block_image_is(k, 0, 512, 'v'));
	CU_ASSERT_EQUAL(k->store.image[512], 0);
	r = block_send(k, block_cdb_with(0x02, 0x2e, 0, 1), 'v', 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
write_and_verify_sees_what_did_not_get_there(void)
{
	struct kit *k = kit_new();
	struct block_cdb cdb = block_cdb_with(0x02, 0x2e, 0, 2);
	struct kit_task *kt = kit_task_new(k, 0, cdb.b, 1024, 0);

	k->store.hold = true;
	kit_task_start(kt, 'v');
	kit_release(k, 0, 0);
	k->store.image[700] = 'w';
	kit_release_all(k);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_EQUAL(kt->task.outcome.key, SENSE_MISCOMPARE);
	CU_ASSERT_EQUAL(kt->task.outcome.information, 700);
	kit_task_free(kt);
	kit_free(k);
}

static void
write_and_verify_without_bytchk_wants_a_readable_medium(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_READ] = -EIO;
	r = block_send(k, block_cdb(0x2e, 0, 1), 'v', 512);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x11, 0x00));
	kit_free(k);
}

/* clang-format off */
static const struct unit_test rw_tests[] = {
	{ "what is written is read with each CDB size",
	  what_is_written_is_read_with_each_cdb_size },
	{ "no blocks in a six byte CDB are 256",
	  no_blocks_in_a_six_byte_cdb_are_256 },
	{ "blocks of 4096 bytes are addressed as such",
	  blocks_of_4096_bytes_are_addressed_as_such },
	{ "more than the maximum transfer points at the length",
	  more_than_the_maximum_transfer_points_at_the_length },
	{ "a read gives no more than is taken",
	  a_read_gives_no_more_than_is_taken },
	{ "a read gives no more than the CDB says",
	  a_read_gives_no_more_than_the_cdb_says },
	{ "a read sent as a write moves nothing",
	  a_read_sent_as_a_write_moves_nothing },
	{ "as much as came is written", as_much_as_came_is_written },
	{ "part of a block with FUA is durable",
	  part_of_a_block_with_fua_is_durable },
	{ "part of a block by a short CDB", part_of_a_block_by_a_short_cdb },
	{ "part of a block whose rest cannot be read is not written",
	  part_of_a_block_whose_rest_cannot_be_read_is_not_written },
	{ "a write takes no more than the CDB says",
	  a_write_takes_no_more_than_the_cdb_says },
	{ "one command is one store operation",
	  one_command_is_one_store_operation },
	{ "a write with FUA is durable", a_write_with_fua_is_durable },
	{ "a six byte CDB's LBA is no FUA", a_six_byte_lba_is_no_fua },
	{ "a read with FUA flushes first", a_read_with_fua_flushes_first },
	{ "a read with FUA shows nothing that cannot be flushed",
	  a_read_with_fua_shows_nothing_that_cannot_be_flushed },
	{ "a read with FUA of a durable store does not flush",
	  a_read_with_fua_of_a_durable_store_does_not_flush },
	{ "a full store is 07/27/07", a_full_store_is_space_allocation_failed },
	{ "a failed transfer is a medium error",
	  a_failed_transfer_is_a_medium_error },
	{ "WRITE AND VERIFY is durable and read back",
	  write_and_verify_is_durable_and_read_back },
	{ "WRITE AND VERIFY of part of a block is refused",
	  write_and_verify_of_part_of_a_block_is_refused },
	{ "WRITE AND VERIFY of less data verifies what came",
	  write_and_verify_of_less_data_verifies_what_came },
	{ "WRITE AND VERIFY sees what did not get there",
	  write_and_verify_sees_what_did_not_get_there },
	{ "WRITE AND VERIFY without BYTCHK wants a readable medium",
	  write_and_verify_without_bytchk_wants_a_readable_medium },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite rw_suite = { "rw", rw_tests };
