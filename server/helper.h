/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/helper.h - the process outside of the sandbox.
 *
 * It is forked at start, while we may still do everything, and does six
 * things for the daemon: opens a path, removes a file, gives one to whom the
 * configuration says, gives a draft its name, runs lvm, starts the host of a
 * tcmu store.  A path must be one that the configuration names, as the helper
 * itself reads it, or that of a new file out of the system's way; a tcmu store
 * must be in it; of lvm the verbs are listed.  It ends when the daemon does.
 */
#ifndef SERVER_HELPER_H
#define SERVER_HELPER_H

#include "server/server.h"

/*
 * Fork it, and have outside_open() and command_run() ask it.  Before other
 * threads.  source must last.  0 or -errno.
 */
int helper_start(const struct config_source *source);

/* What the helper would touch, and what it would run. */
bool helper_admits_path(const struct config *config, const char *path);
/* A new file, not where the system or people have theirs. */
bool helper_admits_new(const char *path);
/* A draft (draft.h) gets a name in its directory, which is such a place. */
bool helper_admits_move(const char *from, const char *to);
bool helper_admits_command(const char *const argv[], unsigned count);
bool helper_admits_host(
    const struct config *config, const char *const argv[], unsigned count);

#endif
