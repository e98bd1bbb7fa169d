/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import_ctl.c - ctl.conf of FreeBSD's ctld.
 *
 * Statements are words of a known number of arguments; lines mean nothing.
 */
#include "cli/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CTL_ARGS 4

/* What a lun block says. */
struct ctl_lun {
	char *backend, *path, *size, *block_size, *serial, *device_id;
	char *device_type, *naa, *read_only, *removable, *write_cache;
};

struct ctl {
	struct import *im;
	const struct import_token *at;
	json_t *named; /* of each top-level lun, by ctld's name: ours */
	/* of the block that is being read */
	json_t *group;   /* auth-group */
	json_t *portals; /* portal-group */
	json_t *target;
	json_t *own_group; /* of a target that says itself who may log in */
	const char *auth;  /* the auth-group of the target */
	bool has_portals, discovery;
	char *authless; /* auth-type none or deny */
	struct ctl_lun lun;
};

struct ctl_word {
	const char *name;
	unsigned args;
	void (*take)(struct ctl *c, char **args); /* NULL: it is lost */
};

static char *
ctl_word(struct ctl *c)
{
	while (c->at->kind == IMPORT_LINE)
		c->at++;
	c->im->line = c->at->line;
	return c->at->kind == IMPORT_WORD ? (c->at++)->text : NULL;
}

static bool
ctl_is(struct ctl *c, enum import_kind kind)
{
	while (c->at->kind == IMPORT_LINE)
		c->at++;
	return c->at->kind == kind;
}

static const struct ctl_word *
ctl_find(const struct ctl_word *words, const char *name)
{
	const struct ctl_word *w;

	for (w = words; w->name != NULL; w++) {
		if (strcmp(w->name, name) == 0)
			return w;
	}
	return NULL;
}

/* One statement of a block.  False: it is not understood. */
static bool
ctl_statement(struct ctl *c, const struct ctl_word *words)
{
	char *args[CTL_ARGS] = { NULL }, *name = ctl_word(c);
	const struct ctl_word *w = name != NULL ? ctl_find(words, name) : NULL;
	unsigned i, line = c->im->line;

	if (w == NULL) {
		import_break(c->im, "%s is not understood",
		    name != NULL ? name : "a brace");
		return false;
	}
	for (i = 0; i < w->args; i++) {
		args[i] = ctl_word(c);
		if (args[i] == NULL) {
			import_break(c->im, "%s lacks an argument", name);
			return false;
		}
	}
	c->im->line = line;
	if (w->take != NULL)
		w->take(c, args);
	else
		import_lose(c->im, "%s%s%s", name, w->args > 0 ? " " : "",
		    w->args > 0 ? args[0] : "");
	return !c->im->broken;
}

/* Up to the brace that closes it. */
static void
ctl_block(struct ctl *c, const struct ctl_word *words)
{
	if (!ctl_is(c, IMPORT_OPEN)) {
		import_break(c->im, "a { is missing");
		return;
	}
	c->at++;
	while (!ctl_is(c, IMPORT_CLOSE)) {
		if (c->at->kind == IMPORT_END) {
			import_break(c->im, "a } is missing at the end");
			return;
		}
		if (!ctl_statement(c, words))
			return;
	}
	c->at++;
}

static void
ctl_ignore(struct ctl *c, char **args)
{
}

/* ---- auth-group, and the same in a target ---- */

static json_t *
ctl_group(struct ctl *c)
{
	if (c->target == NULL)
		return c->group;
	if (c->own_group == NULL)
		c->own_group = import_group(
		    c->im, import_last_part(import_word(c->target, 1)));
	return c->own_group;
}

static void
ctl_chap(struct ctl *c, char **args)
{
	import_chap(c->im, ctl_group(c), args[0], args[1], NULL, NULL);
}

static void
ctl_chap_mutual(struct ctl *c, char **args)
{
	import_chap(c->im, ctl_group(c), args[0], args[1], args[2], args[3]);
}

static void
ctl_initiator_name(struct ctl *c, char **args)
{
	import_add(import_block(ctl_group(c)), "initiator-name", args[0], NULL);
}

static void
ctl_initiator_portal(struct ctl *c, char **args)
{
	import_add(
	    import_block(ctl_group(c)), "initiator-address", args[0], NULL);
}

