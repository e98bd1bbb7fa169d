/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/each_call.c - the life of a store, once for each call
 * that may fail in it, with each error: it ends in an error that is told, what
 * was said to be durable is there, and nothing stays open.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backstores/journal.h"
#include "backstores/qcow.h"
#include "common/bytes.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/backstores/strike.h"
#include "tests/unit/unit.h"

extern const struct unit_suite each_call_suite;

#define LIFE_BYTES (4 * MIB)
#define LIFE_PIECE (64 * KIB)
#define CALLS_MAX  2000

static const int life_errors[] = { EIO, ENOSPC, EOPNOTSUPP, EINVAL, EINTR };

static _Alignas(4096) char life_data[LIFE_PIECE];

/* What a life has been told. */
struct life {
	struct kit *k;
	struct bs_config config;
	bool kept;   /* the piece at 0 is durable */
	bool zeroed; /* the one at 1 MiB is zero */
};

static unsigned
life_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int
life_do(struct life *l, struct backstore *bs, enum bs_op op, unsigned flags,
    uint64_t at)
{
	int error = kit_do(l->k, bs, op, flags, at,
	    op == BS_READ || op == BS_WRITE ? life_data : NULL,
	    op == BS_FLUSH ? 0 : LIFE_PIECE);

	CU_ASSERT_TRUE(error <= 0);
	return error;
}

static void
life_map(struct life *l, struct backstore *bs)
{
	struct bs_extent extents[8];
	struct kit_io m;

	kit_io_init(l->k, &m, BS_MAP, 0, 0, NULL, LIFE_BYTES);
	m.io.extents = extents;
	m.io.max_extents = ARRAY_LEN(extents);
	backstore_submit(bs, &m.io);
	CU_ASSERT_TRUE(kit_wait(l->k, &m) && m.error <= 0);
}

static void
life_data_moves(struct life *l, struct backstore *bs)
{
	memset(life_data, 'l', sizeof(life_data));
	l->kept = life_do(l, bs, BS_WRITE, 0, 0) == 0;
	life_do(l, bs, BS_WRITE, BS_FUA, MIB);
	l->zeroed = life_do(l, bs, BS_WRITE_ZEROES, 0, MIB) == 0;
	life_do(l, bs, BS_WRITE_ZEROES, BS_MAY_UNMAP | BS_FUA, 2 * MIB);
	life_do(l, bs, BS_DISCARD, 0, 3 * MIB);
	life_map(l, bs);
	life_do(l, bs, BS_READ, 0, 0);
	l->kept &= life_do(l, bs, BS_FLUSH, 0, 0) == 0;
	l->zeroed &= l->kept;
}

static void
life_is_asked(struct backstore *bs)
{
	struct bs_pool pool;
	uint64_t n;

	CU_ASSERT_TRUE(backstore_refresh(bs) <= 0);
	CU_ASSERT_TRUE(backstore_allocated(bs, &n) <= 0);
	CU_ASSERT_TRUE(backstore_pool(bs, &pool) <= 0);
	if (bs->ops->look != NULL)
		CU_ASSERT_TRUE(bs->ops->look(bs) <= 0);
	if (bs->ops->reserve != NULL)
		CU_ASSERT_TRUE(backstore_reserve(bs, MIB, &n) <= 0);
	CU_ASSERT_TRUE(backstore_resize(bs, LIFE_BYTES + MIB) <= 0);
	if (bs->ops->reserve != NULL)
		CU_ASSERT_TRUE(backstore_reserve(bs, 0, &n) <= 0);
}

/* From its opening to its end. */
static void
life_run(struct life *l)
{
	struct backstore *bs = kit_open(l->k, &l->config);

	l->kept = l->zeroed = false;
	if (bs == NULL) {
		CU_ASSERT_TRUE(kit_open_error < 0);
		CU_ASSERT_NOT_EQUAL(kit_why[0], '\0');
		return;
	}
	life_data_moves(l, bs);
	life_is_asked(bs);
	backstore_close(bs);
}

