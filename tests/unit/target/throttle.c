/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/throttle.c - limits of an LU and of an initiator, on a
 * clock of the test.
 */
#include "target/throttle_book.h"
#include "tests/unit/target/kit.h"

extern const struct unit_suite throttle_suite;

#define ALARMS 8
#define TASKS  400

static struct {
	struct home *home;
	struct job *job;
	uint64_t due_ms;
} alarms[ALARMS];

static struct kit_task *tasks[TASKS];
static unsigned task_count;

static void
alarm_set(struct home *home, struct job *job, unsigned ms)
{
	unsigned i = 0;

	while (alarms[i].job != NULL)
		i++;
	CU_ASSERT_FATAL(i < ALARMS);
	alarms[i].home = home;
	alarms[i].job = job;
	alarms[i].due_ms = home->now_ms + ms;
}

static struct kit *
limited_kit(uint64_t commands, uint64_t bytes, uint64_t burst)
{
	struct throttle_limit limit[] = { { commands, burst },
		{ bytes, burst } };
	struct kit *k = kit_new();
	unsigned i;

	task_count = 0;
	for (i = 0; i < KIT_HOMES; i++) {
		k->homes[i].home.after = alarm_set;
		k->homes[i].home.now_ms = 1000;
	}
	throttle_set(&k->lu->throttle, limit);
	return k;
}

/* What is due at a millisecond rings in it. */
static void
pass(struct kit *k, unsigned ms)
{
	struct job *job;
	unsigned i;

	for (; ms > 0; ms--) {
		for (i = 0; i < KIT_HOMES; i++)
			k->homes[i].home.now_ms++;
		for (i = 0; i < ALARMS; i++) {
			job = alarms[i].job;
			if (job == NULL ||
			    alarms[i].due_ms > alarms[i].home->now_ms)
				continue;
			alarms[i].job = NULL;
			alarms[i].home->post(alarms[i].home, job);
		}
		kit_run_homes(k);
	}
}

static void
start_reads(struct kit *k, unsigned nexus, unsigned count, uint16_t blocks)
{
	uint8_t cdb[16] = { 0 };
	struct kit_task *kt;

	kit_cdb_read10(cdb, 0, blocks);
	kit_enter(k, nexus);
	for (; count > 0; count--) {
		kt = kit_task_new(k, nexus, cdb, 0, blocks * 512u);
		tasks[task_count++] = kt;
		CU_ASSERT_TRUE(outcome_good(kit_task_start(kt, 0)));
	}
	kit_enter(k, 0);
}

static unsigned
ended(unsigned nexus)
{
	unsigned i, n = 0;

	for (i = 0; i < task_count; i++)
		n += tasks[i]->home == nexus && tasks[i]->done == 1;
	return n;
}

static void
finish(struct kit *k)
{
	unsigned i;

	for (i = 0; i < task_count; i++) {
		CU_ASSERT_EQUAL(tasks[i]->done, 1);
		kit_task_free(tasks[i]);
	}
	/* The last look may be on its way. */
	pass(k, 60);
	kit_check(k);
	kit_free(k);
}

static void
commands_keep_their_rate(void)
{
	struct kit *k = limited_kit(1000, 0, 1);

	start_reads(k, 0, 100, 1);
	CU_ASSERT(ended(0) <= 2);
	pass(k, 50);
	CU_ASSERT(ended(0) >= 49 && ended(0) <= 52);
	pass(k, 60);
	CU_ASSERT_EQUAL(ended(0), 100);
	CU_ASSERT(atomic_load(&k->lu->throttle.delayed) >= 98);
	finish(k);
}

static void
bytes_keep_their_rate(void)
{
	struct kit *k = limited_kit(0, 512 * 1000, 512);

	start_reads(k, 0, 20, 5);
	pass(k, 50);
	CU_ASSERT(ended(0) >= 9 && ended(0) <= 12);
	pass(k, 70);
	CU_ASSERT_EQUAL(ended(0), 20);
	finish(k);
}

