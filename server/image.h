/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/image.h - all of a store, copied into a file.
 */
#ifndef SERVER_IMAGE_H
#define SERVER_IMAGE_H

#include "backstores/backstore.h"
#include "server/job.h"

/*
 * A job's thread: copy bs into the empty file fd; holes and blocks of zeroes
 * stay holes.  Durable when it returns 0.  Nobody writes to bs meanwhile.
 * until_ms: of CLOCK_MONOTONIC, by when it must be over; 0: never.  0;
 * -ECANCELED; -ETIMEDOUT; -errno.
 */
int image_copy(
    struct backstore *bs, int fd, uint64_t until_ms, struct long_job *j);

#endif
