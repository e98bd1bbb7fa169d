/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/outside.h - opening what a configuration names, from a process that
 * may have given up the right to.
 *
 * These are open(2), unlink(2) and a rename(2).  When they are refused, and
 * there is somebody to ask, he is asked.
 */
#ifndef COMMON_OUTSIDE_H
#define COMMON_OUTSIDE_H

#include <sys/types.h>

struct outside_ops {
	/* As the system calls, but -errno for -1.  Any thread; may block. */
	int (*open)(const char *path, int flags, mode_t mode);
	int (*unlink)(const char *path);
	int (*move)(const char *from, const char *to);
	/* Give it the owner, group and mode that the configuration says. */
	int (*own)(const char *path);
};

/* Whom to ask from now on; before other threads. */
void outside_ask(const struct outside_ops *ops);

/* A descriptor or -1 with errno; may block. */
int outside_open(const char *path, int flags, mode_t mode);
int outside_unlink(const char *path);
/* Another name in the same directory, which nothing has: EEXIST.  EOPNOTSUPP:
 * the file system can neither rename so nor link. */
int outside_move(const char *from, const char *to);
/* After fchmod() or fchown() of it has failed, with errno: have it done. */
int outside_own(const char *path);

#endif
