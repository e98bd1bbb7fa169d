/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/whole.h - an operation over all of a logical unit: SANITIZE, FORMAT
 * UNIT.
 *
 * It is a number of passes over all of the unit, each followed by a flush.
 * Meanwhile the unit is in a condition in which most commands are refused
 * (medium.h).  It stops when the unit is no longer served, or by whole_stop(),
 * and then is not taken up again.  That a SANITIZE has begun is kept before it
 * does (settings.h), and forgotten when one is done: else it has failed when
 * the unit is next served.
 */
#ifndef TARGET_WHOLE_H
#define TARGET_WHOLE_H

#include "target/cmd.h"

#define WHOLE_BLOCK_MAX 4096

enum whole_method {
	WHOLE_OVERWRITE, /* with the pattern, in each pass */
	WHOLE_ERASE,     /* zeros over what is allocated; discard everything */
	WHOLE_FORMAT,    /* zeros, as holes where the unit can unmap */
};

struct whole_request {
	enum whole_method method;
	bool immediate;  /* GOOD when it begins */
	bool restricted; /* SANITIZE: AUSE is 0 */
	bool invert;     /* such that the last pass has the pattern as it is */
	unsigned passes;
	uint8_t pattern[WHOLE_BLOCK_MAX]; /* one block of it */
};

/* Begin it, and end t: at once, or with it.  The row is CMD_ATOMIC. */
void whole_execute(struct task *t, const struct whole_request *r);

/* Any thread: have a running one stop soon. */
void whole_stop(struct lu *lu);
bool whole_is_running(const struct lu *lu);

#endif
