/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import_tgt.c - targets.conf of tgt-admin.
 *
 * Targets are gathered first: tgt-admin numbers them in the order of their
 * names, and a LUN's identity comes from that number and its own.
 */
#include "cli/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TGT_WORDS 8

/* A line. */
struct tgt_line {
	const char *words[TGT_WORDS];
	unsigned count, number;
};

struct tgt {
	struct import *im;
	json_t *targets; /* by name */
	json_t *target;  /* that is open: options, stores, users ... */
	json_t *store;   /* that is open: path, direct, options */
};

/* ---- reading ---- */

/* "<target", "iqn...>" without what is around them. */
static char *
tgt_without_bracket(const char *word)
{
	size_t n = strlen(word);

	return strndup(word, n > 0 && word[n - 1] == '>' ? n - 1 : n);
}

static json_t *
tgt_list(json_t *o, const char *name)
{
	json_t *list = json_object_get(o, name);

	if (list != NULL)
		return list;
	list = json_array();
	json_object_set_new(o, name, list);
	return list;
}

static json_t *
tgt_add_store(struct tgt *t, const char *keyword, const char *path, unsigned n)
{
	json_t *store = json_pack(
	    "{s:s, s:i, s:{}}", "path", path, "line", (int)n, "options");

	/* Those are numbered first. */
	json_array_append_new(tgt_list(t->target, keyword), store);
	return store;
}

static void
tgt_open(struct tgt *t, const struct tgt_line *l)
{
	const char *kind = l->words[0] + 1;
	char *name = l->count > 1 ? tgt_without_bracket(l->words[1]) : NULL;
	bool store = strcmp(kind, "backing-store") == 0 ||
		     strcmp(kind, "direct-store") == 0;

	if (name != NULL && strcmp(kind, "target") == 0 && t->target == NULL) {
		t->target =
		    json_pack("{s:i, s:{}}", "line", (int)l->number, "options");
		json_object_set_new(t->targets, name, t->target);
	} else if (name != NULL && store && t->target != NULL &&
		   t->store == NULL) {
		t->store = tgt_add_store(t, kind, name, l->number);
	} else {
		import_break(t->im, "%s is not understood here", l->words[0]);
	}
	free(name);
}

static void
tgt_close(struct tgt *t, const char *word)
{
	if (strcmp(word, "</target>") == 0 && t->target != NULL &&
	    t->store == NULL)
		t->target = NULL;
	else if (strcmp(word, "</target>") != 0 && t->store != NULL)
		t->store = NULL;
	else
		import_break(t->im, "%s closes nothing", word);
}

/* "USER SECRET", "PATTERN": what may come several times. */
static bool
tgt_take_list(struct tgt *t, const struct tgt_line *l)
{
	const char *k = l->words[0];

	if (strcmp(k, "backing-store") == 0 || strcmp(k, "direct-store") == 0) {
		tgt_add_store(t, k, l->words[1], l->number);
	} else if (strcmp(k, "incominguser") == 0 ||
		   strcmp(k, "outgoinguser") == 0) {
		if (l->count < 3)
			import_break(t->im, "%s USER SECRET", k);
		else
			json_array_append_new(tgt_list(t->target, k),
			    json_pack("[s, s]", l->words[1], l->words[2]));
	} else if (strcmp(k, "initiator-address") == 0 ||
		   strcmp(k, "initiator-name") == 0) {
		json_array_append_new(
		    tgt_list(t->target, k), json_string(l->words[1]));
	} else {
		return false;
	}
	return true;
}

static bool
tgt_is_option(const char *word)
{
	static const char *const known[] = { "lun", "scsi_id", "scsi_sn",
		"write-cache", "readonly", "removable", "block-size",
		"device-type", "allow-in-use", "online" };
	unsigned i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i], word) == 0)
			return true;
	}
	return false;
}

static void
tgt_take(struct tgt *t, const struct tgt_line *l)
{
	json_t *place = t->store != NULL ? t->store : t->target;

	if (l->count < 2)
		import_break(t->im, "%s says nothing", l->words[0]);
	else if (place == NULL && strcmp(l->words[0], "default-driver") == 0 &&
		 strcmp(l->words[1], "iscsi") == 0)
		return;
	else if (place == t->target && place != NULL && tgt_take_list(t, l))
		return;
	else if (place != NULL && tgt_is_option(l->words[0]))
		json_object_set_new(json_object_get(place, "options"),
		    l->words[0], json_string(l->words[1]));
	else
		import_lose(t->im, "%s %s", l->words[0], l->words[1]);
}

