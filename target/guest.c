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
	return op == BS_WRITE || op == BS_WRITE_ZEROES || op == BS_DISCARD;
}

static void
guest_io_done(struct task *t, int error)
{
	const struct guest *g = container_of(t, struct guest, task);

	task_end(t, outcome_of_errno(error, guest_writes(g->op)));
}

static void
guest_execute(struct task *t)
{
	struct guest *g = container_of(t, struct guest, task);
	struct outcome o = task_check_access(t->nl, t->cmd->flags);

	/* It may have waited for the gate. */
	if (g->host->aborted)
		o = TASK_ABORTED;
	if (!outcome_good(o))
		task_end(t, o);
	else
		task_io(t, g->op, g->flags, g->offset, g->length, g->data,
		    guest_io_done);
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

static void
guest_done(struct task *t)
{
	struct guest *g = container_of(t, struct guest, task);
	struct outcome o = t->outcome;

	task_release(t);
	g->next(g->host, o);
}

void
guest_io(struct guest *g, struct task *host, struct nexus_lu *nl, enum bs_op op,
    unsigned flags, uint64_t offset, uint64_t length, struct buf_list *data,
    void (*next)(struct task *host, struct outcome o))
{
	struct task *t = &g->task;

	assert(host->state == TASK_RUNNING && nl->nexus == host->nexus);
	task_init(t);
	t->nexus = host->nexus;
	t->nl = nl;
	t->cmd = guest_writes(op) ? &guest_write_cmd : &guest_read_cmd;
	/* The host is in a task set already: a task that came to that set
	 * behind it, and waits for it, must not hold this one back. */
	t->attribute = TASK_HEAD_OF_QUEUE;
	t->done = guest_done;
	g->host = host;
	g->op = op;
	g->flags = flags;
	g->offset = offset;
	g->length = length;
	g->data = data;
	g->next = next;
	task_set_add(t);
	t->state = TASK_PREPARED;
	task_execute(t);
}
