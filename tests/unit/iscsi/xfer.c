/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/xfer.c - the arithmetic of transfers.
 */
#include "iscsi/xfer.h"
#include "tests/unit/unit.h"

static struct params
params(void)
{
	struct params p;

	params_init(&p);
	p.initial_r2t = false;
	p.immediate_data = true;
	p.first_burst = 1000;
	p.max_burst = 1500;
	p.max_outstanding_r2t = 2;
	p.their_max_recv_data_segment = 512;
	return p;
}

static enum xfer_fault
data_out(struct xfer *x, const struct params *p, bool solicited,
    uint32_t offset, uint32_t length, uint32_t sn, bool final)
{
	struct xfer_slice pdu = { offset, length, sn, final };
	uint32_t keep;

	return xfer_data_out(x, p, &pdu, solicited, &keep);
}

/* ---- unsolicited ---- */

static void
test_immediate_is_all(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x;

	CU_ASSERT_EQUAL(xfer_begin(&x, &p, 800, 800, 800, true), XFER_FINE);
	CU_ASSERT_TRUE(xfer_gathered(&x));
	CU_ASSERT_FALSE(xfer_next_r2t(&x, &p, &s));
}

static void
test_immediate_not_allowed(void)
{
	struct params p = params();
	struct xfer x;

	p.immediate_data = false;
	CU_ASSERT_EQUAL(
	    xfer_begin(&x, &p, 800, 800, 1, true), XFER_UNEXPECTED_DATA);
	CU_ASSERT_EQUAL(xfer_begin(&x, &p, 800, 800, 0, true), XFER_FINE);
}

static void
test_immediate_over_first_burst(void)
{
	struct params p = params();
	struct xfer x;

	CU_ASSERT_EQUAL(
	    xfer_begin(&x, &p, 4000, 4000, 1001, true), XFER_UNEXPECTED_DATA);
	CU_ASSERT_EQUAL(
	    xfer_begin(&x, &p, 100, 100, 101, true), XFER_UNEXPECTED_DATA);
}

static void
test_no_final_with_initial_r2t(void)
{
	struct params p = params();
	struct xfer x;

	p.initial_r2t = true;
	CU_ASSERT_EQUAL(
	    xfer_begin(&x, &p, 800, 800, 100, false), XFER_UNEXPECTED_DATA);
}

static void
test_first_burst_then_r2t(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x;

	CU_ASSERT_EQUAL(xfer_begin(&x, &p, 1600, 1600, 400, false), XFER_FINE);
	CU_ASSERT_FALSE(xfer_next_r2t(&x, &p, &s));
	CU_ASSERT_EQUAL(data_out(&x, &p, false, 400, 600, 0, true), XFER_FINE);
	CU_ASSERT_FALSE(xfer_gathered(&x));
	CU_ASSERT_TRUE(xfer_next_r2t(&x, &p, &s));
	CU_ASSERT_EQUAL(s.offset, 1000);
	CU_ASSERT_EQUAL(s.length, 600);
	CU_ASSERT_EQUAL(s.sn, 0);
	CU_ASSERT_EQUAL(data_out(&x, &p, true, 1000, 600, 0, true), XFER_FINE);
	CU_ASSERT_TRUE(xfer_gathered(&x));
	CU_ASSERT_FALSE(x.broken);
}

static void
test_first_burst_too_short(void)
{
	struct params p = params();
	struct xfer x;

	xfer_begin(&x, &p, 1600, 1600, 0, false);
	CU_ASSERT_EQUAL(
	    data_out(&x, &p, false, 0, 999, 0, true), XFER_WRONG_AMOUNT);
	CU_ASSERT_TRUE(xfer_gathered(&x));
	CU_ASSERT_TRUE(x.broken);
}

static void
test_first_burst_too_long(void)
{
	struct params p = params();
	struct xfer x;

	xfer_begin(&x, &p, 1600, 1600, 0, false);
	CU_ASSERT_EQUAL(
	    data_out(&x, &p, false, 0, 1001, 0, false), XFER_UNEXPECTED_DATA);
	CU_ASSERT_FALSE(xfer_gathered(&x));
	CU_ASSERT_EQUAL(data_out(&x, &p, false, 1001, 9, 1, true), XFER_FINE);
	CU_ASSERT_TRUE(xfer_gathered(&x));
}

static void
test_unsolicited_unasked(void)
{
	struct params p = params();
	struct xfer x;

	xfer_begin(&x, &p, 1600, 1600, 0, true);
	CU_ASSERT_EQUAL(
	    data_out(&x, &p, false, 0, 10, 0, true), XFER_UNEXPECTED_DATA);
}

