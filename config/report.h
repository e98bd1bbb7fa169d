/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/report.h - messages as they are found, then in order of place.
 *
 * A message shows the line that it is about.  Words marked secret are shown as
 * asterisks there, and are never part of a message's text.
 */
#ifndef CONFIG_REPORT_H
#define CONFIG_REPORT_H

#include <stddef.h>

#include "config/config.h"

#define REPORT_MESSAGES_MAX 1000 /* more are only counted */
#define REPORT_QUOTE_MAX    100  /* bytes of a quoted word */

struct source;
struct config_statement;
struct config_token;
struct value_fault;

/* A place, and the text around it. */
struct spot {
	struct config_place place;
	const struct source *source; /* NULL: no line to show */
	size_t offset;
};

struct spot spot_at(
    const struct source *source, size_t offset, unsigned line, unsigned column);
struct spot spot_of(const struct source *source, const struct config_token *t);
/* Word i of the statement, or its keyword when it has not as many. */
struct spot spot_of_word(const struct config_statement *s, unsigned i);
/* A file as a whole. */
struct spot spot_in_file(const char *name);

struct report_entry;

struct report {
	struct report_entry *entries;
	unsigned count, errors;
	bool lost;    /* something did not fit into memory */
	bool closing; /* the last words, beyond REPORT_MESSAGES_MAX */
};

/* r may be NULL: nobody listens. */
void report_error(struct report *r, struct spot at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void report_warning(struct report *r, struct spot at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* With the word or words that were meant; NULL: none is known. */
void report_error_suggest(struct report *r, struct spot at,
    const char *suggestion, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* A refused word's. */
void report_fault(
    struct report *r, struct spot at, const struct value_fault *fault);

/* "word", safe to show; for a secret one asterisks. */
struct report_quote {
	char text[REPORT_QUOTE_MAX];
};
struct report_quote report_quote(const char *word);
struct report_quote report_quote_token(const struct config_token *t);

/* "FILE:LINE:COLUMN", for a second place in a message's text. */
struct report_quote report_place(struct config_place place);

/* Sort, fetch the lines, hand everything over to out, and empty r. */
void report_finish(struct report *r, struct config_report *out);

#endif
