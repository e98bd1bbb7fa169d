/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/utf8.c - is it UTF-8?
 */
#include "common/utf8.h"

#include <stdbool.h>
#include <string.h>

static bool
utf8_is_tail(const char *s, size_t n)
{
	for (; n > 0; n--, s++) {
		if (((unsigned char)*s & 0xc0) != 0x80)
			return false;
	}
	return true;
}

/* The shortest form only, no surrogates, up to U+10FFFF (RFC 3629). */
static bool
utf8_is_second(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return true;
	}
}

void
utf8_trim(char *s)
{
	size_t left = strlen(s), n;

	for (; left > 0 && (n = utf8_length(s, left)) > 0; s += n)
		left -= n;
	*s = '\0';
}

size_t
utf8_length(const char *s, size_t left)
{
	unsigned char c = (unsigned char)*s;
	size_t n;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (n > left || !utf8_is_tail(s + 1, n - 1))
		return 0;
	return utf8_is_second(c, (unsigned char)s[1]) ? n : 0;
}
