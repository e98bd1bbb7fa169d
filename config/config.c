/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/config.c - load a configuration, free it.
 */
#include "config/config.h"

#include <errno.h>
#include <string.h>

#include "config/build.h"
#include "config/include.h"
#include "config/parse.h"
#include "config/report.h"

#define CONFIG_MEMORY_MAX (512u << 20) /* bytes of all that a load makes */

/* Those behind the first ones that are listed elsewhere already. */
static bool
config_list_files(
    struct config_strings *list, struct config_tree *tree, unsigned first)
{
	struct source *source;
	char **item;

	STAILQ_FOREACH (source, &tree->sources, link) {
		if (source->index < first)
			continue;
		item = arena_append(
		    &tree->arena, &list->items, &list->count, sizeof(*item));
		if (item == NULL)
			return false;
		*item = (char *)source->name;
	}
	return true;
}

static struct config *
config_new(struct config_tree *tree)
{
	struct config *config = arena_alloc(&tree->arena, sizeof(*config));

	if (config == NULL)
		return NULL;
	TAILQ_INIT(&config->portal_groups);
	TAILQ_INIT(&config->auth_groups);
	TAILQ_INIT(&config->luns);
	TAILQ_INIT(&config->targets);
	TAILQ_INIT(&config->initiators);
	config->tree = tree;
	return config;
}

/* Everything behind the first file's text. */
static struct config *
config_make(struct config_tree *tree, struct report *report)
{
	struct build b = {
		.tree = tree, .arena = &tree->arena, .report = report
	};

	include_all(tree, report);
	b.config = config_new(tree);
	if (b.config == NULL || !config_list_files(&b.config->files, tree, 0))
		return NULL;
	build_config(&b);
	config_list_files(&b.config->secret_files, tree, b.config->files.count);
	if (tree->arena.failed)
		return NULL;
	check_config(&b);
	return b.config;
}

/* Every way out leads through here: lines are fetched while the text is. */
static struct config *
config_finish(struct config_tree *tree, struct config *config, struct report *r,
    struct config_report *out)
{
	if (tree == NULL || tree->arena.failed)
		report_error(
		    r, (struct spot){ .source = NULL }, "out of memory");
	report_finish(r, out);
	if (out->errors == 0)
		return config;
	tree_free(tree);
	return NULL;
}

struct config *
config_load(const char *path, struct config_report *report)
{
	struct config_tree *tree = tree_new(CONFIG_MEMORY_MAX);
	struct report r = { .entries = NULL };
	struct config *config = NULL;

	if (tree == NULL)
		return config_finish(NULL, NULL, &r, report);
	if (tree_add_file(tree, path, &r) != NULL)
		config = config_make(tree, &r);
	else
		report_error(&r, spot_in_file(path), "cannot be read: %s",
		    strerror(errno));
	return config_finish(tree, config, &r, report);
}

struct config *
config_load_within(size_t budget, const char *name, const char *text,
    size_t bytes, struct config_report *report)
{
	struct config_tree *tree = tree_new(budget);
	struct report r = { .entries = NULL };
	struct config *config = NULL;

	if (tree != NULL && tree_add_text(tree, name, text, bytes, &r) != NULL)
		config = config_make(tree, &r);
	return config_finish(tree, config, &r, report);
}

struct config *
config_load_text(const char *name, const char *text, size_t bytes,
    struct config_report *report)
{
	return config_load_within(CONFIG_MEMORY_MAX, name, text, bytes, report);
}

bool
config_says_nothing(const struct config *config)
{
	return STAILQ_FIRST(&config->tree->sources)->root.child == NULL;
}

void
config_free(struct config *config)
{
	if (config != NULL)
		tree_free(config->tree);
}

bool
config_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}
