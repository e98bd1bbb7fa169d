/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/import_lio.c - saveconfig.json of LIO, Linux's target in the kernel.
 */
#include "cli/import.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* How a TPG lets initiators in. */
struct lio_tpg {
	struct import *im;
	const json_t *tpg;
	json_t *target; /* ours */
	bool demo, demo_read_only, chap;
};

/* ---- stores ---- */

/*
 * LIO's NAA 6: the company's number, and 25 digits of the unit's serial, which
 * is the UUID; dashes do not count.
 */
static void
lio_naa(const char *wwn, char out[33])
{
	size_t n = (size_t)snprintf(out, 33, "6001405");

	for (; *wwn != '\0' && n < 32; wwn++) {
		if (isxdigit((unsigned char)*wwn))
			out[n++] = (char)tolower((unsigned char)*wwn);
	}
	while (n < 32)
		out[n++] = '0';
	out[n] = '\0';
}

static void
lio_identify(struct import *im, json_t *lun, const char *wwn)
{
	char naa[33];

	if (wwn[0] == '\0') {
		import_lose(im,
		    "the identity of lun %s: the file has no wwn of it",
		    import_word(lun, 1));
		return;
	}
	lio_naa(wwn, naa);
	import_serial(im, lun, wwn);
	import_naa(im, lun, naa);
}

static void
lio_fill(struct import *im, json_t *lun, const json_t *o)
{
	const json_t *attributes = json_object_get(o, "attributes");
	json_t *block = import_block(lun);
	char number[24];

	if (cli_number(o, "size") > 0 && import_find(block, "block") == NULL) {
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)cli_number(o, "size"));
		import_add(block, "size", number, NULL);
	}
	if (cli_number(attributes, "block_size") > 512) {
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)cli_number(attributes, "block_size"));
		import_add(block, "block-size", number, NULL);
	}
	if (cli_flag(o, "readonly"))
		import_add(block, "read-only", "yes", NULL);
	if (json_is_false(json_object_get(o, "write_back")))
		import_add(block, "cache", "writethrough", NULL);
	lio_identify(im, lun, cli_text(o, "wwn"));
}

/* NULL: it cannot be one of ours. */
static json_t *
lio_make_lun(struct import *im, const json_t *o)
{
	const char *plugin = cli_text(o, "plugin"), *dev = cli_text(o, "dev");
	const char *store = import_store_of(dev);
	bool fresh;
	json_t *lun;

	if (strcmp(plugin, "ramdisk") == 0)
		store = cli_flag(o, "nullio") ? "null" : "ram";
	else if ((strcmp(plugin, "fileio") != 0 &&
		     strcmp(plugin, "block") != 0) ||
		 dev[0] == '\0')
		return NULL;
	lun = import_lun(im, cli_text(o, "name"), store,
	    dev[0] != '\0' ? dev : NULL, &fresh);
	if (fresh)
		lio_fill(im, lun, o);
	else
		import_lose(
		    im, "%s is a second store on %s", cli_text(o, "name"), dev);
	return lun;
}

/* By "/backstores/PLUGIN/NAME". */
static json_t *
lio_make_luns(struct import *im, const json_t *file)
{
	json_t *luns = json_object(), *lun;
	const json_t *o;
	char path[512];
	size_t i;

	json_array_foreach(json_object_get(file, "storage_objects"), i, o)
	{
		snprintf(path, sizeof(path), "/backstores/%s/%s",
		    cli_text(o, "plugin"), cli_text(o, "name"));
		lun = lio_make_lun(im, o);
		if (lun != NULL)
			json_object_set(luns, path, lun);
		else
			import_lose(im, "the store %s", path);
	}
	return luns;
}

/* ---- who may log in ---- */

/* The file has had two names for each. */
static const char *
lio_chap_text(const json_t *o, const char *name)
{
	const char *text = cli_text(o, name);

	return text[0] != '\0' ? text : cli_text(o, name + strlen("chap_"));
}

static void
lio_add_chap(struct import *im, json_t *group, const json_t *o)
{
	const char *user = lio_chap_text(o, "chap_userid");
	const char *mutual = lio_chap_text(o, "chap_mutual_userid");

	if (user[0] == '\0')
		return;
	import_chap(im, group, user, lio_chap_text(o, "chap_password"),
	    mutual[0] != '\0' ? mutual : NULL,
	    lio_chap_text(o, "chap_mutual_password"));
}

static const char *
lio_auth(struct lio_tpg *t)
{
	const json_t *acls = json_object_get(t->tpg, "node_acls"), *acl;
	json_t *group;
	size_t i, users;

	group =
	    import_group(t->im, import_last_part(import_word(t->target, 1)));
	import_block(group);
	if (t->chap) {
		lio_add_chap(t->im, group, t->tpg);
		json_array_foreach(acls, i, acl)
		    lio_add_chap(t->im, group, acl);
	}
	users = json_array_size(import_block(group));
	json_array_foreach(acls, i, acl)
	{
		if (!t->demo)
			import_add(import_block(group), "initiator-name",
			    cli_text(acl, "node_wwn"), NULL);
	}
	if (!t->demo && json_array_size(acls) > 1 && users > 1)
		import_lose(t->im,
		    "that each initiator of %s has a user of its own: any of "
		    "them may use any of the users",
		    import_word(t->target, 1));
	if (json_array_size(import_block(group)) > 0)
		return import_word(group, 1);
	json_array_remove(t->im->groups, json_array_size(t->im->groups) - 1);
	return t->demo ? "no-authentication" : "no-access";
}

