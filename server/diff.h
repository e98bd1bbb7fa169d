/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/diff.h - what a reload would do.
 */
#ifndef SERVER_DIFF_H
#define SERVER_DIFF_H

#include <jansson.h>

#include "config/config.h"

/* An array of "object" and "change"; empty: nothing differs. */
json_t *diff_configs(const struct config *old, const struct config *new);

#endif