static void
ctl_auth_type(struct ctl *c, char **args)
{
	if (strcmp(args[0], "none") == 0 || strcmp(args[0], "deny") == 0)
		c->authless = args[0];
}

static const struct ctl_word ctl_auth_words[] = {
	{ "auth-type", 1, ctl_auth_type },
	{ "chap", 2, ctl_chap },
	{ "chap-mutual", 4, ctl_chap_mutual },
	{ "initiator-name", 1, ctl_initiator_name },
	{ "initiator-portal", 1, ctl_initiator_portal },
	{ NULL, 0, NULL },
};

/* Ours asks for something always: a group of nobody, or of all. */
static void
ctl_settle_group(struct ctl *c, json_t *group)
{
	json_t *block = import_block(group);
	bool all = c->authless != NULL && strcmp(c->authless, "none") == 0;

	if (c->authless != NULL)
		json_array_clear(block);
	if (json_array_size(block) == 0)
		import_add(block, "initiator-name",
		    all ? "*" : "iqn.2026-11.invalid:nobody", NULL);
}

static void
ctl_auth_group(struct ctl *c, char **args)
{
	c->group = import_add(c->im->groups, "auth-group", args[0], NULL);
	c->authless = NULL;
	import_block(c->group);
	ctl_block(c, ctl_auth_words);
	ctl_settle_group(c, c->group);
	c->group = NULL;
}

/* What ctld calls the group that admits nobody. */
static const char *
ctl_group_name(const char *theirs)
{
	return strcmp(theirs, "default") == 0 ? "no-access" : theirs;
}

/* ---- portal-group ---- */

static void
ctl_listen(struct ctl *c, char **args)
{
	import_add(import_block(c->portals), "listen", args[0], NULL);
}

static void
ctl_discovery_auth(struct ctl *c, char **args)
{
	c->discovery = true;
	if (strcmp(args[0], "no-authentication") != 0)
		import_add(import_block(c->portals), "discovery-auth-group",
		    ctl_group_name(args[0]), NULL);
}

static void
ctl_discovery_filter(struct ctl *c, char **args)
{
	import_add(import_block(c->portals), "discovery-filter", args[0], NULL);
}

static void
ctl_tag(struct ctl *c, char **args)
{
	import_add(import_block(c->portals), "tag", args[0], NULL);
}

static void
ctl_redirect(struct ctl *c, char **args)
{
	import_add(import_block(c->target != NULL ? c->target : c->portals),
	    "redirect", args[0], NULL);
}

static const struct ctl_word ctl_portal_words[] = {
	{ "listen", 1, ctl_listen },
	{ "listen-iser", 1, NULL },
	{ "discovery-auth-group", 1, ctl_discovery_auth },
	{ "discovery-filter", 1, ctl_discovery_filter },
	{ "tag", 1, ctl_tag },
	{ "redirect", 1, ctl_redirect },
	{ "foreign", 0, NULL },
	{ "offload", 1, NULL },
	{ "option", 2, NULL },
	{ "dscp", 1, NULL },
	{ "pcp", 1, NULL },
	{ NULL, 0, NULL },
};

static void
ctl_portal_group(struct ctl *c, char **args)
{
	c->portals = import_add(c->im->portals, "portal-group", args[0], NULL);
	c->discovery = false;
	import_block(c->portals);
	ctl_block(c, ctl_portal_words);
	if (!c->discovery)
		import_add(import_block(c->portals), "discovery-auth-group",
		    "no-access", NULL);
	c->portals = NULL;
}

/* ---- lun ---- */

#define CTL_LUN_WORD(word, field)                                              \
	static void ctl_##word(struct ctl *c, char **args)                     \
	{                                                                      \
		c->lun.field = args[0];                                        \
	}

CTL_LUN_WORD(backend, backend)
CTL_LUN_WORD(path, path)
CTL_LUN_WORD(size, size)
CTL_LUN_WORD(block_size, block_size)
CTL_LUN_WORD(serial, serial)
CTL_LUN_WORD(device_id, device_id)
CTL_LUN_WORD(device_type, device_type)

