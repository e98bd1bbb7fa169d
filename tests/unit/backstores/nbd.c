/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/nbd.c - what only an NBD store can meet: a server that
 * goes away and comes back.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite nbd_suite;

#define NBD_BYTES (4 * MIB)

/* False: there is no such store here. */
static bool
nbd_begin(struct kit *k, struct backstore **bs)
{
	struct bs_config config = { .type = "nbd", .block_size = 512 };

	kit_begin(k);
	if (bs_ops_find("nbd") == NULL)
		kit_skip("built without libnbd");
	else if (kit_nbd(k, NBD_BYTES)) {
		config.path = k->nbd_uri;
		*bs = kit_open(k, &config);
		CU_ASSERT_PTR_NOT_NULL(*bs);
		if (*bs != NULL)
			return true;
	}
	kit_end(k);
	return false;
}

static void
nbd_end(struct kit *k, struct backstore *bs)
{
	backstore_close(bs);
	kit_end(k);
}

static void
nbd_restart(struct kit *k)
{
	kit_nbd_kill(k);
	CU_ASSERT_TRUE(kit_nbd_start(k, NBD_BYTES));
}

static void
nbd_no_server_is_refused(void)
{
	struct bs_config config = { .type = "nbd",
		.block_size = 512,
		.path = "nbd+unix:///?socket=/nonexistent/nbd.sock" };
	struct kit k;

	kit_begin(&k);
	if (bs_ops_find("nbd") != NULL) {
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "nonexistent"));
	}
	kit_end(&k);
}

static void
nbd_io_goes_on_after_a_restart(void)
{
	struct backstore *bs;
	struct kit k;

	if (!nbd_begin(&k, &bs))
		return;
	nbd_restart(&k);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, MIB, MIB, 'n'), 0);
	CU_ASSERT_TRUE(kit_holds(&k, bs, MIB, MIB, 'n'));
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	nbd_end(&k, bs);
}

static void
nbd_io_waits_for_the_server(void)
{
	static char data[4096];
	struct backstore *bs;
	struct kit_io i;
	struct kit k;

	if (!nbd_begin(&k, &bs))
		return;
	kit_nbd_kill(&k);
	kit_io_init(&k, &i, BS_WRITE, 0, 0, data, sizeof(data));
	backstore_submit(bs, &i.io);
	CU_ASSERT_TRUE(kit_nbd_start(&k, NBD_BYTES));
	CU_ASSERT_TRUE(kit_wait(&k, &i));
	CU_ASSERT_EQUAL(i.error, 0);
	nbd_end(&k, bs);
}

static void
nbd_lost_writes_fail_every_flush(void)
{
	struct backstore *bs;
	struct kit k;

	if (!nbd_begin(&k, &bs))
		return;
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'l'), 0);
	nbd_restart(&k);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), -EIO);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), -EIO);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, MIB, 'l'), -EIO);
	nbd_end(&k, bs);
}

static void
nbd_flushed_writes_are_not_lost(void)
{
	struct backstore *bs;
	struct kit k;

	if (!nbd_begin(&k, &bs))
		return;
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'l'), 0);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	nbd_restart(&k);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	nbd_end(&k, bs);
}

/* nbdkit's memory is as durable as it says, which is enough here. */
static void
nbd_durable_writes_are_not_lost(void)
{
	struct backstore *bs;
	struct kit k;

	if (!nbd_begin(&k, &bs))
		return;
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, MIB, 'd'), 0);
	nbd_restart(&k);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	nbd_end(&k, bs);
}

static const struct unit_test nbd_tests[] = {
	{ "no server is refused with its words", nbd_no_server_is_refused },
	{ "I/O goes on after the server's restart",
	    nbd_io_goes_on_after_a_restart },
	{ "I/O waits for the server", nbd_io_waits_for_the_server },
	{ "writes lost with the server fail every flush",
	    nbd_lost_writes_fail_every_flush },
	{ "flushed writes are not counted as lost",
	    nbd_flushed_writes_are_not_lost },
	{ "nor are those with FUA", nbd_durable_writes_are_not_lost },
	{ NULL, NULL },
};

const struct unit_suite nbd_suite = { "nbd restarts", nbd_tests };
