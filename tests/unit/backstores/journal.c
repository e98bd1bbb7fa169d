/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/journal.c - atomic writes by a journal, on a store of
 * memory that fails in the middle.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/journal.h"
#include "common/bytes.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite journal_suite;

#define DISK_BYTES (2 * MIB)
#define FILE_NAME  "atomic-of-a-disk"

static const uint8_t disk_uuid[16] = { 1, 2, 3 };

struct disk {
	struct kit k;
	struct bs_ops ops;
	struct backstore *bs;
	int dir_fd;
	uint8_t data[DISK_BYTES];
	uint64_t bytes; /* of it that are there */
	bool read_only;
	int fail_write, fail_flush;
	unsigned go_well;    /* flushes before the first that fails */
	unsigned fail_times; /* then it goes well again */
	bool tears;          /* the first that fails is half done */
	uint64_t room_until; /* no write gets farther; 0: all do */
	/* what was seen */
	char calls[64];
	bool entry_was_there; /* at each write and flush of the store */
};

static struct disk *disk_of_test;

/* Is there an entry in the file? */
static bool
disk_has_entry(const struct disk *d)
{
	uint8_t first = 0;
	int fd = openat(d->dir_fd, FILE_NAME, O_RDONLY);

	if (fd < 0)
		return false;
	if (read(fd, &first, 1) != 1)
		first = 0;
	close(fd);
	return first != 0;
}

static void
disk_note(struct disk *d, char call)
{
	size_t n = strlen(d->calls);

	if (n + 1 < sizeof(d->calls))
		d->calls[n] = call;
	if (strlen(d->calls) > 2 && !disk_has_entry(d)) /* "fr" of a first */
		d->entry_was_there = false;
}

static int
disk_fails(struct disk *d, int error)
{
	if (error == 0 || d->fail_times == 0)
		return 0;
	d->fail_times--;
	return error;
}

static int
disk_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	bs->priv = disk_of_test;
	bs->info = (struct bs_info){
		.size_bytes = disk_of_test->bytes,
		.min_block_bytes = 512,
		.read_only = disk_of_test->read_only,
	};
	return 0;
}

static void
disk_close(struct backstore *bs)
{
}

static int
disk_read(struct backstore *bs, struct bs_io *io)
{
	struct disk *d = bs->priv;
	uint64_t at = io->offset;
	int i;

	disk_note(d, 'r');
	if (at + io->length > d->bytes)
		return -EIO;
	for (i = 0; i < io->iovcnt; at += io->iov[i++].iov_len)
		memcpy(io->iov[i].iov_base, d->data + at, io->iov[i].iov_len);
	return 0;
}

/* How much of a write is done, and what it ends with. */
static uint64_t
disk_writes(struct disk *d, const struct bs_io *io, int *error)
{
	*error = disk_fails(d, d->fail_write);
	if (*error != 0) {
		bool tears = d->tears;

		d->tears = false;
		return tears ? io->length / 2 : 0;
	}
	if (d->room_until == 0 || io->offset + io->length <= d->room_until)
		return io->length;
	*error = -ENOSPC;
	return io->offset < d->room_until ? d->room_until - io->offset : 0;
}

static int
disk_write(struct backstore *bs, struct bs_io *io)
{
	struct disk *d = bs->priv;
	uint64_t at = io->offset, rest, n;
	int i, error;

	disk_note(d, 'w');
	CU_ASSERT_EQUAL(io->flags & BS_ATOMIC, 0);
	rest = disk_writes(d, io, &error);
	for (i = 0; i < io->iovcnt; i++, at += n, rest -= n) {
		n = min_u64(io->iov[i].iov_len, rest);
		memcpy(d->data + at, io->iov[i].iov_base, n);
	}
	return error;
}

static int
disk_flush(struct backstore *bs, struct bs_io *io)
{
	struct disk *d = bs->priv;

	disk_note(d, 'f');
	if (d->fail_flush != 0 && d->go_well > 0) {
		d->go_well--;
		return 0;
	}
	return disk_fails(d, d->fail_flush);
}

static void
disk_start(struct disk *d)
{
	struct bs_config config = { .type = "disk", .block_size = 512 };

	disk_of_test = d;
	CU_ASSERT_EQUAL_FATAL(backstore_open_ops(&d->ops, &config, &d->bs,
				  kit_why, sizeof(kit_why)),
	    0);
	d->bs->executor = &d->k.here;
	CU_ASSERT_EQUAL(
	    backstore_keep_journal(d->bs, d->dir_fd, FILE_NAME, disk_uuid), 0);
	memset(d->calls, 0, sizeof(d->calls));
	d->entry_was_there = true;
}