/* ---- R2T ---- */

static void
test_r2ts_up_to_limit(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x;

	xfer_begin(&x, &p, 4000, 4000, 0, true);
	CU_ASSERT_TRUE(xfer_next_r2t(&x, &p, &s));
	CU_ASSERT_EQUAL(s.offset, 0);
	CU_ASSERT_EQUAL(s.length, 1500);
	CU_ASSERT_TRUE(xfer_next_r2t(&x, &p, &s));
	CU_ASSERT_EQUAL(s.offset, 1500);
	CU_ASSERT_EQUAL(s.length, 1500);
	CU_ASSERT_EQUAL(s.sn, 1);
	CU_ASSERT_FALSE(xfer_next_r2t(&x, &p, &s));
	data_out(&x, &p, true, 0, 1500, 0, true);
	CU_ASSERT_TRUE(xfer_next_r2t(&x, &p, &s));
	CU_ASSERT_EQUAL(s.offset, 3000);
	CU_ASSERT_EQUAL(s.length, 1000);
	data_out(&x, &p, true, 1500, 1500, 0, true);
	CU_ASSERT_FALSE(xfer_next_r2t(&x, &p, &s));
	data_out(&x, &p, true, 3000, 999, 0, false);
	CU_ASSERT_EQUAL(data_out(&x, &p, true, 3999, 1, 1, true), XFER_FINE);
	CU_ASSERT_TRUE(xfer_gathered(&x));
	CU_ASSERT_FALSE(x.broken);
}

static void
test_data_sn_out_of_order(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x;

	xfer_begin(&x, &p, 1000, 1000, 0, true);
	xfer_next_r2t(&x, &p, &s);
	CU_ASSERT_EQUAL(data_out(&x, &p, true, 0, 500, 0, false), XFER_FINE);
	CU_ASSERT_EQUAL(
	    data_out(&x, &p, true, 500, 500, 0, true), XFER_LOST_DATA);
	CU_ASSERT_TRUE(xfer_gathered(&x));
	CU_ASSERT_TRUE(x.broken);
}

static void
test_offset_wrong(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x;

	xfer_begin(&x, &p, 1000, 1000, 0, true);
	xfer_next_r2t(&x, &p, &s);
	CU_ASSERT_EQUAL(data_out(&x, &p, true, 0xfffffff0, 500, 0, false),
	    XFER_WRONG_AMOUNT);
	CU_ASSERT_FALSE(xfer_gathered(&x));
}

static void
test_more_than_asked(void)
{
	struct params p = params();
	struct xfer_slice s, pdu = { 0, 1001, 0, true };
	struct xfer x;
	uint32_t keep;

	xfer_begin(&x, &p, 1000, 1000, 0, true);
	xfer_next_r2t(&x, &p, &s);
	CU_ASSERT_EQUAL(
	    xfer_data_out(&x, &p, &pdu, true, &keep), XFER_WRONG_AMOUNT);
	CU_ASSERT_EQUAL(keep, 0);
}

static void
test_less_than_asked(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x;

	xfer_begin(&x, &p, 1000, 1000, 0, true);
	xfer_next_r2t(&x, &p, &s);
	CU_ASSERT_EQUAL(
	    data_out(&x, &p, true, 0, 0, 0, true), XFER_WRONG_AMOUNT);
}

static void
test_solicited_unasked(void)
{
	struct params p = params();
	struct xfer x;

	xfer_begin(&x, &p, 1000, 1000, 0, true);
	CU_ASSERT_EQUAL(data_out(&x, &p, true, 0, 10, 0, true), XFER_STRAY);
	CU_ASSERT_FALSE(x.broken);
}

static void
test_broken_waits_for_every_final(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x;

	xfer_begin(&x, &p, 4000, 4000, 0, true);
	xfer_next_r2t(&x, &p, &s);
	xfer_next_r2t(&x, &p, &s);
	CU_ASSERT_EQUAL(
	    data_out(&x, &p, true, 7, 1500, 0, true), XFER_WRONG_AMOUNT);
	CU_ASSERT_FALSE(xfer_gathered(&x));
	CU_ASSERT_FALSE(xfer_next_r2t(&x, &p, &s));
	data_out(&x, &p, true, 1500, 1500, 0, true);
	CU_ASSERT_TRUE(xfer_gathered(&x));
}

