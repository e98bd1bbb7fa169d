/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/sanitize.c - SANITIZE.
 */
#include <errno.h>

#include "target/sanitize.h"
#include "target/sbc.h"
#include "target/whole.h"
#include "tests/unit/target/block.h"

#define OVERWRITE 0x01
#define ERASE     0x02
#define EXIT      0x1f
#define IMMED     0x80
#define AUSE      0x20
#define BLOCK     512
#define LIST      (4 + BLOCK)

static const uint8_t ready[16] = { 0x00 };

static struct block_cdb
sanitize_cdb(uint8_t byte1, uint16_t length)
{
	struct block_cdb cdb = { { 0x48, byte1 } };

	put_be16(cdb.b + 7, length);
	return cdb;
}

/* OVERWRITE with a pattern of that many bytes of value. */
static struct kit_result
sanitize_overwrite(struct kit *k, uint8_t byte1, uint8_t byte0,
    uint16_t pattern, uint8_t value)
{
	uint8_t list[LIST] = { byte0, 0, (uint8_t)(pattern >> 8),
		(uint8_t)pattern };

	memset(list + 4, value, pattern);
	return kit_run(k, sanitize_cdb(OVERWRITE | byte1, 4 + pattern).b, list,
	    4 + pattern, 0);
}

static struct kit_result
sanitize_run(struct kit *k, uint8_t byte1)
{
	return kit_run(k, sanitize_cdb(byte1, 0).b, NULL, 0, 0);
}

static void
sanitize_write(struct kit *k, uint32_t lba, uint8_t value)
{
	struct kit_result r =
	    block_send(k, block_cdb(0x2a, lba, 1), value, BLOCK);

	CU_ASSERT(kit_is_good(&r));
}

static bool
sanitize_all_is(const struct kit *k, uint8_t value)
{
	return block_image_is(k, 0, KIT_BLOCKS * BLOCK, value);
}

/* ---- OVERWRITE ---- */

static void
the_pattern_is_everywhere(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	sanitize_write(k, KIT_BLOCKS - 1, 0x11);
	r = sanitize_overwrite(k, 0, 1, BLOCK, 0xaa);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(sanitize_all_is(k, 0xaa));
	kit_free(k);
}

/* An ORDERED task that has not ended does not hold it back. */
static void
it_is_head_of_queue(void)
{
	struct kit *k = kit_new();
	struct kit_task *read, *sanitize;
	struct block_cdb cdb = sanitize_cdb(IMMED | ERASE, 0);

	k->store.hold = true;
	read = kit_task_new(k, 0, block_cdb(0x28, 0, 1).b, 0, BLOCK);
	read->task.attribute = TASK_ORDERED;
	CU_ASSERT(outcome_good(kit_task_start(read, 0)));
	sanitize = kit_task_new(k, 0, cdb.b, 0, 0);
	CU_ASSERT(outcome_good(kit_task_start(sanitize, 0)));
	CU_ASSERT_EQUAL(read->done, 0);
	CU_ASSERT_EQUAL(sanitize->done, 1);
	CU_ASSERT(outcome_good(sanitize->task.outcome));
	k->store.hold = false;
	kit_release_all(k);
	kit_task_free(read);
	kit_task_free(sanitize);
	kit_free(k);
}

static void
a_short_pattern_is_repeated(void)
{
	const uint8_t list[] = { 1, 0, 0, 3, 'a', 'b', 'c' };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(
	    k, sanitize_cdb(OVERWRITE, sizeof(list)).b, list, sizeof(list), 0);
	unsigned i;

	CU_ASSERT(kit_is_good(&r));
	for (i = 0; i < 2 * BLOCK; i++)
		CU_ASSERT_EQUAL(
		    k->store.image[i], (uint8_t)("abc"[i % BLOCK % 3]));
	kit_free(k);
}

