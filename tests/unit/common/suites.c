/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/suites.c - the suites of common/.
 */
#include <stddef.h>

#include "tests/unit/unit.h"

extern const struct unit_suite account_suite, bytes_suite, inbox_suite,
    log_suite, outside_suite, pool_suite, probe_suite, utf8_suite, whole_suite;

const struct unit_suite *const unit_suites[] = {
	&account_suite,
	&bytes_suite,
	&log_suite,
	&inbox_suite,
	&outside_suite,
	&pool_suite,
	&probe_suite,
	&utf8_suite,
	&whole_suite,
	NULL,
};
