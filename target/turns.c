/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/turns.c - changes of a logical unit that are made one after another.
 */
#include "target/turns.h"

#include "target/lu.h"

bool
turn_join(struct lu *lu, struct turns *turns, struct turn *turn)
{
	bool first;

	pthread_mutex_lock(&lu->mutex);
	first = TAILQ_EMPTY(turns);
	TAILQ_INSERT_TAIL(turns, turn, link);
	pthread_mutex_unlock(&lu->mutex);
	return first;
}

void
turn_leave(struct lu *lu, struct turns *turns, struct turn *turn)
{
	struct turn *next;

	pthread_mutex_lock(&lu->mutex);
	TAILQ_REMOVE(turns, turn, link);
	next = TAILQ_FIRST(turns);
	if (next != NULL)
		next->home->post(next->home, &next->job);
	pthread_mutex_unlock(&lu->mutex);
}
