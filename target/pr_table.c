/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_table.c - who is registered.
 */
#include <stdlib.h>
#include <string.h>

#include "target/pr_state.h"

struct pr_table *
pr_table_new(void)
{
	struct pr_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	TAILQ_INIT(&table->registrations);
	TAILQ_INIT(&table->removed);
	return table;
}

static void
pr_list_free(struct pr_list *list)
{
	struct pr_registration *reg;

	while ((reg = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, reg, link);
		free(reg);
	}
}

void
pr_table_free(struct pr_table *table)
{
	if (table == NULL)
		return;
	pr_list_free(&table->registrations);
	pr_list_free(&table->removed);
	free(table);
}

struct pr_table *
pr_table_copy(const struct pr_table *table)
{
	struct pr_table *copy = pr_table_new();
	struct pr_registration *reg, *added;

	if (copy == NULL)
		return NULL;
	TAILQ_FOREACH (reg, &table->registrations, link) {
		added = pr_add(copy, &reg->nexus, reg->key);
		if (added == NULL) {
			pr_table_free(copy);
			return NULL;
		}
		reg->successor = added;
		if (table->holder == reg)
			copy->holder = added;
	}
	copy->generation = table->generation;
	copy->type = table->type;
	copy->aptpl = table->aptpl;
	return copy;
}

/* ---- registrations ---- */

void
pr_nexus_of(struct pr_nexus *out, const struct nexus *n)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->initiator_name, n->initiator_name,
	    sizeof(out->initiator_name));
	memcpy(out->isid, n->isid, sizeof(out->isid));
	memcpy(out->target_name, n->target_name, sizeof(out->target_name));
	out->portal_group_tag = n->portal_group_tag;
}

struct pr_registration *
pr_find_named(const struct pr_table *table, const struct pr_nexus *nexus)
{
	struct pr_registration *reg;

	TAILQ_FOREACH (reg, &table->registrations, link) {
		const struct pr_nexus *n = &reg->nexus;

		if (n->portal_group_tag == nexus->portal_group_tag &&
		    memcmp(n->isid, nexus->isid, sizeof(n->isid)) == 0 &&
		    strcmp(n->initiator_name, nexus->initiator_name) == 0 &&
		    strcmp(n->target_name, nexus->target_name) == 0)
			return reg;
	}
	return NULL;
}

struct pr_registration *
pr_find(const struct pr_table *table, const struct nexus *n)
{
	struct pr_nexus nexus;

	if (table->count == 0)
		return NULL;
	pr_nexus_of(&nexus, n);
	return pr_find_named(table, &nexus);
}

struct pr_registration *
pr_add(struct pr_table *table, const struct pr_nexus *nexus, uint64_t key)
{
	struct pr_registration *reg;

	if (table->count >= PR_REGISTRATIONS_MAX)
		return NULL;
	reg = calloc(1, sizeof(*reg));
	if (reg == NULL)
		return NULL;
	reg->key = key;
	reg->nexus = *nexus;
	TAILQ_INSERT_TAIL(&table->registrations, reg, link);
	table->count++;
	return reg;
}

void
pr_remove(struct pr_table *table, struct pr_registration *reg)
{
	TAILQ_REMOVE(&table->registrations, reg, link);
	TAILQ_INSERT_TAIL(&table->removed, reg, link);
	table->count--;
}
