/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/protect.c - there is no protection information: each
 * command that has a PROTECT field refuses all of it but zero, whatever the
 * unit is.  And rows without a medium.
 */
#include "target/medium.h"
#include "tests/unit/target/block.h"

static const uint8_t protect_opcodes[] = { 0x28, 0x2a, 0x2e, 0x2f, 0x41, 0x88,
	0x89, 0x8a, 0x8b, 0x8e, 0x8f, 0x93, 0x9c, 0xa8, 0xaa, 0xae, 0xaf };

static int
protect_highest_bit(unsigned value)
{
	return value & 4 ? 7 : value & 2 ? 6 : 5;
}

/* COMPARE AND WRITE and WRITE ATOMIC have their length where others have the
 * last byte of it. */
static struct block_cdb
protect_cdb(uint8_t opcode, unsigned value)
{
	return block_cdb_with((uint8_t)(value << 5), opcode, 0, 1);
}

static uint32_t
protect_bytes(uint8_t opcode, uint32_t block)
{
	return opcode == 0x89 ? 2 * block : block;
}

static void
protect_check(struct kit *k, uint32_t block)
{
	struct kit_result r;
	unsigned value;
	size_t i;

	for (i = 0; i < ARRAY_LEN(protect_opcodes); i++) {
		uint8_t opcode = protect_opcodes[i];
		uint32_t bytes = protect_bytes(opcode, block);

		for (value = 1; value < 8; value++) {
			r = block_send(
			    k, protect_cdb(opcode, value), 0xee, bytes);
			CU_ASSERT(kit_is_invalid_cdb(
			    &r, 1, protect_highest_bit(value)));
		}
		/* It is that field that was refused. */
		if (opcode == 0x28 || opcode == 0x88 || opcode == 0xa8)
			r = block_take(k, protect_cdb(opcode, 0), bytes);
		else
			r = block_send(k, protect_cdb(opcode, 0), 0, bytes);
		CU_ASSERT(kit_is_good(&r));
	}
	CU_ASSERT(block_image_is(k, 0, block, 0));
}

static const struct bs_info protect_info = {
	.thin = true,
	.maps = true,
	.discard_zeroes = true,
	.discard_granularity = 4096,
	.atomic_write_bytes = 1u << 20,
};

static struct kit *
protect_kit(uint32_t block, bool removable)
{
	return kit_new_with(&(struct kit_options){ .block_size = block,
	    .info = protect_info,
	    .lu = { .removable = removable } });
}

static void
every_protect_field_is_refused(void)
{
	struct kit *k = protect_kit(512, false);

	protect_check(k, 512);
	kit_free(k);
}

static void
with_blocks_of_4096_bytes_too(void)
{
	struct kit *k = protect_kit(4096, false);

	protect_check(k, 4096);
	kit_free(k);
}

static void
on_a_removable_unit_too(void)
{
	struct kit *k = protect_kit(4096, true);

	protect_check(k, 4096);
	kit_free(k);
}

/* Each row of the table, on blocks of 4096 bytes. */
static void
without_medium_each_row_knows_it(void)
{
	const unsigned needs =
	    CMD_READS_MEDIUM | CMD_WRITES_MEDIUM | CMD_NEEDS_MEDIUM;
	struct kit *k = protect_kit(4096, true);
	struct kit_result r;
	bool is_out;
	size_t i;

	r = kit_run(k, (const uint8_t[16]){ 0x1b, 0, 0, 0, 2 }, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	for (i = 0; i < cmd_table_rows; i++) {
		const struct cmd *cmd = &cmd_table[i];
		struct block_cdb cdb = { { cmd->opcode } };

		if (!cmd_is_supported(cmd, k->lu))
			continue;
		if (cmd->service_action != CMD_NO_SERVICE_ACTION)
			cdb.b[1] = (uint8_t)cmd->service_action;
		r = block_take(k, cdb, 4096);
		is_out = kit_is_check(&r, SENSE_NOT_READY, 0x3a, 0x00);
		if (is_out != ((cmd->flags & needs) != 0))
			CU_FAIL(cmd->name);
	}
	kit_free(k);
}

/* clang-format off */
static const struct unit_test protect_tests[] = {
	{ "every PROTECT field is refused", every_protect_field_is_refused },
	{ "with blocks of 4096 bytes, too", with_blocks_of_4096_bytes_too },
	{ "on a removable unit, too", on_a_removable_unit_too },
	{ "without medium each row knows it",
	  without_medium_each_row_knows_it },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite protect_suite = { "protect", protect_tests };
