/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/qcow.c - may tcmu-runner's qcow module have this image?
 *
 * Offsets and bits are those of the format's description, docs/interop/qcow2
 * of QEMU.
 */
#include "backstores/qcow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "common/bytes.h"
#include "common/whole.h"

#define QCOW_MAGIC      0x514649fbu
#define QCOW_HEADER     104
#define QCOW_COPIED     (UINT64_C(1) << 63)
#define QCOW_COMPRESSED (UINT64_C(1) << 62)
#define QCOW_ZERO       UINT64_C(1)
#define QCOW_OFFSET     UINT64_C(0x00fffffffffffe00)

#define QCOW_TABLE_MAX    (64u << 20)         /* bytes of L1, of the counts' */
#define QCOW_CLUSTERS_MAX (UINT64_C(1) << 31) /* of the file */
#define QCOW_SLACK        16 /* clusters, for what allocating itself takes */

struct qcow {
	int fd;
	bool writable;
	char *why;
	size_t why_size;

	/* the header */
	uint32_t magic, version, cluster_bits, crypt, l1_size, snapshots;
	uint32_t count_order; /* 2^n bits are the count of a cluster */
	uint64_t backing, size, l1_offset, table_offset, table_clusters;
	uint64_t incompatible, autoclear;

	uint64_t cluster;       /* bytes */
	uint64_t file_clusters; /* a part of one is one */
	uint8_t *used;          /* a bit for each of them */
	uint8_t *l1, *l2;
	uint64_t missing; /* clusters that are yet to be allocated */

	uint8_t *table;        /* where blocks of counts are */
	uint8_t *block;        /* one of them */
	uint64_t block_offset; /* in the file; 0: none is loaded */
	bool block_changed;
	uint64_t counted;
};

#define qcow_refuse(q, e, ...)                                                 \
	bs_refuse((q)->why, (q)->why_size, (e), __VA_ARGS__)
#define qcow_damaged(q, ...) qcow_refuse(q, EINVAL, __VA_ARGS__)

static int
qcow_read(struct qcow *q, void *data, size_t bytes, uint64_t offset)
{
	ssize_t n = 0;

	if (offset <= INT64_MAX - bytes)
		n = whole_read(q->fd, data, bytes, offset);
	if (n < 0)
		return qcow_refuse(q, (int)-n, "the image cannot be read: %m");
	if ((size_t)n < bytes)
		return qcow_damaged(q,
		    "the image ends before one of its tables, at %" PRIu64,
		    offset);
	return 0;
}

/* ---- the header ---- */

static void
qcow_take_header(struct qcow *q, const uint8_t *h)
{
	q->magic = get_be32(h);
	q->version = get_be32(h + 4);
	q->backing = get_be64(h + 8);
	q->cluster_bits = get_be32(h + 20);
	q->size = get_be64(h + 24);
	q->crypt = get_be32(h + 32);
	q->l1_size = get_be32(h + 36);
	q->l1_offset = get_be64(h + 40);
	q->table_offset = get_be64(h + 48);
	q->table_clusters = get_be32(h + 56);
	q->snapshots = get_be32(h + 60);
	q->incompatible = q->version > 2 ? get_be64(h + 72) : 0;
	q->autoclear = q->version > 2 ? get_be64(h + 88) : 0;
	q->count_order = q->version > 2 ? get_be32(h + 96) : 4;
	q->cluster = UINT64_C(1) << (q->cluster_bits & 31);
}

static bool
qcow_is_other_version(const struct qcow *q)
{
	return q->version != 2 && q->version != 3;
}

static bool
qcow_is_encrypted(const struct qcow *q)
{
	return q->crypt != 0;
}

static bool
qcow_is_dirty(const struct qcow *q)
{
	return q->incompatible & 1;
}

static bool
qcow_is_corrupt(const struct qcow *q)
{
	return q->incompatible & 2;
}

static bool
qcow_has_data_file(const struct qcow *q)
{
	return q->incompatible & 4;
}

static bool
qcow_is_incompatible(const struct qcow *q)
{
	return q->incompatible != 0;
}

static bool
qcow_has_odd_clusters(const struct qcow *q)
{
	return q->cluster_bits < 12 || q->cluster_bits > 16;
}

static bool
qcow_has_odd_counts(const struct qcow *q)
{
	return q->count_order > 5;
}

static bool
qcow_has_odd_size(const struct qcow *q)
{
	return q->size == 0 || q->size % 512 != 0 || q->size > INT64_MAX;
}

static bool
qcow_has_backing(const struct qcow *q)
{
	return q->backing != 0;
}