static void
test_wanted_less_than_expected(void)
{
	struct params p = params();
	struct xfer_slice s, pdu = { 0, 1000, 0, true };
	struct xfer x;
	uint32_t keep;

	xfer_begin(&x, &p, 4000, 512, 0, false);
	CU_ASSERT_EQUAL(xfer_data_out(&x, &p, &pdu, false, &keep), XFER_FINE);
	CU_ASSERT_EQUAL(keep, 512);
	CU_ASSERT_FALSE(xfer_next_r2t(&x, &p, &s));
	CU_ASSERT_TRUE(xfer_gathered(&x));
}

/* ---- Data-In ---- */

static void
test_data_in_slices(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x = { 0 };
	uint32_t offset = 0, sn = 0;

	xfer_begin_data_in(&x, 4000);
	while (xfer_next_data_in(&x, &p, &s)) {
		CU_ASSERT_EQUAL(s.offset, offset);
		CU_ASSERT_EQUAL(s.sn, sn++);
		CU_ASSERT_TRUE(s.length > 0 && s.length <= 512);
		offset += s.length;
		CU_ASSERT_EQUAL(s.final,
		    offset == 1500 || offset == 3000 || offset == 4000);
	}
	CU_ASSERT_EQUAL(offset, 4000);
}

/* 11.7.7 */
static void
test_data_in_fills_words(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x = { 0 };

	p.their_max_recv_data_segment = 515;
	xfer_begin_data_in(&x, 1540);
	while (xfer_next_data_in(&x, &p, &s))
		CU_ASSERT_TRUE(s.final || s.length == 512);
	CU_ASSERT_EQUAL(x.sent, 1540);
	xfer_begin_data_in(&x, 515);
	CU_ASSERT_TRUE(xfer_data_in_is_last(&x, &p));
}

static void
test_data_in_last_is_known(void)
{
	struct params p = params();
	struct xfer_slice s;
	struct xfer x = { 0 };

	xfer_begin_data_in(&x, 513);
	CU_ASSERT_FALSE(xfer_data_in_is_last(&x, &p));
	xfer_next_data_in(&x, &p, &s);
	CU_ASSERT_TRUE(xfer_data_in_is_last(&x, &p));
	xfer_begin_data_in(&x, 0);
	CU_ASSERT_FALSE(xfer_data_in_is_last(&x, &p));
	CU_ASSERT_FALSE(xfer_next_data_in(&x, &p, &s));
}

static void
test_residuals(void)
{
	struct residual r = xfer_residual(512, 512);

	CU_ASSERT_TRUE(!r.overflow && !r.underflow && r.count == 0);
	r = xfer_residual(200, 512);
	CU_ASSERT_TRUE(r.overflow && !r.underflow && r.count == 312);
	r = xfer_residual(10000, 512);
	CU_ASSERT_TRUE(!r.overflow && r.underflow && r.count == 9488);
	r = xfer_residual(0, UINT64_C(1) << 40);
	CU_ASSERT_TRUE(r.overflow && r.count == UINT32_MAX);
}

static const struct unit_test tests[] = {
	{ "immediate data may be all", test_immediate_is_all },
	{ "ImmediateData=No refuses it", test_immediate_not_allowed },
	{ "immediate data is bounded by FirstBurstLength and EDTL",
	    test_immediate_over_first_burst },
	{ "F=0 needs InitialR2T=No", test_no_final_with_initial_r2t },
	{ "the rest after the first burst is asked for",
	    test_first_burst_then_r2t },
	{ "a first burst that is too short breaks it",
	    test_first_burst_too_short },
	{ "a first burst that is too long breaks it",
	    test_first_burst_too_long },
	{ "unsolicited data after F breaks it", test_unsolicited_unasked },
	{ "R2Ts up to MaxOutstandingR2T and MaxBurstLength",
	    test_r2ts_up_to_limit },
	{ "DataSN out of order breaks it", test_data_sn_out_of_order },
	{ "a wrong offset breaks it", test_offset_wrong },
	{ "more than was asked for is not kept", test_more_than_asked },
	{ "less than was asked for breaks it", test_less_than_asked },
	{ "solicited data without R2T changes nothing",
	    test_solicited_unasked },
	{ "a broken one waits for every F", test_broken_waits_for_every_final },
	{ "bytes beyond what the CDB wants are not kept",
	    test_wanted_less_than_expected },
	{ "Data-In is dense, F ends bursts", test_data_in_slices },
	{ "Data-In without F fills words", test_data_in_fills_words },
	{ "the last Data-In is known", test_data_in_last_is_known },
	{ "residuals by what the CDB moves", test_residuals },
	{ NULL, NULL },
};

const struct unit_suite xfer_suite = { "xfer", tests };
