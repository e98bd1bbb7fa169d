/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sbc.c - ranges of block commands; READ CAPACITY, SYNCHRONIZE CACHE,
 * PRE-FETCH, READ DEFECT DATA.
 */
#include "target/limits.h"
#include "target/sbc.h"

#define READ_CAPACITY10_BYTES 8
#define READ_CAPACITY16_BYTES 32
#define DEFECT_HEADER_MAX     8

/* ---- ranges ---- */

void
sbc_decode(struct task *t)
{
	const uint8_t *cdb = t->cdb;

	switch (t->cmd->cdb_length) {
	case 6:
		t->lba = get_be24(cdb + 1) & 0x1fffff;
		t->blocks = cdb[4];
		break;
	case 10:
		t->lba = get_be32(cdb + 2);
		t->blocks = get_be16(cdb + 7);
		break;
	case 12:
		t->lba = get_be32(cdb + 2);
		t->blocks = get_be32(cdb + 6);
		break;
	default:
		t->lba = get_be64(cdb + 2);
		t->blocks = get_be32(cdb + 10);
		break;
	}
}

static unsigned
sbc_length_field(const struct task *t)
{
	switch (t->cmd->cdb_length) {
	case 6:
		return 4;
	case 10:
		return 7;
	case 12:
		return 6;
	default:
		return 10;
	}
}

struct outcome
sbc_check_within(uint64_t capacity, uint64_t lba, uint64_t blocks)
{
	if (lba > capacity)
		return lba_out_of_range(lba);
	return blocks > capacity - lba ? lba_out_of_range(capacity) : GOOD;
}

struct outcome
sbc_check_range(const struct task *t)
{
	return sbc_check_within(sbc_capacity(t), t->lba, t->blocks);
}

struct outcome
sbc_invalid_length(const struct task *t)
{
	return invalid_field_in_cdb(sbc_length_field(t), -1);
}

struct outcome
sbc_check_length(const struct task *t, uint32_t limit_blocks)
{
	return t->blocks > limit_blocks ? sbc_invalid_length(t) : GOOD;
}

/* ---- steps ---- */

bool
sbc_take_scratch(struct task *t, size_t bytes)
{
	if (buf_list_get(t->nexus->home->pool, bytes, &t->scratch))
		return true;
	task_end(t, BUSY);
	return false;
}

void
sbc_end_write(struct task *t, int error)
{
	task_end(t, outcome_of_errno(error, true));
}

/* ---- READ CAPACITY ---- */

/* PMI only asks for the last LBA before a delay: that is the last one. */
static struct outcome
sbc_read_capacity_check(const struct task *t, uint64_t lba, uint8_t pmi)
{
	/* No field can say that there is no block. */
	if (sbc_capacity(t) == 0)
		return MEDIUM_NOT_PRESENT;
	if (lba != 0 && (pmi & 1) == 0)
		return invalid_field_in_cdb(2, -1);
	return GOOD;
}

struct outcome
sbc_read_capacity10_prepare(struct task *t)
{
	task_expect_data_in(t, READ_CAPACITY10_BYTES);
	return sbc_read_capacity_check(t, get_be32(t->cdb + 2), t->cdb[8]);
}

void
sbc_read_capacity10_execute(struct task *t)
{
	uint8_t data[READ_CAPACITY10_BYTES];

	put_be32(data, (uint32_t)min_u64(sbc_capacity(t) - 1, UINT32_MAX));
	put_be32(data + 4, sbc_block_size(t));
	task_reply(t, data, sizeof(data), sizeof(data));
}

struct outcome
sbc_read_capacity16_prepare(struct task *t)
{
	uint32_t allocation = get_be32(t->cdb + 10);

	task_expect_data_in(
	    t, (uint32_t)min_u64(allocation, READ_CAPACITY16_BYTES));
	return sbc_read_capacity_check(t, get_be64(t->cdb + 2), t->cdb[14]);
}

/* LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT. */
static uint8_t
sbc_physical_exponent(const struct lu *lu)
{
	uint32_t physical = lu->bs->info.physical_block_bytes;
	uint8_t exponent = 0;

	while (exponent < 15 && 2u << lu->block_shift << exponent <= physical)
		exponent++;
	return exponent;
}

void
sbc_read_capacity16_execute(struct task *t)
{
	const struct lu *lu = task_lu(t);
	uint8_t data[READ_CAPACITY16_BYTES] = { 0 };

	put_be64(data, sbc_capacity(t) - 1);
	put_be32(data + 8, sbc_block_size(t));
	data[13] = sbc_physical_exponent(lu);
	if (lu_can_unmap(lu))
		data[14] = lu->bs->info.discard_zeroes ? 0xc0 : 0x80;
	task_reply(t, data, sizeof(data), get_be32(t->cdb + 10));
}

/* ---- commands that only have a range ---- */

struct outcome
sbc_prefetch_prepare(struct task *t)
{
	sbc_decode(t);
	return sbc_check_range(t);
}

void
sbc_prefetch_execute(struct task *t)
{
	task_end(t, GOOD);
}

struct outcome
sbc_synchronize_cache_prepare(struct task *t)
{
	sbc_decode(t);
	return sbc_check_range(t);
}

void
sbc_synchronize_cache_execute(struct task *t)
{
	task_io(t, BS_FLUSH, 0, 0, 0, NULL, sbc_end_write);
}

/* ---- READ DEFECT DATA ---- */

static uint32_t
sbc_defect_allocation(const struct task *t)
{
	return t->cmd->cdb_length == 10 ? get_be16(t->cdb + 7)
					: get_be32(t->cdb + 6);
}

/* REQ_PLIST, REQ_GLIST, DEFECT LIST FORMAT. */
static unsigned
sbc_defect_lists_at(const struct task *t)
{
	return t->cmd->cdb_length == 10 ? 2 : 1;
}

struct outcome
sbc_read_defect_data_prepare(struct task *t)
{
	unsigned at = sbc_defect_lists_at(t);

	if ((t->cdb[at] & 0x07) == 0x07) /* the one that is reserved */
		return invalid_field_in_cdb(at, 2);
	task_expect_data_in(
	    t, (uint32_t)min_u64(sbc_defect_allocation(t), DEFECT_HEADER_MAX));
	return GOOD;
}

void
sbc_read_defect_data_execute(struct task *t)
{
	uint8_t data[DEFECT_HEADER_MAX] = { 0 };

	/* The lists that were asked for are valid, and empty. */
	data[1] = t->cdb[sbc_defect_lists_at(t)] & 0x1f;
	task_reply(t, data, t->cmd->cdb_length == 10 ? 4 : 8,
	    sbc_defect_allocation(t));
}
