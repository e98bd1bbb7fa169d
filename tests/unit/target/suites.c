/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/suites.c - the suites of target/.
 */
#include <stddef.h>

#include "tests/unit/unit.h"

extern const struct unit_suite sense_suite;
extern const struct unit_suite task_suite;
extern const struct unit_suite task_io_suite;
extern const struct unit_suite share_suite;
extern const struct unit_suite gate_suite, fault_suite;
extern const struct unit_suite stats_suite;
extern const struct unit_suite throttle_suite;
extern const struct unit_suite lu_suite;
extern const struct unit_suite target_suite;
extern const struct unit_suite nexus_suite;
extern const struct unit_suite tmf_suite;
extern const struct unit_suite storm_suite;
extern const struct unit_suite race_suite;
extern const struct unit_suite span_suite;
extern const struct unit_suite sbc_suite;
extern const struct unit_suite rw_suite;
extern const struct unit_suite verify_suite;
extern const struct unit_suite caw_suite;
extern const struct unit_suite write_same_suite;
extern const struct unit_suite write_atomic_suite;
extern const struct unit_suite provision_suite;
extern const struct unit_suite spc_suite;
extern const struct unit_suite vpd_suite;
extern const struct unit_suite medium_suite, conditions_suite;
extern const struct unit_suite sanitize_suite, sanitize_kept_suite,
    format_suite;
extern const struct unit_suite log_sense_suite, diagnostic_suite;
extern const struct unit_suite protect_suite;
extern const struct unit_suite space_suite;
extern const struct unit_suite port_group_suite;
extern const struct unit_suite mode_suite, settings_suite, timestamp_suite;
extern const struct unit_suite pr_suite;
extern const struct unit_suite pr_preempt_suite;
extern const struct unit_suite pr_access_suite;
extern const struct unit_suite pr_spec_suite;
extern const struct unit_suite pr_keep_suite;
extern const struct unit_suite pr_model_suite;
extern const struct unit_suite rsoc_suite, refused_suite;
extern const struct unit_suite sharing_suite;
extern const struct unit_suite copy_suite;
extern const struct unit_suite copy_list_suite;
extern const struct unit_suite copy_life_suite;
extern const struct unit_suite copy_vpd_suite;
extern const struct unit_suite rod_suite;

const struct unit_suite *const unit_suites[] = {
	&sense_suite,
	&target_suite,
	&lu_suite,
	&nexus_suite,
	&task_suite,
	&task_io_suite,
	&share_suite,
	&gate_suite,
	&fault_suite,
	&stats_suite,
	&throttle_suite,
	&tmf_suite,
	&storm_suite,
	&race_suite,
	&span_suite,
	&sbc_suite,
	&rw_suite,
	&verify_suite,
	&caw_suite,
	&write_same_suite,
	&write_atomic_suite,
	&provision_suite,
	&spc_suite,
	&vpd_suite,
	&medium_suite,
	&conditions_suite,
	&sanitize_suite,
	&sanitize_kept_suite,
	&format_suite,
	&space_suite,
	&protect_suite,
	&log_sense_suite,
	&diagnostic_suite,
	&port_group_suite,
	&mode_suite,
	&settings_suite,
	&timestamp_suite,
	&pr_suite,
	&pr_preempt_suite,
	&pr_access_suite,
	&pr_spec_suite,
	&pr_keep_suite,
	&pr_model_suite,
	&rsoc_suite,
	&refused_suite,
	&sharing_suite,
	&copy_suite,
	&copy_list_suite,
	&copy_life_suite,
	&copy_vpd_suite,
	&rod_suite,
	NULL,
};
