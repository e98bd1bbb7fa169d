/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/build.h - from the tree of statements to struct config.
 *
 * Statements are read by their keyword's row; what needs more than one field
 * is read by the functions of its noun below.  Then the checks look at the
 * whole.  Every fault is reported; nothing stops at the first.
 */
#ifndef CONFIG_BUILD_H
#define CONFIG_BUILD_H

#include <stdbool.h>
#include <sys/queue.h>

#include "config/config.h"
#include "config/keyword.h"
#include "config/names.h"
#include "config/parse.h"
#include "config/report.h"

/* A block as it is read; kept for the checks. */
struct block {
	STAILQ_ENTRY(block) link;
	enum block_kind kind;
	const struct config_statement *statement; /* that opened it, or NULL */
	void *object;                             /* struct config_lun, ... */
	const struct config_statement **seen; /* by row of the keyword table */
	const struct config_statement *store; /* of a lun */
	bool strayed;         /* a statement of the file was found in it */
	struct names once[3]; /* what it may hold once; by the noun's enum */
};

enum reference_kind {
	REFERENCE_PORTAL_GROUP,
	REFERENCE_AUTH_GROUP,
	REFERENCE_LUN,
	REFERENCE_KINDS,
};

/* A name that stands for an object, which may be defined further down. */
struct reference {
	STAILQ_ENTRY(reference) link;
	enum reference_kind kind;
	const char *name;
	struct spot spot;
	void **slot;
};

struct build {
	struct config *config;
	struct config_tree *tree;
	struct arena *arena; /* the tree's */
	struct report *report;
	struct block *file;
	STAILQ_HEAD(, block) blocks;
	STAILQ_HEAD(, reference) references;
	struct names known[REFERENCE_KINDS];
	struct names endpoints; /* of all portals; object: struct endpoint */
	struct names patterns;  /* of the initiator blocks */
};

typedef void build_statement(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s);

/* Read the whole tree into b->config. */
void build_config(struct build *b);

/* Open a block on object: presets first, then its statements.  NULL: out of
 * memory. */
struct block *build_block(struct build *b, enum block_kind kind,
    const struct config_statement *s, void *object);
/* The one argument, or each of many, by k's type. */
void build_value(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s);
/* One word by type; the fault is reported at it. */
bool build_word(struct build *b, const struct value_type *type,
    const struct config_statement *s, unsigned i, void *field);
/* Put the object of that name in *slot once all are known. */
void build_refer(struct build *b, enum reference_kind kind,
    const struct config_statement *s, unsigned i, void *slot);
/* The name of a portal-group, auth-group or lun, checked. */
char *build_name(struct build *b, enum reference_kind kind,
    const struct config_statement *s, void *object);
/* How many statements of that keyword the statement's block holds. */
unsigned build_count(const struct config_statement *s, const char *keyword);

/* The block's statement of that keyword, or NULL. */
const struct config_statement *block_find(
    const struct block *block, const char *keyword);

/* Statements of one noun.  portal_group.c */
build_statement portal_group_build, portal_group_build_listen,
    portal_group_build_discovery;
/* auth_group.c */
build_statement auth_group_build, auth_group_build_chap,
    auth_group_build_chap_file;
/* lun.c */
build_statement lun_build, lun_build_store;
/* target.c */
build_statement target_build, target_build_portal_group,
    target_build_auth_group, target_build_lun;
/* limit.c */
build_statement limit_build, initiator_build;
/* web.c */
build_statement build_web, web_build_token;
/* build.c */
build_statement build_include, build_log, build_timeouts, build_limits,
    build_redirect;

/* A file of secrets that s names by a path or as a credential of the service
 * manager; nothing of it is shown in messages.  NULL after a message. */
struct source *secret_open(struct build *b, const struct config_statement *s);
/* Warn, once for each file, when everybody can read it. */
void secret_warn_readable(
    struct build *b, struct source *source, struct spot secret);

/* The groups that are always there, no-authentication and no-access. */
bool auth_group_add_built_in(struct build *b);

/* config_load_text() with a budget in bytes for all that it makes. */
struct config *config_load_within(size_t budget, const char *name,
    const char *text, size_t bytes, struct config_report *report);

/* The checks of whole blocks, once references are resolved; check.c calls. */
void check_config(struct build *b);
void portal_group_check(struct build *b, const struct block *block);
void portal_group_check_all(struct build *b);
void auth_group_check(struct build *b, struct block *block);
void web_check(struct build *b, const struct block *block);
void lun_check(struct build *b, const struct block *block);
void lun_check_all(struct build *b);
void target_check_block(struct build *b, struct block *block);
void target_check_all(struct build *b);

#endif
