/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/main.c - runs unit_suites with CUnit; exit status 1 on a failure.
 * -l: lists them.  -x SUITE, as often as needed: all but that one.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "tests/unit/unit.h"

static int
suite_register(const struct unit_suite *suite, const char *only)
{
	CU_pSuite s = CU_add_suite(suite->name, NULL, NULL);
	const struct unit_test *t;

	if (s == NULL)
		return -1;
	for (t = suite->tests; t->name != NULL; t++) {
		if (only != NULL && strcmp(only, t->name) != 0)
			continue;
		if (CU_add_test(s, t->name, t->run) == NULL)
			return -1;
	}
	return 0;
}

static int
suites_list(void)
{
	int i;

	for (i = 0; unit_suites[i] != NULL; i++)
		puts(unit_suites[i]->name);
	return 0;
}

/* Is it the word behind one of the first n pairs of words? */
static bool
suite_is_left_out(char **pairs, int n, const char *name)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(pairs[2 * i + 1], name) == 0)
			return true;
	return false;
}

static int
options_count(int argc, char **argv)
{
	int n = 0;

	while (2 * n + 1 < argc && strcmp(argv[2 * n], "-x") == 0)
		n++;
	return n;
}

int
main(int argc, char **argv)
{
	char **left_out = argv + 1, **words;
	int without = options_count(argc - 1, left_out);
	const char *suite, *test;
	unsigned ran, failed;
	int i;

	words = left_out + 2 * without;
	suite = words[0];
	test = suite != NULL ? words[1] : NULL;
	if (suite != NULL && strcmp(suite, "-l") == 0)
		return suites_list();
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (i = 0; unit_suites[i] != NULL; i++) {
		if (suite != NULL && strcmp(suite, unit_suites[i]->name) != 0)
			continue;
		if (suite_is_left_out(left_out, without, unit_suites[i]->name))
			continue;
		if (suite_register(unit_suites[i], test) != 0)
			return 1;
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	ran = CU_get_number_of_tests_run();
	failed = CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	if (ran == 0)
		fprintf(stderr, "no such test\n");
	return ran == 0 || failed > 0;
}
