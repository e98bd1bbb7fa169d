/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/name.c - the form of iSCSI names, RFC 7143 4.2.7 and RFC 3722.
 */
#include "iscsi/name.h"

#include <string.h>

#include "common/utf8.h"

static bool
name_is_hex(const char *s, size_t digits)
{
	return strlen(s) == digits && strspn(s, "0123456789abcdef") == digits;
}

static bool
name_is_digits(const char *s, size_t digits)
{
	return strspn(s, "0123456789") >= digits;
}

/* yyyy-mm.reversed-domain[:anything] */
static bool
name_is_iqn(const char *s)
{
	if (!name_is_digits(s, 4) || s[4] != '-' || !name_is_digits(s + 5, 2))
		return false;
	return s[7] == '.' && s[8] != '\0' && s[8] != ':';
}

static bool
name_has_form(const char *name)
{
	if (strncmp(name, "iqn.", 4) == 0)
		return name_is_iqn(name + 4);
	if (strncmp(name, "eui.", 4) == 0)
		return name_is_hex(name + 4, 16);
	if (strncmp(name, "naa.", 4) == 0)
		return name_is_hex(name + 4, 16) || name_is_hex(name + 4, 32);
	return false;
}

static bool
name_is_ascii_allowed(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       strchr("-.:_", c) != NULL;
}

static bool
name_has_charset(const char *s)
{
	size_t left = strlen(s), n;

	for (; left > 0; s += n, left -= n) {
		n = utf8_length(s, left);
		if (n == 0 || (n == 1 && !name_is_ascii_allowed(*s)))
			return false;
	}
	return true;
}

bool
iscsi_name_normalize(char out[ISCSI_NAME_MAX + 1], const char *name)
{
	size_t bytes = strlen(name), i;

	out[0] = '\0';
	if (bytes > ISCSI_NAME_MAX)
		return false;
	for (i = 0; i <= bytes; i++) {
		out[i] = name[i];
		if (name[i] >= 'A' && name[i] <= 'Z')
			out[i] = (char)(name[i] - 'A' + 'a');
	}
	if (name_has_form(out) && name_has_charset(out))
		return true;
	out[0] = '\0';
	return false;
}
