/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/io.h - where the operations of one BLOCKING store run: on the
 * submitting worker's io_uring when that need not sleep, else on the store's
 * own threads.
 *
 * Small reads go to the ring even when the page cache has them: one call starts
 * all of a turn, and those that are cached have ended when it returns.
 *
 * Writes through the page cache to a file exclude each other in the kernel
 * (by the inode's lock), so one thread at a time does them all.  What a loop
 * turn has gathered of them goes to that thread together.
 */
#ifndef SERVER_IO_H
#define SERVER_IO_H

#include <stdatomic.h>
#include <stdbool.h>

#include "backstores/backstore.h"
#include "server/crew.h"
#include "server/line.h"

/* How the WRITEs of a store run. */
enum io_writes {
	IO_WRITES_ON_THREADS, /* beside each other */
	IO_WRITES_IN_LINE,    /* to a file, through the page cache */
	IO_WRITES_ON_RING,    /* bypassing the page cache */
};

struct io {
	struct bs_executor executor;
	struct crew crew;
	enum io_writes writes;
	struct line line;      /* writes */
	struct io *start_next; /* of those whose line is to be started */
	struct io_share {
		char apart[SHARE_APART];
		_Atomic unsigned on_ring; /* in flight there */
	} shares[SHARES];                 /* by the home of the operation */
};

/* 0 or -errno. */
int io_init(struct io *io, enum io_writes writes);
/* Its crew is gone. */
void io_destroy(struct io *io);

/* The calling thread has loop turns: it calls io_turn_ends() in each. */
void io_enter(void);
void io_turn_ends(void);

/* What a worker's ring calls for each completion. */
void io_ring_ended(struct bs_io *bio, int result);

#endif
