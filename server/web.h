/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/web.h - the page for browsers, and the control API behind its token.
 * Main thread.
 *
 * The page itself holds nothing and is for everybody who reaches the port.  All
 * of the API asks for the token in the Authorization header, which no other
 * site can make a browser send.
 */
#ifndef SERVER_WEB_H
#define SERVER_WEB_H

#include "server/server.h"

/* Listen where config says, if it does.  0; or 1 after a log line. */
int web_open(struct server *s, const struct config *config);
void web_close(struct server *s);

#endif
