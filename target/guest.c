/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/guest.c - one operation of a command at another logical unit.
 */
#include "target/guest.h"

#include <assert.h>

#include "common/bytes.h"
#include "target/task_set.h"

static bool
guest_writes(enum bs_op op)
{
	return op != BS_READ;
}

static void guest_start(struct guest *g, struct nexus_lu *nl,
    const struct cmd *cmd, struct task *host,
    void (*next)(struct task *host, struct outcome o));

static void
guest_io_done(struct task *t, int error)
{
	struct guest *g = container_of(t, struct guest, task);

	g->error = error;
	task_end(t, outcome_of_errno(error, guest_writes(g->op)));
}

/* May it go on?  It may have waited for the gate. */
static struct outcome
guest_check(const struct guest *g)
{
	if (g->owner->aborted || g->host->aborted)
		return TASK_ABORTED;
	return task_check_access(g->task.nl, g->task.cmd->flags);
}

static void
guest_go(struct task *t, enum bs_op op, void (*next)(struct task *t, int error))
{
	struct guest *g = container_of(t, struct guest, task);
	struct outcome o = guest_check(g);

	if (!outcome_good(o))
		task_end(t, o);
	else
		task_io(t, op, g->flags, g->offset, g->length, g->data, next);
}

static void
guest_execute(struct task *t)
{
	guest_go(t, container_of(t, struct guest, task)->op, guest_io_done);
}

static const struct cmd guest_read_cmd = {
	.service_action = CMD_NO_SERVICE_ACTION,
	.flags = CMD_READS_MEDIUM,
	.name = "read of a copy",
	.execute = guest_execute,
};

static const struct cmd guest_write_cmd = {
	.service_action = CMD_NO_SERVICE_ACTION,
	.flags = CMD_WRITES_MEDIUM,
	.name = "write of a copy",
	.execute = guest_execute,
};

/* ---- a change: what is read is written again ---- */

static void
guest_change_read(struct task *t, int error)
{
	struct guest *g = container_of(t, struct guest, task);

	if (error != 0) {
		g->error = error;
		task_end(t, outcome_of_errno(error, false));
		return;
	}
	g->change(g->host);
	task_io(t, BS_WRITE, 0, g->offset, g->length, g->data, guest_io_done);
}

static void
guest_change_execute(struct task *t)
{
	guest_go(t, BS_READ, guest_change_read);
}

static const struct cmd guest_change_cmd = {
	.service_action = CMD_NO_SERVICE_ACTION,
	.flags = CMD_WRITES_MEDIUM | CMD_ATOMIC,
	.name = "write of a copy within blocks",
	.execute = guest_change_execute,
};

/* ---- a clone: the guest at the source is the host of the other ---- */

static void
guest_cloned(struct task *t, struct outcome o)
{
	struct guest *g = container_of(t, struct guest, task);

	g->error = g->inside->error;
	task_end(t, o);
}

static void
guest_source_execute(struct task *t)
{
	struct guest *g = container_of(t, struct guest, task);
	struct outcome o = task_check_access(t->nl, t->cmd->flags);

	if (outcome_good(o))
		guest_start(
		    g->inside, g->inside_nl, &guest_write_cmd, t, guest_cloned);
	else
		task_end(t, o);
}

/* It does not pass the gate: while it waits there for its destination's turn,
 * an atomic command of another worker could wait for it.  The store shares
 * blocks between two writes, never in the middle of one. */
static const struct cmd guest_source_cmd = {
	.service_action = CMD_NO_SERVICE_ACTION,
	.flags = CMD_READS_MEDIUM | CMD_UNGATED,
	.name = "source of a copy",
	.execute = guest_source_execute,
};

/* ---- start ---- */

static void
guest_done(struct task *t)
{
	struct guest *g = container_of(t, struct guest, task);
	struct outcome o = t->outcome;

	task_release(t);
	g->next(g->host, o);
}

static void
guest_start(struct guest *g, struct nexus_lu *nl, const struct cmd *cmd,
    struct task *host, void (*next)(struct task *host, struct outcome o))
{
	struct task *t = &g->task;

	assert(host->state == TASK_RUNNING && nl->nexus == host->nexus);
	t->nexus = host->nexus;
	t->nl = nl;
	t->cmd = cmd;
	/* The host is in a task set already: a task that came to that set
	 * behind it, and waits for it, must not hold this one back. */
	t->attribute = TASK_HEAD_OF_QUEUE;
	t->done = guest_done;
	g->host = host;
	g->next = next;
	g->error = 0;
	task_set_add(t);
	t->state = TASK_PREPARED;
	task_execute(t);
}

static void
guest_set(struct guest *g, struct task *host, enum bs_op op, unsigned flags,
    uint64_t offset, uint64_t length, struct buf_list *data)
{
	task_init(&g->task);
	g->owner = host;
	g->op = op;
	g->flags = flags;
	g->offset = offset;
	g->length = length;
	g->data = data;
}

void
guest_io(struct guest *g, struct task *host, struct nexus_lu *nl, enum bs_op op,
    unsigned flags, uint64_t offset, uint64_t length, struct buf_list *data,
    void (*next)(struct task *host, struct outcome o))
{
	guest_set(g, host, op, flags, offset, length, data);
	guest_start(g, nl,
	    guest_writes(op) ? &guest_write_cmd : &guest_read_cmd, host, next);
}

void
guest_change(struct guest *g, struct task *host, struct nexus_lu *nl,
    uint64_t offset, uint64_t length, struct buf_list *data,
    void (*change)(struct task *host),
    void (*next)(struct task *host, struct outcome o))
{
	guest_set(g, host, BS_WRITE, 0, offset, length, data);
	g->change = change;
	guest_start(g, nl, &guest_change_cmd, host, next);
}

void
guest_clone(struct guest *from, struct nexus_lu *from_nl, uint64_t from_offset,
    struct guest *to, struct nexus_lu *to_nl, uint64_t to_offset,
    uint64_t length, struct task *host,
    void (*next)(struct task *host, struct outcome o))
{
	guest_set(to, host, BS_CLONE, 0, to_offset, length, NULL);
	to->task.io.from = from_nl->lu->bs;
	to->task.io.from_offset = from_offset;
	task_init(&from->task);
	from->owner = host;
	from->inside = to;
	/* Nothing holds back a read: to_nl is used before this returns. */
	from->inside_nl = to_nl;
	guest_start(from, from_nl, &guest_source_cmd, host, next);
}