static bool
qcow_has_snapshots(const struct qcow *q)
{
	return q->writable && q->snapshots != 0;
}

static bool
qcow_has_bitmaps(const struct qcow *q)
{
	return q->writable && q->autoclear != 0;
}

/* In the order in which they are told. */
static const struct {
	bool (*is)(const struct qcow *q);
	int error;
	const char *words;
} qcow_rules[] = {
	{ qcow_is_other_version, EOPNOTSUPP,
	    "the image is of a version other than 2 and 3 (qemu-img convert)" },
	{ qcow_is_encrypted, EOPNOTSUPP, "the image is encrypted" },
	{ qcow_is_dirty, EINVAL,
	    "the image was not closed well (qemu-img check -r all)" },
	{ qcow_is_corrupt, EINVAL, "the image is marked as corrupt" },
	{ qcow_has_data_file, EOPNOTSUPP,
	    "the image has its data in another file" },
	{ qcow_is_incompatible, EOPNOTSUPP,
	    "the image has features that the module does not know (zstd, "
	    "extended L2 entries or newer ones)" },
	{ qcow_has_odd_clusters, EOPNOTSUPP,
	    "the image has clusters of another size than 4 KiB to 64 KiB" },
	{ qcow_has_odd_counts, EOPNOTSUPP,
	    "the image has refcounts of more than 32 bits, of which the module "
	    "dies" },
	{ qcow_has_odd_size, EOPNOTSUPP,
	    "the image has a size that is no multiple of 512" },
	{ qcow_has_backing, EOPNOTSUPP,
	    "the image has a backing file, whose data the module would lose" },
	{ qcow_has_snapshots, EOPNOTSUPP,
	    "the image has internal snapshots, which the module would change; "
	    "a lun that is read-only may have it" },
	{ qcow_has_bitmaps, EOPNOTSUPP,
	    "the image has bitmaps or the like, which the module would not "
	    "keep; a lun that is read-only may have it" },
};

static int
qcow_load_header(struct qcow *q)
{
	uint8_t h[QCOW_HEADER];
	size_t i;
	int error = qcow_read(q, h, sizeof(h), 0);

	if (error == -EINVAL || (error == 0 && get_be32(h) != QCOW_MAGIC))
		return qcow_damaged(q, "the file is not a qcow2 image");
	if (error != 0)
		return error;
	qcow_take_header(q, h);
	for (i = 0; i < ARRAY_LEN(qcow_rules); i++) {
		if (qcow_rules[i].is(q))
			return qcow_refuse(
			    q, qcow_rules[i].error, "%s", qcow_rules[i].words);
	}
	return 0;
}

/* ---- the clusters that are in use ---- */

/* A cluster is what it is said to be, and nothing else as well. */
static int
qcow_use(struct qcow *q, uint64_t offset, const char *what)
{
	uint64_t n = offset >> q->cluster_bits;

	if ((offset & (q->cluster - 1)) != 0 || n >= q->file_clusters)
		return qcow_damaged(q,
		    "the image is damaged: %s at %" PRIu64 " (qemu-img check)",
		    what, offset);
	if (q->used[n / 8] & 1u << n % 8)
		return qcow_damaged(q,
		    "the image is damaged: the cluster at %" PRIu64
		    " is used twice (qemu-img check)",
		    offset);
	q->used[n / 8] |= (uint8_t)(1u << n % 8);
	return 0;
}

static int
qcow_use_range(
    struct qcow *q, uint64_t offset, uint64_t bytes, const char *what)
{
	uint64_t at;
	int error = 0;

	for (at = 0; at < bytes && error == 0; at += q->cluster)
		error = qcow_use(q, offset + at, what);
	return error;
}

/* One that is not counted once is another's as well. */
static int
qcow_check_copied(struct qcow *q, uint64_t entry)
{
	if (!q->writable || entry & QCOW_COPIED)
		return 0;
	return qcow_refuse(q, EOPNOTSUPP,
	    "the image has clusters that are shared (qemu-img check -r all, or "
	    "qemu-img convert)");
}

static int
qcow_check_zero(struct qcow *q, uint64_t entry)
{
	if (!(entry & QCOW_ZERO))
		return 0;
	if (q->writable || entry & QCOW_OFFSET)
		return qcow_refuse(q, EOPNOTSUPP,
		    "the image has clusters of zeroes (as qemu makes them of "
		    "discarded ones), which the module would fill with "
		    "something else (qemu-img convert)");
	return 0;
}

