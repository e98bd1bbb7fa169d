/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/session.h - sessions, and the table in which a login finds the one
 * that it reinstates (RFC 7143 6.3.5).
 *
 * A session belongs to its home.  The table is under a mutex of its own (cold:
 * login and logout).  Key: initiator name, ISID, target name, portal group tag.
 */
#ifndef ISCSI_SESSION_H
#define ISCSI_SESSION_H

#include <stdint.h>

#include "iscsi/service.h"

struct session;
struct session_table;

struct session_table *session_table_new(void);
/* Every session must have ended. */
void session_table_free(struct session_table *table);
unsigned session_table_count(struct session_table *table);

/* Any thread: logins since the start. */
struct session_logins {
	uint64_t good, refused;
};
struct session_logins session_table_logins(struct session_table *table);

/* Any thread: nothing waits for lost connections any more (error recovery
 * level 2), and no session for its last one. */
void session_table_stop_retaining(struct session_table *table);

/*
 * Any thread: tell every session of the table that its target has a new map,
 * or (map_of returns NULL) is no longer there for it: the initiator is asked to
 * log out and then dropped.  done(ctx) is called once all homes have answered,
 * on one of them; at once when there is no session.  One at a time: not before
 * the last one's done().  Keeps a reference on service: a login that began
 * under an older one is brought up to it.
 */
void session_table_apply(struct session_table *table, struct service *service,
    void (*done)(void *ctx), void *ctx);

#endif
