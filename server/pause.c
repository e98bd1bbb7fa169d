/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/pause.c - writes of a logical unit are kept out for a moment.
 */
#include "server/pause.h"

#include <errno.h>
#include <time.h>

#include "common/bytes.h"

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
	pthread_condattr_t attr;

	*p = (struct pause){ .gate.granted = pause_granted, .lu = lu };
	pthread_mutex_init(&p->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->granted, &attr);
	pthread_condattr_destroy(&attr);
}

static bool
pause_wait(struct pause *p)
{
	struct timespec until;
	bool granted;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PAUSE_WAIT_S;
	pthread_mutex_lock(&p->mutex);
	while (!p->is_granted && error == 0)
		error = pthread_cond_timedwait(&p->granted, &p->mutex, &until);
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
