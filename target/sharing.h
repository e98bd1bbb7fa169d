/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sharing.h - a guard against a second writer by mistake.
 *
 * An LU that is not meant to be shared has one initiator that writes.  Another
 * one is warned about (enum lu_sharing LU_SHARING_WARN) or may not write until
 * the first has gone (LU_SHARING_EXCLUSIVE).  Initiators are told apart by
 * name: live migration and multipath use one name with several ISIDs.  Nexuses
 * registered for persistent reservations know what they do and never conflict.
 */
#ifndef TARGET_SHARING_H
#define TARGET_SHARING_H

#include "target/nexus.h"
#include "target/sense.h"

/* Two initiators that are in each other's way. */
struct sharing_conflict {
	char second[ISCSI_NAME_MAX + 1];
	char holder[ISCSI_NAME_MAX + 1];
	bool refused; /* the second may not write; else both do */
};

/* The slow half: takes lu->mutex, once for each nexus that may write. */
struct outcome sharing_admit_writer(struct nexus_lu *nl);

/*
 * Any thread: is a second writer there, of whom the log has told?  Fills *out.
 * It lasts until one of the two has gone or is registered.
 */
bool sharing_find_conflict(struct lu *lu, struct sharing_conflict *out);

/*
 * May nl write now?  GOOD or WRITE PROTECTED, and a log line the first time
 * that it is in another's way.  Home thread.
 */
static inline struct outcome
sharing_check(struct nexus_lu *nl)
{
	if (atomic_load_explicit(&nl->is_writer, memory_order_relaxed))
		return GOOD;
	return sharing_admit_writer(nl);
}

#endif
