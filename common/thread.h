/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/thread.h - threads beside the homes, and waiting by the clock.
 */
#ifndef COMMON_THREAD_H
#define COMMON_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Start one that takes no signals of the process, nor do those that it starts.
 * out NULL: nobody joins it.  0 or -errno. */
int thread_start(pthread_t *out, void *(*run)(void *arg), void *arg);

/* A condition that is waited for by the monotonic clock. */
void thread_cond_init(pthread_cond_t *cond);
/* False: it is until_ms (clock_now_ms()) or later.  May wake for nothing. */
bool thread_cond_wait(
    pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t until_ms);

#endif
