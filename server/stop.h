/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/stop.h - the end of the daemon.
 */
#ifndef SERVER_STOP_H
#define SERVER_STOP_H

#include "server/server.h"

/*
 * After the loop: end the workers, close the stores, free everything.  Waits a
 * bounded time for what hangs, and then leaves it.  Return the exit status.
 */
int stop_finish(struct server *s);

#endif