static void
tgt_line(struct tgt *t, const struct tgt_line *l)
{
	t->im->line = l->number;
	if (strncmp(l->words[0], "</", 2) == 0)
		tgt_close(t, l->words[0]);
	else if (l->words[0][0] == '<')
		tgt_open(t, l);
	else
		tgt_take(t, l);
}

/* ---- luns ---- */

/* The store's option, else the target's. */
static const char *
tgt_option(const json_t *target, const json_t *store, const char *name)
{
	const char *own = json_string_value(
	    json_object_get(json_object_get(store, "options"), name));

	return own != NULL ? own
			   : json_string_value(json_object_get(
				 json_object_get(target, "options"), name));
}

static bool
tgt_says(const json_t *target, const json_t *store, const char *name,
    const char *word)
{
	const char *value = tgt_option(target, store, name);

	return value != NULL && strcmp(value, word) == 0;
}

/* NAA 6 with the hexadecimal digits of the text at its end, others being 0. */
static void
tgt_naa(const char *id, char out[33])
{
	size_t n = strlen(id), i;

	memset(out, '0', 32);
	out[32] = '\0';
	for (i = 0; i < n && i < 32; i++) {
		if (strchr("0123456789abcdefABCDEF", id[n - 1 - i]) != NULL)
			out[31 - i] = id[n - 1 - i];
	}
	out[0] = '6';
}

static void
tgt_identify(struct import *im, json_t *lun, const json_t *target,
    const json_t *store, unsigned tid, unsigned long number)
{
	const char *id = tgt_option(target, store, "scsi_id");
	const char *serial = tgt_option(target, store, "scsi_sn");
	char made_id[64], made_serial[64], naa[33];

	snprintf(made_id, sizeof(made_id), "IET     %04x%04lx", tid, number);
	snprintf(made_serial, sizeof(made_serial), "beaf%u%lu", tid, number);
	tgt_naa(id != NULL ? id : made_id, naa);
	import_serial(im, lun, serial != NULL ? serial : made_serial);
	import_device_id(im, lun, id != NULL ? id : made_id);
	import_naa(im, lun, naa);
}

static void
tgt_fill(json_t *lun, const json_t *target, const json_t *store)
{
	const char *block_size = tgt_option(target, store, "block-size");
	json_t *block = import_block(lun);

	if (block_size != NULL)
		import_add(block, "block-size", block_size, NULL);
	if (tgt_says(target, store, "write-cache", "off"))
		import_add(block, "cache", "writethrough", NULL);
	if (tgt_says(target, store, "readonly", "1"))
		import_add(block, "read-only", "yes", NULL);
	if (tgt_says(target, store, "removable", "1"))
		import_add(block, "removable", "yes", NULL);
}

static bool
tgt_is_disk(const json_t *target, const json_t *store)
{
	return tgt_option(target, store, "device-type") == NULL ||
	       tgt_says(target, store, "device-type", "disk");
}

static void
tgt_map(struct import *im, json_t *ours, const json_t *target,
    const json_t *store, unsigned tid, unsigned long number)
{
	const char *path = json_string_value(json_object_get(store, "path"));
	bool fresh;
	json_t *lun;

	im->line = (unsigned)json_integer_value(json_object_get(store, "line"));
	if (!tgt_is_disk(target, store)) {
		import_lose(im, "LUN %lu, %s: a device of type %s", number,
		    path, tgt_option(target, store, "device-type"));
		return;
	}
	lun = import_lun(
	    im, import_last_part(path), import_store_of(path), path, &fresh);
	if (fresh) {
		tgt_fill(lun, target, store);
		tgt_identify(im, lun, target, store, tid, number);
	} else {
		import_lose(im,
		    "LUN %lu, %s, had an identity of its own; it is that of "
		    "lun %s now",
		    number, path, import_word(lun, 1));
	}
	import_map(im, ours, number, lun, false, NULL);
}

static bool
tgt_is_used(const json_t *target, unsigned long number)
{
	static const char *const kinds[] = { "backing-store", "direct-store" };
	const json_t *store;
	const char *given;
	unsigned k;
	size_t i;

	for (k = 0; k < 2; k++) {
		json_array_foreach(json_object_get(target, kinds[k]), i, store)
		{
			given = json_string_value(json_object_get(
			    json_object_get(store, "options"), "lun"));
			if (given != NULL && strtoul(given, NULL, 10) == number)
				return true;
		}
	}
	return false;
}

