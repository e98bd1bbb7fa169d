/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/digest.h - CRC32C over headers and data, RFC 7143 13.1.
 *
 * A running value (common/crc32c.h) is stored or compared at the end.
 */
#ifndef ISCSI_DIGEST_H
#define ISCSI_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/crc32c.h"

uint32_t digest_update_iov(uint32_t crc, const struct iovec *iov, int iovcnt);

/* The four bytes as they are on the wire. */
void digest_store(uint32_t crc, uint8_t out[4]);
bool digest_matches(uint32_t crc, const uint8_t wire[4]);

#endif
