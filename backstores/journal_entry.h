/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/journal_entry.h - the one entry of a journal, in memory and in its
 * file.
 */
#ifndef BACKSTORES_JOURNAL_ENTRY_H
#define BACKSTORES_JOURNAL_ENTRY_H

#include <errno.h>

#include "backstores/journal.h"

#define JOURNAL_SECTOR 512u /* what a disk writes whole or not at all */

struct bs_journal {
	int dir_fd, fd; /* fd: -1 until the file is open */
	char *name;
	uint8_t identity[16];
	_Atomic bool owed; /* an entry may be there */
	int told;          /* what writes were refused for; 0: they are not */
};

/* An entry in memory, as it is in the file, and room for what is there now. */
struct entry {
	uint8_t *head, *was, *is, *now;
	uint64_t offset;
	uint32_t length;
};

/* 0, and e->head is for free(); or -ENOMEM. */
int entry_alloc(struct entry *e, uint64_t offset, uint32_t length);
/* Fill the head, when the images are there. */
void entry_seal(const struct bs_journal *j, struct entry *e);
/* Is it an entry of this store? */
bool entry_is_ours(const struct bs_journal *j, const struct entry *e);

/* Something else than a file is there: no entry can be. */
#define JOURNAL_IS_NO_FILE (-EMEDIUMTYPE)

/* Durably; 0, JOURNAL_IS_NO_FILE or -errno.  The first one makes the file. */
int journal_save(struct bs_journal *j, const struct entry *e);
int journal_void(struct bs_journal *j);
/* 0 and *e, whose head is for free(); -ENOENT: no entry; -EBADMSG: a torn one;
 * JOURNAL_IS_NO_FILE; -errno. */
int journal_load(struct bs_journal *j, struct entry *e);

#endif
