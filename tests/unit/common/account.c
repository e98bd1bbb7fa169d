/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/account.c - numbers of users and groups.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/account.h"
#include "tests/unit/unit.h"

extern const struct unit_suite account_suite;

static char account_file[] = "/tmp/tisane-account.XXXXXX";

static void
account_finds_whole_names(void)
{
	static const char text[] =
	    "rooter:x:7:\nroot:x:0:0:root:/root:/bin/sh\n"
	    "odd\nhalf:x\nbad:x:1a:\nbig:x:4294967295:\n"
	    "last:x:12";
	uint32_t id = 99;
	int fd = mkstemp(account_file);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	CU_ASSERT_TRUE(account_find(account_file, "root", &id));
	CU_ASSERT_EQUAL(id, 0);
	CU_ASSERT_TRUE(account_find(account_file, "last", &id));
	CU_ASSERT_EQUAL(id, 12);
	CU_ASSERT_FALSE(account_find(account_file, "roo", &id));
	CU_ASSERT_FALSE(account_find(account_file, "half", &id));
	CU_ASSERT_FALSE(account_find(account_file, "odd", &id));
	CU_ASSERT_FALSE(account_find(account_file, "bad", &id));
	CU_ASSERT_FALSE(account_find(account_file, "big", &id));
	unlink(account_file);
	CU_ASSERT_FALSE(account_find(account_file, "root", &id));
}

static void
account_takes_numbers(void)
{
	uint32_t id;

	CU_ASSERT_TRUE(account_find("/none", "1000", &id));
	CU_ASSERT_EQUAL(id, 1000);
	CU_ASSERT_FALSE(account_find("/none", "4294967295", &id));
	CU_ASSERT_FALSE(account_find("/none", "-1", &id));
	CU_ASSERT_FALSE(account_find("/none", "", &id));
}

static const struct unit_test account_tests[] = {
	{ "a name is found whole", account_finds_whole_names },
	{ "a number is itself", account_takes_numbers },
	{ NULL, NULL },
};

const struct unit_suite account_suite = { "account", account_tests };
