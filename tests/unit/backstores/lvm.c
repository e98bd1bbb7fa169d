/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/lvm.c - volumes of LVM: what is asked of lvm, by a
 * stand-in that writes down its words and answers from files; and the real
 * one's metadata on a loop device, which need no device-mapper.
 */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backstores/lvm.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite lvm_suite;

static char lvm_path[4096]; /* PATH as it was */

/* lvm COMMAND ... appends its words to words, prints the file COMMAND, and
 * fails with the file COMMAND.error when that is there. */
static const char lvm_stand_in[] =
    "#!/bin/sh\n"
    "d=$(dirname \"$0\")\n"
    "echo \"$*\" >>$d/words\n"
    "[ ! -e $d/$1.error ] || { cat $d/$1.error >&2; exit 5; }\n"
    "cat $d/$1 2>/dev/null || true\n"
    "[ ! -e $d/$1.then ] || mv $d/$1.then $d/lvs\n";

static void
lvm_write(struct kit *k, const char *name, const char *text)
{
	FILE *f = fopen(kit_path(k, name), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

static void
lvm_report(struct kit *k, const char *file, const char *path, unsigned mib,
    const char *pool)
{
	static const char row[] =
	    "{\"lv_name\":\"%s\",\"lv_size\":\"%u\",\"lv_active\":\"%s\","
	    "\"lv_path\":\"%s\",\"pool_lv\":\"%s\",\"data_percent\":\"%s\"}";
	char disk[512], all[512], text[1200];

	snprintf(disk, sizeof(disk), row, "disk", mib * MIB, "active", path,
	    pool, pool[0] != '\0' ? "25.00" : "");
	snprintf(all, sizeof(all), row, "pool0", 4 * mib * MIB, "active", "",
	    "", "50.00");
	snprintf(
	    text, sizeof(text), "{\"report\":[{\"lv\":[%s,%s]}]}", disk, all);
	lvm_write(k, file, text);
}

static void
lvm_begin(struct kit *k)
{
	char both[4200];

	kit_begin(k);
	lvm_write(k, "lvm", lvm_stand_in);
	chmod(kit_path(k, "lvm"), 0755);
	lvm_write(k, "lvs", "{\"report\":[{\"lv\":[]}]}");
	snprintf(lvm_path, sizeof(lvm_path), "%s", getenv("PATH"));
	snprintf(both, sizeof(both), "%s:%s", k->dir, lvm_path);
	setenv("PATH", both, 1);
}

static void
lvm_end(struct kit *k)
{
	setenv("PATH", lvm_path, 1);
	kit_end(k);
}

static bool
lvm_was_told(struct kit *k, const char *words)
{
	return kit_shell("grep -qx -- '%s' %s/words", words, k->dir) == 0;
}

static struct bs_config
lvm_config(uint64_t size)
{
	return (struct bs_config){ .type = "lv",
		.path = "vg0/disk",
		.size = size,
		.block_size = 512 };
}

/* ---- the stand-in ---- */

static void
lvm_reads_the_report(void)
{
	struct lvm_volume v;
	char why[256];
	struct kit k;

	lvm_begin(&k);
	lvm_report(&k, "lvs", "/dev/vg0/disk", 8, "pool0");
	CU_ASSERT_EQUAL(lvm_find("vg0/disk", &v, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(v.size_bytes, 8 * MIB);
	CU_ASSERT_TRUE(v.active && v.thin);
	CU_ASSERT_EQUAL((int)v.data_percent, 25);
	CU_ASSERT_STRING_EQUAL(v.path, "/dev/vg0/disk");
	/* It is not asked for the others of a large group. */
	CU_ASSERT_TRUE(lvm_was_told(&k, "lvs .* vg0 -S lv_name=\"disk\""));
	lvm_end(&k);
}

static void
lvm_missing_is_enoent(void)
{
	struct lvm_volume v;
	char why[256];
	struct kit k;

	lvm_begin(&k);
	CU_ASSERT_EQUAL(lvm_find("vg0/disk", &v, why, sizeof(why)), -ENOENT);
	lvm_end(&k);
}

static void
lvm_words_are_repeated(void)
{
	struct lvm_volume v;
	char why[256];
	struct kit k;

	lvm_begin(&k);
	lvm_write(&k, "lvs.error",
	    "  WARNING: noise\n"
	    "  Volume group \"vg0\" not found\n"
	    "  Cannot process volume group vg0\n");
	CU_ASSERT_EQUAL(lvm_find("vg0/disk", &v, why, sizeof(why)), -EIO);
	CU_ASSERT_STRING_EQUAL(why,
	    "lvm lvs vg0: Volume group \"vg0\" not found; Cannot process "
	    "volume group vg0");
	lvm_end(&k);
}

static void
lvm_garbage_is_an_error(void)
{
	struct lvm_volume v;
	char why[256];
	struct kit k;

	lvm_begin(&k);
	lvm_write(&k, "lvs", "no json");
	CU_ASSERT_EQUAL(lvm_find("vg0/disk", &v, why, sizeof(why)), -EPROTO);
	lvm_end(&k);
}

static void
lvm_long_report_is_an_error(void)
{
	struct lvm_volume *all;
	unsigned count;
	char why[256];
	struct kit k;

	lvm_begin(&k);
	kit_shell("yes ' ' | head -c 2M >>%s", kit_path(&k, "lvs"));
	CU_ASSERT_EQUAL(
	    lvm_list("vg0", &all, &count, why, sizeof(why)), -EMSGSIZE);
	lvm_end(&k);
}

/* Under valgrind it is the new process that knows it, and ends with 127. */
static bool
lvm_spawn_tells_why(void)
{
	char path[] = "/nonexistent", *argv[] = { path, NULL };
	pid_t pid;

	if (posix_spawn(&pid, path, NULL, NULL, argv, NULL) == ENOENT)
		return true;
	waitpid(pid, NULL, 0);
	kit_skip("posix_spawn does not say why it fails");
	return false;
}

static void
lvm_no_lvm_is_said(void)
{
	struct lvm_volume v;
	char why[256];
	struct kit k;

	if (!lvm_spawn_tells_why())
		return;
	lvm_begin(&k);
	setenv("PATH", "/nonexistent", 1);
	CU_ASSERT_EQUAL(lvm_find("vg0/disk", &v, why, sizeof(why)), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "No such file"));
	lvm_end(&k);
}

static void
lv_is_created_when_missing(void)
{
	struct bs_config config = lvm_config(8 * MIB);
	struct backstore *bs;
	struct kit k;

	lvm_begin(&k);
	kit_shell("truncate -s 8M %s", kit_path(&k, "store"));
	if (kit_loop(&k, kit_path(&k, "store"))) {
		lvm_report(&k, "lvcreate.then", k.loop, 8, "");
		config.stripes = 2;
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL(bs);
		CU_ASSERT_TRUE(lvm_was_told(&k,
		    "lvcreate --yes --name disk --size 8388608b --stripes 2 "
		    "vg0"));
		if (bs != NULL) {
			CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'v'), 0);
			CU_ASSERT_TRUE(kit_holds(&k, bs, 0, MIB, 'v'));
			backstore_close(bs);
		}
	}
	lvm_end(&k);
}

static void
lv_thin_is_created_in_its_pool(void)
{
	char why[256];
	struct kit k;

	lvm_begin(&k);
	CU_ASSERT_EQUAL(
	    lvm_create("vg0/disk", MIB, "pool0", 0, why, sizeof(why)), 0);
	CU_ASSERT_TRUE(lvm_was_told(&k,
	    "lvcreate --yes --name disk --virtualsize 1048576b --thinpool "
	    "pool0 vg0"));
	lvm_end(&k);
}

/* Those of a thin volume are its equals. */
static void
lv_with_snapshots_is_not_removed(void)
{
	static const char report[] =
	    "{\"report\":[{\"lv\":["
	    "{\"lv_name\":\"thin-1\",\"origin\":\"disk\","
	    "\"pool_lv\":\"pool0\"}%s]}]}";
	char why[256], text[512];
	struct kit k;

	lvm_begin(&k);
	snprintf(text, sizeof(text), report,
	    ",{\"lv_name\":\"monday\",\"origin\":\"disk\","
	    "\"pool_lv\":\"\"}");
	lvm_write(&k, "lvs", text);
	CU_ASSERT_EQUAL(lvm_remove("vg0/disk", why, sizeof(why)), -EBUSY);
	CU_ASSERT_STRING_EQUAL(why,
	    "vg0/disk has the snapshot vg0/monday, which would go with it");
	CU_ASSERT_FALSE(lvm_was_told(&k, "lvremove --yes vg0/disk"));
	snprintf(text, sizeof(text), report, "");
	lvm_write(&k, "lvs", text);
	CU_ASSERT_EQUAL(lvm_remove("vg0/disk", why, sizeof(why)), 0);
	CU_ASSERT_TRUE(lvm_was_told(&k, "lvremove --yes vg0/disk"));
	lvm_end(&k);
}

static void
lv_without_size_is_refused(void)
{
	struct bs_config config = lvm_config(0);
	struct kit k;

	lvm_begin(&k);
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "no volume vg0/disk"));
	lvm_end(&k);
}

