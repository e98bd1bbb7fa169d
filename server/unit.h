/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/unit.h - a logical unit that is served: its store, the threads of its
 * store, its identity.
 *
 * It lives as long as its struct lu has references.  Then its store is closed
 * on a thread of its own, however long that takes, or later when there is no
 * thread now.
 */
#ifndef SERVER_UNIT_H
#define SERVER_UNIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "config/config.h"
#include "server/headroom.h"
#include "server/io.h"
#include "server/lu_kept.h"
#include "server/opening.h"
#include "server/state.h"
#include "target/lu.h"

/* What somebody did to the store behind our back. */
enum unit_fault {
	UNIT_WELL,
	UNIT_DELETED,  /* its file has no name any more */
	UNIT_REPLACED, /* another file has its name */
	UNIT_SHRUNK,   /* it is smaller than it was */
	UNIT_OPENING,  /* its store has not opened yet: nothing is served */
	UNIT_UNOPENED, /* and will not until the next reload */
};

struct unit {
	struct lu *lu;
	struct backstore *bs;
	struct io io;
	struct lu_kept kept;
	_Atomic unsigned *open_count; /* of the daemon; not closed yet */
	pthread_mutex_t mutex;        /* resize against refresh */
	uint64_t known_size;          /* mutex; bytes, what lu was told */
	struct headroom headroom;     /* looked at under mutex */
	uint64_t largest_size;        /* mutex; that it ever had */
	uint64_t told_failed;         /* mutex; of lu->failed */
	uint64_t tell_failed_ms;      /* mutex; not again before */
	_Atomic int fault;            /* enum unit_fault */
	struct opening *opening;      /* whoever applies a configuration */
	bool unknown;                 /* what identity its store has */
	_Atomic bool watching;        /* watch_job is on its way */
	_Atomic bool converting;      /* between sparse and full */
	_Atomic bool dismissed;       /* see unit_dismiss() */
	struct job watch_job, close_job;
	/* Main thread, see unit_is_silent(). */
	uint64_t looked_at_ms;
	uint32_t ended_seen;
};

/* How long a store is waited for. */
struct unit_patience {
	uint64_t until_ms; /* clock_now_ms() */
	bool follows;      /* opening_begin() */
};

/*
 * Open the store and make the LU.  May block.  0 and *out with the maker's
 * reference on its LU; or -errno with a sentence in why.  A store that has not
 * opened in time goes on with that: *out serves nothing yet, opening_tell() is
 * told, and why may say what it waits for.
 */
int unit_open(const struct config_lun *lun, struct state *state,
    _Atomic unsigned *open_count, struct unit_patience patience,
    struct unit **out, char *why, size_t why_size);
/* Make the unit of such a one, instead of it, when its store has opened.  The
 * same; -EINPROGRESS: it has not yet. */
int unit_open_late(struct unit *late, const struct config_lun *lun,
    struct state *state, struct unit **out, char *why, size_t why_size);
/* What stands for a store that has not opened: it will not. */
void unit_give_up(struct unit *u, const char *why);
/* Nobody has ever seen it, nor shall before its store tells who it is. */
static inline bool
unit_is_hidden(const struct unit *u)
{
	return u->unknown;
}
/* Drop the maker's reference. */
void unit_release(struct unit *u);
/* The same, and no configuration has it any more: no room is kept for it. */
void unit_dismiss(struct unit *u);

/* Main thread, now and then: close those for which there was no thread. */
void unit_close_left(void);

/* Main thread: a new configuration is in force, and this is its lun. */
void unit_switch(struct unit *u, const struct config_lun *lun);
/* A new configuration goes on with it: what may be better now is tried again.
 * May block. */
void unit_keep(struct unit *u);
/*
 * Guarantee the room that lun says, at the size that it says when that is
 * larger; what it was is set again by unit_switch().  May block.  False: it is
 * not to be had.
 */
bool unit_reserve(struct unit *u, const struct config_lun *lun);
/* Grow to bytes.  May block.  0 or -errno. */
int unit_resize(struct unit *u, uint64_t bytes);
/*
 * Main thread: at the first call, and since for UNIT_SILENT_MS at least, it had
 * operations in flight of which none has ended.
 */
#define UNIT_SILENT_MS 1500
bool unit_is_silent(struct unit *u, uint64_t now_ms);
/* Have a thread of crew ask the store for its size and space, unless one is at
 * it. */
void unit_watch(struct unit *u, struct crew *crew);

#endif
