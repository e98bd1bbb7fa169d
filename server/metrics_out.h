/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/metrics_out.h - the text that metrics are written as; for metrics*.c
 * only.
 */
#ifndef SERVER_METRICS_OUT_H
#define SERVER_METRICS_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "server/server.h"
#include "server/survey.h"
#include "target/stats.h"

struct metrics_out {
	FILE *f;
	bool open; /* OpenMetrics 1.0; else the text format 0.0.4 before it */
};

enum metrics_type {
	METRICS_COUNTER,
	METRICS_GAUGE,
	METRICS_HISTOGRAM,
	METRICS_INFO,
};

/* Labels as they stand between the braces: lun="a",op="read". */
struct metrics_labels {
	char text[1024];
};

/* Names are without "tisane_", and without the suffix of the type. */
void metrics_family(const struct metrics_out *o, const char *name,
    enum metrics_type type, const char *help);
void metrics_sample(const struct metrics_out *o, const char *name,
    enum metrics_type type, const char *labels, double value);
/* A family of one sample without labels. */
void metrics_one(const struct metrics_out *o, const char *name,
    enum metrics_type type, const char *help, double value);
/* The buckets in seconds, every step-th of them. */
void metrics_histogram(const struct metrics_out *o, const char *name,
    const char *labels, const struct stats_of_kind *s, unsigned step);

/* Add one, behind what is there. */
void metrics_label(
    struct metrics_labels *l, const char *name, const char *value);

/* metrics_lun.c */
void metrics_luns(const struct metrics_out *o, const struct server *s);
/* metrics_session.c */
void metrics_sessions(const struct metrics_out *o, const struct survey *survey);

/* Both: "read", "write", "other". */
extern const char *const metrics_ops[STATS_KINDS];

#endif
