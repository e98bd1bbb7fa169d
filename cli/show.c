/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/show.c - looking: status, sessions, luns, show.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
show_yes(bool b)
{
	return b ? "yes" : "no";
}

/* ---- tables ---- */

static void
show_sessions(const json_t *sessions)
{
	static const char *const heads[] = { ">TSIH", "INITIATOR", "ADDRESS",
		"TARGET", "PORTAL", ">TASKS" };
	struct table *t = table_new(6, heads);
	char tsih[16], tasks[16];
	const json_t *s;
	size_t i;

	json_array_foreach(sessions, i, s)
	{
		snprintf(
		    tsih, sizeof(tsih), "%u", (unsigned)cli_number(s, "tsih"));
		snprintf(tasks, sizeof(tasks), "%u",
		    (unsigned)cli_number(s, "tasks"));
		table_add(
		    t, (const char *const[]){ tsih, cli_text(s, "initiator"),
			   cli_text(s, "address"),
			   cli_flag(s, "discovery") ? "(discovery)"
						    : cli_text(s, "target"),
			   cli_text(s, "portal"), tasks });
	}
	table_print(t);
}

/* Where it is, and of what it is a snapshot or clone. */
static void
show_path(const json_t *lun, char *out, size_t size)
{
	const char *origin = cli_text(lun, "origin");

	snprintf(out, size, "%s%s%s%s", cli_text(lun, "path"),
	    origin[0] != '\0' ? " (of " : "", origin,
	    origin[0] != '\0' ? ")" : "");
}

static void
show_luns(const json_t *luns)
{
	static const char *const heads[] = { "NAME", "STORE", ">SIZE",
		">ALLOCATED", ">MAPS", ">READ", ">WRITTEN", ">ERRORS", "PATH" };
	struct table *t = table_new(9, heads);
	char maps[16], errors[24], path[512];
	const json_t *l;
	size_t i;

	json_array_foreach(luns, i, l)
	{
		show_path(l, path, sizeof(path));
		snprintf(maps, sizeof(maps), "%zu",
		    json_array_size(json_object_get(l, "maps")));
		snprintf(errors, sizeof(errors), "%llu",
		    (unsigned long long)cli_number(l, "errors"));
		table_add(
		    t, (const char *const[]){ cli_text(l, "name"),
			   cli_text(l, "store"),
			   cli_size(cli_number(l, "size")).text,
			   cli_size(cli_number(l, "allocated")).text, maps,
			   cli_size(cli_number(l, "read_bytes")).text,
			   cli_size(cli_number(l, "write_bytes")).text, errors,
			   path });
	}
	table_print(t);
}

static void
show_targets(const json_t *targets)
{
	static const char *const heads[] = { "TARGET", ">LUNS", ">SESSIONS",
		"AUTH-GROUP", "PORTAL-GROUPS" };
	struct table *t = table_new(5, heads);
	char luns[16], sessions[16], groups[256];
	const json_t *o, *g;
	size_t i, k;

	json_array_foreach(targets, i, o)
	{
		snprintf(luns, sizeof(luns), "%zu",
		    json_array_size(json_object_get(o, "luns")));
		snprintf(sessions, sizeof(sessions), "%u",
		    (unsigned)cli_number(o, "sessions"));
		groups[0] = '\0';
		json_array_foreach(json_object_get(o, "portal_groups"), k, g)
		    snprintf(groups + strlen(groups),
			sizeof(groups) - strlen(groups), "%s%s",
			k > 0 ? " " : "", cli_text(g, "name"));
		table_add(t, (const char *const[]){ cli_text(o, "name"), luns,
				 sessions, cli_text(o, "auth_group"), groups });
	}
	table_print(t);
}

/* ---- status ---- */

static void
show_worker_faults(const json_t *status)
{
	const json_t *w;
	size_t i;

	json_array_foreach(json_object_get(status, "workers"), i, w)
	{
		if (!cli_flag(w, "answered"))
			printf("FAULT: worker %zu does not answer\n", i);
	}
}

static void
show_space_faults(const json_t *lun)
{
	const char *name = cli_text(lun, "name");

	if (cli_flag(lun, "reserve_short"))
		printf("FAULT: the reserve of lun %s is not all there\n", name);
	if (cli_flag(lun, "space_low"))
		printf("WARNING: lun %s uses more space than its threshold\n",
		    name);
	if (cli_flag(lun, "pool_space_low"))
		printf("WARNING: lun %s is on a file system or pool with only "
		       "%s left\n",
		    name, cli_size(cli_number(lun, "pool_available")).text);
}

static void
show_sharing_faults(const json_t *lun)
{
	const json_t *c = json_object_get(lun, "sharing_conflict");

	if (c != NULL)
		printf("WARNING: lun %s is written by %s, and %s %s\n",
		    cli_text(lun, "name"), cli_text(c, "held_by"),
		    cli_text(c, "initiator"),
		    cli_flag(c, "refused") ? "is refused to" : "writes, too");
}

