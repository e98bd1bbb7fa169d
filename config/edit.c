/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/edit.c - change a file and leave every other byte of it alone.
 */
#include "config/edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/report.h"

#define EDIT_INDENT     "    "
#define EDIT_MEMORY_MAX (512u << 20) /* bytes */

struct edit {
	struct config_tree *tree;
	struct source *source;
	char *path;       /* NULL: it was opened as text */
	struct stat seen; /* the file as it was read */
};

/* ---- opening ---- */

void
edit_free(struct edit *e)
{
	if (e == NULL)
		return;
	tree_free(e->tree);
	free(e->path);
	free(e);
}

static struct edit *
edit_new(const char *path)
{
	struct edit *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->tree = tree_new(EDIT_MEMORY_MAX);
	e->path = path == NULL ? NULL : strdup(path);
	if (e->tree != NULL && (path == NULL || e->path != NULL))
		return e;
	edit_free(e);
	return NULL;
}

static struct edit *
edit_opened(struct edit *e, struct report *r, struct config_report *report)
{
	if (e == NULL || e->tree->arena.failed)
		report_error(
		    r, (struct spot){ .source = NULL }, "out of memory");
	report_finish(r, report);
	if (report->errors == 0)
		return e;
	edit_free(e);
	return NULL;
}

struct edit *
edit_open_text(const char *name, const char *text, size_t bytes,
    struct config_report *report)
{
	struct report r = { .entries = NULL };
	struct edit *e = edit_new(NULL);

	if (e != NULL)
		e->source = tree_add_text(e->tree, name, text, bytes, &r);
	return edit_opened(e, &r, report);
}

/* The stat comes first: what changes later is noticed by edit_save(). */
struct edit *
edit_open(const char *path, struct config_report *report)
{
	struct report r = { .entries = NULL };
	struct edit *e = edit_new(path);

	if (e == NULL)
		return edit_opened(e, &r, report);
	if (stat(path, &e->seen) == 0)
		e->source = tree_add_file(e->tree, path, &r);
	if (e->source == NULL)
		report_error(&r, spot_in_file(path), "cannot be read: %s",
		    strerror(errno));
	return edit_opened(e, &r, report);
}

const char *
edit_text(const struct edit *e, size_t *bytes)
{
	*bytes = e->source->bytes;
	return e->source->text;
}

const struct config_statement *
edit_find(const struct edit *e, const struct config_statement *block,
    const char *keyword, const char *argument)
{
	const struct config_statement *s =
	    block == NULL ? e->source->root.child : block->child;

	for (; s != NULL; s = s->next) {
		if (s->word_count == 0 ||
		    strcmp(statement_word(s, 0), keyword) != 0)
			continue;
		if (argument == NULL ||
		    (s->word_count > 1 &&
			strcmp(statement_word(s, 1), argument) == 0))
			return s;
	}
	return NULL;
}

/* ---- changing ---- */

static int
edit_reparse(struct edit *e, const char *text, size_t bytes)
{
	struct config_tree *tree = tree_new(EDIT_MEMORY_MAX);
	struct report r = { .entries = NULL };
	struct source *source = NULL;
	struct config_report report;
	unsigned errors;

	if (tree != NULL)
		source = tree_add_text(tree, e->source->name, text, bytes, &r);
	report_finish(&r, &report);
	errors = report.errors;
	config_report_free(&report);
	if (source == NULL || errors > 0) {
		tree_free(tree);
		return errors > 0 ? -EINVAL : -ENOMEM;
	}
	tree_free(e->tree);
	e->tree = tree;
	e->source = source;
	return 0;
}

/* Put new bytes in the place of length old ones at at. */
static int
edit_splice(
    struct edit *e, size_t at, size_t length, const char *new, size_t bytes)
{
	size_t total = e->source->bytes - length + bytes;
	char *text = malloc(total + 1);
	int error;

	if (text == NULL)
		return -ENOMEM;
	memcpy(text, e->source->text, at);
	memcpy(text + at, new, bytes);
	memcpy(text + at + bytes, e->source->text + at + length,
	    e->source->bytes - at - length);
	error = edit_reparse(e, text, total);
	explicit_bzero(text, total);
	free(text);
	return error;
}

/* ---- where things stand ---- */

static size_t
edit_end_of(const struct config_token *t)
{
	return t->offset + t->length;
}

static const struct config_token *
edit_last_token(const struct config_statement *s)
{
	return s->close != NULL ? s->close : s->words[s->word_count - 1];
}

static bool
edit_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static size_t
edit_line_start(const struct edit *e, size_t at)
{
	while (at > 0 && e->source->text[at - 1] != '\n')
		at--;
	return at;
}

static size_t
edit_skip_blanks(const struct edit *e, size_t at)
{
	while (at < e->source->bytes && edit_is_blank(e->source->text[at]))
		at++;
	return at;
}

/* Is there nothing but blanks before it on its line? */
static bool
edit_begins_line(const struct edit *e, size_t at)
{
	return edit_skip_blanks(e, edit_line_start(e, at)) == at;
}

static bool
edit_ends_line(const struct edit *e, size_t at)
{
	return at == e->source->bytes || e->source->text[at] == '\n';
}

/* ---- text of a statement ---- */

struct edit_text {
	FILE *f;
	char *text;
	size_t bytes;
};

/* What stands before a new statement: blanks of the text, and a step. */
struct edit_indent {
	const char *blanks, *step;
	int bytes;
};

static int
edit_text_open(struct edit_text *t)
{
	*t = (struct edit_text){ .f = NULL };
	t->f = open_memstream(&t->text, &t->bytes);
	return t->f == NULL ? -ENOMEM : 0;
}

