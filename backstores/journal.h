/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/journal.h - writes that are found whole or not at all, by a
 * journal of one entry beside the store.
 *
 * The entry has what the range held and what it is to hold, and is on the disk
 * before the range is written.  The range is flushed before the entry is void,
 * and the write ends when that is on the disk too:
 *
 *	flush of the store; entry, sync; range; flush; entry void, sync
 *
 * The first flush is for what was written there before, so that no sector can
 * be of another age than these two.
 *
 * A write that fails or is cut off, by SIGKILL or by a loss of power, is undone
 * from the entry: at once, or before the store serves again.  Until it is, the
 * store does not serve (BS_RETURNS).  A sector that is neither as it was nor as
 * it was to be says that somebody else has written there meanwhile: then all is
 * left to him.
 *
 * The submitter sees that nothing else changes the store meanwhile.
 */
#ifndef BACKSTORES_JOURNAL_H
#define BACKSTORES_JOURNAL_H

#include "backstores/backstore.h"

#define BS_JOURNAL_MOST (1u << 20) /* bytes of one write */

/*
 * May block.  After open and before any operation: a store that runs on threads
 * that may sleep, and that does not promise it by itself, has BS_ATOMIC writes
 * from now on, unless it is read-only.  What is in the file of that name is
 * undone first, when it is of that identity; what cannot be undone, or not be
 * read, keeps the store from serving, and the log says why.  dir_fd stays open
 * as long as bs.  0 or -ENOMEM.
 */
int backstore_keep_journal(struct backstore *bs, int dir_fd, const char *name,
    const uint8_t identity[16]);
/* May block, one thread at a time: try again what could not be undone. */
void backstore_settle(struct backstore *bs);

/* ---- for the core ---- */

static inline bool
bs_is_journaled(const struct bs_io *io)
{
	return io->bs->journal != NULL && io->op == BS_WRITE &&
	       (io->flags & BS_ATOMIC) != 0;
}

/* The entry and the write; 0 or -errno. */
int bs_journal_write(struct backstore *bs, struct bs_io *io);
/* Written and flushed, or failed with io->error: the end of the entry.  What
 * the write ends with. */
int bs_journal_end(struct backstore *bs, struct bs_io *io);
/* That has been done, or could not be started. */
void bs_journal_settled(struct backstore *bs);
void bs_journal_free(struct bs_journal *j);

#endif
