/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/window.h - the command window of a session: CmdSN, ExpCmdSN, MaxCmdSN
 * (RFC 7143 4.2.2.1), in the serial arithmetic of RFC 1982.
 *
 * A command takes its place in order and holds a slot until it is answered;
 * MaxCmdSN grows by one with each answer, so it says truly how many more
 * commands there is room for, and never goes back.
 */
#ifndef ISCSI_WINDOW_H
#define ISCSI_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct cmd_window {
	uint32_t exp_cmd_sn;  /* of the next command in order */
	uint32_t max_cmd_sn;  /* exp_cmd_sn - 1: closed */
	uint32_t outstanding; /* commands taken and not released */
	uint32_t limit;       /* slots in all */
	uint32_t told;        /* the last max_cmd_sn that was sent */
};

enum window_place {
	WINDOW_NEXT,    /* the one that is due */
	WINDOW_AHEAD,   /* admitted, but others are missing before it */
	WINDOW_OUTSIDE, /* old, or beyond MaxCmdSN: ignored in silence */
};

/* a comes before b; false when they are 2^31 apart. */
static inline bool
serial_before(uint32_t a, uint32_t b)
{
	return a != b && b - a < 0x80000000u;
}

/* cmd_sn: of the first command.  limit: slots, 1 .. 2^31 - 2. */
void window_init(struct cmd_window *w, uint32_t cmd_sn, uint32_t limit);
enum window_place window_place(const struct cmd_window *w, uint32_t cmd_sn);
/* The command that is due was accepted: it holds a slot. */
void window_take(struct cmd_window *w);
/* A command was answered, or will never be. */
void window_release(struct cmd_window *w);
/* The one that was taken last was rejected, before its acceptance was told: it
 * is due again (7.3). */
void window_give_back(struct cmd_window *w);

#endif
