/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/span.c - target/span.c: bytes of buffer lists.
 */
#include <string.h>

#include "target/span.h"
#include "tests/unit/unit.h"

#define BYTES 48

/* Two lists over plain memory, cut at different places. */
struct pair {
	uint8_t a[BYTES], b[BYTES];
	struct buf_list la, lb;
};

static void
pair_cut(struct buf_list *list, uint8_t *memory, size_t cut)
{
	list->iov[0] = (struct iovec){ memory, cut };
	list->iov[1] = (struct iovec){ memory + cut, BYTES - cut };
	list->iovcnt = 2;
	list->bytes = BYTES;
}

static void
pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	memset(p->a, 'x', BYTES);
	memset(p->b, 'x', BYTES);
	pair_cut(&p->la, p->a, 10);
	pair_cut(&p->lb, p->b, 31);
}

static void
equal_lists_have_no_difference(void)
{
	struct pair p;

	pair_init(&p);
	CU_ASSERT_EQUAL(span_compare(&p.la, 0, &p.lb, 0, BYTES), BYTES);
	CU_ASSERT_EQUAL(span_compare(&p.la, 0, &p.lb, 0, 0), 0);
}

static void
the_first_difference_is_found_wherever_it_is(void)
{
	struct pair p;
	size_t i;

	for (i = 0; i < BYTES; i++) {
		pair_init(&p);
		p.b[i] = 'y';
		p.b[BYTES - 1] = 'y';
		CU_ASSERT_EQUAL(span_compare(&p.la, 0, &p.lb, 0, BYTES), i);
	}
}

static void
offsets_are_into_each_list(void)
{
	struct pair p;

	pair_init(&p);
	p.a[12] = 'y';
	p.b[33] = 'y';
	CU_ASSERT_EQUAL(span_compare(&p.la, 9, &p.lb, 30, 10), 10);
	CU_ASSERT_EQUAL(span_compare(&p.la, 9, &p.lb, 29, 10), 3);
}

static void
copying_changes_only_its_range(void)
{
	struct pair p;

	pair_init(&p);
	memset(p.b, 'z', BYTES);
	span_copy(&p.la, 5, &p.lb, 25, 20);
	CU_ASSERT_EQUAL(p.a[4], 'x');
	CU_ASSERT_EQUAL(span_compare(&p.la, 5, &p.lb, 0, 20), 20);
	CU_ASSERT_EQUAL(p.a[25], 'x');
}

static void
or_keeps_the_bits_of_both(void)
{
	struct pair p;

	pair_init(&p);
	memset(p.a, 0x11, BYTES);
	memset(p.b, 0x22, BYTES);
	span_or(&p.la, 8, &p.lb, 30, 4);
	CU_ASSERT_EQUAL(p.a[7], 0x11);
	CU_ASSERT_EQUAL(p.a[8], 0x33);
	CU_ASSERT_EQUAL(p.a[11], 0x33);
	CU_ASSERT_EQUAL(p.a[12], 0x11);
}

static void
one_bit_is_not_zero(void)
{
	struct pair p;
	size_t i;

	for (i = 0; i < BYTES; i++) {
		pair_init(&p);
		memset(p.a, 0, BYTES);
		CU_ASSERT_TRUE(span_is_zero(&p.la, 0, BYTES));
		p.a[i] = 1;
		CU_ASSERT_FALSE(span_is_zero(&p.la, 0, BYTES));
	}
}

static void
filling_repeats_the_pattern(void)
{
	struct pair p;
	size_t i;

	pair_init(&p);
	memcpy(p.b, "0123456789abcdef", 16);
	span_fill(&p.la, &p.lb, 16);
	for (i = 0; i < BYTES; i += 16)
		CU_ASSERT_EQUAL(memcmp(p.a + i, p.b, 16), 0);
}

static const struct unit_test span_tests[] = {
	{ "equal lists have no difference", equal_lists_have_no_difference },
	{ "the first difference is found wherever it is",
	    the_first_difference_is_found_wherever_it_is },
	{ "offsets are into each list", offsets_are_into_each_list },
	{ "copying changes only its range", copying_changes_only_its_range },
	{ "or keeps the bits of both", or_keeps_the_bits_of_both },
	{ "one bit is not zero", one_bit_is_not_zero },
	{ "filling repeats the pattern", filling_repeats_the_pattern },
	{ NULL, NULL },
};

const struct unit_suite span_suite = { "span", span_tests };
