/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/io.h - where the operations of one BLOCKING store run: on the
 * submitting worker's io_uring when that need not sleep, else on the store's
 * own threads.
 */
#ifndef SERVER_IO_H
#define SERVER_IO_H

#include <stdatomic.h>
#include <stdbool.h>

#include "backstores/backstore.h"
#include "server/crew.h"

struct io {
	struct bs_executor executor;
	struct crew crew;
	bool writes_on_ring;      /* the store bypasses the page cache */
	_Atomic unsigned on_ring; /* in flight there */
};

/* 0 or -errno. */
int io_init(struct io *io, bool direct);

/* What a worker's ring calls for each completion. */
void io_ring_ended(struct bs_io *bio, int result);

#endif