/* What is in use is not grown, either. */
static void
lv_in_use_is_left_alone(void)
{
	struct bs_config config = lvm_config(8 * MIB);
	struct backstore *bs;
	struct kit k;

	lvm_begin(&k);
	kit_shell("truncate -s 8M %s", kit_path(&k, "store"));
	if (kit_loop(&k, kit_path(&k, "store"))) {
		lvm_report(&k, "lvs", k.loop, 8, "");
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		config.size = 16 * MIB;
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "in use by another"));
		backstore_close(bs);
		config.read_only = true;
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(kit_why, "a read-only one is not grown"));
		CU_ASSERT_FALSE(
		    lvm_was_told(&k, "lvextend --size 16777216b vg0/disk"));
	}
	lvm_end(&k);
}

static void
lv_is_grown_to_its_size(void)
{
	struct bs_config config = lvm_config(16 * MIB);
	struct backstore *bs;
	struct kit k;

	lvm_begin(&k);
	kit_shell("truncate -s 16M %s", kit_path(&k, "store"));
	if (kit_loop(&k, kit_path(&k, "store"))) {
		lvm_report(&k, "lvs", k.loop, 8, "");
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL(bs);
		CU_ASSERT_TRUE(
		    lvm_was_told(&k, "lvextend --size 16777216b vg0/disk"));
		if (bs != NULL) {
			CU_ASSERT_EQUAL(backstore_size(bs), 16 * MIB);
			backstore_close(bs);
		}
	}
	lvm_end(&k);
}

