/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/contract.c - what every store does, over every store.
 *
 * Each kind of store is a suite of the same tests; a test finds the kind by the
 * name of the suite that it runs in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite contract_null, contract_ram, contract_sparse,
    contract_full, contract_direct, contract_tmpfs, contract_block,
    contract_block_direct, contract_sparse_thread, contract_full_thread,
    contract_direct_thread, contract_block_thread, contract_nbd, contract_rbd,
    contract_tcmu, contract_tcmu_rbd;

#define STORE_BYTES (8 * MIB)
#define STORE_BLOCK 512
#define STORE_UNIT  4096 /* suits every kind */

struct contract_kind {
	const char *suite;
	const char *type;
	bool full, direct;
	bool tmpfs;     /* the file is on a tmpfs */
	bool forgets;   /* reads as zero whatever was written */
	bool volatile_; /* gone when closed */
	bool threaded;
	bool ceph; /* tcmu: an image in a cluster */
};

static const struct contract_kind contract_kinds[] = {
	{ .suite = "null", .type = "null", .forgets = true, .volatile_ = true },
	{ .suite = "ram", .type = "ram", .volatile_ = true },
	{ .suite = "file sparse", .type = "file" },
	{ .suite = "file full", .type = "file", .full = true },
	{ .suite = "file direct", .type = "file", .direct = true },
	{ .suite = "file on tmpfs", .type = "file", .tmpfs = true },
	{ .suite = "block", .type = "block" },
	{ .suite = "block direct", .type = "block", .direct = true },
	{ .suite = "file sparse, thread", .type = "file", .threaded = true },
	{ .suite = "file full, thread",
	    .type = "file",
	    .full = true,
	    .threaded = true },
	{ .suite = "file direct, thread",
	    .type = "file",
	    .direct = true,
	    .threaded = true },
	{ .suite = "block, thread", .type = "block", .threaded = true },
	{ .suite = "nbd", .type = "nbd" },
	{ .suite = "rbd", .type = "rbd" },
	{ .suite = "tcmu qcow", .type = "tcmu" },
	{ .suite = "tcmu rbd", .type = "tcmu", .ceph = true },
};

/* One store, open. */
struct fixture {
	struct kit k;
	const struct contract_kind *kind;
	struct bs_config config;
	struct backstore *bs;
	char path[160];
};

static const struct contract_kind *
contract_kind_now(void)
{
	const char *name = CU_get_current_suite()->pName;
	size_t i;

	for (i = 0; i < ARRAY_LEN(contract_kinds); i++)
		if (strcmp(contract_kinds[i].suite, name) == 0)
			return &contract_kinds[i];
	abort();
}

/* A server of a MiB more than the store shows, until the kit's end. */
static bool
fixture_serve_nbd(struct fixture *f)
{
	if (bs_ops_find("nbd") == NULL) {
		kit_skip("built without libnbd");
		return false;
	}
	if (!kit_nbd(&f->k, STORE_BYTES + MIB))
		return false;
	snprintf(f->path, sizeof(f->path), "%s", f->k.nbd_uri);
	return true;
}

/* An image that is not there yet. */
static bool
fixture_serve_rbd(struct fixture *f)
{
	static unsigned n;

	if (bs_ops_find("rbd") == NULL) {
		kit_skip("built without librbd");
		return false;
	}
	f->config.conf = kit_ceph();
	snprintf(f->path, sizeof(f->path), "rbd/contract-%u", n++);
	return f->config.conf != NULL;
}

static bool
fixture_serve_tcmu(struct fixture *f)
{
	f->config.conf = f->kind->ceph ? kit_ceph() : NULL;
	return (!f->kind->ceph || f->config.conf != NULL) &&
	       kit_tcmu(&f->k, f->config.conf, STORE_BYTES + MIB, f->path,
		   sizeof(f->path));
}

