/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import.h - other targets' configurations as ours; for import*.c only.
 *
 * What is read becomes statements of our configuration: JSON objects with
 * "words" and, when they have one, a "block" of statements.  What has no
 * counterpart is said, never dropped in silence.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct import {
	const char *file;
	unsigned line; /* that is being read; 0: lines mean nothing */
	json_t *groups, *portals, *luns, *targets; /* lists of statements */
	json_t *lost, *notes;                      /* lists of sentences */
	bool broken; /* the file is not understood; it was said */
};

/* Sentences with the line that is being read: this is not kept; this was
 * settled so; this is no such file. */
void import_lose(struct import *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void import_note(struct import *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void import_break(struct import *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- import_model.c: statements ---- */

/* Add a statement of the words up to NULL to a list; it is the list's. */
json_t *import_add(json_t *list, ...) __attribute__((sentinel));
/* The statements of its block, which it has from now on. */
json_t *import_block(json_t *statement);
/* A word of a statement; 1: its name. */
const char *import_word(const json_t *statement, size_t i);
/* The statement of that keyword in a block, or NULL. */
json_t *import_find(const json_t *block, const char *keyword);

/* Has the list a block of that name? */
bool import_has(const json_t *list, const char *name);

/*
 * The lun on that store and path (NULL: a store without one), made with a name
 * near to the one wanted, unless there is one: *fresh tells.
 */
json_t *import_lun(struct import *im, const char *wanted, const char *store,
    const char *path, bool *fresh);
/* "file" or "block". */
const char *import_store_of(const char *path);
/* The part of a path or IQN that names the thing. */
const char *import_last_part(const char *path);

/* A new auth-group with a name near to the one wanted. */
json_t *import_group(struct import *im, const char *wanted);
/* mutual_user: NULL, or the name by which the target proves itself. */
void import_chap(struct import *im, json_t *group, const char *user,
    const char *secret, const char *mutual_user, const char *mutual_secret);

/* The name of the portal-group that listens at these ("ADDRESS:PORT"), and
 * that every target which listens there shares. */
const char *import_portals(
    struct import *im, const char *wanted, const json_t *listens);
const char *import_portals_everywhere(struct import *im);
/* At the end: what a wildcard includes needs no listening of its own. */
void import_settle_portals(struct import *im);

/* Offer lun under a number, to these initiators (NULL: to all). */
void import_map(struct import *im, json_t *target, unsigned long number,
    const json_t *lun, bool read_only, const char *initiator);

/* "20G" of what others write: 20g, 20GB, 20GiB, bytes.  False: none of it. */
bool import_size(const char *text, char *out, size_t size);
/* Identities, checked; what cannot be ours is lost. */
void import_serial(struct import *im, json_t *lun, const char *serial);
void import_device_id(struct import *im, json_t *lun, const char *id);
void import_naa(struct import *im, json_t *lun, const char *naa);

/* ---- import_lex.c ---- */

enum import_kind {
	IMPORT_WORD,
	IMPORT_OPEN,  /* { */
	IMPORT_CLOSE, /* } */
	IMPORT_LINE,  /* the end of one */
	IMPORT_END,
};

struct import_token {
	enum import_kind kind;
	char *text; /* of a word */
	unsigned line;
};

/* Words may be "quoted"; # begins a comment.  braces: { and } stand for
 * themselves; separator: ends a line too, 0: none.  Freed as one. */
struct import_token *import_lex(
    struct import *im, const char *text, bool braces, char separator);
void import_tokens_free(struct import_token *tokens);

/* ---- the formats ---- */

void import_tgt(struct import *im, const char *text);
void import_lio(struct import *im, const char *text);
void import_ctl(struct import *im, const char *text);
void import_scst(struct import *im, const char *text);

#endif