static void
disk_restart(struct disk *d)
{
	backstore_close(d->bs);
	disk_start(d);
}

static struct disk *
disk_new(void)
{
	static struct disk d;

	memset(&d, 0, sizeof(d));
	kit_begin(&d.k);
	d.dir_fd = open(d.k.dir, O_RDONLY | O_DIRECTORY);
	d.ops = (struct bs_ops){
		.name = "disk",
		.kind = BS_BLOCKING,
		.open = disk_open,
		.close = disk_close,
		.read = disk_read,
		.write = disk_write,
		.flush = disk_flush,
		.fua = true,
	};
	d.bytes = DISK_BYTES;
	memset(d.data, 'o', sizeof(d.data));
	disk_start(&d);
	return &d;
}

static void
disk_free(struct disk *d)
{
	backstore_close(d->bs);
	close(d->dir_fd);
	kit_end(&d->k);
}

static bool
disk_holds(const struct disk *d, uint64_t at, size_t bytes, int byte)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		if (d->data[at + i] != byte)
			return false;
	return true;
}

static int
disk_atomic(struct disk *d, unsigned flags)
{
	static uint8_t data[16 * KIB];

	memset(data, 'n', sizeof(data));
	return kit_do(&d->k, d->bs, BS_WRITE, BS_ATOMIC | flags, 4 * KIB, data,
	    sizeof(data));
}

static bool
disk_is_old(const struct disk *d)
{
	return disk_holds(d, 0, DISK_BYTES, 'o');
}

/* A write is half done and cannot be undone, as where the daemon ends there. */
static void
disk_cut(struct disk *d)
{
	d->tears = true;
	d->fail_write = -EIO;
	d->fail_times = 2;
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EIO);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_RETURNS);
	CU_ASSERT_TRUE(disk_has_entry(d));
	CU_ASSERT_TRUE(disk_holds(d, 4 * KIB, 8 * KIB, 'n'));
	CU_ASSERT_TRUE(disk_holds(d, 12 * KIB, 8 * KIB, 'o'));
}

static void
journal_is_before_the_write(void)
{
	struct disk *d = disk_new();

	CU_ASSERT_EQUAL(d->bs->info.atomic_write_bytes, BS_JOURNAL_MOST);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	CU_ASSERT_STRING_EQUAL(d->calls, "frwf");
	CU_ASSERT_TRUE(d->entry_was_there);
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_TRUE(disk_holds(d, 4 * KIB, 16 * KIB, 'n'));
	CU_ASSERT_TRUE(disk_holds(d, 0, 4 * KIB, 'o'));
	CU_ASSERT_TRUE(disk_holds(d, 20 * KIB, 4 * KIB, 'o'));
	CU_ASSERT_EQUAL(disk_atomic(d, BS_FUA), 0);
	CU_ASSERT_STRING_EQUAL(d->calls, "frwffrwf");
	disk_restart(d);
	CU_ASSERT_STRING_EQUAL(d->calls, "");
	CU_ASSERT_TRUE(disk_holds(d, 4 * KIB, 16 * KIB, 'n'));
	disk_free(d);
}

static void
journal_has_a_limit(void)
{
	static uint8_t data[BS_JOURNAL_MOST + 512];
	struct disk *d = disk_new();

	CU_ASSERT_EQUAL(
	    kit_do(&d->k, d->bs, BS_WRITE, BS_ATOMIC, 512, data, sizeof(data)),
	    -EINVAL);
	CU_ASSERT_EQUAL(kit_do(&d->k, d->bs, BS_WRITE, BS_ATOMIC, 512, data,
			    BS_JOURNAL_MOST),
	    0);
	disk_free(d);
}

static void
journal_undoes_a_failed_write(void)
{
	struct disk *d = disk_new();

	d->tears = true;
	d->fail_write = -EIO;
	d->fail_times = 1;
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EIO);
	CU_ASSERT_STRING_EQUAL(d->calls, "frwrwf");
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	disk_free(d);
}

static void
journal_undoes_a_failed_flush(void)
{
	struct disk *d = disk_new();

	d->fail_flush = -EIO;
	d->go_well = 1;
	d->fail_times = 1;
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EIO);
	CU_ASSERT_STRING_EQUAL(d->calls, "frwfrwf");
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_FALSE(disk_has_entry(d));
	/* What else it lost stays lost. */
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EIO);
	CU_ASSERT_STRING_EQUAL(d->calls, "frwfrwf");
	disk_free(d);
}