/* ---- LUNs of a TPG ---- */

static json_t *
lio_find_lun(struct lio_tpg *t, const json_t *luns, uint64_t index)
{
	const json_t *l;
	size_t i;

	json_array_foreach(json_object_get(t->tpg, "luns"), i, l)
	{
		if (cli_number(l, "index") == index)
			return json_object_get(
			    luns, cli_text(l, "storage_object"));
	}
	return NULL;
}

static void
lio_map_acl(struct lio_tpg *t, const json_t *luns, const json_t *acl)
{
	const json_t *m;
	json_t *lun;
	size_t i;

	json_array_foreach(json_object_get(acl, "mapped_luns"), i, m)
	{
		lun = lio_find_lun(t, luns, cli_number(m, "tpg_lun"));
		if (lun != NULL)
			import_map(t->im, t->target, cli_number(m, "index"),
			    lun, cli_flag(m, "write_protect"),
			    cli_text(acl, "node_wwn"));
	}
}

static void
lio_map_all(struct lio_tpg *t, const json_t *luns)
{
	const json_t *o;
	json_t *lun;
	size_t i;

	json_array_foreach(json_object_get(t->tpg, "node_acls"), i, o)
	    lio_map_acl(t, luns, o);
	if (!t->demo)
		return;
	json_array_foreach(json_object_get(t->tpg, "luns"), i, o)
	{
		lun = json_object_get(luns, cli_text(o, "storage_object"));
		if (lun != NULL)
			import_map(t->im, t->target, cli_number(o, "index"),
			    lun, t->demo_read_only, NULL);
	}
}

/* ---- targets ---- */

static const char *
lio_portals(struct lio_tpg *t)
{
	json_t *listens = json_array();
	const json_t *p;
	const char *ip, *name;
	size_t i;

	json_array_foreach(json_object_get(t->tpg, "portals"), i, p)
	{
		ip = cli_text(p, "ip_address");
		json_array_append_new(listens,
		    json_sprintf(strchr(ip, ':') != NULL && ip[0] != '['
				     ? "[%s]:%u"
				     : "%s:%u",
			ip, (unsigned)cli_number(p, "port")));
		if (cli_flag(p, "iser"))
			import_lose(t->im, "iSER at %s", ip);
	}
	name = json_array_size(listens) > 0
		   ? import_portals(t->im, "portals", listens)
		   : import_portals_everywhere(t->im);
	json_decref(listens);
	return name;
}

static void
lio_tpg(
    struct import *im, const char *wwn, const json_t *tpg, const json_t *luns)
{
	const json_t *a = json_object_get(tpg, "attributes");
	struct lio_tpg t = { .im = im,
		.tpg = tpg,
		.demo = cli_number(a, "generate_node_acls") == 1,
		.demo_read_only = cli_number(a, "demo_mode_write_protect") != 0,
		.chap = cli_number(a, "authentication") == 1 };

	if (json_is_false(json_object_get(tpg, "enable"))) {
		import_lose(im, "a TPG of %s that is disabled", wwn);
		return;
	}
	if (import_has(im->targets, wwn)) {
		import_lose(im, "a second TPG of %s", wwn);
		return;
	}
	t.target = import_add(im->targets, "target", wwn, NULL);
	import_add(
	    import_block(t.target), "portal-group", lio_portals(&t), NULL);
	import_add(import_block(t.target), "auth-group", lio_auth(&t), NULL);
	lio_map_all(&t, luns);
}

static void
lio_target(struct import *im, const json_t *target, const json_t *luns)
{
	const char *wwn = cli_text(target, "wwn");
	const json_t *tpg;
	size_t i;

	if (strcmp(cli_text(target, "fabric"), "iscsi") != 0) {
		import_lose(im, "the target %s of the fabric %s", wwn,
		    cli_text(target, "fabric"));
		return;
	}
	json_array_foreach(json_object_get(target, "tpgs"), i, tpg)
	    lio_tpg(im, wwn, tpg, luns);
}

void
import_lio(struct import *im, const char *text)
{
	json_error_t error;
	json_t *file = json_loads(text, 0, &error), *luns;
	const json_t *o;
	size_t i;

	if (!json_is_object(file) ||
	    !json_is_array(json_object_get(file, "targets"))) {
		import_break(im, "it is no saveconfig.json%s%s",
		    file == NULL ? ": " : "", file == NULL ? error.text : "");
		json_decref(file);
		return;
	}
	luns = lio_make_luns(im, file);
	json_array_foreach(json_object_get(file, "targets"), i, o)
	    lio_target(im, o, luns);
	json_array_foreach(json_object_get(file, "fabric_modules"), i, o)
	{
		if (lio_chap_text(o, "chap_userid")[0] != '\0')
			import_lose(im, "CHAP of discovery, user %s",
			    lio_chap_text(o, "chap_userid"));
	}
	json_decref(luns);
	json_decref(file);
}
