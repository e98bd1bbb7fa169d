/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/history.c - the configuration in force and the one before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/history.h"
#include "tests/unit/unit.h"

extern const struct unit_suite history_suite;

#define SECRET "a-secret-of-12-or-more"

static char top[] = "/tmp/tisane-history.XXXXXX";
static int dir_fd;

static void
put(const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static size_t
get(const char *name, char *text, size_t size)
{
	int fd = openat(dir_fd, name, O_RDONLY);
	ssize_t n = fd >= 0 ? read(fd, text, size - 1) : 0;

	CU_ASSERT_TRUE_FATAL(n > 0);
	close(fd);
	text[n] = '\0';
	return (size_t)n;
}

static void
begin(void)
{
	memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(top));
	dir_fd = open(top, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_TRUE_FATAL(dir_fd >= 0);
	put("more.conf", "# 5 lines\n\nlun b { ram; size 1M }");
	put("secrets", "vmhost " SECRET "\n");
}

static void
end(void)
{
	static const char *const names[] = { "main.conf", "more.conf",
		"other.conf", "secrets", "configuration",
		"configuration-before" };
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir_fd, names[i], 0);
	close(dir_fd);
	CU_ASSERT_EQUAL(rmdir(top), 0);
}

static struct config *
load(const char *text)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config;
	char path[128];

	put("main.conf", text);
	snprintf(path, sizeof(path), "%s/main.conf", top);
	config = config_load(path, &report);
	config_report_free(&report);
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	return config;
}

static void
keep(const char *text)
{
	struct config *config = load(text);

	CU_ASSERT_EQUAL(history_keep(dir_fd, config), 0);
	config_free(config);
}

/* That one begins with the main file, which has this text. */
static void
expect(enum history_which which, unsigned files, const char *text)
{
	struct history h;

	CU_ASSERT_EQUAL_FATAL(history_read(dir_fd, which, &h), 0);
	CU_ASSERT_EQUAL_FATAL(h.count, files);
	CU_ASSERT_PTR_NOT_NULL(strstr(h.files[0].name, "/main.conf"));
	CU_ASSERT_EQUAL(h.files[0].bytes, strlen(text));
	CU_ASSERT_STRING_EQUAL(h.files[0].text, text);
	history_free(&h);
}

static void
expect_error(enum history_which which, int error)
{
	struct history h;

	CU_ASSERT_EQUAL(history_read(dir_fd, which, &h), error);
	CU_ASSERT_EQUAL(h.count, 0);
}

static void
the_one_in_force_becomes_the_one_before(void)
{
	begin();
	expect_error(HISTORY_IN_FORCE, -ENOENT);
	keep("lun a { ram; size 1M }\n");
	expect(HISTORY_IN_FORCE, 1, "lun a { ram; size 1M }\n");
	expect_error(HISTORY_BEFORE, -ENOENT);
	keep("lun a { ram; size 2M }\n");
	expect(HISTORY_IN_FORCE, 1, "lun a { ram; size 2M }\n");
	expect(HISTORY_BEFORE, 1, "lun a { ram; size 1M }\n");
	end();
}

static void
the_same_again_changes_nothing(void)
{
	begin();
	keep("lun a { ram; size 1M }\n");
	keep("lun a { ram; size 2M }\n");
	keep("lun a { ram; size 2M }\n");
	expect(HISTORY_BEFORE, 1, "lun a { ram; size 1M }\n");
	end();
}

/* A text may have lines that look like the frame's, and no last newline. */
static void
texts_come_back_byte_by_byte(void)
{
	static const char main_text[] = "# 12 /etc/passwd\n\ninclude more.conf";
	struct history h;

	begin();
	keep(main_text);
	expect(HISTORY_IN_FORCE, 2, main_text);
	CU_ASSERT_EQUAL_FATAL(history_read(dir_fd, HISTORY_IN_FORCE, &h), 0);
	CU_ASSERT_STRING_EQUAL(
	    h.files[1].text, "# 5 lines\n\nlun b { ram; size 1M }");
	history_free(&h);
	end();
}

static void
files_of_secrets_are_not_kept(void)
{
	char text[512], kept[4096];

	begin();
	snprintf(
	    text, sizeof(text), "auth-group g { chap-file %s/secrets }\n", top);
	keep(text);
	expect(HISTORY_IN_FORCE, 1, text);
	get("configuration", kept, sizeof(kept));
	CU_ASSERT_PTR_NULL(strstr(kept, SECRET));
	end();
}

/* Any byte of it; the next one that is good takes its place. */
static void
what_is_damaged_is_refused(void)
{
	char good[4096], bad[4096];
	size_t bytes, i;

	begin();
	keep("lun a { ram; size 1M }\n");
	bytes = get("configuration", good, sizeof(good));
	for (i = 0; i < bytes; i++) {
		memcpy(bad, good, bytes + 1);
		bad[i] ^= 0x20;
		put("configuration", bad);
		expect_error(HISTORY_IN_FORCE, -EBADMSG);
	}
	keep("lun a { ram; size 2M }\n");
	expect(HISTORY_IN_FORCE, 1, "lun a { ram; size 2M }\n");
	expect_error(HISTORY_BEFORE, -ENOENT);
	end();
}

static void
it_knows_the_files_that_it_is_of(void)
{
	struct config *config;
	struct history h;

	begin();
	put("other.conf", "lun c { ram; size 1M }\n");
	keep("include more.conf\n");
	CU_ASSERT_EQUAL_FATAL(history_read(dir_fd, HISTORY_IN_FORCE, &h), 0);
	config = load("include more.conf\nlun d { ram; size 1M }\n");
	CU_ASSERT_TRUE(history_is_of(&h, config));
	config_free(config);
	config = load("include other.conf\n");
	CU_ASSERT_FALSE(history_is_of(&h, config));
	config_free(config);
	config = load("include more.conf\ninclude other.conf\n");
	CU_ASSERT_FALSE(history_is_of(&h, config));
	config_free(config);
	config = load("lun d { ram; size 1M }\n");
	CU_ASSERT_FALSE(history_is_of(&h, config));
	config_free(config);
	history_free(&h);
	end();
}

static const struct unit_test tests[] = {
	{ "the one in force becomes the one before",
	    the_one_in_force_becomes_the_one_before },
	{ "the same again changes nothing", the_same_again_changes_nothing },
	{ "texts come back byte by byte", texts_come_back_byte_by_byte },
	{ "files of secrets are not kept", files_of_secrets_are_not_kept },
	{ "what is damaged is refused", what_is_damaged_is_refused },
	{ "it knows the files that it is of",
	    it_knows_the_files_that_it_is_of },
	{ NULL, NULL },
};

const struct unit_suite history_suite = { "history", tests };