/* What was written before is not safe: nothing is begun. */
static void
journal_wants_the_past_flushed(void)
{
	struct disk *d = disk_new();

	d->fail_flush = -EIO;
	d->fail_times = 1;
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EIO);
	CU_ASSERT_STRING_EQUAL(d->calls, "f");
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	disk_free(d);
}

static void
journal_of_a_removed_file(void)
{
	struct disk *d = disk_new();

	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	CU_ASSERT_EQUAL(unlinkat(d->dir_fd, FILE_NAME, 0), 0);
	memset(d->calls, 0, sizeof(d->calls));
	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	CU_ASSERT_STRING_EQUAL(d->calls, "frwf");
	CU_ASSERT_TRUE(d->entry_was_there);
	disk_free(d);
}

/* Half of it was a hole, and is one again. */
static void
journal_undoes_without_room(void)
{
	struct disk *d = disk_new();

	d->room_until = 8 * KIB;
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -ENOSPC);
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	disk_free(d);
}

static void
journal_keeps_out_until_undone(void)
{
	struct disk *d = disk_new();

	disk_cut(d);
	CU_ASSERT_FALSE(kit_holds(&d->k, d->bs, 0, 512, 'o'));
	CU_ASSERT_EQUAL(kit_fill(&d->k, d->bs, 0, 0, 512, 'x'), -ENOTCONN);
	d->fail_times = 1;
	backstore_settle(d->bs);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_RETURNS);
	backstore_settle(d->bs);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_EQUAL(kit_fill(&d->k, d->bs, 0, 0, 512, 'x'), 0);
	disk_free(d);
}

static void
journal_undoes_what_was_cut_off(void)
{
	struct disk *d = disk_new();

	disk_cut(d);
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_FALSE(disk_has_entry(d));
	disk_free(d);
}

/* What is in the journal is no entry: nothing is changed by it. */
static void
disk_restart_without(struct disk *d)
{
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_TRUE(disk_holds(d, 4 * KIB, 8 * KIB, 'n'));
	memset(d->data, 'o', DISK_BYTES);
}

/* Wherever it is torn. */
static void
journal_voids_a_torn_entry(void)
{
	static const off_t at[] = { 0, 20, 36, 43, 45, 49, 4096, 30000, 36863 };
	struct disk *d = disk_new();
	uint8_t byte;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_LEN(at); i++) {
		disk_cut(d);
		fd = openat(d->dir_fd, FILE_NAME, O_RDWR);
		CU_ASSERT_EQUAL(pread(fd, &byte, 1, at[i]), 1);
		byte ^= 0x10;
		CU_ASSERT_EQUAL(pwrite(fd, &byte, 1, at[i]), 1);
		close(fd);
		disk_restart_without(d);
	}
	disk_free(d);
}

static void
journal_voids_a_short_entry(void)
{
	static const off_t sizes[] = { 0, 1, 51, 512, 4095, 4096, 36863 };
	struct disk *d = disk_new();
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		disk_cut(d);
		fd = openat(d->dir_fd, FILE_NAME, O_RDWR);
		CU_ASSERT_EQUAL(ftruncate(fd, sizes[i]), 0);
		close(fd);
		disk_restart_without(d);
	}
	disk_free(d);
}

static void
journal_leaves_another_disk(void)
{
	static const uint8_t other[16] = { 9 };
	struct bs_config config = { .type = "disk", .block_size = 512 };
	struct disk *d = disk_new();

	disk_cut(d);
	backstore_close(d->bs);
	CU_ASSERT_EQUAL(backstore_open_ops(
			    &d->ops, &config, &d->bs, kit_why, sizeof(kit_why)),
	    0);
	CU_ASSERT_EQUAL(
	    backstore_keep_journal(d->bs, d->dir_fd, FILE_NAME, other), 0);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_TRUE(disk_holds(d, 4 * KIB, 8 * KIB, 'n'));
	disk_free(d);
}

static void
journal_leaves_what_others_wrote(void)
{
	struct disk *d = disk_new();

	disk_cut(d);
	memset(d->data + 6 * KIB, 'x', 512);
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_TRUE(disk_holds(d, 4 * KIB, 2 * KIB, 'n'));
	CU_ASSERT_TRUE(disk_holds(d, 6 * KIB, 512, 'x'));
	disk_free(d);
}

