/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/whole.h - calls on a file until all is done: signals and short counts
 * are no end.  They sleep as the calls do.
 */
#ifndef COMMON_WHOLE_H
#define COMMON_WHOLE_H

#include <stdint.h>
#include <sys/types.h>

#define WHOLE_HERE UINT64_MAX /* from the file's own position on, or a pipe */

/* At most bytes, fewer where the file ends: how many; -errno. */
ssize_t whole_read(int fd, void *to, size_t bytes, uint64_t at);

/* 0; -errno, when a part of it may have been written. */
int whole_write(int fd, const void *from, size_t bytes, uint64_t at);

/* fallocate(2), fdatasync(2): 0; -errno. */
int whole_fallocate(int fd, int mode, uint64_t at, uint64_t bytes);
int whole_sync(int fd);

#endif
