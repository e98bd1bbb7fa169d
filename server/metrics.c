/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/metrics.c - /metrics in the OpenMetrics text format 1.0.
 */
#include "server/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/version.h"
#include "server/http.h"
#include "server/survey.h"

#define METRICS_TYPE                                                           \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_BACKLOG 16

/* ---- lines ---- */

static void
metrics_family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# TYPE tisane_%s %s\n# HELP tisane_%s %s\n", name, type,
	    name, help);
}

static void
metrics_one(
    FILE *f, const char *name, const char *type, const char *help, double value)
{
	metrics_family(f, name, type, help);
	fprintf(f, "tisane_%s%s %.17g\n", name,
	    strcmp(type, "counter") == 0 ? "_total" : "", value);
}

static void
metrics_put_label(FILE *f, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', f);
		fputc(*text, f);
	}
}

/* ---- LUNs ---- */

static double
lun_size(const struct unit *u)
{
	return (double)backstore_size(u->bs);
}

static double
lun_allocated(const struct unit *u)
{
	return (double)u->allocated;
}

static double
lun_reads(const struct unit *u)
{
	return (double)u->lu->reads;
}

static double
lun_writes(const struct unit *u)
{
	return (double)u->lu->writes;
}

static double
lun_read_bytes(const struct unit *u)
{
	return (double)u->lu->read_bytes;
}

static double
lun_write_bytes(const struct unit *u)
{
	return (double)u->lu->write_bytes;
}

static double
lun_errors(const struct unit *u)
{
	return (double)u->lu->errors;
}

static double
lun_flush_failed(const struct unit *u)
{
	return u->bs->flush_error != 0;
}

/* clang-format off */
static const struct {
	const char *name, *type, *help;
	double (*value)(const struct unit *u);
} lun_metrics[] = {
	{ "lun_size_bytes", "gauge", "Capacity.", lun_size },
	{ "lun_allocated_bytes", "gauge", "Space that the store uses.",
	  lun_allocated },
	{ "lun_reads", "counter", "Read operations.", lun_reads },
	{ "lun_writes", "counter", "Write operations.", lun_writes },
	{ "lun_read_bytes", "counter", "Bytes read.", lun_read_bytes },
	{ "lun_write_bytes", "counter", "Bytes written.", lun_write_bytes },
	{ "lun_errors", "counter", "Operations that the store failed.",
	  lun_errors },
	{ "lun_flush_failed", "gauge", "1: a write was lost.",
	  lun_flush_failed },
};
/* clang-format on */

static void
metrics_luns(FILE *f, const struct server *s)
{
	unsigned m, i;

	for (m = 0; m < ARRAY_LEN(lun_metrics); m++) {
		metrics_family(f, lun_metrics[m].name, lun_metrics[m].type,
		    lun_metrics[m].help);
		for (i = 0; i < s->unit_count; i++) {
			fprintf(f, "tisane_%s%s{lun=\"", lun_metrics[m].name,
			    lun_metrics[m].type[0] == 'c' ? "_total" : "");
			metrics_put_label(f, s->units[i]->lu->identity.name);
			fprintf(f, "\"} %.17g\n",
			    lun_metrics[m].value(s->units[i]));
		}
	}
}

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
metrics_workers(FILE *f, const struct survey *survey)
{
	unsigned m, i;

	for (m = 0; m < ARRAY_LEN(worker_metrics); m++) {
		metrics_family(
		    f, worker_metrics[m].name, "gauge", worker_metrics[m].help);
		for (i = 0; i < survey->worker_count; i++) {
			if (!survey->workers[i].answered)
				continue;
			fprintf(f, "tisane_%s{worker=\"%u\"} %.17g\n",
			    worker_metrics[m].name, i,
			    worker_metrics[m].value(&survey->workers[i]));
		}
	}
	metrics_one(f, "workers_unanswered", "gauge",
	    "Workers whose event loop does not turn.", survey->unanswered);
}

/* ---- the daemon ---- */

static void
metrics_logins(FILE *f, const struct server *s)
{
	struct session_logins logins = session_table_logins(s->sessions);

	metrics_family(f, "logins", "counter", "Logins by their end.");
	fprintf(f,
	    "tisane_logins_total{result=\"good\"} %llu\n"
	    "tisane_logins_total{result=\"refused\"} %llu\n",
	    (unsigned long long)logins.good,
	    (unsigned long long)logins.refused);
}

static void
metrics_daemon(FILE *f, struct server *s)
{
	metrics_family(f, "build", "info", "The release.");
	fprintf(f, "tisane_build_info{version=\"" TISANE_VERSION "\"} 1\n");
	metrics_one(f, "start_time_seconds", "gauge", "When it started.",
	    (double)s->started_at);
	metrics_one(f, "last_reload_failed", "gauge",
	    "1: an older configuration is in force.", s->reload_failed);
	metrics_one(f, "sessions", "gauge", "Sessions.",
	    session_table_count(s->sessions));
	metrics_one(f, "connections", "gauge", "Connections.",
	    census_connections(&s->census));
	metrics_logins(f, s);
}

static void
metrics_tell(const struct survey *survey, void *ctx)
{
	struct http_call *call = ctx;
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	metrics_daemon(f, call->server);
	metrics_workers(f, survey);
	metrics_luns(f, call->server);
	fprintf(f, "# EOF\n");
	if (fclose(f) == 0)
		http_reply_text(call, METRICS_TYPE, text, bytes);
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

/* "192.0.2.1:9260", "[2001:db8::1]:9260", as the configuration checked. */
static socklen_t
metrics_address(const char *text, struct sockaddr_storage *out)
{
	char host[ADDRESS_TEXT_MAX];
	const char *colon = strrchr(text, ':');
	bool brackets = text[0] == '[';
	struct in6_addr ip;

	snprintf(host, sizeof(host), "%.*s", (int)(colon - text) - 2 * brackets,
	    text + brackets);
	if (!address_parse(host, &ip))
		return 0;
	return address_to_sockaddr(
	    &ip, (uint16_t)strtoul(colon + 1, NULL, 10), out);
}

/* A descriptor or -errno. */
static int
metrics_listen(const char *address)
{
	struct sockaddr_storage sa;
	socklen_t length = metrics_address(address, &sa);
	int fd, on = 1, error;

	if (length == 0)
		return -EINVAL;
	fd =
	    socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, length) == 0 &&
	    listen(fd, METRICS_BACKLOG) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int
metrics_open(struct server *s, const struct config *config)
{
	int fd;

	if (config->metrics == NULL)
		return 0;
	fd = metrics_listen(config->metrics);
	if (fd >= 0)
		s->metrics =
		    http_new(s, fd, metrics_routes, false, HTTP_NO_GROUP);
	if (s->metrics != NULL) {
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
	http_free(s->metrics);
	s->metrics = NULL;
}
