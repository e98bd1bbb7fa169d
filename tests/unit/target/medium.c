/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/medium.c - a medium that can be taken out.
 */
#include <errno.h>

#include "target/medium.h"
#include "tests/unit/target/block.h"

#define EJECT 0x02 /* LOEJ */
#define LOAD  0x03 /* LOEJ, START */

static struct kit *
medium_kit(void)
{
	return kit_new_with(
	    &(struct kit_options){ .lu = { .removable = true } });
}

static struct kit_result
medium_start_stop(struct kit *k, unsigned nexus, uint8_t byte4)
{
	const uint8_t cdb[16] = { 0x1b, 0, 0, 0, byte4 };

	return kit_run_at(k, nexus, 0, cdb, NULL, 0, 0);
}

static struct kit_result
medium_prevent(struct kit *k, unsigned nexus, uint8_t byte4)
{
	const uint8_t cdb[16] = { 0x1e, 0, 0, 0, byte4 };

	return kit_run_at(k, nexus, 0, cdb, NULL, 0, 0);
}

static struct kit_result
medium_ready(struct kit *k, unsigned nexus)
{
	const uint8_t cdb[16] = { 0x00 };

	return kit_run_at(k, nexus, 0, cdb, NULL, 0, 0);
}

static bool
medium_is_out(struct kit *k)
{
	struct kit_result r = medium_ready(k, 0);

	return kit_is_check(&r, SENSE_NOT_READY, 0x3a, 0x00);
}

static bool
medium_ejects(struct kit *k, unsigned nexus)
{
	struct kit_result r = medium_start_stop(k, nexus, EJECT);

	if (kit_is_good(&r))
		return true;
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x53, 0x02));
	return false;
}

static void
inquiry_says_removable(void)
{
	const uint8_t cdb[16] = { 0x12, 0, 0, 0, 96 };
	struct kit *k = medium_kit();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 96);

	CU_ASSERT_EQUAL(r.data_in[1], 0x80);
	kit_free(k);
}

static void
an_ejected_medium_is_not_present(void)
{
	static const uint8_t opcodes[] = { 0x00, 0x08, 0x0a, 0x25, 0x28, 0x2a,
		0x2e, 0x2f, 0x34, 0x35, 0x41, 0x42, 0x88, 0x89, 0x8a, 0x8b,
		0x8e, 0x8f, 0x90, 0x91, 0x93, 0xa8, 0xaa, 0xae, 0xaf };
	struct kit *k = medium_kit();
	struct kit_result r;
	size_t i;

	CU_ASSERT(medium_ejects(k, 0));
	for (i = 0; i < ARRAY_LEN(opcodes); i++) {
		r = block_send(k, block_cdb(opcodes[i], 0, 1), 0, 512);
		CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x3a, 0x00));
	}
	r = block_take(k, (struct block_cdb){ { 0x9e, 0x10 } }, 32);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x3a, 0x00));
	kit_free(k);
}

static void
without_medium_the_unit_is_still_known(void)
{
	static const struct block_cdb cdbs[] = {
		{ { 0x12, 0, 0, 0, 96 } },
		{ { 0x03, 0, 0, 0, 18 } },
		{ { 0x1a, 0, 0x3f, 0, 255 } },
		{ { 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 64 } },
		{ { 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 0, 64 } },
	};
	struct kit *k = medium_kit();
	struct kit_result r;
	size_t i;

	CU_ASSERT(medium_ejects(k, 0));
	for (i = 0; i < ARRAY_LEN(cdbs); i++) {
		r = block_take(k, cdbs[i], 255);
		CU_ASSERT(kit_is_good(&r));
	}
	kit_free(k);
}