/* Put the text in the place of length bytes at at, and close it. */
static int
edit_text_apply(struct edit_text *t, struct edit *e, size_t at, size_t length)
{
	int error = fclose(t->f) != 0 ? -ENOMEM : 0;

	if (error == 0)
		error = edit_splice(e, at, length, t->text, t->bytes);
	if (t->text != NULL)
		explicit_bzero(t->text, t->bytes);
	free(t->text);
	return error;
}

static void
edit_print_words(FILE *f, const char *const *words, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (i > 0)
			fputc(' ', f);
		lex_print_word(f, words[i]);
	}
}

static void
edit_print_indent(FILE *f, const struct edit_indent *indent)
{
	fprintf(f, "%.*s%s", indent->bytes, indent->blanks, indent->step);
}

/* ---- adding ---- */

/* The blanks before the last statement that begins a line, else those of the
 * block and one step more. */
static struct edit_indent
edit_indent_of(const struct edit *e, const struct config_statement *block)
{
	const struct config_token *model = block->close;
	const struct config_statement *s;
	const char *step = model == NULL ? "" : EDIT_INDENT;
	size_t start;

	for (s = block->child; s != NULL; s = s->next) {
		if (s->word_count == 0 ||
		    !edit_begins_line(e, s->words[0]->offset))
			continue;
		model = s->words[0];
		step = "";
	}
	if (model == NULL)
		return (struct edit_indent){ "", "", 0 };
	start = edit_line_start(e, model->offset);
	return (struct edit_indent){ e->source->text + start, step,
		(int)(model->offset - start) };
}

static int
edit_add_line(struct edit *e, const struct config_statement *block, size_t at,
    const char *const *words, unsigned count, bool with_block)
{
	struct edit_indent indent = edit_indent_of(e, block);
	struct edit_text t;

	if (edit_text_open(&t) != 0)
		return -ENOMEM;
	if (at > 0 && e->source->text[at - 1] != '\n')
		fputc('\n', t.f);
	edit_print_indent(t.f, &indent);
	edit_print_words(t.f, words, count);
	if (with_block) {
		fputs(" {\n", t.f);
		edit_print_indent(t.f, &indent);
		fputc('}', t.f);
	}
	fputc('\n', t.f);
	return edit_text_apply(&t, e, at, 0);
}

/* Into a block that is closed on the line of its last statement. */
static int
edit_add_inline(struct edit *e, const struct config_statement *block,
    const char *const *words, unsigned count, bool with_block)
{
	const char *text = e->source->text;
	size_t at = block->close->offset;
	struct edit_text t;

	while (edit_is_blank(text[at - 1]))
		at--;
	if (edit_text_open(&t) != 0)
		return -ENOMEM;
	if (strchr("{;}", text[at - 1]) == NULL)
		fputc(';', t.f);
	fputc(' ', t.f);
	edit_print_words(t.f, words, count);
	if (with_block)
		fputs(" { }", t.f);
	if (at == block->close->offset)
		fputc(' ', t.f);
	return edit_text_apply(&t, e, at, 0);
}

int
edit_add(struct edit *e, const struct config_statement *block,
    const char *const *words, unsigned count, bool with_block)
{
	size_t close;

	if (block == NULL)
		return edit_add_line(e, &e->source->root, e->source->bytes,
		    words, count, with_block);
	if (block->close == NULL)
		return -EINVAL;
	close = block->close->offset;
	if (!edit_begins_line(e, close))
		return edit_add_inline(e, block, words, count, with_block);
	return edit_add_line(
	    e, block, edit_line_start(e, close), words, count, with_block);
}

int
edit_change(struct edit *e, const struct config_statement *s,
    const char *const *words, unsigned count)
{
	size_t at = s->words[0]->offset;
	size_t end = edit_end_of(s->words[s->word_count - 1]);
	struct edit_text t;

	if (edit_text_open(&t) != 0)
		return -ENOMEM;
	edit_print_words(t.f, words, count);
	return edit_text_apply(&t, e, at, end - at);
}

/* With it go its ';' and, when nothing else is on it, its line. */
int
edit_remove(struct edit *e, const struct config_statement *s)
{
	size_t at = s->words[0]->offset, end = edit_end_of(edit_last_token(s));
	size_t behind = edit_skip_blanks(e, end);

	if (behind < e->source->bytes && e->source->text[behind] == ';')
		end = edit_skip_blanks(e, behind + 1);
	else if (edit_ends_line(e, behind) || e->source->text[behind] == '}')
		end = behind;
	if (edit_begins_line(e, at) && edit_ends_line(e, end)) {
		at = edit_line_start(e, at);
		end += end < e->source->bytes;
	}
	return edit_splice(e, at, end - at, "", 0);
}

/* ---- saving ---- */

static bool
edit_is_stale(const struct edit *e)
{
	struct stat now;

	return stat(e->path, &now) != 0 || now.st_dev != e->seen.st_dev ||
	       now.st_ino != e->seen.st_ino || now.st_size != e->seen.st_size ||
	       now.st_mtim.tv_sec != e->seen.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != e->seen.st_mtim.tv_nsec;
}

int
edit_save(struct edit *e)
{
	int error;

	if (e->path == NULL)
		return -EINVAL;
	if (edit_is_stale(e))
		return -ESTALE;
	error = replace_file(e->path, e->source->text, e->source->bytes);
	if (error == 0 && stat(e->path, &e->seen) != 0)
		error = -errno;
	return error;
}
