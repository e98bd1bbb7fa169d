/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_util.c - memory, time, random numbers, CRC32C, the latency
 * histogram.
 */
#include "tests/bench/load.h"

void
die(const char *fmt, ...)
{
	va_list ap;
	fflush(stdout);
	fputs("load: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);
	if (!p)
		die("out of memory");
	return p;
}

uint64_t
now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
mix64(uint64_t z) /* splitmix64 */
{
	z += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t
rng_next(uint64_t *s) /* xorshift64* */
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1du;
}

/* Uniform in [0, n) without a division. */
uint64_t
rng_below(uint64_t *s, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)rng_next(s) * n) >> 64);
}

/* ------------------------------------------------------------------------ */
/* CRC32C: the SSE4.2 instruction where there is one, else a table          */

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

/* ------------------------------------------------------------------------ */
/* Latency histogram: log-linear, 64 steps per power of two (under 1.6 %)   */
void
hist_reset(struct hist *h)
{
	memset(h, 0, sizeof *h);
	h->min = UINT64_MAX;
}

static unsigned
hist_index(uint64_t v)
{
	if (v < HIST_SUB)
		return (unsigned)v;
	unsigned shift = 63 - (unsigned)__builtin_clzll(v) - HIST_SUB_BITS;
	unsigned i = (shift + 1) * HIST_SUB + (unsigned)(v >> shift) - HIST_SUB;
	return i < HIST_LEN ? i : HIST_LEN - 1;
}

static uint64_t
hist_value(unsigned i) /* the middle of bucket i */
{
	if (i < HIST_SUB)
		return i;
	unsigned shift = i / HIST_SUB - 1;
	return ((uint64_t)(i % HIST_SUB + HIST_SUB) << shift) +
	       ((1ull << shift) >> 1);
}

void
hist_add(struct hist *h, uint64_t v)
{
	h->count++;
	h->sum += v;
	if (v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
	h->bucket[hist_index(v)]++;
}

void
hist_merge(struct hist *to, const struct hist *from)
{
	to->count += from->count;
	to->sum += from->sum;
	if (from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
	for (unsigned i = 0; i < HIST_LEN; i++)
		to->bucket[i] += from->bucket[i];
}

uint64_t
hist_percentile(const struct hist *h, double p)
{
	uint64_t want = (uint64_t)(p / 100.0 * (double)h->count + 0.5),
		 seen = 0;
	if (!h->count)
		return 0;
	if (want < 1)
		want = 1;
	for (unsigned i = 0; i < HIST_LEN; i++)
		if ((seen += h->bucket[i]) >= want)
			return hist_value(i) < h->max ? hist_value(i) : h->max;
	return h->max;
}
