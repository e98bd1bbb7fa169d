/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/findings.h - what is wrong with a configuration, as lines for whoever
 * asked for it.  One thread at a time.
 */
#ifndef SERVER_FINDINGS_H
#define SERVER_FINDINGS_H

#include "config/config.h"

struct findings {
	char **lines;
	unsigned count; /* what finds no memory is left out */
};

void findings_add(struct findings *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Each message with its place, its line and its suggestion. */
void findings_add_report(
    struct findings *f, const struct config_report *report);
void findings_clear(struct findings *f);

#endif
