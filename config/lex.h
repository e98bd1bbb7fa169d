/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/lex.h - text to tokens with places, nothing left out.
 *
 * The tokens of a file lie end to end: their bytes in order are the file's,
 * whatever those are.  What is wrong with them is reported.
 */
#ifndef CONFIG_LEX_H
#define CONFIG_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct source;
struct report;

enum token_kind {
	TOKEN_BLANK,
	TOKEN_NEWLINE,
	TOKEN_COMMENT, /* from # to the end of its line */
	TOKEN_WORD,    /* bare or quoted */
	TOKEN_SEMICOLON,
	TOKEN_OPEN,
	TOKEN_CLOSE,
};

struct config_token {
	enum token_kind kind;
	bool secret;             /* never shown in a message */
	bool broken;             /* WORD: its quotes do not match */
	uint32_t line, column;   /* from 1; columns count characters */
	uint32_t offset, length; /* bytes of the text */
	char *value;             /* WORD: without quotes, escapes done */
};

/* Fill tokens from text.  False: out of memory. */
bool lex_source(
    struct source *source, struct arena *arena, struct report *report);

/* A word as it may stand in a file: quoted when it must be. */
void lex_print_word(FILE *f, const char *word);

#endif