static void
ctl_option(struct ctl *c, char **args)
{
	if (strcmp(args[0], "naa") == 0)
		c->lun.naa = args[1];
	else if (strcmp(args[0], "readonly") == 0)
		c->lun.read_only = args[1];
	else if (strcmp(args[0], "removable") == 0)
		c->lun.removable = args[1];
	else if (strcmp(args[0], "writecache") == 0)
		c->lun.write_cache = args[1];
	else
		import_lose(c->im, "option %s %s", args[0], args[1]);
}

static const struct ctl_word ctl_lun_words[] = {
	{ "backend", 1, ctl_backend },
	{ "path", 1, ctl_path },
	{ "size", 1, ctl_size },
	{ "blocksize", 1, ctl_block_size },
	{ "serial", 1, ctl_serial },
	{ "device-id", 1, ctl_device_id },
	{ "device-type", 1, ctl_device_type },
	{ "option", 2, ctl_option },
	{ "ctl-lun", 1, ctl_ignore },
	{ NULL, 0, NULL },
};

static bool
ctl_says(const char *value, const char *word)
{
	return value != NULL && strcmp(value, word) == 0;
}

static void
ctl_fill_lun(struct ctl *c, json_t *lun)
{
	json_t *block = import_block(lun);
	char size[32];

	if (c->lun.size != NULL) {
		if (import_size(c->lun.size, size, sizeof(size)) &&
		    import_find(block, "block") == NULL)
			import_add(block, "size", size, NULL);
		else if (import_find(block, "block") == NULL)
			import_lose(c->im, "size %s", c->lun.size);
	}
	if (c->lun.block_size != NULL)
		import_add(block, "block-size", c->lun.block_size, NULL);
	if (ctl_says(c->lun.read_only, "on"))
		import_add(block, "read-only", "yes", NULL);
	if (ctl_says(c->lun.removable, "on"))
		import_add(block, "removable", "yes", NULL);
	if (ctl_says(c->lun.write_cache, "off") &&
	    import_find(block, "ram") == NULL)
		import_add(block, "cache", "writethrough", NULL);
	if (c->lun.naa != NULL)
		import_naa(c->im, lun, c->lun.naa);
	if (c->lun.device_id != NULL)
		import_device_id(c->im, lun, c->lun.device_id);
	if (c->lun.serial != NULL)
		import_serial(c->im, lun, c->lun.serial);
	else
		import_lose(c->im,
		    "the identity of lun %s: ctld made it up, and initiators "
		    "see another disk; give serial, device-id and naa as they "
		    "know them",
		    import_word(lun, 1));
}

/* What the block says, as a lun of ours; NULL: it cannot be one. */
static json_t *
ctl_make_lun(struct ctl *c, const char *wanted)
{
	bool ram = ctl_says(c->lun.backend, "ramdisk"), fresh;
	json_t *lun;

	if (c->lun.device_type != NULL &&
	    strcmp(c->lun.device_type, "disk") != 0 &&
	    strcmp(c->lun.device_type, "0") != 0) {
		import_lose(c->im, "%s: a device of type %s", wanted,
		    c->lun.device_type);
		return NULL;
	}
	if (!ram && c->lun.path == NULL) {
		import_lose(c->im, "%s: it has no path", wanted);
		return NULL;
	}
	lun = import_lun(c->im, wanted,
	    ram ? "ram" : import_store_of(c->lun.path),
	    ram ? NULL : c->lun.path, &fresh);
	if (fresh)
		ctl_fill_lun(c, lun);
	return lun;
}

static json_t *
ctl_read_lun(struct ctl *c, const char *wanted)
{
	unsigned line = c->im->line;

	memset(&c->lun, 0, sizeof(c->lun));
	ctl_block(c, ctl_lun_words);
	if (c->im->broken)
		return NULL;
	c->im->line = line;
	return ctl_make_lun(c, wanted != NULL ? wanted
			       : c->lun.path != NULL
				   ? import_last_part(c->lun.path)
				   : "ram");
}

static void
ctl_lun(struct ctl *c, char **args)
{
	json_t *lun = ctl_read_lun(c, args[0]);

	if (lun != NULL)
		json_object_set(c->named, args[0], lun);
}

