/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/file_new.h - new files: filled, or clones of others.
 *
 * All may block: never on a worker.
 */
#ifndef BACKSTORES_FILE_NEW_H
#define BACKSTORES_FILE_NEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_ORIGIN_XATTR "user.tisane.origin" /* name of a LUN */

/* How far a long one is.  False: stop, with -ECANCELED. */
typedef bool file_progress(void *ctx, uint64_t done, uint64_t total);

/* A new, empty file, mode 0600; -EEXIST.  A descriptor or -errno. */
int file_new(const char *path);
/* Its name is durable after it.  0 or -errno. */
int file_sync_name(const char *path);

/*
 * Give every block of [from, to) that has none one that is zero: reserved, or
 * where the file system cannot do that, written.  The file is to bytes long
 * then.  Data are left alone, also those that are written meanwhile when
 * hold() is given, which keeps writers out while a piece is looked at.
 * progress may be NULL.  0 or -errno.
 */
struct file_hold {
	int (*begin)(struct file_hold *hold);
	void (*end)(struct file_hold *hold);
};
int file_fill(int fd, uint64_t from, uint64_t to, struct file_hold *hold,
    file_progress *progress, void *ctx);

/*
 * The empty file to shares all blocks of from, copy on write.  0; or -errno
 * with a sentence in why that names the file system.
 */
int file_share_all(
    int from, int to, const char *path, char *why, size_t why_size);

#endif
