/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/cli.h - what the verbs of the admin's command share.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NOT_RUNNING = 3,
	CLI_INVALID = 4, /* the configuration */
};

struct cli {
	const char *socket; /* of the daemon */
	const char *config; /* -c; NULL: not given */
	bool json;          /* print what the daemon says as it is */
};

struct verb {
	const char *name; /* "session drop" */
	const char *usage;
	const char *summary;
	/* argv: what stands behind the verb.  Return the exit status. */
	int (*run)(const struct cli *cli, int argc, char **argv);
};

extern const struct verb verbs[]; /* ends with a name of NULL */

/* show.c */
int cli_verb_status(const struct cli *cli, int argc, char **argv);
int cli_verb_sessions(const struct cli *cli, int argc, char **argv);
int cli_verb_luns(const struct cli *cli, int argc, char **argv);
int cli_verb_show(const struct cli *cli, int argc, char **argv);
int cli_verb_target_list(const struct cli *cli, int argc, char **argv);
/* top.c */
int cli_verb_top(const struct cli *cli, int argc, char **argv);
/* lun.c */
int cli_verb_lun_create(const struct cli *cli, int argc, char **argv);
int cli_verb_lun_grow(const struct cli *cli, int argc, char **argv);
int cli_verb_lun_delete(const struct cli *cli, int argc, char **argv);
int cli_verb_lun_snapshot(const struct cli *cli, int argc, char **argv);
int cli_verb_lun_clone(const struct cli *cli, int argc, char **argv);
/* limit.c */
int cli_verb_lun_set(const struct cli *cli, int argc, char **argv);
int cli_verb_initiator_set(const struct cli *cli, int argc, char **argv);
int cli_verb_initiator_list(const struct cli *cli, int argc, char **argv);
/* adopt.c */
int cli_verb_lun_adopt(const struct cli *cli, int argc, char **argv);
int cli_verb_lun_convert(const struct cli *cli, int argc, char **argv);
int cli_verb_lun_export_image(const struct cli *cli, int argc, char **argv);
/* job.c */
int cli_verb_jobs(const struct cli *cli, int argc, char **argv);
int cli_verb_job_cancel(const struct cli *cli, int argc, char **argv);
/* target.c */
int cli_verb_target_create(const struct cli *cli, int argc, char **argv);
int cli_verb_target_delete(const struct cli *cli, int argc, char **argv);
int cli_verb_target_add(const struct cli *cli, int argc, char **argv);
int cli_verb_target_remove(const struct cli *cli, int argc, char **argv);
/* change.c */
int cli_verb_check(const struct cli *cli, int argc, char **argv);
int cli_verb_diff(const struct cli *cli, int argc, char **argv);
int cli_verb_reload(const struct cli *cli, int argc, char **argv);
int cli_verb_session_record(const struct cli *cli, int argc, char **argv);
int cli_verb_rollback(const struct cli *cli, int argc, char **argv);
int cli_verb_session_drop(const struct cli *cli, int argc, char **argv);
/* fault.c */
int cli_verb_fault_add(const struct cli *cli, int argc, char **argv);
int cli_verb_fault_list(const struct cli *cli, int argc, char **argv);
int cli_verb_fault_remove(const struct cli *cli, int argc, char **argv);
/* why.c, export.c, import.c, explain.c, events.c */
int cli_verb_why(const struct cli *cli, int argc, char **argv);
int cli_verb_export(const struct cli *cli, int argc, char **argv);
int cli_verb_import(const struct cli *cli, int argc, char **argv);
int cli_verb_explain(const struct cli *cli, int argc, char **argv);
int cli_verb_events(const struct cli *cli, int argc, char **argv);

/* Say what is wrong on standard error. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The arguments are wrong: say how the verb is used.  CLI_USAGE. */
int cli_misuse(const char *verb);

/*
 * Ask the daemon.  CLI_OK and *body; else what went wrong was said, and *body
 * is NULL, or the refusal when the daemon gave reasons.
 */
int cli_ask(const struct cli *cli, const char *method, const char *path,
    const json_t *send, json_t **body);
/* GET bytes that are not JSON, and put them in a file ("-": standard output)
 * that is made anew.  The exit status, what went wrong was said. */
int cli_save(const struct cli *cli, const char *path, const char *file);
/* The same as a GET; with --json it is printed and *body is NULL. */
int cli_get(const struct cli *cli, const char *path, json_t **body);
/* When the answer *o is a job: wait for its end, with a bar on a terminal; *o
 * is its last state then.  Its exit status, else status as it was. */
int cli_wait_job(const struct cli *cli, int status, json_t **o);
/* The end of a change of that thing ("lun NAME DONE"): waits for its job, and
 * prints the daemon's messages.  o is freed.  Its exit status. */
int cli_tell(const struct cli *cli, int status, json_t *o, const char *thing,
    const char *name, const char *done);
/* The path of the configuration: as given, else that of the daemon, else the
 * usual one.  To be freed; NULL: out of memory. */
char *cli_find_config(const struct cli *cli);
/* Print and free. */
void cli_print_json(json_t *o);
/* Say why the daemon cannot be reached. */
int cli_unreachable(const struct cli *cli, int error);

/* Members that may be missing. */
const char *cli_text(const json_t *o, const char *name); /* "" */
uint64_t cli_number(const json_t *o, const char *name);  /* 0 */
bool cli_flag(const json_t *o, const char *name);        /* false */

/* "20 GiB", "1.5 MiB"; "3 d 4 h" */
struct cli_words {
	char text[32];
};
struct cli_words cli_size(uint64_t bytes);
struct cli_words cli_duration(uint64_t seconds);
/* A limit of that name, of bytes or commands: "20 MiB/s", "none" */
struct cli_words cli_limit(const json_t *o, const char *name, bool bytes);

/* Rows of columns, aligned when printed. */
struct table;
/* The heads of the columns; a '>' in front aligns it to the right. */
struct table *table_new(unsigned columns, const char *const *heads);
void table_add(struct table *t, const char *const *cells);
/* Print and free. */
void table_print(struct table *t);

#endif
