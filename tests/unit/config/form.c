/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/form.c - statements that are not well formed.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/config/support.h"

struct form_case {
	const char *text, *messages;
};

/* clang-format off */
static const struct form_case keywords_cases[] = {
	{ "lunn x { ram }\n", "1:1 unknown keyword \"lunn\" (lun)\n" },
	{ "a\nb\n", "1:1 unknown keyword \"a\"\n"
		    "2:1 unknown keyword \"b\"\n" },
	{ "size 1G\n",
	  "1:1 \"size\" stands in a \"lun\" block, not by itself\n" },
	{ "lun a { ram; size 1G; listen 1.2.3.4 }\n",
	  "1:23 \"listen\" stands in a \"portal-group\" block, "
	  "not in \"lun\"\n" },
	{ "lun a { ram; size 1G; blocksize 512 }\n",
	  "1:23 unknown keyword \"blocksize\" (block-size)\n" },
	{ "\"\"\n", "1:1 unknown keyword \"\"\n" },
};

static const struct form_case arguments_cases[] = {
	{ "workers\n", "1:1 too few arguments: workers NUMBER\n" },
	{ "workers 1 2\n", "1:11 too many arguments: workers NUMBER\n" },
	{ "lun { ram; size 1G }\n",
	  "1:1 too few arguments: lun NAME { ... }\n" },
	{ "lun a\n", "1:1 no block: lun NAME { ... }\n" },
	{ "workers 3 { }\n", "1:11 \"workers\" takes no block\n" },
	{ "limits x { }\n", "1:8 too many arguments: limits  { ... }\n" },
	{ "log verbose\n",
	  "1:5 \"verbose\" is none of error, warning, notice, info or debug\n" },
	{ "log lvel info\n",
	  "1:5 \"lvel\" is no property of the log (level)\n" },
	{ "workers 0\n", "1:9 \"0\" is not a number from 1 to 256\n" },
	{ "state-directory var\n",
	  "1:17 \"var\" is not an absolute path: it must begin with '/'\n" },
	{ "control run/c.sock\n", "1:9 \"run/c.sock\" is not an absolute path: "
				  "it must begin with '/'\n" },
	{ "portal-group p { listen 192.0.2.1; redirect 192.0.2.2 forever }\n",
	  "1:55 \"forever\" is no property of a redirection "
	  "(permanent)\n" },
	{ "metrics 127.0.0.1\n",
	  "1:9 the metrics need a port of their own (9260)\n" },
	{ "metrics 3260\n",
	  "1:9 the metrics need a port of their own (9260)\n" },
	{ "web 192.0.2.1:80 { }\n",
	  "1:1 web needs a token-file\n"
	  "1:5 the web page is for this machine; a reverse proxy with TLS "
	  "in front of it is for others\n" },
	{ "web [::1]:3260 { }\n",
	  "1:1 web needs a token-file\n"
	  "1:5 the web page needs a port of its own (8260)\n" },
	{ "timeout { login 15 }\n",
	  "1:17 \"15\" is not a time: a whole number and ms, s or min (15s)\n" },
	{ "timeout { task-abort 0s }\n",
	  "1:22 \"0s\" is not a time from 100ms to 1min\n" },
	{ "limits { commands-per-session 2000 }\n",
	  "1:31 \"2000\" is not a number from 1 to 1024\n" },
	{ "limits { memory 1M }\n",
	  "1:17 \"1M\" is not a size from 16M to 16T\n" },
	{ "lun a { ram; size 20g }\n",
	  "1:19 \"20g\" is not a size: a whole number and K, M, G, T or P "
	  "(20G)\n" },
	{ "lun a { ram; size 1G; read-only true }\n",
	  "1:33 \"true\" is neither yes nor no (yes)\n" },
	{ "lun a { ram; size 1G; block-size 1024 }\n",
	  "1:34 \"1024\" is none of 512 or 4096\n" },
	{ "lun a { ram; size 1G; serial \"\xc3\xa9\" }\n",
	  "1:30 \"\\xc3\\xa9\" holds more than printable ASCII\n" },
	{ "lun a { ram; size 1G; serial 0123456789012345678901234567890123456 }"
	  "\n", "1:30 37 bytes, at most 36 are allowed\n" },
	{ "lun a { ram; size 1G; naa 12 }\n",
	  "1:27 \"12\" is not an NAA: 16 hexadecimal digits that begin with "
	  "2, 3 or 5, or 32 that begin with 6\n" },
};

