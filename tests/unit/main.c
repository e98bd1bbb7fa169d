/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/main.c - runs unit_suites with CUnit; exit status 1 on a failure.
 * -l: lists them.
 */
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

int
main(int argc, char **argv)
{
	const char *suite = argc > 1 ? argv[1] : NULL;
	const char *test = argc > 2 ? argv[2] : NULL;
	unsigned ran, failed;
	int i;

	if (suite != NULL && strcmp(suite, "-l") == 0)
		return suites_list();
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (i = 0; unit_suites[i] != NULL; i++) {
		if (suite != NULL && strcmp(suite, unit_suites[i]->name) != 0)
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
