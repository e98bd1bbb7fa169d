/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/secrets.c - CHAP secrets: rules, files, and never shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/config/support.h"

static void
secrets_length(void)
{
	char text[400], secret[257];

	expect_messages("auth-group a { chap u \"12345678901\" }\n",
	    "1:23 a secret of less than 12 bytes; \"weak-secrets yes\" in the "
	    "auth-group allows it\n");
	expect_messages("auth-group a { chap u \"123456789012\" }\n", "");
	expect_messages(
	    "auth-group a { chap u \"short\"; weak-secrets yes }\n", "");
	expect_messages("auth-group a { chap u \"\"; weak-secrets yes }\n",
	    "1:23 an empty word\n");
	memset(secret, 'x', 256);
	secret[256] = '\0';
	snprintf(text, sizeof(text), "auth-group a { chap u %s }\n", secret);
	expect_messages(text, "1:23 256 bytes, at most 255 are allowed\n");
	snprintf(
	    text, sizeof(text), "auth-group a { chap u %s }\n", secret + 1);
	expect_messages(text, "");
}

static void
secrets_directions(void)
{
	expect_messages("auth-group a {\n"
			"chap-mutual u same-secret-12 san same-secret-12 }\n",
	    "2:34 the same secret in both directions; the other one is at "
	    "t.conf:2:15\n");
	expect_messages("auth-group a {\n"
			"chap-mutual u secret-number-1 san secret-number-2\n"
			"chap v secret-number-2 }\n",
	    "2:35 the same secret in both directions; the other one is at "
	    "t.conf:3:8\n");
}

static void
secrets_users(void)
{
	expect_messages("auth-group a {\n chap u secret-number-1\n"
			" chap u secret-number-2 }\n",
	    "3:7 user \"u\" is already given at t.conf:2:7\n");
}

static void
secrets_nothing_asked(void)
{
	expect_messages("auth-group a { }\n",
	    "1:12 auth-group \"a\" asks for nothing; the group that lets "
	    "everybody in is \"no-authentication\"\n");
}

/* The report of text has messages, and none of them holds the word. */
static void
expect_hidden(const char *text, const char *word)
{
	struct config_report report;
	char *shown;
	unsigned i;

	config_free(config_load_text("t.conf", text, strlen(text), &report));
	CU_ASSERT(report.count > 0);
	for (i = 0; i < report.count; i++) {
		shown = config_message_format(&report.messages[i]);
		if (strstr(shown, word) != NULL) {
			fprintf(stderr, "\n%s\nshows %s\n", shown, word);
			CU_FAIL("a secret is shown");
		}
		free(shown);
	}
	config_report_free(&report);
}

static void
secrets_hidden(void)
{
	expect_hidden("auth-group a { chap u hush }\n", "hush");
	expect_hidden("auth-group a { chap u x hush }\n", "hush");
	expect_hidden("auth-group a { chap hush }\n", "hush");
	expect_hidden("auth-group a { chap u \"hush }\n", "hush");
	expect_hidden("auth-group a { chap u a\"hush }\n", "hush");
	expect_hidden("auth-group a { chap u a#hush\n }\n", "hush");
	expect_hidden("auth-group a { chap u x;hush }\n", "hush");
	expect_hidden("auth-group a { chap u x}hush\n", "hush");
	expect_hidden("auth-group a { chap u {hush\n", "hush");
	expect_hidden("auth-group a { chpa u hush }\n", "hush");
	expect_hidden("auth-group a { secret u hush }\n", "hush");
	expect_hidden(
	    "auth-group a { chap-mutual u 123456789012 v hush }\n", "hush");
	expect_hidden("auth-group a { chap u \"hu\\sh-h\" }\n", "sh-h");
	expect_hidden("target x { chap u hush }\n", "hush");
	expect_hidden("chap u hush\n", "hush");
	expect_hidden("target x { chap-mutuel u hush v hush }\n", "hush");
}