static int
qcow_check_entry(struct qcow *q, uint64_t entry)
{
	int error;

	if (entry & QCOW_COMPRESSED)
		return qcow_refuse(q, EOPNOTSUPP,
		    "the image has compressed clusters, some of which the "
		    "module cannot read (qemu-img convert without -c)");
	error = qcow_check_zero(q, entry);
	if (error != 0)
		return error;
	if ((entry & QCOW_OFFSET) == 0) {
		q->missing++;
		return 0;
	}
	error = qcow_check_copied(q, entry);
	return error != 0 ? error : qcow_use(q, entry & QCOW_OFFSET, "data");
}

static int
qcow_check_l2(struct qcow *q, uint64_t l1_entry, uint64_t entries)
{
	uint64_t i, offset = l1_entry & QCOW_OFFSET;
	int error;

	if (offset == 0) {
		q->missing += entries + 1;
		return 0;
	}
	error = qcow_check_copied(q, l1_entry);
	if (error == 0)
		error = qcow_use(q, offset, "an L2 table");
	if (error == 0)
		error = qcow_read(q, q->l2, q->cluster, offset);
	for (i = 0; i < entries && error == 0; i++)
		error = qcow_check_entry(q, get_be64(q->l2 + 8 * i));
	return error;
}

static int
qcow_check_map(struct qcow *q)
{
	uint64_t per_table = q->cluster / 8, i;
	uint64_t left = (q->size + q->cluster - 1) >> q->cluster_bits;
	int error = 0;

	for (i = 0; left > 0 && error == 0; i++) {
		error = qcow_check_l2(
		    q, get_be64(q->l1 + 8 * i), min_u64(left, per_table));
		left -= min_u64(left, per_table);
	}
	return error;
}

/* ---- their counts ---- */

static unsigned
qcow_block_bits(const struct qcow *q)
{
	return q->cluster_bits + 3 - q->count_order;
}

static int
qcow_store_block(struct qcow *q)
{
	int error;

	if (!q->block_changed)
		return 0;
	error = whole_write(q->fd, q->block, q->cluster, q->block_offset);
	if (error != 0)
		return qcow_refuse(
		    q, -error, "the image cannot be written: %m");
	q->block_changed = false;
	return 0;
}

/* Load the block that counts the cluster. */
static int
qcow_load_block(struct qcow *q, uint64_t cluster)
{
	uint64_t offset =
	    get_be64(q->table + 8 * (cluster >> qcow_block_bits(q)));
	int error;

	if (offset == 0)
		return qcow_damaged(q,
		    "the image is damaged: the cluster %" PRIu64
		    " is used and not counted (qemu-img check -r all)",
		    cluster);
	if (offset == q->block_offset)
		return 0;
	error = qcow_store_block(q);
	if (error == 0)
		error = qcow_read(q, q->block, q->cluster, offset);
	q->block_offset = error == 0 ? offset : 0;
	return error;
}

/* Counts of up to a byte fill bytes from their lowest bit on, larger ones are
 * big-endian. */
static uint32_t
qcow_count(const struct qcow *q, uint64_t i)
{
	unsigned bits = 1u << q->count_order;

	if (bits == 32)
		return get_be32(q->block + 4 * i);
	if (bits == 16)
		return get_be16(q->block + 2 * i);
	return q->block[i * bits / 8] >> i * bits % 8 & ((1u << bits) - 1);
}

/* From 0. */
static void
qcow_count_one(struct qcow *q, uint64_t i)
{
	unsigned bits = 1u << q->count_order;

	if (bits == 32)
		put_be32(q->block + 4 * i, 1);
	else if (bits == 16)
		put_be16(q->block + 2 * i, 1);
	else
		q->block[i * bits / 8] |= (uint8_t)(1u << i * bits % 8);
	q->block_changed = true;
	q->counted++;
}

/*
 * The module enters a cluster in the map, and then counts it; one that has no
 * count is from a write that was never answered, and would be given away again.
 */
static int
qcow_check_count(struct qcow *q, uint64_t cluster)
{
	uint64_t i = cluster & ((UINT64_C(1) << qcow_block_bits(q)) - 1);
	int error = qcow_load_block(q, cluster);

	if (error != 0)
		return error;
	if (qcow_count(q, i) > 1)
		return qcow_damaged(q,
		    "the image is damaged: the cluster %" PRIu64
		    " is used once and counted more often (qemu-img check)",
		    cluster);
	if (qcow_count(q, i) == 0)
		qcow_count_one(q, i);
	return 0;
}

static int
qcow_check_counts(struct qcow *q)
{
	uint64_t n;
	int error = 0;

	for (n = 0; n < q->file_clusters && error == 0; n++) {
		if (q->used[n / 8] & 1u << n % 8)
			error = qcow_check_count(q, n);
	}
	if (error == 0)
		error = qcow_store_block(q);
	if (error != 0 || q->counted == 0)
		return error;
	error = whole_sync(q->fd);
	if (error != 0)
		return qcow_refuse(
		    q, -error, "the image cannot be written: %m");
	return 0;
}

