/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_digest.c - CRC32C: the SSE4.2 instruction where there is
 * one, else a table.
 */
#include "tests/bench/load.h"

static uint32_t crc_table[256];
uint32_t (*crc_update)(uint32_t, const uint8_t *, size_t);

static uint32_t
crc_update_table(uint32_t crc, const uint8_t *p, size_t n)
{
	while (n--)
		crc = crc_table[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t
crc_update_sse42(uint32_t crc, const uint8_t *p, size_t n)
{
	uint64_t c = crc, w;
	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&w, p, 8);
		c = __builtin_ia32_crc32di(c, w);
	}
	while (n--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}
#endif

void
crc_init(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
		crc_table[i] = c;
	}
	crc_update = crc_update_table;
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		crc_update = crc_update_sse42;
#endif
}

/* The digest as it goes on the wire: least significant byte first. */
void
crc_put(uint8_t *out, const void *data, size_t n)
{
	uint32_t c = ~crc_update(~0u, data, n);
	memcpy(out, &c, 4);
}

bool
crc_ok(const void *data, size_t n, const uint8_t *digest)
{
	uint8_t want[4];
	crc_put(want, data, n);
	return memcmp(want, digest, 4) == 0;
}
