/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/sysfs.h - what the kernel says about a block device's queue.
 */
#ifndef BACKSTORES_SYSFS_H
#define BACKSTORES_SYSFS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The number in queue/ATTRIBUTE of a device, or of the disk that a partition is
 * of.  0 when there is none.
 */
uint64_t sysfs_queue(dev_t device, const char *attribute);

#endif
