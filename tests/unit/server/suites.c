/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/suites.c - the suites of server/.
 */
#include <stddef.h>

#include "tests/unit/unit.h"

extern const struct unit_suite isns_suite, job_suite, kept_suite, sandbox_suite;
extern const struct unit_suite address_suite, census_suite, crew_suite,
    history_suite, identity_suite, line_suite, log_flood_suite, opening_suite,
    poller_suite, state_suite, tries_suite;

const struct unit_suite *const unit_suites[] = {
	&address_suite,
	&census_suite,
	&crew_suite,
	&line_suite,
	&log_flood_suite,
	&opening_suite,
	&poller_suite,
	&state_suite,
	&tries_suite,
	&kept_suite,
	&history_suite,
	&isns_suite,
	&job_suite,
	&identity_suite,
	&sandbox_suite,
	NULL,
};
