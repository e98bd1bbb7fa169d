/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/stats.h - what the commands of a nexus's LU did, and how long it took.
 *
 * Each nexus_lu has its own, written by its home thread alone: counting is an
 * addition without a lock.  Others read at any time, each number by itself.  A
 * LU's are those of its nexuses and of the ones that have left.
 *
 * A command lasts from task_prepare() to its end, by the clock of the loop's
 * turns (home->now_us): one that ends in the turn in which it came took 0.
 */
#ifndef TARGET_STATS_H
#define TARGET_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#include "target/sense.h"

struct lu;
struct nexus;
struct task;

enum stats_kind {
	STATS_READ,  /* reads the medium */
	STATS_WRITE, /* changes the medium */
	STATS_OTHER,
	STATS_KINDS,
};

/* Bucket i counts what took less than 32 << i microseconds, and no bucket
 * before it did; the last one takes the rest. */
#define STATS_BUCKETS 21

/* How a command ended that was not GOOD: by its sense key (0 .. 15), or by a
 * status other than CHECK CONDITION. */
enum stats_end {
	STATS_END_SENSE_KEYS = 16,
	STATS_END_CONFLICT = STATS_END_SENSE_KEYS,
	STATS_END_BUSY,
	STATS_END_TASK_SET_FULL,
	STATS_END_ABORTED,
	STATS_ENDS,
};

struct stats_of_kind {
	_Atomic uint64_t commands, bytes, microseconds;
	_Atomic uint64_t buckets[STATS_BUCKETS];
};

/* Operations on the store: a command may need none, or several. */
struct stats_of_store {
	_Atomic uint64_t reads, writes, read_bytes, write_bytes;
	_Atomic uint64_t errors; /* that the store failed */
};

struct stats {
	_Atomic uint64_t begun; /* taken into the task set */
	struct stats_of_store store;
	struct stats_of_kind kinds[STATS_KINDS];
	_Atomic uint64_t ends[STATS_ENDS];
};

/* "medium error", "busy" as a word: "medium_error"; NULL: reserved. */
const char *stats_end_word(unsigned end);
/* What bucket i counts is below that; 0: any. */
uint64_t stats_bucket_us(unsigned i);

/* Home thread of t: it was taken into the task set; it has ended, or
 * task_prepare() has refused it, with t->outcome. */
void stats_begin(struct task *t);
void stats_end(struct task *t);
void stats_refuse(struct task *t);
/* Home thread of t: the operation t->io is submitted; one has failed. */
void stats_submit(struct task *t);
void stats_store_failed(struct task *t);

/* *sum, which no other thread writes, += what s says now. */
void stats_add(struct stats *sum, const struct stats *s);
/* Commands that have begun and not ended. */
uint64_t stats_depth(const struct stats *s);

/* Any thread: all that ever was of lu.  *out is overwritten. */
void stats_of_lu(struct lu *lu, struct stats *out);
/* Home thread: of all LUs that n sees or has seen.  *out is overwritten. */
void stats_of_nexus(const struct nexus *n, struct stats *out);

#endif
