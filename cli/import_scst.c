/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import_scst.c - scst.conf as scstadmin writes it.
 *
 * A line is a keyword or an attribute with its words, and perhaps a block.
 * The whole is read into such statements first.
 */
#include "cli/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scst {
	struct import *im;
	const struct import_token *at;
	json_t *luns; /* by SCST's name of the device: ours */
};

/* ---- reading ---- */

/* The words of a line become a statement of list. */
static json_t *
scst_words(struct scst *c, json_t *list)
{
	json_t *words = json_array(), *s;
	unsigned line = c->at->line;

	for (; c->at->kind == IMPORT_WORD; c->at++) {
		/* scstadmin marks what differs from the default. */
		if (strcmp(c->at->text, "[key]") != 0)
			json_array_append_new(words, json_string(c->at->text));
	}
	s = json_pack("{s:o, s:i}", "words", words, "line", (int)line);
	json_array_append_new(list, s);
	return s;
}

/* Blocks are three deep, or it is broken; so there is no recursion. */
#define SCST_DEPTH 8

static json_t *
scst_read(struct scst *c)
{
	json_t *lists[SCST_DEPTH] = { json_array() }, *last = NULL;
	unsigned depth = 0;

	for (; c->at->kind != IMPORT_END && !c->im->broken;) {
		c->im->line = c->at->line;
		switch (c->at->kind) {
		case IMPORT_WORD:
			last = scst_words(c, lists[depth]);
			continue;
		case IMPORT_OPEN:
			if (last == NULL || depth + 1 == SCST_DEPTH)
				import_break(c->im, "a { stands alone");
			else
				lists[++depth] = import_block(last);
			break;
		case IMPORT_CLOSE:
			if (depth == 0)
				import_break(c->im, "a } closes nothing");
			else
				depth--;
			last = NULL;
			break;
		default:
			break;
		}
		c->at++;
	}
	if (!c->im->broken && depth > 0)
		import_break(c->im, "a } is missing at the end");
	return lists[0];
}

static bool
scst_is(const json_t *s, const char *keyword)
{
	const char *word = import_word(s, 0);

	return word != NULL && strcasecmp(word, keyword) == 0;
}

static void
scst_go_to(struct scst *c, const json_t *s)
{
	c->im->line = (unsigned)json_integer_value(json_object_get(s, "line"));
}

/* An attribute's value, or NULL. */
static const char *
scst_value(const json_t *block, const char *name)
{
	const json_t *s;
	size_t i;

	json_array_foreach(block, i, s)
	{
		if (scst_is(s, name))
			return import_word(s, 1);
	}
	return NULL;
}

static bool
scst_says(const json_t *block, const char *name)
{
	const char *value = scst_value(block, name);

	return value != NULL && strcmp(value, "1") == 0;
}

/* Of those that are not in the list of what is understood. */
static void
scst_lose_others(struct scst *c, const json_t *block, const char *const *known)
{
	const json_t *s;
	unsigned k;
	size_t i;

	json_array_foreach(block, i, s)
	{
		for (k = 0; known[k] != NULL && !scst_is(s, known[k]); k++)
			;
		scst_go_to(c, s);
		if (known[k] == NULL && import_word(s, 0) != NULL)
			import_lose(c->im, "%s %s", import_word(s, 0),
			    import_word(s, 1) != NULL ? import_word(s, 1) : "");
	}
}

/* ---- devices ---- */

static void
scst_identify(struct scst *c, json_t *lun, const json_t *block)
{
	const char *usn = scst_value(block, "usn");
	const char *id = scst_value(block, "t10_dev_id");
	const char *naa = scst_value(block, "naa_id");

	if (usn != NULL)
		import_serial(c->im, lun, usn);
	if (id != NULL)
		import_device_id(c->im, lun, id);
	if (naa != NULL)
		import_naa(c->im, lun, naa);
	if (usn == NULL || naa == NULL)
		import_lose(c->im,
		    "the identity of lun %s: SCST made %s up; give it as "
		    "initiators know it",
		    import_word(lun, 1),
		    usn == NULL ? "its serial" : "its NAA");
}

static void
scst_fill(
    struct scst *c, json_t *lun, const json_t *device, bool volatile_store)
{
	static const char *const known[] = { "filename", "size", "size_mb",
		"blocksize", "read_only", "removable", "write_through",
		"o_direct", "nv_cache", "usn", "t10_dev_id", "naa_id", NULL };
	const json_t *attributes = json_object_get(device, "block");
	const char *block_size = scst_value(attributes, "blocksize");
	const char *size = scst_value(attributes, "size");
	json_t *block = import_block(lun);
	char text[32];

