/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/guest.h - one operation of a command at another logical unit.
 *
 * A command that moves data between logical units (EXTENDED COPY) is in the
 * task set of its own LU only.  Each operation that it makes at any LU of its
 * nexus, its own included, is a task of its own there: it passes that LU's
 * reservation and write protection, is counted in its gate as any other read
 * or write, is aborted by what aborts tasks there, and keeps the LU's place
 * when the LUN is taken away meanwhile.
 *
 * The host must not be counted in a gate itself (CMD_WRITES_MEDIUM,
 * CMD_ATOMIC), or it would wait for itself.
 */
#ifndef TARGET_GUEST_H
#define TARGET_GUEST_H

#include "target/cmd.h"

struct guest {
	struct task task; /* private, as all of this */
	struct task *host;
	enum bs_op op;
	unsigned flags;
	uint64_t offset, length;
	struct buf_list *data;
	void (*next)(struct task *host, struct outcome o);
};

/*
 * One operation of host at nl, a LU of its nexus; arguments as for task_io().
 * Then next(host, o), perhaps before this returns: GOOD, what the store's error
 * means, RESERVATION CONFLICT, WRITE PROTECTED, or TASK ABORTED when something
 * has aborted it at nl.  host->aborted is for the host to look at.  g is the
 * host's memory, free again when next() is called; a chain of these grows the
 * stack, so a long one goes through the home's inbox now and then.
 */
void guest_io(struct guest *g, struct task *host, struct nexus_lu *nl,
    enum bs_op op, unsigned flags, uint64_t offset, uint64_t length,
    struct buf_list *data, void (*next)(struct task *host, struct outcome o));

#endif
