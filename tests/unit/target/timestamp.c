/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/timestamp.c - REPORT and SET TIMESTAMP.
 */
#include <string.h>

#include "target/timestamp.h"
#include "tests/unit/target/kit.h"

extern const struct unit_suite timestamp_suite;

#define CDB(...) ((const uint8_t[16]){ __VA_ARGS__ })

static struct kit *
timestamp_kit(void)
{
	struct kit *k = kit_new();
	unsigned i;

	for (i = 0; i < KIT_HOMES; i++)
		k->homes[i].home.now_ms = 5000;
	timestamp_power_on(k->lu, 5000);
	return k;
}

static void
timestamp_pass(struct kit *k, unsigned ms)
{
	unsigned i;

	for (i = 0; i < KIT_HOMES; i++)
		k->homes[i].home.now_ms += ms;
}

static struct kit_result
timestamp_report(struct kit *k)
{
	return kit_run(
	    k, CDB(0xa3, 0x0f, 0, 0, 0, 0, 0, 0, 0, 64), NULL, 0, 64);
}

static bool
timestamp_is(struct kit *k, uint8_t origin, uint64_t ms)
{
	struct kit_result r = timestamp_report(k);
	uint8_t expected[12] = { 0, 10, origin };

	put_be16(expected + 4, (uint16_t)(ms >> 32));
	put_be32(expected + 6, (uint32_t)ms);
	return kit_is_good(&r) && r.data_in_bytes == 12 &&
	       memcmp(r.data_in, expected, 12) == 0;
}

static struct kit_result
timestamp_set(struct kit *k, uint64_t ms, uint8_t length)
{
	uint8_t list[32] = { 0 };

	put_be16(list + 4, (uint16_t)(ms >> 32));
	put_be32(list + 6, (uint32_t)ms);
	return kit_run(
	    k, CDB(0xa4, 0x0f, 0, 0, 0, 0, 0, 0, 0, length), list, length, 0);
}

static unsigned
timestamp_attention(struct kit *k, unsigned nexus)
{
	struct outcome o = nexus_lu_take_attention(k->nexus[nexus]->lus[0]);

	return outcome_good(o) ? 0 : o.asc << 8 | o.ascq;
}

static void
timestamp_counts_from_power_on(void)
{
	struct kit *k = timestamp_kit();

	CU_ASSERT(timestamp_is(k, 0, 0));
	timestamp_pass(k, 1234);
	CU_ASSERT(timestamp_is(k, 0, 1234));
	kit_free(k);
}

static void
timestamp_is_set(void)
{
	struct kit *k = timestamp_kit();
	struct kit_result r = timestamp_set(k, UINT64_C(0x123456789abc), 12);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(timestamp_attention(k, 0), 0);
	CU_ASSERT_EQUAL(timestamp_attention(k, 1), 0x2a10);
	CU_ASSERT(timestamp_is(k, 2, UINT64_C(0x123456789abc)));
	timestamp_pass(k, 77);
	CU_ASSERT(timestamp_is(k, 2, UINT64_C(0x123456789abc) + 77));
	kit_free(k);
}

static void
timestamp_wraps(void)
{
	struct kit *k = timestamp_kit();

	timestamp_set(k, (UINT64_C(1) << 48) - 1, 12);
	timestamp_pass(k, 3);
	CU_ASSERT(timestamp_is(k, 2, 2));
	kit_free(k);
}

/* The turn of a home may have begun a little before that of another. */
static void
timestamp_never_goes_back(void)
{
	struct kit *k = timestamp_kit();

	k->homes[0].home.now_ms = 4990;
	CU_ASSERT(timestamp_is(k, 0, 0));
	kit_free(k);
}

static void
timestamp_lengths(void)
{
	struct kit *k = timestamp_kit();
	struct kit_result r = timestamp_set(k, 0, 0);
	uint8_t length;

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(timestamp_attention(k, 1), 0);
	CU_ASSERT(timestamp_is(k, 0, 0));
	for (length = 1; length < 20; length++) {
		r = timestamp_set(k, 1, length);
		CU_ASSERT(length == 12 ? kit_is_good(&r)
				       : kit_is_check(&r, SENSE_ILLEGAL_REQUEST,
					     0x1a, 0x00));
	}
	r = kit_run(k, CDB(0xa4, 0x0f, 0, 0, 0, 0, 0, 0, 0, 12), "short", 5, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	r = kit_run(k, CDB(0xa3, 0x0f, 0, 0, 0, 0, 0, 0, 0, 3), NULL, 0, 64);
	CU_ASSERT(kit_is_good(&r) && r.data_in_bytes == 3);
	CU_ASSERT_EQUAL(r.data_in[1], 10);
	kit_free(k);
}

static void
timestamp_reset_done(struct tmf *f, enum tmf_response response)
{
	CU_ASSERT_EQUAL(response, TMF_COMPLETE);
}

static void
timestamp_reset(struct kit *k, enum tmf_function function)
{
	struct tmf f = { .nexus = k->nexus[0],
		.function = function,
		.done = timestamp_reset_done };

	tmf_start(&f);
	kit_run_homes(k);
}

static void
timestamp_stays_over_a_reset(void)
{
	struct kit *k = timestamp_kit();

	timestamp_set(k, 1000000, 12);
	timestamp_reset(k, TMF_LUN_RESET);
	timestamp_attention(k, 0);
	CU_ASSERT(timestamp_is(k, 2, 1000000));
	timestamp_reset(k, TMF_TARGET_WARM_RESET);
	timestamp_attention(k, 0);
	CU_ASSERT(timestamp_is(k, 2, 1000000));
	timestamp_reset(k, TMF_TARGET_COLD_RESET);
	timestamp_attention(k, 0);
	CU_ASSERT(timestamp_is(k, 0, 0));
	kit_free(k);
}

/* Mode page 0Ah/01h: SCSIP and IALUAE, and not TCMOS. */
static void
timestamp_set_by_nothing_else(void)
{
	static const uint8_t expected[32] = { 0x4a, 0x01, 0, 28, 0x03 };
	struct kit *k = timestamp_kit();
	struct kit_result r =
	    kit_run(k, CDB(0x1a, 0x08, 0x0a, 0x01, 255), NULL, 0, 255);

	CU_ASSERT(kit_is_good(&r) && r.data_in_bytes == 4 + 32);
	CU_ASSERT(memcmp(r.data_in + 4, expected, 32) == 0);
	kit_free(k);
}

static const struct unit_test timestamp_tests[] = {
	{ "it counts from power on", timestamp_counts_from_power_on },
	{ "SET TIMESTAMP, and 06/2A/10 for the others", timestamp_is_set },
	{ "it has 48 bits", timestamp_wraps },
	{ "it never goes back", timestamp_never_goes_back },
	{ "a list is 12 bytes long", timestamp_lengths },
	{ "resets leave it, a cold one does not",
	    timestamp_stays_over_a_reset },
	{ "the control extension page", timestamp_set_by_nothing_else },
	{ NULL, NULL },
};

const struct unit_suite timestamp_suite = { "timestamp", timestamp_tests };
