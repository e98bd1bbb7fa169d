/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/value.c - one argument to one field: numbers, words, strings.
 */
#include "config/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "config/config.h"
#include "config/report.h"
#include "config/suggest.h"

bool
value_refuse(
    struct value_fault *fault, const char *suggestion, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, args);
	va_end(args);
	snprintf(fault->suggestion, sizeof(fault->suggestion), "%s",
	    suggestion == NULL ? "" : suggestion);
	return false;
}

static bool
value_store_string(char *s, void *field)
{
	if (s == NULL)
		return false;
	memcpy(field, &s, sizeof(s));
	return true;
}

/* ---- numbers ---- */

/* Digits only; return what follows them, NULL when there is none or it does
 * not fit. */
static const char *
value_digits(const char *word, uint64_t *out)
{
	const char *p;
	uint64_t n = 0;

	for (p = word; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
			return NULL;
	}
	*out = n;
	return p == word ? NULL : p;
}

static bool
value_ranged(const struct value_type *type, const char *word, uint64_t *n,
    struct value_fault *fault)
{
	const char *end = value_digits(word, n);

	if (end != NULL && *end == '\0' && *n >= type->low && *n <= type->high)
		return true;
	return value_refuse(fault, NULL,
	    "%s is not a number from %" PRIu64 " to %" PRIu64,
	    report_quote(word).text, type->low, type->high);
}

bool
value_number(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	uint64_t n;

	if (!value_ranged(type, word, &n, fault))
		return false;
	*(unsigned *)field = (unsigned)n;
	return true;
}

bool
value_number16(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	uint64_t n;

	if (!value_ranged(type, word, &n, fault))
		return false;
	*(uint16_t *)field = (uint16_t)n;
	return true;
}

/* ---- numbers with units ---- */

struct value_unit {
	const char *name;
	uint64_t factor;
};

/* clang-format off */
static const struct value_unit value_size_units[] = {
	{ "", 1 },
	{ "K", 1ull << 10 }, { "KiB", 1ull << 10 },
	{ "M", 1ull << 20 }, { "MiB", 1ull << 20 },
	{ "G", 1ull << 30 }, { "GiB", 1ull << 30 },
	{ "T", 1ull << 40 }, { "TiB", 1ull << 40 },
	{ "P", 1ull << 50 }, { "PiB", 1ull << 50 },
	{ NULL, 0 },
};

static const struct value_unit value_time_units[] = {
	{ "ms", 1 }, { "s", 1000 }, { "min", 60000 },
	{ NULL, 0 },
};

/* How others write them. */
static const struct value_choice value_size_hints[] = {
	{ "k", 'K', false }, { "kb", 'K', false }, { "kib", 'K', false },
	{ "m", 'M', false }, { "mb", 'M', false }, { "mib", 'M', false },
	{ "g", 'G', false }, { "gb", 'G', false }, { "gib", 'G', false },
	{ "t", 'T', false }, { "tb", 'T', false }, { "tib", 'T', false },
	{ "p", 'P', false }, { "pb", 'P', false }, { "pib", 'P', false },
	{ NULL, 0, false },
};
/* clang-format on */

static const struct value_unit *
value_unit_find(const struct value_unit *units, const char *name)
{
	for (; units->name != NULL; units++) {
		if (strcmp(units->name, name) == 0)
			return units;
	}
	return NULL;
}

static const struct value_choice *
value_choice_find(const struct value_choice *choices, const char *name,
    int (*compare)(const char *, const char *))
{
	for (; choices->name != NULL; choices++) {
		if (compare(choices->name, name) == 0)
			return choices;
	}
	return NULL;
}

static void
value_print_size(char *out, size_t size, uint64_t n)
{
	static const char units[] = " KMGTP";
	unsigned u = 0;

	while (n > 0 && n % 1024 == 0 && u < 5) {
		n /= 1024;
		u++;
	}
	snprintf(out, size, "%" PRIu64 "%.*s", n, u > 0, units + u);
}

