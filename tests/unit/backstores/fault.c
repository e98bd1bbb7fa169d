/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/fault.c - no space, lost writes, files cut short.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite fault_suite;

static struct bs_config
fault_config(const char *type, const char *path, uint64_t size)
{
	return (struct bs_config){
		.type = type,
		.path = path,
		.size = size,
		.block_size = 512,
	};
}

/* Write 64 KiB pieces from offset on until one fails; its error. */
static int
fault_fill_up(
    struct kit *k, struct backstore *bs, unsigned flags, uint64_t *offset)
{
	int error = 0;

	for (; error == 0 && *offset < backstore_size(bs); *offset += 64 * KIB)
		error = kit_fill(k, bs, flags, *offset, 64 * KIB, 'x');
	return error;
}

/* A sparse file on a full file system: what fails, and what goes on. */
static void
fault_check_no_space(struct kit *k, unsigned flags)
{
	struct bs_config config =
	    fault_config("file", kit_path(k, "mnt/sparse"), 64 * MIB);
	struct backstore *bs = kit_open(k, &config);
	uint64_t at = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(fault_fill_up(k, bs, flags, &at), -ENOSPC);
	CU_ASSERT_TRUE(at > 256 * KIB);
	CU_ASSERT_TRUE(kit_holds(k, bs, 0, 256 * KIB, 'x'));
	CU_ASSERT_EQUAL(kit_fill(k, bs, 0, 0, 4096, 'y'), 0);
	CU_ASSERT_EQUAL(kit_do(k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(kit_do(k, bs, BS_DISCARD, 0, 0, NULL, 256 * KIB), 0);
	CU_ASSERT_EQUAL(kit_fill(k, bs, BS_FUA, 32 * MIB, 64 * KIB, 'z'), 0);
	CU_ASSERT_TRUE(kit_holds(k, bs, 32 * MIB, 64 * KIB, 'z'));
	backstore_close(bs);
}

static void
fault_no_space_tmpfs(void)
{
	struct kit k;

	kit_begin(&k);
	if (kit_mount_tmpfs(&k, "2m"))
		fault_check_no_space(&k, 0);
	kit_end(&k);
}

static void
fault_no_space_ext4(void)
{
	struct kit k;

	kit_begin(&k);
	if (kit_mount_ext4(&k, "24M"))
		fault_check_no_space(&k, 0);
	kit_end(&k);
}

static void
fault_no_space_fua(void)
{
	struct kit k;

	kit_begin(&k);
	if (kit_mount_ext4(&k, "24M"))
		fault_check_no_space(&k, BS_FUA);
	kit_end(&k);
}

static void
fault_check_full_refused(struct kit *k)
{
	struct bs_config config =
	    fault_config("file", kit_path(k, "mnt/full"), 64 * MIB);
	struct backstore *bs;

	config.full = true;
	CU_ASSERT_PTR_NULL(kit_open(k, &config));
	CU_ASSERT_EQUAL(kit_open_error, -ENOSPC);
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "all reserved"));
	CU_ASSERT_NOT_EQUAL(access(config.path, F_OK), 0);
	config.size = MIB;
	bs = kit_open(k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(kit_fill(k, bs, 0, 0, 64 * KIB, 'x'), 0);
	CU_ASSERT_EQUAL(backstore_resize(bs, 64 * MIB), -ENOSPC);
	CU_ASSERT_EQUAL(backstore_size(bs), MIB);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), MIB);
	CU_ASSERT_TRUE(kit_holds(k, bs, 0, 64 * KIB, 'x'));
	backstore_close(bs);
}

static void
fault_full_without_room(void)
{
	struct kit k;

	kit_begin(&k);
	if (kit_mount_ext4(&k, "24M"))
		fault_check_full_refused(&k);
	kit_end(&k);
}

