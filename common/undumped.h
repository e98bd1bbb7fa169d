/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/undumped.h - memory for what must not get into a core dump.
 *
 * Whole pages: for few things.  Wiped when it is given back.
 */
#ifndef COMMON_UNDUMPED_H
#define COMMON_UNDUMPED_H

#include <stddef.h>

/* Cleared.  NULL: out of memory. */
void *undumped_alloc(size_t bytes);
/* NULL: text was NULL, or out of memory. */
char *undumped_text(const char *text);
void undumped_free(void *memory); /* NULL is fine */

#endif
