/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/identity.h - which UUID an LU has.
 */
#ifndef SERVER_IDENTITY_H
#define SERVER_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/state.h"

#define IDENTITY_XATTR "user.tisane.uuid"
/* What the admin has decided about a file, once: "keep" the identity that it
 * carries, or "new", which is the name's, or a new one. */
#define IDENTITY_ADOPT "user.tisane.adopt"

/*
 * The UUID of the LU of that name.  fd: of a file that carries it as an
 * extended attribute, or -1; it is written there too when may_write.  A name
 * that is new takes the file's; a file without one takes the name's.  Both, and
 * different, is -EEXIST, and so is a file that was copied with its attributes,
 * unless it was decided.  May block.  0 or -errno with a sentence in why.
 */
int identity_settle(struct state *state, const char *name, int fd,
    bool may_write, uint8_t uuid[16], char *why, size_t why_size);

#endif
