/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/flush.c - a flush that failed, and flushes at one time.
 */
#include <errno.h>

#include "tests/unit/backstores/script.h"
#include "tests/unit/unit.h"

extern const struct unit_suite flush_suite;

static void
flush_failed_stays(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail[BS_FLUSH] = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -EIO);
	s.fail[BS_FLUSH] = 0;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -EIO);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -EIO);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE_ZEROES, BS_FUA), -EIO);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_FLUSH));
	script_end(&s);
}

static void
flush_first_error_stays(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail[BS_FLUSH] = -ENOSPC;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -ENOSPC);
	s.fail[BS_FLUSH] = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -ENOSPC);
	script_end(&s);
}

static void
flush_failed_leaves_io(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail[BS_FLUSH] = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -EIO);
	CU_ASSERT_EQUAL(script_do(&s, BS_READ, 0), 0);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, 0), 0);
	script_end(&s);
}

static void
flush_reopened_is_well(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail[BS_FLUSH] = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -EIO);
	s.fail[BS_FLUSH] = 0;
	backstore_close(s.bs);
	script_open(&s);
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), 0);
	script_end(&s);
}

static void
flush_fua_failure_latches(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail_fua = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -EIO);
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -EIO);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE));
	script_end(&s);
}

static void
flush_emulated_fua_latches(void)
{
	struct script s;

	script_begin(&s);
	s.ops.fua = false;
	script_open(&s);
	s.fail[BS_FLUSH] = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -EIO);
	s.fail[BS_FLUSH] = 0;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -EIO);
	script_end(&s);
}

/* Nothing was lost: the kernel has not been asked, or had no memory for it. */
static void
flush_shortage_passes(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail[BS_FLUSH] = s.fail_fua = -ENOMEM;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -ENOMEM);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -ENOMEM);
	s.fail[BS_FLUSH] = s.fail_fua = 0;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), 0);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), 0);
	script_end(&s);
}

/* Who is told that it may be tried again takes it for not done. */
static void
flush_shortage_after_write(void)
{
	struct script s;

	script_begin(&s);
	s.ops.fua = false;
	script_open(&s);
	s.fail[BS_FLUSH] = -EAGAIN;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -EIO);
	s.fail[BS_FLUSH] = 0;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), 0);
	script_end(&s);
}

/* The write itself found no room, as it says without FUA, too. */
static void
flush_no_room_is_no_failure(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail[BS_WRITE] = -ENOSPC;
	script_submit(&s, &i, BS_WRITE, BS_FUA);
	CU_ASSERT_EQUAL(i.error, -ENOSPC);
	CU_ASSERT_EQUAL(i.io.flags, BS_FUA);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE, BS_WRITE));
	s.fail[BS_WRITE] = 0;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), 0);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), 0);
	script_end(&s);
}

/* Without FUA there is room, so it was the sync that told of a lost write. */
static void
flush_no_room_in_sync_latches(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail_fua = -ENOSPC;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -ENOSPC);
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -ENOSPC);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE, BS_WRITE));
	script_end(&s);
}

/* It could not be asked: it may be either, and is not to be tried again as if
 * nothing had been written. */
static void
flush_no_room_and_shortage_latches(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail_fua = -ENOSPC;
	s.fail[BS_WRITE] = -ENOMEM;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -ENOSPC);
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -ENOSPC);
	script_end(&s);
}

/* A FUA write that was under way when a flush failed does not end well. */
static void
flush_overtakes_fua(void)
{
	struct kit_io fua, flush;
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.hold = true;
	script_submit(&s, &flush, BS_FLUSH, 0);
	script_submit(&s, &fua, BS_WRITE, BS_FUA);
	script_release(&s, -EIO);
	script_release(&s, 0);
	CU_ASSERT_EQUAL(flush.error, -EIO);
	CU_ASSERT_EQUAL(fua.error, -EIO);
	script_end(&s);
}

