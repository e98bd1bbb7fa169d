/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/moment.h - a unit as it is at one time, into a new file.
 */
#ifndef SERVER_MOMENT_H
#define SERVER_MOMENT_H

#include "server/job.h"
#include "server/unit.h"

/*
 * A job's thread: make path a new file with what u has now.  copy: with blocks
 * of its own, where the others cannot be shared; writes wait for that as long
 * as initiators bear it.  Else it shares its blocks with u's file.  Nothing is
 * left of it on failure.  0 or -errno with a sentence in j->why.
 */
int moment_make(
    struct unit *u, const char *path, bool copy, struct long_job *j);

#endif
