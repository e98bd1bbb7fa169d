/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/tmf_waits.c - what a function that aborts many tasks waits
 * for (RFC 7143 4.2.3.3): the commands before it, and the data that was asked
 * for.
 */
#include "tests/unit/iscsi/wire.h"

#define R2T_ONLY "InitialR2T=Yes;ImmediateData=No;"

static const uint8_t data[1024] = { 1 };

static uint32_t
expect_ttt(struct wire *w)
{
	return get_be32(wire_expect(w, OP_R2T)->bhs + PDU_TTT);
}

#define ABORT_MS 1500 /* the longest that an abort may take */

static void
pass(struct wire *w, unsigned ms)
{
	site_wait(w->site, ms);
	conn_tick(w->conn);
	kit_run_homes(w->site->kit);
}

static uint32_t
start(struct wire *w, uint8_t function)
{
	uint32_t tmf = wire_tmf(w, function, TAG_NONE, 0);

	kit_run_homes(w->site->kit);
	return tmf;
}

static void
answers_after_the_last_data(struct wire *w, uint8_t function)
{
	uint32_t itt = wire_write10(w, 0, 2), ttt = expect_ttt(w), tmf;

	tmf = start(w, function);
	wire_expect_nothing(w);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, false);
	wire_expect_nothing(w);
	wire_data_out(w, itt, ttt, 1, 512, data, 512, true);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(w->site->kit->store.image[0], 0);
}

WIRE_TEST(test_data_before_the_response, R2T_ONLY)
{
	answers_after_the_last_data(w, TMF_FN_ABORT_TASK_SET);
	answers_after_the_last_data(w, TMF_FN_CLEAR_TASK_SET);
	answers_after_the_last_data(w, TMF_FN_LUN_RESET);
	wire_close(w);
}

WIRE_TEST(test_data_of_each_task, R2T_ONLY)
{
	uint32_t one = wire_write10(w, 0, 1), of_one = expect_ttt(w);
	uint32_t two = wire_write10(w, 1, 1), of_two = expect_ttt(w);
	uint32_t tmf = start(w, TMF_FN_ABORT_TASK_SET);

	wire_data_out(w, two, of_two, 0, 0, data, 512, true);
	wire_expect_nothing(w);
	wire_data_out(w, one, of_one, 0, 0, data, 512, true);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_close(w);
}

WIRE_TEST(test_data_of_each_r2t,
    R2T_ONLY "MaxOutstandingR2T=2;MaxBurstLength=512;FirstBurstLength=512;")
{
	uint32_t itt = wire_write10(w, 0, 2), ttt = expect_ttt(w), tmf;

	expect_ttt(w);
	tmf = start(w, TMF_FN_ABORT_TASK_SET);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	wire_expect_nothing(w);
	wire_data_out(w, itt, ttt, 0, 512, data, 512, true);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_close(w);
}

/* What is sent behind the function is none of its business. */
WIRE_TEST(test_new_commands_go_on, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 0, 1), ttt = expect_ttt(w), read;
	uint32_t tmf = start(w, TMF_FN_ABORT_TASK_SET);

	read = wire_read10(w, 8, 1);
	wire_expect_data(w, read, 512, 0);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_close(w);
}

WIRE_TEST(test_data_that_never_comes, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 0, 1), ttt = expect_ttt(w);
	uint32_t tmf = start(w, TMF_FN_ABORT_TASK_SET);

	wire_expect_nothing(w);
	pass(w, ABORT_MS);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	wire_expect_nothing(w);
	wire_close(w);
}

/* 4.2.3.4: no more Data-Outs are sent. */
WIRE_TEST(test_fast_abort_does_not_wait, R2T_ONLY "TaskReporting=FastAbort;")
{
	wire_write10(w, 0, 1);
	expect_ttt(w);
	wire_expect_tmf(w, start(w, TMF_FN_ABORT_TASK_SET), TMF_RSP_COMPLETE);
	wire_close(w);
}

/* It is wanted when the commands before it are waited for no more. */
WIRE_TEST(test_no_memory_to_wait, R2T_ONLY)
{
	uint32_t tmf;

	wire_write10(w, 0, 1);
	expect_ttt(w);
	w->cmd_sn++;
	tmf = start(w, TMF_FN_ABORT_TASK_SET);
	wire_starve = wire_in_core = true;
	pass(w, ABORT_MS);
	wire_in_core = false;
	CU_ASSERT_FALSE(wire_starve);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_close(w);
}

WIRE_TEST(test_lost_while_it_waits, R2T_ONLY)
{
	wire_write10(w, 0, 1);
	expect_ttt(w);
	start(w, TMF_FN_LUN_RESET);
	wire_close(w);
	site_run(site);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
}

WIRE_TEST(test_commands_before_it, "")
{
	uint32_t gap = w->cmd_sn++, tmf;

	tmf = start(w, TMF_FN_ABORT_TASK_SET);
	wire_expect_nothing(w);
	w->cmd_sn = gap;
	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	kit_run_homes(site->kit);
	wire_expect_nothing(w);
	site_run(site);
	kit_run_homes(site->kit);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_commands_that_never_come, "")
{
	uint32_t gap = w->cmd_sn++, tmf, itt;

	wire_read10(w, 0, 1);
	tmf = start(w, TMF_FN_ABORT_TASK_SET);
	wire_expect_nothing(w);
	pass(w, ABORT_MS / 4);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	w->cmd_sn = gap;
	itt = wire_read10(w, 0, 1);
	wire_expect_data(w, itt, 512, 0);
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, gap + 2);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "data that was asked for comes before the response",
	    test_data_before_the_response },
	{ "of each task", test_data_of_each_task },
	{ "of each R2T", test_data_of_each_r2t },
	{ "new commands go on meanwhile", test_new_commands_go_on },
	{ "data that never comes", test_data_that_never_comes },
	{ "with FastAbort none is waited for", test_fast_abort_does_not_wait },
	{ "no memory to wait", test_no_memory_to_wait },
	{ "its connection is lost meanwhile", test_lost_while_it_waits },
	{ "it acts on the commands before it", test_commands_before_it },
	{ "commands that never come", test_commands_that_never_come },
	{ NULL, NULL },
};

const struct unit_suite tmf_waits_suite = { "tmf_waits", tests };
