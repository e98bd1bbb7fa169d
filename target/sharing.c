/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sharing.c - who writes to an LU, and who else wants to.
 */
#include "target/sharing.h"

#include <stdio.h>
#include <strings.h>

#include "common/log.h"
#include "target/pr.h"

/* Under lu->mutex: a writer of another name, when neither is registered. */
static const struct nexus_lu *
sharing_other_writer(const struct nexus_lu *nl)
{
	const struct nexus_lu *other;

	if (pr_is_registered(nl))
		return NULL;
	LIST_FOREACH (other, &nl->lu->nexuses, link)
		if (atomic_load(&other->is_writer) &&
		    strcasecmp(other->nexus->initiator_name,
			nl->nexus->initiator_name) != 0 &&
		    !pr_is_registered(other))
			return other;
	return NULL;
}

/* Names have passed the login's check: no control characters are in them. */
static void
sharing_tell(struct nexus_lu *nl, const struct nexus_lu *holder)
{
	if (nl->sharing_told)
		return;
	nl->sharing_told = true;
	log_warning("second writer %s lun=%s initiator=\"%s\" held-by=\"%s\"",
	    nl->lu->options.sharing == LU_SHARING_EXCLUSIVE ? "refused"
							    : "allowed",
	    nl->lu->identity.name, nl->nexus->initiator_name,
	    holder->nexus->initiator_name);
}

struct outcome
sharing_admit_writer(struct nexus_lu *nl)
{
	enum lu_sharing sharing = nl->lu->options.sharing;
	const struct nexus_lu *holder = NULL;
	bool refused;

	pthread_mutex_lock(&nl->lu->mutex);
	if (sharing != LU_SHARING_SHARED)
		holder = sharing_other_writer(nl);
	if (holder != NULL)
		sharing_tell(nl, holder);
	refused = holder != NULL && sharing == LU_SHARING_EXCLUSIVE;
	atomic_store(&nl->is_writer, !refused);
	pthread_mutex_unlock(&nl->lu->mutex);
	return refused ? WRITE_PROTECTED : GOOD;
}

bool
sharing_find_conflict(struct lu *lu, struct sharing_conflict *out)
{
	const struct nexus_lu *nl, *holder = NULL;

	pthread_mutex_lock(&lu->mutex);
	LIST_FOREACH (nl, &lu->nexuses, link) {
		holder = nl->sharing_told ? sharing_other_writer(nl) : NULL;
		if (holder == NULL)
			continue;
		snprintf(out->second, sizeof(out->second), "%s",
		    nl->nexus->initiator_name);
		snprintf(out->holder, sizeof(out->holder), "%s",
		    holder->nexus->initiator_name);
		out->refused = !atomic_load(&nl->is_writer);
		break;
	}
	pthread_mutex_unlock(&lu->mutex);
	return holder != NULL;
}
