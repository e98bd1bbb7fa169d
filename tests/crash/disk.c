/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/crash/disk.c - the log, and replaying it.
 */
#include "tests/crash/disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define DISK_LOG_MOST 4096

enum record_kind { RECORD_WRITE, RECORD_SYNC };

struct record {
	enum record_kind kind;
	bool journal; /* of that file */
	uint32_t block, blocks;
	uint8_t *data;     /* NULL: zeroes */
	size_t durable_at; /* the record that made it so; SIZE_MAX: none */
	bool lost;         /* no sync will reach it any more */
};

static struct record disk_log[DISK_LOG_MOST];
static size_t disk_records;
static int disk_store;
static unsigned disk_fail_one_in;
static bool disk_noting;
static uint64_t disk_random;

ssize_t __real_pwritev2(int, const struct iovec *, int, off_t, int);
int __real_fallocate(int, int, off_t, off_t);
int __real_fdatasync(int);
ssize_t __wrap_pwritev2(int, const struct iovec *, int, off_t, int);
int __wrap_fallocate(int, int, off_t, off_t);
int __wrap_fdatasync(int);

void
cut_seed(uint64_t seed)
{
	disk_random = seed;
}

uint32_t
cut_random(uint32_t n)
{
	disk_random = disk_random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(disk_random >> 33) % n;
}

void
disk_begin(int store, unsigned fail_sync_one_in)
{
	while (disk_records > 0)
		free(disk_log[--disk_records].data);
	disk_store = store;
	disk_fail_one_in = fail_sync_one_in;
	disk_noting = true;
}

void
disk_end(void)
{
	disk_noting = false;
}

size_t
disk_position(void)
{
	return disk_records;
}

/* ---- noting ---- */

static struct record *
disk_note(int fd, enum record_kind kind, off_t at, size_t bytes)
{
	struct record *r = &disk_log[disk_records];

	assert(disk_records < DISK_LOG_MOST);
	assert(at % 512 == 0 && bytes % 512 == 0);
	assert(at + bytes <= (fd == disk_store ? DISK_BYTES : DISK_JOURNAL));
	*r = (struct record){ .kind = kind,
		.journal = fd != disk_store,
		.block = (uint32_t)(at / 512),
		.blocks = (uint32_t)(bytes / 512),
		.durable_at = SIZE_MAX };
	disk_records++;
	return r;
}

static void
disk_note_data(struct record *r, const struct iovec *iov, int iovcnt)
{
	uint8_t *p;
	int i;

	r->data = p = malloc(r->blocks * 512u);
	assert(p != NULL);
	for (i = 0; i < iovcnt; p += iov[i++].iov_len)
		memcpy(p, iov[i].iov_base, iov[i].iov_len);
}

static bool
disk_sync_fails(void)
{
	return disk_fail_one_in > 0 && cut_random(disk_fail_one_in) == 0;
}

static size_t
iov_bytes(const struct iovec *iov, int iovcnt)
{
	size_t bytes = 0;
	int i;

	for (i = 0; i < iovcnt; i++)
		bytes += iov[i].iov_len;
	return bytes;
}

ssize_t
__wrap_pwritev2(int fd, const struct iovec *iov, int iovcnt, off_t at, int how)
{
	struct record *r;

	if (!disk_noting)
		return __real_pwritev2(fd, iov, iovcnt, at, how);
	/* A page cache that is never ready sends all to the full run. */
	if (how & RWF_NOWAIT && cut_random(2) == 0) {
		errno = EAGAIN;
		return -1;
	}
	r = disk_note(fd, RECORD_WRITE, at, iov_bytes(iov, iovcnt));
	disk_note_data(r, iov, iovcnt);
	if (how & RWF_DSYNC && disk_sync_fails()) {
		r->lost = true;
		(void)__real_pwritev2(fd, iov, iovcnt, at, 0);
		errno = EIO;
		return -1;
	}
	if (how & RWF_DSYNC)
		r->durable_at = disk_records - 1;
	return __real_pwritev2(fd, iov, iovcnt, at, how & ~RWF_DSYNC);
}

int
__wrap_fallocate(int fd, int mode, off_t at, off_t bytes)
{
	if (disk_noting)
		disk_note(fd, RECORD_WRITE, at, (size_t)bytes);
	return __real_fallocate(fd, mode, at, bytes);
}

int
__wrap_fdatasync(int fd)
{
	bool fails;
	size_t i;

	if (!disk_noting)
		return __real_fdatasync(fd);
	fails = disk_sync_fails();
	disk_note(fd, RECORD_SYNC, 0, 0);
	for (i = 0; i < disk_records - 1; i++) {
		if (disk_log[i].durable_at != SIZE_MAX ||
		    disk_log[i].journal != (fd != disk_store))
			continue;
		if (fails)
			disk_log[i].lost = true;
		else if (!disk_log[i].lost)
			disk_log[i].durable_at = disk_records - 1;
	}
	errno = EIO;
	return fails ? -1 : 0;
}

/* ---- replaying ---- */

static bool
disk_block_survives(const struct record *r, size_t cut, enum disk_luck luck)
{
	if (r->durable_at < cut || luck == DISK_ALL)
		return true;
	return luck == DISK_SOME && cut_random(2) == 0;
}

void
disk_after_cut(size_t cut, enum disk_luck luck, uint8_t *out, uint8_t *journal)
{
	const struct record *r;
	uint8_t *to;
	uint32_t i;

	memset(out, 0, DISK_BYTES);
	memset(journal, 0, DISK_JOURNAL);
	for (r = disk_log; r < disk_log + cut; r++) {
		if (r->kind != RECORD_WRITE)
			continue;
		for (i = 0; i < r->blocks; i++) {
			if (!disk_block_survives(r, cut, luck))
				continue;
			to = r->journal ? journal : out;
			to += (r->block + i) * 512;
			if (r->data != NULL)
				memcpy(to, r->data + i * 512, 512);
			else
				memset(to, 0, 512);
		}
	}
}

void
disk_put(int dir, const char *name, const uint8_t *data, size_t bytes)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	close(fd);
}

void
disk_remove(int dir, const char *path)
{
	static const char *const names[] = { "disk", "journal", "after",
		"after-journal" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir, names[i], 0);
	close(dir);
	rmdir(path);
}