static bool
value_size_refuse(const char *word, struct value_fault *fault)
{
	const struct value_choice *hint;
	char meant[40] = "";
	uint64_t n;
	const char *end = value_digits(word, &n);

	if (end != NULL) {
		hint = value_choice_find(value_size_hints, end, strcasecmp);
		if (hint != NULL)
			snprintf(meant, sizeof(meant), "%" PRIu64 "%c", n,
			    hint->value);
	}
	return value_refuse(fault, meant,
	    "%s is not a size: a whole number and K, M, G, T or P",
	    report_quote(word).text);
}

bool
value_size(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	const struct value_unit *unit;
	char low[32], high[32];
	uint64_t n;
	const char *end = value_digits(word, &n);

	unit = end == NULL ? NULL : value_unit_find(value_size_units, end);
	if (unit == NULL)
		return value_size_refuse(word, fault);
	value_print_size(low, sizeof(low), type->low);
	value_print_size(high, sizeof(high), type->high);
	if (__builtin_mul_overflow(n, unit->factor, &n) || n < type->low ||
	    n > type->high)
		return value_refuse(fault, NULL,
		    "%s is not a size from %s to %s", report_quote(word).text,
		    low, high);
	*(uint64_t *)field = n;
	return true;
}

bool
value_lun_size(const char *word, uint64_t *bytes, struct value_fault *fault)
{
	static const struct value_type type = { .low = 512,
		.high = VALUE_LUN_SIZE_MAX };

	return value_size(&type, NULL, word, bytes, fault);
}

bool
value_percent(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	char meant[40] = "";
	const char *end;
	uint64_t n;

	if (strcmp(word, "none") == 0) {
		*(unsigned *)field = CONFIG_NO_THRESHOLD;
		return true;
	}
	end = value_digits(word, &n);
	if (end != NULL && strcmp(end, "%") == 0 && n >= 1 && n <= 100) {
		*(unsigned *)field = (unsigned)n;
		return true;
	}
	if (end != NULL && *end == '\0' && n >= 1 && n <= 100)
		snprintf(meant, sizeof(meant), "%" PRIu64 "%%", n);
	return value_refuse(fault, meant,
	    "%s is neither \"none\" nor a part from 1%% to 100%%",
	    report_quote(word).text);
}

bool
value_mode(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	size_t digits = strspn(word, "01234567");
	unsigned long mode = strtoul(word, NULL, 8);

	if (word[digits] != '\0' || digits < 3 || digits > 4 || mode == 0 ||
	    mode > 0777)
		return value_refuse(fault, NULL,
		    "%s is not the mode of a file: three octal digits, as 640",
		    report_quote(word).text);
	*(unsigned *)field = (unsigned)mode;
	return true;
}

bool
value_reserve(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	struct config_reserve reserve = { 0 };
	uint64_t n;
	const char *end = value_digits(word, &n);

	if (end == NULL || strcmp(end, "%") != 0) {
		if (!value_size(type, arena, word, &reserve.bytes, fault))
			return false;
	} else if (n < 1 || n > 100) {
		return value_refuse(fault, NULL,
		    "%s is not a part from 1%% to 100%%",
		    report_quote(word).text);
	} else {
		reserve.percent = (unsigned)n;
	}
	*(struct config_reserve *)field = reserve;
	return true;
}

static bool
value_time_refuse(const char *word, struct value_fault *fault)
{
	char meant[40] = "";
	uint64_t n;
	const char *end = value_digits(word, &n);

	if (end != NULL && *end == '\0')
		snprintf(meant, sizeof(meant), "%" PRIu64 "s", n);
	else if (end != NULL && strcmp(end, "m") == 0)
		snprintf(meant, sizeof(meant), "%" PRIu64 "min", n);
	return value_refuse(fault, meant,
	    "%s is not a time: a whole number and ms, s or min",
	    report_quote(word).text);
}

static void
value_print_time(char *out, size_t size, uint64_t ms)
{
	if (ms % 60000 == 0 && ms > 0)
		snprintf(out, size, "%" PRIu64 "min", ms / 60000);
	else if (ms % 1000 == 0)
		snprintf(out, size, "%" PRIu64 "s", ms / 1000);
	else
		snprintf(out, size, "%" PRIu64 "ms", ms);
}

