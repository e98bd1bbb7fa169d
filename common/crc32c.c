/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/crc32c.c - CRC32C, by ISA-L.
 */
#include "common/crc32c.h"

#include <isa-l/crc.h>

#define CRC32C_STEP (1u << 30) /* ISA-L takes the length as an int */

uint32_t
crc32c_update(uint32_t crc, const void *bytes, size_t n)
{
	unsigned char *p = (unsigned char *)(uintptr_t)bytes;

	for (; n > CRC32C_STEP; n -= CRC32C_STEP, p += CRC32C_STEP)
		crc = crc32_iscsi(p, (int)CRC32C_STEP, crc);
	return n == 0 ? crc : crc32_iscsi(p, (int)n, crc);
}
