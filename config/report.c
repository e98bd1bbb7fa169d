/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/report.c - messages as they are found, then in order of place.
 */
#include "config/report.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/utf8.h"
#include "config/parse.h"
#include "config/value.h"

#define REPORT_LINE_MAX 240 /* bytes of a line that is shown */

struct report_entry {
	struct config_message message;
	const struct source *source;
	size_t offset;
	unsigned sequence;
};

/* ---- places ---- */

struct spot
spot_at(
    const struct source *source, size_t offset, unsigned line, unsigned column)
{
	return (struct spot){ { source->name, line, column }, source, offset };
}

struct spot
spot_of(const struct source *source, const struct config_token *t)
{
	return spot_at(source, t->offset, t->line, t->column);
}

struct spot
spot_of_word(const struct config_statement *s, unsigned i)
{
	if (s->word_count == 0 && s->open == NULL)
		return spot_in_file(s->source->name);
	if (s->word_count == 0)
		return spot_of(s->source, s->open);
	return spot_of(s->source, s->words[i < s->word_count ? i : 0]);
}

struct spot
spot_in_file(const char *name)
{
	return (struct spot){ .place.file = name };
}

/* ---- words in messages ---- */

struct report_quote
report_quote(const char *word)
{
	struct report_quote q;

	log_quote(q.text, sizeof(q.text), word, strlen(word));
	return q;
}

struct report_quote
report_quote_token(const struct config_token *t)
{
	return report_quote(t->secret ? "***" : t->value);
}

struct report_quote
report_place(struct config_place place)
{
	struct report_quote q;
	size_t bytes = strlen(place.file);
	size_t skip = bytes > 70 ? bytes - 70 : 0;

	snprintf(q.text, sizeof(q.text), "%s%s:%u:%u", skip > 0 ? "..." : "",
	    place.file + skip, place.line, place.column);
	return q;
}

/* ---- collecting ---- */

static struct report_entry *
report_entry_new(struct report *r)
{
	struct report_entry *grown;
	unsigned n = r->count;

	if (n >= REPORT_MESSAGES_MAX && !r->closing)
		return NULL;
	if ((n & (n - 1)) == 0) {
		grown = realloc(
		    r->entries, (n == 0 ? 1 : 2 * n) * sizeof(*r->entries));
		if (grown == NULL) {
			r->lost = true;
			return NULL;
		}
		r->entries = grown;
	}
	memset(&r->entries[n], 0, sizeof(r->entries[n]));
	r->count++;
	return &r->entries[n];
}

static char *
report_copy(const char *s)
{
	return s == NULL ? NULL : strdup(s);
}

__attribute__((format(printf, 5, 0))) static void
report_add(struct report *r, struct spot at, enum config_severity severity,
    const char *suggestion, const char *fmt, va_list args)
{
	struct report_entry *e;
	struct config_message *m;

	if (r == NULL)
		return;
	if (severity == CONFIG_ERROR)
		r->errors++;
	e = report_entry_new(r);
	if (e == NULL)
		return;
	m = &e->message;
	m->severity = severity;
	m->place = at.place;
	m->place.file = report_copy(at.place.file);
	m->suggestion = report_copy(suggestion);
	if (vasprintf(&m->text, fmt, args) < 0)
		m->text = NULL;
	if (m->text == NULL || (m->place.file == NULL && at.place.file != NULL))
		r->lost = true;
	e->source = at.source;
	e->offset = at.offset;
	e->sequence = r->count;
}

void
report_error(struct report *r, struct spot at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_add(r, at, CONFIG_ERROR, NULL, fmt, args);
	va_end(args);
}

void
report_warning(struct report *r, struct spot at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_add(r, at, CONFIG_WARNING, NULL, fmt, args);
	va_end(args);
}

void
report_error_suggest(struct report *r, struct spot at, const char *suggestion,
    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_add(r, at, CONFIG_ERROR, suggestion, fmt, args);
	va_end(args);
}

void
report_fault(struct report *r, struct spot at, const struct value_fault *fault)
{
	report_error_suggest(r, at,
	    fault->suggestion[0] == '\0' ? NULL : fault->suggestion, "%s",
	    fault->text);
}

/* ---- the line that a message is about ---- */

