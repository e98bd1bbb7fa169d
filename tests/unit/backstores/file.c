/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/file.c - creating, growing, reserving, giving back.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/backstores/strike.h"
#include "tests/unit/unit.h"

extern const struct unit_suite file_suite;

static struct bs_config
file_config(const char *path, uint64_t size)
{
	return (struct bs_config){
		.type = "file",
		.path = path,
		.size = size,
		.block_size = 512,
	};
}

static struct stat
file_stat(const char *path)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	return st;
}

/* Open with that configuration must fail so, and say that. */
static void
file_must_fail(
    struct kit *k, const struct bs_config *config, int error, const char *says)
{
	struct backstore *bs = kit_open(k, config);

	CU_ASSERT_PTR_NULL(bs);
	CU_ASSERT_EQUAL(kit_open_error, error);
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, config->path));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, says));
	if (strstr(kit_why, says) == NULL)
		fprintf(stderr, "\n    it says: %s\n", kit_why);
	if (bs != NULL)
		backstore_close(bs);
}

static void
file_is_created(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct stat st;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "new"), MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	st = file_stat(config.path);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(st.st_size, MIB);
	CU_ASSERT_EQUAL(st.st_blocks, 0);
	backstore_close(bs);
	kit_end(&k);
}

static void
file_missing(void)
{
	struct bs_config config;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "none"), 0);
	file_must_fail(&k, &config, -ENOENT, "no size is given");
	config.size = MIB;
	config.read_only = true;
	file_must_fail(&k, &config, -ENOENT, "No such file");
	CU_ASSERT_NOT_EQUAL(access(config.path, F_OK), 0);
	kit_end(&k);
}

static void
file_takes_what_is_there(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "there"), 0);
	kit_shell("truncate -s 3M %s", config.path);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_size(bs), 3 * MIB);
	backstore_close(bs);
	kit_end(&k);
}

static void
file_empty(void)
{
	struct bs_config config;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "empty"), 0);
	kit_shell("touch %s", config.path);
	file_must_fail(&k, &config, -EINVAL, "less than one block");
	kit_end(&k);
}

static void
file_smaller_is_grown(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "small"), 2 * MIB);
	kit_shell("printf data >%s", config.path);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_size(bs), 2 * MIB);
	CU_ASSERT_TRUE(kit_holds(&k, bs, 1, 1, 'a'));
	backstore_close(bs);
	kit_end(&k);
}

static void
file_larger_is_served_whole(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "large"), MIB);
	kit_shell("truncate -s 2M %s", config.path);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_size(bs), 2 * MIB);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 2 * MIB - 512, 512, 'x'), 0);
	backstore_close(bs);
	CU_ASSERT_EQUAL(file_stat(config.path).st_size, 2 * MIB);
	kit_end(&k);
}

static void
file_read_only_is_not_grown(void)
{
	struct bs_config config;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "small"), 2 * MIB);
	config.read_only = true;
	kit_shell("truncate -s 1M %s", config.path);
	file_must_fail(&k, &config, -EINVAL, "not grown");
	kit_end(&k);
}

static void
file_other_things(void)
{
	struct bs_config config;
	struct kit k;

	kit_begin(&k);
	config = file_config(k.dir, 0);
	config.read_only = true;
	file_must_fail(&k, &config, -EINVAL, "not a regular file");
	config = file_config(kit_path(&k, "fifo"), MIB);
	kit_shell("mkfifo %s", config.path);
	file_must_fail(&k, &config, -EINVAL, "not a regular file");
	config.read_only = true;
	file_must_fail(&k, &config, -EINVAL, "not a regular file");
	kit_end(&k);
}

static void
file_by_symlink(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "link"), 0);
	kit_shell(
	    "truncate -s 1M %s/real && ln -s real %s", k.dir, config.path);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL(bs);
	if (bs != NULL)
		backstore_close(bs);
	kit_end(&k);
}

/* ---- full ---- */

