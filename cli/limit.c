/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/limit.c - limits and thresholds are changed while LUNs are used.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/client.h"

#define LIMIT_PATH 512

static const char *const lun_keywords[] = { "size", "limit-iops",
	"limit-bandwidth", "threshold", "pool-threshold", NULL };
static const char *const initiator_keywords[] = { "limit-iops",
	"limit-bandwidth", NULL };

/* One keyword and its value, with a burst where there is one.  How many words
 * they are; 0: not that. */
static int
limit_take(json_t *body, const char *const *keywords, int argc, char **argv)
{
	bool burst = argc > 3 && strcmp(argv[2], "burst") == 0;

	while (*keywords != NULL && strcmp(*keywords, argv[0]) != 0)
		keywords++;
	if (*keywords == NULL || argc < 2 ||
	    json_object_get(body, argv[0]) != NULL)
		return 0;
	json_object_set_new(body, argv[0],
	    json_sprintf("%s%s%s", argv[1], burst ? " burst " : "",
		burst ? argv[3] : ""));
	return burst ? 4 : 2;
}

/* NULL: misused. */
static json_t *
limit_body(const char *const *keywords, int argc, char **argv)
{
	json_t *body = json_object();
	int taken = 1;

	for (; argc > 0 && taken > 0; argc -= taken, argv += taken)
		taken = limit_take(body, keywords, argc, argv);
	if (taken > 0 && json_object_size(body) > 0)
		return body;
	json_decref(body);
	return NULL;
}

static int
limit_set(const struct cli *cli, const char *verb, const char *resource,
    const char *const *keywords, int argc, char **argv)
{
	char path[LIMIT_PATH];
	json_t *body, *o;
	int status;

	body = argc > 1 ? limit_body(keywords, argc - 1, argv + 1) : NULL;
	if (body == NULL)
		return cli_misuse(verb);
	snprintf(path, sizeof(path), "/v1/%ss/", resource);
	client_escape(path, sizeof(path), argv[0]);
	status = cli_ask(cli, "PATCH", path, body, &o);
	json_decref(body);
	return cli_tell(cli, status, o, resource, argv[0], "changed");
}

int
cli_verb_lun_set(const struct cli *cli, int argc, char **argv)
{
	return limit_set(cli, "lun set", "lun", lun_keywords, argc, argv);
}

int
cli_verb_initiator_set(const struct cli *cli, int argc, char **argv)
{
	return limit_set(
	    cli, "initiator set", "initiator", initiator_keywords, argc, argv);
}

/* ---- list ---- */

struct cli_words
cli_limit(const json_t *o, const char *name, bool bytes)
{
	uint64_t n = cli_number(o, name);
	struct cli_words w;

	if (n == 0)
		snprintf(w.text, sizeof(w.text), "none");
	else if (bytes)
		snprintf(w.text, sizeof(w.text), "%.29s/s", cli_size(n).text);
	else
		snprintf(
		    w.text, sizeof(w.text), "%llu/s", (unsigned long long)n);
	return w;
}

int
cli_verb_initiator_list(const struct cli *cli, int argc, char **argv)
{
	static const char *const heads[] = { "PATTERN", ">COMMANDS", ">BYTES" };
	const json_t *i;
	struct table *t;
	json_t *o;
	size_t n;
	int status;

	if (argc != 0)
		return cli_misuse("initiator list");
	status = cli_get(cli, "/v1/initiators", &o);
	if (status != CLI_OK || o == NULL)
		return status;
	t = table_new(3, heads);
	json_array_foreach(json_object_get(o, "initiators"), n, i)
	    table_add(t, (const char *const[]){ cli_text(i, "pattern"),
			     cli_limit(i, "limit_iops", false).text,
			     cli_limit(i, "limit_bandwidth", true).text });
	table_print(t);
	json_decref(o);
	return CLI_OK;
}
