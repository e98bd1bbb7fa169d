/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/tcp.h - listening for HTTP.
 */
#ifndef SERVER_TCP_H
#define SERVER_TCP_H

/*
 * Listen at "192.0.2.1:9260" or "[2001:db8::1]:9260", as the configuration has
 * checked it.  A non-blocking descriptor, or -errno.
 */
int tcp_listen(const char *address);

#endif
