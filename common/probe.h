/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/probe.h - a look at a path whose file system may not answer.
 */
#ifndef COMMON_PROBE_H
#define COMMON_PROBE_H

#include <sys/stat.h>

/*
 * stat(), for two seconds at most: then -1 with ETIMEDOUT, and the thread that
 * hangs is left behind.  While there is one, others are given less time.  In
 * time, no thread is left: who asks may fork.  Any thread.
 */
int probe_stat(const char *path, struct stat *st);

#endif
