/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/pause.c - writes of a logical unit are kept out for a moment.
 */
#include "server/pause.h"

#include <errno.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/thread.h"

#define PAUSE_WAIT_S 5 /* for the writes under way */

static void
pause_granted(struct gate_pause *gate)
{
	struct pause *p = container_of(gate, struct pause, gate);

	pthread_mutex_lock(&p->mutex);
	p->is_granted = true;
	pthread_cond_signal(&p->granted);
	pthread_mutex_unlock(&p->mutex);
}

static void
pause_init(struct pause *p, struct lu *lu)
{
	*p = (struct pause){ .gate.granted = pause_granted, .lu = lu };
	pthread_mutex_init(&p->mutex, NULL);
	thread_cond_init(&p->granted);
}

static bool
pause_wait(struct pause *p)
{
	uint64_t until_ms = clock_now_ms() + PAUSE_WAIT_S * UINT64_C(1000);
	bool granted;

	pthread_mutex_lock(&p->mutex);
	while (!p->is_granted &&
	       thread_cond_wait(&p->granted, &p->mutex, until_ms))
		;
	granted = p->is_granted;
	pthread_mutex_unlock(&p->mutex);
	return granted;
}

int
pause_begin(struct pause *p, struct lu *lu)
{
	int error = 0;

	pause_init(p, lu);
	gate_pause(lu, &p->gate);
	if (!pause_wait(p))
		error = -ETIMEDOUT;
	else if (atomic_load(&lu->condition) != LU_READY &&
		 atomic_load(&lu->condition) != LU_MEDIUM_OUT)
		error = -EBUSY;
	if (error != 0)
		pause_end(p);
	return error;
}

void
pause_end(struct pause *p)
{
	gate_resume(p->lu, &p->gate);
	pthread_cond_destroy(&p->granted);
	pthread_mutex_destroy(&p->mutex);
}
