/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/edit.c - change a file and leave the rest of it alone.
 */
#include "config/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/config/support.h"

static struct edit *
open_text(const char *text)
{
	struct config_report report;
	struct edit *e = edit_open_text("t", text, strlen(text), &report);

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	config_report_free(&report);
	return e;
}

static void
expect_edited(struct edit *e, int error, const char *wanted)
{
	size_t bytes;
	const char *text = edit_text(e, &bytes);

	CU_ASSERT_EQUAL(error, 0);
	CU_ASSERT_EQUAL(strlen(text), bytes);
	expect_text(text, wanted);
	edit_free(e);
}

static const char vm[] = "# luns\n"
			 "lun vm1 {      # the first\n"
			 "\tfile /srv/vm1.img\n"
			 "\tsize 20G  # enough\n"
			 "}\n"
			 "lun vm2 { ram; size 1G }  # small\n";

static void
edit_nothing(void)
{
	expect_edited(open_text(vm), 0, vm);
	expect_edited(open_text(""), 0, "");
	expect_edited(open_text("a \r\n\t;;  b"), 0, "a \r\n\t;;  b");
}

static void
edit_adds_line(void)
{
	static const char *const words[] = { "serial", "a b" };
	struct edit *e = open_text(vm);
	int error =
	    edit_add(e, edit_find(e, NULL, "lun", "vm1"), words, 2, false);

	expect_edited(e, error,
	    "# luns\n"
	    "lun vm1 {      # the first\n"
	    "\tfile /srv/vm1.img\n"
	    "\tsize 20G  # enough\n"
	    "\tserial \"a b\"\n"
	    "}\n"
	    "lun vm2 { ram; size 1G }  # small\n");
}

static void
edit_adds_inline(void)
{
	static const char *const words[] = { "read-only", "yes" };
	static const char *const texts[][2] = {
		{ "lun a { ram; size 1G }\n",
		    "lun a { ram; size 1G; read-only yes }\n" },
		{ "lun a { ram; size 1G; }\n",
		    "lun a { ram; size 1G; read-only yes }\n" },
		{ "lun a {ram}\n", "lun a {ram; read-only yes }\n" },
		{ "lun a {}\n", "lun a { read-only yes }\n" },
		{ "lun a { }\n", "lun a { read-only yes }\n" },
		{ "lun a {\n}\n", "lun a {\n    read-only yes\n}\n" },
		{ "lun a {\n  ram }\n", "lun a {\n  ram; read-only yes }\n" },
	};
	struct edit *e;
	unsigned i;
	int error;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		e = open_text(texts[i][0]);
		error = edit_add(
		    e, edit_find(e, NULL, "lun", "a"), words, 2, false);
		expect_edited(e, error, texts[i][1]);
	}
}

static void
edit_adds_block(void)
{
	static const char *const lun[] = { "lun", "new" };
	static const char *const ram[] = { "ram" };
	struct edit *e = open_text("workers 3");
	int error = edit_add(e, NULL, lun, 2, true);

	CU_ASSERT_EQUAL(error, 0);
	error = edit_add(e, edit_find(e, NULL, "lun", "new"), ram, 1, false);
	expect_edited(e, error, "workers 3\nlun new {\n    ram\n}\n");
}

static void
edit_changes(void)
{
	static const char *const words[] = { "size", "30G" };
	struct edit *e = open_text(vm);
	const struct config_statement *lun = edit_find(e, NULL, "lun", "vm1");
	int error = edit_change(e, edit_find(e, lun, "size", NULL), words, 2);

	expect_edited(e, error,
	    "# luns\n"
	    "lun vm1 {      # the first\n"
	    "\tfile /srv/vm1.img\n"
	    "\tsize 30G  # enough\n"
	    "}\n"
	    "lun vm2 { ram; size 1G }  # small\n");
}

static void
edit_renames_block(void)
{
	static const char *const words[] = { "lun", "vm9" };
	struct edit *e = open_text("lun  a { ram # x\n }");
	int error = edit_change(e, edit_find(e, NULL, "lun", "a"), words, 2);

	expect_edited(e, error, "lun vm9 { ram # x\n }");
}

struct removal {
	const char *text, *block, *keyword, *left;
};

/* clang-format off */
static const struct removal removals[] = {
	{ "a 1\nb 2\nc 3\n", NULL, "b", "a 1\nc 3\n" },
	{ "a 1\n  b 2 # why\nc 3\n", NULL, "b", "a 1\n   # why\nc 3\n" },
	{ "a 1; b 2; c 3\n", NULL, "b", "a 1; c 3\n" },
	{ "a 1; b 2\n", NULL, "b", "a 1; \n" },
	{ "x { a 1; b 2 }\n", "x", "b", "x { a 1; }\n" },
	{ "x { a 1; b 2 }\n", "x", "a", "x { b 2 }\n" },
	{ "# one\nx { a 1 # in\n b }\n# two\n", NULL, "x", "# one\n# two\n" },
	{ "a 1\nb 2", NULL, "b", "a 1\n" },
};
/* clang-format on */

static void
edit_removes(void)
{
	const struct removal *r = removals;
	const struct config_statement *block;
	struct edit *e;
	unsigned i;
	int error;

	for (i = 0; i < sizeof(removals) / sizeof(removals[0]); i++, r++) {
		e = open_text(r->text);
		block = r->block == NULL ? NULL
					 : edit_find(e, NULL, r->block, NULL);
		error = edit_remove(e, edit_find(e, block, r->keyword, NULL));
		expect_edited(e, error, r->left);
	}
}