static bool
fixture_place(struct fixture *f)
{
	bool block = strcmp(f->kind->type, "block") == 0;

	if (strcmp(f->kind->type, "nbd") == 0)
		return fixture_serve_nbd(f);
	if (strcmp(f->kind->type, "rbd") == 0)
		return fixture_serve_rbd(f);
	if (strcmp(f->kind->type, "tcmu") == 0)
		return fixture_serve_tcmu(f);

	snprintf(f->path, sizeof(f->path), "%s",
	    kit_path(&f->k, f->kind->tmpfs ? "mnt/store" : "store"));
	if (f->kind->tmpfs && !kit_mount_tmpfs(&f->k, "32m"))
		return false;
	if (!block)
		return true;
	kit_shell("truncate -s %u %s", STORE_BYTES, f->path);
	if (!kit_loop(&f->k, f->path))
		return false;
	snprintf(f->path, sizeof(f->path), "%s", f->k.loop);
	return true;
}

static bool
fixture_open(struct fixture *f)
{
	f->bs = kit_open(&f->k, &f->config);
	if (f->bs == NULL)
		fprintf(stderr, "\n    %s\n", kit_why);
	return f->bs != NULL;
}

static void
fixture_end(struct fixture *f)
{
	if (f->bs != NULL)
		backstore_close(f->bs);
	kit_end(&f->k);
}

/* False: there is no such store here, and all is tidied up. */
static bool
fixture_begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	kit_begin(&f->k);
	f->kind = contract_kind_now();
	f->k.threaded = f->kind->threaded;
	f->config = (struct bs_config){
		.type = f->kind->type,
		.path = f->path,
		.size = STORE_BYTES,
		.full = f->kind->full,
		.direct = f->kind->direct,
		.block_size = STORE_BLOCK,
	};
	if (fixture_place(f)) {
		CU_ASSERT_TRUE(fixture_open(f));
		if (f->bs != NULL)
			return true;
	}
	fixture_end(f);
	return false;
}

static bool
fixture_reopen(struct fixture *f, bool read_only)
{
	backstore_close(f->bs);
	f->config.read_only = read_only;
	CU_ASSERT_TRUE(fixture_open(f));
	return f->bs != NULL;
}

/* What a write of byte reads as afterwards. */
static int
fixture_reads(const struct fixture *f, int byte)
{
	return f->kind->forgets ? 0 : byte;
}

static bool
fixture_holds(struct fixture *f, uint64_t offset, uint64_t length, int byte)
{
	return kit_holds(&f->k, f->bs, offset, length, fixture_reads(f, byte));
}

static int
fixture_do(struct fixture *f, enum bs_op op, unsigned flags, uint64_t offset,
    uint64_t length)
{
	return kit_do(&f->k, f->bs, op, flags, offset, NULL, length);
}

static int
fixture_fill(struct fixture *f, unsigned flags, uint64_t offset,
    uint64_t length, int byte)
{
	return kit_fill(&f->k, f->bs, flags, offset, length, byte);
}

/* ---- the behaviours ---- */

static void
contract_new_is_zero(void)
{
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	CU_ASSERT_EQUAL(backstore_size(f.bs), STORE_BYTES);
	CU_ASSERT_EQUAL(f.bs->info.size_bytes, STORE_BYTES);
	CU_ASSERT_TRUE(fixture_holds(&f, 0, STORE_BYTES, 0));
	fixture_end(&f);
}

static void
contract_reads_back(void)
{
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	CU_ASSERT_EQUAL(
	    fixture_fill(&f, 0, STORE_UNIT, 2 * STORE_UNIT, 'a'), 0);
	CU_ASSERT_EQUAL(
	    fixture_fill(&f, 0, 2 * STORE_UNIT, STORE_UNIT, 'b'), 0);
	CU_ASSERT_TRUE(fixture_holds(&f, 0, STORE_UNIT, 0));
	CU_ASSERT_TRUE(fixture_holds(&f, STORE_UNIT, STORE_UNIT, 'a'));
	CU_ASSERT_TRUE(fixture_holds(&f, 2 * STORE_UNIT, STORE_UNIT, 'b'));
	CU_ASSERT_TRUE(fixture_holds(&f, 3 * STORE_UNIT, STORE_UNIT, 0));
	fixture_end(&f);
}

