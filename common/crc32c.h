/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/crc32c.h - CRC32C, by ISA-L.
 *
 * A running value starts as CRC32C_SEED and is fed in pieces of any size.  The
 * check of RFC 7143 13.1 is its complement.
 */
#ifndef COMMON_CRC32C_H
#define COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

#define CRC32C_SEED 0xffffffffu

uint32_t crc32c_update(uint32_t crc, const void *bytes, size_t n);

#endif
