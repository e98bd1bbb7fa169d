/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/keyword.h - THE keyword table.
 *
 * One row per keyword and block that it stands in.  It drives the reading of
 * statements, defaults, suggestions, and the check of the man page.
 */
#ifndef CONFIG_KEYWORD_H
#define CONFIG_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/suggest.h"
#include "config/value.h"

struct block;
struct build;
struct config_statement;

enum block_kind {
	BLOCK_FILE, /* outside of all braces */
	BLOCK_PORTAL_GROUP,
	BLOCK_AUTH_GROUP,
	BLOCK_LUN,
	BLOCK_TARGET,
	BLOCK_MAP, /* the lun statement of a target */
	BLOCK_TIMEOUT,
	BLOCK_LIMITS,
	BLOCK_INITIATOR,
	BLOCK_WEB,
	BLOCK_KINDS,
};

enum block_rule { NO_BLOCK, MAY_HAVE_BLOCK, MUST_HAVE_BLOCK };

struct keyword {
	const char *name;
	enum block_kind in;
	const char *usage; /* the arguments */
	unsigned min, max; /* how many */
	enum block_rule block;
	bool many;        /* may be given again */
	bool store;       /* one of these makes a lun */
	bool secret;      /* its second argument and those behind */
	bool unsupported; /* by this build */

	/* What reads the statement; NULL: value.read for the one argument, or
	 * for each when it may be given again. */
	void (*build)(struct build *b, struct block *block,
	    const struct keyword *k, const struct config_statement *s);
	size_t offset; /* of the field in the block's object */
	struct value_type value;
	const char *preset; /* the default, as it would be written */
};

extern const struct keyword keywords[];
extern const unsigned keyword_count;

/* NULL: none of that name in that kind of block. */
const struct keyword *keyword_find(enum block_kind in, const char *name);
/* The row of the first block that has it, or NULL. */
const struct keyword *keyword_find_anywhere(const char *name);
/* What was meant by s->word in that kind of block?  Knows what ctl.conf, tgt
 * and SCST call it. */
void keyword_suggest(enum block_kind in, struct suggestion *s);
/* "portal-group"; of the top level, "file". */
const char *keyword_block_name(enum block_kind kind);

#endif
