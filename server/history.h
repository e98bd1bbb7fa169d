/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/history.h - the configuration in force and the one before it, kept in
 * the state directory to come back to.
 *
 * What is kept is the text of the file and of those that it includes; files of
 * secrets are not.  Control thread.
 */
#ifndef SERVER_HISTORY_H
#define SERVER_HISTORY_H

#include "config/config.h"

enum history_which { HISTORY_IN_FORCE, HISTORY_BEFORE };

struct history_file {
	char *name, *text;
	size_t bytes;
};

struct history {
	struct history_file *files; /* the first is the file itself */
	unsigned count;
};

/*
 * This one is in force now; the one that was becomes the one before, unless it
 * is the same.  May block.  0 or -errno.
 */
int history_keep(int dir_fd, const struct config *config);
/* 0; -ENOENT: there is none; -EBADMSG: it is damaged; -errno. */
int history_read(int dir_fd, enum history_which which, struct history *out);
void history_free(struct history *h);

/* Has config been read from these files and no others? */
bool history_is_of(const struct history *h, const struct config *config);

#endif