static void
lv_thin_tells_of_its_pool(void)
{
	struct bs_config config = lvm_config(0);
	struct bs_pool pool = { 0, 0 };
	struct backstore *bs;
	uint64_t used = 0;
	struct kit k;

	config.pool = "pool0";
	lvm_begin(&k);
	kit_shell("truncate -s 16M %s", kit_path(&k, "store"));
	if (kit_loop(&k, kit_path(&k, "store"))) {
		lvm_report(&k, "lvs", k.loop, 16, "pool0");
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		CU_ASSERT_EQUAL(backstore_pool(bs, &pool), 0);
		CU_ASSERT_EQUAL(pool.size, 64 * MIB);
		CU_ASSERT_EQUAL(pool.available, 32 * MIB);
		/* Soon after, lvm is not asked again, for no volume. */
		lvm_write(&k, "lvs.error", "busy");
		CU_ASSERT_EQUAL(backstore_pool(bs, &pool), 0);
		CU_ASSERT_EQUAL(pool.available, 32 * MIB);
		CU_ASSERT_EQUAL(backstore_allocated(bs, &used), 0);
		CU_ASSERT_EQUAL(used, 4 * MIB);
		backstore_close(bs);
	}
	lvm_end(&k);
}

static void
lv_failed_report_is_remembered(void)
{
	struct bs_config config = lvm_config(0);
	struct bs_pool pool = { 0, 0 };
	struct backstore *bs;
	uint64_t used = 0;
	struct kit k;

	config.pool = "pool0";
	config.path = "vg1/disk";
	lvm_begin(&k);
	kit_shell("truncate -s 16M %s", kit_path(&k, "store"));
	if (kit_loop(&k, kit_path(&k, "store"))) {
		lvm_report(&k, "lvs", k.loop, 16, "pool0");
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		lvm_write(&k, "lvs.error", "busy");
		CU_ASSERT_EQUAL(backstore_pool(bs, &pool), -EIO);
		unlink(kit_path(&k, "words"));
		CU_ASSERT_EQUAL(backstore_pool(bs, &pool), -EIO);
		CU_ASSERT_EQUAL(backstore_allocated(bs, &used), -EIO);
		CU_ASSERT_NOT_EQUAL(access(kit_path(&k, "words"), F_OK), 0);
		backstore_close(bs);
	}
	lvm_end(&k);
}

static void
lv_that_is_a_pool_is_refused(void)
{
	struct bs_config config = lvm_config(0);
	struct kit k;

	lvm_begin(&k);
	config.path = "vg0/pool0";
	lvm_report(&k, "lvs", "/dev/null", 8, "pool0");
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_STRING_EQUAL(kit_why,
	    "vg0/pool0 is a pool or another part of volumes, and no disk");
	lvm_end(&k);
}

static void
lv_of_the_other_kind_is_refused(void)
{
	struct bs_config config = lvm_config(8 * MIB);
	struct kit k;

	lvm_begin(&k);
	lvm_report(&k, "lvs", "/dev/null", 8, "pool0");
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "thin"));
	lvm_end(&k);
}