/* Backing stores come first, then direct stores; from 1. */
static void
tgt_map_all(struct import *im, json_t *ours, const json_t *target, unsigned tid)
{
	static const char *const kinds[] = { "backing-store", "direct-store" };
	unsigned long next = 1, number;
	const json_t *store;
	const char *given;
	unsigned k;
	size_t i;

	for (k = 0; k < 2; k++) {
		json_array_foreach(json_object_get(target, kinds[k]), i, store)
		{
			given = tgt_option(target, store, "lun");
			while (given == NULL && tgt_is_used(target, next))
				next++;
			number =
			    given != NULL ? strtoul(given, NULL, 10) : next++;
			tgt_map(im, ours, target, store, tid, number);
		}
	}
}

/* ---- who may log in ---- */

static void
tgt_add_patterns(json_t *group, const json_t *target, const char *theirs)
{
	const json_t *p;
	size_t i;

	json_array_foreach(json_object_get(target, theirs), i, p)
	{
		if (strcmp(json_string_value(p), "ALL") != 0)
			import_add(import_block(group), theirs,
			    json_string_value(p), NULL);
	}
}

static void
tgt_add_users(struct import *im, json_t *group, const json_t *target)
{
	const json_t *outgoing =
	    json_array_get(json_object_get(target, "outgoinguser"), 0);
	const json_t *user;
	size_t i;

	json_array_foreach(json_object_get(target, "incominguser"), i, user)
	    import_chap(im, group, json_string_value(json_array_get(user, 0)),
		json_string_value(json_array_get(user, 1)),
		json_string_value(json_array_get(outgoing, 0)),
		json_string_value(json_array_get(outgoing, 1)));
}

static const char *
tgt_auth(struct import *im, const char *name, const json_t *target)
{
	json_t *group = import_group(im, import_last_part(name));

	tgt_add_patterns(group, target, "initiator-address");
	tgt_add_patterns(group, target, "initiator-name");
	tgt_add_users(im, group, target);
	if (json_array_size(import_block(group)) > 0)
		return import_word(group, 1);
	json_array_remove(im->groups, json_array_size(im->groups) - 1);
	return "no-authentication";
}

/* ---- targets ---- */

static void
tgt_target(
    struct import *im, const char *name, const json_t *target, unsigned tid)
{
	json_t *ours = import_add(im->targets, "target", name, NULL);

	im->line =
	    (unsigned)json_integer_value(json_object_get(target, "line"));
	import_add(import_block(ours), "portal-group",
	    import_portals_everywhere(im), NULL);
	import_add(
	    import_block(ours), "auth-group", tgt_auth(im, name, target), NULL);
	tgt_map_all(im, ours, target, tid);
}

static int
tgt_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
tgt_settle(struct tgt *t)
{
	size_t count = json_object_size(t->targets), i = 0;
	const char **names = calloc(count + 1, sizeof(*names)), *name;
	json_t *target;

	if (names == NULL)
		abort();
	json_object_foreach(t->targets, name, target) names[i++] = name;
	qsort(names, count, sizeof(*names), tgt_compare);
	for (i = 0; i < count; i++)
		tgt_target(t->im, names[i],
		    json_object_get(t->targets, names[i]), (unsigned)i + 1);
	free(names);
	t->im->line = 0;
	if (count > 0)
		import_note(t->im,
		    "identities that the file does not give are those of "
		    "targets numbered in the order of their names, as "
		    "tgt-admin does when the system starts");
}

void
import_tgt(struct import *im, const char *text)
{
	struct import_token *tokens = import_lex(im, text, false, 0), *at;
	struct tgt t = { .im = im, .targets = json_object() };
	struct tgt_line line = { .count = 0 };

	for (at = tokens; at->kind != IMPORT_END && !im->broken; at++) {
		if (at->kind == IMPORT_WORD) {
			line.number = at->line;
			if (line.count < TGT_WORDS)
				line.words[line.count++] = at->text;
		} else if (line.count > 0) {
			tgt_line(&t, &line);
			line.count = 0;
		}
	}
	if (!im->broken && t.target != NULL)
		import_break(im, "a </target> is missing at the end");
	if (!im->broken)
		tgt_settle(&t);
	json_decref(t.targets);
	import_tokens_free(tokens);
}
