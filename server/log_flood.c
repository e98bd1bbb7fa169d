/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/log_flood.c - a bucket for each kind of line.
 */
#include "server/log_flood.h"

#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"

#define FLOOD_LINE 1000 /* of struct flood_kind.used */

/* Bytes of the phrase that a line begins with. */
static size_t
flood_phrase(const char *line)
{
	size_t n = strcspn(line, "=");

	if (line[n] == '=')
		while (n > 0 && line[n] != ' ')
			n--;
	return min_u64(n, FLOOD_PHRASE - 1);
}

/* What was used flows off by the time. */
static void
flood_refresh(struct flood_kind *k, uint64_t now_ms)
{
	uint64_t back = (now_ms - k->seen_ms) * FLOOD_PER_SECOND;

	k->used -= min_u64(back, k->used);
	k->seen_ms = now_ms;
}

/* One that has been quiet for long is forgotten for a new one; when there is
 * none, kinds share. */
static struct flood_kind *
flood_find(struct flood *f, const char *phrase, size_t length, uint64_t now_ms)
{
	struct flood_kind *k, *free_kind = NULL;

	for (k = f->kinds; k < f->kinds + FLOOD_KINDS; k++) {
		flood_refresh(k, now_ms);
		if (strncmp(k->phrase, phrase, length) == 0 &&
		    k->phrase[length] == '\0')
			return k;
		if (k->used == 0 && k->held == 0)
			free_kind = k;
	}
	if (free_kind == NULL)
		return &f->kinds[length % FLOOD_KINDS];
	memcpy(free_kind->phrase, phrase, length);
	free_kind->phrase[length] = '\0';
	return free_kind;
}

bool
flood_admits(struct flood *f, const char *line, uint64_t now_ms)
{
	struct flood_kind *k = flood_find(f, line, flood_phrase(line), now_ms);

	if (k->used + FLOOD_LINE <= FLOOD_BURST * FLOOD_LINE) {
		k->used += FLOOD_LINE;
		return true;
	}
	if (f->held++ == 0)
		f->tell_ms = now_ms + FLOOD_TELL_MS;
	k->held++;
	return false;
}

uint64_t
flood_next_ms(const struct flood *f)
{
	return f->held == 0 ? UINT64_MAX : f->tell_ms;
}

bool
flood_tell(struct flood *f, char *out, size_t size)
{
	struct flood_kind *k;
	char quoted[2 * FLOOD_PHRASE];

	for (k = f->kinds; k < f->kinds + FLOOD_KINDS; k++) {
		if (k->held == 0)
			continue;
		snprintf(out, size, "log lines held back count=%lu of=%s",
		    k->held,
		    log_quote(
			quoted, sizeof(quoted), k->phrase, strlen(k->phrase)));
		f->held -= k->held;
		k->held = 0;
		return true;
	}
	return false;
}
