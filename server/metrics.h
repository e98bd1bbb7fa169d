/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/metrics.h - /metrics in the OpenMetrics text format, on a TCP port of
 * its own.  Main thread.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "server/server.h"

/* Listen where config says, if it does.  0; or 1 after a log line. */
int metrics_open(struct server *s, const struct config *config);
void metrics_close(struct server *s);

#endif
