/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/qcow.c - which images tcmu-runner's module may have.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backstores/qcow.h"
#include "common/bytes.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite qcow_suite;

#define QCOW_BYTES  (8 * MIB)
#define QCOW_MAP    (3u << 16) /* where qemu-img has the L1 table */
#define QCOW_DATA   (5u << 16) /* and the first cluster that is written */
#define QCOW_COUNTS (2u << 16) /* and their counts, of 16 bits */

/* False: qemu-img is not there. */
static bool
qcow_make(struct kit *k, const char *options)
{
	if (kit_shell("qemu-img create -f qcow2 %s %s %u", options,
		kit_path(k, "a"), QCOW_BYTES) == 0)
		return true;
	kit_skip("qemu-img is not installed");
	return false;
}

static int
qcow_io(struct kit *k, const char *commands)
{
	return kit_shell("qemu-io -f qcow2 %s %s", commands, kit_path(k, "a"));
}

static int
qcow_ask(struct kit *k, bool read_only, struct qcow_facts *facts)
{
	int fd = open(kit_path(k, "a"), read_only ? O_RDONLY : O_RDWR);
	int error;

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	kit_why[0] = '\0';
	error = qcow_check(fd, read_only, facts, kit_why, sizeof(kit_why));
	close(fd);
	return error;
}

static void
qcow_poke(struct kit *k, uint64_t offset, const void *data, size_t bytes)
{
	int fd = open(kit_path(k, "a"), O_WRONLY);

	CU_ASSERT_EQUAL(pwrite(fd, data, bytes, (off_t)offset), bytes);
	close(fd);
}

/* ---- what is right ---- */

static void
qcow_good_images(void)
{
	static const char *const options[] = { "", "-o compat=0.10",
		"-o cluster_size=4k", "-o refcount_bits=1",
		"-o refcount_bits=8", "-o refcount_bits=32",
		"-o preallocation=metadata", "-o preallocation=full",
		"-o lazy_refcounts=on" };
	struct qcow_facts facts;
	struct kit k;
	size_t i;

	kit_begin(&k);
	for (i = 0; i < ARRAY_LEN(options) && qcow_make(&k, options[i]); i++) {
		CU_ASSERT_EQUAL(qcow_io(&k, "-c 'write -P 1 100k 3M' "
					    "-c 'write -P 2 7M 1k'"),
		    0);
		CU_ASSERT_EQUAL(qcow_ask(&k, false, &facts), 0);
		CU_ASSERT_EQUAL(qcow_ask(&k, true, &facts), 0);
		CU_ASSERT_EQUAL(facts.size, QCOW_BYTES);
		CU_ASSERT_EQUAL(facts.counted, 0);
	}
	kit_end(&k);
}

/* ---- what the module does wrong ---- */

struct qcow_bad {
	const char *options,
	    *then;            /* a shell command in which @ is the image */
	int writing, reading; /* the errors */
	const char *words;
};

#define BASE "truncate -s 8M $I.raw && "

static const struct qcow_bad qcow_bad[] = {
	{ "-o cluster_size=512", NULL, -EOPNOTSUPP, -EOPNOTSUPP, "clusters" },
	{ "-o cluster_size=2M", NULL, -EOPNOTSUPP, -EOPNOTSUPP, "clusters" },
	{ "-o refcount_bits=64", NULL, -EOPNOTSUPP, -EOPNOTSUPP, "refcounts" },
	{ "-o extended_l2=on", NULL, -EOPNOTSUPP, -EOPNOTSUPP, "features" },
	{ "-o compression_type=zstd", NULL, -EOPNOTSUPP, -EOPNOTSUPP,
	    "features" },
	{ "", BASE "qemu-img create -f qcow2 -o data_file=$I.raw $I 8M",
	    -EOPNOTSUPP, -EOPNOTSUPP, "another file" },
	{ "", BASE "qemu-img create -f qcow2 -F raw -b $I.raw $I", -EOPNOTSUPP,
	    -EOPNOTSUPP, "backing file" },
	{ "", "qemu-img snapshot -c s $I", -EOPNOTSUPP, 0, "snapshots" },
	{ "", "qemu-img bitmap --add $I b", -EOPNOTSUPP, 0, "bitmaps" },
	{ "", "qemu-io -c 'write -c 0 64k' $I", -EOPNOTSUPP, -EOPNOTSUPP,
	    "compressed" },
	{ "", "qemu-io -c 'write -z -u 0 64k' $I", -EOPNOTSUPP, 0,
	    "clusters of zeroes" },
	{ "", "qemu-io -c 'write 0 64k' $I && qemu-io -c 'write -z 0 64k' $I",
	    -EOPNOTSUPP, -EOPNOTSUPP, "clusters of zeroes" },
	{ "", "qemu-img create -f qcow $I 8M", -EOPNOTSUPP, -EOPNOTSUPP,
	    "version" },
	{ "", "truncate -s 0 $I; truncate -s 8M $I", -EINVAL, -EINVAL,
	    "not a qcow2" },
	{ "", "truncate -s 10 $I", -EINVAL, -EINVAL, "not a qcow2" },
	{ "", "qemu-img create -f qcow2 -o cluster_size=4k $I 8G", -EOPNOTSUPP,
	    0, "no room" },
	{ "",
	    "qemu-img create -f qcow2 --object secret,id=s,data=x "
	    "-o encrypt.format=aes,encrypt.key-secret=s $I 8M",
	    -EOPNOTSUPP, -EOPNOTSUPP, "encrypted" },
};

