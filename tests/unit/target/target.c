/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/target.c - LUN maps.
 */
#include "tests/unit/target/kit.h"

extern const struct unit_suite target_suite;

static void
target_luns_ascend(void)
{
	struct kit *k = kit_new();

	CU_ASSERT_TRUE(target_add_lun(k->target, 7, k->lu, false, NULL, 0));
	CU_ASSERT_TRUE(target_add_lun(k->target, 3, k->lu, true, NULL, 0));
	CU_ASSERT_TRUE(
	    target_add_lun(k->target, LUN_MAX, k->lu, false, NULL, 0));
	target_check(k->target);
	CU_ASSERT_EQUAL(k->target->lun_count, 4);
	CU_ASSERT_EQUAL(k->target->luns[1].lun, 3);
	CU_ASSERT_TRUE(k->target->luns[1].read_only);
	kit_free(k);
}

static void
target_refuses_taken_lun(void)
{
	struct kit *k = kit_new();

	CU_ASSERT_FALSE(target_add_lun(k->target, 0, k->lu, false, NULL, 0));
	CU_ASSERT_EQUAL(k->target->lun_count, 1);
	kit_free(k);
}

static void
target_refuses_lun_too_large(void)
{
	struct kit *k = kit_new();

	CU_ASSERT_FALSE(
	    target_add_lun(k->target, LUN_MAX + 1, k->lu, false, NULL, 0));
	kit_free(k);
}

static void
target_masks_by_glob(void)
{
	static char first[] = "iqn.2026-01.example:host-?",
		    second[] = "iqn.2026-01.example:backup";
	static char *const names[] = { first, second };
	struct lun_mapping m = { .initiator_names = (char **)names,
		.initiator_name_count = 2 };

	CU_ASSERT_TRUE(lun_mapping_visible(&m, "iqn.2026-01.example:host-a"));
	CU_ASSERT_TRUE(lun_mapping_visible(&m, "iqn.2026-01.example:backup"));
	CU_ASSERT_FALSE(lun_mapping_visible(&m, "iqn.2026-01.example:host-aa"));
	CU_ASSERT_FALSE(lun_mapping_visible(&m, ""));
}

static void
target_without_globs_is_seen_by_all(void)
{
	struct lun_mapping m = { 0 };

	CU_ASSERT_TRUE(lun_mapping_visible(&m, "iqn.2026-01.example:any"));
}

static const struct unit_test target_tests[] = {
	{ "LUNs are kept ascending", target_luns_ascend },
	{ "a LUN number is taken once", target_refuses_taken_lun },
	{ "LUN numbers end at 16383", target_refuses_lun_too_large },
	{ "globs choose who sees a LUN", target_masks_by_glob },
	{ "without globs all see it", target_without_globs_is_seen_by_all },
	{ NULL, NULL },
};

const struct unit_suite target_suite = { "target", target_tests };
