/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_access.c - who may do what while a logical unit is reserved.
 *
 * The tables of SPC-4 5.13.1 and SBC-3 4.15 have rows of four kinds, which are
 * the reservation classes of the opcode table: allowed to all; allowed under
 * any persistent reservation (ACCESS_OTHER); denied by the exclusive access
 * types (ACCESS_READ); denied by every type (ACCESS_WRITE).
 */
#include "common/bytes.h"
#include "target/pr_state.h"

#define READ_OTHER (ACCESS_READ | ACCESS_OTHER)

struct pr_rule {
	enum pr_type type;
	uint32_t registered;   /* access of a registered nexus */
	uint32_t unregistered; /* the holder has ACCESS_ALL in any case */
	bool all_registrants;
	bool for_registrants;
};

/* clang-format off */
static const struct pr_rule pr_rules[] = {
	{ PR_WRITE_EXCLUSIVE,                   READ_OTHER,   READ_OTHER,   false, false },
	{ PR_EXCLUSIVE_ACCESS,                  ACCESS_OTHER, ACCESS_OTHER, false, false },
	{ PR_WRITE_EXCLUSIVE_REGISTRANTS_ONLY,  ACCESS_ALL,   READ_OTHER,   false, true },
	{ PR_EXCLUSIVE_ACCESS_REGISTRANTS_ONLY, ACCESS_ALL,   ACCESS_OTHER, false, true },
	{ PR_WRITE_EXCLUSIVE_ALL_REGISTRANTS,   ACCESS_ALL,   READ_OTHER,   true,  true },
	{ PR_EXCLUSIVE_ACCESS_ALL_REGISTRANTS,  ACCESS_ALL,   ACCESS_OTHER, true,  true },
};
/* clang-format on */

static const struct pr_rule *
pr_rule(unsigned type)
{
	for (size_t i = 0; i < ARRAY_LEN(pr_rules); i++) {
		if (pr_rules[i].type == type)
			return &pr_rules[i];
	}
	return NULL;
}

bool
pr_type_is_valid(uint8_t type)
{
	return pr_rule(type) != NULL;
}

bool
pr_type_is_all_registrants(enum pr_type type)
{
	const struct pr_rule *rule = pr_rule(type);

	return rule != NULL && rule->all_registrants;
}

bool
pr_type_is_for_registrants(enum pr_type type)
{
	const struct pr_rule *rule = pr_rule(type);

	return rule != NULL && rule->for_registrants;
}

bool
pr_is_holder(const struct pr_table *table, const struct pr_registration *reg)
{
	if (reg == NULL || table->type == PR_NONE)
		return false;
	return pr_type_is_all_registrants(table->type) || table->holder == reg;
}

uint32_t
pr_access(const struct lu *lu, const struct nexus_lu *nl)
{
	const struct pr_state *pr = lu->pr;
	const struct pr_registration *reg;
	const struct pr_rule *rule;

	if (pr_is_unknown(lu))
		return 0;
	if (pr->reserved_by != NULL)
		return pr->reserved_by == nl ? ACCESS_ALL : 0;
	if (pr->table->type == PR_NONE)
		return ACCESS_ALL;
	reg = pr_find(pr->table, nl->nexus);
	if (pr_is_holder(pr->table, reg))
		return ACCESS_ALL;
	rule = pr_rule(pr->table->type);
	return reg != NULL ? rule->registered : rule->unregistered;
}

void
pr_publish(struct lu *lu)
{
	struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link)
		atomic_store(&nl->access, pr_access(lu, nl));
}