static void
qcow_bad_images(void)
{
	struct qcow_facts facts;
	struct kit k;
	size_t i;

	kit_begin(&k);
	for (i = 0;
	     i < ARRAY_LEN(qcow_bad) && qcow_make(&k, qcow_bad[i].options);
	     i++) {
		if (qcow_bad[i].then != NULL)
			CU_ASSERT_EQUAL(kit_shell("I=%s; %s", kit_path(&k, "a"),
					    qcow_bad[i].then),
			    0);
		CU_ASSERT_EQUAL(
		    qcow_ask(&k, false, &facts), qcow_bad[i].writing);
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, qcow_bad[i].words));
		CU_ASSERT_EQUAL(
		    qcow_ask(&k, true, &facts), qcow_bad[i].reading);
	}
	kit_end(&k);
}

/* ---- what is damaged ---- */

static const uint8_t qcow_nothing[8];

static void
qcow_missing_count_is_made(void)
{
	struct qcow_facts facts;
	struct kit k;

	kit_begin(&k);
	if (qcow_make(&k, "")) {
		CU_ASSERT_EQUAL(qcow_io(&k, "-c 'write -P 1 0 64k'"), 0);
		qcow_poke(
		    &k, QCOW_COUNTS + 2 * (QCOW_DATA >> 16), qcow_nothing, 2);
		CU_ASSERT_EQUAL(qcow_ask(&k, false, &facts), 0);
		CU_ASSERT_EQUAL(facts.counted, 1);
		CU_ASSERT_EQUAL(
		    kit_shell("qemu-img check %s", kit_path(&k, "a")), 0);
		CU_ASSERT_EQUAL(qcow_ask(&k, false, &facts), 0);
		CU_ASSERT_EQUAL(facts.counted, 0);
	}
	kit_end(&k);
}

static const struct {
	uint64_t at;
	uint64_t value; /* there, big-endian */
	const char *words;
} qcow_harms[] = {
	{ QCOW_MAP, (UINT64_C(1) << 63) | 512, "an L2 table" },
	{ QCOW_MAP, (UINT64_C(1) << 63) | (UINT64_C(1) << 40), "an L2 table" },
	{ QCOW_MAP, (UINT64_C(1) << 63) | QCOW_MAP, "used twice" },
	{ QCOW_MAP, 4u << 16, "shared" },
	{ 4u << 16, (UINT64_C(1) << 63) | (4u << 16), "used twice" },
	{ 4u << 16, (UINT64_C(1) << 63) | (UINT64_C(1) << 40), "data" },
	{ 1u << 16, 0, "not counted" },
	{ 1u << 16, UINT64_C(1) << 40, "refcounts" },
	{ 40, UINT64_C(0xffffffffffff0000), "tables" },
	{ 48, UINT64_C(0xffffffffffff0000), "tables" },
	{ 36, UINT64_C(0x7fffffff00000000), "sizes" },
	{ 72, 1, "closed well" },
	{ 72, 2, "corrupt" },
	{ QCOW_COUNTS, UINT64_C(0x0001000100010002), "more often" },
};

static void
qcow_damage_is_refused(void)
{
	struct qcow_facts facts;
	uint8_t value[8];
	struct kit k;
	size_t i;

	kit_begin(&k);
	for (i = 0; i < ARRAY_LEN(qcow_harms) && qcow_make(&k, ""); i++) {
		CU_ASSERT_EQUAL(qcow_io(&k, "-c 'write -P 1 0 64k'"), 0);
		put_be64(value, qcow_harms[i].value);
		qcow_poke(&k, qcow_harms[i].at, value, sizeof(value));
		CU_ASSERT_TRUE(qcow_ask(&k, false, &facts) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, qcow_harms[i].words));
	}
	kit_end(&k);
}

static const struct unit_test qcow_tests[] = {
	{ "good images are taken", qcow_good_images },
	{ "what the module does wrong is refused", qcow_bad_images },
	{ "a count that a crash left out is made", qcow_missing_count_is_made },
	{ "damage is refused", qcow_damage_is_refused },
	{ NULL, NULL },
};

const struct unit_suite qcow_suite = { "qcow images", qcow_tests };
