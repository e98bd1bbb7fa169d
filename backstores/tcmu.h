/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/tcmu.h - a tcmu store from inside: for tcmu*.c only.
 *
 * All of it belongs to the store's thread.
 */
#ifndef BACKSTORES_TCMU_H
#define BACKSTORES_TCMU_H

#include <pthread.h>
#include <sys/queue.h>

#include "backstores/stores.h"
#include "backstores/tcmu_wire.h"
#include "common/inbox.h"

/* An operation of ours, and the request that it is at the moment. */
struct tcmu_op {
	TAILQ_ENTRY(tcmu_op) link; /* in queued, running or waiting */
	struct bs_io *io;
	struct tcmu_request request;
	uint64_t done;   /* bytes of it that earlier requests did */
	uint64_t writes; /* of tcmu, when its flush was sent */
	bool again;      /* the host died of it, or while it was there */
};

TAILQ_HEAD(tcmu_ops, tcmu_op);

struct tcmu {
	struct backstore *bs;
	struct inbox inbox;
	pthread_t thread;
	_Atomic bool stop;
	_Atomic uint64_t size;  /* of what the host has open */
	_Atomic uint32_t pid;   /* of the host */
	char *handler, *config; /* as the host is told */
	char *conf, *user;      /* "": none */
	bool read_only;
	bool whole; /* the LU shows all of it, and grows with it */

	/* of the thread, and of open before it runs */
	int stream; /* -1: there is no host */
	struct tcmu_hello hello;
	struct tcmu_ops queued;  /* to be sent; the first one is under way */
	struct tcmu_ops running; /* sent */
	struct tcmu_ops waiting; /* for a host */
	size_t sent;             /* bytes of the first one */

	struct tcmu_message message; /* that comes in */
	size_t received;             /* of it, and then of what follows */
	struct tcmu_op *reading;     /* what it answers */
	char text[TCMU_TEXT_MAX + 1];

	uint64_t down_ms;         /* since when there is none */
	uint64_t retry_ms;        /* when to try */
	unsigned deaths;          /* since it last served for a while */
	uint64_t since_ms;        /* when it began to serve */
	uint64_t writes, flushed; /* writes that ended, and are durable */
	bool lost;                /* some that ended may be not */
};

/* ---- tcmu.c ---- */

#define TCMU_DEATHS_MAX 8 /* in a row, each waits twice as long */
/* Before the first attempt to start a host again; tests have less patience. */
extern _Atomic unsigned tcmu_retry_ms;

/* ---- tcmu_host.c ---- */

/*
 * Start a host and have its hello.  May block for TCMU_PATIENCE_MS.  0 or
 * -errno, with a sentence in why.
 */
#define TCMU_PATIENCE_MS 90000
int tcmu_host_start(struct tcmu *t, char *why, size_t why_size);
/* Have it close the device, wait for its end, and if need be do not. */
void tcmu_host_stop(struct tcmu *t);
/* So many bytes of its text, which came in, for the log. */
void tcmu_log(const struct tcmu *t, const char *what, size_t bytes);

/* ---- tcmu_op.c ---- */

/* Run it from its beginning, or where it was: now, or when there is a host. */
void tcmu_op_start(struct tcmu *t, struct tcmu_op *op);
/* Its submitter is told; frees it. */
void tcmu_op_end(struct tcmu_op *op, int error);
/* Send and receive what there is.  False: the host has gone, or is mad. */
bool tcmu_send(struct tcmu *t);
bool tcmu_receive(struct tcmu *t);

#endif
