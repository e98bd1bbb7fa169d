/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/command.h - another program, run to its end within a time.
 */
#ifndef BACKSTORES_COMMAND_H
#define BACKSTORES_COMMAND_H

#include <stddef.h>

#define COMMAND_OUT_MAX (1u << 20) /* what comes beyond it is thrown away */

struct command_result {
	int status;      /* of exit(); 128 + n when a signal ended it */
	char *out;       /* COMMAND_OUT_MAX of it, terminated; free() it */
	char words[512]; /* the lines of standard error, or why not */
};

/*
 * Run argv (found by PATH; no shell) and wait.  May block for timeout_ms: never
 * on a worker.  0 when it ran to its end, whatever its status; -ETIMEDOUT when
 * it was killed for taking too long, else -errno.  out and words are filled
 * either way (out may be NULL).
 */
int command_run(const char *const argv[], unsigned timeout_ms,
    struct command_result *result);

/* Have run do it from now on, because we may not.  Before other threads. */
void command_run_by(int (*run)(const char *const argv[], unsigned timeout_ms,
    struct command_result *result));

#endif
