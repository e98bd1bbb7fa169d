/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/strike.h - one system call or allocation that fails, of
 * those that the store makes on this thread (ld --wrap).
 */
#ifndef TESTS_UNIT_BACKSTORES_STRIKE_H
#define TESTS_UNIT_BACKSTORES_STRIKE_H

#include <stdbool.h>

/* From now on: the nth from 0, with that errno.  An allocation: ENOMEM. */
void strike_at(unsigned nth, int error);
/* No more.  Has it failed? */
bool strike_end(void);

#endif
