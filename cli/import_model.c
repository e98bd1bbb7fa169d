/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import_model.c - statements of our configuration, as they are gathered.
 */
#include "cli/import.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define NAME_BYTES   63
#define SECRET_BYTES 12 /* at least, unless the group is told otherwise */

/* ---- statements ---- */

json_t *
import_add(json_t *list, ...)
{
	json_t *words = json_array(), *s;
	const char *word;
	va_list args;

	va_start(args, list);
	while ((word = va_arg(args, const char *)) != NULL)
		json_array_append_new(words, json_string(word));
	va_end(args);
	s = json_pack("{s:o}", "words", words);
	json_array_append_new(list, s);
	return s;
}

json_t *
import_block(json_t *statement)
{
	json_t *block = json_object_get(statement, "block");

	if (block != NULL)
		return block;
	block = json_array();
	json_object_set_new(statement, "block", block);
	return block;
}

const char *
import_word(const json_t *statement, size_t i)
{
	return json_string_value(
	    json_array_get(json_object_get(statement, "words"), i));
}

json_t *
import_find(const json_t *block, const char *keyword)
{
	json_t *s;
	size_t i;

	json_array_foreach(block, i, s)
	{
		if (strcmp(import_word(s, 0), keyword) == 0)
			return s;
	}
	return NULL;
}

/* ---- names ---- */

bool
import_has(const json_t *list, const char *name)
{
	const json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
	{
		if (strcmp(import_word(s, 1), name) == 0)
			return true;
	}
	return false;
}

/* One that list does not have: the one wanted, or with a number behind it. */
static void
import_name(const json_t *list, const char *wanted, char out[NAME_BYTES + 1])
{
	char base[NAME_BYTES - 8];
	unsigned i, n = 2;

	snprintf(base, sizeof(base), "%s", wanted);
	for (i = 0; base[i] != '\0'; i++) {
		if (!isalnum((unsigned char)base[i]) &&
		    strchr(i == 0 ? "_" : "-._:", base[i]) == NULL)
			base[i] = i == 0 ? 'x' : '-';
	}
	snprintf(out, NAME_BYTES + 1, "%s", base[0] != '\0' ? base : "x");
	while (import_has(list, out))
		snprintf(out, NAME_BYTES + 1, "%s-%u", base, n++);
}

const char *
import_last_part(const char *path)
{
	const char *p = strrchr(path, '/');

	if (p == NULL)
		p = strrchr(path, ':');
	return p != NULL && p[1] != '\0' ? p + 1 : path;
}

/* ---- luns ---- */

const char *
import_store_of(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 ? "block" : "file";
}

static json_t *
import_find_lun(struct import *im, const char *store, const char *path)
{
	const json_t *store_statement;
	json_t *lun;
	size_t i;

	json_array_foreach(im->luns, i, lun)
	{
		store_statement = import_find(import_block(lun), store);
		if (store_statement != NULL &&
		    strcmp(import_word(store_statement, 1), path) == 0)
			return lun;
	}
	return NULL;
}

json_t *
import_lun(struct import *im, const char *wanted, const char *store,
    const char *path, bool *fresh)
{
	json_t *lun = path != NULL ? import_find_lun(im, store, path) : NULL;
	char name[NAME_BYTES + 1];

	*fresh = lun == NULL;
	if (lun != NULL)
		return lun;
	import_name(im->luns, wanted, name);
	lun = import_add(im->luns, "lun", name, NULL);
	import_add(import_block(lun), store, path, NULL);
	return lun;
}

/* Printable, and not too long. */
static bool
import_is_plain(const char *text, size_t most)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return i > 0 && i <= most;
}

/* Two disks cannot be one. */
static void
import_identity(
    struct import *im, json_t *lun, const char *keyword, const char *value)
{
	const json_t *s;
	json_t *other;
	size_t i;

	json_array_foreach(im->luns, i, other)
	{
		s = import_find(import_block(other), keyword);
		if (s != NULL && strcmp(import_word(s, 1), value) == 0) {
			import_lose(im, "%s %s of lun %s: lun %s has it",
			    keyword, value, import_word(lun, 1),
			    import_word(other, 1));
			return;
		}
	}
	import_add(import_block(lun), keyword, value, NULL);
}

void
import_serial(struct import *im, json_t *lun, const char *serial)
{
	if (import_is_plain(serial, 36))
		import_identity(im, lun, "serial", serial);
	else
		import_lose(im,
		    "the serial \"%s\": ours has 1 to 36 characters", serial);
}