static void
each_pass_is_flushed(void)
{
	struct kit *k = kit_new();
	struct kit_result r = sanitize_overwrite(k, 0, 3, BLOCK, 0xaa);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 3);
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 3);
	CU_ASSERT_EQUAL(k->store.log[1].op, BS_FLUSH);
	CU_ASSERT_EQUAL(k->store.durable[0], 0xaa);
	kit_free(k);
}

static void
invert_ends_with_the_pattern(void)
{
	struct kit *k = kit_new();
	uint8_t list[LIST] = { 0x80 | 2, 0, 2, 0 };
	struct kit_task *kt =
	    kit_task_new(k, 0, sanitize_cdb(OVERWRITE, LIST).b, LIST, 0);

	CU_ASSERT(outcome_good(task_prepare(&kt->task)));
	memset(list + 4, 0x0f, BLOCK);
	buf_list_write(&kt->task.data, 0, list, LIST);
	k->store.hold = true;
	task_execute(&kt->task);
	kit_run_homes(k);
	kit_release(k, 0, 0);
	CU_ASSERT_EQUAL(k->store.image[0], 0xf0);
	kit_release_all(k);
	CU_ASSERT_EQUAL(k->store.image[0], 0x0f);
	CU_ASSERT_EQUAL(kt->done, 1);
	kit_task_free(kt);
	kit_free(k);
}

static void
lengths_out_of_range_are_refused(void)
{
	static const uint16_t lengths[] = { 0, 1, 4, LIST + 1 };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		r = block_send(k, sanitize_cdb(OVERWRITE, lengths[i]), 1, LIST);
		CU_ASSERT(kit_is_invalid_cdb(&r, 7, -1));
	}
	r = block_send(k, sanitize_cdb(OVERWRITE, LIST), 1, 8);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	kit_free(k);
}

static void
wrong_lists_are_refused(void)
{
	static const struct {
		uint8_t list[8];
		unsigned byte;
		int bit;
	} cases[] = {
		{ { 0, 0, 0, 4 }, 0, 4 },    /* OVERWRITE COUNT */
		{ { 0x21, 0, 0, 4 }, 0, 6 }, /* TEST */
		{ { 1, 0, 0, 0 }, 2, -1 },
		{ { 1, 0, 0, 5 }, 2, -1 },
	};
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		r = block_send_data(
		    k, sanitize_cdb(OVERWRITE, 8), cases[i].list, 8);
		CU_ASSERT(kit_is_invalid_list(&r, cases[i].byte, cases[i].bit));
	}
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 0);
	kit_free(k);
}

static void
other_methods_are_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	r = sanitize_run(k, 0x03); /* CRYPTOGRAPHIC ERASE */
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	r = sanitize_run(k, 0x40 | ERASE);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 6));
	r = block_send(k, sanitize_cdb(ERASE, 8), 0, 8);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x24, 0x00));
	kit_free(k);
}

/* ---- BLOCK ERASE ---- */

static void
erase_overwrites_then_unmaps(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned i;

	/* All of the image is data, but a hole at its beginning. */
	memset(k->store.image, 0x55, KIT_BLOCKS * BLOCK);
	memset(k->store.holes, 1, 8);
	memset(k->store.image, 0, 8 * BLOCK);
	r = sanitize_run(k, ERASE);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(sanitize_all_is(k, 0));
	for (i = 0; i < KIT_BLOCKS; i++)
		CU_ASSERT_EQUAL(k->store.holes[i], 1);
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE), 1);
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 2);
	kit_free(k);
}

/* Was that block written before the first one was discarded? */
static bool
sanitize_was_written(const struct kit *k, unsigned block)
{
	uint64_t at = (uint64_t)block * BLOCK;
	const struct kit_logged *l;

	for (l = k->store.log; l < k->store.log + k->store.logged; l++) {
		if (l->op == BS_DISCARD)
			return false;
		if (l->op == BS_WRITE && at >= l->offset &&
		    at < l->offset + l->length)
			return true;
	}
	return false;
}

