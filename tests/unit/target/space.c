/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/space.c - thresholds of space, and the pages about them.
 */
#include <errno.h>

#include "tests/unit/target/block.h"

#define MIB     (UINT64_C(1) << 20)
#define LBPERE  0x80 /* byte 7 of page 01h */
#define TP_SOFT 0x38, 0x07

/* used: threshold 100 MiB, slack 10; available: threshold 50, slack 10. */
static unsigned
space_say(struct kit *k, uint64_t used_mib, uint64_t available_mib)
{
	const struct space_level levels[SPACE_RESOURCES] = {
		[SPACE_USED] = { used_mib * MIB, 100 * MIB, 10 * MIB },
		[SPACE_AVAILABLE] = { available_mib * MIB, 50 * MIB, 10 * MIB },
	};

	return space_note(k->lu, levels);
}

static struct kit_result
space_test_ready(struct kit *k, unsigned nexus)
{
	const uint8_t cdb[16] = { 0 };

	return kit_run_at(k, nexus, 0, cdb, NULL, 0, 0);
}

static bool
space_is_told(struct kit *k, unsigned nexus, uint64_t information)
{
	struct kit_result r = space_test_ready(k, nexus);

	return kit_is_check(&r, SENSE_UNIT_ATTENTION, TP_SOFT) &&
	       r.outcome.has_information &&
	       r.outcome.information == information;
}

static bool
space_is_quiet(struct kit *k, unsigned nexus)
{
	struct kit_result r = space_test_ready(k, nexus);

	return kit_is_good(&r);
}

static void
every_nexus_is_told_once(void)
{
	struct kit *k = kit_new();
	unsigned i;

	CU_ASSERT_EQUAL(space_say(k, 99, 500), 0);
	CU_ASSERT(space_is_quiet(k, 0));
	CU_ASSERT_EQUAL(space_say(k, 100, 500), 1u << SPACE_USED);
	for (i = 0; i < KIT_HOMES; i++) {
		CU_ASSERT(space_is_told(k, i, 24));
		CU_ASSERT(space_is_quiet(k, i));
	}
	CU_ASSERT_EQUAL(space_say(k, 120, 500), 0);
	CU_ASSERT(space_is_quiet(k, 1));
	kit_free(k);
}

static void
it_is_armed_again_behind_the_slack(void)
{
	struct kit *k = kit_new();

	space_say(k, 100, 500);
	CU_ASSERT(space_is_told(k, 0, 24));
	CU_ASSERT_EQUAL(space_say(k, 95, 500), 0);
	CU_ASSERT_EQUAL(space_say(k, 101, 500), 0);
	CU_ASSERT(space_is_quiet(k, 0));
	CU_ASSERT_EQUAL(space_say(k, 89, 500), 1u << SPACE_USED);
	CU_ASSERT(space_is_quiet(k, 0));
	CU_ASSERT_EQUAL(space_say(k, 101, 500), 1u << SPACE_USED);
	CU_ASSERT(space_is_told(k, 0, 24));
	kit_free(k);
}

static void
a_pool_is_told_of_on_its_own(void)
{
	struct kit *k = kit_new();

	CU_ASSERT_EQUAL(space_say(k, 10, 50), 1u << SPACE_AVAILABLE);
	CU_ASSERT(space_is_told(k, 0, 16));
	CU_ASSERT(space_is_quiet(k, 0));
	CU_ASSERT_EQUAL(space_say(k, 10, 60), 0);
	CU_ASSERT_EQUAL(space_say(k, 10, 61), 1u << SPACE_AVAILABLE);
	CU_ASSERT_EQUAL(
	    space_say(k, 200, 0), 1u << SPACE_AVAILABLE | 1u << SPACE_USED);
	CU_ASSERT(space_is_told(k, 0, 16));
	CU_ASSERT(space_is_told(k, 0, 24));
	kit_free(k);
}

static void
what_is_not_known_crosses_nothing(void)
{
	const struct space_level levels[SPACE_RESOURCES] = {
		[SPACE_USED] = { SPACE_UNKNOWN, 100 * MIB, 0 },
		[SPACE_AVAILABLE] = { 0, 0, 0 }, /* no threshold */
	};
	struct kit *k = kit_new();

	CU_ASSERT_EQUAL(space_note(k->lu, levels), 0);
	CU_ASSERT(space_is_quiet(k, 0));
	kit_free(k);
}

