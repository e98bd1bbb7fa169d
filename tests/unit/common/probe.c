/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/probe.c - what a look at a path tells.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* By ThreadSanitizer, the child of a process with threads may start none; the
 * helper's children look at paths. */
static void
probe_leaves_no_thread(void)
{
	struct stat st;
	unsigned i;
	int status;
	pid_t pid;

	for (i = 0; i < 100; i++) {
		CU_ASSERT_EQUAL(probe_stat("/", &st), 0);
		pid = fork();
		if (pid == 0)
			_exit(probe_stat("/", &st) == 0 ? 0 : 1);
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT_EQUAL(status, 0);
	}
}

static const struct unit_test probe_tests[] = {
	{ "a look tells what stat() does", probe_tells_what_stat_does },
	{ "a look leaves no thread behind", probe_leaves_no_thread },
	{ NULL, NULL },
};

const struct unit_suite probe_suite = { "probe", probe_tests };
