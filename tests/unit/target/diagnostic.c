/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/diagnostic.c - SEND DIAGNOSTIC.
 */
#include <errno.h>

#include "tests/unit/target/block.h"

extern const struct unit_suite diagnostic_suite;

/* PF, DEVOFFL and UNITOFFL change nothing. */
static const struct block_cdb self_test = { { 0x1d, 0x17 } };

static void
a_self_test_flushes_and_reads(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	kit_log_clear(k);
	r = block_take(k, self_test, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 3);
	CU_ASSERT_EQUAL(k->store.log[0].op, BS_FLUSH);
	CU_ASSERT_EQUAL(k->store.log[1].op, BS_READ);
	CU_ASSERT_EQUAL(k->store.log[1].offset, 0);
	CU_ASSERT_EQUAL(k->store.log[2].op, BS_READ);
	CU_ASSERT_EQUAL(k->store.log[2].offset, (KIT_BLOCKS - 1) * 512);
	CU_ASSERT_EQUAL(k->store.log[2].length, 512);
	kit_free(k);
}

static void
a_store_that_fails_fails_its_self_test(void)
{
	static const enum bs_op ops[] = { BS_FLUSH, BS_READ };
	struct kit *k;
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(ops); i++) {
		k = kit_new();
		k->store.fail[ops[i]] = -EIO;
		r = block_take(k, self_test, 0);
		CU_ASSERT(kit_is_check(&r, SENSE_HARDWARE_ERROR, 0x3e, 0x03));
		kit_free(k);
	}
}

static void
what_passes_fails_no_self_test(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_READ] = -EAGAIN;
	r = block_take(k, self_test, 0);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_BUSY);
	k->store.fail[BS_READ] = -ENOTCONN;
	r = block_take(k, self_test, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x01));
	kit_free(k);
}

static void
without_selftest_nothing_is_done(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	kit_log_clear(k);
	r = block_take(k, (struct block_cdb){ { 0x1d, 0x10 } }, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

/* SELF-TEST CODE, and diagnostic pages. */
static void
other_diagnostics_are_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	r = block_take(k, (struct block_cdb){ { 0x1d, 0x20 } }, 0);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 5));
	r = block_take(k, (struct block_cdb){ { 0x1d, 0x10, 0, 0, 4 } }, 0);
	CU_ASSERT(kit_is_invalid_cdb(&r, 4, 2));
	kit_free(k);
}

/* clang-format off */
static const struct unit_test diagnostic_tests[] = {
	{ "a self-test flushes and reads", a_self_test_flushes_and_reads },
	{ "a store that fails fails its self-test",
	  a_store_that_fails_fails_its_self_test },
	{ "what passes fails no self-test", what_passes_fails_no_self_test },
	{ "without SELFTEST nothing is done", without_selftest_nothing_is_done },
	{ "other diagnostics are refused", other_diagnostics_are_refused },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite diagnostic_suite = { "diagnostic", diagnostic_tests };
