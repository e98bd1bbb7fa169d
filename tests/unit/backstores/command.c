/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/command.c - running another program, within a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backstores/command.h"
#include "backstores/lvm.h"
#include "common/clock.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite command_suite;

static struct command_result command_result;

static int
command_shell(const char *script, unsigned timeout_ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return command_run(argv, timeout_ms, &command_result);
}

static void
command_tells_what_was_said(void)
{
	CU_ASSERT_EQUAL(command_shell("echo out; echo ' WARNING: noise' >&2; "
				      "echo ' one' >&2; echo two >&2; exit 5",
			    10000),
	    0);
	CU_ASSERT_EQUAL(command_result.status, 5);
	CU_ASSERT_STRING_EQUAL(command_result.out, "out\n");
	CU_ASSERT_STRING_EQUAL(command_result.words, "one; two");
	free(command_result.out);
	CU_ASSERT_EQUAL(command_shell("kill -9 $$", 10000), 0);
	CU_ASSERT_EQUAL(command_result.status, 128 + 9);
	free(command_result.out);
}

static void
command_is_ended_after_its_time(void)
{
	const uint64_t began = clock_now_ms();

	CU_ASSERT_EQUAL(command_shell("exec sleep 60", 1000), -ETIMEDOUT);
	CU_ASSERT_EQUAL(command_result.status, 128 + 9);
	CU_ASSERT_STRING_EQUAL(
	    command_result.words, "sh -c has not ended within 1 s");
	CU_ASSERT_TRUE(clock_now_ms() - began < 30000);
	free(command_result.out);
}

/* What holds its output holds it, whoever that is. */
static void
command_time_is_for_its_children_too(void)
{
	const uint64_t began = clock_now_ms();

	CU_ASSERT_EQUAL(command_shell("sleep 60 & exit 0", 500), -ETIMEDOUT);
	CU_ASSERT_TRUE(clock_now_ms() - began < 30000);
	free(command_result.out);
}

static int
command_takes_too_long(const char *const argv[], unsigned timeout_ms,
    struct command_result *result)
{
	const char *const sleeps[] = { "sleep", "60", NULL };

	CU_ASSERT_STRING_EQUAL(argv[0], "lvm");
	CU_ASSERT_TRUE(timeout_ms > 0 && timeout_ms <= 60000);
	command_run_by(NULL);
	return command_run(sleeps, 100, result);
}

static void
command_of_lvm_has_a_time(void)
{
	struct lvm_volume v;
	char why[256];

	command_run_by(command_takes_too_long);
	CU_ASSERT_EQUAL(lvm_find("vg0/disk", &v, why, sizeof(why)), -ETIMEDOUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "has not ended within"));
	command_run_by(command_takes_too_long);
	CU_ASSERT_EQUAL(
	    lvm_extend("vg0/disk", MIB, why, sizeof(why)), -ETIMEDOUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "has not ended within"));
	command_run_by(NULL);
}

static const struct unit_test command_tests[] = {
	{ "output, words and status are told", command_tells_what_was_said },
	{ "one that takes too long is ended", command_is_ended_after_its_time },
	{ "so is one whose children say more",
	    command_time_is_for_its_children_too },
	{ "lvm has a time, and who exceeds it is named",
	    command_of_lvm_has_a_time },
	{ NULL, NULL },
};

const struct unit_suite command_suite = { "command", command_tests };
