/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/core.c - dispatch, checks, emulation.
 */
#include <errno.h>
#include <string.h>

#include "backstores/stores.h"
#include "common/bytes.h"
#include "tests/unit/backstores/script.h"
#include "tests/unit/unit.h"

extern const struct unit_suite core_suite;

static void
core_registry(void)
{
	static const char *const names[] = { "file", "block", "ram", "null" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		const struct bs_ops *ops = bs_ops_find(names[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(ops);
		CU_ASSERT_STRING_EQUAL(ops->name, names[i]);
	}
	CU_ASSERT_PTR_NULL(bs_ops_find("tape"));
}

static void
core_unknown_type(void)
{
	struct bs_config config = { .type = "tape", .block_size = 512 };
	struct backstore *bs;

	CU_ASSERT_EQUAL(
	    backstore_open(&config, &bs, kit_why, sizeof(kit_why)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(kit_why, "there is no store of type \"tape\"");
}

static void
core_block_size(void)
{
	struct script s;

	script_begin(&s);
	s.info.min_block_bytes = 4096;
	CU_ASSERT_EQUAL(script_try_open(&s), -EINVAL);
	CU_ASSERT_STRING_EQUAL(kit_why,
	    "script needs a block size of 4096 or a "
	    "multiple of it, not 512");
	script_end(&s);
}

static void
core_try_first(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.try = 0;
	CU_ASSERT_EQUAL(script_do(&s, BS_READ, 0), 0);
	CU_ASSERT_EQUAL(s.logged, 0);
	s.try = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_READ, 0), -EIO);
	CU_ASSERT_EQUAL(s.logged, 0);
	s.try = -EAGAIN;
	CU_ASSERT_EQUAL(script_do(&s, BS_READ, 0), 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_READ));
	script_end(&s);
}

static void
core_gathered(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.try = -EIO;
	s.gathers = true;
	CU_ASSERT_EQUAL(script_do(&s, BS_READ, 0), 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_READ));
	s.gathers = false;
	CU_ASSERT_EQUAL(script_do(&s, BS_READ, 0), -EIO);
	script_end(&s);
}

static void
core_inline(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	s.ops.kind = BS_INLINE;
	script_open(&s);
	s.bs->executor = NULL;
	script_submit(&s, &i, BS_READ, 0);
	CU_ASSERT_TRUE(i.ended);
	script_end(&s);
}

static void
core_comes_home(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.bs->executor = &s.k.thread;
	script_submit(&s, &i, BS_READ, 0);
	CU_ASSERT_FALSE(i.ended);
	CU_ASSERT_TRUE(kit_wait(&s.k, &i));
	CU_ASSERT_EQUAL(i.error, 0);
	script_end(&s);
}

static void
core_store_sees_no_bad_one(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	script_open(&s);
	kit_io_init(&s.k, &i, BS_READ, 0, SCRIPT_BYTES, NULL, 512);
	backstore_submit(s.bs, &i.io);
	CU_ASSERT_EQUAL(i.error, -EINVAL);
	kit_io_init(&s.k, &i, BS_WRITE, 0, 256, NULL, 512);
	backstore_submit(s.bs, &i.io);
	CU_ASSERT_EQUAL(i.error, -EINVAL);
	s.bs->info.read_only = true;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, 0), -EROFS);
	CU_ASSERT_EQUAL(s.logged, 0);
	script_end(&s);
}

/* Of no other writes is it promised that they are whole or not there. */
static void
core_atomic_checked(void)
{
	static const struct {
		uint64_t offset, length;
		int error;
	} writes[] = { { 8192, 8192, 0 }, { 0, 4096, 0 },
		{ 4096 + 512, 4096, -EINVAL }, { 4096, 512, -EINVAL },
		{ 0, 12288, -EINVAL } };
	static uint8_t data[12288];
	struct kit_io i;
	struct script s;
	size_t n;

	script_begin(&s);
	script_open(&s);
	s.bs->info.atomic_write_bytes = 8192;
	s.bs->info.atomic_write_unit = 4096;
	for (n = 0; n < ARRAY_LEN(writes); n++) {
		kit_io_init(&s.k, &i, BS_WRITE, BS_ATOMIC, writes[n].offset,
		    data, writes[n].length);
		backstore_submit(s.bs, &i.io);
		CU_ASSERT_EQUAL(i.error, writes[n].error);
	}
	s.bs->info.atomic_write_bytes = 0;
	kit_io_init(&s.k, &i, BS_WRITE, BS_ATOMIC, 0, data, 4096);
	backstore_submit(s.bs, &i.io);
	CU_ASSERT_EQUAL(i.error, -EINVAL);
	script_end(&s);
}

