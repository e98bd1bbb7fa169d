/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/limits.h - the limits of the configuration, put in force.
 */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include "config/config.h"
#include "target/lu.h"
#include "target/throttle_book.h"

/* NULL: out of memory. */
struct throttle_rules *limits_of_initiators(const struct config *config);
/* At once, for commands that wait as well. */
void limits_set_lun(struct lu *lu, const struct config_lun *lun);

#endif
