/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/control.h - the Unix socket at which the admin's command is answered.
 * Main thread.
 */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "server/server.h"

/*
 * Listen where config says.  0; or, when the path was given in it and cannot be
 * used, 1 after a log line.
 */
int control_open(struct server *s, const struct config *config);
void control_close(struct server *s);

#endif