void
import_device_id(struct import *im, json_t *lun, const char *id)
{
	if (import_is_plain(id, 64))
		import_identity(im, lun, "device-id", id);
	else
		import_lose(im,
		    "the device id \"%s\": ours has 1 to 64 characters", id);
}

void
import_naa(struct import *im, json_t *lun, const char *naa)
{
	char digits[33] = "";
	size_t i, n;

	if (strncasecmp(naa, "0x", 2) == 0)
		naa += 2;
	n = strlen(naa);
	for (i = 0; i < n && n <= 32; i++)
		digits[i] = (char)tolower((unsigned char)naa[i]);
	/* NAA 6 has 16 bytes, the others 8. */
	if (n != (digits[0] == '6' ? 32u : 16u) ||
	    strspn(digits, "0123456789abcdef") != n ||
	    strchr("2356", digits[0]) == NULL)
		import_lose(im, "the NAA \"%s\": it is none of T10's", naa);
	else
		import_identity(im, lun, "naa", digits);
}

bool
import_size(const char *text, char *out, size_t size)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);
	const char *unit = end;
	char letter = (char)toupper((unsigned char)*end);

	if (end == text || n == 0 || text[0] == '-')
		return false;
	if (letter == 'B')
		letter = '\0';
	if (letter != '\0' && strchr("KMGTP", letter) == NULL)
		return false;
	if (letter != '\0')
		unit++;
	if (*unit != '\0' && strcasecmp(unit, "B") != 0 &&
	    strcasecmp(unit, "iB") != 0)
		return false;
	snprintf(out, size, letter != '\0' ? "%llu%c" : "%llu", n, letter);
	return true;
}

/* ---- who may log in ---- */

json_t *
import_group(struct import *im, const char *wanted)
{
	char name[NAME_BYTES + 1];

	import_name(im->groups, wanted, name);
	return import_add(im->groups, "auth-group", name, NULL);
}

static void
import_check_secret(struct import *im, json_t *group, const char *secret)
{
	if (strlen(secret) >= SECRET_BYTES ||
	    import_find(import_block(group), "weak-secrets") != NULL)
		return;
	import_add(import_block(group), "weak-secrets", "yes", NULL);
	import_note(im,
	    "a secret of auth-group %s has less than %d bytes: weak-secrets",
	    import_word(group, 1), SECRET_BYTES);
}

void
import_chap(struct import *im, json_t *group, const char *user,
    const char *secret, const char *mutual_user, const char *mutual_secret)
{
	json_t *block = import_block(group), *s;
	size_t i;

	json_array_foreach(block, i, s)
	{
		if (strncmp(import_word(s, 0), "chap", 4) == 0 &&
		    strcmp(import_word(s, 1), user) == 0) {
			if (strcmp(import_word(s, 2), secret) != 0)
				import_lose(
				    im, "a second secret of the user %s", user);
			return;
		}
	}
	import_check_secret(im, group, secret);
	if (mutual_user == NULL) {
		import_add(block, "chap", user, secret, NULL);
		return;
	}
	import_check_secret(im, group, mutual_secret);
	if (strcmp(secret, mutual_secret) == 0) {
		import_lose(im,
		    "that the target proves itself to %s: the secret is the "
		    "same in both directions",
		    user);
		import_add(block, "chap", user, secret, NULL);
	} else {
		import_add(block, "chap-mutual", user, secret, mutual_user,
		    mutual_secret, NULL);
	}
}

/* ---- where it listens ---- */

static bool
import_listens_at(const json_t *group, const char *address)
{
	json_t *block = json_object_get(group, "block"), *s;
	size_t i;

	json_array_foreach(block, i, s)
	{
		if (strcmp(import_word(s, 0), "listen") == 0 &&
		    strcmp(import_word(s, 1), address) == 0)
			return true;
	}
	return false;
}

static bool
import_listens_so(const json_t *group, const json_t *listens)
{
	size_t i;

	for (i = 0; i < json_array_size(listens); i++) {
		if (!import_listens_at(
			group, json_string_value(json_array_get(listens, i))))
			return false;
	}
	return true;
}

/* An address belongs to one portal group. */
static bool
import_is_taken(const struct import *im, const char *address)
{
	const json_t *group;
	size_t i;

	json_array_foreach(im->portals, i, group)
	{
		if (import_listens_at(group, address))
			return true;
	}
	return false;
}

