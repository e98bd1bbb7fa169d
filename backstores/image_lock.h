/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/image_lock.h - one writer per image, QEMU's processes included.
 *
 * QEMU says what it does to an image, and what it will not have others do, by
 * locks on single bytes.  The same locks keep two daemons apart, and two LUNs
 * of one daemon: they belong to the open file, not to the process, and go with
 * its last descriptor.
 */
#ifndef BACKSTORES_IMAGE_LOCK_H
#define BACKSTORES_IMAGE_LOCK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Claim the open image: readers share it, a writer is alone.  0; or -EBUSY with
 * a sentence in why, and then fd is to be closed.  Where the file system has no
 * locks: 0, and a warning in the log.
 */
int image_lock(
    int fd, const char *path, bool read_only, char *why, size_t why_size);

#endif
