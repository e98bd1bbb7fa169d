/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr.h - persistent reservations (SPC-4 5.13) and SPC-2 RESERVE and
 * RELEASE.
 *
 * Registrations are keyed by initiator port (name and ISID) and target port
 * (target name and portal group tag).  Whoever changes them recomputes each
 * nexus's access bits, which is all that a command's hot path reads.
 *
 * Commands that change reservations take turns, in order of arrival at the LU.
 * A change is made on a copy; where it is to outlive a power loss (APTPL) the
 * copy is saved first, and only then becomes what is in force and GOOD.
 */
#ifndef TARGET_PR_H
#define TARGET_PR_H

#include "target/cmd.h"
#include "target/lu_store.h"

struct pr_state;

struct pr_state *pr_new(void);
void pr_free(struct pr_state *pr);

/*
 * Before the LU is served: keep its reservations there.  Without a store APTPL
 * is refused and PTPL_C is 0.  store outlives the LU.
 */
void pr_set_store(struct lu *lu, struct lu_store *store);
/*
 * What the store has kept (no bytes: nothing).  Before the LU is served, or on
 * any thread while it is unknown.  False, and nothing has changed: it is not
 * understood, or out of memory.
 */
bool pr_restore(struct lu *lu, const char *text, size_t bytes);
/*
 * Before the LU is served: what was reserved is not known.  Until pr_restore()
 * succeeds, all commands that a reservation could refuse are 02/04/03 LOGICAL
 * UNIT NOT READY, MANUAL INTERVENTION REQUIRED.
 */
void pr_set_unknown(struct lu *lu);
bool pr_is_unknown(const struct lu *lu);

/* Under lu->mutex: nl was linked to its LU; find its registration, set its
 * access bits. */
void pr_nexus_joined(struct nexus_lu *nl);
/* Under lu->mutex: I_T nexus loss, or unlinked.  A SPC-2 reservation goes. */
void pr_nexus_left(struct nexus_lu *nl);
/* Under lu->mutex: a SPC-2 reservation goes, persistent ones stay. */
void pr_reset(struct lu *lu);
/* Any thread: how many registrations there are, and the type of the persistent
 * reservation (SPC-4 6.15.3.4; 0: none). */
void pr_summary(struct lu *lu, unsigned *registrations, unsigned *type);
/* Under lu->mutex: has this nexus a registration? */
bool pr_is_registered(const struct nexus_lu *nl);
/* What a command gets that the access bits do not admit. */
struct outcome pr_refusal(const struct lu *lu);

/*
 * PERSISTENT RESERVE IN: READ KEYS, READ RESERVATION, REPORT CAPABILITIES, READ
 * FULL STATUS.  RESERVATION CONFLICT while RESERVE(6) is in force, whoever
 * asks.  SPC-4 6.15.
 */
struct outcome pr_in_prepare(struct task *t);
void pr_in_execute(struct task *t);

/*
 * PERSISTENT RESERVE OUT, SPC-4 6.16; SPEC_I_PT, ALL_TG_PT and APTPL included.
 * PREEMPT AND ABORT ends when all that it aborts is settled.  A list that is
 * not as long as it says is 05/1A/00, a wrong key RESERVATION CONFLICT, one
 * registration too many 05/55/04, and nothing of a refused command is done.  A
 * change that cannot be saved is 04/44/00, and has not happened.  Unit
 * attentions 06/2A/03, 04 and 05 go to other nexuses only.
 */
struct outcome pr_out_prepare(struct task *t);
void pr_out_execute(struct task *t);
void pr_out_abort_execute(struct task *t); /* PREEMPT AND ABORT */

/*
 * RESERVE(6) and RELEASE(6) of the whole unit.  CRH is 1 (SPC-4 5.13.3): GOOD
 * and no effect for a holder of a persistent reservation, or a registrant where
 * its type is for registrants; RESERVATION CONFLICT for all others while any
 * key is registered.  RELEASE by a nexus that has not reserved is GOOD and does
 * nothing.  SPC-2 7.21, 7.18.
 */
void pr_reserve6_execute(struct task *t);
void pr_release6_execute(struct task *t);

#endif
