/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/iname.c - iSCSI names (RFC 7143 4.2.7, RFC 3722), names of blocks.
 */
#include "config/iname.h"

#include <string.h>

#include "config/report.h"

#define INAME_DIGITS  "0123456789"
#define INAME_LETTERS "abcdefghijklmnopqrstuvwxyz"
#define INAME_UPPER   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

bool
iname_lower(char *name)
{
	bool changed = false;

	for (; *name != '\0'; name++) {
		if (*name < 'A' || *name > 'Z')
			continue;
		*name = (char)(*name - 'A' + 'a');
		changed = true;
	}
	return changed;
}

static bool
iname_is_month(const char *s)
{
	return (s[0] == '0' && s[1] >= '1' && s[1] <= '9') ||
	       (s[0] == '1' && s[1] >= '0' && s[1] <= '2');
}

/* yyyy-mm.reversed-domain[:anything] */
static bool
iname_is_iqn(const char *s)
{
	if (strspn(s, INAME_DIGITS) != 4 || s[4] != '-' ||
	    !iname_is_month(s + 5) || s[7] != '.')
		return false;
	return s[8] != '\0' && s[8] != ':' && s[8] != '.';
}

static bool
iname_is_hex(const char *s, size_t digits)
{
	return strlen(s) == digits &&
	       strspn(s, INAME_DIGITS "abcdef") == digits;
}

static bool
iname_has_form(const char *name)
{
	if (strncmp(name, "iqn.", 4) == 0)
		return iname_is_iqn(name + 4);
	if (strncmp(name, "eui.", 4) == 0)
		return iname_is_hex(name + 4, 16);
	if (strncmp(name, "naa.", 4) == 0)
		return iname_is_hex(name + 4, 16) || iname_is_hex(name + 4, 32);
	return false;
}

static bool
iname_check_length(const char *name, size_t most, struct value_fault *fault)
{
	size_t bytes = strlen(name);

	if (bytes == 0)
		return value_refuse(fault, NULL, "an empty name");
	if (bytes <= most)
		return true;
	return value_refuse(fault, NULL,
	    "a name of %zu bytes; at most %zu are allowed", bytes, most);
}

/* Does name hold only what is in allowed? */
static bool
iname_check_charset(
    const char *name, const char *allowed, struct value_fault *fault)
{
	const char *bad = name + strspn(name, allowed);

	if (*bad == '\0')
		return true;
	if (*bad < ' ' || *bad > '~')
		return value_refuse(fault, NULL,
		    "%s holds more than printable ASCII",
		    report_quote(name).text);
	return value_refuse(fault, NULL,
	    "%s holds a '%c'; only letters, "
	    "digits and %s are allowed",
	    report_quote(name).text, *bad,
	    strpbrk(allowed, "*") == NULL ? "-._:" : "-._:*?[]!");
}

/* "_" is outside of RFC 3722, and in many names all the same. */
bool
iname_check_target(const char *name, struct value_fault *fault)
{
	if (!iname_check_length(name, INAME_BYTES_MAX, fault) ||
	    !iname_check_charset(
		name, INAME_LETTERS INAME_DIGITS "-._:", fault))
		return false;
	if (iname_has_form(name))
		return true;
	return value_refuse(fault, NULL,
	    "%s is not an iSCSI name: iqn.YYYY-MM.REVERSED.DOMAIN:WORDS, "
	    "eui. and 16 or naa. and 16 or 32 hexadecimal digits",
	    report_quote(name).text);
}

bool
iname_check_block(const char *name, struct value_fault *fault)
{
	if (!iname_check_length(name, INAME_BLOCK_BYTES_MAX, fault) ||
	    !iname_check_charset(
		name, INAME_LETTERS INAME_UPPER INAME_DIGITS "-._:", fault))
		return false;
	if (strchr("-.:", name[0]) == NULL)
		return true;
	return value_refuse(fault, NULL,
	    "%s begins with '%c'; a name begins with a letter or a digit",
	    report_quote(name).text, name[0]);
}

static bool
iname_has_open_bracket(const char *glob)
{
	const char *open = strrchr(glob, '[');

	return open != NULL &&
	       (open[1] == '\0' || strchr(open + 2, ']') == NULL);
}

bool
value_glob(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	if (!iname_check_length(word, INAME_BYTES_MAX, fault) ||
	    !iname_check_charset(word,
		INAME_LETTERS INAME_UPPER INAME_DIGITS "-._:*?[]!", fault))
		return false;
	if (word[strcspn(word, INAME_UPPER)] != '\0')
		return value_refuse(fault, NULL,
		    "%s has upper case, initiator names have none "
		    "(RFC 3722): this would match nobody",
		    report_quote(word).text);
	if (iname_has_open_bracket(word))
		return value_refuse(fault, NULL, "%s has a '[' without a ']'",
		    report_quote(word).text);
	memcpy(field, &word, sizeof(word));
	return true;
}
