/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/pool.c - sizes, budget, slices.
 */
#include <stdint.h>
#include <string.h>

#include "common/bytes.h"
#include "common/pool.h"
#include "tests/unit/unit.h"

extern const struct unit_suite pool_suite;

#define KIB 1024u
#define MIB (1024u * KIB)

static void
pool_smallest_class(void)
{
	static const struct {
		size_t bytes, in_use;
	} cases[] = {
		{ 0, 0 },
		{ 1, 4 * KIB },
		{ 4 * KIB, 4 * KIB },
		{ 4 * KIB + 1, 16 * KIB },
		{ 64 * KIB, 64 * KIB },
		{ 64 * KIB + 1, 256 * KIB },
		{ 256 * KIB + 512, 260 * KIB },
		{ 8 * MIB, 8 * MIB },
	};
	struct buf_pool *pool = buf_pool_new(16 * MIB);
	struct buf_list list;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		CU_ASSERT_TRUE(buf_list_get(pool, cases[i].bytes, &list));
		CU_ASSERT_EQUAL(list.bytes, cases[i].bytes);
		CU_ASSERT_EQUAL(buf_pool_in_use(pool), cases[i].in_use);
		buf_list_put(pool, &list);
		CU_ASSERT_EQUAL(buf_pool_in_use(pool), 0);
	}
	buf_pool_free(pool);
}

static void
pool_sums_up(void)
{
	struct buf_pool *pool = buf_pool_new(16 * MIB);
	struct buf_list list;
	size_t sum = 0;
	int i;

	CU_ASSERT_TRUE_FATAL(buf_list_get(pool, MIB + 5000, &list));
	CU_ASSERT_EQUAL(list.iovcnt, 5);
	for (i = 0; i < list.iovcnt; i++) {
		sum += list.iov[i].iov_len;
		CU_ASSERT_EQUAL((uintptr_t)list.iov[i].iov_base % 4096, 0);
		memset(list.iov[i].iov_base, 0xa5, list.iov[i].iov_len);
	}
	CU_ASSERT_EQUAL(sum, MIB + 5000);
	buf_list_put(pool, &list);
	CU_ASSERT_EQUAL(list.iovcnt, 0);
	CU_ASSERT_EQUAL(list.bytes, 0);
	buf_pool_free(pool);
}

static void
pool_budget(void)
{
	struct buf_pool *pool = buf_pool_new(20 * KIB);
	struct buf_list a, b;

	CU_ASSERT_TRUE(buf_list_get(pool, 10 * KIB, &a));
	CU_ASSERT_FALSE(buf_list_get(pool, 5 * KIB, &b));
	CU_ASSERT_EQUAL(b.iovcnt, 0);
	CU_ASSERT_EQUAL(b.bytes, 0);
	CU_ASSERT_TRUE(buf_list_get(pool, 512, &b));
	CU_ASSERT_EQUAL(buf_pool_in_use(pool), 20 * KIB);
	buf_list_put(pool, &a);
	buf_list_put(pool, &b);
	buf_pool_free(pool);
}

static void
pool_failed_list_gives_back(void)
{
	struct buf_pool *pool = buf_pool_new(MIB);
	struct buf_list list;

	CU_ASSERT_FALSE(buf_list_get(pool, MIB + 1, &list));
	CU_ASSERT_EQUAL(buf_pool_in_use(pool), 0);
	CU_ASSERT_TRUE(buf_list_get(pool, MIB, &list));
	buf_list_put(pool, &list);
	buf_pool_free(pool);
}

static void
pool_budget_moves_between_classes(void)
{
	struct buf_pool *pool = buf_pool_new(256 * KIB);
	struct buf_list list, small[4];
	int i;

	CU_ASSERT_TRUE(buf_list_get(pool, 256 * KIB, &list));
	buf_list_put(pool, &list);
	for (i = 0; i < 4; i++)
		CU_ASSERT_TRUE(buf_list_get(pool, 64 * KIB, &small[i]));
	for (i = 0; i < 4; i++)
		buf_list_put(pool, &small[i]);
	CU_ASSERT_TRUE(buf_list_get(pool, 256 * KIB, &list));
	buf_list_put(pool, &list);
	buf_pool_free(pool);
}

static void
pool_too_long(void)
{
	struct buf_pool *pool = buf_pool_new(64 * MIB);
	struct buf_list list;

	CU_ASSERT_FALSE(buf_list_get(pool, 16 * MIB, &list));
	CU_ASSERT_EQUAL(buf_pool_in_use(pool), 0);
	buf_pool_free(pool);
}