static void
erase_overwrites_what_is_between_holes(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned i;

	memset(k->store.holes, 1, 8);
	memset(k->store.holes + 16, 1, 1);
	memset(k->store.holes + 32, 1, 3);
	r = sanitize_run(k, ERASE);
	CU_ASSERT(kit_is_good(&r));
	for (i = 8; i < KIT_BLOCKS; i++)
		CU_ASSERT(sanitize_was_written(k, i) || i == 16 ||
			  (i >= 32 && i < 35));
	kit_free(k);
}

static void
erase_is_not_there_without_discard(void)
{
	static const struct bs_info lacking[] = { { 0 },
		{ .discard_granularity = 512 }, { .maps = true } };
	struct kit_result r;
	struct kit *k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(lacking); i++) {
		k = kit_new_with(&(struct kit_options){
		    .plain = i == 0, .info = lacking[i] });
		r = sanitize_run(k, ERASE);
		CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
		kit_free(k);
	}
}

/* ---- meanwhile ---- */

static struct kit_result
sanitize_ready(struct kit *k, unsigned nexus)
{
	return kit_run_at(k, nexus, 0, ready, NULL, 0, 0);
}

/* Begun with IMMED, and the store holds. */
static struct kit *
sanitize_under_way(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.hold = true;
	r = sanitize_run(k, ERASE | IMMED);
	CU_ASSERT(kit_is_good(&r));
	kit_run_homes(k);
	return k;
}

static void
others_are_told_that_it_runs(void)
{
	static const struct block_cdb refused[] = {
		{ { 0x00 } },
		{ { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 } },
		{ { 0x1b, 1, 0, 0, 0x12 } }, /* with bits it does not have */
		{ { 0x1a, 0, 0x3f, 0, 255 } },
		{ { 0x48, ERASE } },
	};
	struct kit *k = sanitize_under_way();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(refused); i++) {
		r = kit_run_at(k, 1, 0, refused[i].b, NULL, 0, BLOCK);
		CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x1b));
		CU_ASSERT(r.outcome.has_progress);
	}
	kit_release_all(k);
	r = sanitize_ready(k, 1);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
inquiry_is_answered_meanwhile(void)
{
	static const struct block_cdb cdbs[] = {
		{ { 0x12, 0, 0, 0, 96 } },
		{ { 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 64 } },
		{ { 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 0, 64 } },
	};
	struct kit *k = sanitize_under_way();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cdbs); i++) {
		r = block_take(k, cdbs[i], 255);
		CU_ASSERT(kit_is_good(&r));
	}
	kit_release_all(k);
	kit_free(k);
}

static void
request_sense_tells_the_progress(void)
{
	struct kit *k = kit_new();
	uint16_t before = 0, now;
	struct kit_result r;
	unsigned i;

	k->store.hold = true;
	sanitize_overwrite(k, IMMED, 4, BLOCK, 0);
	kit_run_homes(k);
	for (i = 0; i < 3; i++) {
		kit_release(k, 0, 0);
		kit_run_homes(k);
		kit_release(k, 0, 0);
		kit_run_homes(k);
		r = block_take(
		    k, (struct block_cdb){ { 0x03, 0, 0, 0, 18 } }, 18);
		CU_ASSERT_EQUAL(r.data_in[13], 0x1b);
		now = get_be16(r.data_in + 16);
		CU_ASSERT(now > before);
		before = now;
	}
	kit_release_all(k);
	kit_free(k);
}

