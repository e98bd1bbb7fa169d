/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/job.c - long work of the daemon: waiting for it, listing, cancelling.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/client.h"

#define JOB_BAR       40 /* characters */
#define JOB_POLL_MS   20 /* at first */
#define JOB_POLL_MOST 500

/* ---- progress ---- */

static void
job_draw(const json_t *job)
{
	uint64_t done = cli_number(job, "done"), i;
	uint64_t total = cli_number(job, "total");

	if (total == 0 || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%s [", cli_text(job, "what"));
	for (i = 0; i < JOB_BAR; i++)
		fputc(i < done / (total / JOB_BAR + 1) ? '#' : ' ', stderr);
	fprintf(stderr, "] %u%% of %s ", (unsigned)(done / (total / 100 + 1)),
	    cli_size(total).text);
}

/* A bar that is drawn is overwritten by what comes. */
static void
job_wipe(const json_t *job)
{
	if (cli_number(job, "total") != 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%*s\r", JOB_BAR + 40, "");
}

static void
job_sleep(unsigned ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static bool
job_runs(const json_t *o)
{
	return strcmp(cli_text(json_object_get(o, "job"), "state"),
		   "running") == 0;
}

/* What is known of it last, or NULL after it was said why not; frees o. */
static json_t *
job_follow(const struct cli *cli, json_t *o, int *status)
{
	unsigned ms = JOB_POLL_MS;
	char path[64];

	snprintf(path, sizeof(path), "/v1/jobs/%u",
	    (unsigned)cli_number(json_object_get(o, "job"), "id"));
	while (o != NULL && job_runs(o)) {
		job_draw(json_object_get(o, "job"));
		job_sleep(ms);
		ms = ms * 2 < JOB_POLL_MOST ? ms * 2 : JOB_POLL_MOST;
		json_decref(o);
		*status = cli_ask(cli, "GET", path, NULL, &o);
	}
	return o;
}

static void
job_tell_messages(const json_t *o)
{
	const json_t *m;
	size_t i;

	json_array_foreach(json_object_get(o, "messages"), i, m)
	    fprintf(stderr, "%s\n", json_string_value(m));
}

static int
job_tell_failure(const json_t *job)
{
	job_tell_messages(job);
	cli_say("%s", cli_text(job, "error"));
	return CLI_FAILED;
}

int
cli_wait_job(const struct cli *cli, int status, json_t **o)
{
	const json_t *job;

	if (status != CLI_OK || json_object_get(*o, "job") == NULL)
		return status;
	*o = job_follow(cli, *o, &status);
	if (status != CLI_OK)
		return status;
	job = json_object_get(*o, "job");
	job_wipe(job);
	if (strcmp(cli_text(job, "state"), "done") == 0)
		return CLI_OK;
	return cli->json ? CLI_FAILED : job_tell_failure(job);
}

int
cli_tell(const struct cli *cli, int status, json_t *o, const char *thing,
    const char *name, const char *done)
{
	const json_t *job;

	status = cli_wait_job(cli, status, &o);
	if (cli->json && o != NULL) {
		cli_print_json(o);
		return status;
	}
	if (status == CLI_OK) {
		job = json_object_get(o, "job");
		job_tell_messages(job != NULL ? job : o);
		printf("%s %s %s\n", thing, name, done);
	}
	json_decref(o);
	return status;
}

/* ---- verbs ---- */

static void
jobs_progress(const json_t *job, char *out, size_t size)
{
	uint64_t done = cli_number(job, "done");
	uint64_t total = cli_number(job, "total");

	out[0] = '\0';
	if (total != 0)
		snprintf(out, size, "%u%%",
		    done == total ? 100 : (unsigned)(done / (total / 100 + 1)));
}

int
cli_verb_jobs(const struct cli *cli, int argc, char **argv)
{
	static const char *const heads[] = { ">JOB", "WHAT", "STATE",
		">PROGRESS", ">TIME", "ABOUT" };
	struct table *t;
	const json_t *job;
	char id[16], progress[16];
	uint64_t started, end;
	json_t *o;
	size_t i;
	int status;

	if (argc > 0)
		return cli_misuse("jobs");
	status = cli_get(cli, "/v1/jobs", &o);
	if (o == NULL)
		return status;
	t = table_new(6, heads);
	json_array_foreach(json_object_get(o, "jobs"), i, job)
	{
		snprintf(id, sizeof(id), "%u", (unsigned)cli_number(job, "id"));
		jobs_progress(job, progress, sizeof(progress));
		end = cli_number(job, "ended_at");
		end = end != 0 ? end : (uint64_t)time(NULL);
		started = cli_number(job, "started_at");
		table_add(
		    t, (const char *const[]){ id, cli_text(job, "what"),
			   cli_text(job, "state"), progress,
			   cli_duration(end > started ? end - started : 0).text,
			   cli_text(job, json_object_get(job, "error") != NULL
					     ? "error"
					     : "text") });
	}
	table_print(t);
	json_decref(o);
	return CLI_OK;
}

int
cli_verb_job_cancel(const struct cli *cli, int argc, char **argv)
{
	char path[64] = "/v1/jobs/";
	json_t *o;
	int status;

	if (argc != 1)
		return cli_misuse("job cancel");
	client_escape(path, sizeof(path), argv[0]);
	status = cli_ask(cli, "DELETE", path, NULL, &o);
	if (cli->json && o != NULL) {
		cli_print_json(o);
		return status;
	}
	if (status == CLI_OK)
		printf("job %s is asked to stop\n", argv[0]);
	json_decref(o);
	return status;
}
