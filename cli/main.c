/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/main.c - options and verbs of tisane.
 */
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/version.h"

/* clang-format off */
const struct verb verbs[] = {
	{ "status", "", "all on one screen", cli_verb_status },
	{ "sessions", "", "who is logged in", cli_verb_sessions },
	{ "luns", "", "size, space and traffic of each LUN", cli_verb_luns },
	{ "show", "NAME", "all about a LUN or a target", cli_verb_show },
	{ "top", "[COUNT]", "traffic and latency of each LUN, every second",
	  cli_verb_top },
	{ "why", "IQN [from ADDRESS] [as USER] [to TARGET]",
	  "what becomes of a login, and by which line", cli_verb_why },
	{ "events", "", "follow the log", cli_verb_events },
	{ "explain", "K/ASC/ASCQ | [status] CODE | [login] CODE | reject CODE",
	  "a code in words", cli_verb_explain },
	{ "export", "{libvirt|qemu|iscsiadm|multipath|proxmox} LUN [to TARGET]",
	  "what to paste there", cli_verb_export },
	{ "import", "{tgt|lio|ctl|scst} FILE",
	  "another target's configuration as ours", cli_verb_import },
	{ "check", "[FILE]", "is the configuration valid?", cli_verb_check },
	{ "diff", "", "what would a reload change?", cli_verb_diff },
	{ "reload", "", "put the file in force", cli_verb_reload },
	{ "rollback", "", "back to the last good configuration",
	  cli_verb_rollback },
	{ "lun create",
	  "NAME {file PATH|block PATH|lv GROUP/VOLUME|nbd URI|rbd POOL/IMAGE[@SNAPSHOT]|tcmu HANDLER/CONFIG|ram|null} "
	  "[size SIZE]\n        [allocation HOW] [reserve SIZE] [owner USER] "
	  "[group GROUP] [mode OCTAL]\n        [cache HOW] [block-size BYTES] "
	  "[read-only yes] [thin-pool POOL] [stripes N] [conf PATH] [user NAME] "
	  "[namespace NAME]\n        "
	  "[target IQN [number N]]",
	  "write it into the file and serve it", cli_verb_lun_create },
	{ "lun grow", "NAME SIZE", "while it is used", cli_verb_lun_grow },
	{ "lun set",
	  "NAME {limit-iops|limit-bandwidth} {RATE [burst N]|none}\n"
	  "        {threshold|pool-threshold} {PERCENT|none} [size SIZE] ...",
	  "limits and thresholds, while it is used", cli_verb_lun_set },
	{ "lun delete", "NAME [force] [data]",
	  "take it out of the file; with data, they go too",
	  cli_verb_lun_delete },
	{ "lun snapshot",
	  "LUN NAME [file PATH] [size SIZE] [target IQN [number N]] [copy]",
	  "a read-only LUN that is LUN as it is now", cli_verb_lun_snapshot },
	{ "lun clone",
	  "LUN NAME [file PATH] [size SIZE] [target IQN [number N]] [copy]",
	  "a writable LUN that begins as LUN is now", cli_verb_lun_clone },
	{ "lun convert", "LUN {full|sparse}",
	  "all blocks reserved or not, while it is used",
	  cli_verb_lun_convert },
	{ "lun adopt", "LUN {keep|new}",
	  "decide what a copied file is, and reload", cli_verb_lun_adopt },
	{ "lun export-image", "LUN FILE", "what it has now, into a file",
	  cli_verb_lun_export_image },
	{ "jobs", "", "long work: how far it is, how it ended",
	  cli_verb_jobs },
	{ "job cancel", "JOB", "stop and undo it", cli_verb_job_cancel },
	{ "fault add",
	  "LUN {reads|writes|any|0xNN}\n        {delay=MS|error=K/ASC/ASCQ|busy|"
	  "drop|digest|cut} [lba N blocks N] [count N]",
	  "have commands go wrong, in labs", cli_verb_fault_add },
	{ "fault list", "", "what goes wrong on purpose", cli_verb_fault_list },
	{ "fault remove", "ID", "end one", cli_verb_fault_remove },
	{ "session record", "TSIH FILE", "the headers of its last PDUs, as pcapng",
	  cli_verb_session_record },
	{ "target list", "", "where they are, and for whom",
	  cli_verb_target_list },
	{ "target create",
	  "IQN auth-group NAME [portal-group NAME] [alias TEXT]",
	  "write it into the file and serve it", cli_verb_target_create },
	{ "target delete", "IQN [force]", "its LUNs stay",
	  cli_verb_target_delete },
	{ "target add", "IQN LUN [number N]", "offer the LUN there",
	  cli_verb_target_add },
	{ "target remove", "IQN LUN [force]", "offer it there no longer",
	  cli_verb_target_remove },
	{ "initiator list", "", "limits of initiators",
	  cli_verb_initiator_list },
	{ "initiator set",
	  "PATTERN {limit-iops|limit-bandwidth} {RATE [burst N]|none} ...",
	  "limits of those with such a name", cli_verb_initiator_set },
	{ "session drop", "TSIH", "close its connections",
	  cli_verb_session_drop },
	{ NULL, NULL, NULL, NULL },
};

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "config", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};
/* clang-format on */

