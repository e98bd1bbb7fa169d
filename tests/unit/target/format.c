/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/format.c - FORMAT UNIT.
 */
#include <errno.h>

#include "target/format.h"
#include "target/whole.h"
#include "tests/unit/target/block.h"

#define FMTPINFO 0x40
#define LONGLIST 0x20
#define FMTDATA  0x10
#define CMPLST   0x08
#define FOV      0x80
#define IMMED    0x02
#define BLOCK    512

static const uint8_t ready[16] = { 0x00 };

static struct block_cdb
format_cdb(uint8_t byte1)
{
	return (struct block_cdb){ { 0x04, byte1 } };
}

static struct kit_result
format_list(struct kit *k, uint8_t byte1, const void *list, uint32_t bytes)
{
	return kit_run(k, format_cdb(byte1).b, list, bytes, 0);
}

static struct kit_result
format_plain(struct kit *k)
{
	return format_list(k, 0, NULL, 0);
}

/* FMTDATA, with these two bytes and nothing else. */
static struct kit_result
format_with(struct kit *k, uint8_t byte0, uint8_t options)
{
	const uint8_t list[4] = { byte0, options };

	return format_list(k, FMTDATA, list, sizeof(list));
}

static struct kit_result
format_ready(struct kit *k, unsigned nexus)
{
	return kit_run_at(k, nexus, 0, ready, NULL, 0, 0);
}

static void
format_zeroes_and_unmaps(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned i;

	memset(k->store.image, 0x55, KIT_BLOCKS * BLOCK);
	r = format_plain(k);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 0, KIT_BLOCKS * BLOCK, 0));
	for (i = 0; i < KIT_BLOCKS; i++)
		CU_ASSERT_EQUAL(k->store.holes[i], 1);
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 1);
	CU_ASSERT_EQUAL(k->store.log[k->store.logged - 1].op, BS_FLUSH);
	CU_ASSERT_EQUAL(k->store.log[k->store.logged - 1].flags, 0);
	kit_free(k);
}

static void
format_zeroes_without_unmap(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });
	struct kit_result r;

	memset(k->store.image, 0x55, KIT_BLOCKS * BLOCK);
	r = format_plain(k);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(block_image_is(k, 0, KIT_BLOCKS * BLOCK, 0));
	CU_ASSERT_EQUAL(k->store.log[0].flags & BS_MAY_UNMAP, 0);
	kit_free(k);
}

static void
format_lists_that_ask_for_nothing(void)
{
	static const struct {
		uint8_t byte1;
		uint8_t list[8];
		uint32_t bytes;
	} cases[] = {
		{ FMTDATA, { 0 }, 4 }, { FMTDATA | CMPLST, { 0 }, 4 },
		{ FMTDATA | 3, { 0 }, 4 }, { FMTDATA | 6, { 0 }, 4 },
		{ FMTDATA | LONGLIST, { 0 }, 8 },
		{ FMTDATA, { 0, FOV | 0x60 }, 4 }, /* DPRY, DCRT */
		{ LONGLIST, { 0 }, 0 },            /* ignored */
	};
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		r = format_list(
		    k, cases[i].byte1, cases[i].list, cases[i].bytes);
		CU_ASSERT(kit_is_good(&r));
	}
	kit_free(k);
}

static void
format_refused_cdbs(void)
{
	static const struct {
		uint8_t byte1;
		int bit;
	} cases[] = { { CMPLST, 3 }, { 1, 2 }, { 4, 2 }, { FMTPINFO, 6 },
		{ 0x80, 7 }, { FMTDATA | 1, 2 }, { FMTDATA | 2, 2 },
		{ FMTDATA | 7, 2 } };
	const uint8_t list[8] = { 0 };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		r = format_list(k, cases[i].byte1, list, sizeof(list));
		CU_ASSERT(kit_is_invalid_cdb(&r, 1, cases[i].bit));
	}
	r = block_take(k, (struct block_cdb){ { 0x04, 0, 0, 0, 1 } }, 0);
	CU_ASSERT(kit_is_invalid_cdb(&r, 4, 0)); /* FFMT */
	r = format_list(k, FMTDATA, list, 3);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	r = format_list(k, FMTDATA | LONGLIST, list, 4);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