	if (size != NULL && import_find(block, "block") == NULL &&
	    import_size(size, text, sizeof(text)))
		import_add(block, "size", text, NULL);
	else if (volatile_store)
		import_add(block, "size", "1T", NULL);
	if (block_size != NULL)
		import_add(block, "block-size", block_size, NULL);
	if (scst_says(attributes, "read_only"))
		import_add(block, "read-only", "yes", NULL);
	if (scst_says(attributes, "removable"))
		import_add(block, "removable", "yes", NULL);
	if (scst_says(attributes, "write_through"))
		import_add(block, "cache", "writethrough", NULL);
	else if (scst_says(attributes, "o_direct"))
		import_add(block, "cache", "direct", NULL);
	scst_identify(c, lun, attributes);
	scst_lose_others(c, attributes, known);
}

static void
scst_device(struct scst *c, const char *handler, const json_t *device)
{
	const json_t *block = json_object_get(device, "block");
	const char *name = import_word(device, 1);
	const char *path = scst_value(block, "filename");
	bool null = strcmp(handler, "vdisk_nullio") == 0, fresh;
	json_t *lun;

	scst_go_to(c, device);
	if (name == NULL)
		return;
	if (!null &&
	    (path == NULL || (strcmp(handler, "vdisk_fileio") != 0 &&
				 strcmp(handler, "vdisk_blockio") != 0))) {
		import_lose(
		    c->im, "the device %s of the handler %s", name, handler);
		return;
	}
	lun = import_lun(c->im, name, null ? "null" : import_store_of(path),
	    null ? NULL : path, &fresh);
	if (fresh)
		scst_fill(c, lun, device, null);
	else
		import_lose(c->im, "%s is a second device on %s", name, path);
	json_object_set(c->luns, name, lun);
}

static void
scst_handler(struct scst *c, const json_t *handler)
{
	const json_t *s;
	size_t i;

	json_array_foreach(json_object_get(handler, "block"), i, s)
	{
		if (scst_is(s, "DEVICE") && import_word(handler, 1) != NULL)
			scst_device(c, import_word(handler, 1), s);
	}
}

/* ---- who may log in ---- */

/* "user secret" in one word, or in two. */
static bool
scst_user(const json_t *s, char *user, size_t size, const char **secret)
{
	const char *text = import_word(s, 1), *space;

	if (text == NULL)
		return false;
	space = strchr(text, ' ');
	*secret = space != NULL ? space + 1 : import_word(s, 2);
	snprintf(user, size, "%.*s",
	    space != NULL ? (int)(space - text) : (int)strlen(text), text);
	return *secret != NULL && **secret != '\0';
}

static const json_t *
scst_find(const json_t *block, const char *keyword)
{
	const json_t *s;
	size_t i;

	json_array_foreach(block, i, s)
	{
		if (scst_is(s, keyword))
			return s;
	}
	return NULL;
}

static void
scst_add_users(struct scst *c, json_t *group, const json_t *target)
{
	const json_t *block = json_object_get(target, "block"), *s;
	const json_t *out = scst_find(block, "OutgoingUser");
	const char *secret, *mutual_secret = NULL;
	char user[256], mutual[256];
	size_t i;

	if (out != NULL &&
	    !scst_user(out, mutual, sizeof(mutual), &mutual_secret))
		out = NULL;
	json_array_foreach(block, i, s)
	{
		if (!scst_is(s, "IncomingUser"))
			continue;
		scst_go_to(c, s);
		if (scst_user(s, user, sizeof(user), &secret))
			import_chap(c->im, group, user, secret,
			    out != NULL ? mutual : NULL, mutual_secret);
	}
}

/* Without LUNs for everybody, only those in a GROUP see anything. */
static void
scst_add_initiators(struct scst *c, json_t *group, const json_t *target)
{
	const json_t *block = json_object_get(target, "block"), *g, *s;
	size_t i, k;

	if (scst_find(block, "LUN") != NULL)
		return;
	json_array_foreach(block, i, g)
	{
		if (!scst_is(g, "GROUP"))
			continue;
		json_array_foreach(json_object_get(g, "block"), k, s)
		{
			if (scst_is(s, "INITIATOR") &&
			    import_word(s, 1) != NULL)
				import_add(import_block(group),
				    "initiator-name", import_word(s, 1), NULL);
		}
	}
}

static const char *
scst_auth(struct scst *c, const json_t *target)
{
	json_t *group =
	    import_group(c->im, import_last_part(import_word(target, 1)));

	scst_add_users(c, group, target);
	scst_add_initiators(c, group, target);
	if (json_array_size(import_block(group)) > 0)
		return import_word(group, 1);
	json_array_remove(c->im->groups, json_array_size(c->im->groups) - 1);
	return "no-authentication";
}

/* ---- LUNs ---- */

