/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/rbd.c - what a cluster may answer.  What a real one
 * does is the contract's (TISANE_CEPH_CONF).
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite rbd_suite;

#ifdef HAVE_RBD

#include "common/bytes.h"
#include "tests/unit/backstores/ceph.h"

/* ---- opening ---- */

static void
rbd_each_step_that_fails_is_told(void)
{
	static const struct {
		const char *call;
		int error;
		uint64_t there; /* bytes of the image; 0: none */
		const char *words;
	} steps[] = {
		{ "rados_create", ENOMEM, CEPH_BYTES, "no client" },
		{ "rados_conf_read_file", ENOENT, CEPH_BYTES,
		    "where it usually is" },
		{ "rados_connect", ETIMEDOUT, CEPH_BYTES, "not let us in" },
		{ "rados_ioctx_create", ENOENT, CEPH_BYTES, "pool rbd" },
		{ "rbd_create", EPERM, 0, "cannot be created" },
		{ "rbd_open", EIO, CEPH_BYTES, "rbd/disk" },
		{ "rbd_get_features", EIO, CEPH_BYTES, "cannot be locked" },
		{ "rbd_lock_acquire", EPERM, CEPH_BYTES, "cannot be locked" },
		{ "rbd_update_watch", ENOENT, CEPH_BYTES, "rbd/disk" },
		{ "rbd_stat", EIO, CEPH_BYTES, "rbd/disk" },
		{ "rbd_resize", ENOSPC, MIB, "does not grow" },
		{ "rbd_get_stripe_count", EIO, CEPH_BYTES, "rbd/disk" },
	};
	struct bs_config config = ceph_config(CEPH_BYTES);
	struct kit k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(steps); i++) {
		ceph_begin(&k, steps[i].there);
		ceph_fail(steps[i].call, -steps[i].error);
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_EQUAL(kit_open_error, -steps[i].error);
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, steps[i].words));
		ceph_end(&k, NULL);
	}
}

/* Two gateways may find that there is none at one time. */
static void
rbd_is_made_when_missing(void)
{
	static const int errors[] = { 0, -EEXIST };
	struct bs_config config = ceph_config(CEPH_BYTES);
	struct backstore *bs;
	struct kit k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(errors); i++) {
		ceph_begin(&k, 0);
		ceph_fail("rbd_create", errors[i]);
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		CU_ASSERT_EQUAL(backstore_size(bs), CEPH_BYTES);
		ceph_end(&k, bs);
	}
}

static void
rbd_is_not_made_without_a_size(void)
{
	struct bs_config config = ceph_config(0);
	struct kit k;

	ceph_begin(&k, 0);
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_EQUAL(kit_open_error, -ENOENT);
	config.size = CEPH_BYTES;
	config.read_only = true;
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_EQUAL(kit_open_error, -ENOENT);
	CU_ASSERT_EQUAL(ceph.size, 0);
	ceph_end(&k, NULL);
}

static void
rbd_that_is_locked_is_refused(void)
{
	static const struct {
		bool owned;
		const char *words;
	} rows[] = {
		{ true, "locked by 192.0.2.7" },
		{ false, "locked by another client" },
	};
	struct bs_config config = ceph_config(0);
	struct kit k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		ceph_begin(&k, CEPH_BYTES);
		ceph.owned = rows[i].owned;
		ceph_fail("rbd_lock_acquire", i == 0 ? -EROFS : -EBUSY);
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_EQUAL(kit_open_error, -EBUSY);
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, rows[i].words));
		ceph_end(&k, NULL);
	}
}

static void
rbd_without_a_lock_is_refused(void)
{
	struct bs_config config = ceph_config(0);
	struct kit k;

	ceph_begin(&k, CEPH_BYTES);
	ceph.features = 0;
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "exclusive-lock"));
	ceph_end(&k, NULL);
}

/* Which takes no lock, and tells what it is of. */
static void
rbd_snapshot_is_read_only(void)
{
	struct bs_config config = ceph_config(0);
	struct backstore *bs;
	struct kit k;

	ceph_begin(&k, CEPH_BYTES);
	ceph_fail("rbd_lock_acquire", -EIO);
	config.path = "rbd/disk@monday";
	config.name_space = "ours";
	config.read_only = true;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_STRING_EQUAL(ceph.snapshot, "monday");
	CU_ASSERT_STRING_EQUAL(ceph.name_space, "ours");
	CU_ASSERT_STRING_EQUAL(bs->info.origin, "rbd/disk");
	ceph_end(&k, bs);
}

/* ---- operations ---- */

