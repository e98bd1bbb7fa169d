/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_histogram.c - latencies: log-linear, 64 steps per power of
 * two (under 1.6 %).
 */
#include "tests/bench/load.h"

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
