/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/tmf_spares.c - what a function that aborts many tasks leaves
 * alone: in a session of several connections what was sent after it may come
 * before it.
 */
#include "tests/unit/iscsi/wire.h"

#define FOUR "MaxConnections=4;"

/* Commands are numbered as they were sent: what was sent behind a function is
 * none of its business, wherever it waits meanwhile. */
WIRE_TEST(test_spares_held_commands_after_it, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	site->kit->store.hold = true;
	other->cmd_sn++;
	other->itt += 2;
	tmf = wire_tmf(other, TMF_FN_ABORT_TASK_SET, TAG_NONE, 0);
	wire_read10(other, 0, 1);
	wire_expect_nothing(other);
	wire_read10(w, 0, 1);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_data(other, other->itt, 512, 0);
	wire_expect_nothing(w);
	wire_close(other);
	wire_close(w);
}

/* They may also come before it, on another connection. */
WIRE_TEST(test_spares_running_commands_after_it, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf, before;

	site->kit->store.hold = true;
	before = wire_read10(w, 0, 1);
	wire_number_after(other, w);
	wire_read10(w, 8, 1);
	other->itt += 2;
	tmf = wire_tmf(other, TMF_FN_ABORT_TASK_SET, TAG_NONE, 0);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	CU_ASSERT_NOT_EQUAL(before, w->itt);
	wire_expect_data(w, w->itt, 512, 0);
	wire_expect_nothing(w);
	wire_close(other);
	wire_close(w);
}

/* What came before it on its own connection, though later than those. */
WIRE_TEST(test_takes_immediate_commands_before_it, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	site->kit->store.hold = true;
	wire_number_after(other, w);
	wire_read10(w, 8, 1);
	other->immediate = true;
	wire_read10(other, 0, 1);
	tmf = wire_tmf(other, TMF_FN_ABORT_TASK_SET, TAG_NONE, 0);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(other);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_waited_in_vain, FOUR)
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t tmf;

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_number_after(other, w);
	other->cmd_sn++;
	other->itt += 2;
	tmf = wire_tmf(other, TMF_FN_ABORT_TASK_SET, TAG_NONE, 0);
	site_wait(site, site->service.limits.task_abort_timeout_ms);
	conn_tick(other->conn);
	site_run(site);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_close(other);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "held commands after it", test_spares_held_commands_after_it },
	{ "running commands after it", test_spares_running_commands_after_it },
	{ "not immediate commands before it",
	    test_takes_immediate_commands_before_it },
	{ "nothing when it waited in vain", test_waited_in_vain },
	{ NULL, NULL },
};

const struct unit_suite tmf_spares_suite = { "tmf_spares", tests };
