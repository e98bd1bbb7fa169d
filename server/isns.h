/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/isns.h - telling iSNS servers what is offered (RFC 4171): at the
 * start, after each reload, again before a registration ends, and the end of it
 * when the daemon stops.
 *
 * All talk is on a thread of its own, which may wait for the servers; the main
 * thread only says what is to be told.
 */
#ifndef SERVER_ISNS_H
#define SERVER_ISNS_H

#include <event2/event_struct.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "iscsi/name.h"
#include "iscsi/service.h"
#include "server/crew.h"
#include "server/loop.h"

struct isns {
	struct crew crew; /* one thread: in order */
	struct event timer;
	const struct config *config; /* in force */
	struct service *service;     /* in force; not counted */
	struct config_strings told;  /* servers; copies */
	char eid[256];
	char source[ISCSI_NAME_MAX + 1]; /* a target that was offered */
	_Atomic unsigned pending;        /* what is to be told yet */
	bool failing;                    /* the thread's: the last one failed */
};

/* 0 or -errno.  Nothing is told yet. */
int isns_init(struct isns *n, struct loop *loop);
/*
 * Main thread: this is in force from now on (both are kept without a count
 * until the next call).  Servers that are not named any more are told the end.
 */
void isns_offer(
    struct isns *n, const struct config *config, struct service *service);
/* Main thread: the daemon stops.  isns_offer() must not follow. */
void isns_end_all(struct isns *n);
/* The crew has no thread any more. */
void isns_free(struct isns *n);

#endif
