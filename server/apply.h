/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/apply.h - from one configuration to the next, by difference.
 *
 * A plan is made beside what runs: stores are opened, sockets bound, the
 * snapshot of the service built.  Any failure undoes the plan, and what runs
 * has not noticed.  The switch cannot fail.
 */
#ifndef SERVER_APPLY_H
#define SERVER_APPLY_H

#include "server/server.h"

struct plan;

/*
 * Takes config; the one in force (for stores that have opened late) stays so.
 * May block: the control thread, or the main thread before it
 * serves.  NULL after one log line for each error.
 */
struct plan *plan_make(struct server *s, struct config *config);
/* Main thread: undo a plan that is not wanted any more. */
void plan_drop(struct plan *p);
/*
 * Main thread: make it the configuration in force; frees p.  Return the
 * service that was in force before (with its reference), or NULL.
 */
struct service *plan_switch(struct server *s, struct plan *p);

#endif
