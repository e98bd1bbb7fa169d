/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/bs_thread.c - a thread of a store.
 */
#include <signal.h>

#include "backstores/stores.h"

int
bs_thread_start(pthread_t *out, void *(*run)(void *arg), void *arg)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(out, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}
