/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/task.h - one SCSI command, from its CDB to its outcome.
 *
 * The transport embeds struct task in its own task and owns the memory.  All
 * of a task's life is on its nexus's home thread.
 *
 *	task_init()      the transport has a CDB
 *	task_prepare()   GOOD: buffers are there, data_out_wanted is known
 *	task_execute()   all Data-Out is in t->data
 *	t->done(t)       exactly once after task_execute(); outcome is final
 *	task_release()   the reply is out; buffers go back
 *
 * A task can also be aborted from elsewhere (a reset by another nexus, a LUN
 * that is taken away).  If it was executed already, done() says so with
 * t->aborted set.  If it is PREPARED still, revoked() does, in place of done().
 */
#ifndef TARGET_TASK_H
#define TARGET_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "backstores/backstore.h"
#include "common/pool.h"
#include "target/fault.h"
#include "target/sense.h"

struct cmd;
struct nexus;
struct nexus_lu;
struct task_io_loop;

/* SAM-5 8.9; the numbers are those of the iSCSI ATTR field, RFC 7143 11.3.1 */
enum task_attribute {
	TASK_UNTAGGED = 0,
	TASK_SIMPLE = 1,
	TASK_ORDERED = 2,
	TASK_HEAD_OF_QUEUE = 3,
	TASK_ACA = 4,
};

enum task_state {
	TASK_NEW,      /* initialised, not in a task set */
	TASK_PREPARED, /* in the task set, Data-Out may be coming */
	TASK_WAITING,  /* executed, held by an ordered task or a range lock */
	TASK_RUNNING,  /* executed, a step is under way */
	TASK_ENDED,    /* done() was called, or prepare refused it */
};

/* Which way a command moves data. */
enum cmd_direction { CMD_NO_DATA, CMD_DATA_IN, CMD_DATA_OUT };

/* The most that t->data can hold: 8 MiB, see pool.h. */
#define TASK_BUFFER_MAX (8u << 20)

struct task {
	/* Set by the transport before task_prepare(). */
	struct nexus *nexus;
	uint64_t lun; /* the eight bytes of the LUN field, big endian */
	uint8_t cdb[16];
	enum task_attribute attribute;
	uint32_t data_out_length; /* bytes the initiator will send at most */
	uint32_t data_in_length;  /* bytes the initiator will take at most */
	void (*done)(struct task *t);
	/*
	 * The PREPARED task t was aborted: it is ENDED now, as after done()
	 * with t->aborted set, and must not be executed.  From here on nothing
	 * of it is sent but what ends_with_aborted_status asks for.  Called on
	 * the home thread, from a job or from within tmf_start(), nexus_remap()
	 * or nexus_detach(); the transport stops the transfer and calls
	 * task_release(), at once or later (its buffers stay until then).
	 */
	void (*revoked)(struct task *t);

	/* Set by task_prepare(). */
	/*
	 * Bytes that the command moves in its direction, whatever the
	 * initiator's own idea is: residuals come from it.  Parameter data that
	 * is shorter than the allocation length makes it smaller: final at
	 * done().
	 */
	uint64_t transfer_length;
	uint32_t data_out_wanted; /* bytes of Data-Out to gather in data */

	/* Final when done() or revoked() is called. */
	struct outcome outcome;
	uint32_t data_in_bytes; /* valid Data-In in data, <= data_in_length */
	bool aborted;           /* the transport sends nothing, unless: */
	/* outcome, TASK ABORTED, is to be sent */
	bool ends_with_aborted_status;

	enum task_state state; /* for the transport to look at */

	/* Private to target/. */
	TAILQ_ENTRY(task) link; /* in the task set, see nexus.h */
	struct nexus_lu *nl;    /* NULL: no such LUN */
	const struct cmd *cmd;
	bool in_set;             /* link is in use */
	bool enabled;            /* tasks before it no longer hold it back */
	bool in_write_gate;      /* counted in nl->writes */
	bool in_read_gate;       /* counted in nl->gated_reads */
	bool left_gate;          /* CMD_ATOMIC, and no longer alone */
	enum fault_action fault; /* on purpose, of its answer */
	bool paid;               /* the throttles have charged it */
	bool delayed;            /* and had it wait */
	uint64_t arrival;        /* of its nexus, see nexus->arrivals */
	uint64_t begun_us;       /* see stats.h */
	TAILQ_ENTRY(task) gate_link; /* lu->mutex: see gate.c */
	bool in_gate_queue;          /* lu->mutex */
	uint64_t lba;
	uint32_t blocks;
	uint32_t buffer_bytes; /* a row's prepare: what data is to hold */
	void (*next)(struct task *t, int error); /* after task_io() */
	struct task_io_loop *io_loop;            /* task_io() is on the stack */
	bool passive;      /* its abort has nothing to wait for */
	int step;          /* of a command that is a chain of steps */
	uint64_t cursor;   /* byte offset reached by such a chain */
	struct copy *copy; /* what an EXTENDED COPY is at */
	struct bs_io io;

	/* Last, because task_init() does not clear the arrays in them. */
	struct buf_list data;    /* Data-Out gathered, or Data-In to send */
	struct buf_list scratch; /* second buffer of a chain of steps */
	struct iovec part[BUF_LIST_IOV]; /* of task_io() on part of a list */
};

/* Clear everything; the transport then sets the fields of the first part. */
void task_init(struct task *t);

/*
 * Find the LUN and the opcode row, check unit attention, reservation, CDB
 * usage, range (which of them is told: SAM-5 5.3.3); take buffers from the
 * nexus's pool.  GOOD: the task is in the task set.  Else t is ENDED with that
 * outcome in t->outcome (and returned): reply, then task_release().  TASK SET
 * FULL (BUSY for the only task) when no buffer is to be had: a nexus may have
 * as much of the pool as it leaves free, so that one that does not fetch its
 * data cannot have it all.
 */
struct outcome task_prepare(struct task *t);

/*
 * All data_out_wanted bytes are in t->data.  Ends with t->done(t), perhaps
 * before this returns.  t is PREPARED: not after task_fail() or t->revoked(t).
 */
void task_execute(struct task *t);

/*
 * End a PREPARED task that the transport gives up on (bad Data-Out, connection
 * lost): o becomes its outcome; no done().
 */
void task_fail(struct task *t, struct outcome o);

/*
 * Abort, for ABORT TASK.  PREPARED: t->revoked(t) is called.  WAITING: it ends,
 * with done().  RUNNING: it is let come home from its store, nothing of it is
 * written after that, and done() follows then.  ENDED: nothing.
 */
void task_abort(struct task *t);

/*
 * Give buffers back, leave the task set.  t must be ENDED or NEW.  May be
 * called from within done() and revoked(); the memory is the transport's again.
 * A nexus that is detached lives until its last task that task_prepare() took
 * is released.
 */
void task_release(struct task *t);

/* ---- what a transport may ask of a task after task_prepare() ---- */

/* CMD_NO_DATA, too, where there is no such command. */
enum cmd_direction task_direction(const struct task *t);

/* Does its response need the Response Fence (RFC 7143 4.2.2.3.4), whatever its
 * outcome? */
bool task_is_fenced(const struct task *t);

#endif
