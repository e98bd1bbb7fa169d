/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/job.c - long work as an object.
 */
#include "server/job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/utf8.h"
#include "server/server.h"

#define JOB_KEPT 64 /* that have ended */
#define JOB_MOST 64 /* at a time */

/* Main thread. */
static struct {
	TAILQ_HEAD(, long_job) list;
	unsigned last_id, last_end, running, ended;
} jobs = { .list = TAILQ_HEAD_INITIALIZER(jobs.list) };

/* ---- listing ---- */

static const char *const job_states[] = {
	[JOB_RUNNING] = "running",
	[JOB_DONE] = "done",
	[JOB_FAILED] = "failed",
	[JOB_CANCELLED] = "cancelled",
};

static json_t *
job_json(const struct long_job *j)
{
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:I}",
	    "id", (int)j->id, "what", j->what, "lun", j->lun, "text", j->text,
	    "state", job_states[j->state], "done",
	    (json_int_t)atomic_load(&j->done), "total",
	    (json_int_t)atomic_load(&j->total), "cancelled",
	    job_is_cancelled(j), "started_at", (json_int_t)j->started_at);

	if (j->state == JOB_RUNNING)
		return o;
	json_object_set_new(o, "ended_at", json_integer(j->ended_at));
	if (j->state != JOB_DONE)
		json_object_set_new(o, "error", json_string(j->why));
	if (j->answer != NULL)
		json_object_set(
		    o, "messages", json_object_get(j->answer, "messages"));
	return o;
}

json_t *
job_listing(void)
{
	const struct long_job *j;
	json_t *list = json_array();

	TAILQ_FOREACH (j, &jobs.list, link)
		json_array_append_new(list, job_json(j));
	return list;
}

/* ---- the end ---- */

static void
job_free(struct long_job *j)
{
	json_decref(j->answer);
	free(j->text);
	free(j->file);
	free(j);
}

/* Of those that have ended. */
static void
job_forget_oldest(void)
{
	struct long_job *j, *oldest = NULL;

	TAILQ_FOREACH (j, &jobs.list, link) {
		if (j->state != JOB_RUNNING &&
		    (oldest == NULL || j->end < oldest->end))
			oldest = j;
	}
	if (oldest == NULL)
		return;
	TAILQ_REMOVE(&jobs.list, oldest, link);
	jobs.ended--;
	job_free(oldest);
}

static enum long_job_state
job_end_state(int error)
{
	if (error == 0)
		return JOB_DONE;
	return error == -ECANCELED ? JOB_CANCELLED : JOB_FAILED;
}

void
job_end(struct long_job *j, int error)
{
	if (j == NULL)
		return;
	j->state = job_end_state(error);
	j->ended_at = time(NULL);
	j->end = ++jobs.last_end;
	if (error == -ECANCELED)
		snprintf(j->why, sizeof(j->why), "it was cancelled");
	else if (error != 0 && j->why[0] == '\0')
		snprintf(j->why, sizeof(j->why), "%s", strerror(-error));
	log_line(error == 0 ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
	    "job %s id=%u what=%s text=\"%s\"%s%s%s", job_states[j->state],
	    j->id, j->what, j->text, error != 0 ? " error=\"" : "",
	    error != 0 ? j->why : "", error != 0 ? "\"" : "");
	jobs.running--;
	if (++jobs.ended > JOB_KEPT)
		job_forget_oldest();
}

int
job_take_change(struct long_job *j, int status, json_t *answer)
{
	const char *why = json_string_value(json_object_get(answer, "error"));

	json_decref(j->answer);
	j->answer = answer;
	if (status == 200)
		return 0;
	snprintf(j->why, sizeof(j->why), "%s", why != NULL ? why : "refused");
	utf8_trim(j->why);
	return -EINVAL;
}

void
job_forget_all(void)
{
	while (jobs.ended > 0)
		job_forget_oldest();
}

/* ---- its thread ---- */

bool
job_goes_on(struct long_job *j, uint64_t done, uint64_t total)
{
	atomic_store(&j->total, total);
	atomic_store(&j->done, done);
	return !job_is_cancelled(j);
}

bool
job_is_cancelled(const struct long_job *j)
{
	return atomic_load(&j->cancel) == JOB_IS_CANCELLED;
}

static bool
job_decide(struct long_job *j, enum long_job_cancel what)
{
	unsigned was = JOB_GOES_ON;

	return atomic_compare_exchange_strong(&j->cancel, &was, what) ||
	       was == what;
}

bool
job_settles(struct long_job *j)
{
	return job_decide(j, JOB_IS_SETTLED);
}

