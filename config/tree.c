/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/tree.c - the files of one configuration.
 */
#include "config/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/outside.h"
#include "common/whole.h"
#include "config/report.h"

struct config_tree *
tree_new(size_t budget)
{
	struct config_tree *tree = calloc(1, sizeof(*tree));

	if (tree == NULL)
		return NULL;
	arena_init(&tree->arena, budget);
	STAILQ_INIT(&tree->sources);
	return tree;
}

void
tree_free(struct config_tree *tree)
{
	if (tree == NULL)
		return;
	arena_free(&tree->arena);
	free(tree);
}

static struct source *
tree_source_new(struct config_tree *tree, const char *name, size_t bytes)
{
	struct source *s = arena_alloc(&tree->arena, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->name = arena_copy(&tree->arena, name, strlen(name));
	s->text = arena_alloc(&tree->arena, bytes + 1);
	if (s->name == NULL || s->text == NULL)
		return NULL;
	s->bytes = bytes;
	return s;
}

static struct source *
tree_parse(struct config_tree *tree, struct source *s, struct report *r)
{
	s->index = tree->source_count++;
	STAILQ_INSERT_TAIL(&tree->sources, s, link);
	if (!lex_source(s, &tree->arena, r) ||
	    !parse_source(s, &tree->arena, r))
		return NULL;
	return s;
}

struct source *
tree_add_text(struct config_tree *tree, const char *name, const char *text,
    size_t bytes, struct report *report)
{
	struct source *s;

	if (bytes > SOURCE_BYTES_MAX) {
		report_error(report, spot_in_file(name),
		    "the file is larger than %u bytes", SOURCE_BYTES_MAX);
		return NULL;
	}
	s = tree_source_new(tree, name, bytes);
	if (s == NULL)
		return NULL;
	if (bytes > 0)
		memcpy(s->text, text, bytes);
	return tree_parse(tree, s, report);
}

/* A file that shrinks meanwhile is shorter, no error. */
static bool
tree_read(int fd, struct source *s)
{
	ssize_t n = whole_read(fd, s->text, s->bytes, WHOLE_HERE);

	if (n < 0) {
		errno = (int)-n;
		return false;
	}
	s->bytes = (size_t)n;
	return true;
}

static int
tree_stat(int fd, struct stat *st)
{
	if (fstat(fd, st) != 0)
		return -1;
	errno = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	return S_ISREG(st->st_mode) ? 0 : -1;
}

static struct source *
tree_add_fd(
    struct config_tree *tree, const char *name, int fd, struct report *report)
{
	struct source *s;
	struct stat st;

	if (tree_stat(fd, &st) != 0)
		return NULL;
	errno = EFBIG;
	if (st.st_size > SOURCE_BYTES_MAX)
		return NULL;
	s = tree_source_new(tree, name, (size_t)st.st_size);
	errno = ENOMEM;
	if (s == NULL || !tree_read(fd, s))
		return NULL;
	s->on_disk = true;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->mode = st.st_mode;
	errno = ENOMEM;
	return tree_parse(tree, s, report);
}

struct source *
tree_add_file(struct config_tree *tree, const char *name, struct report *report)
{
	int fd =
	    outside_open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	struct source *s;
	int error;

	if (fd < 0)
		return NULL;
	s = tree_add_fd(tree, name, fd, report);
	error = errno;
	close(fd);
	errno = error;
	return s;
}
