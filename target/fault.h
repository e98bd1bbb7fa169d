/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/fault.h - faults on purpose, for labs: commands of an LU that are
 * delayed, failed, or whose answer goes wrong on the way.
 *
 * Rules are the LU's, in memory only, asked in order of their making; the first
 * that matches a command counts.  They are looked at when a command is about to
 * run, so that what the standard refuses is refused as always.  Without rules
 * that costs one load.
 */
#ifndef TARGET_FAULT_H
#define TARGET_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "target/sense.h"

struct lu;
struct task;

enum fault_commands { FAULT_ANY, FAULT_READS, FAULT_WRITES, FAULT_OPCODE };

enum fault_action {
	FAULT_NONE,
	FAULT_DELAY,  /* it runs later */
	FAULT_ERROR,  /* it does not run, and ends with outcome */
	FAULT_DROP,   /* it runs, and is never answered */
	FAULT_DIGEST, /* it runs; a digest of its answer is wrong */
	FAULT_CUT,    /* it runs, and its connection is closed */
};

struct fault {
	enum fault_commands commands;
	uint8_t opcode;  /* FAULT_OPCODE */
	uint64_t lba;    /* matches commands that touch [lba, lba + blocks) */
	uint64_t blocks; /* 0: any range, and commands without one */
	enum fault_action action;
	unsigned delay_ms;      /* FAULT_DELAY */
	struct outcome outcome; /* FAULT_ERROR */
	uint64_t count;         /* so often; 0: until it is removed */
};

/* A rule in force. */
struct fault_rule {
	TAILQ_ENTRY(fault_rule) link;
	unsigned id;
	struct fault fault;
	uint64_t hits;
};

TAILQ_HEAD(fault_rules, fault_rule);

/* Any thread.  id names the rule from then on.  False: out of memory. */
bool fault_add(struct lu *lu, unsigned id, const struct fault *fault);
/* Any thread.  False: there is no such rule. */
bool fault_remove(struct lu *lu, unsigned id);
/* Any thread: copies of the first max rules; how many. */
unsigned fault_list(struct lu *lu, struct fault_rule *out, unsigned max);
/* The LU goes. */
void fault_free_all(struct lu *lu);

/*
 * Home thread: t is RUNNING and about to be executed.  True: it is not to be
 * executed now, because it has ended, or will be executed later by itself.
 * Else t->fault is what is to become of its answer.
 */
bool fault_takes(struct task *t);

#endif