bool
job_cancel(struct long_job *j)
{
	return job_decide(j, JOB_IS_CANCELLED);
}

int
job_refuse(struct long_job *j, int error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	errno = error;
	vsnprintf(j->why, sizeof(j->why), fmt, args);
	va_end(args);
	utf8_trim(j->why);
	return -error;
}

static void
job_came_back(struct job *job)
{
	struct long_job *j = container_of(job, struct long_job, job);

	j->then(j, j->ctx, j->error);
}

static void
job_run_here(struct job *job)
{
	struct long_job *j = container_of(job, struct long_job, job);
	struct home *main_home = &j->server->loop.home;

	j->error = j->run(j, j->ctx);
	j->job.fn = job_came_back;
	main_home->post(main_home, &j->job);
}

void
job_continue(struct long_job *j, int (*run)(struct long_job *j, void *ctx),
    void (*then)(struct long_job *j, void *ctx, int error))
{
	j->run = run;
	j->then = then;
	j->job.fn = job_run_here;
	if (crew_post(&j->server->jobs, &j->job))
		return;
	if (j->why[0] == '\0')
		job_refuse(j, EAGAIN, "no thread");
	then(j, j->ctx, -EAGAIN);
}

/* ---- the beginning ---- */

static struct long_job *
job_new(struct server *s, const char *what, const char *lun, const char *text,
    const char *file)
{
	struct long_job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->text = strdup(text);
	j->file = file != NULL ? strdup(file) : NULL;
	if (j->text == NULL || (file != NULL && j->file == NULL)) {
		job_free(j);
		return NULL;
	}
	j->server = s;
	j->id = ++jobs.last_id;
	snprintf(j->what, sizeof(j->what), "%s", what);
	snprintf(j->lun, sizeof(j->lun), "%s", lun);
	utf8_trim(j->lun);
	j->started_at = time(NULL);
	TAILQ_INSERT_TAIL(&jobs.list, j, link);
	jobs.running++;
	return j;
}

void
job_begin(struct http_call *call, const char *what, const char *lun,
    const char *text, const char *file,
    int (*run)(struct long_job *j, void *ctx),
    void (*then)(struct long_job *j, void *ctx, int error), void *ctx)
{
	struct long_job *j = jobs.running < JOB_MOST
				 ? job_new(call->server, what, lun, text, file)
				 : NULL;

	if (j == NULL) {
		http_fail(
		    call, 503, "no more than %u jobs at a time", JOB_MOST);
		then(NULL, ctx, -EAGAIN);
		return;
	}
	j->ctx = ctx;
	log_info("job begins id=%u what=%s text=\"%s\"", j->id, what, text);
	http_reply(call, 200, json_pack("{s:o}", "job", job_json(j)));
	if (run != NULL)
		job_continue(j, run, then);
	else
		then(j, ctx, 0);
}

/* ---- all of them ---- */

const struct long_job *
job_find_by_file(const char *path)
{
	const struct long_job *j;

	TAILQ_FOREACH (j, &jobs.list, link) {
		if (j->state == JOB_RUNNING && j->file != NULL &&
		    strcmp(j->file, path) == 0)
			return j;
	}
	return NULL;
}

unsigned
job_count_running(void)
{
	return jobs.running;
}

void
job_cancel_all(void)
{
	struct long_job *j;

	TAILQ_FOREACH (j, &jobs.list, link)
		job_cancel(j);
}

/* ---- calls ---- */

static struct long_job *
job_find(struct http_call *call)
{
	struct long_job *j;
	char text[16];

	TAILQ_FOREACH (j, &jobs.list, link) {
		snprintf(text, sizeof(text), "%u", j->id);
		if (strcmp(text, call->argument) == 0)
			return j;
	}
	http_fail(call, 404, "there is no job %s", call->argument);
	return NULL;
}

void
job_answer_list(struct http_call *call)
{
	http_reply(call, 200, json_pack("{s:o}", "jobs", job_listing()));
}

void
job_answer_one(struct http_call *call)
{
	const struct long_job *j = job_find(call);

	if (j != NULL)
		http_reply(call, 200, json_pack("{s:o}", "job", job_json(j)));
}

void
job_answer_cancel(struct http_call *call)
{
	struct long_job *j = job_find(call);

	if (j == NULL)
		return;
	if (j->state != JOB_RUNNING)
		http_fail(call, 409, "job %u has ended", j->id);
	else if (!job_cancel(j))
		http_fail(call, 409,
		    "job %u has done its work, and cannot be cancelled any "
		    "more",
		    j->id);
	else
		http_reply(call, 200, json_pack("{s:o}", "job", job_json(j)));
}
