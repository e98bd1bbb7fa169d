/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/ram.c - what the memory store takes.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite ram_suite;

#define RAM_BYTES (256 * MIB)
#define RAM_STEP  (2 * MIB) /* a huge page */
#define RAM_NOISE (32 * MIB)
#define RAM_SPACE ((uint64_t)40 << 30) /* less than a store would like */

static void
memory_bytes(uint64_t *space, uint64_t *resident)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fscanf(f, "%lu %lu", space, resident), 2);
	fclose(f);
	*space *= page;
	*resident *= page;
}

static uint64_t
resident_bytes(void)
{
	uint64_t space, resident = 0;

	memory_bytes(&space, &resident);
	return resident;
}

static struct backstore *
ram_begin(struct kit *k)
{
	struct bs_config config = { .type = "ram", .size = RAM_BYTES };
	struct backstore *bs;

	config.block_size = 512;
	kit_begin(k);
	bs = kit_open(k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	return bs;
}

static void
ram_end(struct kit *k, struct backstore *bs)
{
	backstore_close(bs);
	kit_end(k);
}

static void
ram_reading_takes_none(void)
{
	struct kit k;
	struct backstore *bs = ram_begin(&k);
	uint64_t before = resident_bytes(), at;

	for (at = 0; at < RAM_BYTES; at += RAM_STEP)
		CU_ASSERT_TRUE(kit_holds(&k, bs, at, 4 * KIB, 0));
	CU_ASSERT_TRUE(resident_bytes() < before + RAM_NOISE);
	ram_end(&k, bs);
}

/* It grows, though not as far as elsewhere. */
static void
ram_grows_in_little_space(void)
{
	struct rlimit before, little;
	uint64_t space = 0, resident;
	struct backstore *bs;
	struct kit k;

	memory_bytes(&space, &resident);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_AS, &before), 0);
	little = before;
	little.rlim_cur = space + RAM_SPACE;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_AS, &little), 0);
	bs = ram_begin(&k);
	CU_ASSERT_EQUAL(backstore_resize(bs, 2 * RAM_BYTES), 0);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, RAM_BYTES, MIB, 'g'), 0);
	CU_ASSERT_TRUE(kit_holds(&k, bs, RAM_BYTES, MIB, 'g'));
	CU_ASSERT_EQUAL(backstore_resize(bs, RAM_SPACE), -ENOMEM);
	ram_end(&k, bs);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_AS, &before), 0);
}

static void
ram_reads_over_holes(void)
{
	static uint8_t data[64 * KIB];
	struct kit k;
	struct backstore *bs = ram_begin(&k);

	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 8 * KIB + 512, 512, 'a'), 0);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 40 * KIB, 12 * KIB, 'b'), 0);
	memset(data, 'x', sizeof(data));
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_READ, 0, 512, data, sizeof(data)), 0);
	CU_ASSERT_EQUAL(data[0], 0);
	CU_ASSERT_EQUAL(data[8 * KIB - 1], 0);
	CU_ASSERT_EQUAL(data[8 * KIB], 'a');
	CU_ASSERT_EQUAL(data[8 * KIB + 511], 'a');
	CU_ASSERT_EQUAL(data[8 * KIB + 512], 0);
	CU_ASSERT_EQUAL(data[40 * KIB - 513], 0);
	CU_ASSERT_EQUAL(data[40 * KIB - 512], 'b');
	CU_ASSERT_EQUAL(data[52 * KIB - 513], 'b');
	CU_ASSERT_EQUAL(data[52 * KIB - 512], 0);
	CU_ASSERT_EQUAL(data[sizeof(data) - 1], 0);
	ram_end(&k, bs);
}

/* What will be read may be on its way, up to the last byte. */
static void
ram_hints_change_nothing(void)
{
	struct backstore *bs;
	struct kit k;

	bs = ram_begin(&k);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, 64 * KIB, 'h'), 0);
	backstore_hint(bs, 4096 + 512);
	backstore_hint(bs, RAM_BYTES - 512);
	backstore_hint(bs, RAM_BYTES);
	CU_ASSERT_TRUE(kit_holds(&k, bs, 0, 64 * KIB, 'h'));
	CU_ASSERT_TRUE(kit_holds(&k, bs, 64 * KIB, 64 * KIB, 0));
	ram_end(&k, bs);
}

static void
ram_without_size_is_refused(void)
{
	struct bs_config config = { .type = "ram", .block_size = 512 };
	struct kit k;

	kit_begin(&k);
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_NOT_EQUAL(kit_why[0], '\0');
	config.size = UINT64_MAX - 511;
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_EQUAL(kit_open_error, -ENOMEM);
	kit_end(&k);
}

static const struct unit_test ram_tests[] = {
	{ "reading what was not written takes no memory",
	    ram_reading_takes_none },
	{ "address space is short", ram_grows_in_little_space },
	{ "a read over holes and data", ram_reads_over_holes },
	{ "hints change nothing", ram_hints_change_nothing },
	{ "no size, or too large a one, is refused",
	    ram_without_size_is_refused },
	{ NULL, NULL },
};

const struct unit_suite ram_suite = { "ram: memory", ram_tests };