static void
pool_slice(void)
{
	struct buf_pool *pool = buf_pool_new(4 * MIB);
	struct iovec v[BUF_LIST_IOV];
	struct buf_list list;

	CU_ASSERT_TRUE_FATAL(buf_list_get(pool, 600 * KIB, &list));
	CU_ASSERT_EQUAL(buf_list_slice(&list, 0, 600 * KIB, v, 33), 3);
	CU_ASSERT_EQUAL(buf_list_slice(&list, 255 * KIB, 2 * KIB, v, 33), 2);
	CU_ASSERT_PTR_EQUAL(
	    v[0].iov_base, (char *)list.iov[0].iov_base + 255 * KIB);
	CU_ASSERT_EQUAL(v[0].iov_len, KIB);
	CU_ASSERT_PTR_EQUAL(v[1].iov_base, list.iov[1].iov_base);
	CU_ASSERT_EQUAL(v[1].iov_len, KIB);
	CU_ASSERT_EQUAL(buf_list_slice(&list, 256 * KIB, 1, v, 33), 1);
	CU_ASSERT_PTR_EQUAL(v[0].iov_base, list.iov[1].iov_base);
	CU_ASSERT_EQUAL(buf_list_slice(&list, 600 * KIB, 0, v, 33), 0);
	CU_ASSERT_EQUAL(buf_list_slice(&list, 0, 600 * KIB, v, 2), 2);
	CU_ASSERT_EQUAL(v[1].iov_len, 256 * KIB);
	buf_list_put(pool, &list);
	buf_pool_free(pool);
}

static void
pool_copies(void)
{
	struct buf_pool *pool = buf_pool_new(4 * MIB);
	static char in[3 * KIB], out[3 * KIB];
	struct buf_list list;
	size_t i, at = 256 * KIB - 1000;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 7 + 1);
	CU_ASSERT_TRUE_FATAL(buf_list_get(pool, 300 * KIB, &list));
	buf_list_write(&list, at, in, sizeof(in));
	buf_list_read(&list, at, out, sizeof(out));
	CU_ASSERT_EQUAL(memcmp(in, out, sizeof(in)), 0);
	buf_list_zero(&list, at + 10, sizeof(in) - 20);
	memset(in + 10, 0, sizeof(in) - 20);
	buf_list_read(&list, at, out, sizeof(out));
	CU_ASSERT_EQUAL(memcmp(in, out, sizeof(in)), 0);
	buf_list_put(pool, &list);
	buf_pool_free(pool);
}

static void
pool_lends_spares_beside_the_budget(void)
{
	struct buf_pool *pool = buf_pool_new(0);
	void *a = buf_spare_get(pool), *b = buf_spare_get(pool);

	CU_ASSERT_PTR_NOT_NULL(a);
	CU_ASSERT_PTR_NOT_NULL(b);
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	CU_ASSERT_EQUAL(buf_pool_in_use(pool), 0);
	buf_spare_put(pool, a);
	buf_spare_put(pool, b);
	buf_spare_put(pool, NULL);
	buf_pool_free(pool);
}

static void
pool_keeps_things_of_a_kind(void)
{
	struct buf_pool *pool = buf_pool_new(4 * KIB);
	void *things[BUF_KINDS_KEPT + 1], *other;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(things); i++) {
		things[i] = buf_kind_get(pool, 0, 100);
		CU_ASSERT_PTR_NOT_NULL_FATAL(things[i]);
	}
	other = buf_kind_get(pool, 1, 200);
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	CU_ASSERT_EQUAL(buf_pool_in_use(pool), 0);
	memset(other, 'x', 200);
	buf_kind_put(pool, 1, other);
	for (i = 0; i < ARRAY_LEN(things); i++)
		buf_kind_put(pool, 0, things[i]);
	/* The last that is kept comes first; those beyond have gone. */
	other = buf_kind_get(pool, 0, 100);
	CU_ASSERT_PTR_NOT_NULL(other);
#ifndef __SANITIZE_ADDRESS__
	CU_ASSERT_PTR_EQUAL(other, things[BUF_KINDS_KEPT - 1]);
#endif
	buf_kind_put(pool, 0, other);
	buf_pool_free(pool);
}

static const struct unit_test pool_tests[] = {
	{ "the tail takes the smallest buffer that holds it",
	    pool_smallest_class },
	{ "the vectors sum up to the bytes and are page aligned",
	    pool_sums_up },
	{ "the budget counts whole buffers", pool_budget },
	{ "a list that fails gives everything back",
	    pool_failed_list_gives_back },
	{ "free buffers do not hold up other sizes",
	    pool_budget_moves_between_classes },
	{ "more than a list holds is refused", pool_too_long },
	{ "slices cross buffers", pool_slice },
	{ "things of a kind are kept, the last is lent first",
	    pool_keeps_things_of_a_kind },
	{ "spare buffers are lent beside the budget",
	    pool_lends_spares_beside_the_budget },
	{ "copies and zeroes cross buffers", pool_copies },
	{ NULL, NULL },
};

const struct unit_suite pool_suite = { "pool", pool_tests };
