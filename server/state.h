/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/state.h - what is remembered from one run to the next, in a private
 * directory: the UUID of each LU, by its name.
 *
 * One thread at a time.  The files are replaced, never changed in place.
 */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state;

/*
 * Make the directory when it is missing (mode 0700), lock it against other
 * daemons, and read what is there.  NULL, with a sentence in why, when that
 * cannot be done or the file is damaged.
 */
struct state *state_open(const char *path, char *why, size_t why_size);
void state_close(struct state *s);

/* Its descriptor, as long as s is open; for other files in it. */
int state_directory(const struct state *s);

/* False: no such name. */
bool state_find_uuid(const struct state *s, const char *name, uint8_t uuid[16]);
/* Remember it; state_save() makes it last.  False: out of memory. */
bool state_set_uuid(struct state *s, const char *name, const uint8_t uuid[16]);
/* The name is free for another disk. */
void state_forget(struct state *s, const char *name);
/* Write what was set since the last time, durably.  0 or -errno. */
int state_save(struct state *s, char *why, size_t why_size);

#endif