static void
an_abort_ends_the_command_only(void)
{
	struct kit *k = kit_new();
	struct kit_task *kt =
	    kit_task_new(k, 0, sanitize_cdb(ERASE, 0).b, 0, 0);
	struct kit_result r;

	k->store.hold = true;
	CU_ASSERT(outcome_good(kit_task_start(kt, 0)));
	kit_run_homes(k);
	task_abort(&kt->task);
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(kt->done, 1);
	kit_task_free(kt);
	r = sanitize_ready(k, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x1b));
	kit_release_all(k);
	r = sanitize_ready(k, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
it_goes_on_when_its_nexus_is_lost(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.image, 0x55, KIT_BLOCKS * BLOCK);
	k->store.hold = true;
	sanitize_run(k, ERASE | IMMED);
	kit_run_homes(k);
	kit_detach(k, 0);
	kit_release_all(k);
	CU_ASSERT(sanitize_all_is(k, 0));
	r = sanitize_ready(k, 1);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
sanitize_tmf_done(struct tmf *f, enum tmf_response response)
{
	CU_ASSERT_EQUAL(response, TMF_COMPLETE);
}

static void
it_goes_on_over_a_reset(void)
{
	struct kit *k = sanitize_under_way();
	struct tmf f = { .nexus = k->nexus[0],
		.function = TMF_TARGET_COLD_RESET,
		.deadline_ms = UINT64_MAX,
		.done = sanitize_tmf_done };
	struct kit_result r;

	tmf_start(&f);
	kit_run_homes(k);
	r = sanitize_ready(k, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x29, 0x03));
	r = sanitize_ready(k, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x1b));
	kit_release_all(k);
	kit_free(k);
}

/* A write whose data come when it has begun, and one that waits for it. */
static void
no_write_slips_in(void)
{
	struct kit *k = kit_new();
	struct kit_task *early, *kt;
	uint8_t cdb[16];

	kit_cdb_write10(cdb, 0, 1);
	early = kit_task_new(k, 1, cdb, BLOCK, 0);
	CU_ASSERT(outcome_good(task_prepare(&early->task)));
	kt = kit_task_new(k, 0, sanitize_cdb(ERASE, 0).b, 0, 0);
	k->store.hold = true;
	CU_ASSERT(outcome_good(kit_task_start(kt, 0)));
	kit_enter(k, 1);
	task_execute(&early->task);
	kit_run_homes(k);
	CU_ASSERT_EQUAL(early->done, 1);
	CU_ASSERT_EQUAL(early->task.outcome.ascq, 0x1b);
	kit_release_all(k);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT(outcome_good(kt->task.outcome));
	kit_task_free(early);
	kit_task_free(kt);
	kit_free(k);
}

static void
write_protection_is_respected(void)
{
	struct kit *k =
	    kit_new_with(&(struct kit_options){ .lu = { .read_only = true } });
	struct kit_result r = sanitize_run(k, ERASE);

	CU_ASSERT(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x00));
	kit_free(k);
}

static void
a_reservation_is_respected(void)
{
	const uint8_t reserve[16] = { 0x16 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run_at(k, 1, 0, reserve, NULL, 0, 0);

	r = sanitize_run(k, ERASE);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_RESERVATION_CONFLICT);
	kit_free(k);
}

/* ---- failure ---- */

static void
a_failure_stays(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_WRITE] = -EIO;
	r = sanitize_overwrite(k, 0, 1, BLOCK, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x03));
	k->store.fail[BS_WRITE] = 0;
	r = sanitize_ready(k, 1);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x03));
	kit_free(k);
}