static const struct form_case twice_cases[] = {
	{ "workers 1\nworkers 2\n",
	  "2:1 \"workers\" is already given at t.conf:1:1\n" },
	{ "lun a { ram; size 1G; size 2G }\n",
	  "1:23 \"size\" is already given at t.conf:1:14\n" },
	{ "lun a { ram; size 1G; null }\n",
	  "1:23 a lun has one store; \"ram\" is already given at "
	  "t.conf:1:9\n" },
	{ "lun a { ram; size 1G; ram }\n",
	  "1:23 \"ram\" is already given at t.conf:1:9\n" },
	{ "timeout { }\ntimeout { }\n",
	  "2:1 \"timeout\" is already given at t.conf:1:1\n" },
};

static const struct form_case unsupported_cases[] = {
#ifndef HAVE_NBD
	{ "lun a { nbd nbd://x }\n",
	  "1:9 \"nbd\" is not supported by this build\n" },
#endif
#ifndef HAVE_RBD
	{ "lun b { rbd p/i }\n",
	  "1:9 \"rbd\" is not supported by this build\n" },
#else
	{ "lun b { rbd i }\nlun c { rbd p/i@ }\nlun d { rbd p/i@s@t }\n"
	  "lun e { rbd p/@s }\nlun f { rbd p/i@s/t }\n",
	  "1:13 \"i\" is not POOL/IMAGE or POOL/IMAGE@SNAPSHOT in names of Ceph's\n"
	  "2:13 \"p/i@\" is not POOL/IMAGE or POOL/IMAGE@SNAPSHOT in names of Ceph's\n"
	  "3:13 \"p/i@s@t\" is not POOL/IMAGE or POOL/IMAGE@SNAPSHOT in names of Ceph's\n"
	  "4:13 \"p/@s\" is not POOL/IMAGE or POOL/IMAGE@SNAPSHOT in names of Ceph's\n"
	  "5:13 \"p/i@s/t\" is not POOL/IMAGE or POOL/IMAGE@SNAPSHOT in names of Ceph's\n" },
	{ "lun b { rbd p/i@s }\nlun c { rbd p/i@t; read-only yes }\n"
	  "lun d { rbd p/i@u; size 1M; read-only yes }\n",
	  "1:13 \"p/i@s\" is a snapshot: its lun needs \"read-only yes\"\n"
	  "3:20 \"size\" means nothing to a lun on a snapshot\n" },
	{ "lun b { rbd p/i; cache direct }\n",
	  "1:18 \"cache\" means nothing to a lun on \"rbd\"\n" },
	{ "lun a { rbd p/i }\nlun b { rbd p/i; namespace n }\n"
	  "lun c { rbd p/i }\n",
	  "3:13 \"p/i\" is already the store of the lun at t.conf:1:13\n" },
#endif
	{ "lun a { tcmu rbd/p/i@s; read-only yes }\n",
	  "1:14 \"rbd/p/i@s\" is neither qcow/PATH with an absolute path nor rbd/POOL/IMAGE\n" },
	{ "lun a { tcmu x }\nlun b { tcmu qcow/disk }\nlun c { tcmu glfs/v }\n",
	  "1:14 \"x\" is neither qcow/PATH with an absolute path nor rbd/POOL/IMAGE\n"
	  "2:14 \"qcow/disk\" is neither qcow/PATH with an absolute path nor rbd/POOL/IMAGE\n"
	  "3:14 \"glfs/v\" is neither qcow/PATH with an absolute path nor rbd/POOL/IMAGE\n" },
	{ "lun b { tcmu qcow//d; allocation full }\n",
	  "1:23 \"allocation\" means nothing to a lun on \"tcmu\"\n" },
	{ "lun b { tcmu qcow//d; conf /etc/c }\n",
	  "1:23 \"conf\" means nothing to a lun on \"tcmu\"\n" },
	{ "lun b { tcmu rbd/p/i; conf /etc/c; user u; namespace n }\n",
	  "1:44 \"namespace\" means nothing to a lun on \"tcmu\"\n" },
};

static const struct form_case bytes_cases[] = {
	{ "workers 3 # caf\xe9\nlog info\n",
	  "1:16 byte 0xe9 is not UTF-8\n" },
	{ "workers 3 # \xff\xfe\xfd x \x80\n",
	  "1:13 byte 0xff is not UTF-8\n"
	  "1:19 byte 0x80 is not UTF-8\n" },
	{ "workers\x01 3\n",
	  "1:1 unknown keyword \"workers\\x01\" (workers)\n"
	  "1:8 control character 0x01\n" },
	{ "log \"info\" # \x7f\n", "1:14 control character 0x7f\n" },
	{ "log \"in\\fo\"\n",
	  "1:5 a backslash in quotes stands before '\"', '\\' or 'n' only; "
	  "write \"\\\\\" for itself\n" },
	{ "log \"info\"debug\n",
	  "1:5 \"info\" is no property of the log (level)\n"
	  "1:11 a blank is missing after the closing quote\n" },
	{ "log info#debug\n",
	  "1:9 '#' inside a word: quote the whole word, or put a blank before "
	  "the comment\n" },
};

