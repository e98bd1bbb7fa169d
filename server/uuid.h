/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/uuid.h - the UUID (RFC 4122) from which an LU's identity comes.
 */
#ifndef SERVER_UUID_H
#define SERVER_UUID_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_TEXT_BYTES 37 /* with the terminator */

/* Random, version 4.  0 or -errno. */
int uuid_make(uint8_t out[16]);
void uuid_format(char out[UUID_TEXT_BYTES], const uint8_t uuid[16]);
/* Exactly 36 characters, hex digits in either case. */
bool uuid_parse(const char text[36], uint8_t out[16]);

#endif
