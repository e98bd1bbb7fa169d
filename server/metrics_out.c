/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/metrics_out.c - OpenMetrics 1.0, and Prometheus's text format 0.0.4
 * for those who ask for that: there the name of a counter's family has its
 * suffix, and what is an info is a gauge.
 */
#include "server/metrics_out.h"

#include <string.h>

const char *const metrics_ops[STATS_KINDS] = {
	[STATS_READ] = "read",
	[STATS_WRITE] = "write",
	[STATS_OTHER] = "other",
};

/* clang-format off */
static const struct {
	const char *word, *classic, *suffix;
} metrics_types[] = {
	[METRICS_COUNTER] = { "counter", "counter", "_total" },
	[METRICS_GAUGE] = { "gauge", "gauge", "" },
	[METRICS_HISTOGRAM] = { "histogram", "histogram", "" },
	[METRICS_INFO] = { "info", "gauge", "_info" },
};
/* clang-format on */

void
metrics_family(const struct metrics_out *o, const char *name,
    enum metrics_type type, const char *help)
{
	const char *suffix = o->open ? "" : metrics_types[type].suffix;
	const char *word =
	    o->open ? metrics_types[type].word : metrics_types[type].classic;

	fprintf(o->f, "# TYPE tisane_%s%s %s\n# HELP tisane_%s%s %s\n", name,
	    suffix, word, name, suffix, help);
}

static void
metrics_line(const struct metrics_out *o, const char *name, const char *suffix,
    const char *labels, double value)
{
	fprintf(o->f,
	    labels[0] != '\0' ? "tisane_%s%s{%s} %.17g\n"
			      : "tisane_%s%s%s %.17g\n",
	    name, suffix, labels, value);
}

void
metrics_sample(const struct metrics_out *o, const char *name,
    enum metrics_type type, const char *labels, double value)
{
	metrics_line(o, name, metrics_types[type].suffix, labels, value);
}

void
metrics_one(const struct metrics_out *o, const char *name,
    enum metrics_type type, const char *help, double value)
{
	metrics_family(o, name, type, help);
	metrics_sample(o, name, type, "", value);
}

void
metrics_label(struct metrics_labels *l, const char *name, const char *value)
{
	size_t at = strlen(l->text), room = sizeof(l->text);

	at += (size_t)snprintf(
	    l->text + at, room - at, "%s%s=\"", at > 0 ? "," : "", name);
	for (; *value != '\0' && at + 4 < room; value++) {
		if (*value == '"' || *value == '\\')
			l->text[at++] = '\\';
		l->text[at++] = *value;
	}
	memcpy(l->text + at, "\"", 2);
}

void
metrics_histogram(const struct metrics_out *o, const char *name,
    const char *labels, const struct stats_of_kind *s, unsigned step)
{
	uint64_t below = 0;
	unsigned i;

	for (i = 0; i + 1 < STATS_BUCKETS; i++) {
		below += s->buckets[i];
		if (i % step == step - 1)
			fprintf(o->f, "tisane_%s_bucket{%s,le=\"%.9g\"} %llu\n",
			    name, labels, (double)stats_bucket_us(i) / 1e6,
			    (unsigned long long)below);
	}
	below += s->buckets[i];
	fprintf(o->f, "tisane_%s_bucket{%s,le=\"+Inf\"} %llu\n", name, labels,
	    (unsigned long long)below);
	metrics_line(o, name, "_count", labels, (double)below);
	metrics_line(o, name, "_sum", labels, (double)s->microseconds / 1e6);
}