static void
rbd_moves_data(void)
{
	struct backstore *bs;
	struct kit k;

	bs = ceph_serve(&k, CEPH_BYTES);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, MIB, 2 * MIB, 'r'), 0);
	CU_ASSERT_TRUE(kit_holds(&k, bs, MIB, 2 * MIB, 'r'));
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_WRITE_ZEROES, 0, MIB, NULL, 65536), 0);
	CU_ASSERT_EQUAL(ceph.zero_flags, RBD_WRITE_ZEROES_FLAG_THICK_PROVISION);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_WRITE_ZEROES, BS_MAY_UNMAP,
			    MIB + 65536, NULL, 65536),
	    0);
	CU_ASSERT_EQUAL(ceph.zero_flags, 0);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_DISCARD, 0, MIB + 2 * 65536, NULL, 65536), 0);
	CU_ASSERT_TRUE(kit_holds(&k, bs, MIB, 3 * 65536, 0));
	CU_ASSERT_TRUE(kit_holds(&k, bs, MIB + 3 * 65536, 65536, 'r'));
	ceph_end(&k, bs);
}

/* Whether the call fails or what it has started. */
static void
rbd_errors_come_up(void)
{
	static const struct {
		enum bs_op op;
		const char *call;
		int error, told;
	} rows[] = {
		{ BS_READ, "rbd_aio_create_completion", -ENOMEM, -ENOMEM },
		{ BS_READ, "reads", -EIO, -EIO },
		{ BS_READ, "read", -EIO, -EIO },
		{ BS_WRITE, "writes", -ENOSPC, -ENOSPC },
		{ BS_WRITE, "write", -EDQUOT, -ENOSPC },
		{ BS_DISCARD, "zeroes", -EIO, -EIO },
		{ BS_WRITE_ZEROES, "zero", -ENOSPC, -ENOSPC },
		{ BS_FLUSH, "flush", -EIO, -EIO },
	};
	static char data[4096];
	struct backstore *bs;
	struct kit k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		bs = ceph_serve(&k, CEPH_BYTES);
		ceph_fail(rows[i].call, rows[i].error);
		CU_ASSERT_EQUAL(
		    kit_do(&k, bs, rows[i].op, 0, 0, data, 4096), rows[i].told);
		CU_ASSERT_EQUAL(backstore_state(bs), BS_SERVES);
		ceph_end(&k, bs);
	}
}

static void
rbd_that_was_cut_is_an_error(void)
{
	static char data[4096];
	struct backstore *bs;
	struct kit k;

	bs = ceph_serve(&k, CEPH_BYTES);
	ceph.short_read = true;
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_READ, 0, 0, data, sizeof(data)), -EIO);
	ceph_end(&k, bs);
}

/* From then on nothing is asked of the cluster. */
static void
rbd_that_is_fenced_is_lost(void)
{
	static const char *const calls[] = { "write", "writes" };
	static const int errors[] = { -ESHUTDOWN, -EROFS };
	static char data[4096];
	struct backstore *bs;
	struct kit k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(calls); i++) {
		bs = ceph_serve(&k, CEPH_BYTES);
		ceph_fail(calls[i], errors[i]);
		CU_ASSERT_EQUAL(
		    kit_do(&k, bs, BS_WRITE, 0, 0, data, sizeof(data)),
		    -ESHUTDOWN);
		CU_ASSERT_EQUAL(backstore_state(bs), BS_LOST);
		ceph_fail(NULL, 0);
		CU_ASSERT_EQUAL(
		    kit_do(&k, bs, BS_READ, 0, 0, data, sizeof(data)),
		    -ESHUTDOWN);
		ceph_end(&k, bs);
	}
}

/* ---- size ---- */

static void
rbd_grows(void)
{
	struct bs_config config = ceph_config(CEPH_BYTES);
	struct backstore *bs;
	struct kit k;

	ceph_begin(&k, MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_size(bs), CEPH_BYTES);
	ceph_fail("rbd_resize", -ENOSPC);
	CU_ASSERT_EQUAL(backstore_resize(bs, 2 * CEPH_BYTES), -ENOSPC);
	CU_ASSERT_EQUAL(backstore_size(bs), CEPH_BYTES);
	ceph_fail(NULL, 0);
	CU_ASSERT_EQUAL(backstore_resize(bs, 2 * CEPH_BYTES), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 2 * CEPH_BYTES);
	CU_ASSERT_EQUAL(ceph.size, 2 * CEPH_BYTES);
	ceph_end(&k, bs);
}

/* A question that failed is asked once more. */
static void
rbd_asks_when_the_cluster_tells(void)
{
	struct backstore *bs;
	struct kit k;

	bs = ceph_serve(&k, CEPH_BYTES);
	ceph.size = 2 * CEPH_BYTES;
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), CEPH_BYTES);
	ceph.changed(ceph.changed_arg);
	ceph_fail("rbd_get_size", -ETIMEDOUT);
	CU_ASSERT_EQUAL(backstore_refresh(bs), -ETIMEDOUT);
	CU_ASSERT_EQUAL(backstore_size(bs), CEPH_BYTES);
	ceph_fail(NULL, 0);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 2 * CEPH_BYTES);
	ceph_end(&k, bs);
}

