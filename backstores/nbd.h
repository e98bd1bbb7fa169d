/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/nbd.h - an NBD store from inside: for nbd.c and nbd_op.c only.
 *
 * All of it belongs to the store's thread.
 */
#ifndef BACKSTORES_NBD_H
#define BACKSTORES_NBD_H

#include <libnbd.h>
#include <pthread.h>
#include <sys/queue.h>

#include "backstores/stores.h"
#include "common/inbox.h"

/* An operation of ours, and the requests that it became. */
struct nbd_op {
	TAILQ_ENTRY(nbd_op) link; /* in running, ended or waiting */
	struct nbd *nbd;
	struct bs_io *io;
	unsigned requests; /* under way */
	int error;
	bool flushing;   /* the second step of a FUA */
	uint64_t writes; /* of nbd, when its flush started */
	uint64_t mapped; /* MAP: bytes described so far */
};

TAILQ_HEAD(nbd_ops, nbd_op);

struct nbd {
	struct backstore *bs;
	struct inbox inbox;
	pthread_t thread;
	_Atomic bool stop;
	_Atomic uint64_t size;

	/* of the thread, and of open before it runs */
	struct nbd_handle *handle; /* NULL: not connected */
	bool can_fua, can_zero, can_trim, can_map;
	struct nbd_ops running, ended, waiting;
	uint64_t down_ms; /* since when it is not connected */
	uint64_t retry_ms;
	uint64_t writes, flushed; /* writes that ended, and are durable */
	bool lost;                /* some that ended are not */
};

/* Run it from its beginning: now, or when there is a connection again. */
void nbd_op_start(struct nbd_op *op);
/* Its submitter is told; frees it. */
void nbd_op_end(struct nbd_op *op);
/* Go on with those whose requests have all ended. */
void nbd_settle(struct nbd *n);

#endif
