/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/probe.c - what a look at a path tells.
 */
#include <errno.h>
#include <string.h>

#include "common/probe.h"
#include "tests/unit/unit.h"

extern const struct unit_suite probe_suite;

static void
probe_tells_what_stat_does(void)
{
	struct stat st, same;

	memset(&st, 0, sizeof(st));
	CU_ASSERT_EQUAL(probe_stat("/proc/self", &st), 0);
	CU_ASSERT_EQUAL(stat("/proc/self", &same), 0);
	CU_ASSERT_TRUE(S_ISDIR(st.st_mode));
	CU_ASSERT_EQUAL(st.st_dev, same.st_dev);
	CU_ASSERT_EQUAL(probe_stat("/nonexistent", &st), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(probe_stat("/proc/self/exe/x", &st), -1);
	CU_ASSERT_EQUAL(errno, ENOTDIR);
}

static const struct unit_test probe_tests[] = {
	{ "a look tells what stat() does", probe_tells_what_stat_does },
	{ NULL, NULL },
};

const struct unit_suite probe_suite = { "probe", probe_tests };
