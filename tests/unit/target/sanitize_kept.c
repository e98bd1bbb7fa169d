/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/sanitize_kept.c - a SANITIZE over the end of the daemon.
 */
#include <errno.h>

#include "target/settings.h"
#include "target/whole.h"
#include "tests/unit/target/keep_kit.h"

extern const struct unit_suite sanitize_kept_suite;

#define ERASE 0x02
#define EXIT  0x1f
#define IMMED 0x80
#define AUSE  0x20

static struct keep *
kept_kit(void)
{
	struct keep *s = keep_start_with(settings_set_store, settings_restore);

	CU_ASSERT(settings_restore(s->k->lu, "", 0));
	return s;
}

static struct kit_result
kept_run(struct keep *s, uint8_t byte1)
{
	return kit_run(s->k, (const uint8_t[16]){ 0x48, byte1 }, NULL, 0, 0);
}

static struct kit_result
kept_ready(struct keep *s)
{
	return kit_run(s->k, (const uint8_t[16]){ 0x00 }, NULL, 0, 0);
}

static bool
kept_is(const struct keep *s, const char *text)
{
	return s->bytes == strlen(text) && memcmp(s->text, text, s->bytes) == 0;
}

/* What is to be kept of it waits for keep_go(). */
static struct kit_task *
kept_begin(struct keep *s, uint8_t byte1)
{
	struct kit_task *kt =
	    kit_task_new(s->k, 0, (const uint8_t[16]){ 0x48, byte1 }, 0, 0);

	s->hold = true;
	CU_ASSERT(outcome_good(kit_task_start(kt, 0)));
	return kt;
}

/* The daemon ends in the middle of it. */
static void
kept_interrupt(struct keep *s, uint8_t byte1)
{
	struct kit_task *kt = kit_task_new(
	    s->k, 0, (const uint8_t[16]){ 0x48, byte1 | IMMED }, 0, 0);

	s->k->store.hold = true;
	CU_ASSERT(outcome_good(kit_task_start(kt, 0)));
	kit_run_homes(s->k);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT(outcome_good(kt->task.outcome));
	kit_task_free(kt);
	whole_stop(s->k->lu);
	kit_release_all(s->k);
	keep_restart(s);
}

static void
it_is_kept_before_it_writes(void)
{
	struct keep *s = kept_kit();
	struct kit_task *kt = kept_begin(s, ERASE);
	struct kit_result r;

	kit_run_homes(s->k);
	CU_ASSERT_EQUAL(s->k->store.logged, 0);
	r = kept_ready(s);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x1b));
	keep_go(s);
	CU_ASSERT(kept_is(s, "sanitize restricted\n"));
	CU_ASSERT(s->k->store.logged > 0);
	CU_ASSERT_EQUAL(kt->done, 0);
	keep_go(s);
	CU_ASSERT(kept_is(s, ""));
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT(outcome_good(kt->task.outcome));
	kit_task_free(kt);
	r = kept_ready(s);
	CU_ASSERT(kit_is_good(&r));
	keep_free(s);
}

static void
one_that_was_cut_off_has_failed(void)
{
	struct keep *s = kept_kit();
	struct kit_result r;

	kept_interrupt(s, ERASE);
	r = kept_ready(s);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x03));
	r = kept_run(s, EXIT);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	r = kept_run(s, ERASE | AUSE);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 5));
	r = kept_run(s, ERASE);
	CU_ASSERT(kit_is_good(&r));
	keep_restart(s);
	r = kept_ready(s);
	CU_ASSERT(kit_is_good(&r));
	keep_free(s);
}

static void
an_unrestricted_one_is_left_for_good(void)
{
	struct keep *s = kept_kit();
	struct kit_result r;

	kept_interrupt(s, ERASE | AUSE);
	r = kept_ready(s);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x03));
	r = kept_run(s, EXIT);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(kept_is(s, ""));
	r = kept_ready(s);
	CU_ASSERT(kit_is_good(&r));
	keep_restart(s);
	r = kept_ready(s);
	CU_ASSERT(kit_is_good(&r));
	keep_free(s);
}

static void
what_cannot_be_kept_does_not_begin(void)
{
	struct keep *s = kept_kit();
	struct kit_result r;

	s->fail = -EIO;
	r = kept_run(s, ERASE);
	CU_ASSERT(kit_is_check(&r, SENSE_HARDWARE_ERROR, 0x44, 0x00));
	CU_ASSERT_EQUAL(s->k->store.logged, 0);
	r = kept_ready(s);
	CU_ASSERT(kit_is_good(&r));
	s->fail = 0;
	keep_free(s);
}

static void
a_failure_stays_when_another_does_not_begin(void)
{
	struct keep *s = kept_kit();
	struct kit_result r;

	kept_interrupt(s, ERASE | AUSE);
	s->fail = -EIO;
	r = kept_run(s, ERASE);
	CU_ASSERT(kit_is_check(&r, SENSE_HARDWARE_ERROR, 0x44, 0x00));
	s->fail = 0;
	r = kept_ready(s);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x31, 0x03));
	keep_free(s);
}

static void
what_cannot_be_forgotten_has_failed(void)
{
	struct keep *s = kept_kit();
	struct kit_task *kt = kept_begin(s, ERASE);
	struct kit_result r;

	keep_go(s);
	s->fail = -EIO;
	keep_go(s);
	s->fail = 0;
	keep_go(s); /* what was kept before, once more */
	CU_ASSERT(kt->task.outcome.key == SENSE_MEDIUM_ERROR);
	kit_task_free(kt);
	s->hold = false;
	r = kept_run(s, ERASE);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(kept_is(s, ""));
	keep_free(s);
}

static void
an_abort_meanwhile_ends_the_command_only(void)
{
	struct keep *s = kept_kit();
	struct kit_task *kt = kept_begin(s, ERASE | IMMED);
	struct kit_result r;

	task_abort(&kt->task);
	CU_ASSERT_EQUAL(kt->done, 0);
	s->hold = false;
	keep_go(s);
	CU_ASSERT_EQUAL(kt->done, 1);
	kit_task_free(kt);
	CU_ASSERT(s->k->store.logged > 0);
	r = kept_ready(s);
	CU_ASSERT(kit_is_good(&r));
	keep_free(s);
}

static void
other_words_are_none(void)
{
	static const char *const bad[] = { "sanitize\n", "sanitize \n",
		"sanitize done\n" };
	struct keep *s = kept_kit();
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_FALSE(
		    settings_restore(s->k->lu, bad[i], strlen(bad[i])));
	keep_free(s);
}

static const struct unit_test sanitize_kept_tests[] = {
	{ "that it begins is kept before it writes",
	    it_is_kept_before_it_writes },
	{ "one that was cut off has failed", one_that_was_cut_off_has_failed },
	{ "an unrestricted one is left for good",
	    an_unrestricted_one_is_left_for_good },
	{ "what cannot be kept does not begin",
	    what_cannot_be_kept_does_not_begin },
	{ "a failure stays when another does not begin",
	    a_failure_stays_when_another_does_not_begin },
	{ "what cannot be forgotten has failed",
	    what_cannot_be_forgotten_has_failed },
	{ "an abort meanwhile ends the command only",
	    an_abort_meanwhile_ends_the_command_only },
	{ "other words are none", other_words_are_none },
	{ NULL, NULL },
};

const struct unit_suite sanitize_kept_suite = { "sanitize_kept",
	sanitize_kept_tests };