static void
life_check(struct life *l)
{
	struct backstore *bs;

	if (!l->kept)
		return;
	bs = kit_open(l->k, &l->config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_TRUE(kit_holds(l->k, bs, 0, LIFE_PIECE, 'l'));
	if (l->zeroed)
		CU_ASSERT_TRUE(kit_holds(l->k, bs, MIB, LIFE_PIECE, 0));
	backstore_close(bs);
}

/* path: is made anew for each; NULL: what is there stays. */
static void
life_each_call_with(struct life *l, const char *path, bool forgets, int error)
{
	unsigned fds = life_descriptors(), n;
	bool struck = true;

	for (n = 0; struck && n < CALLS_MAX; n++) {
		if (path != NULL)
			unlink(path);
		strike_at(n, error);
		life_run(l);
		struck = strike_end();
		CU_ASSERT_EQUAL(life_descriptors(), fds);
		if (!forgets)
			life_check(l);
	}
	CU_ASSERT_FALSE(struck);
	CU_ASSERT_TRUE(l->kept);
}

static void
life_each_call(struct life *l, const char *path, bool forgets)
{
	size_t e;

	for (e = 0; e < ARRAY_LEN(life_errors); e++)
		life_each_call_with(l, path, forgets, life_errors[e]);
}

/* In memory, where a sync takes no time; false: not here, and all is tidy. */
static bool
life_begin(struct life *l, struct kit *k)
{
	kit_begin(k);
	l->k = k;
	l->config.path = kit_path(k, "mnt/disk");
	if (kit_mount_tmpfs(k, "32m"))
		return true;
	kit_end(k);
	return false;
}

static void
life_of_a_file(bool full)
{
	struct life l = { .config = { .type = "file",
			      .size = LIFE_BYTES,
			      .block_size = 512,
			      .full = full } };
	struct kit k;

	if (!life_begin(&l, &k))
		return;
	life_each_call(&l, l.config.path, false);
	kit_end(&k);
}

static void
each_call_of_a_sparse_file(void)
{
	life_of_a_file(false);
}

static void
each_call_of_a_full_file(void)
{
	life_of_a_file(true);
}

/* One that was there before, and is grown. */
static void
each_call_of_a_direct_file(void)
{
	struct life l = { .config = { .type = "file",
			      .size = LIFE_BYTES,
			      .block_size = 512,
			      .direct = true } };
	struct kit k;

	kit_begin(&k);
	l.k = &k;
	l.config.path = kit_path(&k, "disk");
	kit_shell("truncate -s 1M %s", l.config.path);
	life_each_call_with(&l, NULL, false, EIO);
	kit_end(&k);
}

static void
each_call_of_a_file_with_an_owner(void)
{
	struct life l = { .config = { .type = "file",
			      .size = LIFE_BYTES,
			      .block_size = 512,
			      .owner = "root",
			      .group = "root",
			      .mode = 0640 } };
	struct kit k;

	if (!life_begin(&l, &k))
		return;
	life_each_call_with(&l, l.config.path, false, EIO);
	kit_end(&k);
}

static void
each_call_of_a_device(void)
{
	struct life l = { .config = { .type = "block", .block_size = 512 } };
	struct kit k;

	if (!life_begin(&l, &k))
		return;
	kit_shell("truncate -s 4M %s", l.config.path);
	if (kit_loop(&k, l.config.path)) {
		l.config.path = k.loop;
		life_each_call(&l, NULL, false);
		l.config.direct = true;
		life_each_call_with(&l, NULL, false, EIO);
	}
	kit_end(&k);
}

static void
each_call_of_memory(void)
{
	struct life l = { .config = { .type = "ram",
			      .size = LIFE_BYTES,
			      .block_size = 512 } };
	struct kit k;

	kit_begin(&k);
	l.k = &k;
	life_each_call(&l, NULL, true);
	kit_end(&k);
}

/* Of the calls that are made here: a thread of the store makes others. */
static void
each_call_of_a_servers_disk(void)
{
	struct life l = { .config = { .type = "nbd", .block_size = 512 } };
	struct kit k;

	kit_begin(&k);
	l.k = &k;
	if (bs_ops_find("nbd") == NULL) {
		kit_skip("built without libnbd");
	} else if (kit_nbd(&k, LIFE_BYTES)) {
		l.config.path = k.nbd_uri;
		life_each_call(&l, NULL, false);
	}
	kit_end(&k);
}

static void
each_call_of_a_module(void)
{
	struct life l = { .config = { .type = "tcmu", .block_size = 512 } };
	char path[160];
	struct kit k;

	kit_begin(&k);
	l.k = &k;
	if (kit_tcmu(&k, NULL, LIFE_BYTES, path, sizeof(path))) {
		l.config.path = path;
		life_each_call_with(&l, NULL, false, EIO);
	}
	kit_end(&k);
}

/* One that is found whole or not at all, with the call that failed first, and
 * settled when none fails any more. */
static void
each_call_of_an_atomic_write(void)
{
	static const uint8_t uuid[16] = { 7 };
	struct life l = { .config = { .type = "file",
			      .size = LIFE_BYTES,
			      .block_size = 512 } };
	struct backstore *bs;
	bool struck = true;
	struct kit k;
	unsigned n;
	int dir, error;

	if (!life_begin(&l, &k))
		return;
	dir = open(k.mount, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_TRUE_FATAL(dir >= 0);
	for (n = 0; struck && n < CALLS_MAX; n++) {
		bs = kit_open(&k, &l.config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		strike_at(n, EIO);
		error = backstore_keep_journal(bs, dir, "journal", uuid);
		memset(life_data, 'n', sizeof(life_data));
		if (error == 0)
			error = life_do(&l, bs, BS_WRITE, BS_ATOMIC, 0);
		struck = strike_end();
		backstore_settle(bs);
		backstore_close(bs);
		bs = kit_open(&k, &l.config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		CU_ASSERT_EQUAL(
		    backstore_keep_journal(bs, dir, "journal", uuid), 0);
		CU_ASSERT_TRUE(
		    kit_holds(&k, bs, 0, LIFE_PIECE, 'n') ||
		    (error != 0 && kit_holds(&k, bs, 0, LIFE_PIECE, 0)));
		CU_ASSERT_EQUAL(kit_do(&k, bs, BS_WRITE_ZEROES, BS_FUA, 0, NULL,
				    LIFE_PIECE),
		    0);
		backstore_close(bs);
	}
	CU_ASSERT_FALSE(struck);
	CU_ASSERT_EQUAL(error, 0);
	close(dir);
	kit_end(&k);
}

/* A look at an image, which may mend its counts. */
/* The kernel tells of lost pages once, by whatever error they ended with. */
static void
sync_that_tells_of_a_shortage_is_a_lost_write(void)
{
	static const int errors[] = { ENOMEM, EAGAIN };
	struct life l = { .config = { .type = "file",
			      .size = LIFE_BYTES,
			      .block_size = 512 } };
	struct backstore *bs;
	struct kit k;
	size_t e;

	kit_begin(&k);
	l.k = &k;
	l.config.path = kit_path(&k, "disk");
	for (e = 0; e < ARRAY_LEN(errors); e++) {
		bs = kit_open(&k, &l.config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		CU_ASSERT_EQUAL(life_do(&l, bs, BS_WRITE, 0, 0), 0);
		strike_at(0, errors[e]);
		CU_ASSERT_EQUAL(life_do(&l, bs, BS_FLUSH, 0, 0), -EIO);
		CU_ASSERT_TRUE(strike_end());
		CU_ASSERT_EQUAL(life_do(&l, bs, BS_FLUSH, 0, 0), -EIO);
		backstore_close(bs);
	}
	kit_end(&k);
}

static void
each_call_of_a_qcow2_image(void)
{
	struct qcow_facts facts;
	char why[512];
	struct kit k;
	bool struck = true;
	int fd, error;
	unsigned n;

	kit_begin(&k);
	if (kit_qcow(kit_path(&k, "a"), "", LIFE_BYTES)) {
		for (n = 0; struck && n < CALLS_MAX; n++) {
			fd = open(kit_path(&k, "a"), O_RDWR);
			CU_ASSERT_TRUE_FATAL(fd >= 0);
			why[0] = '\0';
			strike_at(n, EIO);
			error = qcow_check(fd, false, &facts, why, sizeof(why));
			struck = strike_end();
			CU_ASSERT_TRUE(
			    struck ? error < 0 && why[0] != '\0' : error == 0);
			close(fd);
		}
		CU_ASSERT_TRUE(n > 4);
	}
	kit_end(&k);
}

static const struct unit_test each_call_tests[] = {
	{ "of a sparse file's life", each_call_of_a_sparse_file },
	{ "of a full file's life", each_call_of_a_full_file },
	{ "of a direct file's life", each_call_of_a_direct_file },
	{ "of a file that is given to somebody",
	    each_call_of_a_file_with_an_owner },
	{ "of a device's life", each_call_of_a_device },
	{ "of a memory's life", each_call_of_memory },
	{ "of a server's disk's life", each_call_of_a_servers_disk },
	{ "of a module's life", each_call_of_a_module },
	{ "of an atomic write", each_call_of_an_atomic_write },
	{ "of a look at a qcow2 image", each_call_of_a_qcow2_image },
	{ "a sync that tells of a shortage is a lost write",
	    sync_that_tells_of_a_shortage_is_a_lost_write },
	{ NULL, NULL },
};

const struct unit_suite each_call_suite = { "each call fails",
	each_call_tests };
