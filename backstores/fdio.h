/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/fdio.h - I/O on a descriptor: what file and block have in common.
 *
 * A store puts struct fdio first in what bs->priv points to, and names the
 * functions below in its ops.
 */
#ifndef BACKSTORES_FDIO_H
#define BACKSTORES_FDIO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "backstores/backstore.h"

struct fdio {
	int fd; /* owned; -1: none */
	bool direct;
	_Atomic bool may_punch; /* BS_MAY_UNMAP may leave holes */
	/* Asked once each: cleared when the kernel says that it cannot. */
	_Atomic bool nowait_reads, nowait_writes;
	_Atomic unsigned cold;      /* how little the page cache has of it */
	_Atomic unsigned cold_turn; /* reads while it is cold */
	_Atomic bool zero_range, punch_hole;
};

/* Takes fd. */
void fdio_init(struct fdio *f, int fd, bool direct);
void fdio_close(struct fdio *f);

/*
 * A file system that asks a program or a server (FUSE, NFS) may sleep even when
 * it is told not to: nothing may be tried there.  True when it is one, or not
 * known to be none.  After fdio_init().
 */
bool fdio_distrust(struct fdio *f);

/* Of struct bs_ops.  A read that meets the end of the data is -EIO. */
int fdio_read(struct backstore *bs, struct bs_io *io);
int fdio_write(struct backstore *bs, struct bs_io *io);
int fdio_flush(struct backstore *bs, struct bs_io *io);
/* Punches where may_punch and BS_MAY_UNMAP, else keeps the space. */
int fdio_write_zeroes(struct backstore *bs, struct bs_io *io);
/* Only from the page cache, only where that cannot sleep. */
int fdio_try(struct backstore *bs, struct bs_io *io);
int fdio_fd(struct backstore *bs);

/* Punch a hole, which reads as zero.  -EOPNOTSUPP: not here. */
int fdio_punch(struct fdio *f, uint64_t offset, uint64_t length);

/*
 * Bypass the page cache from now on.  Raise *unit to the multiple that offsets
 * and lengths must be of.  0 or -errno.
 */
int fdio_set_direct(struct fdio *f, uint32_t *unit);

/*
 * Where the kernel promises that a write is found whole or not at all
 * (RWF_ATOMIC), and the page cache is bypassed: the writes that it promises it
 * of.  After fdio_set_direct().
 */
void fdio_learn_atomic(const struct fdio *f, struct bs_info *info);

#endif
