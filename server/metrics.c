/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/metrics.c - /metrics for Prometheus and others that read its formats.
 */
#include "server/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/version.h"
#include "server/http.h"
#include "server/metrics_out.h"
#include "server/tcp.h"

#define METRICS_OPEN                                                           \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_CLASSIC "text/plain; version=0.0.4; charset=utf-8"

/* ---- workers ---- */

static double
worker_lag(const struct survey_worker *w)
{
	return (double)w->lag_us / 1e6;
}

static double
worker_pool(const struct survey_worker *w)
{
	return (double)w->pool_bytes;
}

static double
worker_connections(const struct survey_worker *w)
{
	return w->connections;
}

/* clang-format off */
static const struct {
	const char *name, *help;
	double (*value)(const struct survey_worker *w);
} worker_metrics[] = {
	{ "worker_lag_seconds", "How late its event loop answered just now.",
	  worker_lag },
	{ "worker_buffers_bytes", "Memory in data buffers.", worker_pool },
	{ "worker_connections", "Connections.", worker_connections },
};
/* clang-format on */

static void
metrics_workers(const struct metrics_out *o, const struct survey *survey)
{
	struct metrics_labels labels;
	char index[16];
	unsigned m, i;

	for (m = 0; m < ARRAY_LEN(worker_metrics); m++) {
		metrics_family(o, worker_metrics[m].name, METRICS_GAUGE,
		    worker_metrics[m].help);
		for (i = 0; i < survey->worker_count; i++) {
			if (!survey->workers[i].answered)
				continue;
			labels.text[0] = '\0';
			snprintf(index, sizeof(index), "%u", i);
			metrics_label(&labels, "worker", index);
			metrics_sample(o, worker_metrics[m].name, METRICS_GAUGE,
			    labels.text,
			    worker_metrics[m].value(&survey->workers[i]));
		}
	}
	metrics_one(o, "workers_unanswered", METRICS_GAUGE,
	    "Workers whose event loop does not turn.", survey->unanswered);
}

/* ---- the daemon ---- */

static void
metrics_logins(const struct metrics_out *o, const struct server *s)
{
	struct session_logins logins = session_table_logins(s->sessions);

	metrics_family(o, "logins", METRICS_COUNTER, "Logins by their end.");
	metrics_sample(o, "logins", METRICS_COUNTER, "result=\"good\"",
	    (double)logins.good);
	metrics_sample(o, "logins", METRICS_COUNTER, "result=\"refused\"",
	    (double)logins.refused);
}

/* Resident bytes; 0: not known. */
static double
metrics_resident(int statm)
{
	char text[128];
	ssize_t n = pread(statm, text, sizeof(text) - 1, 0);
	unsigned long long pages;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (sscanf(text, "%*u %llu", &pages) != 1)
		return 0;
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double
metrics_cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
metrics_process(const struct metrics_out *o, const struct server *s)
{
	metrics_one(o, "start_time_seconds", METRICS_GAUGE, "When it started.",
	    (double)s->started_at);
	metrics_one(o, "cpu_seconds", METRICS_COUNTER, "Processor time.",
	    metrics_cpu_seconds());
	metrics_one(o, "resident_memory_bytes", METRICS_GAUGE,
	    "Memory that is resident.", metrics_resident(s->statm));
	metrics_one(o, "buffers_limit_bytes", METRICS_GAUGE,
	    "The limit of memory in data buffers.",
	    (double)s->config->limits.memory);
}

static void
metrics_daemon(const struct metrics_out *o, struct server *s)
{
	metrics_family(o, "build", METRICS_INFO, "The release.");
	metrics_sample(
	    o, "build", METRICS_INFO, "version=\"" TISANE_VERSION "\"", 1);
	metrics_process(o, s);
	metrics_one(o, "last_reload_failed", METRICS_GAUGE,
	    "1: an older configuration is in force.", s->reload_failed);
	metrics_one(o, "sessions", METRICS_GAUGE, "Sessions.",
	    session_table_count(s->sessions));
	metrics_one(o, "connections", METRICS_GAUGE, "Connections.",
	    census_connections(&s->census));
	metrics_logins(o, s);
}

/* ---- answering ---- */

/* Whoever names the old format alone gets it. */
static bool
metrics_wants_open(struct http_call *call)
{
	const char *accept = evhttp_find_header(
	    evhttp_request_get_input_headers(call->request), "Accept");

	return accept == NULL || strstr(accept, "text/plain") == NULL ||
	       strstr(accept, "application/openmetrics-text") != NULL;
}

static void
metrics_tell(const struct survey *survey, void *ctx)
{
	struct http_call *call = ctx;
	char *text = NULL;
	size_t bytes;
	struct metrics_out o = { .f = open_memstream(&text, &bytes),
		.open = metrics_wants_open(call) };

	if (o.f == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	metrics_daemon(&o, call->server);
	metrics_workers(&o, survey);
	metrics_luns(&o, call->server);
	metrics_sessions(&o, survey);
	if (o.open)
		fprintf(o.f, "# EOF\n");
	if (fclose(o.f) == 0)
		http_reply_text(
		    call, o.open ? METRICS_OPEN : METRICS_CLASSIC, text, bytes);
	else
		http_fail(call, 503, "no memory");
	free(text);
}

static void
metrics_answer(struct http_call *call)
{
	if (!survey_begin(call->server, metrics_tell, call))
		http_fail(call, 503, "no memory");
}

static const struct http_route metrics_routes[] = {
	{ EVHTTP_REQ_GET, "/metrics", "All of them", metrics_answer, NULL },
	{ 0, NULL, NULL, NULL, NULL },
};

/* ---- the port ---- */

int
metrics_open(struct server *s, const struct config *config)
{
	int fd;

	if (config->metrics == NULL)
		return 0;
	fd = tcp_listen(config->metrics);
	if (fd >= 0)
		s->metrics =
		    http_new(s, fd, metrics_routes, false, HTTP_NO_GROUP);
	if (s->metrics != NULL) {
		s->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
		log_info("metrics address=%s", config->metrics);
		return 0;
	}
	log_error("metrics cannot be served address=%s error=\"%s\"",
	    config->metrics, strerror(fd < 0 ? -fd : ENOMEM));
	return 1;
}

void
metrics_close(struct server *s)
{
	if (s->metrics != NULL && s->statm >= 0)
		close(s->statm);
	http_free(s->metrics);
	s->metrics = NULL;
}
