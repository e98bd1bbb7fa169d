/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/identity.h - which UUID an LU has.
 */
#ifndef SERVER_IDENTITY_H
#define SERVER_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backstores/lvm.h"
#include "server/state.h"

#define IDENTITY_TEXT 80

/* The words under which a store carries it. */
#define IDENTITY_UUID  "uuid"
#define IDENTITY_BOUND "bound" /* to which file or volume that was written */
/* What the admin has decided about it, once: "keep" the identity that it
 * carries, or "new", which is the name's, or a new one. */
#define IDENTITY_ADOPT "adopt"

/* A store that carries the identity of its LU with the data.  May block. */
struct identity_carrier {
	const char *noun; /* "file" */
	/* False: it has none, or none that fits. */
	bool (*read)(const struct identity_carrier *c, const char *word,
	    char text[IDENTITY_TEXT]);
	/* What a copy of the store has not. */
	bool (*binding)(
	    const struct identity_carrier *c, char text[IDENTITY_TEXT]);
	/* Carry this from now on, and no decision.  0 or -errno. */
	int (*write)(const struct identity_carrier *c, const char *uuid,
	    const char *bound);
};

/* In attributes of a file, "user.tisane.WORD". */
struct identity_file {
	struct identity_carrier carrier;
	int fd;
};
void identity_file_init(struct identity_file *f, int fd);

/* In tags of a volume of LVM, "tisane.WORD=TEXT". */
struct identity_volume {
	struct identity_carrier carrier;
	const char *name; /* GROUP/VOLUME; the caller's */
	struct lvm_volume volume;
};
/* 0 or -errno with a sentence in why. */
int identity_volume_init(
    struct identity_volume *v, const char *name, char *why, size_t why_size);

/*
 * The UUID of the LU of that name.  c carries one, NULL: nothing does; it is
 * written there too when may_write.  A name that is new takes what is carried;
 * a store that carries none takes the name's.  Both, and different, is -EEXIST,
 * and so is a store that was copied with what it carries, unless it was
 * decided.  May block.  0 or -errno with a sentence in why.
 */
int identity_settle(struct state *state, const char *name,
    const struct identity_carrier *c, bool may_write, uint8_t uuid[16],
    char *why, size_t why_size);

#endif