static void
file_full_fills_holes(void)
{
	struct bs_config config;
	struct backstore *bs;
	uint64_t bytes = 0;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "holes"), 0);
	config.full = true;
	kit_shell("truncate -s 4M %s && printf x | dd of=%s bs=1 seek=1M "
		  "conv=notrunc",
	    config.path, config.path);
	CU_ASSERT_TRUE(file_stat(config.path).st_blocks * 512 < MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_allocated(bs, &bytes), 0);
	CU_ASSERT_TRUE(bytes >= 4 * MIB);
	CU_ASSERT_TRUE(kit_holds(&k, bs, MIB, 1, 'x'));
	CU_ASSERT_TRUE(kit_holds(&k, bs, MIB + 1, MIB, 0));
	backstore_close(bs);
	kit_end(&k);
}

static void
file_full_never_gives_back(void)
{
	struct bs_config config;
	struct backstore *bs;
	uint64_t bytes = 0;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "full"), 4 * MIB);
	config.full = true;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, 4 * MIB, 'x'), 0);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_WRITE_ZEROES, BS_MAY_UNMAP, 0, NULL, 4 * MIB), 0);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	CU_ASSERT_EQUAL(backstore_allocated(bs, &bytes), 0);
	CU_ASSERT_TRUE(bytes >= 4 * MIB);
	backstore_close(bs);
	kit_end(&k);
}

static void
file_full_has_no_holes_in_map(void)
{
	struct bs_extent e[4];
	struct bs_config config;
	struct backstore *bs;
	struct kit_io i;
	struct kit k;
	int n;

	kit_begin(&k);
	config = file_config(kit_path(&k, "full"), 4 * MIB);
	config.full = true;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, MIB, MIB, 'x'), 0);
	kit_io_init(&k, &i, BS_MAP, 0, 0, NULL, 4 * MIB);
	i.io.extents = e;
	i.io.max_extents = 4;
	backstore_submit(bs, &i.io);
	CU_ASSERT_TRUE(kit_wait(&k, &i) && i.error == 0);
	for (n = 0; n < i.io.extents_found; n++)
		CU_ASSERT_NOT_EQUAL(e[n].kind, BS_EXTENT_HOLE);
	backstore_close(bs);
	kit_end(&k);
}

static void
file_full_grows_full(void)
{
	struct bs_config config;
	struct backstore *bs;
	uint64_t bytes = 0;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "full"), MIB);
	config.full = true;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(backstore_resize(bs, 4 * MIB), 0);
	CU_ASSERT_EQUAL(backstore_allocated(bs, &bytes), 0);
	CU_ASSERT_TRUE(bytes >= 4 * MIB);
	backstore_close(bs);
	kit_end(&k);
}

/* ---- pieces ---- */

#define SCATTERED_BYTES (MIB + 12345u)

/* Nothing in it repeats at a power of two. */
static uint8_t
scattered_byte(size_t at)
{
	return (uint8_t)(at % 251);
}

static void
file_scattered_write_is_whole(void)
{
	static uint8_t out[SCATTERED_BYTES], in[SCATTERED_BYTES];
	const size_t cuts[] = { 0, 1000, 300000, 300001, SCATTERED_BYTES };
	struct bs_config config;
	struct backstore *bs;
	struct kit_io i;
	struct kit k;
	size_t n;

	kit_begin(&k);
	config = file_config(kit_path(&k, "sparse"), 4 * MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	for (n = 0; n < SCATTERED_BYTES; n++)
		out[n] = scattered_byte(n);
	kit_io_init(&k, &i, BS_WRITE, 0, 777, out, SCATTERED_BYTES);
	for (n = 0; n < 4; n++)
		i.iov[n] =
		    (struct iovec){ out + cuts[n], cuts[n + 1] - cuts[n] };
	i.io.iovcnt = 4;
	backstore_submit(bs, &i.io);
	CU_ASSERT_TRUE(kit_wait(&k, &i) && i.error == 0);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_READ, 0, 777, in, SCATTERED_BYTES), 0);
	CU_ASSERT_EQUAL(memcmp(in, out, SCATTERED_BYTES), 0);
	backstore_close(bs);
	kit_end(&k);
}

/* ---- sparse ---- */

