/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/unit.h - a suite is a table of named behaviours.
 *
 * Each tests/unit/LAYER/NAME.c defines one struct unit_suite and lists it in
 * tests/unit/LAYER/suites.c.  `unit-LAYER [SUITE [TEST]]` runs all or some,
 * `unit-LAYER -l` lists the suites, `unit-LAYER -x SUITE ...` leaves that one
 * out.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <CUnit/CUnit.h>

struct unit_test {
	const char *name; /* the behaviour, "read past the end is 05/21/00" */
	void (*run)(void);
};

struct unit_suite {
	const char *name;
	const struct unit_test *tests; /* ends with a NULL name */
};

/* Defined by each layer's suites.c; ends with NULL. */
extern const struct unit_suite *const unit_suites[];

#endif
