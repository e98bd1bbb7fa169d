/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/spare.h - room that is kept for a sparse file: a file beside it
 * whose blocks are reserved and never written, and that is cut when a write
 * finds no other room.
 *
 * All but spare_init() may block: never on a worker.
 */
#ifndef BACKSTORES_SPARE_H
#define BACKSTORES_SPARE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "backstores/owner.h"

#define SPARE_SUFFIX ".reserve" /* behind the path of the file */

struct spare {
	pthread_mutex_t mutex;
	int fd;                    /* mutex; -1: it is not open */
	uint64_t bytes;            /* mutex; reserved */
	bool looked;               /* mutex; for what an earlier run has left */
	char *path;                /* owned */
	const struct owner *owner; /* to be */
};

/* Of the file at path, which is copied; the owner is not.  0 or -errno. */
int spare_init(struct spare *s, const char *path, const struct owner *owner);
/* What is kept stays so, for who opens the file next. */
void spare_close(struct spare *s);

/*
 * Keep so many bytes.  0: what was kept is gone, and its file, also that of an
 * earlier run, unless another keeps room in it (the lock: flock).  A file of
 * that name that holds data, or that somebody serves, is left alone: -EEXIST,
 * -EBUSY.  0; or -errno and as much as could be had: -ENOSPC, -EDQUOT.  The
 * mutex is held.
 */
int spare_keep(struct spare *s, uint64_t bytes);
/* Give up so many bytes at least.  False: there are none, or they cannot be
 * given up.  The mutex is held. */
bool spare_give(struct spare *s, uint64_t bytes);

#endif
