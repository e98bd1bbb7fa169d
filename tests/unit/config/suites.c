/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/suites.c - the suites of config/.
 */
#include <stddef.h>

#include "tests/unit/unit.h"

extern const struct unit_suite lex_suite, parse_suite, suggest_suite,
    value_suite, load_suite, form_suite, meaning_suite, secrets_suite,
    include_suite, report_suite, edit_suite, manual_suite;

const struct unit_suite *const unit_suites[] = {
	&lex_suite,
	&parse_suite,
	&suggest_suite,
	&value_suite,
	&load_suite,
	&form_suite,
	&meaning_suite,
	&secrets_suite,
	&include_suite,
	&report_suite,
	&edit_suite,
	&manual_suite,
	NULL,
};
