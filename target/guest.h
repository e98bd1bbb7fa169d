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
	struct task task; /* private, as all of this but error */
	struct task *host;
	const struct task *owner; /* the host; of a host that is a guest, its */
	enum bs_op op;
	unsigned flags;
	uint64_t offset, length;
	struct buf_list *data;
	void (*change)(struct task *host); /* guest_change() */
	struct guest *inside; /* guest_clone(): the one at the destination */
	struct nexus_lu *inside_nl;
	void (*next)(struct task *host, struct outcome o);
	int error; /* for next(): what the store said, 0 or -errno */
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

/*
 * Read length bytes at offset into data, have change(host) alter them there,
 * and write them back; no other write of that LU falls in between.  Errors as
 * for guest_io(); after one of the read nothing is written.
 */
void guest_change(struct guest *g, struct task *host, struct nexus_lu *nl,
    uint64_t offset, uint64_t length, struct buf_list *data,
    void (*change)(struct task *host),
    void (*next)(struct task *host, struct outcome o));

/*
 * BS_CLONE of length bytes: while it runs there is a task at each LU, and
 * next(host, o) is called when both have ended.  from->error is -EOPNOTSUPP
 * when the stores cannot, and nothing has changed.
 */
void guest_clone(struct guest *from, struct nexus_lu *from_nl,
    uint64_t from_offset, struct guest *to, struct nexus_lu *to_nl,
    uint64_t to_offset, uint64_t length, struct task *host,
    void (*next)(struct task *host, struct outcome o));

#endif