static void
the_burst_goes_at_once(void)
{
	struct kit *k = limited_kit(1000, 0, 30);

	start_reads(k, 0, 40, 1);
	CU_ASSERT_EQUAL(ended(0), 30);
	pass(k, 20);
	finish(k);
}

static void
a_pause_fills_no_more_than_the_burst(void)
{
	struct kit *k = limited_kit(1000, 0, 10);

	start_reads(k, 0, 10, 1);
	pass(k, 5000);
	start_reads(k, 0, 30, 1);
	CU_ASSERT_EQUAL(ended(0), 20);
	pass(k, 50);
	finish(k);
}

static void
a_larger_command_is_paid_for_afterwards(void)
{
	struct kit *k = limited_kit(0, 10 * 1000, 512);

	start_reads(k, 0, 2, 100);
	CU_ASSERT_EQUAL(ended(0), 1);
	pass(k, 4900);
	CU_ASSERT_EQUAL(ended(0), 1);
	pass(k, 400);
	finish(k);
}

static void
nexuses_have_even_shares(void)
{
	struct kit *k = limited_kit(1000, 0, 1);

	start_reads(k, 0, 300, 1);
	start_reads(k, 1, 50, 1);
	pass(k, 80);
	CU_ASSERT(ended(1) >= 36 && ended(1) <= 44);
	CU_ASSERT(ended(0) >= 36 && ended(0) <= 44);
	pass(k, 40);
	CU_ASSERT_EQUAL(ended(1), 50);
	/* Alone again, the other has all of it. */
	pass(k, 100);
	CU_ASSERT(ended(0) >= 150);
	pass(k, 200);
	finish(k);
}

static void
what_does_not_touch_the_medium_passes(void)
{
	static const uint8_t ready[16] = { 0 };
	struct kit *k = limited_kit(10, 0, 1);
	struct kit_result r;

	start_reads(k, 0, 3, 1);
	r = kit_run(k, ready, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_good(&r));
	CU_ASSERT(ended(0) < 3);
	pass(k, 400);
	finish(k);
}

static void
a_lifted_limit_counts_at_once(void)
{
	static const struct throttle_limit none[THROTTLE_UNITS];
	struct kit *k = limited_kit(10, 0, 1);

	start_reads(k, 0, 20, 1);
	pass(k, 10);
	throttle_set(&k->lu->throttle, none);
	pass(k, 50);
	CU_ASSERT_EQUAL(ended(0), 20);
	finish(k);
}

static void
an_aborted_command_ends_while_it_waits(void)
{
	struct kit *k = limited_kit(10, 0, 1);
	unsigned i;

	start_reads(k, 0, 4, 1);
	for (i = ended(0); i < 4; i++) {
		CU_ASSERT_EQUAL(tasks[i]->task.state, TASK_WAITING);
		task_abort(&tasks[i]->task);
		CU_ASSERT_EQUAL(tasks[i]->done, 1);
	}
	finish(k);
}

static void
note_gone(struct nexus *n, void *ctx)
{
	*(bool *)ctx = true;
}

static void
a_nexus_can_go_while_its_commands_wait(void)
{
	struct kit *k = limited_kit(10, 0, 1);
	struct nexus *n = k->nexus[1];
	bool gone = false;
	unsigned i;

	start_reads(k, 1, 4, 1);
	k->nexus[1] = NULL;
	kit_enter(k, 1);
	nexus_detach(n, note_gone, &gone);
	for (i = 0; i < task_count; i++) {
		CU_ASSERT_EQUAL(tasks[i]->done, 1);
		kit_task_free(tasks[i]);
	}
	kit_enter(k, 0);
	task_count = 0;
	pass(k, 60);
	CU_ASSERT_TRUE(gone);
	finish(k);
}

/* ---- initiators ---- */

