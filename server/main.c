/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/main.c - options and modes of tisaned.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/log.h"
#include "common/version.h"
#include "server/demo.h"
#include "server/helper.h"
#include "server/loghub.h"
#include "server/notify.h"
#include "server/sandbox.h"
#include "server/server.h"

/* Of what is optional at build time. */
static const char built_with[] = ""
#ifdef HAVE_NBD
				 " nbd"
#endif
#ifdef HAVE_RBD
				 " rbd"
#endif
#ifdef HAVE_SECCOMP
				 " seccomp"
#endif
#ifdef HAVE_URING
				 " io_uring"
#endif
    ;
#define TISANE_DEMO_ADDRESS "127.0.0.1:3260"

#if defined(__SANITIZE_ADDRESS__)
#define WATCHED_BY_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED_BY_SANITIZER
#endif
#endif

enum exit_status {
	EXIT_OK = 0,
	EXIT_RUN_TIME = 1,
	EXIT_USAGE = 2,
	EXIT_CONFIG = 4,
};

struct options {
	const char *config; /* -c */
	bool check;         /* -t */
	const char *demo;   /* --demo */
	const char *listen; /* --listen */
	const char *user;   /* -u */
};

enum { OPTION_DEMO = 256, OPTION_LISTEN };

static const struct option long_options[] = {
	{ "demo", required_argument, NULL, OPTION_DEMO },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char usage_text[] =
    "usage: tisaned [-c FILE] [-u USER]           serve\n"
    "       tisaned -t [-c FILE]                  check the configuration\n"
    "       tisaned --demo DIR [--listen ADDRESS:PORT]\n"
    "                                             serve one disk to try\n"
    "       tisaned -V | -h\n"
    "FILE is " TISANE_CONFIG " unless given.\n";

static int
usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

/* ---- the process ---- */

static void
process_raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Secrets stay out of core dumps and debuggers; but the leak checker is one. */
static void
process_hide(void)
{
#ifndef WATCHED_BY_SANITIZER
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static void
process_block_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* EFBIG of the write is told */
	/* What others take as "open the log again" must not end service. */
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void
process_init(void)
{
	umask(0077);
	process_hide();
	process_raise_descriptors();
	process_block_signals();
	loghub_init();
	notify_init();
	listener_inherit();
}

/* ---- modes ---- */

static void
print_report(const struct config_report *report)
{
	char *text;
	unsigned i;

	for (i = 0; i < report->count; i++) {
		text = config_message_format(&report->messages[i]);
		if (text == NULL)
			continue;
		fputs(text, stderr);
		if (text[0] != '\0' && text[strlen(text) - 1] != '\n')
			fputc('\n', stderr);
		free(text);
	}
}

static struct config *
load_and_print(const struct config_source *source)
{
	struct config_report report = { 0 };
	struct config *config = config_source_load(source, &report);

	print_report(&report);
	if (config == NULL)
		fprintf(stderr, "tisaned: %s: %u error%s\n", source->name,
		    report.errors, report.errors == 1 ? "" : "s");
	config_report_free(&report);
	return config;
}

static int
check(const struct config_source *source)
{
	struct config *config = load_and_print(source);

	if (config == NULL)
		return EXIT_CONFIG;
	config_free(config);
	printf("%s: ok\n", source->name);
	return EXIT_OK;
}

/*
 * Give up what only a start needs.  The helper is made before, and by root it
 * is root's.  0, or the exit status after a log line.
 */
static int
settle(const struct config_source *source, const struct config *config,
    const char *user)
{
	char why[512] = "";
	int error = 0;

	if (user == NULL)
		user = config->user;
	if ((config->sandbox && sandbox_is_possible()) || user != NULL)
		error = helper_start(source);
	if (error != 0) {
		log_error("no helper error=\"%s\"", strerror(-error));
		return EXIT_RUN_TIME;
	}
	if (sandbox_become(user, config, why, sizeof(why)) != 0) {
		log_error("%s", why);
		return EXIT_RUN_TIME;
	}
	process_hide();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return EXIT_OK;
}

/* demo: NULL, or what to tell once it serves. */
static int
serve(const struct config_source *source, const struct demo *demo,
    const char *user)
{
	static struct server server; /* threads may outlive this function */
	struct config *config;
	int status;

	process_init();
	config = load_and_print(source);
	if (config == NULL)
		return EXIT_CONFIG;
	status = settle(source, config, user);
	if (status != EXIT_OK) {
		config_free(config);
		loghub_stop();
		return status;
	}
	status = server_start(&server, source, config);
	if (status != 0) {
		loghub_stop();
		return status;
	}
	if (demo != NULL)
		demo_print(demo);
	return server_run(&server);
}

static int
serve_demo(const struct options *o)
{
	struct demo demo;
	struct config_source source = { .name = "demo" };
	char why[512] = "";
	int status;

	status = demo_make(&demo, o->demo,
	    o->listen != NULL ? o->listen : TISANE_DEMO_ADDRESS, why,
	    sizeof(why));
	if (status != 0) {
		fprintf(stderr, "tisaned: %s\n", why);
		return status == -EINVAL ? EXIT_USAGE : EXIT_RUN_TIME;
	}
	source.text = demo.text;
	status = serve(&source, &demo, o->user);
	demo_free(&demo);
	return status;
}

/* ---- options ---- */

/* -1: go on; else exit with it. */
static int
take_option(struct options *o, int option)
{
	switch (option) {
	case 'c':
		o->config = optarg;
		return -1;
	case 't':
		o->check = true;
		return -1;
	case 'u':
		o->user = optarg;
		return -1;
	case OPTION_DEMO:
		o->demo = optarg;
		return -1;
	case OPTION_LISTEN:
		o->listen = optarg;
		return -1;
	case 'V':
		printf("tisaned %s, with%s\n", TISANE_VERSION,
		    built_with[0] != '\0' ? built_with : " nothing optional");
		return EXIT_OK;
	case 'h':
		fputs(usage_text, stdout);
		return EXIT_OK;
	default:
		return usage();
	}
}

static int
take_options(struct options *o, int argc, char **argv)
{
	int option, status;

	while ((option = getopt_long(
		    argc, argv, "c:thu:V", long_options, NULL)) != -1) {
		status = take_option(o, option);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return usage();
	if (o->demo != NULL && (o->config != NULL || o->check))
		return usage();
	if (o->listen != NULL && o->demo == NULL)
		return usage();
	return -1;
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct config_source source;
	int status = take_options(&o, argc, argv);

	if (status >= 0)
		return status;
	if (o.demo != NULL)
		return serve_demo(&o);
	source = (struct config_source){
		.name = o.config != NULL ? o.config : TISANE_CONFIG,
	};
	return o.check ? check(&source) : serve(&source, NULL, o.user);
}