/* What stands behind a well quoted secret on its line is shown. */
static void
secrets_others_shown(void)
{
	static const char text[] =
	    "auth-group a { chap u \"123456789012\"; initiatorname x }\n";
	struct config_report report;

	config_free(config_load_text("t", text, sizeof(text) - 1, &report));
	CU_ASSERT_EQUAL_FATAL(report.count, 1);
	CU_ASSERT_STRING_EQUAL(
	    report.messages[0].text, "unknown keyword \"initiatorname\"");
	CU_ASSERT_STRING_EQUAL(report.messages[0].source,
	    "auth-group a { chap u **************; initiatorname * }");
	config_report_free(&report);
}

/* ---- files ---- */

static char *
load_messages(const char *path)
{
	struct config_report report;
	char *text;

	config_free(config_load(path, &report));
	text = messages_text(&report);
	config_report_free(&report);
	return text;
}

static void
secrets_readable(void)
{
	const char *path;
	char *got, wanted[200];

	scratch_make();
	path = scratch_write("t.conf", "auth-group a {\n"
				       "chap u secret-number-1\n"
				       "chap v secret-number-2 }\n");
	chmod(path, 0644);
	got = load_messages(path);
	snprintf(wanted, sizeof(wanted),
	    "2:8 warning everybody can read this secret: the mode of \"%s\" is "
	    "0644\n",
	    path);
	expect_text(got, wanted);
	free(got);
	chmod(path, 0640);
	got = load_messages(path);
	expect_text(got, "");
	free(got);
	scratch_remove();
}

static struct config *
load_with_file(const char *secrets, const char *messages)
{
	char text[200];
	const char *path;

	scratch_make();
	path = scratch_write("secrets", secrets);
	chmod(path, 0600);
	snprintf(
	    text, sizeof(text), "auth-group a {\n chap-file %s\n}\n", path);
	return load_expecting(text, messages);
}

static void
secrets_file(void)
{
	struct config *c = load_with_file(
	    "# users\n\nu secret-number-1\n"
	    "\"v w\" \"secret number 2\" san secret-number-3 # both\n",
	    "");
	const struct config_auth_group *ag;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	ag = find_auth_group(c, "a");
	CU_ASSERT_EQUAL_FATAL(ag->chap_count, 2);
	CU_ASSERT_STRING_EQUAL(ag->chap[0].user, "u");
	CU_ASSERT_STRING_EQUAL(ag->chap[0].secret, "secret-number-1");
	CU_ASSERT_PTR_NULL(ag->chap[0].mutual_user);
	CU_ASSERT_STRING_EQUAL(ag->chap[1].user, "v w");
	CU_ASSERT_STRING_EQUAL(ag->chap[1].secret, "secret number 2");
	CU_ASSERT_STRING_EQUAL(ag->chap[1].mutual_user, "san");
	CU_ASSERT_STRING_EQUAL(ag->chap[1].mutual_secret, "secret-number-3");
	CU_ASSERT_EQUAL(c->files.count, 1);
	config_free(c);
	scratch_remove();
}

static void
secrets_file_faults(void)
{
	config_free(load_with_file("u\nv secret-number-1 w\n"
				   "x short\ny secret-number-2\n",
	    "1:1 a line of secrets is USER SECRET or USER SECRET MUTUAL-USER "
	    "MUTUAL-SECRET\n"
	    "2:1 a line of secrets is USER SECRET or USER SECRET MUTUAL-USER "
	    "MUTUAL-SECRET\n"
	    "3:3 a secret of less than 12 bytes; \"weak-secrets yes\" in the "
	    "auth-group allows it\n"));
	scratch_remove();
}