static void
an_initiator_is_limited_over_its_nexuses(void)
{
	struct throttle_limit limit[] = { { 1000, 1 }, { 0, 0 } };
	struct kit *k = limited_kit(0, 0, 0);
	struct throttle th;

	throttle_init(&th);
	throttle_set(&th, limit);
	k->nexus[0]->throttle = &th;
	k->nexus[1]->throttle = &th;
	start_reads(k, 0, 60, 1);
	start_reads(k, 1, 60, 1);
	start_reads(k, 2, 60, 1);
	CU_ASSERT_EQUAL(ended(2), 60);
	pass(k, 50);
	CU_ASSERT(ended(0) + ended(1) >= 47 && ended(0) + ended(1) <= 54);
	pass(k, 90);
	finish(k);
	throttle_destroy(&th);
}

static struct throttle_rules *
two_rules(uint64_t first, uint64_t second)
{
	struct throttle_rules *rules = throttle_rules_new(2);
	struct throttle_limit a[] = { { first, 0 }, { 0, 0 } };
	struct throttle_limit b[] = { { second, 0 }, { 0, 0 } };

	CU_ASSERT_TRUE(throttle_rules_add(rules, "iqn.a:1", a));
	CU_ASSERT_TRUE(throttle_rules_add(rules, "iqn.a:*", b));
	return rules;
}

static void
the_first_rule_that_matches_counts(void)
{
	struct throttle_book *book = throttle_book_new();
	struct throttle *one, *again, *other, *none;

	throttle_book_set(book, two_rules(11, 22));
	one = throttle_book_get(book, "iqn.a:1");
	again = throttle_book_get(book, "iqn.a:1");
	other = throttle_book_get(book, "iqn.a:2");
	none = throttle_book_get(book, "iqn.b:1");
	CU_ASSERT_PTR_EQUAL(one, again);
	CU_ASSERT_EQUAL(one->limit[THROTTLE_COMMANDS].per_second, 11);
	CU_ASSERT_EQUAL(other->limit[THROTTLE_COMMANDS].per_second, 22);
	CU_ASSERT_FALSE(none->limits);
	throttle_book_put(book, one);
	throttle_book_put(book, again);
	throttle_book_put(book, other);
	throttle_book_put(book, none);
	throttle_book_free(book);
}

static void
new_rules_count_for_those_logged_in(void)
{
	struct throttle_book *book = throttle_book_new();
	struct throttle *one = throttle_book_get(book, "iqn.a:1");

	CU_ASSERT_FALSE(one->limits);
	throttle_book_set(book, two_rules(11, 22));
	CU_ASSERT_EQUAL(one->limit[THROTTLE_COMMANDS].per_second, 11);
	throttle_book_set(book, two_rules(33, 22));
	CU_ASSERT_EQUAL(one->limit[THROTTLE_COMMANDS].per_second, 33);
	throttle_book_put(book, one);
	throttle_book_free(book);
}

static const struct unit_test tests[] = {
	{ "commands keep their rate", commands_keep_their_rate },
	{ "bytes keep their rate", bytes_keep_their_rate },
	{ "the burst goes at once", the_burst_goes_at_once },
	{ "a pause fills no more than the burst",
	    a_pause_fills_no_more_than_the_burst },
	{ "a larger command is paid for afterwards",
	    a_larger_command_is_paid_for_afterwards },
	{ "nexuses have even shares", nexuses_have_even_shares },
	{ "what does not touch the medium passes",
	    what_does_not_touch_the_medium_passes },
	{ "a lifted limit counts at once", a_lifted_limit_counts_at_once },
	{ "an aborted command ends while it waits",
	    an_aborted_command_ends_while_it_waits },
	{ "a nexus can go while its commands wait",
	    a_nexus_can_go_while_its_commands_wait },
	{ "an initiator is limited over its nexuses",
	    an_initiator_is_limited_over_its_nexuses },
	{ "the first rule that matches counts",
	    the_first_rule_that_matches_counts },
	{ "new rules count for those logged in",
	    new_rules_count_for_those_logged_in },
	{ NULL, NULL },
};
const struct unit_suite throttle_suite = { "throttle", tests };