/* Each of these, and what lvm says when it will not. */
static void
lvm_changes_are_asked_and_told(void)
{
	static const char *const off[] = { "tisane-a", NULL };
	static const char *const on[] = { "tisane-b", "tisane-c", NULL };
	char why[256];
	struct kit k;

	lvm_begin(&k);
	CU_ASSERT_EQUAL(
	    lvm_snapshot("vg0/disk", "s", MIB, why, sizeof(why)), 0);
	CU_ASSERT_TRUE(lvm_was_told(
	    &k, "lvcreate --yes --snapshot --name s --size 1048576b vg0/disk"));
	CU_ASSERT_EQUAL(lvm_snapshot("vg0/disk", "t", 0, why, sizeof(why)), 0);
	CU_ASSERT_TRUE(lvm_was_told(&k,
	    "lvcreate --yes --snapshot --name t --setactivationskip n "
	    "vg0/disk"));
	CU_ASSERT_EQUAL(lvm_activate("vg0/disk", why, sizeof(why)), 0);
	CU_ASSERT_TRUE(lvm_was_told(&k, "lvchange --activate y vg0/disk"));
	CU_ASSERT_EQUAL(lvm_tag("vg0/disk", off, on, why, sizeof(why)), 0);
	CU_ASSERT_TRUE(lvm_was_told(&k,
	    "lvchange --deltag tisane-a --addtag tisane-b --addtag tisane-c "
	    "vg0/disk"));
	lvm_write(&k, "lvchange.error", "  no such volume\n");
	CU_ASSERT_EQUAL(lvm_activate("vg0/disk", why, sizeof(why)), -EIO);
	CU_ASSERT_STRING_EQUAL(why, "lvm lvchange vg0/disk: no such volume");
	lvm_write(&k, "lvs.error", "  locked\n");
	CU_ASSERT_EQUAL(lvm_remove("vg0/disk", why, sizeof(why)), -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "locked"));
	CU_ASSERT_FALSE(lvm_was_told(&k, "lvremove --yes vg0/disk"));
	lvm_end(&k);
}

/* One that somebody has grown is served whole, and grows by lvm. */
static void
lv_of_the_admin_is_served(void)
{
	struct bs_config config = lvm_config(4 * MIB);
	struct backstore *bs;
	struct bs_pool pool;
	uint64_t used;
	struct kit k;

	lvm_begin(&k);
	kit_shell("truncate -s 8M %s", kit_path(&k, "store"));
	if (kit_loop(&k, kit_path(&k, "store"))) {
		lvm_report(&k, "lvs", k.loop, 8, "");
		kit_shell(
		    "sed -i 's/\"active\"/\"\"/g' %s", kit_path(&k, "lvs"));
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		CU_ASSERT_TRUE(
		    lvm_was_told(&k, "lvchange --activate y vg0/disk"));
		CU_ASSERT_EQUAL(backstore_size(bs), 8 * MIB);
		CU_ASSERT_EQUAL(backstore_allocated(bs, &used), 0);
		CU_ASSERT_EQUAL(used, 8 * MIB);
		CU_ASSERT_EQUAL(backstore_pool(bs, &pool), -EOPNOTSUPP);
		CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'v'), 0);
		CU_ASSERT_EQUAL(kit_do(&k, bs, BS_DISCARD, 0, 0, NULL, MIB), 0);
		CU_ASSERT_EQUAL(backstore_resize(bs, 16 * MIB), 0);
		CU_ASSERT_TRUE(
		    lvm_was_told(&k, "lvextend --size 16777216b vg0/disk"));
		lvm_write(&k, "lvextend.error", "  no free extents\n");
		CU_ASSERT_EQUAL(backstore_resize(bs, 32 * MIB), -EIO);
		CU_ASSERT_EQUAL(backstore_size(bs), 16 * MIB);
		CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
		CU_ASSERT_EQUAL(backstore_size(bs), 8 * MIB);
		backstore_close(bs);
	}
	lvm_end(&k);
}

/* What lvm does not do is not served. */
static void
lv_that_lvm_refuses_is_told(void)
{
	struct bs_config config = lvm_config(16 * MIB);
	struct kit k;

	lvm_begin(&k);
	lvm_write(&k, "lvcreate.error", "  no free extents\n");
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "no free extents"));
	kit_shell("truncate -s 8M %s", kit_path(&k, "store"));
	if (kit_loop(&k, kit_path(&k, "store"))) {
		lvm_report(&k, "lvs", k.loop, 8, "");
		lvm_write(&k, "lvextend.error", "  no free extents\n");
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "no free extents"));
	}
	lvm_end(&k);
}

