/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/lvm.c - running lvm and reading its reports.
 */
#include "backstores/lvm.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backstores/command.h"
#include "backstores/stores.h"

#define LVM_TIMEOUT_MS 60000
#define LVM_WORDS_MAX  16

/* lvm locks its metadata anyway; waiting here is told from its own trouble. */
static pthread_mutex_t lvm_mutex = PTHREAD_MUTEX_INITIALIZER;

static int
lvm_run(const char *const argv[], struct command_result *r)
{
	int error;

	pthread_mutex_lock(&lvm_mutex);
	error = command_run(argv, LVM_TIMEOUT_MS, r);
	pthread_mutex_unlock(&lvm_mutex);
	return error;
}

/* A command whose output does not matter. */
static int
lvm_do(const char *const argv[], const char *name, char *why, size_t why_size)
{
	struct command_result r;
	int error = lvm_run(argv, &r);

	free(r.out);
	if (error != 0)
		return bs_refuse(why, why_size, -error, "lvm: %s", r.words);
	if (r.status != 0)
		return bs_refuse(why, why_size, EIO, "lvm %s %s: %s", argv[1],
		    name, r.words);
	return 0;
}

/* ---- reports ---- */

static const char *
lvm_text(const json_t *row, const char *field)
{
	const char *text = json_string_value(json_object_get(row, field));

	return text != NULL ? text : "";
}

static void
lvm_read_row(const json_t *row, struct lvm_volume *out)
{
	snprintf(out->name, sizeof(out->name), "%s", lvm_text(row, "lv_name"));
	out->size_bytes = strtoull(lvm_text(row, "lv_size"), NULL, 10);
	out->active = strcmp(lvm_text(row, "lv_active"), "active") == 0;
	snprintf(out->pool, sizeof(out->pool), "%s", lvm_text(row, "pool_lv"));
	snprintf(
	    out->origin, sizeof(out->origin), "%s", lvm_text(row, "origin"));
	out->thin = out->pool[0] != '\0';
	out->data_percent = strtod(lvm_text(row, "data_percent"), NULL);
	snprintf(out->path, sizeof(out->path), "%s", lvm_text(row, "lv_path"));
	snprintf(out->uuid, sizeof(out->uuid), "%s", lvm_text(row, "lv_uuid"));
	snprintf(out->group_uuid, sizeof(out->group_uuid), "%s",
	    lvm_text(row, "vg_uuid"));
	if (strlen(lvm_text(row, "lv_tags")) < sizeof(out->tags))
		strcpy(out->tags, lvm_text(row, "lv_tags"));
}

/* -EPROTO when it is no report. */
static int
lvm_read_report(const char *text, struct lvm_volume **out, unsigned *count)
{
	json_t *root = json_loads(text != NULL ? text : "", 0, NULL);
	json_t *rows = json_object_get(
	    json_array_get(json_object_get(root, "report"), 0), "lv");
	int error = json_is_array(rows) ? 0 : -EPROTO;
	unsigned i;

	*count = (unsigned)json_array_size(rows);
	*out = calloc(*count + 1, sizeof(**out));
	if (*out == NULL)
		error = -ENOMEM;
	for (i = 0; i < *count && error == 0; i++)
		lvm_read_row(json_array_get(rows, i), &(*out)[i]);
	json_decref(root);
	if (error == 0)
		return 0;
	free(*out);
	*out = NULL;
	return error;
}

static int
lvm_read_result(
    const struct command_result *r, struct lvm_volume **out, unsigned *count)
{
	if (r->status != 0)
		return -EIO;
	if (r->out != NULL && strlen(r->out) >= COMMAND_OUT_MAX)
		return -EMSGSIZE;
	return lvm_read_report(r->out, out, count);
}

/* selection: of lvm; NULL: all of the group. */
static int
lvm_report(const char *group, const char *selection, struct lvm_volume **out,
    unsigned *count, char *why, size_t why_size)
{
	const char *argv[] = { "lvm", "lvs", "--reportformat", "json",
		"--units", "b", "--nosuffix", "-o",
		"lv_name,lv_size,lv_active,lv_path,pool_lv,origin,data_percent,"
		"lv_uuid,vg_uuid,lv_tags",
		group, selection != NULL ? "-S" : NULL, selection, NULL };
	struct command_result r;
	int error = lvm_run(argv, &r);

	if (error == 0)
		error = lvm_read_result(&r, out, count);
	free(r.out);
	if (error != 0)
		bs_refuse(why, why_size, -error, "lvm lvs %s: %s", group,
		    r.words[0] != '\0' ? r.words : strerror(-error));
	return error;
}

int
lvm_list(const char *group, struct lvm_volume **out, unsigned *count, char *why,
    size_t why_size)
{
	return lvm_report(group, NULL, out, count, why, why_size);
}

const char *
lvm_group(const char *name, char *group, size_t size)
{
	const char *slash = strchrnul(name, '/');

	snprintf(group, size, "%.*s", (int)(slash - name), name);
	return *slash == '/' ? slash + 1 : slash;
}

/* One that is not there is not in the report, and no error to be told from
 * others by its words. */
