/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/spare.c - room that is kept for a sparse file.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/file.h"
#include "common/bytes.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite spare_suite;

static struct stat
spare_stat(const char *path)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	return st;
}

static struct backstore *
spare_open_file(struct kit *k, const char *path, bool full)
{
	struct bs_config config = {
		.type = "file",
		.path = path,
		.size = 4 * MIB,
		.block_size = 512,
		.full = full,
	};
	struct backstore *bs = kit_open(k, &config);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	return bs;
}

/* Beside a file: what it lacks to what is promised. */
static void
spare_is_kept(void)
{
	struct backstore *bs;
	const char *spare;
	uint64_t kept;
	struct kit k;

	kit_begin(&k);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	spare = kit_path(&k, "disk.reserve");
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), 0);
	CU_ASSERT_EQUAL(kept, MIB);
	CU_ASSERT_TRUE(spare_stat(spare).st_blocks * 512 >= (blkcnt_t)MIB);
	kit_shell("truncate -s 0 %s", spare);
	backstore_close(bs);
	CU_ASSERT_EQUAL(access(spare, F_OK), 0);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), 0);
	CU_ASSERT_EQUAL(kept, MIB);
	bs->ops->set_full(bs, true);
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), 0);
	CU_ASSERT_EQUAL(kept, 0);
	CU_ASSERT_NOT_EQUAL(access(spare, F_OK), 0);
	bs->ops->set_full(bs, false);
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), 0);
	CU_ASSERT_EQUAL(backstore_reserve(bs, 0, &kept), 0);
	CU_ASSERT_NOT_EQUAL(access(spare, F_OK), 0);
	backstore_close(bs);
	kit_end(&k);
}

static void
spare_leaves_others_files(void)
{
	struct backstore *bs;
	const char *spare;
	uint64_t kept;
	struct kit k;

	kit_begin(&k);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	spare = kit_path(&k, "disk.reserve");
	kit_shell("echo precious >%s", spare);
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), -EEXIST);
	CU_ASSERT_EQUAL(kept, 0);
	CU_ASSERT_EQUAL(backstore_reserve(bs, 0, &kept), 0);
	CU_ASSERT_EQUAL(kit_shell("grep -q precious %s", spare), 0);
	backstore_close(bs);
	kit_end(&k);
}

/* Of a file that was replaced while it was open. */
static void
spare_gives_up_its_own(void)
{
	struct backstore *old, *new;
	const char *spare;
	uint64_t kept;
	struct kit k;

	kit_begin(&k);
	old = spare_open_file(&k, kit_path(&k, "disk"), false);
	CU_ASSERT_EQUAL(backstore_reserve(old, MIB, &kept), 0);
	kit_shell("rm %s", kit_path(&k, "disk"));
	new = spare_open_file(&k, kit_path(&k, "disk"), false);
	spare = kit_path(&k, "disk.reserve");
	CU_ASSERT_EQUAL(backstore_reserve(new, MIB, &kept), 0);
	CU_ASSERT_EQUAL(backstore_reserve(old, 0, &kept), 0);
	backstore_close(old);
	CU_ASSERT_EQUAL(access(spare, F_OK), 0);
	CU_ASSERT_EQUAL(backstore_reserve(new, 0, &kept), 0);
	CU_ASSERT_NOT_EQUAL(access(spare, F_OK), 0);
	backstore_close(new);
	kit_end(&k);
}

/* Nothing is kept any more, and the daemon did not run when that changed. */
static void
spare_drops_what_an_earlier_run_kept(void)
{
	struct backstore *bs;
	const char *spare;
	uint64_t kept;
	struct kit k;

	kit_begin(&k);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	spare = kit_path(&k, "disk.reserve");
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), 0);
	backstore_close(bs);
	CU_ASSERT_EQUAL(access(spare, F_OK), 0);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	CU_ASSERT_EQUAL(backstore_reserve(bs, 0, &kept), 0);
	CU_ASSERT_NOT_EQUAL(access(spare, F_OK), 0);
	/* It has looked. */
	kit_shell("fallocate -l 1M %s", spare);
	CU_ASSERT_EQUAL(backstore_reserve(bs, 0, &kept), 0);
	CU_ASSERT_EQUAL(access(spare, F_OK), 0);
	backstore_close(bs);
	kit_end(&k);
}