format_refused_lists(void)
{
	static const struct {
		uint8_t byte1;
		uint8_t list[8];
		unsigned byte;
		int bit;
	} cases[] = {
		{ FMTDATA, { 0x01 }, 0, 0 },          /* protection */
		{ FMTDATA, { 0, 0x40 }, 1, 6 },       /* DPRY without FOV */
		{ FMTDATA, { 0, 0x20 }, 1, 5 },       /* DCRT without FOV */
		{ FMTDATA, { 0, FOV | 0x10 }, 1, 4 }, /* STPF */
		{ FMTDATA, { 0, FOV | 0x08 }, 1, 3 }, /* IP */
		{ FMTDATA, { 0, 0, 0, 8 }, 2, -1 },   /* defects */
		{ FMTDATA | LONGLIST, { 0, 0, 0, 0, 0, 0, 0, 8 }, 4, -1 },
		{ FMTDATA | LONGLIST, { 0, 0, 0, 0x11 }, 3, 4 },
	};
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		r = format_list(k, cases[i].byte1, cases[i].list, 8);
		CU_ASSERT(kit_is_invalid_list(&r, cases[i].byte, cases[i].bit));
	}
	CU_ASSERT_EQUAL(k->store.logged, 0);
	r = format_ready(k, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
format_is_told_meanwhile(void)
{
	static const struct block_cdb refused[] = { { { 0x00 } },
		{ { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 } }, { { 0x1a, 0, 0x3f } },
		{ { 0x04 } }, { { 0x48, 0x02 } } };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	k->store.hold = true;
	r = format_with(k, 0, IMMED);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(whole_is_running(k->lu));
	kit_run_homes(k);
	CU_ASSERT_EQUAL(buf_pool_in_use(k->homes[0].home.pool), 0);
	for (i = 0; i < ARRAY_LEN(refused); i++) {
		r = kit_run_at(k, 1, 0, refused[i].b, NULL, 0, BLOCK);
		CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x04));
		CU_ASSERT(r.outcome.has_progress);
	}
	r = block_take(k, (struct block_cdb){ { 0x12, 0, 0, 0, 96 } }, 96);
	CU_ASSERT(kit_is_good(&r));
	kit_release(k, 0, 0);
	kit_run_homes(k);
	r = block_take(k, (struct block_cdb){ { 0x03, 0, 0, 0, 18 } }, 18);
	CU_ASSERT_EQUAL(r.data_in[2], SENSE_NOT_READY);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 12), 0x0404);
	CU_ASSERT(get_be16(r.data_in + 16) > 0xf000);
	kit_release_all(k);
	r = format_ready(k, 1);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
format_waits_without_immed(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt = kit_task_new(k, 0, format_cdb(0).b, 0, 0);

	k->store.hold = true;
	CU_ASSERT(outcome_good(kit_task_start(kt, 0)));
	kit_run_homes(k);
	CU_ASSERT_EQUAL(kt->done, 0);
	kit_release_all(k);
	CU_ASSERT(kt->done == 1 && outcome_good(kt->task.outcome));
	kit_task_free(kt);
	kit_free(k);
}

static void
format_failure_stays(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_WRITE_ZEROES] = -EIO;
	r = format_plain(k);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x01));
	r = format_ready(k, 1);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x00));
	r = block_take(k, (struct block_cdb){ { 0x1a, 0, 0x3f, 0, 255 } }, 255);
	CU_ASSERT(kit_is_good(&r));
	k->store.fail[BS_WRITE_ZEROES] = 0;
	r = format_plain(k);
	CU_ASSERT(kit_is_good(&r));
	r = format_ready(k, 1);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

/* What the store has is as it was left, whatever is done to its medium. */
static void
format_failure_is_not_moved_away(void)
{
	static const struct block_cdb moves[] = { { { 0x1b, 0, 0, 0, 0x03 } },
		{ { 0x1b, 0, 0, 0, 0x02 } }, { { 0x48, 0x1f } } };
	struct kit *k =
	    kit_new_with(&(struct kit_options){ .lu = { .removable = true } });
	struct kit_result r;
	size_t i;

	k->store.fail[BS_WRITE_ZEROES] = -EIO;
	r = format_plain(k);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x01));
	for (i = 0; i < ARRAY_LEN(moves); i++) {
		r = block_take(k, moves[i], 0);
		CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x00));
		r = format_ready(k, 1);
		CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x00));
	}
	kit_free(k);
}

static void
format_respects_protection_and_reservations(void)
{
	const uint8_t reserve[16] = { 0x16 };
	struct kit *k = kit_new();
	struct kit *read_only =
	    kit_new_with(&(struct kit_options){ .lu = { .read_only = true } });
	struct kit_result r = format_plain(read_only);

	CU_ASSERT(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x00));
	kit_run_at(k, 1, 0, reserve, NULL, 0, 0);
	r = format_plain(k);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_RESERVATION_CONFLICT);
	kit_free(read_only);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test format_tests[] = {
	{ "all is zero, and unmapped", format_zeroes_and_unmaps },
	{ "all is zero where nothing can be unmapped",
	  format_zeroes_without_unmap },
	{ "lists that ask for nothing", format_lists_that_ask_for_nothing },
	{ "CDBs that are refused", format_refused_cdbs },
	{ "lists that are refused", format_refused_lists },
	{ "others are told that it runs, and how far it is",
	  format_is_told_meanwhile },
	{ "without IMMED it ends when all is done",
	  format_waits_without_immed },
	{ "a failure stays until one succeeds", format_failure_stays },
	{ "ejecting, loading, EXIT FAILURE MODE leave the failure",
	  format_failure_is_not_moved_away },
	{ "write protection and reservations are respected",
	  format_respects_protection_and_reservations },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite format_suite = { "format", format_tests };
