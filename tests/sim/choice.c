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

/* As choice_read() will want it. */
static void
choice_write(struct script *s, uint32_t v, uint32_t n)
{
	uint32_t range, bytes = 0;
	uint32_t *end = &s->starts[s->events];

	for (range = n - 1; range > 0; range >>= 8)
		bytes++;
	if (*end + bytes > SCRIPT_BYTES)
		return;
	while (bytes-- > 0)
		s->bytes[(*end)++] = (uint8_t)(v >> (8 * bytes));
}

static uint32_t
choice_read(struct choice *c, uint32_t n)
{
	uint32_t v = 0;
	uint32_t range;

	for (range = n - 1; range > 0; range >>= 8) {
		if (c->left == 0)
			return 0;
		v = v << 8 | *c->bytes++;
		c->left--;
	}
	return v % n;
}

uint32_t
choose(struct choice *c, uint32_t n)
{
	uint32_t v;

	if (c->bytes != NULL)
		return choice_read(c, n);
	v = (uint32_t)(choice_next(c) % n);
	if (c->record != NULL)
		choice_write(c->record, v, n);
	return v;
}

bool
choose_one_in(struct choice *c, uint32_t n)
{
	return choose(c, n) == n - 1;
}

void
choose_end(struct choice *c)
{
	if (c->replay != NULL)
		return;
	choose_piece(c);
	if (c->record != NULL)
		c->record->ended = true;
}

bool
choose_piece(struct choice *c)
{
	const struct script *s = c->replay;
	struct script *r = c->record;

	if (r != NULL) {
		if (r->events + 1 >= SCRIPT_EVENTS)
			return false;
		r->events++;
		r->starts[r->events] = r->starts[r->events - 1];
	}
	if (s == NULL)
		return c->bytes == NULL || c->left > 0;
	if (c->next >= s->events)
		return false;
	c->bytes = s->bytes + s->starts[c->next];
	c->left = s->starts[c->next + 1] - s->starts[c->next];
	c->next++;
	return c->next < s->events;
}
