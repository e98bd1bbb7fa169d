/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/metrics_session.c - the metrics of each session.
 */
#include "server/metrics_out.h"

#include "common/bytes.h"

/* There may be many: their histograms are coarser. */
#define SESSION_BUCKET_STEP 4

static struct metrics_labels
session_labels(const struct survey_session *s, const char *op)
{
	struct metrics_labels labels = { "" };
	char tsih[8];

	snprintf(tsih, sizeof(tsih), "%u", s->tsih);
	metrics_label(&labels, "tsih", tsih);
	metrics_label(&labels, "initiator", s->initiator);
	metrics_label(&labels, "target", s->target);
	if (op != NULL)
		metrics_label(&labels, "op", op);
	return labels;
}

static void
session_commands(const struct metrics_out *o, const struct survey_session *s)
{
	struct metrics_labels labels;
	unsigned k;

	for (k = 0; k < STATS_KINDS; k++) {
		labels = session_labels(s, metrics_ops[k]);
		metrics_sample(o, "session_commands", METRICS_COUNTER,
		    labels.text, (double)s->stats.kinds[k].commands);
	}
}

static void
session_bytes(const struct metrics_out *o, const struct survey_session *s)
{
	struct metrics_labels labels;
	unsigned k;

	for (k = 0; k < STATS_OTHER; k++) {
		labels = session_labels(s, metrics_ops[k]);
		metrics_sample(o, "session_bytes", METRICS_COUNTER, labels.text,
		    (double)s->stats.kinds[k].bytes);
	}
}

static void
session_depth(const struct metrics_out *o, const struct survey_session *s)
{
	struct metrics_labels labels = session_labels(s, NULL);

	metrics_sample(o, "session_queue_depth", METRICS_GAUGE, labels.text,
	    (double)stats_depth(&s->stats));
}

static void
session_latency(const struct metrics_out *o, const struct survey_session *s)
{
	struct metrics_labels labels;
	unsigned k;

	for (k = 0; k < STATS_OTHER; k++) {
		labels = session_labels(s, metrics_ops[k]);
		metrics_histogram(o, "session_latency_seconds", labels.text,
		    &s->stats.kinds[k], SESSION_BUCKET_STEP);
	}
}

/* clang-format off */
static const struct {
	const char *name, *help;
	enum metrics_type type;
	void (*put)(const struct metrics_out *o,
	    const struct survey_session *s);
} session_metrics[] = {
	{ "session_commands", "Commands that have ended.", METRICS_COUNTER,
	  session_commands },
	{ "session_bytes", "Bytes of their data.", METRICS_COUNTER,
	  session_bytes },
	{ "session_queue_depth", "Commands under way.", METRICS_GAUGE,
	  session_depth },
	{ "session_latency_seconds",
	  "From a command's arrival to its end at the store.",
	  METRICS_HISTOGRAM, session_latency },
};
/* clang-format on */

static void
metrics_session_family(const struct metrics_out *o, const struct survey *survey,
    void (*put)(const struct metrics_out *o, const struct survey_session *s))
{
	const struct survey_worker *w;
	unsigned i, k;

	for (i = 0; i < survey->worker_count; i++) {
		w = &survey->workers[i];
		for (k = 0; k < w->session_count; k++) {
			if (w->sessions[k].leading && !w->sessions[k].discovery)
				put(o, &w->sessions[k]);
		}
	}
}

void
metrics_sessions(const struct metrics_out *o, const struct survey *survey)
{
	unsigned m;

	for (m = 0; m < ARRAY_LEN(session_metrics); m++) {
		metrics_family(o, session_metrics[m].name,
		    session_metrics[m].type, session_metrics[m].help);
		metrics_session_family(o, survey, session_metrics[m].put);
	}
}
