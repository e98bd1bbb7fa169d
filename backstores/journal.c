/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/journal.c - atomic writes by a journal, and what undoes them.
 */
#include "backstores/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backstores/journal_entry.h"
#include "backstores/stores.h"
#include "common/bytes.h"
#include "common/log.h"

/* ---- to undo ---- */

/* What is at memory from there on, to or from the store. */
static int
entry_io(struct backstore *bs, const struct entry *e, enum bs_op op,
    uint8_t *memory, uint32_t at, uint32_t bytes)
{
	struct iovec iov = { memory + at, bytes };
	struct bs_io io = {
		.op = op,
		.bs = bs,
		.offset = e->offset + at,
		.length = bytes,
		.iov = &iov,
		.iovcnt = 1,
		.then = BS_OPS,
	};

	return op == BS_READ ? bs->ops->read(bs, &io) : bs->ops->write(bs, &io);
}

static bool
entry_is_inside(const struct backstore *bs, const struct entry *e)
{
	uint64_t size = backstore_size(bs);

	return e->offset <= size && e->length <= size - e->offset;
}

static bool
entry_is_foreign(const struct entry *e)
{
	uint32_t at, n;

	for (at = 0; at < e->length; at += n) {
		n = (uint32_t)min_u64(JOURNAL_SECTOR, e->length - at);
		if (memcmp(e->now + at, e->was + at, n) != 0 &&
		    memcmp(e->now + at, e->is + at, n) != 0)
			return true;
	}
	return false;
}

/* Without room the holes of what was stay holes: only what is not as it was is
 * written. */
static int
entry_write_differences(struct backstore *bs, const struct entry *e)
{
	uint32_t unit = bs->info.min_block_bytes, at, n;
	int error = 0;

	if (unit < JOURNAL_SECTOR)
		unit = JOURNAL_SECTOR;
	for (at = 0; at < e->length && error == 0; at += n) {
		n = (uint32_t)min_u64(unit, e->length - at);
		if (memcmp(e->now + at, e->was + at, n) != 0)
			error = entry_io(bs, e, BS_WRITE, e->was, at, n);
	}
	return error;
}

static int
entry_write_back(struct backstore *bs, const struct entry *e, bool known)
{
	int error = entry_io(bs, e, BS_WRITE, e->was, 0, e->length);

	if (known && backstore_is_no_room(error))
		error = entry_write_differences(bs, e);
	return error == 0 ? bs_flush_run(bs) : error;
}

/* A torn sector may be unreadable until it is written. */
static int
entry_undo(struct backstore *bs, const struct entry *e)
{
	bool inside = entry_is_inside(bs, e);
	bool known =
	    inside && entry_io(bs, e, BS_READ, e->now, 0, e->length) == 0;
	int error;

	if (!inside || (known && entry_is_foreign(e))) {
		log_warning("store was changed by others since an atomic write "
			    "was cut off, it is left as it is store=%s "
			    "offset=%" PRIu64 " bytes=%" PRIu32,
		    bs->name, e->offset, e->length);
		return 0;
	}
	if (bs->info.read_only)
		return -EROFS;
	error = entry_write_back(bs, e, known);
	if (error == 0)
		log_notice("undid an atomic write that was cut off store=%s "
			   "offset=%" PRIu64 " bytes=%" PRIu32,
		    bs->name, e->offset, e->length);
	return error;
}

static int
journal_undo(struct backstore *bs, const struct entry *e)
{
	const struct bs_journal *j = bs->journal;

	if (entry_is_ours(j, e))
		return entry_undo(bs, e);
	log_warning("journal is of another disk, and not used store=%s file=%s",
	    bs->name, j->name);
	return 0;
}

static const char *
journal_why(int error)
{
	return error == JOURNAL_IS_NO_FILE ? "it is not a regular file"
					   : strerror(-error);
}

/* Who makes it fail again and again does not fill the log. */
static void
journal_tell(const struct backstore *bs, int error)
{
	struct bs_journal *j = bs->journal;

	if (error == j->told)
		return;
	j->told = error;
	if (error != 0)
		log_error("journal cannot be written, atomic writes are "
			  "refused store=%s file=%s error=\"%s\"",
		    bs->name, j->name, journal_why(error));
	else
		log_notice("journal can be written again store=%s file=%s",
		    bs->name, j->name);
}

