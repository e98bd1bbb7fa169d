/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/window.c - the command window and its arithmetic.
 */
#include "iscsi/window.h"
#include "tests/unit/unit.h"

static void
test_serial_wraps(void)
{
	CU_ASSERT_TRUE(serial_before(1, 2));
	CU_ASSERT_FALSE(serial_before(2, 1));
	CU_ASSERT_FALSE(serial_before(7, 7));
	CU_ASSERT_TRUE(serial_before(0xffffffff, 0));
	CU_ASSERT_TRUE(serial_before(0xfffffff0, 0x10));
	CU_ASSERT_FALSE(serial_before(0x10, 0xfffffff0));
	CU_ASSERT_FALSE(serial_before(0, 0x80000000));
	CU_ASSERT_FALSE(serial_before(0x80000000, 0));
}

static void
test_first_is_due(void)
{
	struct cmd_window w;

	window_init(&w, 100, 4);
	CU_ASSERT_EQUAL(w.max_cmd_sn, 103);
	CU_ASSERT_EQUAL(window_place(&w, 100), WINDOW_NEXT);
	CU_ASSERT_EQUAL(window_place(&w, 101), WINDOW_AHEAD);
	CU_ASSERT_EQUAL(window_place(&w, 103), WINDOW_AHEAD);
}

static void
test_outside_is_old_or_too_far(void)
{
	struct cmd_window w;

	window_init(&w, 100, 4);
	CU_ASSERT_EQUAL(window_place(&w, 99), WINDOW_OUTSIDE);
	CU_ASSERT_EQUAL(window_place(&w, 104), WINDOW_OUTSIDE);
	CU_ASSERT_EQUAL(window_place(&w, 100 + 0x80000000u), WINDOW_OUTSIDE);
	CU_ASSERT_EQUAL(window_place(&w, 0), WINDOW_OUTSIDE);
}

static void
test_closes_when_full(void)
{
	struct cmd_window w;

	window_init(&w, 5, 2);
	window_take(&w);
	window_take(&w);
	CU_ASSERT_EQUAL(w.exp_cmd_sn, 7);
	CU_ASSERT_EQUAL(w.max_cmd_sn, 6);
	CU_ASSERT_EQUAL(window_place(&w, 7), WINDOW_OUTSIDE);
	window_release(&w);
	CU_ASSERT_EQUAL(window_place(&w, 7), WINDOW_NEXT);
	CU_ASSERT_EQUAL(window_place(&w, 8), WINDOW_OUTSIDE);
}

static void
test_given_back_is_due_again(void)
{
	struct cmd_window w;

	window_init(&w, 0xffffffff, 2);
	window_take(&w);
	window_take(&w);
	window_give_back(&w);
	CU_ASSERT_EQUAL(window_place(&w, 0), WINDOW_NEXT);
	CU_ASSERT_EQUAL(window_place(&w, 1), WINDOW_OUTSIDE);
	window_release(&w);
	CU_ASSERT_EQUAL(window_place(&w, 1), WINDOW_AHEAD);
}

static void
test_goes_through_zero(void)
{
	struct cmd_window w;
	uint32_t i, sn = 0xfffffffe;

	window_init(&w, sn, 3);
	CU_ASSERT_EQUAL(w.max_cmd_sn, 0);
	CU_ASSERT_EQUAL(window_place(&w, 0), WINDOW_AHEAD);
	CU_ASSERT_EQUAL(window_place(&w, 1), WINDOW_OUTSIDE);
	for (i = 0; i < 8; i++, sn++) {
		CU_ASSERT_EQUAL(window_place(&w, sn), WINDOW_NEXT);
		window_take(&w);
		window_release(&w);
	}
	CU_ASSERT_EQUAL(w.max_cmd_sn, 8);
}

static const struct unit_test tests[] = {
	{ "serial numbers compare across zero", test_serial_wraps },
	{ "the first CmdSN is due", test_first_is_due },
	{ "old and far CmdSNs are outside", test_outside_is_old_or_too_far },
	{ "it closes when all slots are taken", test_closes_when_full },
	{ "what is given back is due again", test_given_back_is_due_again },
	{ "it moves through zero", test_goes_through_zero },
	{ NULL, NULL },
};

const struct unit_suite window_suite = { "window", tests };
