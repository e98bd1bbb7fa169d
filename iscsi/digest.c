/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/digest.c - CRC32C as digests have it.
 */
#include "iscsi/digest.h"

#include <string.h>

uint32_t
digest_update_iov(uint32_t crc, const struct iovec *iov, int iovcnt)
{
	int i;

	for (i = 0; i < iovcnt; i++)
		crc = crc32c_update(crc, iov[i].iov_base, iov[i].iov_len);
	return crc;
}

/* The polynomial's highest coefficient travels first, which makes the four
 * bytes the complemented register, least significant byte first. */
void
digest_store(uint32_t crc, uint8_t out[4])
{
	crc = ~crc;
	out[0] = (uint8_t)crc;
	out[1] = (uint8_t)(crc >> 8);
	out[2] = (uint8_t)(crc >> 16);
	out[3] = (uint8_t)(crc >> 24);
}

bool
digest_matches(uint32_t crc, const uint8_t wire[4])
{
	uint8_t expected[4];

	digest_store(crc, expected);
	return memcmp(expected, wire, sizeof(expected)) == 0;
}