const char *
import_portals(struct import *im, const char *wanted, const json_t *listens)
{
	char name[NAME_BYTES + 1];
	const char *address;
	json_t *group;
	size_t i;

	json_array_foreach(im->portals, i, group)
	{
		if (import_listens_so(group, listens))
			return import_word(group, 1);
	}
	import_name(im->portals, wanted, name);
	group = import_add(im->portals, "portal-group", name, NULL);
	for (i = 0; i < json_array_size(listens); i++) {
		address = json_string_value(json_array_get(listens, i));
		if (import_is_taken(im, address))
			import_lose(im,
			    "portal-group %s at %s: another group listens "
			    "there",
			    name, address);
		else
			import_add(
			    import_block(group), "listen", address, NULL);
	}
	return import_word(group, 1);
}

const char *
import_portals_everywhere(struct import *im)
{
	json_t *listens = json_pack("[s, s]", "0.0.0.0:3260", "[::]:3260");
	const char *name = import_portals(im, "all", listens);

	json_decref(listens);
	return name;
}

/* "0.0.0.0:3261" stands for all IPv4 addresses at that port, "[::]" for all
 * IPv6 ones.  The port of what is written without is 3260. */
static bool
import_is_part(const char *address, const char *wide)
{
	bool v6 = address[0] == '[';
	const char *port = v6 ? strstr(address, "]:") : strchr(address, ':');
	const char *host = v6 ? "[::]" : "0.0.0.0";
	size_t n = strlen(host);

	port = port == NULL ? "3260" : port + 1 + v6;
	if (strncmp(wide, host, n) != 0 || strncmp(address, host, n) == 0)
		return false;
	return strcmp(wide[n] == ':' ? wide + n + 1 : "3260", port) == 0;
}

/* Does a group listen at all addresses of which this is one? */
static bool
import_is_covered(struct import *im, const char *address)
{
	json_t *group, *s;
	size_t i, k;

	json_array_foreach(im->portals, i, group)
	{
		json_array_foreach(import_block(group), k, s)
		{
			if (strcmp(import_word(s, 0), "listen") == 0 &&
			    import_is_part(address, import_word(s, 1)))
				return true;
		}
	}
	return false;
}

void
import_settle_portals(struct import *im)
{
	json_t *group, *s;
	size_t i, k;

	json_array_foreach(im->portals, i, group)
	{
		for (k = 0; k < json_array_size(import_block(group)); k++) {
			s = json_array_get(import_block(group), k);
			if (strcmp(import_word(s, 0), "listen") != 0 ||
			    !import_is_covered(im, import_word(s, 1)))
				continue;
			import_lose(im,
			    "portal-group %s at %s alone: a group listens at "
			    "all addresses there",
			    import_word(group, 1), import_word(s, 1));
			json_array_remove(import_block(group), k--);
		}
	}
}

/* ---- what is offered ---- */

static json_t *
import_find_map(const json_t *target, const char *number)
{
	json_t *block = json_object_get(target, "block"), *s;
	size_t i;

	json_array_foreach(block, i, s)
	{
		if (strcmp(import_word(s, 0), "lun") == 0 &&
		    strcmp(import_word(s, 1), number) == 0)
			return s;
	}
	return NULL;
}

/* One more initiator of a number that is mapped already. */
static void
import_widen_map(struct import *im, json_t *map, const json_t *lun,
    bool read_only, const char *initiator)
{
	json_t *block = json_object_get(map, "block");
	bool was_read_only = import_find(block, "read-only") != NULL;

	if (strcmp(import_word(map, 2), import_word(lun, 1)) != 0 ||
	    was_read_only != read_only) {
		import_lose(im,
		    "LUN %s as %s%s to %s: that number is %s%s already; give "
		    "it a target of its own",
		    import_word(map, 1), import_word(lun, 1),
		    read_only ? ", read-only," : "",
		    initiator != NULL ? initiator : "all others",
		    import_word(map, 2), was_read_only ? ", read-only," : "");
		return;
	}
	if (initiator != NULL && import_find(block, "initiator-name") != NULL)
		import_add(
		    import_block(map), "initiator-name", initiator, NULL);
}

void
import_map(struct import *im, json_t *target, unsigned long number,
    const json_t *lun, bool read_only, const char *initiator)
{
	char text[24];
	json_t *map;

	snprintf(text, sizeof(text), "%lu", number);
	map = import_find_map(target, text);
	if (map != NULL) {
		import_widen_map(im, map, lun, read_only, initiator);
		return;
	}
	map = import_add(
	    import_block(target), "lun", text, import_word(lun, 1), NULL);
	if (read_only)
		import_add(import_block(map), "read-only", "yes", NULL);
	if (initiator != NULL)
		import_add(
		    import_block(map), "initiator-name", initiator, NULL);
}
