/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/lun.c - lun: a logical unit by its name, and where its bytes are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/probe.h"
#include "config/build.h"

struct store {
	const char *name;
	bool path;       /* has one */
	bool may_size;   /* size may be given */
	bool must_size;  /* and must */
	bool allocation; /* sparse or full */
	bool cache;
	bool volume; /* of LVM */
	bool ceph;   /* in a cluster of it */
};

/* clang-format off */
static const struct store stores[] = {
	{ .name = "file", .path = true, .may_size = true, .allocation = true,
	  .cache = true },
	{ .name = "block", .path = true, .cache = true },
	{ .name = "lv", .may_size = true, .cache = true, .volume = true },
	{ .name = "ram", .may_size = true, .must_size = true },
	{ .name = "null", .may_size = true, .must_size = true },
	{ .name = "nbd", .may_size = true },
	{ .name = "rbd", .may_size = true, .ceph = true },
	{ .name = "tcmu", .may_size = true },
	{ .name = NULL },
};
/* clang-format on */

void
lun_build(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_lun *lun = arena_alloc(b->arena, sizeof(*lun));

	if (lun == NULL)
		return;
	lun->place = spot_of_word(s, 0).place;
	lun->name = build_name(b, REFERENCE_LUN, s, lun);
	TAILQ_INSERT_TAIL(&b->config->luns, lun, link);
	build_block(b, BLOCK_LUN, s, lun);
}

void
lun_build_store(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_lun *lun = block->object;

	lun->store = (char *)k->name;
	if (k->max > 0)
		build_word(b, &k->value, s, 1, &lun->path);
}

static const struct store *
lun_store(const struct config_lun *lun)
{
	const struct store *store = stores;

	while (store->name != NULL && strcmp(store->name, lun->store) != 0)
		store++;
	return store;
}

/* ---- statements that fit the store ---- */

static void
lun_check_word(struct build *b, const struct block *block,
    const struct store *store, const char *keyword, bool may)
{
	const struct config_statement *s = block_find(block, keyword);

	if (s != NULL && !may)
		report_error(b->report, spot_of_word(s, 0),
		    "\"%s\" means nothing to a lun on \"%s\"", keyword,
		    store->name);
}

static void
lun_check_words(
    struct build *b, const struct block *block, const struct store *store)
{
	const struct config_lun *lun = block->object;
	bool ceph = store->ceph ||
		    (lun->path != NULL && strcmp(store->name, "tcmu") == 0 &&
			strncmp(lun->path, "rbd/", 4) == 0);

	lun_check_word(b, block, store, "size", store->may_size);
	lun_check_word(b, block, store, "allocation", store->allocation);
	lun_check_word(b, block, store, "reserve", store->allocation);
	lun_check_word(b, block, store, "owner", store->allocation);
	lun_check_word(b, block, store, "group", store->allocation);
	lun_check_word(b, block, store, "mode", store->allocation);
	lun_check_word(b, block, store, "cache", store->cache);
	lun_check_word(b, block, store, "thin-pool", store->volume);
	lun_check_word(b, block, store, "stripes", store->volume);
	lun_check_word(b, block, store, "conf", ceph);
	lun_check_word(b, block, store, "user", ceph);
	lun_check_word(b, block, store, "namespace", store->ceph);
	if (store->must_size && block_find(block, "size") == NULL)
		report_error(b->report, spot_of_word(block->store, 0),
		    "a lun on \"%s\" needs a \"size SIZE\"", store->name);
}

/* Can writes find no space? */
static bool
lun_is_thin(const struct store *store, const struct config_lun *lun)
{
	return (store->allocation && lun->allocation == ALLOCATION_SPARSE) ||
	       (store->volume && lun->thin_pool != NULL);
}