static void
ctl_target_lun(struct ctl *c, char **args)
{
	char *end, *name;
	unsigned long number = strtoul(args[0], &end, 10);
	json_t *lun;

	if (*end != '\0' || end == args[0]) {
		import_break(c->im, "%s is no number of a LUN", args[0]);
		return;
	}
	if (ctl_is(c, IMPORT_OPEN)) {
		lun = ctl_read_lun(c, NULL);
	} else {
		name = ctl_word(c);
		lun = name != NULL ? json_object_get(c->named, name) : NULL;
		if (lun == NULL)
			import_lose(c->im, "lun %lu: there is no lun %s",
			    number, name != NULL ? name : "");
	}
	if (lun != NULL)
		import_map(c->im, c->target, number, lun, false, NULL);
}

/* ---- target ---- */

static void
ctl_alias(struct ctl *c, char **args)
{
	import_add(import_block(c->target), "alias", args[0], NULL);
}

static void
ctl_target_auth(struct ctl *c, char **args)
{
	c->auth = ctl_group_name(args[0]);
}

static const struct ctl_word ctl_target_words[];

/* "portal-group NAME [AUTH-GROUP]": what follows is no keyword then. */
static void
ctl_target_portals(struct ctl *c, char **args)
{
	const char *group = NULL;

	if (strcmp(args[0], "default") == 0 &&
	    !import_has(c->im->portals, args[0]))
		args[0] = (char *)import_portals_everywhere(c->im);
	if (ctl_is(c, IMPORT_WORD) &&
	    ctl_find(ctl_target_words, c->at->text) == NULL)
		group = ctl_group_name(ctl_word(c));
	c->has_portals = true;
	if (group != NULL)
		import_add(import_block(c->target), "portal-group", args[0],
		    "auth-group", group, NULL);
	else
		import_add(
		    import_block(c->target), "portal-group", args[0], NULL);
}

static const struct ctl_word ctl_target_words[] = {
	{ "alias", 1, ctl_alias },
	{ "auth-group", 1, ctl_target_auth },
	{ "auth-type", 1, ctl_auth_type },
	{ "chap", 2, ctl_chap },
	{ "chap-mutual", 4, ctl_chap_mutual },
	{ "initiator-name", 1, ctl_initiator_name },
	{ "initiator-portal", 1, ctl_initiator_portal },
	{ "portal-group", 1, ctl_target_portals },
	{ "lun", 1, ctl_target_lun },
	{ "redirect", 1, ctl_redirect },
	{ "offload", 1, NULL },
	{ "port", 1, NULL },
	{ NULL, 0, NULL },
};

static const char *
ctl_settle_auth(struct ctl *c)
{
	if (c->auth != NULL)
		return c->auth;
	if (c->authless != NULL)
		return strcmp(c->authless, "none") == 0 ? "no-authentication"
							: "no-access";
	return c->own_group != NULL ? import_word(c->own_group, 1)
				    : "no-access";
}

static void
ctl_target(struct ctl *c, char **args)
{
	c->target = import_add(c->im->targets, "target", args[0], NULL);
	c->own_group = NULL;
	c->auth = c->authless = NULL;
	c->has_portals = false;
	ctl_block(c, ctl_target_words);
	if (!c->has_portals)
		import_add(import_block(c->target), "portal-group",
		    import_portals_everywhere(c->im), NULL);
	import_add(
	    import_block(c->target), "auth-group", ctl_settle_auth(c), NULL);
	c->target = NULL;
}

/* ---- the file ---- */

static const struct ctl_word ctl_file_words[] = {
	{ "auth-group", 1, ctl_auth_group },
	{ "portal-group", 1, ctl_portal_group },
	{ "lun", 1, ctl_lun },
	{ "target", 1, ctl_target },
	{ "debug", 1, ctl_ignore },
	{ "maxproc", 1, ctl_ignore },
	{ "pidfile", 1, ctl_ignore },
	{ "timeout", 1, NULL },
	{ "isns-server", 1, NULL },
	{ "isns-period", 1, ctl_ignore },
	{ "isns-timeout", 1, ctl_ignore },
	{ NULL, 0, NULL },
};

void
import_ctl(struct import *im, const char *text)
{
	struct import_token *tokens = import_lex(im, text, true, ';');
	struct ctl c = { .im = im, .at = tokens, .named = json_object() };

	while (!im->broken && !ctl_is(&c, IMPORT_END)) {
		if (!ctl_statement(&c, ctl_file_words))
			break;
	}
	im->line = 0;
	json_decref(c.named);
	import_tokens_free(tokens);
}