static void
core_no_discard(void)
{
	struct script s;

	script_begin(&s);
	s.info.discard_granularity = 0;
	script_open(&s);
	CU_ASSERT_EQUAL(script_do(&s, BS_DISCARD, 0), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(s.logged, 0);
	script_end(&s);
}

static void
core_clone_init(
    struct script *s, struct kit_io *i, uint64_t from, unsigned flags)
{
	kit_io_init(&s->k, i, BS_CLONE, flags, 0, NULL, 4096);
	i->io.from = s->bs;
	i->io.from_offset = from;
	backstore_submit(s->bs, &i->io);
}

static void
core_clone_checked(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	s.try = -EAGAIN;
	script_open(&s);
	core_clone_init(&s, &i, SCRIPT_BYTES - 512, 0);
	CU_ASSERT_EQUAL(i.error, -EINVAL);
	s.no_clones = true;
	core_clone_init(&s, &i, 8192, 0);
	CU_ASSERT_EQUAL(i.error, -EOPNOTSUPP);
	s.no_clones = false;
	s.bs->info.read_only = true;
	core_clone_init(&s, &i, 8192, 0);
	CU_ASSERT_EQUAL(i.error, -EROFS);
	CU_ASSERT_EQUAL(s.logged, 0);
	s.bs->info.read_only = false;
	core_clone_init(&s, &i, 8192, 0);
	CU_ASSERT_TRUE(kit_wait(&s.k, &i) && i.error == 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_CLONE));
	script_end(&s);
}

static void
core_clone_fua(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	s.try = -EAGAIN;
	script_open(&s);
	core_clone_init(&s, &i, 8192, BS_FUA);
	CU_ASSERT_TRUE(kit_wait(&s.k, &i) && i.error == 0);
	CU_ASSERT_EQUAL(i.io.op, BS_CLONE);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_CLONE, BS_FLUSH));
	script_end(&s);
}

/* ---- emulation ---- */

static void
core_fua_emulated(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	s.ops.fua = false;
	script_open(&s);
	script_submit(&s, &i, BS_WRITE, BS_FUA);
	CU_ASSERT_TRUE(i.ended);
	CU_ASSERT_EQUAL(i.error, 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE, BS_FLUSH));
	CU_ASSERT_EQUAL(i.io.op, BS_WRITE);
	script_end(&s);
}

static void
core_fua_no_flush_after_failure(void)
{
	struct script s;

	script_begin(&s);
	s.ops.fua = false;
	script_open(&s);
	s.fail[BS_WRITE] = -EIO;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -EIO);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE));
	s.fail[BS_WRITE] = 0;
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), 0);
	script_end(&s);
}

static void
core_fua_native(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE));
	CU_ASSERT_EQUAL(s.log[0].flags, BS_FUA);
	script_end(&s);
}

/* So that "no room" is never an older write's. */
static void
core_fua_with_a_reserve(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	atomic_store(&s.bs->reserved, true);
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE, BS_FLUSH));
	script_end(&s);
}

static void
core_zeroes_fua(void)
{
	struct kit_io i;
	struct script s;

	script_begin(&s);
	script_open(&s);
	script_submit(&s, &i, BS_WRITE_ZEROES, BS_FUA | BS_MAY_UNMAP);
	CU_ASSERT_EQUAL(i.error, 0);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE_ZEROES, BS_FLUSH));
	CU_ASSERT_EQUAL(i.io.op, BS_WRITE_ZEROES);
	script_end(&s);
}

/* 4 MiB and a tail, by writes that leave no gap. */
static void
core_check_zero_writes(struct script *s)
{
	uint64_t at = 4096;
	struct kit_io i;
	unsigned n;

	kit_io_init(&s->k, &i, BS_WRITE_ZEROES, 0, at, NULL, 4 * MIB + 512);
	s->logged = 0;
	backstore_submit(s->bs, &i.io);
	CU_ASSERT_TRUE(i.ended && i.error == 0);
	CU_ASSERT_TRUE(s->logged > 1);
	for (n = 0; n < s->logged; n++) {
		if (s->log[n].op != BS_WRITE)
			continue;
		CU_ASSERT_EQUAL(s->log[n].offset, at);
		CU_ASSERT_TRUE(s->log[n].length <= MIB);
		at += s->log[n].length;
	}
	CU_ASSERT_EQUAL(at, 4096 + 4 * MIB + 512);
}

static void
core_zeroes_emulated(void)
{
	struct script s;

	script_begin(&s);
	s.ops.write_zeroes = NULL;
	script_open(&s);
	core_check_zero_writes(&s);
	script_end(&s);
}

static void
core_zeroes_refused_by_store(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	s.fail[BS_WRITE_ZEROES] = -EOPNOTSUPP;
	core_check_zero_writes(&s);
	script_end(&s);
}

static void
core_zeroes_write_fails(void)
{
	struct script s;

	script_begin(&s);
	s.ops.write_zeroes = NULL;
	script_open(&s);
	s.fail[BS_WRITE] = -ENOSPC;
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE_ZEROES, 0), -ENOSPC);
	CU_ASSERT_TRUE(SCRIPT_LOGGED(&s, BS_WRITE));
	script_end(&s);
}