static void
restricted_failure_is_left_by_success_only(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_WRITE] = -EIO;
	sanitize_overwrite(k, 0, 1, BLOCK, 0);
	k->store.fail[BS_WRITE] = 0;
	r = sanitize_run(k, EXIT);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	r = sanitize_run(k, ERASE | AUSE);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 5));
	r = sanitize_run(k, ERASE);
	CU_ASSERT(kit_is_good(&r));
	r = sanitize_ready(k, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
unrestricted_failure_can_be_left(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_WRITE] = -EIO;
	sanitize_overwrite(k, AUSE, 1, BLOCK, 0);
	r = sanitize_run(k, EXIT);
	CU_ASSERT(kit_is_good(&r));
	r = sanitize_ready(k, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
exit_without_failure_is_good(void)
{
	struct kit *k = kit_new();
	struct kit_result r = sanitize_run(k, EXIT);

	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

/* ---- the shell ---- */

static void
it_stops_when_the_daemon_does(void)
{
	struct kit *k = sanitize_under_way();

	whole_stop(k->lu);
	CU_ASSERT(whole_is_running(k->lu));
	kit_release(k, 0, 0);
	kit_run_homes(k);
	CU_ASSERT_FALSE(whole_is_running(k->lu));
	CU_ASSERT_EQUAL(kit_held(k), 0);
	kit_free(k);
}

static unsigned sanitize_waited_ms;

static void
sanitize_after(struct home *home, struct job *job, unsigned ms)
{
	sanitize_waited_ms += ms;
	home->now_ms += ms;
	home->post(home, job);
}

static void
the_rate_is_kept(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .lu = { .sanitize_rate = 1u << 20 } });
	struct kit_result r;

	sanitize_waited_ms = 0;
	k->homes[0].home.after = sanitize_after;
	r = sanitize_overwrite(k, 0, 3, BLOCK, 0xaa);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(sanitize_waited_ms >= 2990 && sanitize_waited_ms <= 3010);
	kit_free(k);
}

/* Its pieces are longer than what the rate lets through in one wait. */
static void
the_rate_is_kept_by_format_too(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .blocks = ZEROES_MAX_BYTES / BLOCK + 1,
		.lu = { .sanitize_rate = 1u << 20 } });
	struct kit_result r;

	sanitize_waited_ms = 0;
	k->homes[0].home.after = sanitize_after;
	r = kit_run(k, (const uint8_t[16]){ 0x04 }, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_WRITE_ZEROES), 2);
	CU_ASSERT(sanitize_waited_ms >= 63900 && sanitize_waited_ms <= 64100);
	kit_free(k);
}

static void
block_erase_is_claimed_in_vpd_b1(void)
{
	const uint8_t cdb[16] = { 0x12, 1, 0xb1, 0, 64 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 64);

	CU_ASSERT_EQUAL(r.data_in[7], 0x40);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test sanitize_tests[] = {
	{ "it is HEAD OF QUEUE", it_is_head_of_queue },
	{ "the pattern is everywhere", the_pattern_is_everywhere },
	{ "a short pattern is repeated", a_short_pattern_is_repeated },
	{ "each pass is flushed", each_pass_is_flushed },
	{ "INVERT ends with the pattern", invert_ends_with_the_pattern },
	{ "lengths out of range are refused",
	  lengths_out_of_range_are_refused },
	{ "wrong lists are refused", wrong_lists_are_refused },
	{ "other methods are refused", other_methods_are_refused },
	{ "BLOCK ERASE overwrites, then unmaps",
	  erase_overwrites_then_unmaps },
	{ "erase overwrites what is between holes",
	  erase_overwrites_what_is_between_holes },
	{ "BLOCK ERASE is not there without discard",
	  erase_is_not_there_without_discard },
	{ "BLOCK ERASE is claimed in VPD B1h",
	  block_erase_is_claimed_in_vpd_b1 },
	{ "others are told that it runs", others_are_told_that_it_runs },
	{ "INQUIRY is answered meanwhile", inquiry_is_answered_meanwhile },
	{ "REQUEST SENSE tells the progress",
	  request_sense_tells_the_progress },
	{ "an abort ends the command only", an_abort_ends_the_command_only },
	{ "it goes on when its nexus is lost",
	  it_goes_on_when_its_nexus_is_lost },
	{ "it goes on over a reset", it_goes_on_over_a_reset },
	{ "no write slips in", no_write_slips_in },
	{ "write protection is respected", write_protection_is_respected },
	{ "a reservation is respected", a_reservation_is_respected },
	{ "a failure stays", a_failure_stays },
	{ "a restricted failure is left by success only",
	  restricted_failure_is_left_by_success_only },
	{ "an unrestricted failure can be left",
	  unrestricted_failure_can_be_left },
	{ "EXIT FAILURE MODE without failure is GOOD",
	  exit_without_failure_is_good },
	{ "it stops when the daemon does", it_stops_when_the_daemon_does },
	{ "the rate is kept", the_rate_is_kept },
	{ "the rate is kept by FORMAT UNIT too",
	  the_rate_is_kept_by_format_too },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite sanitize_suite = { "sanitize", sanitize_tests };