/* ---- maps ---- */

/* Its error; the extents are in e. */
static int
ceph_map(struct kit *k, struct backstore *bs, struct bs_extent *e, int max,
    int *found)
{
	struct kit_io m;

	kit_io_init(k, &m, BS_MAP, 0, MIB, NULL, CEPH_BYTES - MIB);
	m.io.extents = e;
	m.io.max_extents = max;
	backstore_submit(bs, &m.io);
	CU_ASSERT_TRUE(kit_wait(k, &m));
	*found = m.io.extents_found;
	return m.error;
}

static void
rbd_maps_what_is_there(void)
{
	struct backstore *bs;
	struct bs_extent e[4];
	struct kit k;
	int n;

	bs = ceph_serve(&k, CEPH_BYTES);
	CU_ASSERT_EQUAL(ceph_map(&k, bs, e, 4, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(e[0].kind, BS_EXTENT_HOLE);
	/* one before the range, one that is gone, two that are one */
	ceph.extents[0] = (struct ceph_extent){ 0, MIB, 1 };
	ceph.extents[1] = (struct ceph_extent){ 2 * MIB, MIB, 0 };
	ceph.extents[2] = (struct ceph_extent){ CEPH_OBJECT, MIB, 1 };
	ceph.extents[3] = (struct ceph_extent){ CEPH_OBJECT + MIB, MIB, 1 };
	CU_ASSERT_EQUAL(ceph_map(&k, bs, e, 4, &n), 0);
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_EQUAL(e[1].kind, BS_EXTENT_DATA);
	CU_ASSERT_EQUAL(e[1].offset, CEPH_OBJECT);
	CU_ASSERT_EQUAL(e[1].length, 2 * MIB);
	CU_ASSERT_EQUAL(ceph_map(&k, bs, e, 1, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	ceph_end(&k, bs);
}

static void
rbd_map_that_fails_is_an_error(void)
{
	struct backstore *bs;
	struct bs_extent e[4];
	struct kit k;
	int n;

	bs = ceph_serve(&k, CEPH_BYTES);
	ceph_fail("rbd_diff_iterate2", -EIO);
	CU_ASSERT_EQUAL(ceph_map(&k, bs, e, 4, &n), -EIO);
	ceph_fail(NULL, 0);
	/* what was a hole has data after all */
	ceph.extents[0] = (struct ceph_extent){ CEPH_OBJECT, MIB, 1 };
	ceph.extents[1] = (struct ceph_extent){ 2 * MIB, MIB, 1 };
	CU_ASSERT_EQUAL(ceph_map(&k, bs, e, 4, &n), -EPROTO);
	ceph_end(&k, bs);
}

/* Its objects are in another order than its bytes. */
static void
rbd_of_stripes_is_data(void)
{
	struct bs_config config = ceph_config(0);
	struct backstore *bs;
	struct bs_extent e[4];
	struct kit k;
	int n;

	ceph_begin(&k, CEPH_BYTES);
	ceph.stripes = 4;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_FALSE(backstore_maps(bs));
	CU_ASSERT_EQUAL(ceph_map(&k, bs, e, 4, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(e[0].kind, BS_EXTENT_DATA);
	ceph_end(&k, bs);
}

static const struct unit_test rbd_tests[] = {
	{ "each step that fails is told, and leaves nothing open",
	    rbd_each_step_that_fails_is_told },
	{ "a missing image is made", rbd_is_made_when_missing },
	{ "but not without a size, nor to be read only",
	    rbd_is_not_made_without_a_size },
	{ "one that is locked is refused, and by whom",
	    rbd_that_is_locked_is_refused },
	{ "one without a lock is refused", rbd_without_a_lock_is_refused },
	{ "a snapshot is read only", rbd_snapshot_is_read_only },
	{ "data, zeroes and discards move", rbd_moves_data },
	{ "errors come up", rbd_errors_come_up },
	{ "an image that was cut is an error", rbd_that_was_cut_is_an_error },
	{ "one that is fenced is lost", rbd_that_is_fenced_is_lost },
	{ "it grows", rbd_grows },
	{ "its size is asked when the cluster tells",
	    rbd_asks_when_the_cluster_tells },
	{ "a map has what is there", rbd_maps_what_is_there },
	{ "a map that fails is an error", rbd_map_that_fails_is_an_error },
	{ "one of stripes is data", rbd_of_stripes_is_data },
	{ NULL, NULL },
};

#else

static void
rbd_is_not_built(void)
{
	kit_skip("built without librbd");
}

static const struct unit_test rbd_tests[] = {
	{ "skipped", rbd_is_not_built },
	{ NULL, NULL },
};

#endif

const struct unit_suite rbd_suite = { "rbd answers", rbd_tests };