static void
flush_one_at_a_time(void)
{
	struct kit_io i[4];
	struct script s;
	int n;

	script_begin(&s);
	script_open(&s);
	s.hold = true;
	for (n = 0; n < 4; n++)
		script_submit(&s, &i[n], BS_FLUSH, 0);
	CU_ASSERT_EQUAL(s.holds, 1);
	script_release(&s, 0);
	CU_ASSERT_TRUE(i[0].ended);
	for (n = 1; n < 4; n++)
		CU_ASSERT_FALSE(i[n].ended);
	CU_ASSERT_EQUAL(s.holds, 1);
	script_release(&s, 0);
	for (n = 0; n < 4; n++)
		CU_ASSERT_TRUE(i[n].ended && i[n].error == 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_FLUSH, BS_FLUSH));
	script_end(&s);
}

static void
flush_failure_reaches_waiting(void)
{
	struct kit_io i[3];
	struct script s;
	int n;

	script_begin(&s);
	script_open(&s);
	s.hold = true;
	for (n = 0; n < 3; n++)
		script_submit(&s, &i[n], BS_FLUSH, 0);
	script_release(&s, -EIO);
	for (n = 0; n < 3; n++)
		CU_ASSERT_TRUE(i[n].ended && i[n].error == -EIO);
	CU_ASSERT_EQUAL(s.holds, 0);
	script_end(&s);
}

static void
flush_emulated_fua_shares(void)
{
	struct kit_io flush, fua, other;
	struct script s;

	script_begin(&s);
	s.ops.fua = false;
	script_open(&s);
	s.hold = true;
	script_submit(&s, &flush, BS_FLUSH, 0);
	script_submit(&s, &fua, BS_WRITE, BS_FUA);
	script_submit(&s, &other, BS_WRITE, BS_FUA);
	script_release(&s, 0); /* the flush */
	script_release(&s, 0); /* both writes */
	script_release(&s, 0);
	CU_ASSERT_TRUE(flush.ended);
	CU_ASSERT_FALSE(fua.ended || other.ended);
	script_release(&s, 0);
	CU_ASSERT_TRUE(fua.ended);
	while (s.holds > 0)
		script_release(&s, 0);
	CU_ASSERT_TRUE(other.ended);
	CU_ASSERT_EQUAL(fua.io.op, BS_WRITE);
	CU_ASSERT_EQUAL(other.io.op, BS_WRITE);
	script_end(&s);
}

static void
flush_crowd_on_thread(void)
{
	struct kit_io i[SCRIPT_LOG];
	struct script s;
	int n;

	script_begin(&s);
	script_open(&s);
	s.bs->executor = &s.k.thread;
	for (n = 0; n < SCRIPT_LOG; n++)
		script_submit(&s, &i[n], BS_FLUSH, 0);
	for (n = 0; n < SCRIPT_LOG; n++)
		CU_ASSERT_TRUE(kit_wait(&s.k, &i[n]) && i[n].error == 0);
	script_end(&s);
}

static const struct unit_test flush_tests[] = {
	{ "a failed flush fails all later ones", flush_failed_stays },
	{ "the first error is the one that stays", flush_first_error_stays },
	{ "a failed flush leaves reads and writes alone",
	    flush_failed_leaves_io },
	{ "a reopened store flushes again", flush_reopened_is_well },
	{ "a failed FUA write fails later flushes", flush_fua_failure_latches },
	{ "a failed flush of an emulated FUA stays",
	    flush_emulated_fua_latches },
	{ "a shortage that passes is no failed flush", flush_shortage_passes },
	{ "a shortage in the second step is an error",
	    flush_shortage_after_write },
	{ "no room for a FUA write is no failed flush",
	    flush_no_room_is_no_failure },
	{ "no room in the sync of a FUA write is one",
	    flush_no_room_in_sync_latches },
	{ "no room for a FUA write, then a shortage, is one, too",
	    flush_no_room_and_shortage_latches },
	{ "FUA under way fails with the flush", flush_overtakes_fua },
	{ "flushes that wait share the next one", flush_one_at_a_time },
	{ "flushes that wait fail with the running one",
	    flush_failure_reaches_waiting },
	{ "the flush of an emulated FUA waits its turn",
	    flush_emulated_fua_shares },
	{ "a crowd of flushes on a thread all ends", flush_crowd_on_thread },
	{ NULL, NULL },
};

const struct unit_suite flush_suite = { "flush", flush_tests };
