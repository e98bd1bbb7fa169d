/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_config.c - any bytes as a configuration file.
 *
 * Whatever it is, it loads or is refused with messages, each of which can be
 * shown; and what the editor reads and writes is the same bytes.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/edit.h"
#include "tests/fuzz/fuzz.h"

/* A pattern is run over the real file system: only what stays in the empty
 * directory of the "file" is let through. */
static int
fuzz_may_wander(const char *text, size_t size)
{
	return memmem(text, size, "include", 7) != NULL &&
	       (memmem(text, size, "/", 1) != NULL ||
		   memmem(text, size, "..", 2) != NULL);
}

static void
fuzz_load(const char *text, size_t size)
{
	struct config_report report;
	struct config *c =
	    config_load_text("/var/empty/t.conf", text, size, &report);
	unsigned i;
	char *shown;

	assert((c == NULL) == (report.errors > 0));
	assert(report.errors == 0 || report.count > 0);
	for (i = 0; i < report.count; i++) {
		shown = config_message_format(&report.messages[i]);
		assert(shown != NULL);
		free(shown);
	}
	config_report_free(&report);
	config_free(c);
}

static void
fuzz_edit(const char *text, size_t size)
{
	static const char *const words[] = { "alias", "a \"word\"" };
	const struct config_statement *s;
	struct config_report report;
	struct edit *e = edit_open_text("t.conf", text, size, &report);
	const char *same;
	size_t bytes;

	config_report_free(&report);
	if (e == NULL)
		return;
	same = edit_text(e, &bytes);
	assert(bytes == size && memcmp(same, text, size) == 0);
	s = edit_find(e, NULL, "target", NULL);
	assert(edit_add(e, s != NULL && s->open == NULL ? NULL : s, words, 2,
		   size % 2) == 0);
	assert((s = edit_find(e, NULL, "target", NULL)) == NULL ||
	       edit_remove(e, s) == 0);
	edit_free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	if (fuzz_may_wander(text, size))
		return 0;
	fuzz_load(text, size);
	fuzz_edit(text, size);
	return 0;
}
