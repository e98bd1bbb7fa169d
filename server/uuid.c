/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/uuid.c - the UUID from which an LU's identity comes.
 */
#include "server/uuid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char uuid_shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

int
uuid_make(uint8_t out[16])
{
	if (getrandom(out, 16, 0) != 16)
		return -errno;
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x40);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return 0;
}

void
uuid_format(char out[UUID_TEXT_BYTES], const uint8_t uuid[16])
{
	static const char hex[] = "0123456789abcdef";
	unsigned i, digit = 0;

	for (i = 0; uuid_shape[i] != '\0'; i++) {
		out[i] = '-';
		if (uuid_shape[i] == '-')
			continue;
		out[i] = hex[uuid[digit / 2] >> (digit % 2 ? 0 : 4) & 15];
		digit++;
	}
	out[i] = '\0';
}

static int
uuid_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
uuid_parse(const char text[36], uint8_t out[16])
{
	unsigned i, digit = 0;
	int v;

	for (i = 0; uuid_shape[i] != '\0'; i++) {
		if (uuid_shape[i] == '-') {
			if (text[i] != '-')
				return false;
			continue;
		}
		v = uuid_digit(text[i]);
		if (v < 0)
			return false;
		out[digit / 2] = (uint8_t)(out[digit / 2] << 4 | v);
		digit++;
	}
	return true;
}