static void
show_faults_on_purpose(const json_t *status)
{
	size_t n = json_array_size(json_object_get(status, "faults"));

	if (n > 0)
		printf("FAULT: %zu faults ON PURPOSE are in force (tisane "
		       "fault list)\n",
		    n);
	else if (cli_flag(status, "fault_injection"))
		printf("FAULT: faults on purpose are allowed here\n");
}

static void
show_faults(const json_t *status)
{
	const json_t *c = json_object_get(status, "configuration"), *l;
	size_t i;

	if (cli_flag(c, "last_reload_failed"))
		printf("FAULT: the last reload failed, an older configuration "
		       "is in force (tisane check)\n");
	show_worker_faults(status);
	show_faults_on_purpose(status);
	json_array_foreach(json_object_get(status, "luns"), i, l)
	{
		if (cli_text(l, "fault")[0] != '\0')
			printf("FAULT: lun %s: %s\n", cli_text(l, "name"),
			    cli_text(l, "fault"));
		if (cli_flag(l, "flush_failed"))
			printf("FAULT: lun %s lost a write; flushes fail until "
			       "it is opened again\n",
			    cli_text(l, "name"));
		show_space_faults(l);
		show_sharing_faults(l);
	}
}

static void
show_running_jobs(const json_t *jobs)
{
	const json_t *j;
	size_t i;

	json_array_foreach(jobs, i, j)
	{
		if (strcmp(cli_text(j, "state"), "running") == 0)
			printf("job %u: %s %s, %s of %s\n",
			    (unsigned)cli_number(j, "id"), cli_text(j, "what"),
			    cli_text(j, "text"),
			    cli_size(cli_number(j, "done")).text,
			    cli_size(cli_number(j, "total")).text);
	}
}

static void
show_space(const json_t *luns)
{
	uint64_t size = 0, allocated = 0;
	const json_t *l;
	size_t i;

	json_array_foreach(luns, i, l)
	{
		size += cli_number(l, "size");
		allocated += cli_number(l, "allocated");
	}
	printf("%zu LUNs of %s, %s allocated\n", json_array_size(luns),
	    cli_size(size).text, cli_size(allocated).text);
}

int
cli_verb_status(const struct cli *cli, int argc, char **argv)
{
	const json_t *logins;
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("status");
	status = cli_get(cli, "/v1/status", &o);
	if (o == NULL)
		return status;
	logins = json_object_get(o, "logins");
	printf("tisaned %s, pid %u, up %s, %s\n", cli_text(o, "version"),
	    (unsigned)cli_number(o, "pid"),
	    cli_duration(cli_number(o, "uptime_seconds")).text,
	    cli_text(json_object_get(o, "configuration"), "file"));
	printf("%u sessions, %u connections, %llu logins, %llu refused\n",
	    (unsigned)cli_number(o, "sessions"),
	    (unsigned)cli_number(o, "connections"),
	    (unsigned long long)cli_number(logins, "good"),
	    (unsigned long long)cli_number(logins, "refused"));
	show_space(json_object_get(o, "luns"));
	show_running_jobs(json_object_get(o, "jobs"));
	show_faults(o);
	putchar('\n');
	show_targets(json_object_get(o, "targets"));
	putchar('\n');
	show_luns(json_object_get(o, "luns"));
	json_decref(o);
	return CLI_OK;
}

int
cli_verb_sessions(const struct cli *cli, int argc, char **argv)
{
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("sessions");
	status = cli_get(cli, "/v1/sessions", &o);
	if (o == NULL)
		return status;
	show_sessions(json_object_get(o, "sessions"));
	json_decref(o);
	return CLI_OK;
}

int
cli_verb_luns(const struct cli *cli, int argc, char **argv)
{
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("luns");
	status = cli_get(cli, "/v1/luns", &o);
	if (o == NULL)
		return status;
	show_luns(json_object_get(o, "luns"));
	json_decref(o);
	return CLI_OK;
}

int
cli_verb_target_list(const struct cli *cli, int argc, char **argv)
{
	json_t *o;
	int status;

	if (argc > 0)
		return cli_misuse("target list");
	status = cli_get(cli, "/v1/targets", &o);
	if (o == NULL)
		return status;
	show_targets(json_object_get(o, "targets"));
	json_decref(o);
	return CLI_OK;
}

/* ---- show ---- */

static json_t *
show_find(const json_t *list, const char *name)
{
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		if (strcmp(cli_text(o, "name"), name) == 0)
			return json_incref(o);
	}
	return NULL;
}

static void
show_place(const json_t *o)
{
	const json_t *place = json_object_get(o, "place");

	if (json_is_object(place))
		printf("  %-14s %s:%u\n", "configured at",
		    cli_text(place, "file"),
		    (unsigned)cli_number(place, "line"));
}

static void
show_names(const json_t *o)
{
	const json_t *names = json_object_get(o, "initiator_names"), *n;
	size_t i;

	json_array_foreach(names, i, n)
	    printf("%s%s", i == 0 ? "  only " : " ", json_string_value(n));
	puts(cli_flag(o, "read_only") ? "  read-only" : "");
}

static void
show_pool(const json_t *o)
{
	if (cli_number(o, "pool_size") == 0)
		return;
	printf("  %-14s %s, %s available%s\n", "pool",
	    cli_size(cli_number(o, "pool_size")).text,
	    cli_size(cli_number(o, "pool_available")).text,
	    cli_flag(o, "pool_space_low") ? ", LOW" : "");
}

