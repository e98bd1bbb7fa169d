/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/log_flood.h - who is refused again and again, or logs in again and
 * again, does not fill the log.
 *
 * Lines are of one kind when they begin with the same phrase, which is all
 * before the first key=value.  A kind has FLOOD_BURST lines at once, and
 * FLOOD_PER_SECOND in the long run; how many were held back is told.  Not
 * locked; a zeroed one is ready.  Times are those of clock_now_ms().
 */
#ifndef SERVER_LOG_FLOOD_H
#define SERVER_LOG_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOOD_BURST      1000
#define FLOOD_PER_SECOND 100
#define FLOOD_KINDS      64 /* that are told apart at a time */
#define FLOOD_PHRASE     48 /* bytes that count */
#define FLOOD_TELL_MS    1000

struct flood_kind {
	char phrase[FLOOD_PHRASE];
	uint64_t seen_ms;
	uint64_t used; /* of the burst, in lines * 1000 */
	unsigned long held;
};

struct flood {
	struct flood_kind kinds[FLOOD_KINDS];
	unsigned long held; /* of all kinds */
	uint64_t tell_ms;   /* not before */
};

/* May this line be written?  False: it is counted as held back. */
bool flood_admits(struct flood *f, const char *line, uint64_t now_ms);
/* Until when nothing is to be told; UINT64_MAX: nothing was held back. */
uint64_t flood_next_ms(const struct flood *f);
/* The next line that tells what was held back, of one kind.  False: no more. */
bool flood_tell(struct flood *f, char *out, size_t size);

#endif