static void
contract_last_block(void)
{
	const uint64_t last = STORE_BYTES - STORE_UNIT;
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	CU_ASSERT_EQUAL(fixture_fill(&f, 0, last, STORE_UNIT, 'z'), 0);
	CU_ASSERT_TRUE(fixture_holds(&f, last, STORE_UNIT, 'z'));
	CU_ASSERT_EQUAL(backstore_size(f.bs), STORE_BYTES);
	fixture_end(&f);
}

/* Several vectors of different lengths, out and in. */
static void
contract_vectors(void)
{
	static _Alignas(4096) char out[5 * STORE_UNIT], in[5 * STORE_UNIT];
	struct kit_io w, r;
	struct fixture f;
	size_t i;

	if (!fixture_begin(&f))
		return;
	for (i = 0; i < sizeof(out); i++)
		out[i] = (char)(i / 7);
	kit_io_init(&f.k, &w, BS_WRITE, 0, STORE_UNIT, out, sizeof(out));
	w.iov[0].iov_len = STORE_UNIT;
	w.iov[1] = (struct iovec){ out + STORE_UNIT, 3 * STORE_UNIT };
	w.iov[2] = (struct iovec){ out + 4 * STORE_UNIT, STORE_UNIT };
	w.io.iovcnt = 3;
	backstore_submit(f.bs, &w.io);
	CU_ASSERT_TRUE(kit_wait(&f.k, &w) && w.error == 0);
	kit_io_init(&f.k, &r, BS_READ, 0, STORE_UNIT, in, sizeof(in));
	r.iov[0].iov_len = 2 * STORE_UNIT;
	r.iov[1] = (struct iovec){ in + 2 * STORE_UNIT, 3 * STORE_UNIT };
	r.io.iovcnt = 2;
	backstore_submit(f.bs, &r.io);
	CU_ASSERT_TRUE(kit_wait(&f.k, &r) && r.error == 0);
	if (f.kind->forgets)
		memset(out, 0, sizeof(out));
	CU_ASSERT_EQUAL(memcmp(in, out, sizeof(in)), 0);
	fixture_end(&f);
}

static void
contract_out_of_range(void)
{
	static const enum bs_op ops[] = { BS_READ, BS_WRITE, BS_DISCARD,
		BS_WRITE_ZEROES, BS_MAP };
	static const struct {
		uint64_t offset, length;
	} ranges[] = {
		{ STORE_BYTES, STORE_UNIT },
		{ STORE_BYTES - STORE_UNIT, 2 * STORE_UNIT },
		{ STORE_BYTES + STORE_UNIT, 0 },
		{ UINT64_MAX - STORE_UNIT + 1, STORE_UNIT },
		{ STORE_UNIT, UINT64_MAX - STORE_UNIT + 1 },
	};
	struct fixture f;
	size_t i, k;

	if (!fixture_begin(&f))
		return;
	for (i = 0; i < ARRAY_LEN(ops); i++)
		for (k = 0; k < ARRAY_LEN(ranges); k++)
			CU_ASSERT_EQUAL(fixture_do(&f, ops[i], 0,
					    ranges[k].offset, ranges[k].length),
			    -EINVAL);
	fixture_end(&f);
}