static void
show_reserve(const json_t *o)
{
	if (cli_number(o, "reserve") == 0)
		return;
	printf("  %-14s %s, %s set aside%s\n", "reserve",
	    cli_size(cli_number(o, "reserve")).text,
	    cli_size(cli_number(o, "reserve_kept")).text,
	    cli_flag(o, "reserve_short") ? ", SHORT" : "");
}

static void
show_threshold(const json_t *o, const char *words, const char *name)
{
	unsigned percent = (unsigned)cli_number(o, name);

	if (percent != 0)
		printf("  %-14s %u%%\n", words, percent);
}

static void
show_limits(const json_t *o)
{
	show_threshold(o, "threshold", "threshold");
	show_threshold(o, "pool-threshold", "pool_threshold");
	printf("  %-14s %s, %s; %llu commands had to wait\n", "limits",
	    cli_limit(o, "limit_iops", false).text,
	    cli_limit(o, "limit_bandwidth", true).text,
	    (unsigned long long)cli_number(o, "delayed_commands"));
}

static void
show_lun(const json_t *o)
{
	const json_t *m;
	size_t i;

	printf("lun %s\n", cli_text(o, "name"));
	printf("  %-14s %s %s\n", "store", cli_text(o, "store"),
	    cli_text(o, "path"));
	printf("  %-14s %s, %s allocated%s\n", "size",
	    cli_size(cli_number(o, "size")).text,
	    cli_size(cli_number(o, "allocated")).text,
	    cli_flag(o, "space_low") ? ", LOW" : "");
	show_pool(o);
	show_reserve(o);
	show_limits(o);
	printf("  %-14s %u\n", "block-size",
	    (unsigned)cli_number(o, "block_size"));
	printf("  %-14s %s\n", "read-only", show_yes(cli_flag(o, "read_only")));
	printf("  %-14s %s\n", "uuid", cli_text(o, "uuid"));
	printf("  %-14s %s\n", "naa", cli_text(o, "naa"));
	printf("  %-14s %s\n", "serial", cli_text(o, "serial"));
	printf("  %-14s %llu, %s\n", "reads",
	    (unsigned long long)cli_number(o, "reads"),
	    cli_size(cli_number(o, "read_bytes")).text);
	printf("  %-14s %llu, %s\n", "writes",
	    (unsigned long long)cli_number(o, "writes"),
	    cli_size(cli_number(o, "write_bytes")).text);
	printf("  %-14s %llu\n", "errors",
	    (unsigned long long)cli_number(o, "errors"));
	json_array_foreach(json_object_get(o, "maps"), i, m)
	{
		printf("  %-14s LUN %u of %s", i == 0 ? "offered as" : "",
		    (unsigned)cli_number(m, "number"), cli_text(m, "target"));
		show_names(m);
	}
	show_place(o);
}

static void
show_portals(const json_t *group)
{
	const json_t *p;
	size_t i;

	json_array_foreach(json_object_get(group, "portals"), i, p)
	{
		printf("  %-14s %s", i == 0 ? "portal-group" : "",
		    cli_text(group, "name"));
		printf(" %s", cli_text(p, "listen"));
		if (cli_text(p, "advertise")[0] != '\0')
			printf(" as %s", cli_text(p, "advertise"));
		printf(", auth-group %s, %s\n", cli_text(group, "auth_group"),
		    cli_text(group, "state"));
	}
}

static void
show_target(const json_t *o)
{
	const json_t *part;
	size_t i;

	printf("target %s\n", cli_text(o, "name"));
	printf("  %-14s %s\n", "alias", cli_text(o, "alias"));
	printf("  %-14s %u\n", "sessions", (unsigned)cli_number(o, "sessions"));
	json_array_foreach(json_object_get(o, "portal_groups"), i, part)
	    show_portals(part);
	json_array_foreach(json_object_get(o, "luns"), i, part)
	{
		printf("  LUN %-10u %s", (unsigned)cli_number(part, "number"),
		    cli_text(part, "name"));
		show_names(part);
	}
	show_place(o);
}

int
cli_verb_show(const struct cli *cli, int argc, char **argv)
{
	json_t *o, *lun, *target;
	int status;

	if (argc != 1)
		return cli_misuse("show");
	status = cli_ask(cli, "GET", "/v1/status", NULL, &o);
	if (status != CLI_OK) {
		json_decref(o);
		return status;
	}
	lun = show_find(json_object_get(o, "luns"), argv[0]);
	target = show_find(json_object_get(o, "targets"), argv[0]);
	json_decref(o);
	if (lun == NULL && target == NULL) {
		cli_say("there is no lun and no target %s", argv[0]);
		return CLI_FAILED;
	}
	if (cli->json) {
		cli_print_json(json_incref(lun != NULL ? lun : target));
	} else {
		if (lun != NULL)
			show_lun(lun);
		if (target != NULL)
			show_target(target);
	}
	json_decref(lun);
	json_decref(target);
	return CLI_OK;
}
