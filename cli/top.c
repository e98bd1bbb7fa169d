/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/top.c - what goes through each LUN, and how long it takes.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define TOP_SECONDS     1
#define TOP_BUCKET_US   32 /* of the first bucket; each next has twice that */
#define TOP_BUCKETS_MAX 64

/* What happened between two looks at the daemon. */
struct top_look {
	json_t *status;
	double at; /* seconds */
};

/* Reads or writes of one LUN in that time. */
struct top_flow {
	uint64_t commands, bytes, us;
	uint64_t buckets[TOP_BUCKETS_MAX];
	size_t bucket_count;
};

struct top_cell {
	char text[40];
};

static double
top_clock(void)
{
	return (double)clock_now_us() / 1e6;
}

static const json_t *
top_find(const json_t *status, const char *name)
{
	const json_t *l;
	size_t i;

	json_array_foreach(json_object_get(status, "luns"), i, l)
	{
		if (strcmp(cli_text(l, "name"), name) == 0)
			return l;
	}
	return NULL;
}

/* ---- the difference ---- */

/* 0 when it runs again since, or was not there. */
static uint64_t
top_more(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : 0;
}

static uint64_t
top_bucket(const json_t *latency, size_t i)
{
	return (uint64_t)json_integer_value(
	    json_array_get(json_object_get(latency, "buckets"), i));
}

static struct top_flow
top_flow(const json_t *now, const json_t *before, const char *op)
{
	const json_t *n = json_object_get(json_object_get(now, "latency"), op);
	const json_t *b =
	    json_object_get(json_object_get(before, "latency"), op);
	struct top_flow f = { 0 };
	size_t i;

	if (before == NULL)
		return f;
	f.commands =
	    top_more(cli_number(n, "commands"), cli_number(b, "commands"));
	f.bytes = top_more(cli_number(n, "bytes"), cli_number(b, "bytes"));
	f.us = top_more(
	    cli_number(n, "microseconds"), cli_number(b, "microseconds"));
	f.bucket_count = json_array_size(json_object_get(n, "buckets"));
	if (f.bucket_count > TOP_BUCKETS_MAX)
		f.bucket_count = TOP_BUCKETS_MAX;
	for (i = 0; i < f.bucket_count; i++)
		f.buckets[i] = top_more(top_bucket(n, i), top_bucket(b, i));
	return f;
}

/* ---- cells ---- */

static struct top_cell
top_time(double us)
{
	struct top_cell c;

	if (us < 1000)
		snprintf(c.text, sizeof(c.text), "%.0f us", us);
	else if (us < 1e6)
		snprintf(c.text, sizeof(c.text), "%.1f ms", us / 1e3);
	else
		snprintf(c.text, sizeof(c.text), "%.1f s", us / 1e6);
	return c;
}

static struct top_cell
top_mean(const struct top_flow *f)
{
	if (f->commands == 0)
		return (struct top_cell){ "-" };
	return top_time((double)f->us / (double)f->commands);
}

/* 99 of 100 took less than that. */
static struct top_cell
top_most(const struct top_flow *f)
{
	uint64_t seen = 0, all = 0;
	struct top_cell c = { "-" };
	size_t i;

	for (i = 0; i < f->bucket_count; i++)
		all += f->buckets[i];
	if (all == 0)
		return c;
	for (i = 0; i + 1 < f->bucket_count; i++) {
		seen += f->buckets[i];
		if (seen * 100 >= all * 99)
			break;
	}
	c = top_time((double)TOP_BUCKET_US * (double)(1ull << i));
	memmove(c.text + 1, c.text, sizeof(c.text) - 1);
	c.text[0] = i + 1 < f->bucket_count ? '<' : '>';
	c.text[sizeof(c.text) - 1] = '\0';
	return c;
}

static struct top_cell
top_rate(uint64_t n, double seconds)
{
	struct top_cell c;

	snprintf(c.text, sizeof(c.text), "%.0f", (double)n / seconds);
	return c;
}

static struct top_cell
top_volume(uint64_t bytes, double seconds)
{
	struct top_cell c;

	snprintf(c.text, sizeof(c.text), "%s/s",
	    cli_size((uint64_t)((double)bytes / seconds)).text);
	return c;
}

/* ---- the screen ---- */

static void
top_add(struct table *t, const json_t *l, const json_t *before, double seconds)
{
	struct top_flow r = top_flow(l, before, "read");
	struct top_flow w = top_flow(l, before, "write");
	struct top_cell depth, errors;

	snprintf(depth.text, sizeof(depth.text), "%llu",
	    (unsigned long long)cli_number(l, "queue_depth"));
	snprintf(errors.text, sizeof(errors.text), "%llu",
	    (unsigned long long)cli_number(l, "errors"));
	table_add(t, (const char *const[]){ cli_text(l, "name"), depth.text,
			 top_rate(r.commands, seconds).text,
			 top_volume(r.bytes, seconds).text, top_mean(&r).text,
			 top_most(&r).text, top_rate(w.commands, seconds).text,
			 top_volume(w.bytes, seconds).text, top_mean(&w).text,
			 top_most(&w).text, errors.text });
}

static void
top_print(const struct top_look *now, const struct top_look *before)
{
	static const char *const heads[] = { "LUN", ">QUEUE", ">READS/S",
		">READ", ">MEAN", ">99%", ">WRITES/S", ">WRITTEN", ">MEAN",
		">99%", ">ERRORS" };
	struct table *t = table_new(11, heads);
	double seconds = before->status != NULL ? now->at - before->at : 1;
	const json_t *l;
	size_t i;

	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	printf("%u sessions\n", (unsigned)cli_number(now->status, "sessions"));
	json_array_foreach(json_object_get(now->status, "luns"), i, l) top_add(
	    t, l, top_find(before->status, cli_text(l, "name")), seconds);
	table_print(t);
	fflush(stdout);
}

static int
top_look(const struct cli *cli, struct top_look *look)
{
	look->at = top_clock();
	return cli_ask(cli, "GET", "/v1/status", NULL, &look->status);
}

/* As often as was asked for; 0: for ever. */
int
cli_verb_top(const struct cli *cli, int argc, char **argv)
{
	const struct timespec second = { .tv_sec = TOP_SECONDS };
	long left = argc == 1 ? strtol(argv[0], NULL, 10) : 0;
	struct top_look now, before = { NULL, 0 };
	int status;

	if (argc > 1 || (argc == 1 && left <= 0))
		return cli_misuse("top");
	while ((status = top_look(cli, &now)) == CLI_OK) {
		if (cli->json)
			cli_print_json(json_incref(now.status));
		else
			top_print(&now, &before);
		json_decref(before.status);
		before = now;
		if (left > 0 && --left == 0)
			break;
		nanosleep(&second, NULL);
	}
	if (status != CLI_OK)
		json_decref(now.status);
	json_decref(before.status);
	return status;
}
