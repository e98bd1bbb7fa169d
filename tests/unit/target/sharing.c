/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/sharing.c - the guard against a second writer.
 *
 * The kit's nexuses 0 and 1 have different initiator names.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "target/sharing.h"
#include "tests/unit/target/kit.h"
#include "tests/unit/target/pr_kit.h"

extern const struct unit_suite sharing_suite;

static unsigned warnings;

static void
sharing_count(void *ctx, enum log_level level, const char *line)
{
	warnings += strstr(line, "second writer") != NULL;
}

static struct kit *
sharing_kit(enum lu_sharing sharing)
{
	warnings = 0;
	log_set_sink(sharing_count, NULL);
	return kit_new_with(
	    &(struct kit_options){ .lu = { .sharing = sharing } });
}

static void
sharing_kit_free(struct kit *k)
{
	kit_free(k);
	log_set_sink(NULL, NULL);
}

static struct kit_result
sharing_write(struct kit *k, unsigned nexus)
{
	static const uint8_t data[512];
	uint8_t cdb[16] = { 0 };
	struct kit_result r;

	kit_cdb_write10(cdb, 0, 1);
	nexus_lu_take_attention(k->nexus[nexus]->lus[0]);
	r = kit_run_at(k, nexus, 0, cdb, data, 512, 0);
	return r;
}

static bool
sharing_is_refused(const struct kit_result *r)
{
	return kit_is_check(r, SENSE_DATA_PROTECT, 0x27, 0x00);
}

static void
warn_allows_and_tells_once(void)
{
	struct kit *k = sharing_kit(LU_SHARING_WARN);
	struct kit_result r = sharing_write(k, 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(warnings, 0);
	r = sharing_write(k, 1);
	CU_ASSERT(kit_is_good(&r));
	r = sharing_write(k, 1);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(warnings, 1);
	sharing_kit_free(k);
}

static void
exclusive_refuses_the_second_writer(void)
{
	struct kit *k = sharing_kit(LU_SHARING_EXCLUSIVE);
	struct kit_result r = sharing_write(k, 0);

	CU_ASSERT(kit_is_good(&r));
	r = sharing_write(k, 1);
	CU_ASSERT(sharing_is_refused(&r));
	r = sharing_write(k, 1);
	CU_ASSERT(sharing_is_refused(&r));
	CU_ASSERT_EQUAL(warnings, 1);
	r = sharing_write(k, 0);
	CU_ASSERT(kit_is_good(&r));
	sharing_kit_free(k);
}

static void
exclusive_lets_the_second_read(void)
{
	struct kit *k = sharing_kit(LU_SHARING_EXCLUSIVE);
	uint8_t cdb[16] = { 0 };
	struct kit_result r = sharing_write(k, 0);

	kit_cdb_read10(cdb, 0, 1);
	nexus_lu_take_attention(k->nexus[1]->lus[0]);
	r = kit_run_at(k, 1, 0, cdb, NULL, 0, 512);
	CU_ASSERT(kit_is_good(&r));
	sharing_kit_free(k);
}

static void
exclusive_ends_when_the_first_has_gone(void)
{
	struct kit *k = sharing_kit(LU_SHARING_EXCLUSIVE);
	struct kit_result r = sharing_write(k, 0);

	r = sharing_write(k, 1);
	CU_ASSERT(sharing_is_refused(&r));
	kit_detach(k, 0);
	r = sharing_write(k, 1);
	CU_ASSERT(kit_is_good(&r));
	sharing_kit_free(k);
}

static void
one_name_with_two_isids_never_conflicts(void)
{
	struct kit *k = sharing_kit(LU_SHARING_EXCLUSIVE);
	struct kit_result r;

	strcpy(k->nexus[1]->initiator_name, k->nexus[0]->initiator_name);
	r = sharing_write(k, 0);
	CU_ASSERT(kit_is_good(&r));
	r = sharing_write(k, 1);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(warnings, 0);
	sharing_kit_free(k);
}

static void
a_registered_nexus_never_conflicts(void)
{
	struct kit *k = sharing_kit(LU_SHARING_EXCLUSIVE);
	struct kit_result r = sharing_write(k, 0);

	nexus_lu_take_attention(k->nexus[1]->lus[0]);
	pr_register(k, 1, 0x1234);
	r = sharing_write(k, 1);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(warnings, 0);
	sharing_kit_free(k);
}

static void
shared_is_silent(void)
{
	struct kit *k = sharing_kit(LU_SHARING_SHARED);
	struct kit_result r = sharing_write(k, 0);

	r = sharing_write(k, 1);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(warnings, 0);
	sharing_kit_free(k);
}

static bool
sharing_is_between(struct kit *k, unsigned second, unsigned holder)
{
	struct sharing_conflict c;

	return sharing_find_conflict(k->lu, &c) &&
	       strcmp(c.second, k->nexus[second]->initiator_name) == 0 &&
	       strcmp(c.holder, k->nexus[holder]->initiator_name) == 0;
}

static void
a_conflict_is_there_until_one_has_gone(void)
{
	struct kit *k = sharing_kit(LU_SHARING_WARN);
	struct sharing_conflict c;

	sharing_write(k, 0);
	CU_ASSERT_FALSE(sharing_find_conflict(k->lu, &c));
	sharing_write(k, 1);
	CU_ASSERT(sharing_is_between(k, 1, 0));
	CU_ASSERT(sharing_find_conflict(k->lu, &c) && !c.refused);
	kit_detach(k, 0);
	CU_ASSERT_FALSE(sharing_find_conflict(k->lu, &c));
	sharing_kit_free(k);
}

static void
a_conflict_ends_by_a_registration(void)
{
	struct kit *k = sharing_kit(LU_SHARING_EXCLUSIVE);
	struct sharing_conflict c;

	sharing_write(k, 0);
	sharing_write(k, 1);
	CU_ASSERT(sharing_is_between(k, 1, 0));
	CU_ASSERT(sharing_find_conflict(k->lu, &c) && c.refused);
	pr_register(k, 1, 0x1234);
	CU_ASSERT_FALSE(sharing_find_conflict(k->lu, &c));
	sharing_kit_free(k);
}

static const struct unit_test sharing_tests[] = {
	{ "warn lets a second writer in and tells once",
	    warn_allows_and_tells_once },
	{ "exclusive refuses the second writer with 07/27/00",
	    exclusive_refuses_the_second_writer },
	{ "exclusive lets the second read", exclusive_lets_the_second_read },
	{ "exclusive ends when the first has gone",
	    exclusive_ends_when_the_first_has_gone },
	{ "one name with two ISIDs never conflicts",
	    one_name_with_two_isids_never_conflicts },
	{ "a registered nexus never conflicts",
	    a_registered_nexus_never_conflicts },
	{ "shared is silent", shared_is_silent },
	{ "a conflict is there until one has gone",
	    a_conflict_is_there_until_one_has_gone },
	{ "a conflict ends by a registration",
	    a_conflict_ends_by_a_registration },
	{ NULL, NULL },
};

const struct unit_suite sharing_suite = { "sharing", sharing_tests };
