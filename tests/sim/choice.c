/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/choice.c - decisions from a seed (splitmix64) or from a script.
 */
#include "tests/sim/sim.h"

static uint64_t
choice_next(struct choice *c)
{
	uint64_t z = (c->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t
choose(struct choice *c, uint32_t n)
{
	uint32_t v = 0;
	uint32_t range;

	if (c->bytes == NULL)
		return (uint32_t)(choice_next(c) % n);
	for (range = n - 1; range > 0; range >>= 8) {
		if (c->left == 0)
			return 0;
		v = v << 8 | *c->bytes++;
		c->left--;
	}
	return v % n;
}

bool
choose_one_in(struct choice *c, uint32_t n)
{
	return choose(c, n) == n - 1;
}
