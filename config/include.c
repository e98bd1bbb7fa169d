/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/include.c - the files that a file includes.
 */
#include "config/include.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

/* A file is known by its inode, whatever its path. */
static bool
include_is_same(const struct source *file, const struct stat *st)
{
	return file->on_disk && file->dev == st->st_dev &&
	       file->ino == st->st_ino;
}

static bool
include_is_circle(const struct source *file, const struct stat *st)
{
	for (; file != NULL; file = file->includer) {
		if (include_is_same(file, st))
			return true;
	}
	return false;
}

static bool
include_is_known(const struct config_tree *tree, const struct stat *st)
{
	const struct source *file;

	STAILQ_FOREACH (file, &tree->sources, link) {
		if (include_is_same(file, st))
			return true;
	}
	return false;
}

/* Before it is read: what is refused is not looked into. */
static bool
include_accept(struct config_tree *tree, struct report *report,
    const struct config_statement *s, const char *path)
{
	struct spot at = spot_of_word(s, 1);
	struct stat st;

	if (stat(path, &st) != 0)
		report_error(report, at, "cannot read %s: %s",
		    report_quote(path).text, strerror(errno));
	else if (include_is_circle(s->source, &st))
		report_error(report, at, "%s includes itself in a circle",
		    report_quote(path).text);
	else if (include_is_known(tree, &st))
		report_error(report, at, "%s is already included",
		    report_quote(path).text);
	else if (s->source->depth == INCLUDE_DEPTH_MAX)
		report_error(report, at, "files are included more than %d deep",
		    INCLUDE_DEPTH_MAX);
	else if (tree->source_count >= INCLUDE_FILES_MAX)
		report_error(report, at, "more than %d files are included",
		    INCLUDE_FILES_MAX);
	else
		return true;
	return false;
}

static void
include_file(struct config_tree *tree, struct report *report,
    struct config_statement *s, const char *path)
{
	struct source *file, **slot;

	if (!include_accept(tree, report, s, path))
		return;
	file = tree_add_file(tree, path, report);
	if (file == NULL) {
		report_error(report, spot_of_word(s, 1), "cannot read %s: %s",
		    report_quote(path).text, strerror(errno));
		return;
	}
	file->includer = s->source;
	file->depth = s->source->depth + 1;
	slot = arena_append(
	    &tree->arena, &s->included, &s->included_count, sizeof(*slot));
	if (slot != NULL)
		*slot = file;
}

/* ---- patterns ---- */

/* The including file's directory is no pattern, whatever it is called. */
static size_t
include_put_directory(char *out, const char *file)
{
	const char *end = strrchr(file, '/');
	size_t n = 0;

	for (; end != NULL && file <= end; file++) {
		if (strchr("*?[]\\", *file) != NULL)
			out[n++] = '\\';
		out[n++] = *file;
	}
	return n;
}

static char *
include_pattern(struct arena *arena, const struct config_statement *s)
{
	const char *word = statement_word(s, 1), *file = s->source->name;
	char *pattern;
	size_t n = 0;

	pattern = arena_alloc(arena, 2 * strlen(file) + strlen(word) + 1);
	if (pattern == NULL)
		return NULL;
	if (word[0] != '/')
		n = include_put_directory(pattern, file);
	strcpy(pattern + n, word);
	return pattern;
}

static int
include_glob_error(const char *path, int error)
{
	return error != ENOENT && error != ENOTDIR;
}

static void
include_report_none(struct report *report, const struct config_statement *s,
    const char *pattern, int error)
{
	if (error == GLOB_NOMATCH && strpbrk(statement_word(s, 1), "*?["))
		return; /* an empty conf.d is no fault */
	report_error(report, spot_of_word(s, 1), "cannot read %s: %s",
	    report_quote(pattern).text,
	    error == GLOB_NOMATCH   ? strerror(ENOENT)
	    : error == GLOB_NOSPACE ? strerror(ENOMEM)
				    : "a directory is not readable");
}

static void
include_statement(
    struct config_tree *tree, struct report *report, struct config_statement *s)
{
	char *pattern = include_pattern(&tree->arena, s);
	glob_t found;
	size_t i;
	int error;

	if (pattern == NULL)
		return;
	error = glob(pattern, 0, include_glob_error, &found);
	if (error != 0) {
		include_report_none(report, s, pattern, error);
		return;
	}
	for (i = 0; i < found.gl_pathc; i++)
		include_file(tree, report, s, found.gl_pathv[i]);
	globfree(&found);
}

void
include_all(struct config_tree *tree, struct report *report)
{
	struct source *file;
	struct config_statement *s;

	STAILQ_FOREACH (file, &tree->sources, link) {
		for (s = file->root.child; s != NULL; s = s->next) {
			if (s->word_count == 2 && s->open == NULL &&
			    strcmp(statement_word(s, 0), "include") == 0)
				include_statement(tree, report, s);
		}
	}
}