bool
value_time(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	const struct value_unit *unit;
	char low[32], high[32];
	uint64_t n;
	const char *end = value_digits(word, &n);

	unit = end == NULL ? NULL : value_unit_find(value_time_units, end);
	if (unit == NULL)
		return value_time_refuse(word, fault);
	value_print_time(low, sizeof(low), type->low);
	value_print_time(high, sizeof(high), type->high);
	if (__builtin_mul_overflow(n, unit->factor, &n) || n < type->low ||
	    n > type->high)
		return value_refuse(fault, NULL,
		    "%s is not a time from %s to %s", report_quote(word).text,
		    low, high);
	*(unsigned *)field = (unsigned)n;
	return true;
}

/* ---- words ---- */

/* "a, b or c" */
static void
value_list_choices(char *out, size_t size, const struct value_choice *choices)
{
	const struct value_choice *c;
	size_t at = 0;
	int n;

	for (c = choices; c->name != NULL && at < size; c++) {
		n = snprintf(out + at, size - at, "%s%s",
		    c == choices        ? ""
		    : c[1].name == NULL ? " or "
					: ", ",
		    c->name);
		at += (size_t)n;
	}
}

static bool
value_choice_refuse(const struct value_choice *choices, const char *word,
    struct value_fault *fault)
{
	struct suggestion near = { .word = word };
	const struct value_choice *c;
	char list[120];

	for (c = choices; c->name != NULL; c++)
		suggest_offer(&near, c->name);
	value_list_choices(list, sizeof(list), choices);
	return value_refuse(fault, near.best, "%s is none of %s",
	    report_quote(word).text, list);
}

static bool
value_choice_read(const struct value_choice *choices, const char *word,
    int *out, struct value_fault *fault)
{
	const struct value_choice *c = value_choice_find(choices, word, strcmp);

	if (c == NULL)
		return value_choice_refuse(choices, word, fault);
	if (c->unsupported)
		return value_refuse(fault, NULL,
		    "%s is not supported by this build",
		    report_quote(word).text);
	*out = c->value;
	return true;
}

bool
value_choose(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	int value;

	if (!value_choice_read(type->choices, word, &value, fault))
		return false;
	memcpy(field, &value, sizeof(value));
	return true;
}

bool
value_number32(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	int value;

	if (!value_choice_read(type->choices, word, &value, fault))
		return false;
	*(uint32_t *)field = (uint32_t)value;
	return true;
}

bool
value_yes_no(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	static const char *const yes[] = { "on", "true", "1", NULL };
	static const char *const no[] = { "off", "false", "0", NULL };
	const char *meant = NULL;
	unsigned i;

	if (strcmp(word, "yes") == 0 || strcmp(word, "no") == 0) {
		*(bool *)field = word[0] == 'y';
		return true;
	}
	for (i = 0; yes[i] != NULL; i++) {
		if (strcasecmp(word, yes[i]) == 0)
			meant = "yes";
		if (strcasecmp(word, no[i]) == 0)
			meant = "no";
	}
	return value_refuse(
	    fault, meant, "%s is neither yes nor no", report_quote(word).text);
}

/* ---- strings ---- */

bool
value_string(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	size_t bytes = strlen(word);

	if (bytes == 0)
		return value_refuse(fault, NULL, "an empty word");
	if (bytes > type->high)
		return value_refuse(fault, NULL,
		    "%zu bytes, at most %" PRIu64 " are allowed", bytes,
		    type->high);
	return value_store_string((char *)word, field);
}

bool
value_ascii(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	const char *p;

	for (p = word; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			return value_refuse(fault, NULL,
			    "%s holds more than printable ASCII",
			    report_quote(word).text);
	}
	if (word[0] == ' ' || (p > word && p[-1] == ' '))
		return value_refuse(fault, NULL,
		    "%s begins or ends with a "
		    "blank",
		    report_quote(word).text);
	return value_string(type, arena, word, field, fault);
}