/* ---- pages ---- */

static struct kit_result
space_mode(struct kit *k, uint8_t page, uint8_t subpage)
{
	const uint8_t cdb[16] = { 0x1a, 0x08, page, subpage, 255 };

	return kit_run(k, cdb, NULL, 0, 255);
}

static void
lbpere_silences_it(void)
{
	struct kit *k = kit_new();
	uint8_t list[4 + 12] = { 0 };
	struct kit_result r;

	r = space_mode(k, 0x01, 0);
	CU_ASSERT_EQUAL(r.data_in[4 + 7], LBPERE);
	memcpy(list + 4, r.data_in + 4, 12);
	list[4 + 7] = 0;
	r = kit_run(k, (const uint8_t[16]){ 0x15, 0x10, 0, 0, sizeof(list) },
	    list, sizeof(list), 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(space_say(k, 100, 500), 1u << SPACE_USED);
	CU_ASSERT(space_is_quiet(k, 0));
	kit_free(k);
}

static void
the_thresholds_are_a_mode_page(void)
{
	static const uint8_t expected[16] = {
		0x80, 0x01, 0, 0, 0, 0, 0, 25, /* available, decreasing */
		0x81, 0x02, 0, 0, 0, 0, 0, 50, /* used, increasing */
	};
	struct kit *k = kit_new();
	struct kit_result r = space_mode(k, 0x1c, 0x02);

	CU_ASSERT(kit_is_invalid_cdb(&r, 3, -1));
	space_say(k, 0, 500);
	r = space_mode(k, 0x1c, 0x02);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 32);
	CU_ASSERT_EQUAL(r.data_in[4], 0x5c);
	CU_ASSERT_EQUAL(r.data_in[5], 0x02);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 6), 28);
	CU_ASSERT(memcmp(r.data_in + 4 + 16, expected, 16) == 0);
	r = space_mode(k, 0x3f, 0x00);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 12 + 20 + 12 + 12);
	r = space_mode(k, 0x3f, 0xff);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 12 + 20 + 12 + 32 + 12 + 32);
	r = space_mode(k, 0x1c, 0xff);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 12 + 32);
	kit_free(k);
}

static struct kit_result
space_select(struct kit *k, unsigned byte, uint8_t value)
{
	uint8_t list[4 + 32] = { 0 };
	struct kit_result r = space_mode(k, 0x1c, 0x02);

	memcpy(list + 4, r.data_in + 4, 32);
	if (byte > 0)
		list[4 + byte] = value;
	return kit_run(k, (const uint8_t[16]){ 0x15, 0x10, 0, 0, sizeof(list) },
	    list, sizeof(list), 0);
}

static void
initiators_do_not_set_thresholds(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	space_say(k, 0, 500);
	r = space_select(k, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	r = space_select(k, 23, 26);
	CU_ASSERT(kit_is_invalid_list(&r, 4 + 23, 1));
	r = space_select(k, 1, 0x03); /* no such subpage */
	CU_ASSERT(kit_is_invalid_list(&r, 4, 6));
	r = space_select(k, 3, 27); /* its length */
	CU_ASSERT(kit_is_invalid_list(&r, 4 + 2, -1));
	kit_free(k);
}

static void
another_threshold_is_told_as_a_mode_change(void)
{
	struct kit *k = kit_new();
	const struct space_level levels[SPACE_RESOURCES] = {
		[SPACE_USED] = { 0, 60 * MIB, 10 * MIB },
		[SPACE_AVAILABLE] = { 500 * MIB, 50 * MIB, 10 * MIB },
	};
	struct kit_result r;

	space_say(k, 0, 500);
	CU_ASSERT(space_is_quiet(k, 0));
	space_note(k->lu, levels);
	r = space_test_ready(k, 2);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x2a, 0x01));
	kit_free(k);
}

