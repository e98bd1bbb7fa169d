/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/include.c - files that include files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/config/support.h"

/* Load "t.conf" of the scratch directory; '@' in messages is that directory,
 * and each line begins with the name of its file. */
static struct config *
load_scratch(const char *messages)
{
	struct config_report report;
	struct config *c = config_load(scratch_path("t.conf"), &report);
	const struct config_message *m;
	char *got = NULL, *wanted = NULL;
	size_t bytes;
	FILE *f = open_memstream(&got, &bytes);
	unsigned i;

	for (i = 0; i < report.count; i++) {
		m = &report.messages[i];
		fprintf(f, "%s:%u:%u %s\n", strrchr(m->place.file, '/') + 1,
		    m->place.line, m->place.column, m->text);
	}
	fclose(f);
	f = open_memstream(&wanted, &bytes);
	for (; *messages != '\0'; messages++) {
		if (*messages == '@')
			fputs(scratch, f);
		else
			fputc(*messages, f);
	}
	fclose(f);
	expect_text(got, wanted);
	free(got);
	free(wanted);
	config_report_free(&report);
	return c;
}

static void
include_relative(void)
{
	struct config *c;
	const struct config_lun *lun;

	scratch_make();
	mkdir(scratch_path("conf.d"), 0700);
	scratch_write("t.conf", "include conf.d/*.conf\ninclude x.conf\n");
	scratch_write("conf.d/b.conf", "lun b { ram; size 1M }\n");
	scratch_write("conf.d/a.conf", "lun a { ram; size 1M }\ninclude ../y");
	scratch_write("conf.d/c.conf~", "nonsense\n");
	scratch_write("x.conf", "lun x { ram; size 1M }\n");
	scratch_write("y", "lun y { ram; size 1M }\n");
	c = load_scratch("");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->files.count, 5);
	lun = TAILQ_FIRST(&c->luns);
	CU_ASSERT_STRING_EQUAL(lun->name, "a");
	CU_ASSERT_STRING_EQUAL(TAILQ_NEXT(lun, link)->name, "y");
	CU_ASSERT_STRING_EQUAL(strrchr(lun->place.file, '/'), "/a.conf");
	config_free(c);
	scratch_remove();
}

static void
include_nothing(void)
{
	scratch_make();
	scratch_write("t.conf", "include conf.d/*.conf\n"
				"include none.conf\n"
				"include .\n"
				"include \"\"\n");
	config_free(load_scratch(
	    "t.conf:2:9 cannot read \"@/none.conf\": No such file or "
	    "directory\n"
	    "t.conf:3:9 cannot read \"@/.\": Is a directory\n"
	    "t.conf:4:9 cannot read \"@/\": Is a directory\n"));
	scratch_remove();
}

static void
include_circle(void)
{
	scratch_make();
	scratch_write("t.conf", "include a\n");
	scratch_write("a", "include b\n");
	scratch_write("b", "include ./*\n");
	config_free(
	    load_scratch("b:1:9 \"@/./a\" includes itself in a circle\n"
			 "b:1:9 \"@/./b\" includes itself in a circle\n"
			 "b:1:9 \"@/./t.conf\" includes itself in a circle\n"));
	scratch_remove();
}

static void
include_twice(void)
{
	scratch_make();
	scratch_write("t.conf", "include a\ninclude b\n");
	scratch_write("a", "log info\n");
	CU_ASSERT_EQUAL(symlink("a", scratch_path("b")), 0);
	config_free(load_scratch("t.conf:2:9 \"@/b\" is already included\n"));
	scratch_remove();
}

static void
include_depth(void)
{
	char name[8], text[24];
	unsigned i;

	scratch_make();
	scratch_write("t.conf", "include f0\n");
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		snprintf(text, sizeof(text), "include f%u\n", i + 1);
		scratch_write(name, text);
	}
	config_free(
	    load_scratch("f15:1:9 files are included more than 16 deep\n"));
	scratch_remove();
}

/* Blocks and names are shared over files; places tell which. */
static void
include_places(void)
{
	scratch_make();
	scratch_write("t.conf", "lun a { ram; size 1M }\ninclude x\nlog x\n");
	scratch_write("x", "log info\nlun a { ram; size 1M }\nlun b {\n");
	config_free(load_scratch("t.conf:3:1 \"log\" is already given at "
				 "@/x:1:1\n"
				 "x:2:5 lun \"a\" is already defined at "
				 "@/t.conf:1:5\n"
				 "x:3:5 lun \"b\" has no store: it needs a "
				 "\"file PATH\", \"block PATH\", \"ram\" or "
				 "\"null\"\n"
				 "x:3:7 the block of \"lun\" opened here is "
				 "never closed\n"));
	scratch_remove();
}

/* A directory whose name looks like a pattern is none. */
static void
include_odd_directory(void)
{
	struct config_report report;
	struct config *c;

	scratch_make();
	mkdir(scratch_path("a[b]*"), 0700);
	scratch_write("a[b]*/t.conf", "include x.conf\n");
	scratch_write("a[b]*/x.conf", "log debug\n");
	c = config_load(scratch_path("a[b]*/t.conf"), &report);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->log_level, CONFIG_LOG_DEBUG);
	config_free(c);
	config_report_free(&report);
	scratch_remove();
}

/* Opening a FIFO would wait for a writer. */
static void
include_fifo(void)
{
	scratch_make();
	scratch_write("t.conf", "include fifo\n");
	CU_ASSERT_EQUAL(mkfifo(scratch_path("fifo"), 0600), 0);
	config_free(load_scratch(
	    "t.conf:1:9 cannot read \"@/fifo\": Invalid argument\n"));
	scratch_remove();
}

static const struct unit_test tests[] = {
	{ "patterns are relative to the including file", include_relative },
	{ "a pattern may match nothing, a name may not", include_nothing },
	{ "a circle is an error", include_circle },
	{ "a file is included once", include_twice },
	{ "depth is bounded", include_depth },
	{ "faults over several files", include_places },
	{ "a directory with special characters", include_odd_directory },
	{ "a FIFO is refused at once", include_fifo },
	{ NULL, NULL },
};
const struct unit_suite include_suite = { "include", tests };
