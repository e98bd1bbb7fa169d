/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/suites.c - the suites of iscsi/.
 */
#include <stddef.h>

#include "tests/unit/unit.h"

extern const struct unit_suite text_suite, name_suite, chap_suite;
extern const struct unit_suite service_suite, login_suite, login_keys_suite;
extern const struct unit_suite login_auth_suite, text_exchange_suite;
extern const struct unit_suite window_suite, xfer_suite, pdu_suite;
extern const struct unit_suite ffp_suite, ffp_data_suite, ffp_tmf_suite;
extern const struct unit_suite ffp_order_suite, session_suite, clock_suite,
    failures_suite;
extern const struct unit_suite recovery_suite, connections_suite, fence_suite,
    connections_end_suite, retain_suite, recorder_suite, fields_suite,
    reassign_suite, tmf_waits_suite, tmf_spares_suite;

const struct unit_suite *const unit_suites[] = {
	&text_suite,
	&name_suite,
	&chap_suite,
	&service_suite,
	&login_suite,
	&login_keys_suite,
	&login_auth_suite,
	&text_exchange_suite,
	&window_suite,
	&xfer_suite,
	&pdu_suite,
	&ffp_suite,
	&ffp_data_suite,
	&ffp_order_suite,
	&ffp_tmf_suite,
	&tmf_waits_suite,
	&tmf_spares_suite,
	&session_suite,
	&recovery_suite,
	&retain_suite,
	&reassign_suite,
	&connections_suite,
	&connections_end_suite,
	&fence_suite,
	&clock_suite,
	&failures_suite,
	&recorder_suite,
	&fields_suite,
	NULL,
};