static void
file_sparse_gives_back(void)
{
	struct bs_config config;
	struct backstore *bs;
	uint64_t before = 0, after = 0;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "sparse"), 8 * MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, BS_FUA, 0, 8 * MIB, 'x'), 0);
	CU_ASSERT_EQUAL(backstore_allocated(bs, &before), 0);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_DISCARD, 0, MIB, NULL, 2 * MIB), 0);
	CU_ASSERT_EQUAL(backstore_allocated(bs, &after), 0);
	CU_ASSERT_TRUE(after + 2 * MIB <= before);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_WRITE_ZEROES, BS_MAY_UNMAP, 4 * MIB,
			    NULL, 2 * MIB),
	    0);
	CU_ASSERT_EQUAL(backstore_allocated(bs, &after), 0);
	CU_ASSERT_TRUE(after + 4 * MIB <= before);
	backstore_close(bs);
	kit_end(&k);
}

static void
file_zeroes_keep_space(void)
{
	struct bs_config config;
	struct backstore *bs;
	uint64_t bytes = 0;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "sparse"), 4 * MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_WRITE_ZEROES, BS_FUA, 0, NULL, 4 * MIB), 0);
	CU_ASSERT_EQUAL(backstore_allocated(bs, &bytes), 0);
	CU_ASSERT_TRUE(bytes >= 4 * MIB);
	backstore_close(bs);
	kit_end(&k);
}

static void
file_grown_behind_us(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	config = file_config(kit_path(&k, "grown"), MIB);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	kit_shell("truncate -s 3M %s", config.path);
	CU_ASSERT_EQUAL(backstore_size(bs), MIB);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 3 * MIB);
	backstore_close(bs);
	kit_end(&k);
}

/* ---- the page cache ---- */

static int
file_try_read(struct kit *k, struct backstore *bs, uint64_t offset)
{
	uint8_t data[4 * KIB];
	struct kit_io i;

	kit_io_init(k, &i, BS_READ, 0, offset, data, sizeof(data));
	return bs->ops->try(bs, &i.io);
}

/* Is the page cache asked first?  It has it, or not. */
static bool
file_asks(struct kit *k, struct backstore *bs, bool has)
{
	int error;

	if (has)
		return file_try_read(k, bs, 0) == 0;
	strike_at(0, EAGAIN);
	error = file_try_read(k, bs, 0);
	CU_ASSERT_EQUAL(error, -EAGAIN);
	return strike_end();
}

/* It has the last ones of each period; how often is it asked? */
static unsigned
file_asked(struct kit *k, struct backstore *bs, unsigned times, unsigned period,
    unsigned hits)
{
	unsigned i, asked = 0;

	for (i = 0; i < times; i++)
		asked += file_asks(k, bs, i % period >= period - hits);
	return asked;
}

/* Eight misses, and it is for one of sixteen, until it has most again. */
static void
file_cold_cache_is_not_asked_first(void)
{
	struct bs_config config;
	struct backstore *bs;
	char path[128];
	struct kit k;

	kit_begin(&k);
	if (kit_mount_ext4(&k, "16M")) {
		snprintf(path, sizeof(path), "%s/cold", k.mount);
		config = file_config(path, MIB);
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, MIB, 'c'), 0);
		CU_ASSERT_EQUAL(file_asked(&k, bs, 100, 10, 9), 100);
		CU_ASSERT_EQUAL(file_asked(&k, bs, 50, 1, 1), 50);
		CU_ASSERT_EQUAL(file_asked(&k, bs, 8, 1, 0), 8);
		CU_ASSERT_EQUAL(file_asked(&k, bs, 160, 1, 0), 10);
		/* Less than four of five do not make it warm. */
		CU_ASSERT_TRUE(file_asked(&k, bs, 1600, 3, 1) < 200);
		CU_ASSERT_TRUE(file_asked(&k, bs, 160, 1, 1) >= 1);
		CU_ASSERT_EQUAL(file_asked(&k, bs, 50, 1, 1), 50);
		backstore_close(bs);
	}
	kit_end(&k);
}

/* ---- shared blocks ---- */

