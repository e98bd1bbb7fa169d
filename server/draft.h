/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/draft.h - a file that takes long to make.
 *
 * It is a draft beside its place, DIRECTORY/.tisane-XXXXXXXX.unfinished, until
 * all of it is durable, and gets its name then.  Of each draft there is a note
 * in the state directory, unfinished-XXXXXXXX, written before the draft and
 * gone after it: what a daemon that was killed has left is known by these, and
 * nothing else is ever removed.
 */
#ifndef SERVER_DRAFT_H
#define SERVER_DRAFT_H

#include <stdbool.h>

#include "server/job.h"

/* What is in it: 0, durable or not; or -errno, with a sentence in j->why or
 * without. */
typedef int draft_fill(struct long_job *j, int fd, void *ctx);

/*
 * A job's thread: make path a new file, by fill().  served: as file_new_disk()
 * has it.  The job has settled when it returns 0.  -EEXIST: there is something
 * of that name; -ECANCELED; -errno; a sentence in j->why each time, and nothing
 * of the file is left.
 */
int draft_make(struct long_job *j, const char *path, bool served,
    draft_fill *fill, void *ctx);

/* Has a draft such a name, in any directory? */
bool draft_is_name(const char *path);

/* Main thread, once, before there are jobs: remove what an earlier run has
 * left, on a thread of its own.  May not be called again. */
void draft_clear_left(struct server *s);

#endif
