/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/support.c - what the suites of config/ share.
 */
#include "tests/unit/config/support.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char scratch[64];

void
expect_text(const char *got, const char *wanted)
{
	if (got != NULL && strcmp(got, wanted) == 0)
		return;
	fprintf(stderr, "\n--- wanted\n%s--- got\n%s---\n", wanted,
	    got == NULL ? "(nothing)\n" : got);
	CU_FAIL("not the text that was wanted");
}

char *
messages_text(const struct config_report *report)
{
	const struct config_message *m;
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	unsigned i;

	for (i = 0; i < report->count; i++) {
		m = &report->messages[i];
		fprintf(f, "%u:%u %s%s", m->place.line, m->place.column,
		    m->severity == CONFIG_WARNING ? "warning " : "", m->text);
		if (m->suggestion != NULL)
			fprintf(f, " (%s)", m->suggestion);
		fputc('\n', f);
	}
	fclose(f);
	return text;
}

struct config *
load_expecting(const char *text, const char *messages)
{
	struct config_report report;
	struct config *c =
	    config_load_text("t.conf", text, strlen(text), &report);
	char *got = messages_text(&report);

	expect_text(got, messages);
	CU_ASSERT_EQUAL(c == NULL, report.errors > 0);
	free(got);
	config_report_free(&report);
	return c;
}

void
expect_messages(const char *text, const char *messages)
{
	config_free(load_expecting(text, messages));
}

const struct config_auth_group *
find_auth_group(const struct config *c, const char *name)
{
	const struct config_auth_group *ag;

	TAILQ_FOREACH (ag, &c->auth_groups, link) {
		if (strcmp(ag->name, name) == 0)
			return ag;
	}
	CU_FAIL_FATAL("no such auth-group");
	return NULL;
}

void
scratch_make(void)
{
	strcpy(scratch, "/tmp/tisane-config.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(scratch));
}

static int
scratch_remove_one(
    const char *path, const struct stat *st, int kind, struct FTW *where)
{
	return remove(path);
}

void
scratch_remove(void)
{
	nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
scratch_path(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", scratch, name);
	return path;
}

const char *
scratch_write(const char *name, const char *text)
{
	const char *path = scratch_path(name);
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fchmod(fileno(f), 0644);
	fclose(f);
	return path;
}

char *
file_text(const char *path)
{
	FILE *f = fopen(path, "r"), *out;
	char *text = NULL;
	size_t bytes;
	int c;

	if (f == NULL)
		return NULL;
	out = open_memstream(&text, &bytes);
	while ((c = getc(f)) != EOF)
		putc(c, out);
	fclose(out);
	fclose(f);
	return text;
}
