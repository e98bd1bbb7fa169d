/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr.c - what is kept, nexuses that come and go, RESERVE(6) and
 * RELEASE(6).
 */
#include <assert.h>
#include <stdlib.h>

#include "target/medium.h"
#include "target/pr_change.h"

struct pr_state *
pr_new(void)
{
	struct pr_state *pr = calloc(1, sizeof(*pr));

	if (pr == NULL)
		return NULL;
	TAILQ_INIT(&pr->changes);
	pr->table = pr_table_new();
	if (pr->table != NULL)
		return pr;
	free(pr);
	return NULL;
}

void
pr_free(struct pr_state *pr)
{
	if (pr == NULL)
		return;
	assert(TAILQ_EMPTY(&pr->changes));
	pr_table_free(pr->table);
	free(pr);
}

/* ---- what is kept ---- */

void
pr_set_store(struct lu *lu, struct lu_store *store)
{
	lu->pr->store = store;
}

bool
pr_restore(struct lu *lu, const char *text, size_t bytes)
{
	struct pr_table *table = pr_image_decode(text, bytes);

	if (table == NULL)
		return false;
	pthread_mutex_lock(&lu->mutex);
	pr_table_free(lu->pr->table);
	lu->pr->table = table;
	atomic_store(&lu->reservations_unknown, false);
	pr_publish(lu);
	pthread_mutex_unlock(&lu->mutex);
	return true;
}

void
pr_set_unknown(struct lu *lu)
{
	atomic_store(&lu->reservations_unknown, true);
}

bool
pr_is_unknown(const struct lu *lu)
{
	return atomic_load(&lu->reservations_unknown);
}

struct outcome
pr_refusal(const struct lu *lu)
{
	struct outcome o;

	if (!pr_is_unknown(lu))
		return RESERVATION_CONFLICT;
	o = medium_store(lu);
	return outcome_good(o) ? MANUAL_INTERVENTION_REQUIRED : o;
}

/* ---- nexuses ---- */

void
pr_nexus_joined(struct nexus_lu *nl)
{
	atomic_store(&nl->access, pr_access(nl->lu, nl));
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

bool
pr_is_registered(const struct nexus_lu *nl)
{
	return pr_find(nl->lu->pr->table, nl->nexus) != NULL;
}

void
pr_summary(struct lu *lu, unsigned *registrations, unsigned *type)
{
	pthread_mutex_lock(&lu->mutex);
	*registrations = lu->pr->table->count;
	*type = lu->pr->table->type;
	pthread_mutex_unlock(&lu->mutex);
}

/* ---- RESERVE(6), RELEASE(6) ---- */

/* CRH is 1, SPC-4 5.13.3: those whom the persistent reservation admits need no
 * other one. */
static bool
pr_is_enough(const struct pr_table *table, const struct nexus_lu *nl)
{
	const struct pr_registration *reg = pr_find(table, nl->nexus);

	return pr_is_holder(table, reg) ||
	       (reg != NULL && pr_type_is_for_registrants(table->type));
}

static struct outcome
pr_reserve6(struct pr_change *c)
{
	struct nexus_lu *nl = c->t->nl;
	struct pr_state *pr = nl->lu->pr;

	if (pr_is_enough(pr->table, nl))
		return GOOD;
	if (pr->table->count > 0)
		return RESERVATION_CONFLICT;
	if (pr->reserved_by != NULL && pr->reserved_by != nl)
		return RESERVATION_CONFLICT;
	pr->reserved_by = nl;
	pr_publish(nl->lu);
	return GOOD;
}

static struct outcome
pr_release6(struct pr_change *c)
{
	struct nexus_lu *nl = c->t->nl;
	struct pr_state *pr = nl->lu->pr;

	if (pr_is_enough(pr->table, nl))
		return GOOD;
	if (pr->table->count > 0)
		return RESERVATION_CONFLICT;
	if (pr->reserved_by == nl)
		pr_end_reserve6(nl->lu);
	return GOOD;
}

void
pr_reserve6_execute(struct task *t)
{
	pr_change_execute(t, pr_reserve6, false);
}

void
pr_release6_execute(struct task *t)
{
	pr_change_execute(t, pr_release6, false);
}