/* What follows a mistake is still looked at. */
static const struct form_case recovery_cases[] = {
	{ "lun a {\n  ram; size 1G\nlun b { ram; size zero }\nworkers 0\n",
	  "1:7 the block of \"lun\" opened here is never closed\n"
	  "3:1 \"lun\" does not stand in a \"lun\" block; is the '}' of the "
	  "block opened at t.conf:1:7 missing?\n"
	  "3:19 \"zero\" is not a size: a whole number and K, M, G, T or P\n"
	  "4:9 \"0\" is not a number from 1 to 256\n" },
	{ "lun a\n{ ram; size 1G }\nworkers 0\n",
	  "2:1 '{' without a keyword: a block opens on the line of its "
	  "keyword\n"
	  "3:9 \"0\" is not a number from 1 to 256\n" },
	{ "log \"in\nworkers 0\n",
	  "1:5 the quoted word opened here is not closed on its line\n"
	  "2:9 \"0\" is not a number from 1 to 256\n" },
	{ "}\nworkers 0\n", "1:1 '}' closes nothing\n"
	  "2:9 \"0\" is not a number from 1 to 256\n" },
};
/* clang-format on */

static void
form_run(const struct form_case *cases, size_t count)
{
	for (; count > 0; count--, cases++)
		expect_messages(cases->text, cases->messages);
}

#define FORM_RUN(cases) form_run(cases, sizeof(cases) / sizeof((cases)[0]))

static void
form_keywords(void)
{
	FORM_RUN(keywords_cases);
}

static void
form_arguments(void)
{
	FORM_RUN(arguments_cases);
}

static void
form_twice(void)
{
	FORM_RUN(twice_cases);
}

static void
form_unsupported(void)
{
	FORM_RUN(unsupported_cases);
}

static void
form_bytes(void)
{
	FORM_RUN(bytes_cases);
}

static void
form_recovery(void)
{
	FORM_RUN(recovery_cases);
}

static void
form_nul(void)
{
	static const char text[] = "workers 3\0 # x\nlog \0info\n";
	struct config_report report;
	char *got;

	CU_ASSERT_PTR_NULL(
	    config_load_text("t", text, sizeof(text) - 1, &report));
	got = messages_text(&report);
	expect_text(got,
	    "1:10 control character 0x00\n"
	    "2:5 control character 0x00\n"
	    "2:5 \"\" is none of error, warning, notice, info or debug\n");
	free(got);
	config_report_free(&report);
}

/* Every beginning of a good file loads or says what is missing; no crash. */
static void
form_truncated(void)
{
	static const char text[] =
	    "portal-group p {\n listen 127.0.0.1 }\n"
	    "auth-group a { chap u \"a-secret-of-12-or-more\" }\n"
	    "lun d { ram; size 1G }\n"
	    "target iqn.2026-11.a:b { portal-group p; auth-group a\n"
	    " lun 0 d { read-only yes }\n}\n";
	struct config_report report;
	size_t n;
	int depth = 0;

	for (n = 0; n < sizeof(text); n++) {
		config_free(config_load_text("t", text, n, &report));
		CU_ASSERT(depth == 0 || report.errors > 0);
		config_report_free(&report);
		depth += (text[n] == '{') - (text[n] == '}');
	}
}

static void
form_too_many(void)
{
	enum { lines = 5000 };
	char *text = malloc(2 * lines);
	struct config_report report;
	unsigned i;

	for (i = 0; i < lines; i++)
		memcpy(text + 2 * i, "x\n", 2);
	CU_ASSERT_PTR_NULL(config_load_text("t", text, 2 * lines, &report));
	CU_ASSERT_EQUAL(report.count, 1001);
	CU_ASSERT_STRING_EQUAL(
	    report.messages[1000].text, "too many errors: 4000 more");
	config_report_free(&report);
	free(text);
}

static const struct unit_test tests[] = {
	{ "unknown and misplaced keywords", form_keywords },
	{ "arguments", form_arguments },
	{ "a second one names both places", form_twice },
	{ "what this build cannot do is refused", form_unsupported },
	{ "bytes and quotes", form_bytes },
	{ "NUL bytes", form_nul },
	{ "one mistake does not hide the next", form_recovery },
	{ "every truncation of a file is noticed", form_truncated },
	{ "messages are bounded", form_too_many },
	{ NULL, NULL },
};
const struct unit_suite form_suite = { "form", tests };