static void
lun_check_threshold(struct build *b, const struct block *block,
    const struct store *store, const char *keyword)
{
	const struct config_statement *s = block_find(block, keyword);

	if (s != NULL && !lun_is_thin(store, block->object))
		report_error(b->report, spot_of_word(s, 0),
		    "\"%s\" is for luns that take their space as they are "
		    "written: sparse files and thin volumes",
		    keyword);
}

static void
lun_check_reserve(
    struct build *b, const struct block *block, const struct config_lun *lun)
{
	const struct config_statement *s = block_find(block, "reserve");

	if (s == NULL)
		return;
	if (lun->read_only)
		report_error(b->report, spot_of_word(s, 0),
		    "\"reserve\" means nothing to a lun that is read-only");
	else if (lun->size != 0 && lun->reserve.bytes > lun->size)
		report_error(b->report, spot_of_word(s, 1),
		    "more than the size of the lun, %" PRIu64 " bytes",
		    lun->size);
}

/* Told as a power of two of logical blocks. */
static void
lun_check_physical_block(
    struct build *b, const struct block *block, const struct config_lun *lun)
{
	const struct config_statement *s = block_find(block, "physical-block");
	uint64_t bytes = lun->physical_block;

	if (s == NULL || bytes == 0)
		return;
	if (bytes < lun->block_size || (bytes & (bytes - 1)) != 0)
		report_error(b->report, spot_of_word(s, 1),
		    "a physical block is a power of two and not less than the "
		    "block size %" PRIu32,
		    lun->block_size);
}

static void
lun_check_size(
    struct build *b, const struct block *block, const struct config_lun *lun)
{
	if (lun->size % lun->block_size != 0)
		report_error(b->report,
		    spot_of_word(block_find(block, "size"), 1),
		    "a size of %" PRIu64 " bytes is no multiple of the block "
		    "size %" PRIu32,
		    lun->size, lun->block_size);
}

/* ---- what the path names ---- */

/* The directory part of an absolute path, "/" at least. */
static char *
lun_directory(struct build *b, const char *path)
{
	size_t bytes = (size_t)(strrchr(path, '/') - path);

	return arena_copy(b->arena, path, bytes == 0 ? 1 : bytes);
}

/* Or its file system does not answer, which is no word of it. */
static bool
lun_may_be_directory(const char *path)
{
	struct stat st;

	return probe_stat(path, &st) == 0 ? S_ISDIR(st.st_mode)
					  : errno == ETIMEDOUT;
}

static void
lun_check_missing(
    struct build *b, const struct block *block, const struct config_lun *lun)
{
	char *directory = lun_directory(b, lun->path);
	struct spot path = spot_of_word(block->store, 1);

	if (block_find(block, "size") == NULL)
		report_error(b->report, path,
		    "%s does not exist, and without a \"size SIZE\" it is not "
		    "created",
		    report_quote(lun->path).text);
	else if (lun->read_only)
		report_error(b->report, path,
		    "%s does not exist, and is not created for a lun that is "
		    "read-only",
		    report_quote(lun->path).text);
	else if (directory != NULL && !lun_may_be_directory(directory))
		report_error(b->report, path,
		    "%s is not a directory: the file cannot be created there",
		    report_quote(directory).text);
}

/* The file is there, and so is a size. */
static void
lun_check_resize(struct build *b, const struct block *block,
    const struct config_lun *lun, uint64_t bytes)
{
	struct spot size = spot_of_word(block_find(block, "size"), 1);

	if (lun->size == 0)
		return; /* malformed, which has been told */
	if (bytes > lun->size)
		report_warning(b->report, size,
		    "%s has %" PRIu64 " bytes, and is served whole: a file "
		    "is never shrunk",
		    report_quote(lun->path).text, bytes);
	else if (bytes < lun->size && lun->read_only)
		report_error(b->report, size,
		    "%s has only %" PRIu64 " bytes, and is not grown for a "
		    "lun that is read-only",
		    report_quote(lun->path).text, bytes);
}

