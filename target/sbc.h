/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sbc.h - what all block commands share, and those that move no medium
 * data (SBC-3 clause 5).
 */
#ifndef TARGET_SBC_H
#define TARGET_SBC_H

#include "target/cmd.h"

/* Byte 1 of READ, WRITE and their relatives. */
#define CDB_DPO 0x10
#define CDB_FUA 0x08

/* The CDB and the transport's lengths disagree and the command cannot do with
 * less: INVALID FIELD IN COMMAND INFORMATION UNIT. */
#define DATA_OUT_LENGTH_MISMATCH CHECK(SENSE_ILLEGAL_REQUEST, 0x0e, 0x03)

/* Bytes that a chain of steps holds besides its Data-Out, at most. */
#define SCRATCH_MAX_BYTES (1u << 20)

/* Of zeros, in one request to a store: where it has to write them out, an abort
 * must not wait for all. */
#define ZEROES_MAX_BYTES (64u << 20)

/* ---- for the other block commands ---- */

/* Set lba and blocks from where CDBs of this group have them (SBC-3 tables of
 * READ(6) (10) (12) (16) and all that are laid out alike). */
void sbc_decode(struct task *t);
/* GOOD, or 05/21/00 when the range is not all within the capacity.  Without
 * blocks the LBA may be one past the last. */
struct outcome sbc_check_within(
    uint64_t capacity, uint64_t lba, uint64_t blocks);
/* The same of t's range. */
struct outcome sbc_check_range(const struct task *t);
/* 05/24/00 at the length field. */
struct outcome sbc_invalid_length(const struct task *t);
/* GOOD, or that when t->blocks is more than limit. */
struct outcome sbc_check_length(const struct task *t, uint32_t limit_blocks);

static inline uint64_t
sbc_capacity(const struct task *t)
{
	return atomic_load_explicit(&task_lu(t)->blocks, memory_order_relaxed);
}

static inline uint32_t
sbc_block_size(const struct task *t)
{
	return 1u << task_lu(t)->block_shift;
}

static inline uint64_t
sbc_bytes(const struct task *t, uint64_t blocks)
{
	return blocks << task_lu(t)->block_shift;
}

/* Flags of a write whose CDB has FUA in byte 1. */
static inline unsigned
sbc_write_flags(const struct task *t)
{
	return t->cdb[1] & CDB_FUA ? BS_FUA : 0;
}

/*
 * Fill t->scratch with buffers for bytes.  False: there are none, and the task
 * has ended with BUSY.
 */
bool sbc_take_scratch(struct task *t, size_t bytes);
/* The last step of a chain: end with GOOD, or with what error means. */
void sbc_end_write(struct task *t, int error);

/* ---- commands ---- */

struct outcome sbc_read_capacity10_prepare(struct task *t);
void sbc_read_capacity10_execute(struct task *t);
struct outcome sbc_read_capacity16_prepare(struct task *t);
void sbc_read_capacity16_execute(struct task *t);

/*
 * PRE-FETCH checks its range and answers GOOD, which says that the cache does
 * not hold it all (CONDITION MET would): nothing is set aside for prefetching.
 * SBC-3 5.8, 5.9.
 */
struct outcome sbc_prefetch_prepare(struct task *t);
void sbc_prefetch_execute(struct task *t);

/* The whole store is flushed, whatever the range; IMMED only allows an early
 * answer, and the answer comes after the flush.  SBC-3 5.26, 5.27. */
struct outcome sbc_synchronize_cache_prepare(struct task *t);
void sbc_synchronize_cache_execute(struct task *t);

/* The lists are empty in whatever format.  SBC-3 5.17, 5.18. */
struct outcome sbc_read_defect_data_prepare(struct task *t);
void sbc_read_defect_data_execute(struct task *t);

#endif
