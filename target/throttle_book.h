/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/throttle_book.h - the throttles of initiators: one for each initiator
 * name that is logged in, whatever the sessions and targets are.
 *
 * Outlives configurations: a new list of rules is in force at once, for
 * commands that wait as well.  Any thread; a mutex of its own (cold: login,
 * logout, reload).
 */
#ifndef TARGET_THROTTLE_BOOK_H
#define TARGET_THROTTLE_BOOK_H

#include "target/throttle.h"

struct throttle_book;
struct throttle_rules; /* in order, each for the names that match its glob */

/* NULL: out of memory. */
struct throttle_book *throttle_book_new(void);
/* Every throttle was put back. */
void throttle_book_free(struct throttle_book *book);

/* Room for count rules, whose names are copied.  NULL: out of memory. */
struct throttle_rules *throttle_rules_new(unsigned count);
void throttle_rules_free(struct throttle_rules *rules);
/* False: out of memory. */
bool throttle_rules_add(struct throttle_rules *rules,
    const char *initiator_name,
    const struct throttle_limit limit[THROTTLE_UNITS]);

/* The first rule that matches counts; without one nothing is limited.  Takes
 * the rules. */
void throttle_book_set(
    struct throttle_book *book, struct throttle_rules *rules);

/* The initiator's, to be put back.  NULL: out of memory. */
struct throttle *throttle_book_get(
    struct throttle_book *book, const char *initiator_name);
void throttle_book_put(struct throttle_book *book, struct throttle *th);

#endif
