/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/support.h - what the suites of config/ share.
 */
#ifndef TESTS_UNIT_CONFIG_SUPPORT_H
#define TESTS_UNIT_CONFIG_SUPPORT_H

#include "config/config.h"
#include "tests/unit/unit.h"

/* Both are the same, and what they are if not. */
void expect_text(const char *got, const char *wanted);

/*
 * One line for each message, the caller frees: "LINE:COLUMN TEXT", with
 * "warning " before the text of warnings and " (SUGGESTION)" behind it.
 */
char *messages_text(const struct config_report *report);

/* Load text as "t.conf", and expect these messages.  NULL when it has errors.
 */
struct config *load_expecting(const char *text, const char *messages);
/* The same without a configuration left over. */
void expect_messages(const char *text, const char *messages);

/* The test ends when there is none. */
const struct config_auth_group *find_auth_group(
    const struct config *c, const char *name);

/* A directory of the test's own; scratch_remove() deletes it with its files. */
extern char scratch[];
void scratch_make(void);
void scratch_remove(void);
/* A file in it, of mode 0644.  Returns its path, valid until the next call but
 * three. */
const char *scratch_path(const char *name);
const char *scratch_write(const char *name, const char *text);
/* The content of a file, the caller frees; NULL: there is none. */
char *file_text(const char *path);

#endif
