/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/history.c - the configuration in force and the one before it.
 *
 * The body of such a file is a line "BYTES NAME" for each configuration file,
 * that many bytes behind it, and a newline.
 */
#include "server/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/undumped.h"
#include "config/parse.h"
#include "server/kept.h"

#define HISTORY_HEADER "tisane configuration 1\n"

static struct kept_file
history_file(int dir_fd, enum history_which which)
{
	return (struct kept_file){
		.ops = &kept_system,
		.dir_fd = dir_fd,
		.name = which == HISTORY_IN_FORCE ? "configuration"
						  : "configuration-before",
		.header = HISTORY_HEADER,
	};
}

/* Secrets that a chap-file names are included by nothing. */
static bool
source_is_kept(const struct config_tree *tree, const struct source *s)
{
	return s == STAILQ_FIRST(&tree->sources) || s->includer != NULL;
}

/* ---- writing ---- */

/* The line before a file's text; its length. */
static size_t
history_put_line(char *out, size_t room, const struct source *s)
{
	return (size_t)snprintf(out, room, "%zu %s\n", s->bytes, s->name);
}

static size_t
history_body_bytes(const struct config *config)
{
	const struct source *s;
	size_t bytes = 0;

	STAILQ_FOREACH (s, &config->tree->sources, link) {
		if (source_is_kept(config->tree, s))
			bytes += history_put_line(NULL, 0, s) + s->bytes + 1;
	}
	return bytes;
}

/* For undumped_free(); NULL: out of memory. */
static char *
history_body(const struct config *config, size_t *bytes)
{
	const struct source *s;
	char *body, *p;

	*bytes = history_body_bytes(config);
	body = p = undumped_alloc(*bytes + 1);
	if (body == NULL)
		return NULL;
	STAILQ_FOREACH (s, &config->tree->sources, link) {
		if (!source_is_kept(config->tree, s))
			continue;
		p += history_put_line(p, *bytes + 1 - (size_t)(p - body), s);
		memcpy(p, s->text, s->bytes);
		p += s->bytes;
		*p++ = '\n';
	}
	return body;
}

int
history_keep(int dir_fd, const struct config *config)
{
	struct kept_file now = history_file(dir_fd, HISTORY_IN_FORCE);
	struct kept_file before = history_file(dir_fd, HISTORY_BEFORE);
	size_t bytes, old_bytes;
	const char *old = NULL;
	char *text, *body = history_body(config, &bytes);
	int error = 0;

	if (body == NULL)
		return -ENOMEM;
	/* What cannot be read is not there. */
	if (kept_read(&now, &text, &old, &old_bytes) != 0)
		old = NULL;
	if (old == NULL || old_bytes != bytes ||
	    memcmp(old, body, bytes) != 0) {
		if (old != NULL)
			error = kept_write(&before, old, old_bytes);
		if (error == 0)
			error = kept_write(&now, body, bytes);
	}
	kept_free(text);
	undumped_free(body);
	return error;
}

/* ---- reading ---- */

static bool
history_add(struct history *h, const char *name, const char *text, size_t bytes)
{
	struct history_file *f =
	    realloc(h->files, (h->count + 1) * sizeof(*h->files));

	if (f == NULL)
		return false;
	h->files = f;
	f += h->count++;
	*f = (struct history_file){ .name = strdup(name),
		.text = undumped_alloc(bytes + 1),
		.bytes = bytes };
	if (f->name == NULL || f->text == NULL)
		return false;
	memcpy(f->text, text, bytes);
	f->text[bytes] = '\0';
	return true;
}

/* One file of the body; the rest, or NULL. */
static const char *
history_parse_file(struct history *h, const char *p, const char *end)
{
	const char *line_end = memchr(p, '\n', (size_t)(end - p));
	char name[4096], *after;
	unsigned long bytes;

	if (line_end == NULL || (size_t)(line_end - p) >= sizeof(name))
		return NULL;
	bytes = strtoul(p, &after, 10);
	if (*after != ' ' || after >= line_end ||
	    bytes >= (size_t)(end - line_end - 1))
		return NULL;
	snprintf(
	    name, sizeof(name), "%.*s", (int)(line_end - after - 1), after + 1);
	if (!history_add(h, name, line_end + 1, bytes))
		return NULL;
	return line_end + 1 + bytes + 1;
}

int
history_read(int dir_fd, enum history_which which, struct history *out)
{
	struct kept_file f = history_file(dir_fd, which);
	const char *p, *end;
	size_t bytes;
	char *text;
	int error;

	*out = (struct history){ NULL, 0 };
	error = kept_read(&f, &text, &p, &bytes);
	if (error != 0)
		return error;
	end = p + bytes;
	while (p != NULL && p < end)
		p = history_parse_file(out, p, end);
	if (p == NULL || out->count == 0)
		error = -EBADMSG;
	kept_free(text);
	if (error != 0)
		history_free(out);
	return error;
}

void
history_free(struct history *h)
{
	unsigned i;

	for (i = 0; i < h->count; i++) {
		free(h->files[i].name);
		undumped_free(h->files[i].text);
	}
	free(h->files);
	*h = (struct history){ NULL, 0 };
}

/* ---- comparing ---- */

static bool
history_has(const struct history *h, const char *name)
{
	unsigned i;

	for (i = 0; i < h->count; i++) {
		if (strcmp(h->files[i].name, name) == 0)
			return true;
	}
	return false;
}

bool
history_is_of(const struct history *h, const struct config *config)
{
	const struct source *s;
	unsigned n = 0;

	STAILQ_FOREACH (s, &config->tree->sources, link) {
		if (!source_is_kept(config->tree, s))
			continue;
		if (!history_has(h, s->name))
			return false;
		n++;
	}
	return n == h->count;
}
