/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/suggest.h - which known word was meant?
 */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

struct suggestion {
	const char *word;  /* what was written; the caller sets it */
	const char *best;  /* the nearest offered, NULL: none is near */
	unsigned distance; /* edits between the two */
};

/* Keep candidate if it is near to the word, and nearer than the best so far:
 * letters added, left out, changed, or two swapped. */
void suggest_offer(struct suggestion *s, const char *candidate);

#endif