static void
print_usage(FILE *f)
{
	const struct verb *v;

	fputs("usage: tisane [-s SOCKET] [-c FILE] [-j] VERB ...\n", f);
	for (v = verbs; v->name != NULL; v++)
		fprintf(
		    f, "  %s %s\n        %s\n", v->name, v->usage, v->summary);
	fputs("  -j, --json    as JSON\n"
	      "  -s, --socket  of the daemon; else $TISANE_SOCKET, "
	      "else " TISANE_CONTROL "\n"
	      "  -c, --config  the file to check\n"
	      "More in tisane(8).\n",
	    f);
}

int
cli_misuse(const char *verb)
{
	const struct verb *v;

	for (v = verbs; v->name != NULL; v++) {
		if (strcmp(v->name, verb) == 0)
			fprintf(
			    stderr, "usage: tisane %s %s\n", verb, v->usage);
	}
	return CLI_USAGE;
}

/* How many of the words are the verb's; 0: it is not that. */
static int
verb_matches(const struct verb *v, int argc, char **argv)
{
	const char *second = strchr(v->name, ' ');
	size_t first =
	    second != NULL ? (size_t)(second - v->name) : strlen(v->name);

	if (argc < 1 || strlen(argv[0]) != first ||
	    strncmp(argv[0], v->name, first) != 0)
		return 0;
	if (second == NULL)
		return 1;
	return argc > 1 && strcmp(argv[1], second + 1) == 0 ? 2 : 0;
}

static int
run_verb(const struct cli *cli, int argc, char **argv)
{
	const struct verb *v;
	int words;

	for (v = verbs; v->name != NULL; v++) {
		words = verb_matches(v, argc, argv);
		if (words > 0)
			return v->run(cli, argc - words, argv + words);
	}
	if (argc > 0)
		cli_say("there is no verb \"%s\"", argv[0]);
	print_usage(stderr);
	return CLI_USAGE;
}

/* -1: go on; else exit with it. */
static int
take_option(struct cli *cli, int option)
{
	switch (option) {
	case 's':
		cli->socket = optarg;
		return -1;
	case 'c':
		cli->config = optarg;
		return -1;
	case 'j':
		cli->json = true;
		return -1;
	case 'V':
		puts("tisane " TISANE_VERSION);
		return CLI_OK;
	case 'h':
		print_usage(stdout);
		return CLI_OK;
	default:
		print_usage(stderr);
		return CLI_USAGE;
	}
}

int
main(int argc, char **argv)
{
	struct cli cli = { .socket = getenv("TISANE_SOCKET") };
	int option, status;

	if (cli.socket == NULL)
		cli.socket = TISANE_CONTROL;
	while ((option = getopt_long(
		    argc, argv, "s:c:jhV", long_options, NULL)) != -1) {
		status = take_option(&cli, option);
		if (status >= 0)
			return status;
	}
	return run_verb(&cli, argc - optind, argv + optind);
}
