/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/session_impl.h - the session from inside: its connections, the fence
 * between them, what it retains, and the table of all sessions.  Who may
 * include it: conn_impl.h.
 */
#ifndef ISCSI_SESSION_IMPL_H
#define ISCSI_SESSION_IMPL_H

#include "iscsi/conn_impl.h"

/* ---- session.c ---- */

bool session_is_discovery(const struct session *s);
/* From what was agreed at login, with c.  NULL: out of memory. */
struct session *session_new(struct conn *c, const struct login_result *r);
/* Joined the table: make the nexus.  False: out of memory. */
bool session_begin(struct session *s);
/* Do both name the same LU of the session's, by whatever addressing method? */
bool session_same_lun(const struct session *s, uint64_t a, uint64_t b);
/* No more tasks; those under way are aborted; gone when they are home. */
void session_end(struct session *s);
void session_check_gone(struct session *s);
/* End it with all its connections, at once.  tell: by Async event 3. */
void session_drop(struct session *s, bool tell, const char *why);
/* c asked for that: what it is to be told is sent first. */
void session_drop_for(struct conn *c, const char *why);
/* No connection is left; frees it unless jobs still point here. */
void session_put(struct session *s);
/* Home: the service of the moment is another one; takes a reference. */
void session_set_service(struct session *s, struct service *service);
/* Does a reload bar c from joining?  0, or an initiator error's detail. */
uint8_t session_bars(const struct session *s, const struct conn *c);

/* ---- session_conns.c ---- */

void session_add_conn(struct session *s, struct conn *c);
/* c is being freed. */
void session_forget_conn(struct conn *c);
/* Is c's memory needed no more? */
bool session_lets_go(const struct conn *c);
/* Around what may end any of them: conn_enter(), conn_leave() of all. */
void session_enter(struct session *s);
void session_leave(struct session *s);
/* A member ends; with the last one the session does. */
void session_conn_ends(struct conn *c);
/* Not a member any more: are its tasks home? */
void session_check_left(struct conn *c);
/* Abort all of that connection's; each LU concerned owes the session's other
 * connections 06/47/7F. */
void session_abort_tasks_of(
    struct session *s, const struct conn *c, bool immediate_only);
/* The member of that CID, but for c; NULL: none. */
struct conn *session_find_cid(
    const struct session *s, uint16_t cid, const struct conn *c);
/* Is there one of c's CID that has not left yet? */
bool session_cid_is_busy(const struct conn *c);
/* The Logout Request that asks for the end of c's other connections. */
void session_close_other(
    struct conn *c, struct conn *other, uint32_t itt, bool slot);
uint64_t session_closer_deadline(const struct conn *c);
void session_closer_late(struct conn *c);

/* ---- session_fence.c ---- */

/* False: it has one connection and holds nothing back; conn_queue() will do. */
static inline bool
session_may_fence(const struct session *s)
{
	return s->members > 1 || s->fence != FENCE_DOWN;
}

/* Does c's session keep the Response Fence, and has something to keep? */
bool session_fence_wanted(const struct conn *c);
/* Does the answer of a task that has ended need it?  4.2.2.3.4 */
bool session_fence_of_task(const struct iscsi_task *it);
/* Queue a SCSI or task management response on c, once the fence lets it pass;
 * fenced: it raises one itself.  Takes r. */
void session_fence_respond(struct conn *c, struct reply *r, bool fenced);
/* c->exp_stat_sn went on. */
void session_fence_heard(struct conn *c);
/* c will acknowledge nothing more. */
void session_fence_forget(struct conn *c);
/* Queue what is held back for c (NULL: for any), fence or not. */
void session_fence_release(struct session *s, const struct conn *c);
/* There is none any more. */
void session_fence_end(struct session *s);

/* ---- session_retain.c ---- */

/* Do c's tasks outlive it, if it ends now? */
bool conn_keeps_tasks(const struct conn *c);
/* It is in the middle of a PDU, which never came. */
void conn_forget_partial(struct conn *c);
/* c, which conn_keeps_tasks(), is lost. */
void session_retain(struct conn *c);
/* c is retained with nothing to keep, not even the session?  Then no longer. */
void session_retain_no_more(struct conn *c);
/* A member was added: look at all of them. */
void session_look_at_retained(struct session *s);
/* The latest of that CID: there may be others, from which not all has been
 * taken over.  NULL: none. */
struct conn *session_find_retained(const struct session *s, uint16_t cid);
/* c is in full feature phase: ExpStatSN of its CID is no longer that of others,
 * even when nothing of c is kept. */
void session_retain_replaced(const struct conn *c);
/* It was logged out for recovery: the time counts from now.  False: out of
 * memory, and it counts as before. */
bool session_retain_anew(struct conn *c);
/* The time of those up to then is over. */
void session_retained_late(struct session *s, uint64_t at_ms);

/* ---- session_table.c ---- */

enum session_join {
	SESSION_JOINED,     /* it has its TSIH */
	SESSION_JOIN_WAITS, /* the waiter is posted when to try again */
	SESSION_JOIN_TOO_MANY,
};

enum session_join session_table_join(struct session_table *table,
    struct session *s, unsigned limit, struct session_waiter *w);
/* The waiter does not want to any more.  False: its job is on the way. */
bool session_table_stop_waiting(
    struct session_table *table, struct session_waiter *w);
/*
 * The session of this TSIH, initiator name and ISID, and its home; NULL: none.
 * It may be looked at on its home only, where it stays until the caller
 * returns.
 */
struct session *session_table_find(struct session_table *table,
    const struct login_result *r, struct home **home);
/* Out of the table; wakes its waiters. */
void session_table_remove(struct session *s);
/* End every session of the target, wherever it is (TARGET COLD RESET). */
void session_table_end_target(
    struct session_table *table, const char *target_name, const char *why);
/* The last service of session_table_apply(), with a reference, or NULL. */
struct service *session_table_service(struct session_table *table);
/* For session_table_logins().  NULL: nobody counts. */
void session_table_count_login(struct session_table *table, bool good);
/* One more login from there that proved nothing: how long its answer waits, in
 * ms.  NULL: nobody counts. */
unsigned session_table_failed(
    struct session_table *table, const struct in6_addr *ip, uint64_t now_ms);
bool session_has_posted(struct session *s);
/* Home: call session_retained_late() then, if s is there still.  False: out of
 * memory. */
bool session_table_alarm(struct session *s, uint64_t at_ms);

#endif
