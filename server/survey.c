/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/survey.c - asking every worker what it has.
 */
#include "server/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/pool.h"
#include "server/server.h"
#include "server/sock.h"

#define SURVEY_WAIT_MS 2000

struct survey_run;

/* What goes to one worker and comes back. */
struct survey_part {
	struct job job;
	struct survey_run *run;
	struct worker *worker;
	uint64_t asked_us;
	struct survey_worker found; /* the worker's until it has come back */
	unsigned dropped;
};

struct survey_run {
	struct server *server;
	uint16_t drop; /* 0: drop none */
	void (*listed)(const struct survey *survey, void *ctx);
	void (*dropped)(unsigned count, void *ctx);
	void *ctx;
	struct event timer;
	bool told;
	unsigned count, waiting;
	struct survey_worker *workers; /* those that came back in time */
	struct survey_part parts[];
};

/* ---- main thread: answers ---- */

static void
survey_free(struct survey_run *r)
{
	unsigned i;

	for (i = 0; i < r->count; i++)
		free(r->parts[i].found.sessions);
	free(r->workers);
	free(r);
}

static void
survey_tell(struct survey_run *r)
{
	struct survey survey = {
		.workers = r->workers,
		.worker_count = r->count,
		.unanswered = r->waiting,
	};
	unsigned i, dropped = 0;

	event_del(&r->timer);
	r->told = true;
	for (i = 0; i < r->count; i++)
		dropped += r->workers[i].answered ? r->parts[i].dropped : 0;
	if (r->listed != NULL)
		r->listed(&survey, r->ctx);
	else
		r->dropped(dropped, r->ctx);
}

static void
survey_on_late(evutil_socket_t fd, short what, void *arg)
{
	struct survey_run *r = arg;

	loop_stamp(&r->server->loop);
	log_warning("workers do not answer count=%u", r->waiting);
	survey_tell(r);
}

static void
survey_came_back(struct job *job)
{
	struct survey_part *p = container_of(job, struct survey_part, job);
	struct survey_run *r = p->run;

	p->found.answered = true;
	if (!r->told)
		r->workers[p - r->parts] = p->found;
	if (--r->waiting > 0)
		return;
	if (!r->told)
		survey_tell(r);
	survey_free(r);
}

/* ---- a worker's thread ---- */

static void
survey_copy(struct survey_session *out, const struct conn_info *info)
{
	snprintf(out->initiator, sizeof(out->initiator), "%s",
	    info->initiator_name != NULL ? info->initiator_name : "");
	snprintf(out->target, sizeof(out->target), "%s",
	    info->target_name != NULL ? info->target_name : "");
	snprintf(out->peer, sizeof(out->peer), "%s", info->peer);
	snprintf(out->local, sizeof(out->local), "%s", info->local);
	out->tsih = info->tsih;
	out->cid = info->cid;
	out->discovery = info->discovery;
	out->tasks = info->tasks;
	out->leading = info->leading;
	if (info->leading && info->nexus != NULL)
		stats_of_nexus(info->nexus, &out->stats);
}

static void
survey_list(struct survey_part *p)
{
	struct survey_worker *found = &p->found;
	struct conn_info info;
	struct sock *s;

	TAILQ_FOREACH (s, &p->worker->socks, link)
		found->connections++;
	found->sessions =
	    calloc(found->connections + 1, sizeof(*found->sessions));
	if (found->sessions == NULL)
		return;
	TAILQ_FOREACH (s, &p->worker->socks, link) {
		conn_info(s->conn, &info);
		if (info.full_feature)
			survey_copy(
			    &found->sessions[found->session_count++], &info);
	}
}

static void
survey_drop(struct survey_part *p)
{
	struct sock *s, *after;
	struct conn_info info;

	for (s = TAILQ_FIRST(&p->worker->socks); s != NULL; s = after) {
		after = TAILQ_NEXT(s, link);
		conn_info(s->conn, &info);
		if (!info.full_feature || info.tsih != p->run->drop)
			continue;
		p->dropped++;
		sock_close(s, "dropped by the admin");
	}
}

static void
survey_here(struct job *job)
{
	struct survey_part *p = container_of(job, struct survey_part, job);
	struct home *main_home = &p->run->server->loop.home;

	p->found.lag_us = clock_now_us() - p->asked_us;
	p->found.pool_bytes = buf_pool_in_use(p->worker->loop.home.pool);
	if (p->run->drop != 0)
		survey_drop(p);
	else
		survey_list(p);
	p->job.fn = survey_came_back;
	main_home->post(main_home, &p->job);
}

/* ---- questions ---- */

static struct survey_run *
survey_new(struct server *s)
{
	unsigned n = s->worker_count, i;
	struct survey_run *r = calloc(1, sizeof(*r) + n * sizeof(r->parts[0]));

	if (r == NULL)
		return NULL;
	r->workers = calloc(n, sizeof(*r->workers));
	if (r->workers == NULL) {
		free(r);
		return NULL;
	}
	r->server = s;
	r->count = r->waiting = n;
	for (i = 0; i < n; i++) {
		r->parts[i].run = r;
		r->parts[i].worker = &s->workers[i];
		r->parts[i].job.fn = survey_here;
	}
	return r;
}

static void
survey_ask(struct survey_run *r)
{
	struct survey_part *p;

	evtimer_assign(&r->timer, r->server->loop.base, survey_on_late, r);
	loop_arm(&r->timer, SURVEY_WAIT_MS);
	for (p = r->parts; p < r->parts + r->count; p++) {
		p->asked_us = clock_now_us();
		p->worker->loop.home.post(&p->worker->loop.home, &p->job);
	}
}

bool
survey_begin(struct server *s,
    void (*done)(const struct survey *survey, void *ctx), void *ctx)
{
	struct survey_run *r = survey_new(s);

	if (r == NULL)
		return false;
	r->listed = done;
	r->ctx = ctx;
	survey_ask(r);
	return true;
}

bool
survey_drop_session(struct server *s, uint16_t tsih,
    void (*done)(unsigned count, void *ctx), void *ctx)
{
	struct survey_run *r = survey_new(s);

	if (r == NULL)
		return false;
	r->drop = tsih;
	r->dropped = done;
	r->ctx = ctx;
	survey_ask(r);
	return true;
}