static void
lun_check_file(struct build *b, const struct block *block,
    const struct config_lun *lun, const struct stat *st)
{
	struct spot path = spot_of_word(block->store, 1);

	if (S_ISBLK(st->st_mode))
		report_error_suggest(b->report, spot_of_word(block->store, 0),
		    "block", "%s is a block device",
		    report_quote(lun->path).text);
	else if (!S_ISREG(st->st_mode))
		report_error(b->report, path, "%s is not a regular file",
		    report_quote(lun->path).text);
	else if (block_find(block, "size") != NULL)
		lun_check_resize(b, block, lun, (uint64_t)st->st_size);
	else if (st->st_size == 0)
		report_error(b->report, path,
		    "%s is empty, and no \"size SIZE\" is given",
		    report_quote(lun->path).text);
	else if (st->st_size % lun->block_size != 0)
		report_error(b->report, path,
		    "%s has %" PRId64 " bytes, which is no multiple of the "
		    "block size %" PRIu32,
		    report_quote(lun->path).text, (int64_t)st->st_size,
		    lun->block_size);
}

static void
lun_check_device(struct build *b, const struct block *block,
    const struct config_lun *lun, const struct stat *st)
{
	if (S_ISBLK(st->st_mode))
		return;
	report_error_suggest(b->report, spot_of_word(block->store, 0),
	    S_ISREG(st->st_mode) ? "file" : NULL, "%s is not a block device",
	    report_quote(lun->path).text);
}

static void
lun_check_path(
    struct build *b, const struct block *block, const struct config_lun *lun)
{
	bool file = strcmp(lun->store, "file") == 0;
	struct stat st;

	if (probe_stat(lun->path, &st) == 0)
		(file ? lun_check_file : lun_check_device)(b, block, lun, &st);
	else if (errno == ENOENT && file)
		lun_check_missing(b, block, lun);
	else if (errno == ETIMEDOUT)
		report_warning(b->report, spot_of_word(block->store, 1),
		    "%s: its file system does not answer",
		    report_quote(lun->path).text);
	else
		report_error(b->report, spot_of_word(block->store, 1), "%s: %s",
		    report_quote(lun->path).text, strerror(errno));
}

/* One of Ceph's never changes. */
static void
lun_check_snapshot(
    struct build *b, const struct block *block, const struct config_lun *lun)
{
	if (lun->path == NULL || strchr(lun->path, '@') == NULL)
		return;
	if (!lun->read_only)
		report_error(b->report, spot_of_word(block->store, 1),
		    "%s is a snapshot: its lun needs \"read-only yes\"",
		    report_quote(lun->path).text);
	if (block_find(block, "size") != NULL)
		report_error(b->report,
		    spot_of_word(block_find(block, "size"), 0),
		    "\"size\" means nothing to a lun on a snapshot");
}

static void
lun_settle_allocation(struct config_lun *lun)
{
	if (lun->allocation == ALLOCATION_DEFAULT)
		lun->allocation = lun->sharing == SHARING_SHARED
				      ? ALLOCATION_FULL
				      : ALLOCATION_SPARSE;
}

void
lun_check(struct build *b, const struct block *block)
{
	struct config_lun *lun = block->object;
	const struct store *store;

	lun_settle_allocation(lun);
	if (block->store == NULL) {
		report_error(b->report, spot_of_word(block->statement, 1),
		    "lun %s has no store: it needs a \"file PATH\", "
		    "\"block PATH\", \"ram\" or \"null\"",
		    report_quote_token(block->statement->words[1]).text);
		return;
	}
	if (lun->store == NULL)
		return; /* a store that is not supported, or malformed */
	store = lun_store(lun);
	lun_check_words(b, block, store);
	lun_check_threshold(b, block, store, "threshold");
	lun_check_threshold(b, block, store, "pool-threshold");
	lun_check_size(b, block, lun);
	lun_check_physical_block(b, block, lun);
	lun_check_reserve(b, block, lun);
	if (store->path && lun->path != NULL)
		lun_check_path(b, block, lun);
	if (strcmp(store->name, "rbd") == 0)
		lun_check_snapshot(b, block, lun);
}

