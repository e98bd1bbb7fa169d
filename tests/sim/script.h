/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/script.h - what to do with a seed that found something.
 */
#ifndef TESTS_SIM_SCRIPT_H
#define TESTS_SIM_SCRIPT_H

#include "tests/sim/sim.h"

/* How a run ended. */
struct ending {
	int signal;      /* or exit status; 0: well */
	const char *why; /* the format of its sim_fail(), or NULL */
};

/* Memory that children share. */
void *script_shared(size_t bytes);
/* Run in a child; loud: it says what happens. */
struct ending script_try(struct choice choice, unsigned steps, bool loud);
bool ending_is(struct ending a, struct ending b);
/* Leave of s what is needed for that ending. */
void script_shrink(struct script *s, struct ending want);
bool script_write(const struct script *s, const char *path);
bool script_read(struct script *s, const char *path);

#endif
