/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr.c - registrations, nexuses that come and go, RESERVE(6) and
 * RELEASE(6).
 */
#include <stdlib.h>
#include <string.h>

#include "target/pr_state.h"

struct pr_state *
pr_new(void)
{
	struct pr_state *pr = calloc(1, sizeof(*pr));

	if (pr != NULL)
		TAILQ_INIT(&pr->registrations);
	return pr;
}

void
pr_free(struct pr_state *pr)
{
	if (pr == NULL)
		return;
	while (!TAILQ_EMPTY(&pr->registrations))
		pr_remove(pr, TAILQ_FIRST(&pr->registrations));
	free(pr);
}

/* ---- registrations ---- */

static bool
pr_same_initiator_port(const struct pr_registration *reg, const struct nexus *n)
{
	return memcmp(reg->isid, n->isid, sizeof(reg->isid)) == 0 &&
	       strcmp(reg->initiator_name, n->initiator_name) == 0;
}

static bool
pr_same_target(const struct pr_registration *reg, const struct nexus *n)
{
	return strcmp(reg->target_name, n->target->name) == 0;
}

struct pr_registration *
pr_find(const struct pr_state *pr, const struct nexus *n)
{
	struct pr_registration *reg, *found = NULL;

	TAILQ_FOREACH (reg, &pr->registrations, link) {
		if (!pr_same_initiator_port(reg, n) || !pr_same_target(reg, n))
			continue;
		if (reg->portal_group_tag == n->portal_group_tag)
			return reg;
		if (reg->all_target_ports)
			found = reg;
	}
	return found;
}

struct pr_registration *
pr_add(struct pr_state *pr, const struct nexus *n, uint64_t key)
{
	struct pr_registration *reg;

	if (pr->count >= PR_REGISTRATIONS_MAX)
		return NULL;
	reg = calloc(1, sizeof(*reg));
	if (reg == NULL)
		return NULL;
	reg->key = key;
	memcpy(reg->initiator_name, n->initiator_name,
	    sizeof(reg->initiator_name));
	memcpy(reg->isid, n->isid, sizeof(reg->isid));
	memcpy(reg->target_name, n->target->name, sizeof(reg->target_name));
	reg->portal_group_tag = n->portal_group_tag;
	TAILQ_INSERT_TAIL(&pr->registrations, reg, link);
	pr->count++;
	return reg;
}

void
pr_remove(struct pr_state *pr, struct pr_registration *reg)
{
	TAILQ_REMOVE(&pr->registrations, reg, link);
	pr->count--;
	free(reg);
}

/* ---- nexuses ---- */

void
pr_nexus_joined(struct nexus_lu *nl)
{
	atomic_store(&nl->access, pr_access(nl->lu->pr, nl));
}

static void
pr_end_reserve6(struct lu *lu)
{
	lu->pr->reserved_by = NULL;
	pr_publish(lu);
}

void
pr_nexus_left(struct nexus_lu *nl)
{
	if (nl->lu->pr->reserved_by == nl)
		pr_end_reserve6(nl->lu);
}

void
pr_reset(struct lu *lu)
{
	if (lu->pr->reserved_by != NULL)
		pr_end_reserve6(lu);
}

/* ---- RESERVE(6), RELEASE(6) ---- */

/* CRH is 0: while any key is registered, both conflict (SPC-2 5.5.3.1). */
static struct outcome
pr_reserve6(struct nexus_lu *nl)
{
	struct pr_state *pr = nl->lu->pr;

	if (pr->count > 0)
		return RESERVATION_CONFLICT;
	if (pr->reserved_by != NULL && pr->reserved_by != nl)
		return RESERVATION_CONFLICT;
	pr->reserved_by = nl;
	pr_publish(nl->lu);
	return GOOD;
}

static struct outcome
pr_release6(struct nexus_lu *nl)
{
	struct pr_state *pr = nl->lu->pr;

	if (pr->count > 0)
		return RESERVATION_CONFLICT;
	if (pr->reserved_by == nl)
		pr_end_reserve6(nl->lu);
	return GOOD;
}

void
pr_reserve6_execute(struct task *t)
{
	struct outcome o;

	pthread_mutex_lock(&task_lu(t)->mutex);
	o = pr_reserve6(t->nl);
	pthread_mutex_unlock(&task_lu(t)->mutex);
	task_end(t, o);
}

void
pr_release6_execute(struct task *t)
{
	struct outcome o;

	pthread_mutex_lock(&task_lu(t)->mutex);
	o = pr_release6(t->nl);
	pthread_mutex_unlock(&task_lu(t)->mutex);
	task_end(t, o);
}

bool
pr_is_registered(const struct nexus_lu *nl)
{
	return pr_find(nl->lu->pr, nl->nexus) != NULL;
}
