/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/turns.h - changes of a logical unit that are made one after another,
 * in order of arrival, whatever their homes are.
 */
#ifndef TARGET_TURNS_H
#define TARGET_TURNS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "common/home.h"

struct lu;

/* One that waits, or whose turn it is. */
struct turn {
	TAILQ_ENTRY(turn) link; /* lu->mutex */
	struct home *home;
	struct job job; /* its fn is called there when its turn comes later */
};

TAILQ_HEAD(turns, turn); /* lu->mutex; the first one's turn it is */

/* On the turn's home.  True: it is its turn at once, and job is not used. */
bool turn_join(struct lu *lu, struct turns *turns, struct turn *turn);
/* Its turn is over, the next one's job is posted. */
void turn_leave(struct lu *lu, struct turns *turns, struct turn *turn);

#endif