static struct backstore *
file_open_at(struct kit *k, const char *path, bool full)
{
	struct bs_config config = file_config(path, 4 * MIB);
	struct backstore *bs;

	config.full = full;
	bs = kit_open(k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	return bs;
}

static int
file_clone_do(struct kit *k, struct backstore *to, struct backstore *from,
    uint64_t to_offset, uint64_t from_offset, uint64_t length)
{
	struct kit_io i;

	kit_io_init(k, &i, BS_CLONE, 0, to_offset, NULL, length);
	i.io.from = from;
	i.io.from_offset = from_offset;
	backstore_submit(to, &i.io);
	CU_ASSERT_TRUE_FATAL(kit_wait(k, &i));
	return i.error;
}

static void
file_clones_share_blocks(void)
{
	struct backstore *a, *b;
	char path[2][160];
	struct kit k;

	kit_begin(&k);
	if (!kit_mount_xfs(&k, "320M")) {
		kit_end(&k);
		return;
	}
	snprintf(path[0], sizeof path[0], "%s/a", k.mount);
	snprintf(path[1], sizeof path[1], "%s/b", k.mount);
	a = file_open_at(&k, path[0], false);
	b = file_open_at(&k, path[1], false);
	CU_ASSERT_EQUAL(kit_fill(&k, a, 0, 0, 2 * MIB, 'a'), 0);
	CU_ASSERT_EQUAL(kit_fill(&k, b, 0, 0, 4 * MIB, 'b'), 0);
	CU_ASSERT_EQUAL(file_clone_do(&k, b, a, MIB, MIB, 2 * MIB), 0);
	CU_ASSERT_TRUE(kit_holds(&k, b, 0, MIB, 'b'));
	CU_ASSERT_TRUE(kit_holds(&k, b, MIB, MIB, 'a'));
	CU_ASSERT_TRUE(kit_holds(&k, b, 2 * MIB, MIB, 0));
	CU_ASSERT_TRUE(kit_holds(&k, b, 3 * MIB, MIB, 'b'));
	/* Copy on write. */
	CU_ASSERT_EQUAL(kit_fill(&k, a, 0, MIB, MIB, 'x'), 0);
	CU_ASSERT_TRUE(kit_holds(&k, b, MIB, MIB, 'a'));
	CU_ASSERT_EQUAL(file_clone_do(&k, b, a, 512, 0, 4096), -EOPNOTSUPP);
	CU_ASSERT_TRUE(kit_holds(&k, b, 0, MIB, 'b'));
	backstore_close(a);
	backstore_close(b);
	kit_end(&k);
}

static void
file_full_shares_nothing(void)
{
	struct backstore *full, *sparse;
	struct kit k;

	kit_begin(&k);
	full = file_open_at(&k, kit_path(&k, "full"), true);
	sparse = file_open_at(&k, kit_path(&k, "sparse"), false);
	CU_ASSERT_FALSE(backstore_can_clone(full, sparse));
	CU_ASSERT_FALSE(backstore_can_clone(sparse, full));
	CU_ASSERT_TRUE(backstore_can_clone(sparse, sparse));
	CU_ASSERT_EQUAL(
	    file_clone_do(&k, full, sparse, 0, 0, MIB), -EOPNOTSUPP);
	backstore_close(full);
	backstore_close(sparse);
	kit_end(&k);
}

static const struct unit_test file_tests[] = {
	{ "clones share blocks where the file system can",
	    file_clones_share_blocks },
	{ "a full file shares no blocks", file_full_shares_nothing },
	{ "a missing file is created sparse, mode 0600", file_is_created },
	{ "a missing file without size is refused", file_missing },
	{ "without size the file's own is taken", file_takes_what_is_there },
	{ "an empty file without size is refused", file_empty },
	{ "a smaller file is grown and keeps its data", file_smaller_is_grown },
	{ "a larger file is served whole", file_larger_is_served_whole },
	{ "a smaller read-only file is refused", file_read_only_is_not_grown },
	{ "what is not a file is refused", file_other_things },
	{ "a symbolic link is followed", file_by_symlink },
	{ "full reserves the holes of a file", file_full_fills_holes },
	{ "full gives nothing back", file_full_never_gives_back },
	{ "full has no holes in its map", file_full_has_no_holes_in_map },
	{ "full grows full", file_full_grows_full },
	{ "sparse gives space back", file_sparse_gives_back },
	{ "a large write of many parts arrives whole",
	    file_scattered_write_is_whole },
	{ "reads that miss the cache do not ask it again at once",
	    file_cold_cache_is_not_asked_first },
	{ "zeroes without unmap keep their space", file_zeroes_keep_space },
	{ "a file grown by others is seen by refresh", file_grown_behind_us },
	{ NULL, NULL },
};

const struct unit_suite file_suite = { "file", file_tests };
