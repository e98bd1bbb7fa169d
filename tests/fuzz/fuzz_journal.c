/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_journal.c - what the file of a journal makes of a store.
 *
 * Either the input is the file: then the store stays within its bounds, and
 * serves when nothing is left in the file.  Or it says what an entry has, what
 * of it the store was found with, and what fails: then a model says what the
 * store is to hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backstores/journal.h"
#include "backstores/journal_entry.h"
#include "common/bytes.h"
#include "tests/fuzz/fuzz.h"

#define DISK_BYTES  (16u << 10)
#define ENTRY_MOST  (8u << 10)
#define ENTRY_HEAD  4096u /* before the images, see journal_entry.c */
#define ENTRY_WORDS 52u   /* of it that are checked */
#define FILE_NAME   "atomic"

/* The first byte of an input. */
enum {
	IS_FILE = 1,
	IS_OTHERS = 2,     /* an entry of another identity */
	FAILS_READ = 4,    /* the store does */
	FAILS_WRITE = 8,   /* once */
	FAILS_FLUSH = 16,  /* once */
	IS_READ_ONLY = 32, /* the store is */
	IS_DAMAGED = 64    /* a bit of the entry is not as it was written */
};

/* Behind it. */
enum {
	AT_OFFSET = 1,  /* 4 bytes, signed */
	AT_LENGTH = 5,  /* 2 */
	AT_FOUND = 7,   /* 4: two bits of each sector */
	AT_DAMAGE = 11, /* 2 */
	AT_IMAGES = 13
};

/* What a sector of the range was found with; else as it was. */
enum { FOUND_NEW = 1, FOUND_OTHERS = 2 };

static uint8_t disk[DISK_BYTES], due[DISK_BYTES];
static unsigned faults;

static const uint8_t uuid[16] = { 1, 2, 3 }, other_uuid[16] = { 4 };
/* In memory: nothing here asks what a disk keeps. */
static char dir[] = "/dev/shm/tisane-fuzz-XXXXXX";
static int dir_fd = -1;

/* ---- the store ---- */

static int
disk_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	(void)why;
	(void)why_size;
	bs->info = (struct bs_info){
		.size_bytes = DISK_BYTES,
		.min_block_bytes = 512,
		.read_only = config->read_only,
	};
	return 0;
}

static void
disk_close(struct backstore *bs)
{
	(void)bs;
}

static bool
disk_fails(unsigned fault)
{
	bool fails = (faults & fault) != 0;

	if (fault != FAILS_READ)
		faults &= ~fault;
	return fails;
}

static uint8_t *
disk_at(const struct bs_io *io)
{
	if (io->iovcnt != 1 || io->iov[0].iov_len != io->length ||
	    io->offset > DISK_BYTES || io->length > DISK_BYTES - io->offset)
		abort();
	return disk + io->offset;
}

static int
disk_read(struct backstore *bs, struct bs_io *io)
{
	const uint8_t *p = disk_at(io);

	(void)bs;
	if (disk_fails(FAILS_READ))
		return -EIO;
	memcpy(io->iov[0].iov_base, p, io->length);
	return 0;
}

/* One that fails is half done. */
static int
disk_write(struct backstore *bs, struct bs_io *io)
{
	uint8_t *p = disk_at(io);

	if (bs->info.read_only)
		abort();
	if (disk_fails(FAILS_WRITE)) {
		memcpy(p, io->iov[0].iov_base, io->length / 1024 * 512);
		return -EIO;
	}
	memcpy(p, io->iov[0].iov_base, io->length);
	return 0;
}

static int
disk_flush(struct backstore *bs, struct bs_io *io)
{
	(void)bs;
	(void)io;
	return disk_fails(FAILS_FLUSH) ? -ENOMEM : 0;
}

static const struct bs_ops disk_ops = {
	.name = "disk",
	.kind = BS_BLOCKING,
	.open = disk_open,
	.close = disk_close,
	.read = disk_read,
	.write = disk_write,
	.flush = disk_flush,
	.fua = true,
};

/* ---- the file ---- */

static void
fuzz_end(void)
{
	unlinkat(dir_fd, FILE_NAME, 0);
	rmdir(dir);
}

static void
fuzz_begin(void)
{
	if (mkdtemp(dir) == NULL ||
	    (dir_fd = open(dir, O_RDONLY | O_DIRECTORY)) < 0)
		abort();
	atexit(fuzz_end);
}

static int
file_open(int flags)
{
	int fd = openat(dir_fd, FILE_NAME, flags, 0600);

	if (fd < 0)
		abort();
	return fd;
}

