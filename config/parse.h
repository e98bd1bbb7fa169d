/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/parse.h - tokens to a tree of statements, nothing left out.
 *
 * A file is a list of statements.  A statement is a keyword, its arguments and
 * perhaps a block; newline, ';' or the enclosing block's '}' ends it.
 */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "config/arena.h"
#include "config/lex.h"

#define PARSE_DEPTH_MAX  16         /* blocks in blocks */
#define SOURCE_BYTES_MAX (4u << 20) /* of one file */

struct report;

struct config_statement {
	struct source *source;
	struct config_statement *parent; /* the file's root has none */
	struct config_statement *child, *last_child, *next;
	const struct config_token **words; /* the keyword and its arguments */
	unsigned word_count; /* 0: the root, or a block without a keyword */
	const struct config_token *open, *close; /* braces; NULL: no block */
	struct source **included;                /* include: what it found */
	unsigned included_count;
};

/* One file: its text, its tokens, its statements. */
struct source {
	STAILQ_ENTRY(source) link;
	const char *name;
	char *text;
	size_t bytes;
	unsigned index; /* order of reading */
	struct config_token *tokens;
	unsigned token_count;
	struct config_statement root;
	struct source *includer; /* NULL: none */
	unsigned depth;          /* of inclusion */
	bool on_disk;            /* dev, ino and mode are known */
	dev_t dev;
	ino_t ino;
	mode_t mode;
	bool told_readable; /* of the secrets in it, by everybody */
};

struct config_tree {
	struct arena arena;
	STAILQ_HEAD(, source) sources;
	unsigned source_count;
};

/* A tree without files, or NULL. */
struct config_tree *tree_new(size_t budget);
/* Wipes all of it, secrets and text. */
void tree_free(struct config_tree *tree);

/* Lex and parse text, which the tree copies, as a file of that name.  NULL:
 * out of memory, or over SOURCE_BYTES_MAX (reported). */
struct source *tree_add_text(struct config_tree *tree, const char *name,
    const char *text, size_t bytes, struct report *report);
/* The same from a file.  NULL with errno: it could not be read, is no regular
 * file (EINVAL, EISDIR), or is too large (EFBIG).  Nothing is reported then. */
struct source *tree_add_file(
    struct config_tree *tree, const char *name, struct report *report);

/* Fill source->root from its tokens.  False: out of memory. */
bool parse_source(
    struct source *source, struct arena *arena, struct report *report);

/* The statement's value of word i, or NULL when it has not as many. */
const char *statement_word(const struct config_statement *s, unsigned i);

#endif
