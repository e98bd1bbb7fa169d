/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/journal_entry.c - the one entry of a journal, in its file.
 *
 *	0	magic
 *	16	identity
 *	32	offset, 8 bytes
 *	40	length, 4
 *	44	CRC32C of what is behind the head, 4
 *	48	CRC32C of all before, 4
 *	4096	what the range held
 *	+ length  what it is to hold
 *
 * The file is written in place: a torn entry does not check, and nothing of
 * the store has changed then.  A void one has no magic.
 */
#include "backstores/journal_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/crc32c.h"
#include "common/whole.h"

#define JOURNAL_HEAD 4096u

enum {
	AT_MAGIC = 0,
	AT_IDENTITY = 16,
	AT_OFFSET = 32,
	AT_LENGTH = 40,
	AT_DATA_CRC = 44,
	AT_CRC = 48
};

static const uint8_t journal_magic[16] = "tisane atomic 1";

/* ---- an entry in memory ---- */

static uint32_t
journal_crc(const uint8_t *p, size_t bytes)
{
	return ~crc32c_update(CRC32C_SEED, p, bytes);
}

int
entry_alloc(struct entry *e, uint64_t offset, uint32_t length)
{
	size_t images = align_up((size_t)length * 2, JOURNAL_HEAD);
	void *p;

	/* Aligned, for stores that bypass the page cache. */
	if (posix_memalign(&p, JOURNAL_HEAD, JOURNAL_HEAD + images + length) !=
	    0)
		return -ENOMEM;
	memset(p, 0, JOURNAL_HEAD);
	*e = (struct entry){ .head = p, .offset = offset, .length = length };
	e->was = e->head + JOURNAL_HEAD;
	e->is = e->was + length;
	e->now = e->was + images;
	return 0;
}

void
entry_seal(const struct bs_journal *j, struct entry *e)
{
	uint8_t *h = e->head;

	memcpy(h + AT_MAGIC, journal_magic, sizeof(journal_magic));
	memcpy(h + AT_IDENTITY, j->identity, sizeof(j->identity));
	put_be64(h + AT_OFFSET, e->offset);
	put_be32(h + AT_LENGTH, e->length);
	put_be32(h + AT_DATA_CRC, journal_crc(e->was, 2ul * e->length));
	put_be32(h + AT_CRC, journal_crc(h, AT_CRC));
}

bool
entry_is_ours(const struct bs_journal *j, const struct entry *e)
{
	return memcmp(e->head + AT_IDENTITY, j->identity,
		   sizeof(j->identity)) == 0;
}

static bool
entry_checks_head(const uint8_t *h)
{
	uint32_t length = get_be32(h + AT_LENGTH);

	return memcmp(h + AT_MAGIC, journal_magic, sizeof(journal_magic)) ==
		   0 &&
	       get_be32(h + AT_CRC) == journal_crc(h, AT_CRC) && length > 0 &&
	       length <= BS_JOURNAL_MOST;
}

static bool
entry_checks_data(const struct entry *e)
{
	return get_be32(e->head + AT_DATA_CRC) ==
	       journal_crc(e->was, 2ul * e->length);
}

/* ---- the file ---- */

/* Not to be opened at all: a device may feel it.  What a link leads to may be a
 * journal; openat() says that it is a link. */
static bool
journal_is_no_file(const struct bs_journal *j)
{
	struct stat st;

	return fstatat(j->dir_fd, j->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode);
}

/* 0 or -errno.  It is made by the first write that needs it, and again when
 * somebody has removed it. */
static int
journal_open(struct bs_journal *j, int create)
{
	struct stat st;

	if (j->fd >= 0) {
		if (create == 0 || (fstat(j->fd, &st) == 0 && st.st_nlink > 0))
			return 0;
		close(j->fd);
		j->fd = -1;
	}
	if (journal_is_no_file(j))
		return JOURNAL_IS_NO_FILE;
	j->fd = openat(j->dir_fd, j->name,
	    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | create, 0600);
	if (j->fd < 0)
		return -errno;
	if (create == 0 || fsync(j->dir_fd) == 0)
		return 0;
	close(j->fd);
	j->fd = -1;
	return -EIO;
}

int
journal_save(struct bs_journal *j, const struct entry *e)
{
	int error = journal_open(j, O_CREAT);

	if (error != 0)
		return error;
	atomic_store(&j->owed, true);
	error = whole_write(j->fd, e->head, JOURNAL_HEAD + 2ul * e->length, 0);
	return error == 0 ? whole_sync(j->fd) : error;
}

/* Where there is no room for a head, there was none for an entry either. */
int
journal_void(struct bs_journal *j)
{
	static const uint8_t nothing[JOURNAL_SECTOR];
	int error = whole_write(j->fd, nothing, sizeof(nothing), 0);

	if (error != 0 && ftruncate(j->fd, 0) == 0)
		error = 0;
	if (error == 0)
		error = whole_sync(j->fd);
	if (error == 0)
		atomic_store(&j->owed, false);
	return error;
}

int
journal_load(struct bs_journal *j, struct entry *e)
{
	uint8_t head[JOURNAL_SECTOR] = { 0 };
	int error = journal_open(j, 0);
	ssize_t got;

	if (error != 0)
		return error;
	got = whole_read(j->fd, head, sizeof(head), 0);
	if (got < 0)
		return (int)got;
	if (got == 0 || head[0] == 0)
		return -ENOENT;
	if (!entry_checks_head(head))
		return -EBADMSG;
	error = entry_alloc(
	    e, get_be64(head + AT_OFFSET), get_be32(head + AT_LENGTH));
	if (error != 0)
		return error;
	memcpy(e->head, head, sizeof(head));
	got = whole_read(j->fd, e->was, 2ul * e->length, JOURNAL_HEAD);
	if (got < 0)
		error = (int)got;
	else if ((size_t)got < 2ul * e->length || !entry_checks_data(e))
		error = -EBADMSG;
	if (error != 0)
		free(e->head);
	return error;
}