/* ---- the real one ---- */

static bool
lvm_real_begin(struct kit *k)
{
	static const char conf[] =
	    "devices { use_devicesfile=0 filter=[ \"a|^/dev/loop|\", "
	    "\"r|.*|\" ] }\n"
	    "activation { udev_sync=0 udev_rules=0 monitoring=0 }\n"
	    "global { activation=0 }\n";

	kit_begin(k);
	lvm_write(k, "lvm.conf", conf);
	setenv("LVM_SYSTEM_DIR", k->dir, 1);
	setenv("LVM_SUPPRESS_FD_WARNINGS", "1", 1);
	kit_shell("truncate -s 64M %s", kit_path(k, "pv"));
	if (kit_shell("lvm version") != 0)
		kit_skip("lvm2 is not installed");
	else if (kit_loop(k, kit_path(k, "pv")) &&
		 kit_shell("lvm pvcreate -q %s && lvm vgcreate -q vgt%d %s",
		     k->loop, (int)getpid(), k->loop) == 0)
		return true;
	return false;
}

static void
lvm_real_end(struct kit *k)
{
	if (k->loop[0] != '\0')
		kit_shell("lvm vgremove -q -f vgt%d; lvm pvremove -q -f %s",
		    (int)getpid(), k->loop);
	unsetenv("LVM_SYSTEM_DIR");
	unsetenv("LVM_SUPPRESS_FD_WARNINGS");
	kit_end(k);
}

static void
lvm_real_metadata(void)
{
	struct lvm_volume v;
	char name[64], why[256];
	struct kit k;

	if (lvm_real_begin(&k)) {
		snprintf(name, sizeof(name), "vgt%d/disk", (int)getpid());
		CU_ASSERT_EQUAL(lvm_find(name, &v, why, sizeof(why)), -ENOENT);
		CU_ASSERT_EQUAL(
		    lvm_create(name, 5 * MIB, NULL, 0, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(lvm_find(name, &v, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(v.size_bytes, 8 * MIB); /* whole extents */
		CU_ASSERT_FALSE(v.thin);
		CU_ASSERT_EQUAL(
		    lvm_extend(name, 16 * MIB, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(lvm_find(name, &v, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(v.size_bytes, 16 * MIB);
		CU_ASSERT_EQUAL(
		    lvm_extend(name, 1024 * MIB, why, sizeof(why)), -EIO);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "nsufficient"));
	}
	lvm_real_end(&k);
}

static void
lvm_real_group_is_missing(void)
{
	struct lvm_volume v;
	char why[256];
	struct kit k;

	if (lvm_real_begin(&k)) {
		CU_ASSERT_EQUAL(
		    lvm_find("vgnone/x", &v, why, sizeof(why)), -EIO);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "vgnone"));
	}
	lvm_real_end(&k);
}

static const struct unit_test lvm_tests[] = {
	{ "a report is read", lvm_reads_the_report },
	{ "a missing volume is ENOENT", lvm_missing_is_enoent },
	{ "what lvm said is repeated", lvm_words_are_repeated },
	{ "a report that is none is an error", lvm_garbage_is_an_error },
	{ "a report that was cut is an error", lvm_long_report_is_an_error },
	{ "without lvm that is said", lvm_no_lvm_is_said },
	{ "a volume is created when missing", lv_is_created_when_missing },
	{ "a thin one is created in its pool", lv_thin_is_created_in_its_pool },
	{ "a missing one without size is refused", lv_without_size_is_refused },
	{ "one with snapshots is not removed",
	    lv_with_snapshots_is_not_removed },
	{ "a volume is grown to its size", lv_is_grown_to_its_size },
	{ "a volume in use is left alone", lv_in_use_is_left_alone },
	{ "a thin one tells of its pool", lv_thin_tells_of_its_pool },
	{ "a failure serves all of a group", lv_failed_report_is_remembered },
	{ "a pool is refused", lv_that_is_a_pool_is_refused },
	{ "thin where thick is configured is refused",
	    lv_of_the_other_kind_is_refused },
	{ "changes are asked of lvm, and what it says is told",
	    lvm_changes_are_asked_and_told },
	{ "one that the admin has grown is served", lv_of_the_admin_is_served },
	{ "what lvm refuses is told", lv_that_lvm_refuses_is_told },
	{ "the real lvm creates, finds and extends", lvm_real_metadata },
	{ "the real lvm's missing group is said", lvm_real_group_is_missing },
	{ NULL, NULL },
};

const struct unit_suite lvm_suite = { "lvm", lvm_tests };