static void
edit_refuses(void)
{
	static const char *const words[] = { "alias", "\x01" };
	static const char *const bytes[] = { "alias", "\xff" };
	struct edit *e = open_text(vm);

	CU_ASSERT_EQUAL(edit_add(e, NULL, words, 2, false), -EINVAL);
	CU_ASSERT_EQUAL(edit_add(e, NULL, bytes, 2, false), -EINVAL);
	CU_ASSERT_EQUAL(edit_save(e), -EINVAL);
	expect_edited(e, 0, vm);
}

static void
edit_broken_file(void)
{
	static const char text[] = "lun a {\n";
	struct config_report report;

	CU_ASSERT_PTR_NULL(
	    edit_open_text("t", text, sizeof(text) - 1, &report));
	CU_ASSERT_EQUAL(report.errors, 1);
	config_report_free(&report);
	CU_ASSERT_PTR_NULL(edit_open("/nonexistent", &report));
	CU_ASSERT_EQUAL(report.errors, 1);
	config_report_free(&report);
}

/* ---- files ---- */

static void
expect_file(const char *path, const char *wanted, unsigned mode)
{
	char *text = file_text(path);
	struct stat st;

	expect_text(text, wanted);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, mode);
	free(text);
}

static void
edit_saves(void)
{
	static const char *const words[] = { "log", "debug" };
	struct config_report report;
	const char *path;
	struct edit *e;

	scratch_make();
	path = scratch_write("t.conf", "# mine\nlog info # why\n");
	chmod(path, 0604);
	e = edit_open(path, &report);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_EQUAL(
	    edit_change(e, edit_find(e, NULL, "log", NULL), words, 2), 0);
	CU_ASSERT_EQUAL(edit_save(e), 0);
	expect_file(path, "# mine\nlog debug # why\n", 0604);
	CU_ASSERT_EQUAL(edit_save(e), 0);
	edit_free(e);
	config_report_free(&report);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(rmdir(scratch), 0); /* nothing else was left */
}

static void
edit_notices_others(void)
{
	struct config_report report;
	const char *path;
	struct edit *e;

	scratch_make();
	path = scratch_write("t.conf", "log info\n");
	e = edit_open(path, &report);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	scratch_write("t.conf", "log debug\n# of somebody else\n");
	CU_ASSERT_EQUAL(edit_save(e), -ESTALE);
	expect_file(path, "log debug\n# of somebody else\n", 0644);
	edit_free(e);
	config_report_free(&report);
	scratch_remove();
}

static void
replace_new(void)
{
	const char *path;
	mode_t old = umask(077);

	scratch_make();
	path = scratch_path("new");
	CU_ASSERT_EQUAL(replace_file(path, "abc", 3), 0);
	expect_file(path, "abc", 0640);
	CU_ASSERT_EQUAL(replace_file(path, "", 0), 0);
	expect_file(path, "", 0640);
	umask(old);
	CU_ASSERT_EQUAL(
	    replace_file(scratch_path("no/where"), "abc", 3), -ENOENT);
	scratch_remove();
}

static void
replace_owner(void)
{
	const char *path;
	struct stat st;

	if (geteuid() != 0)
		return; /* only root may give files away */
	scratch_make();
	path = scratch_write("t", "old");
	CU_ASSERT_EQUAL(chown(path, 12, 34), 0);
	chmod(path, 0640);
	CU_ASSERT_EQUAL(replace_file(path, "new", 3), 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_uid, 12);
	CU_ASSERT_EQUAL(st.st_gid, 34);
	expect_file(path, "new", 0640);
	scratch_remove();
}

static void
replace_through_link(void)
{
	const char *path, *link;
	struct stat st;

	scratch_make();
	mkdir(scratch_path("real"), 0700);
	path = scratch_write("real/t", "old");
	link = scratch_path("link");
	CU_ASSERT_EQUAL(symlink("real/t", link), 0);
	CU_ASSERT_EQUAL(replace_file(link, "new", 3), 0);
	CU_ASSERT_EQUAL(lstat(link, &st), 0);
	CU_ASSERT(S_ISLNK(st.st_mode));
	expect_file(path, "new", 0644);
	scratch_remove();
}

static const struct unit_test tests[] = {
	{ "without a change every byte is the same", edit_nothing },
	{ "a statement is added on a line of its own", edit_adds_line },
	{ "a statement is added to a block on one line", edit_adds_inline },
	{ "a block is added", edit_adds_block },
	{ "a changed statement keeps its comment", edit_changes },
	{ "a changed block keeps what is in it", edit_renames_block },
	{ "a removed statement leaves comments", edit_removes },
	{ "words that cannot stand in a file", edit_refuses },
	{ "a broken file is not edited", edit_broken_file },
	{ "saving keeps the mode and leaves nothing else", edit_saves },
	{ "a file that somebody else changed is left", edit_notices_others },
	{ "a new file is 0640", replace_new },
	{ "a replaced file keeps its owner", replace_owner },
	{ "a symbolic link stays one", replace_through_link },
	{ NULL, NULL },
};
const struct unit_suite edit_suite = { "edit", tests };
