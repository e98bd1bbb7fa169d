/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr.h - persistent reservations (SPC-4 5.13) and SPC-2 RESERVE and
 * RELEASE.
 *
 * Registrations are keyed by initiator port (name and ISID) and target port
 * (portal group tag).  Whoever changes them recomputes each nexus's access
 * bits, which is all that a command's hot path reads.
 */
#ifndef TARGET_PR_H
#define TARGET_PR_H

#include "target/cmd.h"

struct pr_state;

struct pr_state *pr_new(void);
void pr_free(struct pr_state *pr);

/* Under lu->mutex: nl was linked to its LU; find its registration, set its
 * access bits. */
void pr_nexus_joined(struct nexus_lu *nl);
/* Under lu->mutex: I_T nexus loss, or unlinked.  A SPC-2 reservation goes. */
void pr_nexus_left(struct nexus_lu *nl);
/* Under lu->mutex: a SPC-2 reservation goes, persistent ones stay. */
void pr_reset(struct lu *lu);

/*
 * PERSISTENT RESERVE IN: READ KEYS, READ RESERVATION, REPORT CAPABILITIES, READ
 * FULL STATUS.  RESERVATION CONFLICT while RESERVE(6) is in force, whoever
 * asks.  SPC-4 6.15.
 */
/* Under lu->mutex: has this nexus a registration? */
bool pr_is_registered(const struct nexus_lu *nl);

struct outcome pr_in_prepare(struct task *t);
void pr_in_execute(struct task *t);

/*
 * PERSISTENT RESERVE OUT: REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, REGISTER
 * AND IGNORE EXISTING KEY, and PREEMPT AND ABORT, which ends when all that it
 * aborts is settled.  A list that is not 24 bytes is 05/1A/00, SPEC_I_PT and
 * APTPL 05/26/00, a wrong key RESERVATION CONFLICT, one registration too many
 * 05/55/04.  ALL_TG_PT makes one registration for all ports of the target.
 * Unit attentions 06/2A/03, 04 and 05 go to other nexuses only.  SPC-4 6.16.
 */
struct outcome pr_out_prepare(struct task *t);
void pr_out_execute(struct task *t);
void pr_out_abort_execute(struct task *t); /* PREEMPT AND ABORT */

/*
 * RESERVE(6) and RELEASE(6) of the whole unit.  Both are RESERVATION CONFLICT
 * while any key is registered (CRH 0); RELEASE by another nexus is GOOD and
 * does nothing.  SPC-2 7.21, 7.18.
 */
void pr_reserve6_execute(struct task *t);
void pr_release6_execute(struct task *t);

#endif
