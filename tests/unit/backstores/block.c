/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/block.c - what only a block device does.
 */
#include <errno.h>
#include <string.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite block_suite;

static struct bs_config
block_config(const char *path, uint64_t size)
{
	return (struct bs_config){
		.type = "block",
		.path = path,
		.size = size,
		.block_size = 512,
	};
}

/* A loop device of 8 MiB; false: skipped, all tidied up. */
static bool
block_begin(struct kit *k)
{
	kit_begin(k);
	kit_shell("truncate -s 8M %s", kit_path(k, "disk"));
	if (kit_loop(k, kit_path(k, "disk")))
		return true;
	kit_end(k);
	return false;
}

static void
block_must_fail(
    struct kit *k, const struct bs_config *config, int error, const char *says)
{
	struct backstore *bs = kit_open(k, config);

	CU_ASSERT_PTR_NULL(bs);
	CU_ASSERT_EQUAL(kit_open_error, error);
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, says));
	if (bs != NULL)
		backstore_close(bs);
}

static void
block_size_found(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!block_begin(&k))
		return;
	config = block_config(k.loop, 0);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_size(bs), 8 * MIB);
	CU_ASSERT_EQUAL(bs->info.min_block_bytes, 512);
	CU_ASSERT_TRUE(bs->info.discard_granularity > 0);
	CU_ASSERT_TRUE(bs->info.discard_zeroes);
	backstore_close(bs);
	kit_end(&k);
}

static void
block_part_shown(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!block_begin(&k))
		return;
	config = block_config(k.loop, 2 * MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_size(bs), 2 * MIB);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 2 * MIB);
	CU_ASSERT_EQUAL(backstore_resize(bs, 4 * MIB), 0);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 4 * MIB);
	CU_ASSERT_EQUAL(backstore_resize(bs, 16 * MIB), -ENOSPC);
	CU_ASSERT_EQUAL(backstore_size(bs), 4 * MIB);
	backstore_close(bs);
	config.size = 16 * MIB;
	block_must_fail(&k, &config, -ENOSPC, "are configured");
	kit_end(&k);
}

static void
block_growth_seen(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!block_begin(&k))
		return;
	config = block_config(k.loop, 0);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	kit_shell("truncate -s 12M %s && losetup -c %s", kit_path(&k, "disk"),
	    k.loop);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 12 * MIB);
	backstore_close(bs);
	kit_end(&k);
}

static void
block_in_use(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!block_begin(&k))
		return;
	config = block_config(k.loop, 0);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	block_must_fail(&k, &config, -EBUSY, "in use by another");
	CU_ASSERT_NOT_EQUAL(kit_shell("mkfs.ext4 -q %s", k.loop), 0);
	backstore_close(bs);
	CU_ASSERT_EQUAL(kit_shell("mkfs.ext4 -q %s", k.loop), 0);
	kit_end(&k);
}

static void
block_read_only_device(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!block_begin(&k))
		return;
	kit_shell("blockdev --setro %s", k.loop);
	config = block_config(k.loop, 0);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NULL(bs);
	CU_ASSERT_TRUE(kit_open_error == -EROFS || kit_open_error == -EACCES);
	config.read_only = true;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL(bs);
	if (bs != NULL)
		backstore_close(bs);
	kit_shell("blockdev --setrw %s", k.loop);
	kit_end(&k);
}

static void
block_sector_too_large(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!block_begin(&k))
		return;
	if (kit_shell("losetup -b 4096 %s", k.loop) != 0 &&
	    kit_shell("blockdev --setbsz 4096 %s", k.loop) != 0)
		kit_skip("cannot have sectors of 4096 bytes");
	config = block_config(k.loop, 0);
	bs = kit_open(&k, &config);
	if (bs == NULL) {
		CU_ASSERT_EQUAL(kit_open_error, -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(kit_why, "needs a block size of 4096"));
		config.block_size = 4096;
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL(bs);
	} else {
		kit_skip("cannot have sectors of 4096 bytes");
	}
	if (bs != NULL)
		backstore_close(bs);
	kit_end(&k);
}

static void
block_not_a_device(void)
{
	struct bs_config config;
	struct kit k;

	kit_begin(&k);
	config = block_config(kit_path(&k, "file"), 0);
	block_must_fail(&k, &config, -ENOENT, "No such file");
	kit_shell("truncate -s 1M %s", config.path);
	block_must_fail(&k, &config, -ENOTBLK, "is not a block device");
	config.path = "/dev/null";
	block_must_fail(&k, &config, -ENOTBLK, "is not a block device");
	kit_end(&k);
}

static const struct unit_test block_tests[] = {
	{ "a device's size and limits are found", block_size_found },
	{ "part of a device can be shown, and more of it", block_part_shown },
	{ "a grown device is seen by refresh", block_growth_seen },
	{ "a device in use is refused, and ours is claimed", block_in_use },
	{ "a read-only device needs a read-only LUN", block_read_only_device },
	{ "a sector above the block size is refused", block_sector_too_large },
	{ "what is not a device is refused", block_not_a_device },
	{ NULL, NULL },
};

const struct unit_suite block_suite = { "block device", block_tests };
