/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/secret.c - files that hold secrets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/build.h"

void
secret_warn_readable(struct build *b, struct source *source, struct spot secret)
{
	if (source->told_readable || !source->on_disk ||
	    (source->mode & S_IROTH) == 0)
		return;
	source->told_readable = true;
	report_warning(b->report, secret,
	    "everybody can read this secret: the mode of %s is %04o",
	    report_quote(source->name).text, (unsigned)(source->mode & 07777));
}

/* A relative name is a credential of the service manager. */
static char *
secret_path(struct build *b, const struct config_statement *s)
{
	const char *name = statement_word(s, 1);
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char *path;
	size_t bytes;

	if (name[0] == '/')
		return arena_copy(b->arena, name, strlen(name));
	if (directory == NULL || name[0] == '\0' || strchr(name, '/') != NULL) {
		report_error(b->report, spot_of_word(s, 1),
		    "%s is neither an absolute path nor, with "
		    "$CREDENTIALS_DIRECTORY set, the name of a credential",
		    report_quote_token(s->words[1]).text);
		return NULL;
	}
	bytes = strlen(directory) + strlen(name) + 2;
	path = arena_alloc(b->arena, bytes);
	if (path != NULL)
		snprintf(path, bytes, "%s/%s", directory, name);
	return path;
}

/* Nothing of such a file is shown. */
static void
secret_mark(struct source *source)
{
	unsigned i;

	for (i = 0; i < source->token_count; i++)
		source->tokens[i].secret = true;
}

struct source *
secret_open(struct build *b, const struct config_statement *s)
{
	char *path = secret_path(b, s);
	struct source *source;

	if (path == NULL)
		return NULL;
	source = tree_add_file(b->tree, path, b->report);
	if (source == NULL) {
		report_error(b->report, spot_of_word(s, 1),
		    "cannot read %s: %s", report_quote(path).text,
		    strerror(errno));
		return NULL;
	}
	secret_mark(source);
	return source;
}