static void
scst_map(struct scst *c, json_t *ours, const json_t *s, const char *initiator)
{
	const char *number = import_word(s, 1), *device = import_word(s, 2);
	json_t *lun = device != NULL ? json_object_get(c->luns, device) : NULL;

	scst_go_to(c, s);
	if (lun == NULL)
		import_lose(c->im, "LUN %s as %s",
		    number != NULL ? number : "?",
		    device != NULL ? device : "?");
	else
		import_map(c->im, ours, strtoul(number, NULL, 10), lun,
		    scst_says(json_object_get(s, "block"), "read_only"),
		    initiator);
}

static void
scst_map_group(struct scst *c, json_t *ours, const json_t *group)
{
	const json_t *block = json_object_get(group, "block"), *s, *i;
	size_t k, n;

	json_array_foreach(block, k, i)
	{
		if (!scst_is(i, "INITIATOR") || import_word(i, 1) == NULL)
			continue;
		if (import_word(i, 1)[0] == '!') {
			scst_go_to(c, i);
			import_lose(c->im, "all but %s", import_word(i, 1) + 1);
			continue;
		}
		json_array_foreach(block, n, s)
		{
			if (scst_is(s, "LUN"))
				scst_map(c, ours, s, import_word(i, 1));
		}
	}
}

/* ---- targets ---- */

static const char *
scst_portals(struct scst *c, const json_t *block)
{
	json_t *listens = json_array();
	const char *address, *name;
	const json_t *s;
	size_t i;

	json_array_foreach(block, i, s)
	{
		address =
		    scst_is(s, "allowed_portal") ? import_word(s, 1) : NULL;
		if (address == NULL || strcmp(address, "*") == 0)
			continue;
		scst_go_to(c, s);
		if (strpbrk(address, "*?!") != NULL)
			import_lose(c->im, "allowed_portal %s", address);
		else
			json_array_append_new(
			    listens, json_sprintf(strchr(address, ':') != NULL
						      ? "[%s]:3260"
						      : "%s:3260",
					 address));
	}
	name = json_array_size(listens) > 0
		   ? import_portals(c->im, "portals", listens)
		   : import_portals_everywhere(c->im);
	json_decref(listens);
	return name;
}

static void
scst_target(struct scst *c, const json_t *target)
{
	static const char *const known[] = { "LUN", "GROUP", "enabled",
		"IncomingUser", "OutgoingUser", "allowed_portal", NULL };
	const json_t *block = json_object_get(target, "block"), *s;
	json_t *ours;
	size_t i;

	scst_go_to(c, target);
	if (import_word(target, 1) == NULL || !scst_says(block, "enabled")) {
		import_lose(c->im, "the target %s, which is not enabled",
		    import_word(target, 1) != NULL ? import_word(target, 1)
						   : "");
		return;
	}
	ours =
	    import_add(c->im->targets, "target", import_word(target, 1), NULL);
	import_add(
	    import_block(ours), "portal-group", scst_portals(c, block), NULL);
	import_add(
	    import_block(ours), "auth-group", scst_auth(c, target), NULL);
	json_array_foreach(block, i, s)
	{
		if (scst_is(s, "LUN"))
			scst_map(c, ours, s, NULL);
		else if (scst_is(s, "GROUP"))
			scst_map_group(c, ours, s);
	}
	scst_lose_others(c, block, known);
}

static void
scst_driver(struct scst *c, const json_t *driver)
{
	static const char *const known[] = { "TARGET", "enabled", NULL };
	const json_t *block = json_object_get(driver, "block"), *s;
	const char *name = import_word(driver, 1);
	size_t i;

	scst_go_to(c, driver);
	if (name == NULL || strcmp(name, "iscsi") != 0) {
		if (name != NULL && strcmp(name, "copy_manager") != 0)
			import_lose(c->im, "the target driver %s", name);
		return;
	}
	json_array_foreach(block, i, s)
	{
		if (scst_is(s, "TARGET"))
			scst_target(c, s);
	}
	scst_lose_others(c, block, known);
}

void
import_scst(struct import *im, const char *text)
{
	static const char *const known[] = { "HANDLER", "TARGET_DRIVER",
		"setup_id", NULL };
	struct import_token *tokens = import_lex(im, text, true, 0);
	struct scst c = { .im = im, .at = tokens, .luns = json_object() };
	json_t *file = scst_read(&c);
	const json_t *s;
	size_t i;

	if (!im->broken) {
		json_array_foreach(file, i, s)
		{
			if (scst_is(s, "HANDLER"))
				scst_handler(&c, s);
		}
		json_array_foreach(file, i, s)
		{
			if (scst_is(s, "TARGET_DRIVER"))
				scst_driver(&c, s);
		}
		scst_lose_others(&c, file, known);
	}
	im->line = 0;
	json_decref(file);
	json_decref(c.luns);
	import_tokens_free(tokens);
}
