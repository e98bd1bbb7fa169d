/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/gate.h - atomic commands against ordinary writes (SBC-3 COMPARE AND
 * WRITE: no other command's write falls between its compare and its write).
 *
 * Each running write is counted in its own nexus_lu, so that writers of
 * different workers share no cache line.  An atomic command closes the LU's
 * gate, waits until every count is zero, runs alone, and opens it; writes that
 * find the gate closed wait in their nexus_lu and are kicked when it opens.
 * Atomic commands queue up behind each other in order of arrival.  Between two
 * of them the gate opens for the writes that wait, so neither kind starves.
 * On units that have WRITE ATOMIC reads are counted, too, and the gate is shut
 * for them while one of these runs or is the next; they wait for nothing else.
 */
#ifndef TARGET_GATE_H
#define TARGET_GATE_H

#include <stdbool.h>
#include <sys/queue.h>

struct lu;
struct lu_gate;
struct nexus_lu;
struct task;

struct lu_gate *gate_new(void);
void gate_free(struct lu_gate *gate);

/* A write (CMD_WRITES_MEDIUM) starts.  False: it waits; task.c starts it again
 * at the kick. */
bool gate_enter_write(struct task *t);
void gate_leave_write(struct task *t);
/* The same for a read (CMD_READS_MEDIUM) of such a unit. */
bool gate_enter_read(struct task *t);
void gate_leave_read(struct task *t);
/* The same for a CMD_ATOMIC task. */
bool gate_enter_atomic(struct task *t);
void gate_leave_atomic(struct task *t);
/* A CMD_ATOMIC task leaves, and goes on without the gate. */
void gate_leave_early(struct task *t);
/* A waiting task was aborted: forget it. */
void gate_forget(struct task *t);

/*
 * The shell keeps writes out for a moment, to copy the unit as it is at one
 * time.  Several may at once.
 */
struct gate_pause {
	TAILQ_ENTRY(gate_pause) link;
	bool held; /* granted() was called */
	/* Once, when no write is under way and none begins; on any thread,
	 * under lu->mutex, perhaps before gate_pause() returns. */
	void (*granted)(struct gate_pause *p);
};
/* Any thread.  gate_resume() also withdraws one that is not granted yet. */
void gate_pause(struct lu *lu, struct gate_pause *p);
void gate_resume(struct lu *lu, struct gate_pause *p);

/* The kick of nl has started what could start. */
void gate_turn_over(struct nexus_lu *nl);

/* Tests: assert that the gate is closed when and only when it should be. */
void gate_check(struct lu *lu);

#endif