static void
log_sense_counts_threshold_sets(void)
{
	static const uint8_t expected[] = { 0x8c, 0, 0, 24, 0, 1, 0x23, 8, 0, 0,
		0, 40, 2, 0, 0, 0, 0, 2, 0x23, 8, 0, 0, 0, 8, 1, 0, 0, 0 };
	const uint8_t cdb[16] = { 0x4d, 0, 0x40 | 0x0c, 0, 0, 0, 0, 0, 255 };
	const uint8_t second[16] = { 0x4d, 0, 0x40 | 0x0c, 0, 0, 0, 2, 0, 255 };
	const uint8_t third[16] = { 0x4d, 0, 0x40 | 0x0c, 0, 0, 0, 3, 0, 255 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 255);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 5));
	space_say(k, 15, 81);
	r = kit_run(k, cdb, NULL, 0, 255);
	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(r.data_in, expected, sizeof(expected)) == 0);
	r = kit_run(k, second, NULL, 0, 255);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 12);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 4), 2);
	r = kit_run(k, third, NULL, 0, 255);
	CU_ASSERT(kit_is_invalid_cdb(&r, 5, -1));
	kit_free(k);
}

static void
the_exponent_says_two_mib(void)
{
	const uint8_t cdb[16] = { 0x12, 0x01, 0xb2, 0, 255 };
	const struct kit_options big = { .block_size = 4096 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 255);

	CU_ASSERT_EQUAL(r.data_in[4], 0);
	space_say(k, 0, 500);
	r = kit_run(k, cdb, NULL, 0, 255);
	CU_ASSERT_EQUAL(r.data_in[4], 12);
	kit_free(k);
	k = kit_new_with(&big);
	space_say(k, 0, 500);
	r = kit_run(k, cdb, NULL, 0, 255);
	CU_ASSERT_EQUAL(r.data_in[4], 9);
	kit_free(k);
}

static void
a_unit_that_cannot_unmap_has_no_such_pages(void)
{
	const uint8_t cdb[16] = { 0x4d, 0, 0x40 | 0x0c, 0, 0, 0, 0, 0, 255 };
	const struct kit_options plain = { .plain = true };
	struct kit *k = kit_new_with(&plain);
	struct kit_result r;

	space_say(k, 0, 500);
	r = kit_run(k, cdb, NULL, 0, 255);
	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 5));
	r = space_mode(k, 0x1c, 0x02);
	CU_ASSERT(kit_is_invalid_cdb(&r, 3, -1));
	r = space_mode(k, 0x01, 0);
	CU_ASSERT_EQUAL(r.data_in[4 + 7], 0);
	kit_free(k);
}

/* ---- writes without room ---- */

static void
each_error_of_no_room_is_one_answer(void)
{
	static const int errors[] = { -ENOSPC, -EDQUOT, -EFBIG };
	static const uint8_t opcodes[] = { 0x0a, 0x2a, 0xaa, 0x8a, 0x2e, 0x8e,
		0x8b };
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned i, c, count = 0;

	for (i = 0; i < ARRAY_LEN(errors); i++) {
		k->store.fail[BS_WRITE] = errors[i];
		for (c = 0; c < ARRAY_LEN(opcodes); c++) {
			r = block_send(k, block_cdb(opcodes[c], 0, 1), 1, 512);
			CU_ASSERT(
			    kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x07));
			CU_ASSERT_EQUAL(atomic_load(&k->lu->no_space), ++count);
		}
	}
	k->store.fail[BS_WRITE] = -EIO;
	block_send(k, block_cdb(0x2a, 0, 1), 1, 512);
	CU_ASSERT_EQUAL(atomic_load(&k->lu->no_space), count);
	k->store.fail[BS_WRITE] = 0;
	r = block_send(k, block_cdb(0x2a, 0, 1), 1, 512);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

/* clang-format off */
static const struct unit_test space_tests[] = {
	{ "every nexus is told once", every_nexus_is_told_once },
	{ "it is armed again behind the slack",
	  it_is_armed_again_behind_the_slack },
	{ "a pool is told of on its own", a_pool_is_told_of_on_its_own },
	{ "what is not known crosses nothing",
	  what_is_not_known_crosses_nothing },
	{ "LBPERE silences it", lbpere_silences_it },
	{ "the thresholds are a mode page", the_thresholds_are_a_mode_page },
	{ "initiators do not set thresholds",
	  initiators_do_not_set_thresholds },
	{ "another threshold is told as a mode change",
	  another_threshold_is_told_as_a_mode_change },
	{ "LOG SENSE counts threshold sets", log_sense_counts_threshold_sets },
	{ "the exponent says 2 MiB", the_exponent_says_two_mib },
	{ "a unit that cannot unmap has no such pages",
	  a_unit_that_cannot_unmap_has_no_such_pages },
	{ "each error of no room is one answer",
	  each_error_of_no_room_is_one_answer },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite space_suite = { "space", space_tests };