static void
a_store_that_is_away_is_not_ready(void)
{
	static const struct {
		enum bs_state state;
		uint8_t ascq;
	} states[] = { { BS_RETURNS, 0x01 }, { BS_LOST, 0x03 } };
	struct kit *k = medium_kit();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		atomic_store(&k->store.bs.state, states[i].state);
		r = medium_ready(k, 0);
		CU_ASSERT(
		    kit_is_check(&r, SENSE_NOT_READY, 0x04, states[i].ascq));
		r = block_send(k, block_cdb(0x2a, 0, 1), 0, 512);
		CU_ASSERT(
		    kit_is_check(&r, SENSE_NOT_READY, 0x04, states[i].ascq));
		r = block_take(
		    k, (struct block_cdb){ { 0x12, 0, 0, 0, 96 } }, 255);
		CU_ASSERT(kit_is_good(&r));
	}
	atomic_store(&k->store.bs.state, BS_SERVES);
	r = medium_ready(k, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
request_sense_says_why(void)
{
	struct kit *k = medium_kit();
	struct kit_result r;

	CU_ASSERT(medium_ejects(k, 0));
	r = block_take(k, (struct block_cdb){ { 0x03, 0, 0, 0, 18 } }, 18);
	CU_ASSERT_EQUAL(r.data_in[2], SENSE_NOT_READY);
	CU_ASSERT_EQUAL(r.data_in[12], 0x3a);
	kit_free(k);
}

static void
loading_brings_it_back(void)
{
	struct kit *k = medium_kit();
	struct kit_result r;

	CU_ASSERT(medium_ejects(k, 0));
	CU_ASSERT(medium_is_out(k));
	r = medium_start_stop(k, 0, LOAD);
	CU_ASSERT(kit_is_good(&r));
	r = medium_ready(k, 0);
	CU_ASSERT(kit_is_good(&r));
	r = medium_ready(k, 1);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x28, 0x00));
	kit_free(k);
}

static void
loading_what_is_there_changes_nothing(void)
{
	struct kit *k = medium_kit();
	struct kit_result r = medium_start_stop(k, 0, LOAD);

	CU_ASSERT(kit_is_good(&r));
	r = medium_ready(k, 1);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
nothing_moves_without_loej(void)
{
	struct kit *k = medium_kit();
	struct kit_result r;
	unsigned condition;

	r = medium_start_stop(k, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	for (condition = 1; condition < 16; condition++) {
		r = medium_start_stop(k, 0, (uint8_t)(condition << 4 | EJECT));
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_FALSE(medium_is_out(k));
	}
	kit_free(k);
}

static void
ejecting_flushes_first(void)
{
	struct kit *k = medium_kit();

	CU_ASSERT(medium_ejects(k, 0));
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 1);
	kit_free(k);
}

static void
a_failed_flush_keeps_the_medium(void)
{
	struct kit *k = medium_kit();
	struct kit_result r;

	k->store.fail[BS_FLUSH] = -EIO;
	r = medium_start_stop(k, 0, EJECT);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	CU_ASSERT_FALSE(medium_is_out(k));
	kit_free(k);
}

static void
prevent_keeps_the_medium(void)
{
	struct kit *k = medium_kit();
	struct kit_result r = medium_prevent(k, 0, 1);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_FALSE(medium_ejects(k, 0));
	CU_ASSERT_FALSE(medium_ejects(k, 1));
	r = medium_ready(k, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
prevent_keeps_it_out_too(void)
{
	struct kit *k = medium_kit();
	struct kit_result r;

	CU_ASSERT(medium_ejects(k, 0));
	medium_prevent(k, 0, 1);
	r = medium_start_stop(k, 0, LOAD);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x53, 0x02));
	medium_prevent(k, 0, 0);
	r = medium_start_stop(k, 0, LOAD);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
each_nexus_prevents_for_itself(void)
{
	struct kit *k = medium_kit();

	medium_prevent(k, 0, 1);
	medium_prevent(k, 1, 1);
	medium_prevent(k, 0, 0);
	CU_ASSERT_FALSE(medium_ejects(k, 0));
	medium_prevent(k, 1, 0);
	CU_ASSERT(medium_ejects(k, 0));
	kit_free(k);
}

static void
logout_allows(void)
{
	struct kit *k = medium_kit();

	medium_prevent(k, 1, 1);
	kit_detach(k, 1);
	CU_ASSERT(medium_ejects(k, 0));
	kit_free(k);
}

static void
medium_tmf_done(struct tmf *f, enum tmf_response response)
{
	CU_ASSERT_EQUAL(response, TMF_COMPLETE);
}

static void
medium_reset_with(struct kit *k, enum tmf_function function)
{
	struct tmf f = { .nexus = k->nexus[0],
		.function = function,
		.deadline_ms = UINT64_MAX,
		.done = medium_tmf_done };

	tmf_start(&f);
	kit_run_homes(k);
}

static void
resets_allow(void)
{
	static const enum tmf_function resets[] = { TMF_LUN_RESET,
		TMF_TARGET_WARM_RESET, TMF_TARGET_COLD_RESET };
	struct kit *k = medium_kit();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(resets); i++) {
		medium_prevent(k, 0, 1);
		medium_prevent(k, 1, 1);
		medium_reset_with(k, resets[i]);
		medium_ready(k, 0);
		medium_ready(k, 1);
		CU_ASSERT(medium_ejects(k, 0));
		r = medium_start_stop(k, 0, LOAD);
		CU_ASSERT(kit_is_good(&r));
		medium_ready(k, 1);
	}
	kit_free(k);
}

static void
nexus_loss_allows_its_own(void)
{
	struct kit *k = medium_kit();

	medium_prevent(k, 0, 1);
	medium_prevent(k, 1, 1);
	medium_reset_with(k, TMF_I_T_NEXUS_RESET);
	medium_ready(k, 0);
	CU_ASSERT_FALSE(medium_ejects(k, 0));
	medium_prevent(k, 1, 0);
	CU_ASSERT(medium_ejects(k, 0));
	kit_free(k);
}

/* Prepared with the medium in, executed with it out. */
static void
a_write_that_was_prepared_does_not_land(void)
{
	struct kit *k = medium_kit();
	uint8_t cdb[16] = { 0 };
	struct kit_task *kt;

	kit_cdb_write10(cdb, 0, 1);
	kt = kit_task_new(k, 1, cdb, 512, 0);
	CU_ASSERT(outcome_good(task_prepare(&kt->task)));
	CU_ASSERT(medium_ejects(k, 0));
	kit_enter(k, 1);
	task_execute(&kt->task);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_EQUAL(kt->task.outcome.asc, 0x3a);
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_task_free(kt);
	kit_enter(k, 0);
	kit_free(k);
}

static void
a_reservation_keeps_the_medium(void)
{
	const uint8_t reserve[16] = { 0x16 };
	struct kit *k = medium_kit();
	struct kit_result r = kit_run_at(k, 0, 0, reserve, NULL, 0, 0);

	CU_ASSERT(kit_is_good(&r));
	r = medium_start_stop(k, 1, EJECT);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_RESERVATION_CONFLICT);
	r = medium_prevent(k, 1, 1);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_RESERVATION_CONFLICT);
	r = medium_start_stop(k, 1, 1);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
