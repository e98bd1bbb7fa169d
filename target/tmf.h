/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/tmf.h - task management functions, SAM-5 clause 7.
 *
 * Finding tasks by tag is the transport's matter (it knows tags), so ABORT
 * TASK and QUERY TASK are done there with task_abort().  Here are the
 * functions that concern a LUN or the whole target, over all nexuses.
 */
#ifndef TARGET_TMF_H
#define TARGET_TMF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/home.h"

struct nexus;
struct nexus_lu;
struct task;

enum tmf_function {
	TMF_ABORT_TASK_SET,
	TMF_CLEAR_ACA,
	TMF_CLEAR_TASK_SET,
	TMF_LUN_RESET,
	TMF_TARGET_WARM_RESET,
	TMF_TARGET_COLD_RESET,
	TMF_QUERY_TASK_SET,
	TMF_QUERY_ASYNC_EVENT,
	TMF_I_T_NEXUS_RESET,
	TMF_PREEMPT, /* PREEMPT AND ABORT; not for tmf_start() */
};

enum tmf_response {
	TMF_COMPLETE,
	TMF_SUCCEEDED, /* QUERY: there is one */
	TMF_NO_LUN,
	TMF_NOT_SUPPORTED,
	TMF_REJECTED, /* in time, an I/O could not be called back */
};

struct tmf {
	/* Set by the caller, who owns the struct until done(). */
	struct nexus *nexus;
	enum tmf_function function;
	uint64_t lun; /* 8-byte field; ignored by target and nexus resets */
	uint64_t deadline_ms; /* on nexus->home's clock: answer REJECTED then */
	/* Is a task of nexus spared?  Asked before tmf_start() returns, and not
	 * by TMF_PREEMPT.  NULL: none is. */
	bool (*spares)(const struct tmf *f, const struct task *t);
	void (*done)(struct tmf *f, enum tmf_response response);

	/* For done(): the Additional Response Information, SAM-5 7.1; 0 but for
	 * TMF_QUERY_ASYNC_EVENT that found something. */
	uint32_t information; /* 3 bytes, the first one highest */

	/* Private; NULL once done() was called. */
	struct tmf_wait *wait;
};

/*
 * Abort what the function says on every nexus concerned, wherever its home,
 * establish unit attentions (06/29/03 after resets, 06/2F/00 at other nexuses
 * after PREEMPT AND ABORT), release what a reset releases, and call done() on
 * the caller's home once every aborted task is settled: nothing of it will be
 * written or sent.  Before this returns, done() may have been called, and
 * done() and revoked() of tasks of this home.
 */
void tmf_start(struct tmf *f);

/*
 * TMF_PREEMPT, in place of tmf_start(): the caller picks the nexuses, and then
 * lets it go, or drops it, and then done() is not called.  SPC-4 5.13.11.
 */
bool tmf_begin(struct tmf *f); /* false: out of memory, nothing to drop */
/* Under lu->mutex.  Tasks that arrived after upto (nexus->arrivals) are spared.
 * False: out of memory. */
bool tmf_pick(struct tmf *f, struct nexus_lu *nl, uint64_t upto);
void tmf_go(struct tmf *f);
void tmf_drop(struct tmf *f);

/*
 * The owner's clock has reached f->deadline_ms: answer REJECTED now.  The
 * aborted tasks still come home later, on their own.
 */
void tmf_expire(struct tmf *f);

/* The owner goes away: done() will not be called, *f is no longer looked at.
 * The aborts go on. */
void tmf_cancel(struct tmf *f);

/* For task.c: a task of nl has ended, which a function may wait for.  nl is
 * pinned. */
void tmf_look(struct nexus_lu *nl);

#endif
