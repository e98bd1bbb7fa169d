/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/rw.c - READ, WRITE, WRITE AND VERIFY.
 */
#include "target/limits.h"
#include "target/lu.h"
#include "target/nexus.h"
#include "target/rw.h"
#include "target/sbc.h"
#include "target/span.h"
#include "target/verify.h"

#define READ_10 0x28
#define READ_16 0x88

static struct outcome
rw_prepare(struct task *t)
{
	struct outcome o;

	sbc_decode(t);
	if (t->cmd->cdb_length == 6 && t->blocks == 0)
		t->blocks = 256;
	o = sbc_check_range(t);
	if (!outcome_good(o))
		return o;
	return sbc_check_length(t, limit_transfer_blocks(task_lu(t)));
}

static bool
rw_fua(const struct task *t)
{
	/* Group 0 has CDBs of six bytes. */
	return t->cdb[0] >= 0x20 && (t->cdb[1] & CDB_FUA) != 0;
}

/* ---- READ ---- */

void
rw_hint(const struct nexus *n, uint64_t lun, const uint8_t cdb[16])
{
	const struct nexus_lu *nl;
	uint64_t lba;

	if (cdb[0] == READ_10)
		lba = get_be32(cdb + 2);
	else if (cdb[0] == READ_16)
		lba = get_be64(cdb + 2);
	else
		return;
	nl = nexus_find_lu(n, lun);
	if (nl != NULL && lba <= UINT64_MAX >> nl->lu->block_shift)
		backstore_hint(nl->lu->bs, lba << nl->lu->block_shift);
}

struct outcome
rw_read_prepare(struct task *t)
{
	struct outcome o = rw_prepare(t);

	if (!outcome_good(o))
		return o;
	task_expect_data_in(t, (uint32_t)sbc_bytes(t, t->blocks));
	/* The store is read by whole blocks. */
	t->buffer_bytes =
	    (uint32_t)align_up(t->buffer_bytes, sbc_block_size(t));
	return GOOD;
}

static void
rw_read_done(struct task *t, int error)
{
	t->data_in_bytes =
	    (uint32_t)min_u64(t->transfer_length, t->data_in_length);
	task_end(t, outcome_of_errno(error, false));
}

static void
rw_read_start(struct task *t)
{
	task_io(t, BS_READ, 0, sbc_bytes(t, t->lba), t->buffer_bytes, &t->data,
	    rw_read_done);
}

static void
rw_read_flushed(struct task *t, int error)
{
	if (error != 0)
		task_end(t, outcome_of_errno(error, true));
	else
		rw_read_start(t);
}

void
rw_read_execute(struct task *t)
{
	if (t->buffer_bytes == 0)
		task_end(t, GOOD);
	else if (rw_fua(t) && task_lu(t)->bs->info.volatile_cache)
		/* FUA promises what is on the medium.  The cache may be newer,
		 * and must be written there before it may be shown. */
		task_io(t, BS_FLUSH, 0, 0, 0, NULL, rw_read_flushed);
	else
		rw_read_start(t);
}

/* ---- WRITE ---- */

static bool
rw_ends_within_a_block(const struct task *t)
{
	return t->data_out_length < t->transfer_length &&
	       t->data_out_length % sbc_block_size(t) != 0;
}

struct outcome
rw_write_blocks_prepare(struct task *t)
{
	struct outcome o = rw_prepare(t);

	if (!outcome_good(o))
		return o;
	task_expect_data_out(
	    t, (uint32_t)sbc_bytes(t, t->blocks), sbc_block_size(t));
	return rw_ends_within_a_block(t) ? DATA_OUT_LENGTH_MISMATCH : GOOD;
}

static void
rw_partial_read(struct task *t, int error)
{
	uint32_t size = sbc_block_size(t);
	uint32_t had = t->data_out_wanted % size;

	if (error != 0) {
		task_end(t, outcome_of_errno(error, false));
		return;
	}
	span_copy(&t->data, t->data_out_wanted, &t->scratch, had, size - had);
	task_io(t, BS_WRITE, rw_fua(t) ? BS_FUA : 0, sbc_bytes(t, t->lba),
	    t->buffer_bytes, &t->data, sbc_end_write);
}

/* What the last block has where no data came stays. */
static void
rw_partial_execute(struct task *t)
{
	uint32_t size = sbc_block_size(t);

	if (sbc_take_scratch(t, size))
		task_io(t, BS_READ, 0,
		    sbc_bytes(t, t->lba) + t->buffer_bytes - size, size,
		    &t->scratch, rw_partial_read);
}

/* In place of the row of a WRITE whose data end within a block: no other write
 * may fall between its read and its write. */
static const struct cmd rw_partial = {
	.service_action = CMD_NO_SERVICE_ACTION,
	.direction = CMD_DATA_OUT,
	.flags = CMD_WRITES_MEDIUM | CMD_ATOMIC,
	.name = "WRITE of part of a block",
	.execute = rw_partial_execute,
};

struct outcome
rw_write_prepare(struct task *t)
{
	struct outcome o = rw_prepare(t);

	if (!outcome_good(o))
		return o;
	task_expect_data_out(
	    t, (uint32_t)sbc_bytes(t, t->blocks), sbc_block_size(t));
	if (!rw_ends_within_a_block(t))
		return GOOD;
	t->data_out_wanted = t->data_out_length;
	t->buffer_bytes =
	    (uint32_t)align_up(t->data_out_length, sbc_block_size(t));
	t->cmd = &rw_partial;
	return GOOD;
}

void
rw_write(struct task *t, unsigned flags)
{
	if (t->data_out_wanted == 0)
		task_end(t, GOOD);
	else
		task_io(t, BS_WRITE, flags | (rw_fua(t) ? BS_FUA : 0),
		    sbc_bytes(t, t->lba), t->data_out_wanted, &t->data,
		    sbc_end_write);
}

void
rw_write_execute(struct task *t)
{
	rw_write(t, 0);
}

/* ---- WRITE AND VERIFY ---- */

static void
rw_written(struct task *t, int error)
{
	if (error != 0) {
		sbc_end_write(t, error);
		return;
	}
	t->blocks = (uint32_t)(t->data_out_wanted >> task_lu(t)->block_shift);
	verify_medium(t, verify_bytchk(t));
}

void
rw_write_and_verify_execute(struct task *t)
{
	if (t->data_out_wanted == 0)
		task_end(t, GOOD);
	else
		/* What is verified has to be on the medium first. */
		task_io(t, BS_WRITE, BS_FUA, sbc_bytes(t, t->lba),
		    t->data_out_wanted, &t->data, rw_written);
}
