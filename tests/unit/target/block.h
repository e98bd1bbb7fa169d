/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/block.h - CDBs of block commands, and their data.
 */
#ifndef TESTS_UNIT_TARGET_BLOCK_H
#define TESTS_UNIT_TARGET_BLOCK_H

#include <stdlib.h>
#include <string.h>

#include "tests/unit/target/kit.h"

#define DPO        0x10 /* byte 1 */
#define FUA        0x08
#define BLOCK_DATA (2u << 20)

struct block_cdb {
	uint8_t b[16];
};

/* lba and blocks are where CDBs of the opcode's group have them. */
static inline struct block_cdb
block_cdb(uint8_t opcode, uint64_t lba, uint32_t blocks)
{
	struct block_cdb cdb = { { opcode } };

	if (opcode < 0x20) {
		put_be24(cdb.b + 1, (uint32_t)lba);
		cdb.b[4] = (uint8_t)blocks;
	} else if (opcode < 0x60) {
		put_be32(cdb.b + 2, (uint32_t)lba);
		put_be16(cdb.b + 7, (uint16_t)blocks);
	} else if (opcode < 0xa0) {
		put_be64(cdb.b + 2, lba);
		put_be32(cdb.b + 10, blocks);
	} else {
		put_be32(cdb.b + 2, (uint32_t)lba);
		put_be32(cdb.b + 6, blocks);
	}
	return cdb;
}

/* The same with flags in byte 1. */
static inline struct block_cdb
block_cdb_with(uint8_t flags, uint8_t opcode, uint64_t lba, uint32_t blocks)
{
	struct block_cdb cdb = block_cdb(opcode, lba, blocks);

	cdb.b[1] |= flags;
	return cdb;
}

/* length bytes of value are sent; the CDB's own length is its matter. */
static inline struct kit_result
block_send(struct kit *k, struct block_cdb cdb, uint8_t value, uint32_t length)
{
	static uint8_t data[BLOCK_DATA];

	memset(data, value, length);
	return kit_run(k, cdb.b, data, length, 0);
}

static inline struct kit_result
block_take(struct kit *k, struct block_cdb cdb, uint32_t length)
{
	return kit_run(k, cdb.b, NULL, 0, length);
}

/* As block_send(), with the data of the caller. */
static inline struct kit_result
block_send_data(
    struct kit *k, struct block_cdb cdb, const uint8_t *data, uint32_t length)
{
	return kit_run(k, cdb.b, data, length, 0);
}

/* Is the image all value in [offset, offset + length)? */
static inline bool
block_image_is(
    const struct kit *k, uint64_t offset, uint64_t length, uint8_t value)
{
	uint64_t i;

	for (i = 0; i < length; i++)
		if (k->store.image[offset + i] != value)
			return false;
	return true;
}

static inline bool
block_is_out_of_range(const struct kit_result *r)
{
	return kit_is_check(r, SENSE_ILLEGAL_REQUEST, 0x21, 0x00);
}

/* The same, with that LBA in INFORMATION. */
static inline bool
block_is_first_invalid(const struct kit_result *r, uint64_t lba)
{
	return block_is_out_of_range(r) && r->outcome.has_information &&
	       r->outcome.information == lba;
}

static inline bool
block_is_length_mismatch(const struct kit_result *r)
{
	return kit_is_check(r, SENSE_ILLEGAL_REQUEST, 0x0e, 0x03);
}

static inline bool
block_is_miscompare(const struct kit_result *r, uint64_t offset)
{
	return kit_is_check(r, SENSE_MISCOMPARE, 0x1d, 0x00) &&
	       r->outcome.has_information && r->outcome.information == offset;
}

#endif
