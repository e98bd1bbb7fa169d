/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/notify.h - telling the service manager how we are (sd_notify(3), by
 * hand).  Does nothing where there is none.
 */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

#include <stdint.h>

/* At start, before other threads: takes NOTIFY_SOCKET and WATCHDOG_USEC. */
void notify_init(void);
/* "READY=1\nSTATUS=..." */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* RELOADING=1 with its time; READY=1 ends it. */
void notify_reloading(void);
/*
 * Have the manager hold a copy of fd for our next run, which finds it among
 * LISTEN_FDS (FDSTORE=1); or let go of it (FDSTOREREMOVE=1).  name: printable,
 * without a colon, at most 255 bytes.
 */
void notify_keep(int fd, const char *name);
void notify_let_go(const char *name);
/* How often the watchdog wants to hear of us, in ms; 0: not at all. */
uint64_t notify_watchdog_ms(void);

#endif
