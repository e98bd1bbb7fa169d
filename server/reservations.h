/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/reservations.h - an LU's persistent reservations in the state
 * directory, one file per LU, named after its UUID.
 *
 * The file is the LU's, not the configuration's: a LUN that is taken out is a
 * disk that is switched off, and is reserved as before when it comes back under
 * the same identity, whatever its name is then.
 */
#ifndef SERVER_RESERVATIONS_H
#define SERVER_RESERVATIONS_H

#include "server/crew.h"
#include "server/kept.h"
#include "server/state.h"
#include "target/pr.h"

struct reservations {
	struct pr_store store;
	struct crew crew; /* one thread, which writes */
	const struct kept_ops *ops;
	int dir_fd; /* the state's */
	struct lu *lu;
	char file[KEPT_NAME_MAX];
};

/* 0 or -errno.  The crew is the caller's to retire. */
int reservations_init(struct reservations *r, const struct state *state);
/*
 * Before lu is served: keep its reservations, and read what is kept.  May
 * block.  When that cannot be read the LU refuses service, and the log says so.
 */
void reservations_begin(struct reservations *r, struct lu *lu);
/* Any thread that may block: if the LU refuses service, read again. */
void reservations_retry(struct reservations *r);

#endif
