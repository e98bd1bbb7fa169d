/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/utf8.h - is it UTF-8?
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stddef.h>

/* Bytes of the character at s, 1 to 4, of which there are left (1 at least); 0
 * when it is not UTF-8 (RFC 3629). */
size_t utf8_length(const char *s, size_t left);
/* Ends s where it is not UTF-8 any more: what was cut to fit may end within a
 * character. */
void utf8_trim(char *s);

#endif