/* The module never makes the table larger, and goes on behind its end. */
static int
qcow_check_room(struct qcow *q)
{
	uint64_t blocks = q->table_clusters * q->cluster / 8, i;
	uint64_t needs = q->file_clusters + q->missing + QCOW_SLACK;

	for (i = 0; i < blocks && needs >> qcow_block_bits(q) >= i; i++)
		needs += get_be64(q->table + 8 * i) == 0;
	if (needs <= blocks << qcow_block_bits(q))
		return 0;
	return qcow_refuse(q, EOPNOTSUPP,
	    "the image's table of refcounts has no room for all of its "
	    "clusters, and the module would write beyond it (qemu-img create "
	    "with larger clusters)");
}

/* ---- all of it ---- */

static int
qcow_load_tables(struct qcow *q)
{
	uint64_t table = q->table_clusters * q->cluster;
	uint64_t l1 = (q->size + (q->cluster * q->cluster / 8) - 1) /
		      (q->cluster * q->cluster / 8);
	int error;

	if (l1 > q->l1_size || q->l1_size > QCOW_TABLE_MAX / 8 || table == 0 ||
	    table > QCOW_TABLE_MAX)
		return qcow_damaged(
		    q, "the image is damaged: sizes of its tables");
	if (q->file_clusters > QCOW_CLUSTERS_MAX)
		return qcow_refuse(q, EFBIG, "the image is too large");
	q->l1 = malloc((size_t)q->l1_size * 8);
	q->table = malloc(table);
	q->l2 = malloc(q->cluster);
	q->block = malloc(q->cluster);
	q->used = calloc(1, q->file_clusters / 8 + 1);
	if (q->l1 == NULL || q->table == NULL || q->l2 == NULL ||
	    q->block == NULL || q->used == NULL)
		return qcow_refuse(q, ENOMEM, "%m");
	error = qcow_read(q, q->l1, (size_t)q->l1_size * 8, q->l1_offset);
	return error != 0 ? error
			  : qcow_read(q, q->table, table, q->table_offset);
}

static int
qcow_use_blocks(struct qcow *q)
{
	uint64_t i, offset;
	int error = 0;

	for (i = 0; i < q->table_clusters * q->cluster / 8 && error == 0; i++) {
		offset = get_be64(q->table + 8 * i);
		if (offset != 0)
			error = qcow_use(q, offset, "a block of refcounts");
	}
	return error;
}

static int
qcow_check_tables(struct qcow *q)
{
	int error = qcow_use(q, 0, "its header");

	if (error == 0)
		error = qcow_use_range(
		    q, q->l1_offset, (uint64_t)q->l1_size * 8, "its L1 table");
	if (error == 0)
		error = qcow_use_range(q, q->table_offset,
		    q->table_clusters * q->cluster, "its table of refcounts");
	if (error == 0)
		error = qcow_use_blocks(q);
	if (error == 0)
		error = qcow_check_map(q);
	if (error == 0 && q->writable)
		error = qcow_check_room(q);
	return error == 0 && q->writable ? qcow_check_counts(q) : error;
}

/* QEMU may leave a part of the last cluster away, which reads as zero; the
 * module wants all of it. */
static int
qcow_measure(struct qcow *q)
{
	off_t bytes = lseek(q->fd, 0, SEEK_END);
	uint64_t whole;

	if (bytes < 0)
		return qcow_refuse(q, errno, "%m");
	whole = align_up((uint64_t)bytes, q->cluster);
	q->file_clusters = whole >> q->cluster_bits;
	if (q->writable && (uint64_t)bytes != whole &&
	    ftruncate(q->fd, (off_t)whole) != 0)
		return qcow_refuse(q, errno, "the image cannot be written: %m");
	return 0;
}

int
qcow_check(int fd, bool read_only, struct qcow_facts *facts, char *why,
    size_t why_size)
{
	struct qcow q = { .fd = fd,
		.writable = !read_only,
		.why = why,
		.why_size = why_size };
	int error = qcow_load_header(&q);

	if (error == 0)
		error = qcow_measure(&q);
	if (error == 0)
		error = qcow_load_tables(&q);
	if (error == 0)
		error = qcow_check_tables(&q);
	*facts = (struct qcow_facts){ q.size, q.cluster, q.counted };
	free(q.used);
	free(q.l1);
	free(q.l2);
	free(q.table);
	free(q.block);
	return error;
}