/* 0: there is no entry any more. */
static int
journal_recover(struct backstore *bs)
{
	struct bs_journal *j = bs->journal;
	struct entry e;
	int error = journal_load(j, &e);

	if (error == 0) {
		error = journal_undo(bs, &e);
		free(e.head);
		return error == 0 ? journal_void(j) : error;
	}
	if (error == -EBADMSG)
		return journal_void(j);
	if (error != -ENOENT && error != JOURNAL_IS_NO_FILE)
		return error;
	atomic_store(&j->owed, false);
	if (error == JOURNAL_IS_NO_FILE)
		journal_tell(bs, error);
	return 0;
}

/* Another flush could take the error of this one away. */
static int
journal_recover_alone(struct backstore *bs)
{
	int error;

	if (!bs_flush_begin(bs))
		return -EBUSY;
	error = journal_recover(bs);
	bs_flush_end(bs);
	return error;
}

/* ---- a write ---- */

/* Why it is refused is not the store's matter: it has room, and can write. */
static int
journal_refuse(const struct backstore *bs, int error)
{
	journal_tell(bs, error);
	return backstore_is_shortage(error) ? error : -EREMOTEIO;
}

static int
journal_enter(struct backstore *bs, const struct bs_io *io)
{
	struct entry e;
	uint8_t *p;
	int i, error = entry_alloc(&e, io->offset, (uint32_t)io->length);

	if (error != 0)
		return journal_refuse(bs, error);
	for (p = e.is, i = 0; i < io->iovcnt; p += io->iov[i++].iov_len)
		memcpy(p, io->iov[i].iov_base, io->iov[i].iov_len);
	error = entry_io(bs, &e, BS_READ, e.was, 0, e.length);
	if (error == 0) {
		entry_seal(bs->journal, &e);
		error = journal_save(bs->journal, &e);
		if (error != 0)
			error = journal_refuse(bs, error);
	}
	free(e.head);
	return error;
}

int
bs_journal_write(struct backstore *bs, struct bs_io *io)
{
	struct bs_io part = *io;
	int error = journal_enter(bs, io);

	part.flags = 0;
	part.then = BS_OPS;
	return error == 0 ? bs->ops->write(bs, &part) : error;
}

int
bs_journal_end(struct backstore *bs, struct bs_io *io)
{
	struct bs_journal *j = bs->journal;
	int error = io->error;

	if (error == 0) {
		error = journal_void(j);
		if (error == 0)
			journal_tell(bs, 0);
		else
			error = journal_refuse(bs, error);
	}
	if (error != 0 && atomic_load(&j->owed))
		journal_recover_alone(bs); /* if not now, it is owed */
	return error;
}

/* ---- whether it serves ---- */

void
bs_journal_settled(struct backstore *bs)
{
	if (atomic_load(&bs->journal->owed))
		bs_set_state(bs, BS_RETURNS,
		    "an atomic write has failed and is not undone yet");
}

void
backstore_settle(struct backstore *bs)
{
	if (bs->journal == NULL || backstore_state(bs) != BS_RETURNS ||
	    !atomic_load(&bs->journal->owed))
		return;
	if (journal_recover_alone(bs) == 0)
		bs_set_state(
		    bs, BS_SERVES, "nothing of an atomic write is left");
}

/* ---- life ---- */

static bool
journal_suits(const struct backstore *bs)
{
	return bs->ops->kind == BS_BLOCKING && bs->info.atomic_write_bytes == 0;
}

static struct bs_journal *
journal_new(int dir_fd, const char *name, const uint8_t identity[16])
{
	struct bs_journal *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->fd = -1;
	j->dir_fd = dir_fd;
	j->name = strdup(name);
	memcpy(j->identity, identity, sizeof(j->identity));
	atomic_init(&j->owed, true);
	if (j->name != NULL)
		return j;
	free(j);
	return NULL;
}

int
backstore_keep_journal(struct backstore *bs, int dir_fd, const char *name,
    const uint8_t identity[16])
{
	char why[128];
	int error;

	if (!journal_suits(bs))
		return 0;
	bs->journal = journal_new(dir_fd, name, identity);
	if (bs->journal == NULL)
		return -ENOMEM;
	if (!bs->info.read_only)
		bs->info.atomic_write_bytes = BS_JOURNAL_MOST;
	error = journal_recover_alone(bs);
	if (error == 0)
		return 0;
	snprintf(why, sizeof(why),
	    "an atomic write was cut off and cannot be undone: %s: %s", name,
	    strerror(-error));
	bs_set_state(bs, BS_RETURNS, why);
	return 0;
}

void
bs_journal_free(struct bs_journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->name);
	free(j);
}
