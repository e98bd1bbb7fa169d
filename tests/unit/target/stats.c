/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/stats.c - what is counted of commands, and for how long
 * it is kept.
 */
#include <stdlib.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite stats_suite;

static void
stats_pass(struct kit *k, uint64_t us)
{
	k->homes[0].home.now_us += us;
}

static void
stats_of_kinds(void)
{
	struct kit *k = kit_new();
	uint8_t cdb[16] = { 0 }, *data = calloc(1, 2048);
	struct stats s;

	kit_cdb_read10(cdb, 0, 8);
	kit_run(k, cdb, NULL, 0, 4096);
	kit_cdb_write10(cdb, 0, 4);
	kit_run(k, cdb, data, 2048, 0);
	stats_of_lu(k->lu, &s);
	CU_ASSERT_EQUAL(s.kinds[STATS_READ].commands, 1);
	CU_ASSERT_EQUAL(s.kinds[STATS_READ].bytes, 4096);
	CU_ASSERT_EQUAL(s.kinds[STATS_WRITE].commands, 1);
	CU_ASSERT_EQUAL(s.kinds[STATS_WRITE].bytes, 2048);
	CU_ASSERT_EQUAL(s.store.reads, 1);
	CU_ASSERT_EQUAL(s.store.read_bytes, 4096);
	CU_ASSERT_EQUAL(s.store.writes, 1);
	CU_ASSERT_EQUAL(s.store.write_bytes, 2048);
	CU_ASSERT_EQUAL(stats_depth(&s), 0);
	kit_cdb_read10(cdb, KIT_BLOCKS, 1);
	kit_run(k, cdb, NULL, 0, 512);
	stats_of_lu(k->lu, &s);
	CU_ASSERT_EQUAL(s.kinds[STATS_READ].commands, 1);
	CU_ASSERT_EQUAL(s.ends[SENSE_ILLEGAL_REQUEST], 1);
	CU_ASSERT_EQUAL(s.store.reads, 1);
	free(data);
	kit_free(k);
}

/* A READ that is at its store for that long falls into that bucket. */
static void
stats_time_one(struct kit *k, uint64_t us, unsigned bucket)
{
	struct stats before, after;
	struct kit_task *kt;
	uint8_t cdb[16] = { 0 };

	stats_of_lu(k->lu, &before);
	kit_cdb_read10(cdb, 0, 1);
	k->store.hold = true;
	kt = kit_task_new(k, 0, cdb, 0, 512);
	kit_task_start(kt, 0);
	stats_of_lu(k->lu, &after);
	CU_ASSERT_EQUAL(stats_depth(&after), 1);
	stats_pass(k, us);
	kit_release_all(k);
	kit_task_free(kt);
	k->store.hold = false;
	stats_of_lu(k->lu, &after);
	CU_ASSERT_EQUAL(after.kinds[STATS_READ].buckets[bucket],
	    before.kinds[STATS_READ].buckets[bucket] + 1);
	CU_ASSERT_EQUAL(after.kinds[STATS_READ].microseconds,
	    before.kinds[STATS_READ].microseconds + us);
}

static void
stats_buckets(void)
{
	struct kit *k = kit_new();
	unsigned i;

	stats_time_one(k, 0, 0);
	stats_time_one(k, 31, 0);
	for (i = 0; i + 1 < STATS_BUCKETS; i++)
		stats_time_one(k, stats_bucket_us(i), i + 1);
	stats_time_one(k, UINT64_C(1) << 50, STATS_BUCKETS - 1);
	kit_free(k);
}

static void
stats_outlive_the_nexus(void)
{
	struct kit *k = kit_new();
	uint8_t cdb[16] = { 0 };
	struct stats all, one;

	kit_cdb_read10(cdb, 0, 1);
	kit_run_at(k, 1, 0, cdb, NULL, 0, 512);
	stats_of_nexus(k->nexus[1], &one);
	CU_ASSERT_EQUAL(one.kinds[STATS_READ].commands, 1);
	stats_of_nexus(k->nexus[0], &one);
	CU_ASSERT_EQUAL(one.kinds[STATS_READ].commands, 0);
	kit_detach(k, 1);
	stats_of_lu(k->lu, &all);
	CU_ASSERT_EQUAL(all.kinds[STATS_READ].commands, 1);
	CU_ASSERT_EQUAL(all.store.read_bytes, 512);
	kit_free(k);
}

static const struct unit_test stats_tests[] = {
	{ "reads, writes and refusals are counted apart", stats_of_kinds },
	{ "a command falls into the bucket of its duration", stats_buckets },
	{ "what a nexus did stays with the LU", stats_outlive_the_nexus },
	{ NULL, NULL },
};

const struct unit_suite stats_suite = { "stats", stats_tests };
