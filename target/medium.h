/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/medium.h - is the medium there, and may it leave: the condition of a
 * logical unit, START STOP UNIT (SBC-3 5.25), PREVENT ALLOW MEDIUM REMOVAL
 * (SPC-4 6.20).
 */
#ifndef TARGET_MEDIUM_H
#define TARGET_MEDIUM_H

#include "target/cmd.h"

/*
 * GOOD, or why the command cannot be executed in the unit's present condition:
 * 02/3A/00 when the medium is out, 02/04/1B with progress while SANITIZE runs,
 * 03/31/03 after it has failed, 02/04/04 with progress while FORMAT UNIT runs,
 * 03/31/00 after it has failed, until one succeeds; 02/04/01 while the store
 * does not serve and will by itself, 02/04/03 when it will not.
 */
struct outcome medium_check(const struct task *t);
/* What its store's state says: GOOD, 02/04/01 or 02/04/03. */
struct outcome medium_store(const struct lu *lu);
/* The same of the unit, whatever the command; GOOD when all can be executed. */
struct outcome medium_condition(const struct lu *lu);

/* Under lu->mutex: a reset, or the loss of one nexus; PREVENT goes. */
void medium_reset(struct lu *lu);
void medium_nexus_lost(struct nexus_lu *nl);

/*
 * A fixed disk: there is nothing to spin down, and an LU that several hosts
 * share must not go away because one of them shuts down: only START=1 is GOOD,
 * the rest is 05/24/00.
 */
struct outcome medium_start_fixed_prepare(struct task *t);
void medium_start_fixed_execute(struct task *t);

/*
 * A removable one: with LOEJ the medium goes out for everybody, or comes back
 * (06/28/00 to the other nexuses), unless some nexus prevents it: 05/53/02.
 * Without LOEJ nothing spins down.  POWER CONDITION, which makes LOEJ and
 * START be ignored, changes nothing either.  What is in the cache is flushed
 * first when START is 0, unless NO_FLUSH says otherwise.  Anything but START=1
 * without LOEJ is a RESERVATION CONFLICT for those who may not write.
 */
struct outcome medium_start_removable_prepare(struct task *t);
void medium_start_removable_execute(struct task *t);

/* Each nexus prevents for itself, until it allows, is lost, or a reset. */
struct outcome medium_prevent_prepare(struct task *t);
void medium_prevent_execute(struct task *t);

#endif
