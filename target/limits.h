/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/limits.h - how much one command may move; VPD page B0h says the same.
 *
 * Nothing but these numbers, and what the store found out about itself (struct
 * bs_info), decides the Block Limits page (SBC-3 6.6.3) and the refusals.
 */
#ifndef TARGET_LIMITS_H
#define TARGET_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "target/lu.h"

/* MAXIMUM TRANSFER LENGTH: READ, WRITE, VERIFY with data; more is 05/24/00. */
#define MAX_TRANSFER_BYTES (8u << 20)
/* MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT; more is 05/26/00. */
#define MAX_UNMAP_DESCRIPTORS 256u
/* MAXIMUM UNMAP LBA COUNT, the sum over all descriptors; more is 05/26/00. */
#define MAX_UNMAP_BLOCKS (1u << 20)
/*
 * MAXIMUM WRITE SAME LENGTH in blocks, a multiple of 4 KiB; more is 05/24/00.
 * WSNZ is 1: a NUMBER OF LOGICAL BLOCKS of 0 is refused as well, because "up to
 * the last block" would be more than this on all but the smallest units.
 */
#define MAX_WRITE_SAME_BLOCKS 0xfff8u
/* MAXIMUM COMPARE AND WRITE LENGTH, whichever of both is less. */
#define MAX_CAW_BLOCKS 128u
#define MAX_CAW_BYTES  (64u << 10)

/*
 * EXTENDED COPY: RECEIVE COPY RESULTS and VPD page 8Fh say the same.  More
 * descriptors are 05/26/06 and 05/26/08, a longer list is 05/1A/00, a longer
 * segment 05/26/00, more copies of a nexus at one LU are BUSY.
 */
#define MAX_COPY_CSCDS         16u
#define MAX_COPY_SEGMENTS      16u
#define MAX_COPY_DESCRIPTORS   1024u /* bytes of both lists */
#define MAX_COPY_SEGMENT_BYTES (64u << 20)
#define MAX_COPIES             8u
/* POPULATE TOKEN, WRITE USING TOKEN: more ranges are 05/26/08, more bytes
 * 05/26/00. */
#define MAX_ROD_RANGES 16u
#define MAX_ROD_BYTES  (UINT64_C(256) << 20)

static inline uint32_t
limit_transfer_blocks(const struct lu *lu)
{
	return MAX_TRANSFER_BYTES >> lu->block_shift;
}

static inline uint32_t
limit_caw_blocks(const struct lu *lu)
{
	return (uint32_t)min_u64(
	    MAX_CAW_BLOCKS, MAX_CAW_BYTES >> lu->block_shift);
}

/* WRITE ATOMIC(16); 0: there is none. */
static inline uint32_t
limit_atomic_blocks(const struct lu *lu)
{
	return (uint32_t)min_u64(
		   lu->bs->info.atomic_write_bytes, MAX_TRANSFER_BYTES) >>
	       lu->block_shift;
}

/* ATOMIC ALIGNMENT and ATOMIC TRANSFER LENGTH GRANULARITY; 0: any will do. */
static inline uint32_t
limit_atomic_unit(const struct lu *lu)
{
	return lu->bs->info.atomic_write_unit >> lu->block_shift;
}

/*
 * Logical block provisioning management (SBC-3 4.7): LBPME in READ CAPACITY
 * (16), VPD B2h, UNMAP and the UNMAP bit of WRITE SAME exist or do not exist
 * together.
 */
static inline bool
lu_can_unmap(const struct lu *lu)
{
	return backstore_discards(lu->bs);
}

#endif