/* ---- all luns together ---- */

static const char *
lun_text(const char *text)
{
	return text != NULL ? text : "";
}

/* Of a store that is no file: its own words, and whose they are. */
static char *
lun_identity_elsewhere(struct build *b, const struct config_lun *lun)
{
	size_t bytes = strlen(lun->path) + strlen(lun_text(lun->conf)) +
		       strlen(lun_text(lun->name_space)) + 24;
	char *text = arena_alloc(b->arena, bytes);

	if (text != NULL)
		snprintf(text, bytes, "%s %s %s %s", lun->store, lun->path,
		    lun_text(lun->conf), lun_text(lun->name_space));
	return text;
}

/* What two paths to one thing have in common.  A file that is yet to be made
 * is known by its directory and its name there. */
static char *
lun_identity(struct build *b, const struct config_lun *lun)
{
	char *directory, *text = NULL;
	size_t bytes = strlen(lun->path) + 80;
	struct stat st;
	bool there;

	if (lun->path[0] != '/')
		return lun_identity_elsewhere(b, lun);
	text = arena_alloc(b->arena, bytes);
	directory = lun_directory(b, lun->path);
	if (text == NULL || directory == NULL)
		return NULL;
	there = probe_stat(lun->path, &st) == 0;
	if (there && S_ISBLK(st.st_mode))
		snprintf(text, bytes, "device %jx", (uintmax_t)st.st_rdev);
	else if (there)
		snprintf(text, bytes, "inode %jx %jx", (uintmax_t)st.st_dev,
		    (uintmax_t)st.st_ino);
	else if (errno != ETIMEDOUT && probe_stat(directory, &st) == 0)
		snprintf(text, bytes, "in %jx %jx %s", (uintmax_t)st.st_dev,
		    (uintmax_t)st.st_ino, strrchr(lun->path, '/') + 1);
	else
		snprintf(text, bytes, "path %s", lun->path);
	return text;
}

static void
lun_add_path(struct build *b, const struct block *block, struct names *paths)
{
	const struct config_lun *lun = block->object;
	char *key;

	if (lun->path == NULL)
		return;
	key = lun_identity(b, lun);
	if (key != NULL)
		names_add(paths, b->arena, key, lun->path, NULL,
		    spot_of_word(block->store, 1));
}

static void
lun_check_unique(struct build *b, const char *keyword)
{
	struct names values = { .count = 0 };
	const struct keyword *k = keyword_find(BLOCK_LUN, keyword);
	struct block *block;
	char *value;

	STAILQ_FOREACH (block, &b->blocks, link) {
		if (block->kind != BLOCK_LUN)
			continue;
		memcpy(
		    &value, (char *)block->object + k->offset, sizeof(value));
		if (value != NULL)
			names_add(&values, b->arena, value, value, NULL,
			    spot_of_word(block_find(block, keyword), 1));
	}
	names_sort(&values);
	names_report_again(&values, b->report, "", " is already another lun's");
}

static void
lun_settle_thresholds(struct build *b)
{
	struct config_lun *lun;

	TAILQ_FOREACH (lun, &b->config->luns, link) {
		if (lun->threshold == 0)
			lun->threshold = b->config->threshold;
		if (lun->pool_threshold == 0)
			lun->pool_threshold = b->config->pool_threshold;
	}
}

void
lun_check_all(struct build *b)
{
	struct names paths = { .count = 0 };
	struct block *block;

	lun_settle_thresholds(b);

	STAILQ_FOREACH (block, &b->blocks, link) {
		if (block->kind == BLOCK_LUN)
			lun_add_path(b, block, &paths);
	}
	names_sort(&paths);
	names_report_again(
	    &paths, b->report, "", " is already the store of the lun");
	lun_check_unique(b, "serial");
	lun_check_unique(b, "naa");
	lun_check_unique(b, "device-id");
}