static void
contract_nothing(void)
{
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	CU_ASSERT_EQUAL(fixture_do(&f, BS_READ, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(fixture_do(&f, BS_WRITE, BS_FUA, STORE_BYTES, 0), 0);
	CU_ASSERT_EQUAL(fixture_do(&f, BS_MAP, 0, STORE_BYTES, 0), 0);
	fixture_end(&f);
}

static void
contract_unaligned(void)
{
	struct fixture f;
	uint32_t unit;

	if (!fixture_begin(&f))
		return;
	unit = f.bs->info.min_block_bytes;
	CU_ASSERT_EQUAL(STORE_BLOCK % unit, 0);
	if (unit > 1) {
		CU_ASSERT_EQUAL(
		    fixture_do(&f, BS_WRITE_ZEROES, 0, unit / 2, unit),
		    -EINVAL);
		CU_ASSERT_EQUAL(
		    fixture_do(&f, BS_WRITE_ZEROES, 0, unit, unit / 2),
		    -EINVAL);
	}
	fixture_end(&f);
}

static void
contract_durable(void)
{
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	CU_ASSERT_EQUAL(fixture_fill(&f, BS_FUA, 0, STORE_UNIT, 'f'), 0);
	CU_ASSERT_TRUE(fixture_holds(&f, 0, STORE_UNIT, 'f'));
	CU_ASSERT_EQUAL(fixture_fill(&f, 0, STORE_UNIT, STORE_UNIT, 'g'), 0);
	CU_ASSERT_EQUAL(fixture_do(&f, BS_FLUSH, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(
	    fixture_do(&f, BS_WRITE_ZEROES, BS_FUA, STORE_UNIT, STORE_UNIT), 0);
	CU_ASSERT_TRUE(fixture_holds(&f, STORE_UNIT, STORE_UNIT, 0));
	fixture_end(&f);
}

static void
contract_write_zeroes(void)
{
	static const unsigned flags[] = { 0, BS_MAY_UNMAP, BS_FUA,
		BS_MAY_UNMAP | BS_FUA };
	const uint64_t at = 64 * KIB;
	struct fixture f;
	size_t i;

	if (!fixture_begin(&f))
		return;
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		CU_ASSERT_EQUAL(fixture_fill(&f, 0, 0, 4 * MIB, 'w'), 0);
		CU_ASSERT_EQUAL(fixture_do(&f, BS_WRITE_ZEROES, flags[i],
				    at - STORE_BLOCK, 2 * MIB + STORE_BLOCK),
		    0);
		CU_ASSERT_TRUE(fixture_holds(&f, 0, at - STORE_BLOCK, 'w'));
		CU_ASSERT_TRUE(
		    fixture_holds(&f, at - STORE_BLOCK, STORE_BLOCK, 0));
		CU_ASSERT_TRUE(fixture_holds(&f, at, 2 * MIB, 0));
		CU_ASSERT_TRUE(
		    fixture_holds(&f, at + 2 * MIB, 2 * MIB - at, 'w'));
	}
	fixture_end(&f);
}

static void
contract_discard(void)
{
	struct fixture f;
	uint64_t at;

	if (!fixture_begin(&f))
		return;
	at = f.bs->info.discard_granularity;
	CU_ASSERT_EQUAL(fixture_fill(&f, 0, 0, 4 * MIB, 'd'), 0);
	if (at == 0) {
		CU_ASSERT_EQUAL(
		    fixture_do(&f, BS_DISCARD, 0, 0, STORE_UNIT), -EOPNOTSUPP);
		CU_ASSERT_TRUE(fixture_holds(&f, 0, STORE_UNIT, 'd'));
	} else {
		CU_ASSERT_EQUAL(fixture_do(&f, BS_DISCARD, 0, at, 2 * MIB), 0);
		CU_ASSERT_TRUE(fixture_holds(&f, 0, at, 'd'));
		CU_ASSERT_TRUE(fixture_holds(&f, at + 2 * MIB, MIB, 'd'));
		if (f.bs->info.discard_zeroes)
			CU_ASSERT_TRUE(fixture_holds(&f, at, 2 * MIB, 0));
	}
	fixture_end(&f);
}

/* Below the granularity, where the promise of zeroes holds as well. */
static void
contract_discard_piece(void)
{
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	if (f.bs->info.discard_zeroes) {
		CU_ASSERT_EQUAL(fixture_fill(&f, 0, 0, 4 * STORE_UNIT, 'd'), 0);
		CU_ASSERT_EQUAL(fixture_do(&f, BS_DISCARD, 0,
				    STORE_UNIT + STORE_BLOCK, STORE_BLOCK),
		    0);
		CU_ASSERT_TRUE(fixture_holds(&f, STORE_UNIT, STORE_BLOCK, 'd'));
		CU_ASSERT_TRUE(fixture_holds(
		    &f, STORE_UNIT + STORE_BLOCK, STORE_BLOCK, 0));
		CU_ASSERT_TRUE(fixture_holds(
		    &f, STORE_UNIT + 2 * STORE_BLOCK, STORE_BLOCK, 'd'));
	}
	fixture_end(&f);
}

/* The extents of the range, checked to be dense; NULL: it failed. */
static const struct bs_extent *
fixture_map(
    struct fixture *f, uint64_t offset, uint64_t length, int max, int *found)
{
	static struct bs_extent extents[16];
	uint64_t at = offset;
	struct kit_io m;
	int i;

	kit_io_init(&f->k, &m, BS_MAP, 0, offset, NULL, length);
	m.io.extents = extents;
	m.io.max_extents = max;
	backstore_submit(f->bs, &m.io);
	CU_ASSERT_TRUE(kit_wait(&f->k, &m) && m.error == 0);
	*found = m.io.extents_found;
	CU_ASSERT_TRUE(*found <= max);
	for (i = 0; i < *found; at += extents[i++].length) {
		CU_ASSERT_EQUAL(extents[i].offset, at);
		CU_ASSERT_NOT_EQUAL(extents[i].length, 0);
	}
	CU_ASSERT_TRUE(at <= offset + length);
	CU_ASSERT_TRUE(*found == max || at == offset + length);
	return extents;
}

static void
contract_map(void)
{
	const struct bs_extent *e;
	struct fixture f;
	int n;

	if (!fixture_begin(&f))
		return;
	/* where an object of Ceph's begins */
	CU_ASSERT_EQUAL(fixture_fill(&f, 0, 4 * MIB, MIB, 'm'), 0);
	CU_ASSERT_EQUAL(fixture_do(&f, BS_FLUSH, 0, 0, 0), 0);
	e = fixture_map(&f, 0, STORE_BYTES, 16, &n);
	if (backstore_maps(f.bs)) {
		CU_ASSERT_EQUAL(n, 3);
		CU_ASSERT_EQUAL(e[0].kind, BS_EXTENT_HOLE);
		CU_ASSERT_EQUAL(e[0].length, 4 * MIB);
		CU_ASSERT_EQUAL(e[1].kind, BS_EXTENT_DATA);
		CU_ASSERT_EQUAL(e[1].length, MIB);
		CU_ASSERT_EQUAL(e[2].kind, BS_EXTENT_HOLE);
	}
	fixture_map(&f, STORE_UNIT, 2 * MIB, 16, &n);
	CU_ASSERT_TRUE(n > 0);
	e = fixture_map(&f, 4 * MIB + STORE_UNIT, STORE_UNIT, 16, &n);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_TRUE(f.kind->forgets || e[0].kind == BS_EXTENT_DATA);
	fixture_map(&f, 0, STORE_BYTES, 1, &n);
	CU_ASSERT_EQUAL(n, 1);
	fixture_map(&f, 0, STORE_BYTES, 0, &n);
	CU_ASSERT_EQUAL(n, 0);
	fixture_end(&f);
}

static void
contract_read_only(void)
{
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	if (fixture_reopen(&f, true)) {
		CU_ASSERT_TRUE(f.bs->info.read_only);
		CU_ASSERT_EQUAL(
		    fixture_fill(&f, 0, 0, STORE_UNIT, 'r'), -EROFS);
		CU_ASSERT_EQUAL(
		    fixture_do(&f, BS_DISCARD, 0, 0, STORE_UNIT), -EROFS);
		CU_ASSERT_EQUAL(
		    fixture_do(&f, BS_WRITE_ZEROES, 0, 0, STORE_UNIT), -EROFS);
		CU_ASSERT_EQUAL(fixture_do(&f, BS_FLUSH, 0, 0, 0), 0);
		CU_ASSERT_TRUE(fixture_holds(&f, 0, STORE_BYTES, 0));
		CU_ASSERT_EQUAL(
		    backstore_resize(f.bs, 2 * STORE_BYTES), -EROFS);
	}
	fixture_end(&f);
}

static void
contract_survives_reopen(void)
{
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	if (!f.kind->volatile_) {
		CU_ASSERT_EQUAL(fixture_fill(&f, 0, MIB, MIB, 's'), 0);
		if (fixture_reopen(&f, false)) {
			CU_ASSERT_TRUE(fixture_holds(&f, 0, MIB, 0));
			CU_ASSERT_TRUE(fixture_holds(&f, MIB, MIB, 's'));
		}
	}
	fixture_end(&f);
}

static void
contract_grows(void)
{
	const uint64_t more = STORE_BYTES + MIB;
	struct fixture f;

	if (!fixture_begin(&f))
		return;
	if (f.k.loop[0] != '\0')
		kit_shell("truncate -s %llu %s && losetup -c %s",
		    (unsigned long long)more, kit_path(&f.k, "store"),
		    f.k.loop);
	CU_ASSERT_EQUAL(fixture_fill(&f, 0, STORE_BYTES - MIB, MIB, 'o'), 0);
	CU_ASSERT_EQUAL(backstore_resize(f.bs, more), 0);
	CU_ASSERT_EQUAL(backstore_size(f.bs), more);
	CU_ASSERT_EQUAL(backstore_refresh(f.bs), 0);
	CU_ASSERT_EQUAL(backstore_size(f.bs), more);
	CU_ASSERT_TRUE(fixture_holds(&f, STORE_BYTES - MIB, MIB, 'o'));
	CU_ASSERT_TRUE(fixture_holds(&f, STORE_BYTES, MIB, 0));
	CU_ASSERT_EQUAL(fixture_fill(&f, 0, STORE_BYTES, MIB, 'n'), 0);
	CU_ASSERT_TRUE(fixture_holds(&f, STORE_BYTES, MIB, 'n'));
	CU_ASSERT_EQUAL(backstore_resize(f.bs, STORE_BYTES), -EINVAL);
	CU_ASSERT_EQUAL(backstore_size(f.bs), more);
	fixture_end(&f);
}

/* What open found out does not contradict itself. */
static void
contract_info(void)
{
	const struct bs_info *info;
	struct fixture f;
	uint64_t bytes = 0;

	if (!fixture_begin(&f))
		return;
	info = &f.bs->info;
	CU_ASSERT_TRUE(info->physical_block_bytes >= info->min_block_bytes);
	CU_ASSERT_EQUAL(
	    info->physical_block_bytes & (info->physical_block_bytes - 1), 0);
	CU_ASSERT_EQUAL(info->discard_granularity % info->min_block_bytes, 0);
	CU_ASSERT_FALSE(info->read_only);
	CU_ASSERT_EQUAL(backstore_allocated(f.bs, &bytes), 0);
	if (f.kind->full) {
		CU_ASSERT_FALSE(backstore_is_thin(f.bs));
		CU_ASSERT_FALSE(backstore_discards(f.bs));
		CU_ASSERT_TRUE(bytes >= STORE_BYTES);
	}
	if (strcmp(f.kind->type, "file") == 0 && !f.kind->full) {
		CU_ASSERT_TRUE(backstore_is_thin(f.bs));
		CU_ASSERT_TRUE(bytes < MIB);
	}
	fixture_end(&f);
}

/* ---- many at once ---- */

#define CROWD_IOS    64
#define CROWD_ROUNDS 8

static void
crowd_submit(struct fixture *f, struct kit_io *i, char *data, enum bs_op op,
    unsigned flags)
{
	uint64_t at = 0;
	int n;

	for (n = 0; n < CROWD_IOS; n++, at += STORE_UNIT) {
		kit_io_init(&f->k, &i[n], op, flags, at,
		    data + (size_t)n * STORE_UNIT, STORE_UNIT);
		backstore_submit(f->bs, &i[n].io);
	}
	for (n = 0; n < CROWD_IOS; n++)
		CU_ASSERT_TRUE(kit_wait(&f->k, &i[n]) && i[n].error == 0);
}

static void
contract_crowd(void)
{
	static _Alignas(4096) char out[CROWD_IOS * STORE_UNIT];
	static _Alignas(4096) char in[sizeof(out)];
	struct kit_io i[CROWD_IOS];
	struct fixture f;
	unsigned round;
	size_t n;

	if (!fixture_begin(&f))
		return;
	for (round = 0; round < CROWD_ROUNDS; round++) {
		for (n = 0; n < sizeof(out); n++)
			out[n] = (char)(n / STORE_UNIT * 31 + round);
		crowd_submit(&f, i, out, BS_WRITE, round % 4 ? 0 : BS_FUA);
		crowd_submit(&f, i, in, BS_READ, 0);
		if (f.kind->forgets)
			memset(out, 0, sizeof(out));
		CU_ASSERT_EQUAL(memcmp(in, out, sizeof(in)), 0);
	}
	fixture_end(&f);
}

static const struct unit_test contract_tests[] = {
	{ "a new store reads as zero", contract_new_is_zero },
	{ "what is written is read back", contract_reads_back },
	{ "the last block is as good as any", contract_last_block },
	{ "vectors are filled in order", contract_vectors },
	{ "beyond the end is EINVAL", contract_out_of_range },
	{ "no bytes are no error", contract_nothing },
	{ "less than the smallest block is EINVAL", contract_unaligned },
	{ "FUA and flush end well", contract_durable },
	{ "write zeroes zeroes the range and no more", contract_write_zeroes },
	{ "discard zeroes as promised, and no more", contract_discard },
	{ "discard of a piece zeroes it if promised", contract_discard_piece },
	{ "map is dense and tells holes if promised", contract_map },
	{ "a read-only store refuses to change", contract_read_only },
	{ "data survive a reopen", contract_survives_reopen },
	{ "a store grows and never shrinks", contract_grows },
	{ "info does not contradict itself", contract_info },
	{ "many operations at once all end", contract_crowd },
	{ NULL, NULL },
};

const struct unit_suite contract_null = { "null", contract_tests };
const struct unit_suite contract_ram = { "ram", contract_tests };
const struct unit_suite contract_sparse = { "file sparse", contract_tests };
const struct unit_suite contract_full = { "file full", contract_tests };
const struct unit_suite contract_direct = { "file direct", contract_tests };
const struct unit_suite contract_tmpfs = { "file on tmpfs", contract_tests };
const struct unit_suite contract_block = { "block", contract_tests };
const struct unit_suite contract_block_direct = { "block direct",
	contract_tests };
const struct unit_suite contract_sparse_thread = { "file sparse, thread",
	contract_tests };
const struct unit_suite contract_full_thread = { "file full, thread",
	contract_tests };
const struct unit_suite contract_direct_thread = { "file direct, thread",
	contract_tests };
const struct unit_suite contract_nbd = { "nbd", contract_tests };
const struct unit_suite contract_rbd = { "rbd", contract_tests };
const struct unit_suite contract_tcmu = { "tcmu qcow", contract_tests };
const struct unit_suite contract_tcmu_rbd = { "tcmu rbd", contract_tests };
const struct unit_suite contract_block_thread = { "block, thread",
	contract_tests };