static void
spare_takes_nothing_for_an_earlier_runs(void)
{
	struct backstore *bs, *other;
	const char *spare;
	uint64_t kept;
	struct kit k;

	kit_begin(&k);
	spare = kit_path(&k, "disk.reserve");
	kit_shell("truncate -s 1M %s", spare);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	CU_ASSERT_EQUAL(backstore_reserve(bs, 0, &kept), 0);
	CU_ASSERT_EQUAL(access(spare, F_OK), 0);
	backstore_close(bs);
	/* One that is served, and to which nothing was written yet. */
	other = spare_open_file(&k, spare, true);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	CU_ASSERT_EQUAL(backstore_reserve(bs, 0, &kept), 0);
	CU_ASSERT_EQUAL(access(spare, F_OK), 0);
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), -EBUSY);
	CU_ASSERT_EQUAL(spare_stat(spare).st_size, 4 * MIB);
	backstore_close(bs);
	backstore_close(other);
	kit_end(&k);
}

static void
spare_stays_untouched(void)
{
	struct stat before, after;
	struct backstore *bs;
	const char *spare;
	uint64_t kept;
	struct kit k;

	kit_begin(&k);
	bs = spare_open_file(&k, kit_path(&k, "disk"), false);
	spare = kit_path(&k, "disk.reserve");
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), 0);
	before = spare_stat(spare);
	usleep(50000);
	CU_ASSERT_EQUAL(backstore_reserve(bs, MIB, &kept), 0);
	after = spare_stat(spare);
	CU_ASSERT_EQUAL(before.st_ctim.tv_sec, after.st_ctim.tv_sec);
	CU_ASSERT_EQUAL(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	backstore_close(bs);
	kit_end(&k);
}

/* A file that keeps 4 MiB on a file system that is full otherwise; NULL, and
 * the kit has ended. */
static struct backstore *
spare_on_a_full_one(struct kit *k)
{
	struct backstore *bs;
	char path[128];
	uint64_t kept;

	kit_begin(k);
	if (!kit_mount_ext4(k, "32M")) {
		kit_end(k);
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/disk", k->mount);
	bs = spare_open_file(k, path, false);
	CU_ASSERT_EQUAL(backstore_reserve(bs, 4 * MIB, &kept), 0);
	kit_shell("dd if=/dev/zero of=%s/other bs=64k", k->mount);
	return bs;
}

static void
spare_that_cannot_be_cut(void)
{
	struct backstore *bs;
	struct kit k;

	bs = spare_on_a_full_one(&k);
	if (bs == NULL)
		return;
	if (kit_shell("chattr +a %s/disk.reserve", k.mount) != 0)
		kit_skip("chattr +a is not possible");
	else
		CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'x'), -ENOSPC);
	kit_shell("chattr -a %s/disk.reserve", k.mount);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'x'), 0);
	backstore_close(bs);
	kit_end(&k);
}

/* Room that came while another write had its turn. */
static void
spare_is_the_last_resort(void)
{
	struct backstore *bs;
	static char data[MIB];
	struct file *f;
	uint64_t bytes;
	struct kit_io i;
	struct kit k;

	bs = spare_on_a_full_one(&k);
	if (bs == NULL)
		return;
	f = container_of(bs->priv, struct file, io);
	bs->executor = &k.thread;
	pthread_mutex_lock(&f->spare.mutex);
	kit_io_init(&k, &i, BS_WRITE, 0, 0, data, sizeof(data));
	backstore_submit(bs, &i.io);
	usleep(200000);
	kit_run(&k);
	CU_ASSERT_FALSE(i.ended);
	kit_shell("rm %s/other", k.mount);
	bytes = f->spare.bytes;
	pthread_mutex_unlock(&f->spare.mutex);
	CU_ASSERT_TRUE_FATAL(kit_wait(&k, &i));
	CU_ASSERT_EQUAL(i.error, 0);
	CU_ASSERT_EQUAL(f->spare.bytes, bytes);
	backstore_close(bs);
	kit_end(&k);
}

static const struct unit_test spare_tests[] = {
	{ "a reserve is set aside, given up, and goes", spare_is_kept },
	{ "a reserve overwrites nobody's file", spare_leaves_others_files },
	{ "a reserve that another disk has now stays", spare_gives_up_its_own },
	{ "a reserve of an earlier run goes",
	    spare_drops_what_an_earlier_run_kept },
	{ "what may not be a reserve stays",
	    spare_takes_nothing_for_an_earlier_runs },
	{ "a reserve that is right stays untouched", spare_stays_untouched },
	{ "a reserve that cannot be cut is no room", spare_that_cannot_be_cut },
	{ "a reserve is given up when there is no other room",
	    spare_is_the_last_resort },
	{ NULL, NULL },
};

const struct unit_suite spare_suite = { "spare", spare_tests };