static void
core_map_emulated(void)
{
	struct bs_extent e[2];
	struct kit_io i;
	struct script s;

	script_begin(&s);
	s.ops.map = NULL;
	script_open(&s);
	kit_io_init(&s.k, &i, BS_MAP, 0, 8192, NULL, MIB);
	i.io.extents = e;
	i.io.max_extents = 2;
	backstore_submit(s.bs, &i.io);
	CU_ASSERT_EQUAL(i.error, 0);
	CU_ASSERT_EQUAL(i.io.extents_found, 1);
	CU_ASSERT_EQUAL(e[0].offset, 8192);
	CU_ASSERT_EQUAL(e[0].length, MIB);
	CU_ASSERT_EQUAL(e[0].kind, BS_EXTENT_DATA);
	script_end(&s);
}

static void
core_nothing_to_flush(void)
{
	struct script s;

	script_begin(&s);
	s.ops.flush = NULL;
	script_open(&s);
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), 0);
	script_end(&s);
}

static void
core_fixed_size(void)
{
	struct script s;
	uint64_t bytes;

	script_begin(&s);
	script_open(&s);
	CU_ASSERT_EQUAL(backstore_resize(s.bs, 2 * SCRIPT_BYTES), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(backstore_refresh(s.bs), 0);
	CU_ASSERT_EQUAL(backstore_allocated(s.bs, &bytes), 0);
	CU_ASSERT_EQUAL(bytes, SCRIPT_BYTES);
	script_end(&s);
}

static void
core_state(void)
{
	struct script s;

	script_begin(&s);
	script_open(&s);
	bs_set_state(s.bs, BS_RETURNS, "test");
	CU_ASSERT_EQUAL(script_do(&s, BS_READ, 0), -ENOTCONN);
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), -ENOTCONN);
	bs_set_state(s.bs, BS_SERVES, "test");
	CU_ASSERT_EQUAL(script_do(&s, BS_FLUSH, 0), 0);
	bs_set_state(s.bs, BS_LOST, "test");
	bs_set_state(s.bs, BS_SERVES, "test");
	CU_ASSERT_EQUAL(script_do(&s, BS_WRITE, BS_FUA), -ESHUTDOWN);
	CU_ASSERT_EQUAL(s.logged, 1);
	script_end(&s);
}

/* What stands for a store that has not opened yet, and then will not. */
static void
core_absent_serves_nothing(void)
{
	struct bs_config config = {
		.type = "file", .path = "/x", .block_size = 4096, .full = true
	};
	struct backstore *bs = NULL;
	char why[128], data[4096];
	struct kit k;

	kit_begin(&k);
	CU_ASSERT_EQUAL_FATAL(
	    backstore_open_absent(&config, &bs, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(backstore_state(bs), BS_RETURNS);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_READ, 0, 0, data, sizeof(data)), -ENOTCONN);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), -ENOTCONN);
	CU_ASSERT_EQUAL(backstore_refresh(bs), 0);
	backstore_give_up(bs, "it cannot be opened");
	CU_ASSERT_EQUAL(backstore_state(bs), BS_LOST);
	CU_ASSERT_EQUAL(
	    kit_do(&k, bs, BS_READ, 0, 0, data, sizeof(data)), -ESHUTDOWN);
	backstore_close(bs);
	kit_end(&k);
}

static const struct unit_test core_tests[] = {
	{ "what is absent serves nothing", core_absent_serves_nothing },
	{ "stores are found by name", core_registry },
	{ "an unknown type is told by a sentence", core_unknown_type },
	{ "a block size below the store's is refused", core_block_size },
	{ "try goes first, the executor when it would sleep", core_try_first },
	{ "what the executor gathers is not tried", core_gathered },
	{ "an inline store ends before submit returns", core_inline },
	{ "done is called on the home's thread", core_comes_home },
	{ "the store sees no bad operation", core_store_sees_no_bad_one },
	{ "an atomic write is as the store wants it", core_atomic_checked },
	{ "discard without granularity is EOPNOTSUPP", core_no_discard },
	{ "FUA is a write and a flush", core_fua_emulated },
	{ "a failed write of FUA is not flushed, nor latched",
	    core_fua_no_flush_after_failure },
	{ "FUA is left to a store that has it", core_fua_native },
	{ "FUA is a write and a flush where room is set aside",
	    core_fua_with_a_reserve },
	{ "FUA of write zeroes is a flush", core_zeroes_fua },
	{ "a clone is checked at both ends", core_clone_checked },
	{ "FUA of a clone is a flush", core_clone_fua },
	{ "zeroes are written from the zero buffer", core_zeroes_emulated },
	{ "zeroes that the store refuses are written",
	    core_zeroes_refused_by_store },
	{ "writing zeroes ends with the first failure",
	    core_zeroes_write_fails },
	{ "a store without map is all data", core_map_emulated },
	{ "a store without flush has nothing to flush", core_nothing_to_flush },
	{ "a store of fixed size does not grow", core_fixed_size },
	{ "a store that does not serve is not asked", core_state },
	{ NULL, NULL },
};

const struct unit_suite core_suite = { "core", core_tests };
