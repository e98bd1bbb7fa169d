/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/edit.h - change a file and leave every other byte of it alone.
 *
 * One file is edited at a time, includes are not followed.  After each change
 * the text is parsed anew: pointers to statements from before are gone then.
 */
#ifndef CONFIG_EDIT_H
#define CONFIG_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/parse.h"

struct edit;

/*
 * Open a file, or text as if it were one.  NULL: it cannot be read or has
 * faults of form, report says which.  The report is filled either way.
 */
struct edit *edit_open(const char *path, struct config_report *report);
struct edit *edit_open_text(const char *name, const char *text, size_t bytes,
    struct config_report *report);
void edit_free(struct edit *e);

/* The text as it is now; the edit's, until the next change. */
const char *edit_text(const struct edit *e, size_t *bytes);

/*
 * The first statement in block (NULL: the file itself) of that keyword and, if
 * argument is not NULL, that first argument.  NULL: none.
 */
const struct config_statement *edit_find(const struct edit *e,
    const struct config_statement *block, const char *keyword,
    const char *argument);

/*
 * All three: 0 or -errno, and then nothing has changed; -EINVAL: the words
 * cannot stand in a file.  Words are quoted as needed.
 *
 * Add a statement behind the last of block (NULL: the file itself), indented as
 * its neighbours are; with_block gives it an empty one.
 */
int edit_add(struct edit *e, const struct config_statement *block,
    const char *const *words, unsigned count, bool with_block);
/* Replace keyword and arguments; a block and comments stay. */
int edit_change(struct edit *e, const struct config_statement *s,
    const char *const *words, unsigned count);
/* Remove it with its block; a comment on the rest of its line stays. */
int edit_remove(struct edit *e, const struct config_statement *s);

/*
 * Write the text back to the file that edit_open() read, see replace_file().
 * -ESTALE: the file is not what it was then, nothing is written.
 */
int edit_save(struct edit *e);

/*
 * Replace a file by a new one of that content, durably and at once: whoever
 * opens path sees the old or the new, also after a crash.  Mode and owner are
 * the old one's; a new file gets 0640.  A symbolic link stays, what it points
 * to is replaced.  0 or -errno.
 */
int replace_file(const char *path, const void *content, size_t bytes);

#endif