/* A full file goes on taking writes when the file system is full. */
static void
fault_full_keeps_room(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	if (!kit_mount_ext4(&k, "24M")) {
		kit_end(&k);
		return;
	}
	config = fault_config("file", kit_path(&k, "mnt/full"), 4 * MIB);
	config.full = true;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	kit_shell("cat /dev/zero >%s", kit_path(&k, "mnt/filler"));
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, 4 * MIB, 'x'), 0);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	backstore_close(bs);
	kit_end(&k);
}

/*
 * The kernel takes writes to a loop device and loses them when the file behind
 * it finds no room.  It tells so once.
 */
static void
fault_lost_write(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;
	int error;

	kit_begin(&k);
	if (!kit_mount_tmpfs(&k, "1m") ||
	    kit_shell("truncate -s 16M %s", kit_path(&k, "mnt/disk")) != 0 ||
	    !kit_loop(&k, kit_path(&k, "mnt/disk"))) {
		kit_end(&k);
		return;
	}
	config = fault_config("block", k.loop, 0);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, 4 * MIB, 'x'), 0);
	error = kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0);
	CU_ASSERT_TRUE(error == -EIO || error == -ENOSPC);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), error);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, 4096, 'x'), error);
	backstore_close(bs);
	kit_end(&k);
}

/* ---- cut short ---- */

static void
fault_check_truncated(bool direct, const char *size)
{
	struct bs_config config;
	struct backstore *bs;
	static _Alignas(4096) char data[8192];
	struct kit k;

	kit_begin(&k);
	config = fault_config("file", kit_path(&k, "cut"), MIB);
	config.direct = direct;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'x'), 0);
	kit_shell("truncate -s %s %s", size, config.path);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_READ, 0, 512 * KIB, data, 4096), -EIO);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_READ, 0, 60 * KIB, data, 8192), -EIO);
	CU_ASSERT_TRUE(kit_holds(&k, bs, 0, 32 * KIB, 'x'));
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_READ, 0, 512 * KIB, data, 4096), -EINVAL);
	backstore_close(bs);
	kit_end(&k);
}

static void
fault_truncated(void)
{
	fault_check_truncated(false, "64K");
}

static void
fault_truncated_odd(void)
{
	fault_check_truncated(false, "65000");
}

static void
fault_truncated_direct(void)
{
	fault_check_truncated(true, "64K");
	fault_check_truncated(true, "65000");
}

static void
fault_deleted(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	config = fault_config("file", kit_path(&k, "gone"), MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(unlink(config.path), 0);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, 4096, 'x'), 0);
	CU_ASSERT_TRUE(kit_holds(&k, bs, 0, 4096, 'x'));
	backstore_close(bs);
	kit_end(&k);
}

/* The device's own file is cut: its reads fail, and so do ours. */
static void
fault_device_loses_data(void)
{
	static _Alignas(4096) char data[4096];
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	kit_shell("truncate -s 8M %s", kit_path(&k, "disk"));
	if (!kit_loop(&k, kit_path(&k, "disk"))) {
		kit_end(&k);
		return;
	}
	config = fault_config("block", k.loop, 0);
	config.direct = true;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	kit_shell("truncate -s 1M %s", kit_path(&k, "disk"));
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_READ, 0, 4 * MIB, data, sizeof(data)), -EIO);
	backstore_close(bs);
	kit_end(&k);
}

static const struct unit_test fault_tests[] = {
	{ "no space on tmpfs fails that write only", fault_no_space_tmpfs },
	{ "no space on ext4 fails that write only", fault_no_space_ext4 },
	{ "no space fails FUA writes only", fault_no_space_fua },
	{ "full without room is refused and leaves nothing",
	    fault_full_without_room },
	{ "full has its room when the disk is full", fault_full_keeps_room },
	{ "a lost write fails all later flushes", fault_lost_write },
	{ "a read behind a cut file's end is EIO", fault_truncated },
	{ "a read across a cut file's odd end is EIO", fault_truncated_odd },
	{ "direct reads of a cut file are EIO", fault_truncated_direct },
	{ "a deleted file goes on", fault_deleted },
	{ "a device's own errors come up", fault_device_loses_data },
	{ NULL, NULL },
};

const struct unit_suite fault_suite = { "fault", fault_tests };