a_fixed_disk_only_starts(void)
{
	struct kit *k = kit_new();
	struct kit_result r = medium_start_stop(k, 0, 1);

	CU_ASSERT(kit_is_good(&r));
	r = medium_start_stop(k, 0, 0);
	CU_ASSERT(kit_is_invalid_cdb(&r, 4, 0));
	r = medium_start_stop(k, 0, EJECT);
	CU_ASSERT(kit_is_invalid_cdb(&r, 4, 1));
	r = medium_start_stop(k, 0, 0x31);
	CU_ASSERT(kit_is_invalid_cdb(&r, 4, 5));
	r = medium_prevent(k, 0, 1);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x20, 0x00));
	kit_free(k);
}

static const struct unit_test medium_tests[] = {
	{ "INQUIRY says removable", inquiry_says_removable },
	{ "an ejected medium is not present",
	    an_ejected_medium_is_not_present },
	{ "without medium the unit is still known",
	    without_medium_the_unit_is_still_known },
	{ "REQUEST SENSE says why", request_sense_says_why },
	{ "a store that is away is not ready",
	    a_store_that_is_away_is_not_ready },
	{ "loading brings it back", loading_brings_it_back },
	{ "loading what is there changes nothing",
	    loading_what_is_there_changes_nothing },
	{ "nothing moves without LOEJ", nothing_moves_without_loej },
	{ "ejecting flushes first", ejecting_flushes_first },
	{ "a failed flush keeps the medium", a_failed_flush_keeps_the_medium },
	{ "PREVENT keeps the medium", prevent_keeps_the_medium },
	{ "PREVENT keeps it out, too", prevent_keeps_it_out_too },
	{ "each nexus prevents for itself", each_nexus_prevents_for_itself },
	{ "logout allows", logout_allows },
	{ "resets allow", resets_allow },
	{ "nexus loss allows its own", nexus_loss_allows_its_own },
	{ "a write that was prepared does not land",
	    a_write_that_was_prepared_does_not_land },
	{ "a reservation keeps the medium", a_reservation_keeps_the_medium },
	{ "a fixed disk only starts", a_fixed_disk_only_starts },
	{ NULL, NULL },
};

const struct unit_suite medium_suite = { "medium", medium_tests };
