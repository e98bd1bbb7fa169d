/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/lu_kept.h - what an LU keeps in the state directory: its persistent
 * reservations, and its settings (target/settings.h).  One file each, named
 * after the LU's UUID.
 *
 * The files are the LU's, not the configuration's: a LUN that is taken out is a
 * disk that is switched off, and is as before when it comes back under the same
 * identity, whatever its name is then.
 */
#ifndef SERVER_LU_KEPT_H
#define SERVER_LU_KEPT_H

#include "server/crew.h"
#include "server/kept.h"
#include "server/state.h"
#include "target/lu.h"
#include "target/lu_store.h"

#define LU_KEPT_FILES 2

struct lu_kept;
struct lu_kept_kind;

struct lu_kept_file {
	struct lu_store store;
	struct lu_kept *kept;
	const struct lu_kept_kind *kind;
	char name[KEPT_NAME_MAX];
	int told; /* why saves fail, as the log has it; 0: they do not */
};

struct lu_kept {
	struct crew crew; /* one thread, which writes */
	const struct kept_ops *ops;
	int dir_fd; /* the state's */
	struct lu *lu;
	struct lu_kept_file files[LU_KEPT_FILES];
};

/* 0 or -errno.  The crew is the caller's to retire. */
int lu_kept_init(struct lu_kept *k, const struct state *state);
/*
 * Before lu is served: keep its things, and read what is kept.  May block.  The
 * log says what cannot be read: without its reservations the LU refuses
 * service, without its settings it has the defaults.
 */
void lu_kept_begin(struct lu_kept *k, struct lu *lu);
/* Any thread that may block: if the LU refuses service, read again.  Nothing
 * where it has not begun. */
void lu_kept_retry(struct lu_kept *k);

#endif
