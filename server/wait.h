/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/wait.h - one operation of a store, waited for on a thread that may
 * sleep.
 */
#ifndef SERVER_WAIT_H
#define SERVER_WAIT_H

#include "backstores/backstore.h"

/* Fills home, done and then of io.  Any thread that may sleep, never a loop's.
 * 0 or -errno. */
int wait_io(struct backstore *bs, struct bs_io *io);
int wait_flush(struct backstore *bs);

#endif