/* It is not written beyond its end. */
static void
journal_of_a_shrunk_store(void)
{
	struct disk *d = disk_new();

	disk_cut(d);
	d->bytes = 16 * KIB;
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_FALSE(disk_has_entry(d));
	CU_ASSERT_TRUE(disk_holds(d, 4 * KIB, 8 * KIB, 'n'));
	disk_free(d);
}

static void
journal_cannot_be_written(void)
{
	struct disk *d = disk_new();

	CU_ASSERT_EQUAL(mkdirat(d->dir_fd, FILE_NAME, 0700), 0);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EREMOTEIO);
	CU_ASSERT_STRING_EQUAL(d->calls, "fr");
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_EQUAL(kit_fill(&d->k, d->bs, 0, 0, 512, 'x'), 0);
	CU_ASSERT_EQUAL(unlinkat(d->dir_fd, FILE_NAME, AT_REMOVEDIR), 0);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	disk_free(d);
}

static void
journal_without_a_descriptor(void)
{
	struct disk *d = disk_new();
	struct rlimit limit, none;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ .rlim_max = limit.rlim_max };
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &none), 0);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EMFILE);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	disk_free(d);
}

/* Nobody is at its other end, and nobody waits for one. */
static void
journal_is_a_pipe(void)
{
	struct disk *d = disk_new();

	CU_ASSERT_EQUAL(mkfifoat(d->dir_fd, FILE_NAME, 0600), 0);
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), -EREMOTEIO);
	CU_ASSERT_TRUE(disk_is_old(d));
	CU_ASSERT_EQUAL(unlinkat(d->dir_fd, FILE_NAME, 0), 0);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	disk_free(d);
}

/* It may be what undoes a write. */
static void
journal_cannot_be_read(void)
{
	struct disk *d = disk_new();

	CU_ASSERT_EQUAL(symlinkat("elsewhere", d->dir_fd, FILE_NAME), 0);
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_RETURNS);
	CU_ASSERT_EQUAL(unlinkat(d->dir_fd, FILE_NAME, 0), 0);
	backstore_settle(d->bs);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	CU_ASSERT_EQUAL(disk_atomic(d, 0), 0);
	disk_free(d);
}

static void
journal_of_a_read_only_store(void)
{
	struct disk *d = disk_new();

	disk_cut(d);
	d->read_only = true;
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_RETURNS);
	CU_ASSERT_EQUAL(d->bs->info.atomic_write_bytes, 0);
	CU_ASSERT_STRING_EQUAL(d->calls, "");
	d->read_only = false;
	disk_restart(d);
	CU_ASSERT_TRUE(disk_is_old(d));
	d->read_only = true;
	disk_restart(d);
	CU_ASSERT_EQUAL(backstore_state(d->bs), BS_SERVES);
	disk_free(d);
}

/* clang-format off */
static const struct unit_test journal_tests[] = {
	{ "the entry is there before the write, and after the flush",
	  journal_is_before_the_write },
	{ "more than it holds is refused", journal_has_a_limit },
	{ "a write that fails is undone", journal_undoes_a_failed_write },
	{ "one whose flush fails is undone", journal_undoes_a_failed_flush },
	{ "what was written before is flushed first",
	  journal_wants_the_past_flushed },
	{ "a file that was removed is made again", journal_of_a_removed_file },
	{ "one that finds no room is undone", journal_undoes_without_room },
	{ "until it is undone nothing is served",
	  journal_keeps_out_until_undone },
	{ "one that was cut off is undone at the next open",
	  journal_undoes_what_was_cut_off },
	{ "a torn entry is void", journal_voids_a_torn_entry },
	{ "a short entry is void", journal_voids_a_short_entry },
	{ "an entry of another disk is none", journal_leaves_another_disk },
	{ "what others wrote meanwhile stays",
	  journal_leaves_what_others_wrote },
	{ "a store that was shrunk meanwhile is left as it is",
	  journal_of_a_shrunk_store },
	{ "a journal that cannot be written refuses the write only",
	  journal_cannot_be_written },
	{ "without a descriptor for it it is a shortage",
	    journal_without_a_descriptor },
	{ "a pipe in its place refuses the write only", journal_is_a_pipe },
	{ "one that cannot be read keeps the store from serving",
	  journal_cannot_be_read },
	{ "nothing is undone on a read-only store",
	  journal_of_a_read_only_store },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite journal_suite = { "journal", journal_tests };
