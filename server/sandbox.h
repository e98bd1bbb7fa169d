/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/sandbox.h - what the daemon gives up before it serves.
 *
 * Capabilities, files that the configuration does not name (Landlock), and
 * system calls that it does not make (seccomp; one of those ends the process).
 * What a reload needs beyond that is asked of the helper.
 */
#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

#include "config/config.h"

/* Built so that it cannot be: a sanitizer needs more. */
bool sandbox_is_possible(void);

/*
 * Become that user and its groups, for good; name NULL or our own: nothing.
 * state is made before, when it is missing, and given to it.  0, or -errno with
 * a sentence in why.
 */
int sandbox_become(
    const char *name, const struct config *config, char *why, size_t why_size);

/*
 * Before other threads.  What this kernel cannot do is left out with a
 * warning.  config_path: NULL, there is no file.
 */
void sandbox_enter(const struct config *config, const char *config_path);

/* A store of that type can be opened: those that look up host names, nbd and
 * rbd, only when there was one at the start. */
bool sandbox_admits_store(const char *type);

#endif
