/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/throttle.h - how many commands and bytes a second may be had: of an
 * LU by all, or of all LUs by one initiator.
 *
 * What a second allows gathers in a pot while nobody waits, up to the burst.
 * Once commands have to wait it is shared out evenly among the nexuses' LUs
 * that do, however many commands each of them has waiting.  A command that is
 * larger than what is there goes first and is paid for afterwards.
 *
 * Commands that read or write the medium count, each as one command and as the
 * bytes that it moves.  Where nothing is limited, that costs one load.
 */
#ifndef TARGET_THROTTLE_H
#define TARGET_THROTTLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct nexus_lu;
struct task;

enum throttle_unit { THROTTLE_COMMANDS, THROTTLE_BYTES, THROTTLE_UNITS };

struct throttle_limit {
	uint64_t per_second; /* 0: no limit; at most THROTTLE_MAX */
	uint64_t burst;      /* 0: a tenth of per_second */
};

#define THROTTLE_MAX (UINT64_C(1) << 40)

struct throttle {
	_Atomic bool limits;      /* anything at all */
	_Atomic uint64_t delayed; /* commands that had to wait, relaxed */
	pthread_mutex_t mutex;    /* the rest; a leaf: nothing is called */
	struct throttle_limit limit[THROTTLE_UNITS];
	int64_t pot[THROTTLE_UNITS]; /* thousandths of a unit */
	uint64_t filled_ms;          /* what came up to then is shared out */
	LIST_HEAD(, throttle_seat) waiting;
	unsigned waiting_count;
};

/* The part of a nexus's LU in a throttle; home thread, but where said. */
struct throttle_seat {
	bool waits;                    /* is in throttle->waiting */
	int64_t share[THROTTLE_UNITS]; /* throttle->mutex; may be a debt */
	LIST_ENTRY(throttle_seat) link;
};

void throttle_init(struct throttle *th);
/* Nobody waits. */
void throttle_destroy(struct throttle *th);
/* Any thread, also while commands wait. */
void throttle_set(
    struct throttle *th, const struct throttle_limit limit[THROTTLE_UNITS]);

/*
 * Home thread: may t, which was executed, go on?  It is charged once.  False:
 * it has to wait; task_set_start() is called for its nexus's LU when it may be
 * worth asking again.
 */
bool throttle_admits(struct task *t);
/* Home thread: waiting tasks are about to be asked again, or there are none. */
void throttle_leave(struct nexus_lu *nl);

#endif
