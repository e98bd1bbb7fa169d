/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change_impl.h - between change.c (the course of a change) and
 * change_lun.c, change_set.c, change_target.c, change_rollback.c (what is
 * changed).
 */
#ifndef SERVER_CHANGE_IMPL_H
#define SERVER_CHANGE_IMPL_H

#include "config/edit.h"
#include "server/change.h"
#include "server/history.h"
#include "server/server.h"

#define CHANGE_FILES 64 /* that one change touches */
#define CHANGE_WHY   512

/* A file that is edited, and what it was. */
struct change_file {
	struct edit *edit; /* NULL: it becomes after, whatever it is */
	char *path, *before, *after; /* before: NULL, there was none */
	size_t before_bytes, after_bytes;
	bool saved;
};

struct change;

struct change_kind {
	/* Control thread: change files by way of change_open_file().  False
	 * after change_refuse(). */
	bool (*edit)(struct change *c, const struct config *config);
	/* Likewise, of what it has become; then config of edit may be NULL,
	 * and the files are whatever they are.  NULL: an edit of a valid
	 * configuration. */
	bool (*confirm)(struct change *c, const struct config *config);
};

struct change {
	struct job job;
	struct reload_waiter waiter;
	STAILQ_ENTRY(change) link;
	struct server *server;
	char *name;         /* of what is changed */
	const json_t *body; /* lent; what it shall be */
	struct change_kind kind;
	enum history_which rollback;
	change_done *done;
	void *ctx;
	struct findings findings;
	int status; /* of the answer, when it is refused */
	char why[CHANGE_WHY];
	struct change_file files[CHANGE_FILES];
	unsigned file_count;
};

/* Always false. */
bool change_refuse(struct change *c, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for what config/edit.h says. */
bool change_failed(struct change *c, int error, const char *path);
/* To be edited.  NULL: refused. */
struct change_file *change_open_file(struct change *c, const char *path);

/* ---- change_lun.c: for edits ---- */

/* A member of the body, or NULL. */
const char *change_text(const struct change *c, const char *name);
const struct config_lun *change_find_lun(
    const struct config *config, const char *name);
const struct config_target *change_find_target(
    const struct config *config, const char *name);
/* The named block of a file of the edit, or NULL. */
const struct config_statement *change_find(
    struct change_file *f, const char *keyword, const char *name);
/* Add a statement to the block KEYWORD NAME. */
bool change_add(struct change *c, struct change_file *f, const char *keyword,
    const char *name, const char *const *words, unsigned count);
/* s may be NULL: refused. */
bool change_remove(
    struct change *c, struct change_file *f, const struct config_statement *s);
/* Offer lun at the body's target, if it has one, under the body's number or the
 * first free one. */
bool change_map(struct change *c, const struct config *config, const char *lun);
/* Take one map out of its target. */
bool change_unmap(struct change *c, const struct config_target *t,
    const struct config_lun_map *m);

/*
 * Main thread: edit, check, save, put in force; then done(ctx, ...).  body may
 * be NULL; it is read until then.
 */
void change_begin(struct server *s,
    bool (*edit)(struct change *c, const struct config *config),
    const char *name, const json_t *body, change_done *done, void *ctx);

/* The same for what is more than an edit. */
void change_begin_kind(struct server *s, const struct change_kind *kind,
    const char *name, const json_t *body, change_done *done, void *ctx);

#endif
