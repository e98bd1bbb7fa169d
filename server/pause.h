/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/pause.h - writes of a logical unit are kept out for a moment.
 */
#ifndef SERVER_PAUSE_H
#define SERVER_PAUSE_H

#include <pthread.h>

#include "target/gate.h"
#include "target/lu.h"

struct pause {
	struct gate_pause gate;
	struct lu *lu;
	pthread_mutex_t mutex;
	pthread_cond_t granted;
	bool is_granted; /* mutex */
};

/*
 * A thread that may sleep: from 0 on until pause_end() no write is under way;
 * what initiators send waits.  -ETIMEDOUT: those under way do not end; -EBUSY:
 * the unit is being sanitized.
 */
int pause_begin(struct pause *p, struct lu *lu);
void pause_end(struct pause *p);

#endif
