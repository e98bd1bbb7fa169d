/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/opening.h - a store that is being opened, by a thread of its own.
 *
 * That may take its time, or hang: who wants the store waits for a while, and
 * asks again when it is told of a late result.
 */
#ifndef SERVER_OPENING_H
#define SERVER_OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "backstores/backstore.h"

struct opening;

/*
 * Begin; the config is copied.  follows: what is open already in this process
 * is of a LUN that is being removed, in all likelihood, and is waited for; who
 * wants it is not held up longer than a moment by that.  NULL: no memory, or no
 * thread.
 */
struct opening *opening_begin(const struct bs_config *config, bool follows);
/*
 * Wait for the end, until that time (clock_now_ms()).  0 and *out, or -errno
 * with a sentence in why: then the opening is freed.  -EINPROGRESS: it goes on,
 * and its end is told; why may say what it waits for.
 */
int opening_wait(struct opening *o, uint64_t until_ms, struct backstore **out,
    char *why, size_t why_size);
/* Nobody wants it any more; frees it, and closes what it opens.  May block. */
void opening_leave(struct opening *o);

/* Who is told that one has ended for which nobody waited: any thread.  Before
 * the first begins. */
void opening_tell(void (*late)(void *ctx), void *ctx);
/* How many are under way.  Any thread. */
unsigned opening_count(void);

#endif