/* A name of LVM's: letters, digits, + _ . - but no - at its start. */
static bool
value_is_lvm_name(const char *name, size_t n)
{
	static const char may[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-";

	return n > 0 && n <= 127 && name[0] != '-' && name[0] != '.' &&
	       strspn(name, may) >= n;
}

bool
value_volume(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	size_t group = strcspn(word, "/");
	const char *volume = word[group] == '/' ? word + group + 1 : "";

	if (!value_is_lvm_name(word, group) ||
	    !value_is_lvm_name(volume, strlen(volume)))
		return value_refuse(fault, NULL,
		    "%s is not GROUP/VOLUME in names of LVM's",
		    report_quote(word).text);
	return value_string(type, arena, word, field, fault);
}

bool
value_pool(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	if (!value_is_lvm_name(word, strlen(word)))
		return value_refuse(fault, NULL, "%s is not a name of LVM's",
		    report_quote(word).text);
	return value_string(type, arena, word, field, fault);
}

/* One that Ceph may have for a pool, an image or a snapshot; its length. */
static size_t
value_ceph_name(const char *word)
{
	return strcspn(word, "/@");
}

/* POOL/IMAGE, and what comes behind it; NULL: it is none. */
static const char *
value_behind_image(const char *word)
{
	size_t pool = value_ceph_name(word), image;

	if (pool == 0 || word[pool] != '/')
		return NULL;
	word += pool + 1;
	image = value_ceph_name(word);
	return image > 0 ? word + image : NULL;
}

/* Nothing, or @SNAPSHOT. */
static bool
value_is_snapshot(const char *word)
{
	size_t snapshot;

	if (word[0] != '@')
		return word[0] == '\0';
	snapshot = value_ceph_name(word + 1);
	return snapshot > 0 && word[1 + snapshot] == '\0';
}

bool
value_image(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	const char *rest = value_behind_image(word);

	if (rest == NULL || !value_is_snapshot(rest))
		return value_refuse(fault, NULL,
		    "%s is not POOL/IMAGE or POOL/IMAGE@SNAPSHOT in names of "
		    "Ceph's",
		    report_quote(word).text);
	return value_ascii(type, arena, word, field, fault);
}

bool
value_module(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	static const char rbd[] = "rbd/", qcow[] = "qcow//";
	const char *rest = NULL;

	if (strncmp(word, rbd, strlen(rbd)) == 0)
		rest = value_behind_image(word + strlen(rbd));
	if (rest != NULL && rest[0] == '\0')
		return value_ascii(type, arena, word, field, fault);
	if (strncmp(word, qcow, strlen(qcow)) == 0 &&
	    word[strlen(qcow)] != '\0')
		return value_string(type, arena, word, field, fault);
	return value_refuse(fault, NULL,
	    "%s is neither qcow/PATH with an absolute path nor rbd/POOL/IMAGE",
	    report_quote(word).text);
}

bool
value_path(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	if (word[0] != '/')
		return value_refuse(fault, NULL,
		    "%s is not an absolute path: it must begin with '/'",
		    report_quote(word).text);
	return value_string(type, arena, word, field, fault);
}

bool
value_path_or_none(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault)
{
	if (strcmp(word, "none") == 0)
		return value_string(type, arena, word, field, fault);
	return value_path(type, arena, word, field, fault);
}

/* The first digit says which kind: 2, 3, 5 have 8 bytes, 6 has 16. */
static bool
value_naa_has_form(const char *hex)
{
	size_t digits = strspn(hex, "0123456789abcdef");

	if (hex[digits] != '\0')
		return false;
	if (digits == 16)
		return hex[0] == '2' || hex[0] == '3' || hex[0] == '5';
	return digits == 32 && hex[0] == '6';
}

bool
value_naa(const struct value_type *type, struct arena *arena, const char *word,
    void *field, struct value_fault *fault)
{
	const char *digits = word;
	char *hex, *p;

	if (strncasecmp(word, "0x", 2) == 0)
		digits = word + 2;
	else if (strncasecmp(word, "naa.", 4) == 0)
		digits = word + 4;
	hex = arena_copy(arena, digits, strlen(digits));
	if (hex == NULL)
		return value_refuse(fault, NULL, "out of memory");
	for (p = hex; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p - 'A' + 'a');
	}
	if (!value_naa_has_form(hex))
		return value_refuse(fault, NULL,
		    "%s is not an NAA: 16 hexadecimal digits that begin with "
		    "2, 3 or 5, or 32 that begin with 6",
		    report_quote(word).text);
	return value_store_string(hex, field);
}