static void
file_put(const uint8_t *data, size_t size)
{
	int fd = file_open(O_WRONLY | O_CREAT);

	if (write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static bool
file_is_void(void)
{
	uint8_t first = 0;
	int fd = file_open(O_RDONLY);
	bool none = read(fd, &first, 1) != 1 || first == 0;

	close(fd);
	return none;
}

static void
file_damage(unsigned at)
{
	uint8_t byte;
	int fd = file_open(O_RDWR);

	if (pread(fd, &byte, 1, at) != 1)
		abort();
	byte ^= 0x20;
	if (pwrite(fd, &byte, 1, at) != 1)
		abort();
	close(fd);
}

/* ---- an entry ---- */

static bool
entry_fits(const struct entry *e)
{
	return e->offset <= DISK_BYTES && e->length <= DISK_BYTES - e->offset;
}

/* The store, as it was found; true when somebody else has written there. */
static bool
entry_find(const struct entry *e, unsigned found)
{
	bool others = false;
	unsigned at, n, how;

	for (at = 0; at < e->length; at += n, found >>= 2) {
		uint8_t *p = disk + e->offset + at;

		n = (unsigned)min_u64(JOURNAL_SECTOR, e->length - at);
		how = found & 3;
		memcpy(p, (how & FOUND_NEW ? e->is : e->was) + at, n);
		if (how & FOUND_OTHERS)
			p[n / 2] ^= 1;
		others |= memcmp(p, e->was + at, n) != 0 &&
			  memcmp(p, e->is + at, n) != 0;
	}
	return others;
}

static void
entry_fill(struct entry *e, const uint8_t *images, size_t bytes)
{
	unsigned i;

	for (i = 0; i < 2 * e->length; i++)
		e->was[i] = bytes > 0 ? images[i % bytes] : (uint8_t)(i >> 9);
}

/* Change a bit of what is checked. */
static void
entry_damage(const struct entry *e, unsigned at)
{
	at %= ENTRY_WORDS + 2 * e->length;
	if (at >= ENTRY_WORDS)
		at += ENTRY_HEAD - ENTRY_WORDS;
	file_damage(at);
}

/* Puts the entry there, and what it was cut off with; true: it is to be
 * undone. */
static bool
entry_put(const uint8_t *data, size_t size)
{
	struct bs_journal j = { .dir_fd = dir_fd, .fd = -1 };
	uint64_t offset = (uint64_t)(int32_t)get_be32(data + AT_OFFSET);
	uint32_t length = get_be16(data + AT_LENGTH) % ENTRY_MOST + 1;
	bool undone;
	struct entry e;

	memcpy(j.identity, data[0] & IS_OTHERS ? other_uuid : uuid, 16);
	j.name = (char *)(uintptr_t)FILE_NAME;
	if (entry_alloc(&e, offset, length) != 0)
		abort();
	entry_fill(&e, data + AT_IMAGES, size - AT_IMAGES);
	entry_seal(&j, &e);
	if (journal_save(&j, &e) != 0)
		abort();
	close(j.fd);
	if (data[0] & IS_DAMAGED)
		entry_damage(&e, get_be16(data + AT_DAMAGE));
	undone = entry_fits(&e) &&
		 !(entry_find(&e, get_be32(data + AT_FOUND)) &&
		     !(data[0] & FAILS_READ)) &&
		 !(data[0] & (IS_DAMAGED | IS_OTHERS));
	memcpy(due, disk, sizeof(due));
	if (undone)
		memcpy(due + e.offset, e.was, e.length);
	free(e.head);
	return undone;
}

/* ---- the journal ---- */

static struct backstore *
journal_open(bool read_only)
{
	struct bs_config config = { .block_size = 512, .read_only = read_only };
	struct backstore *bs;
	char why[256];

	if (backstore_open_ops(&disk_ops, &config, &bs, why, sizeof(why)) !=
		0 ||
	    backstore_keep_journal(bs, dir_fd, FILE_NAME, uuid) != 0)
		abort();
	return bs;
}

/* What could not be undone is undone when nothing fails any more. */
static void
journal_settle(struct backstore *bs)
{
	unsigned i;

	for (i = 0; i < 3; i++)
		backstore_settle(bs);
	if (backstore_state(bs) != BS_SERVES || !file_is_void())
		abort();
}

static void
fuzz_file(const uint8_t *data, size_t size)
{
	struct backstore *bs;

	file_put(data, size);
	bs = journal_open(false);
	journal_settle(bs);
	backstore_close(bs);
}

static void
fuzz_entry(const uint8_t *data, size_t size)
{
	bool undone = entry_put(data, size);
	struct backstore *bs;

	faults = data[0];
	if (data[0] & IS_READ_ONLY) {
		bs = journal_open(true);
		if ((backstore_state(bs) == BS_RETURNS) != undone)
			abort();
		backstore_close(bs);
	}
	bs = journal_open(false);
	journal_settle(bs);
	backstore_close(bs);
	if (memcmp(disk, due, sizeof(due)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_be_quiet();
	if (size < 1)
		return 0;
	if (dir_fd < 0)
		fuzz_begin();
	unlinkat(dir_fd, FILE_NAME, 0);
	memset(disk, 'o', sizeof(disk));
	faults = 0;
	if (data[0] & IS_FILE)
		fuzz_file(data + 1, size - 1);
	else if (size >= AT_IMAGES)
		fuzz_entry(data, size);
	return 0;
}
