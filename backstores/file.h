/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/file.h - between file.c (I/O) and file_open.c (creating, growing).
 */
#ifndef BACKSTORES_FILE_H
#define BACKSTORES_FILE_H

#include "backstores/fdio.h"
#include "backstores/spare.h"

struct file {
	struct fdio io; /* first: see fdio.h */
	_Atomic bool full;
	struct owner owner; /* to be */
	struct spare spare;
	_Atomic uint64_t promised; /* bytes, see backstore_reserve() */
};

/*
 * Open or create, lock, grow, and find out about the file.  0; or -errno with a
 * sentence in why, and what was created is gone again.
 */
int file_setup(struct file *f, struct bs_info *info,
    const struct bs_config *config, char *why, size_t why_size);

/*
 * Grow from bytes to bytes; full: reserve every block, those of holes too, or
 * fail and have the old size.  Durable when it returns 0; or -errno.
 */
int file_grow(int fd, uint64_t from, uint64_t to, bool full);

#endif