/* The first token that ends behind offset. */
static unsigned
report_token_at(const struct source *s, size_t offset)
{
	unsigned low = 0, high = s->token_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->tokens[middle].offset + s->tokens[middle].length >
		    offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* One character for one character, so that the caret stays where it is. */
static size_t
report_put_character(char *out, const char *s, size_t left, bool secret)
{
	size_t n = utf8_length(s, left);

	if (n == 0 || (n == 1 && ((unsigned char)*s < ' ' || *s == 0x7f))) {
		*out = *s == '\t' ? '\t' : *s == '\r' ? ' ' : '?';
		return 1;
	}
	if (secret) {
		*out = '*';
		return 1;
	}
	memcpy(out, s, n);
	return n;
}

static size_t
report_line_start(const struct source *s, size_t offset)
{
	while (offset > 0 && s->text[offset - 1] != '\n')
		offset--;
	return offset;
}

static size_t
report_line_end(const struct source *s, size_t offset)
{
	while (offset < s->bytes && s->text[offset] != '\n')
		offset++;
	return offset;
}

/* NULL when there is none, or it is too long to be shown. */
static char *
report_line(const struct source *s, size_t offset)
{
	size_t at = report_line_start(s, offset), n, out = 0;
	size_t end = report_line_end(s, offset);
	unsigned token = report_token_at(s, at);
	const struct config_token *t;
	char *line;

	if (end - at > REPORT_LINE_MAX || s->token_count == 0)
		return NULL;
	line = calloc(1, end - at + 1);
	while (line != NULL && at < end) {
		t = &s->tokens[token];
		if (at >= t->offset + t->length && token + 1 < s->token_count)
			t = &s->tokens[++token];
		out += report_put_character(
		    line + out, s->text + at, end - at, t->secret);
		n = utf8_length(s->text + at, end - at);
		at += n == 0 ? 1 : n;
	}
	return line;
}

/* ---- handing over ---- */

/* What is about no file in particular comes last. */
static unsigned
report_file_rank(const struct report_entry *e)
{
	return e->source == NULL ? UINT_MAX : e->source->index;
}

static int
report_order(unsigned a, unsigned b)
{
	return a < b ? -1 : a > b;
}

static int
report_compare(const void *a, const void *b)
{
	const struct report_entry *x = a, *y = b;
	const struct config_place *p = &x->message.place;
	const struct config_place *q = &y->message.place;
	int order = report_order(report_file_rank(x), report_file_rank(y));

	if (order == 0)
		order = report_order(p->line, q->line);
	if (order == 0)
		order = report_order(p->column, q->column);
	return order != 0 ? order : report_order(x->sequence, y->sequence);
}

static void
report_close(struct report *r)
{
	struct spot nowhere = { .source = NULL };
	unsigned shown = 0, i;

	r->closing = true;
	for (i = 0; i < r->count; i++)
		shown += r->entries[i].message.severity == CONFIG_ERROR;
	if (r->lost)
		report_error(r, nowhere, "out of memory");
	else if (shown < r->errors)
		report_error(
		    r, nowhere, "too many errors: %u more", r->errors - shown);
}

static void
report_message_free(struct config_message *m)
{
	free((char *)m->place.file);
	free(m->text);
	free(m->suggestion);
	free(m->source);
}

/* Messages without a text were lost, and are not worth an empty line. */
static void
report_hand_over(struct report *r, struct config_report *out)
{
	struct report_entry *e;
	unsigned i;

	for (i = 0; i < r->count; i++) {
		e = &r->entries[i];
		if (out->messages == NULL || e->message.text == NULL) {
			report_message_free(&e->message);
			continue;
		}
		if (e->source != NULL)
			e->message.source = report_line(e->source, e->offset);
		out->messages[out->count++] = e->message;
	}
}

void
report_finish(struct report *r, struct config_report *out)
{
	report_close(r);
	*out = (struct config_report){ .errors = r->errors };
	if (r->count > 0) {
		qsort(
		    r->entries, r->count, sizeof(*r->entries), report_compare);
		out->messages = calloc(r->count, sizeof(*out->messages));
	}
	report_hand_over(r, out);
	free(r->entries);
	*r = (struct report){ .entries = NULL };
}

void
config_report_free(struct config_report *report)
{
	unsigned i;

	for (i = 0; i < report->count; i++)
		report_message_free(&report->messages[i]);
	free(report->messages);
	*report = (struct config_report){ .messages = NULL };
}
