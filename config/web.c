/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/web.c - web: the page for browsers, and the token that it asks for.
 */
#include <string.h>

#include "config/build.h"

#define WEB_TOKEN_BYTES_MIN 16
#define WEB_TOKEN_BYTES_MAX 256

static const struct value_type web_address = { .read = value_loopback };
static const struct value_type web_token = { .read = value_ascii,
	.high = WEB_TOKEN_BYTES_MAX };

void
build_web(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_web *web = arena_alloc(b->arena, sizeof(*web));

	if (web == NULL)
		return;
	build_word(b, &web_address, s, 1, &web->address);
	b->config->web = web;
	build_block(b, BLOCK_WEB, s, web);
}

/* The file holds one word. */
void
web_build_token(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_web *web = block->object;
	struct source *source = secret_open(b, s);
	const struct config_statement *line;

	if (source == NULL)
		return;
	line = source->root.child;
	if (line == NULL || line->word_count != 1 || line->next != NULL ||
	    line->open != NULL) {
		report_error(b->report, spot_of_word(s, 1),
		    "the file of the token is to hold one word");
		return;
	}
	secret_warn_readable(b, source, spot_of_word(line, 0));
	if (!build_word(b, &web_token, line, 0, &web->token))
		return;
	if (strlen(web->token) < WEB_TOKEN_BYTES_MIN)
		report_error(b->report, spot_of_word(s, 1),
		    "a token of less than %d bytes (openssl rand -hex 16 "
		    "makes a good one)",
		    WEB_TOKEN_BYTES_MIN);
}

void
web_check(struct build *b, const struct block *block)
{
	if (block_find(block, "token-file") == NULL)
		report_error(b->report, spot_of_word(block->statement, 0),
		    "web needs a token-file");
}
