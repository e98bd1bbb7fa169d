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
/*
 * The same, to be served: on btrfs it is overwritten in place, where that can
 * be had (which leaves out checksums and compression).
 */
int file_new_disk(const char *path);
/* Does what is overwritten go to new blocks, so that it may find none? */
bool file_copies_on_write(int fd);
/* Its name is durable after it.  0 or -errno. */
int file_sync_name(const char *path);

/* How writers are kept out for a moment.  0 or -errno. */
struct file_hold {
	int (*begin)(struct file_hold *hold);
	void (*end)(struct file_hold *hold);
};

/*
 * Give every block of [from, to) that has none one of its own: reserved, or,
 * where the file system cannot do that, written with zeroes; those shared with
 * other files too.  The file is at least to bytes long then.  Data are left
 * alone, also what is written meanwhile, when hold keeps writers out (NULL:
 * there are none).  progress may be NULL.  0 or -errno.
 */
int file_fill(int fd, uint64_t from, uint64_t to, struct file_hold *hold,
    file_progress *progress, void *ctx);
/* Is every byte backed by a block, as far as the file system tells?  0, or
 * -ENOSPC. */
int file_check_full(int fd, uint64_t bytes);
/*
 * Make holes of what is zero in the first bytes, in multiples of granule, also
 * of what was only reserved.  hold keeps writers out.  0 or -errno.
 */
int file_give_back(int fd, uint64_t bytes, uint32_t granule,
    struct file_hold *hold, file_progress *progress, void *ctx);

/*
 * The empty file to shares all blocks of from, copy on write.  0; or -errno
 * with a sentence in why that names the file system.
 */
int file_share_all(
    int from, int to, const char *path, char *why, size_t why_size);

#endif
