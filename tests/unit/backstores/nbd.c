/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/nbd.c - what only an NBD store can meet: a server that
 * goes away and comes back, has less than others, or fails.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite nbd_suite;

/* A kit with a server; false: there is none here. */
static bool
nbd_begin_server(struct kit *k, const char *words)
{
	kit_begin(k);
	if (bs_ops_find("nbd") == NULL)
		kit_skip("built without libnbd");
	else if (kit_nbd_serve(k, words))
		return true;
	kit_end(k);
	return false;
}

/* The same, and its store. */
static bool
nbd_begin_as(struct kit *k, struct backstore **bs, struct bs_config *config,
    const char *words)
{
	if (!nbd_begin_server(k, words))
		return false;
	config->type = "nbd";
	config->block_size = 512;
	config->path = k->nbd_uri;
	*bs = kit_open(k, config);
	CU_ASSERT_PTR_NOT_NULL(*bs);
	if (*bs != NULL)
		return true;
	kit_end(k);
	return false;
}

static bool
nbd_begin_with(struct kit *k, struct backstore **bs, const char *words)
{
	struct bs_config config = { 0 };

	return nbd_begin_as(k, bs, &config, words);
}

static bool
nbd_begin(struct kit *k, struct backstore **bs)
{
	return nbd_begin_with(k, bs, "memory 4M");
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
	CU_ASSERT_TRUE(kit_nbd_start(k));
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
	CU_ASSERT_TRUE(kit_nbd_start(&k));
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

/* ---- servers that have less ---- */

static void
nbd_extents(struct kit *k, struct backstore *bs, struct bs_extent *e, int *n)
{
	struct kit_io m;

	kit_io_init(k, &m, BS_MAP, 0, 0, NULL, 4 * MIB);
	m.io.extents = e;
	m.io.max_extents = *n;
	backstore_submit(bs, &m.io);
	CU_ASSERT_TRUE(kit_wait(k, &m) && m.error == 0);
	*n = m.io.extents_found;
}

/* Zeroes are written, FUA is a flush, a map is data. */
static void
nbd_has_neither_zeroes_nor_fua(void)
{
	struct bs_extent e[4];
	struct backstore *bs;
	struct kit k;
	int n = 4;

	if (!nbd_begin_with(&k, &bs,
		"--filter=nozero --filter=fua --filter=noextents memory 4M "
		"zeromode=none"))
		return;
	CU_ASSERT_FALSE(bs->info.discard_zeroes);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, MIB, 'z'), 0);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_WRITE_ZEROES, BS_FUA, 4096, NULL, 512 * KIB), 0);
	CU_ASSERT_TRUE(kit_holds(&k, bs, 0, 4096, 'z'));
	CU_ASSERT_TRUE(kit_holds(&k, bs, 4096, 512 * KIB, 0));
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_DISCARD, 0, 2 * MIB, NULL, MIB), 0);
	nbd_extents(&k, bs, e, &n);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(e[0].kind, BS_EXTENT_DATA);
	/* what was made durable by a flush is, what was not is lost */
	nbd_restart(&k);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), -EIO);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, MIB, 'z'), -EIO);
	nbd_end(&k, bs);
}

/* A FUA write's own flush meets what was lost before. */
static void
nbd_fua_of_lost_writes_fails(void)
{
	static const char words[] = "--filter=fua memory 4M";
	struct backstore *bs;
	struct kit k;

	if (!nbd_begin_with(&k, &bs, words))
		return;
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'l'), 0);
	nbd_restart(&k);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, MIB, MIB, 'l'), -EIO);
	nbd_end(&k, bs);
	if (!nbd_begin_with(&k, &bs, words))
		return;
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, MIB, 'd'), 0);
	nbd_restart(&k);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	nbd_end(&k, bs);
}

static void
nbd_what_is_not_enough_is_refused(void)
{
	static const struct {
		const char *words;
		uint64_t size;
		int error;
		const char *told;
	} rows[] = {
		{ "-r memory 4M", 0, -EROFS, "read-only" },
		{ "memory 4M", 8 * MIB, -EINVAL, "fewer than the size" },
		{ "eval get_size='echo 4M' pread='head -c $3 /dev/zero' "
		  "pwrite='cat >/dev/null'",
		    0, -EOPNOTSUPP, "no flush" },
	};
	struct bs_config config = { .type = "nbd", .block_size = 512 };
	struct kit k;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!nbd_begin_server(&k, rows[i].words))
			return;
		config.path = k.nbd_uri;
		config.size = rows[i].size;
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_EQUAL(kit_open_error, rows[i].error);
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, rows[i].told));
		kit_end(&k);
	}
}

static void
nbd_read_only_is_read(void)
{
	struct bs_config config = { .read_only = true };
	struct backstore *bs;
	struct kit k;

	if (!nbd_begin_as(&k, &bs, &config, "-r memory 4M"))
		return;
	CU_ASSERT_TRUE(kit_holds(&k, bs, 0, MIB, 0));
	nbd_end(&k, bs);
}

/* Of each request, and the connection stays. */
static void
nbd_errors_come_up(void)
{
	static const struct {
		const char *words;
		int error;
	} rows[] = {
		{ "--filter=error memory 4M error=EIO error-rate=100%", -EIO },
		{ "--filter=error memory 4M error=ENOSPC error-rate=100%",
		    -ENOSPC },
	};
	static char data[4096];
	struct backstore *bs;
	struct kit k;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!nbd_begin_with(&k, &bs, rows[i].words))
			return;
		CU_ASSERT_EQUAL(
		    kit_do(&k, bs, BS_READ, 0, 0, data, 4096), rows[i].error);
		CU_ASSERT_EQUAL(
		    kit_do(&k, bs, BS_WRITE, 0, 0, data, 4096), rows[i].error);
		CU_ASSERT_EQUAL(
		    kit_do(&k, bs, BS_WRITE_ZEROES, 0, 0, NULL, 4096),
		    rows[i].error);
		CU_ASSERT_EQUAL(kit_do(&k, bs, BS_DISCARD, 0, 0, NULL, 4096),
		    rows[i].error);
		CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
		CU_ASSERT_EQUAL(backstore_state(bs), BS_SERVES);
		nbd_end(&k, bs);
	}
}

/* The export is what it is: less of it may be shown. */
static void
nbd_grows_as_far_as_the_export(void)
{
	struct bs_config config = { .size = MIB };
	struct backstore *bs;
	struct kit k;

	if (!nbd_begin_as(&k, &bs, &config, "memory 4M"))
		return;
	CU_ASSERT_EQUAL(backstore_size(bs), MIB);
	CU_ASSERT_EQUAL(backstore_resize(bs, 8 * MIB), -ENOSPC);
	CU_ASSERT_EQUAL(backstore_resize(bs, 4 * MIB), 0);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 4 * MIB);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 3 * MIB, MIB, 'g'), 0);
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
	{ "a server without zeroes, FUA and extents serves",
	    nbd_has_neither_zeroes_nor_fua },
	{ "its FUA writes fail after lost writes",
	    nbd_fua_of_lost_writes_fails },
	{ "a server that has too little is refused",
	    nbd_what_is_not_enough_is_refused },
	{ "one that is read-only is read", nbd_read_only_is_read },
	{ "errors come up", nbd_errors_come_up },
	{ "it grows as far as the export", nbd_grows_as_far_as_the_export },
	{ NULL, NULL },
};

const struct unit_suite nbd_suite = { "nbd restarts", nbd_tests };
