/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/script.h - a store that logs what it is asked, fails on
 * demand, and whose operations end when the test says.
 */
#ifndef TESTS_UNIT_BACKSTORES_SCRIPT_H
#define TESTS_UNIT_BACKSTORES_SCRIPT_H

#include "tests/unit/backstores/kit.h"

#define SCRIPT_LOG   64
#define SCRIPT_BYTES (16 * MIB)

struct script_step {
	enum bs_op op;
	unsigned flags;
	uint64_t offset, length;
};

struct script {
	struct kit k;
	struct bs_ops ops;   /* change it between begin and open */
	struct bs_info info; /* the same */
	struct backstore *bs;
	struct script_step log[SCRIPT_LOG];
	unsigned logged;
	int fail[BS_OPS]; /* what the operation ends with */
	int fail_fua;     /* what a WRITE with BS_FUA ends with instead */
	bool no_clones;   /* can_clone answers no */
	int try;          /* what ops.try answers */
	bool gathers;     /* does the executor take it before that? */
	bool hold;        /* the executor keeps what it is given */
	struct bs_executor executor;
	struct bs_io *held[SCRIPT_LOG]; /* oldest first */
	unsigned holds;
};

/* A BLOCKING store with every operation, and fua. */
void script_begin(struct script *s);
void script_open(struct script *s);
/* 0 or -errno, and kit_why. */
int script_try_open(struct script *s);
/* Closes, too. */
void script_end(struct script *s);

/* End the oldest held one, and run the home's jobs. */
void script_release(struct script *s, int error);
/* Were just these asked, in this order? */
bool script_logged(const struct script *s, const enum bs_op *ops, unsigned n);
#define SCRIPT_LOGGED(s, ...)                                                  \
	script_logged(s, (const enum bs_op[]){ __VA_ARGS__ },                  \
	    sizeof((const enum bs_op[]){ __VA_ARGS__ }) / sizeof(enum bs_op))

/* Init and submit, without waiting; no data. */
void script_submit(
    struct script *s, struct kit_io *i, enum bs_op op, unsigned flags);
/* The same with waiting: its error. */
int script_do(struct script *s, enum bs_op op, unsigned flags);

#endif