int
lvm_find(const char *name, struct lvm_volume *out, char *why, size_t why_size)
{
	char group[LVM_NAME_MAX], selection[LVM_NAME_MAX + 16];
	const char *volume = lvm_group(name, group, sizeof(group));
	struct lvm_volume *all;
	unsigned i, count;
	int error;

	memset(out, 0, sizeof(*out));
	snprintf(selection, sizeof(selection), "lv_name=\"%s\"", volume);
	error = lvm_report(group, selection, &all, &count, why, why_size);
	if (error != 0)
		return error;
	error = bs_refuse(why, why_size, ENOENT, "there is no volume %s", name);
	for (i = 0; i < count; i++) {
		if (strcmp(all[i].name, volume) != 0)
			continue;
		*out = all[i];
		error = 0;
	}
	free(all);
	return error;
}

/* ---- changes ---- */

struct lvm_words {
	const char *argv[LVM_WORDS_MAX + 1];
	unsigned count;
};

static void
lvm_add(struct lvm_words *w, const char *word)
{
	if (w->count < LVM_WORDS_MAX)
		w->argv[w->count++] = word;
}

int
lvm_create(const char *name, uint64_t bytes, const char *pool, unsigned stripes,
    char *why, size_t why_size)
{
	struct lvm_words w = { .count = 0 };
	char group[LVM_NAME_MAX], size[32], count[16];
	const char *volume = lvm_group(name, group, sizeof(group));

	snprintf(size, sizeof(size), "%" PRIu64 "b", bytes);
	snprintf(count, sizeof(count), "%u", stripes);
	lvm_add(&w, "lvm");
	lvm_add(&w, "lvcreate");
	lvm_add(&w, "--yes");
	lvm_add(&w, "--name");
	lvm_add(&w, volume);
	lvm_add(&w, pool != NULL ? "--virtualsize" : "--size");
	lvm_add(&w, size);
	if (pool != NULL) {
		lvm_add(&w, "--thinpool");
		lvm_add(&w, pool);
	} else if (stripes > 1) {
		lvm_add(&w, "--stripes");
		lvm_add(&w, count);
	}
	lvm_add(&w, group);
	return lvm_do(w.argv, name, why, why_size);
}

int
lvm_extend(const char *name, uint64_t bytes, char *why, size_t why_size)
{
	char size[32];
	const char *argv[] = { "lvm", "lvextend", "--size", size, name, NULL };

	snprintf(size, sizeof(size), "%" PRIu64 "b", bytes);
	return lvm_do(argv, name, why, why_size);
}

int
lvm_snapshot(const char *name, const char *new, uint64_t bytes, char *why,
    size_t why_size)
{
	char size[32];
	const char *thick[] = { "lvm", "lvcreate", "--yes", "--snapshot",
		"--name", new, "--size", size, name, NULL };
	/* A thin one is not activated by itself, unless told. */
	const char *thin[] = { "lvm", "lvcreate", "--yes", "--snapshot",
		"--name", new, "--setactivationskip", "n", name, NULL };

	snprintf(size, sizeof(size), "%" PRIu64 "b", bytes);
	return lvm_do(bytes > 0 ? thick : thin, name, why, why_size);
}

/* lvm takes those that are not thin away with their origin. */
int
lvm_check_remove(const char *name, char *why, size_t why_size)
{
	char group[LVM_NAME_MAX], selection[LVM_NAME_MAX + 16];
	const char *volume = lvm_group(name, group, sizeof(group));
	struct lvm_volume *all;
	unsigned i, count;
	int error;

	snprintf(selection, sizeof(selection), "origin=\"%s\"", volume);
	error = lvm_report(group, selection, &all, &count, why, why_size);
	if (error != 0)
		return error;
	for (i = 0; i < count && error == 0; i++) {
		if (!all[i].thin && strcmp(all[i].origin, volume) == 0)
			error = bs_refuse(why, why_size, EBUSY,
			    "%s has the snapshot %s/%s, which would go with it",
			    name, group, all[i].name);
	}
	free(all);
	return error;
}

int
lvm_remove(const char *name, char *why, size_t why_size)
{
	const char *argv[] = { "lvm", "lvremove", "--yes", name, NULL };
	int error = lvm_check_remove(name, why, why_size);

	return error != 0 ? error : lvm_do(argv, name, why, why_size);
}

int
lvm_activate(const char *name, char *why, size_t why_size)
{
	const char *argv[] = { "lvm", "lvchange", "--activate", "y", name,
		NULL };

	return lvm_do(argv, name, why, why_size);
}

static void
lvm_add_each(struct lvm_words *w, const char *option, const char *const *words)
{
	for (; *words != NULL; words++) {
		lvm_add(w, option);
		lvm_add(w, *words);
	}
}

int
lvm_tag(const char *name, const char *const off[], const char *const on[],
    char *why, size_t why_size)
{
	struct lvm_words w = { .count = 0 };

	lvm_add(&w, "lvm");
	lvm_add(&w, "lvchange");
	lvm_add_each(&w, "--deltag", off);
	lvm_add_each(&w, "--addtag", on);
	lvm_add(&w, name);
	return lvm_do(w.argv, name, why, why_size);
}
