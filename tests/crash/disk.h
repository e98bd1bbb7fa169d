/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/crash/disk.h - a log of what a store told the kernel, and what a power
 * cut would leave of it.
 *
 * pwritev2, fallocate and fdatasync of the store under test come through here
 * (ld --wrap).  They do their work, and are noted in order.  A sync makes what
 * was noted before it durable; one that is made to fail does not, and neither
 * does any later one, as the kernel tells of a lost write once.  There is a
 * second file, the journal of atomic writes.
 */
#ifndef TESTS_CRASH_DISK_H
#define TESTS_CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_BLOCKS  512u /* of 512 bytes */
#define DISK_BYTES   (DISK_BLOCKS * 512u)
#define DISK_JOURNAL (32u << 10) /* bytes of the journal, at most */

/* How much of what was not durable at the cut is there all the same. */
enum disk_luck { DISK_NONE, DISK_ALL, DISK_SOME };

/* Forget everything; note from now on.  Every nth sync fails; 0: none.  store:
 * its descriptor, any other is the journal's. */
void disk_begin(int store, unsigned fail_sync_one_in);
/* Note nothing more. */
void disk_end(void);
/* Records so far: a position in the log. */
size_t disk_position(void);
/* What the disk holds when the power goes before record cut: DISK_BYTES, and
 * DISK_JOURNAL. */
void disk_after_cut(
    size_t cut, enum disk_luck luck, uint8_t *out, uint8_t *journal);

/* A file of it in the directory; the end of that. */
void disk_put(int dir, const char *name, const uint8_t *data, size_t bytes);
void disk_remove(int dir, const char *path);

uint32_t cut_random(uint32_t n); /* 0 .. n - 1 */
void cut_seed(uint64_t seed);

#endif