static void
secrets_file_places(void)
{
	struct config_report report;
	char text[200], *shown, wanted[300];
	const char *path;

	scratch_make();
	path = scratch_write("secrets", "u hush\n");
	snprintf(text, sizeof(text), "auth-group a { chap-file %s }", path);
	config_free(config_load_text("t", text, strlen(text), &report));
	CU_ASSERT_EQUAL_FATAL(report.errors, 1);
	shown = config_message_format(&report.messages[report.count - 1]);
	snprintf(wanted, sizeof(wanted),
	    "%s:1:3: error: a secret of less than 12 bytes; \"weak-secrets "
	    "yes\" in the auth-group allows it\n    ******\n      ^",
	    path);
	CU_ASSERT_STRING_EQUAL(shown, wanted);
	free(shown);
	config_report_free(&report);
	scratch_remove();
}

static void
secrets_file_missing(void)
{
	expect_messages("auth-group a { chap-file /nonexistent/s }\n",
	    "1:26 cannot read \"/nonexistent/s\": No such file or "
	    "directory\n");
}

/* A relative name is a credential that the service manager left for us. */
static void
secrets_credential(void)
{
	static const char text[] = "auth-group a {\n chap-file iscsi\n}\n";
	static const char refused[] =
	    "2:12 \"iscsi\" is neither an absolute path nor, with "
	    "$CREDENTIALS_DIRECTORY set, the name of a credential\n";
	struct config *c;

	unsetenv("CREDENTIALS_DIRECTORY");
	expect_messages(text, refused);
	scratch_make();
	chmod(scratch_write("iscsi", "u secret-number-1\n"), 0400);
	setenv("CREDENTIALS_DIRECTORY", scratch, 1);
	c = load_expecting(text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(find_auth_group(c, "a")->chap_count, 1);
	config_free(c);
	expect_messages("auth-group a {\n chap-file ../iscsi\n}\n",
	    "2:12 \"../iscsi\" is neither an absolute path nor, with "
	    "$CREDENTIALS_DIRECTORY set, the name of a credential\n");
	unsetenv("CREDENTIALS_DIRECTORY");
	scratch_remove();
}

static struct config *
load_token(const char *token, const char *messages)
{
	char text[200];
	const char *path;

	scratch_make();
	path = scratch_write("token", token);
	chmod(path, 0600);
	snprintf(text, sizeof(text), "web 8260 { token-file %s }\n", path);
	return load_expecting(text, messages);
}

static void
secrets_web_token(void)
{
	struct config *c = load_token("# of the page\n0123456789abcdef\n", "");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->web->address, "127.0.0.1:8260");
	CU_ASSERT_STRING_EQUAL(c->web->token, "0123456789abcdef");
	config_free(c);
	scratch_remove();
	config_free(load_token("two words-of-this-file\n",
	    "1:23 the file of the token is to hold one word\n"));
	scratch_remove();
	config_free(
	    load_token("", "1:23 the file of the token is to hold one word\n"));
	scratch_remove();
	config_free(load_token("0123456789abcde\n",
	    "1:23 a token of less than 16 bytes (openssl rand -hex 16 makes "
	    "a good one)\n"));
	scratch_remove();
	expect_messages("web 8260 { }\n", "1:1 web needs a token-file\n");
	expect_messages("web 8260 { token-file /nonexistent/t }\n",
	    "1:23 cannot read \"/nonexistent/t\": No such file or "
	    "directory\n");
}

static const struct unit_test tests[] = {
	{ "12 to 255 bytes, unless weak-secrets says yes", secrets_length },
	{ "not the same in both directions", secrets_directions },
	{ "a user has one secret", secrets_users },
	{ "an auth-group asks for something", secrets_nothing_asked },
	{ "no message shows one", secrets_hidden },
	{ "what is no secret is shown", secrets_others_shown },
	{ "a file that everybody can read is warned of", secrets_readable },
	{ "chap-file gives users", secrets_file },
	{ "faults of a chap-file", secrets_file_faults },
	{ "faults of a chap-file have its places", secrets_file_places },
	{ "a chap-file that is not there", secrets_file_missing },
	{ "a relative chap-file is a credential", secrets_credential },
	{ "the token of the web page is a secret", secrets_web_token },
	{ NULL, NULL },
};
const struct unit_suite secrets_suite = { "secrets", tests };
