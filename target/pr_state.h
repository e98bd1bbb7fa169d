/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_state.h - the reservations of one logical unit; for pr*.c only.
 *
 * Everything here is under lu->mutex.
 */
#ifndef TARGET_PR_STATE_H
#define TARGET_PR_STATE_H

#include <sys/queue.h>

#include "target/pr.h"

#define PR_REGISTRATIONS_MAX 128 /* per LU; one more is 05/55/04 */

/* SPC-4 6.15.3.  The last two are held by every registrant. */
enum pr_type {
	PR_NONE = 0,
	PR_WRITE_EXCLUSIVE = 1,
	PR_EXCLUSIVE_ACCESS = 3,
	PR_WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 5,
	PR_EXCLUSIVE_ACCESS_REGISTRANTS_ONLY = 6,
	PR_WRITE_EXCLUSIVE_ALL_REGISTRANTS = 7,
	PR_EXCLUSIVE_ACCESS_ALL_REGISTRANTS = 8,
};

/*
 * An I_T nexus, known by its names, so that it outlives its sessions.  With
 * all_target_ports it stands for that initiator port at every port of that
 * target, and is changed or removed as one.
 */
struct pr_registration {
	TAILQ_ENTRY(pr_registration) link;
	uint64_t key; /* never 0 */
	char initiator_name[ISCSI_NAME_MAX + 1];
	uint8_t isid[6];
	char target_name[ISCSI_NAME_MAX + 1];
	uint16_t portal_group_tag;
	bool all_target_ports;
};

struct pr_state {
	TAILQ_HEAD(, pr_registration) registrations; /* oldest first */
	unsigned count;
	uint32_t generation;            /* PRGENERATION */
	enum pr_type type;              /* PR_NONE: not reserved */
	struct pr_registration *holder; /* NULL: none, or all registrants */
	struct nexus_lu *reserved_by;   /* RESERVE(6); NULL: not */
};

/* ---- pr.c ---- */

/* NULL: not registered.  Its own target port goes before all target ports. */
struct pr_registration *pr_find(
    const struct pr_state *pr, const struct nexus *n);
/* NULL: as many as there may be, or out of memory. */
struct pr_registration *pr_add(
    struct pr_state *pr, const struct nexus *n, uint64_t key);
/* Frees it.  The reservation must be settled by the caller. */
void pr_remove(struct pr_state *pr, struct pr_registration *reg);

/* ---- pr_access.c ---- */

bool pr_type_is_valid(uint8_t type);
bool pr_type_is_all_registrants(enum pr_type type);
/* Registrants learn of its end: 06/2A/04, SPC-4 5.13.11. */
bool pr_type_is_for_registrants(enum pr_type type);
bool pr_is_holder(const struct pr_state *pr, const struct pr_registration *reg);
/* What the state lets nl do; reg is its registration or NULL. */
uint32_t pr_access(const struct pr_state *pr, const struct nexus_lu *nl);
/* Compute and store the access bits of every nexus of the LU. */
void pr_publish(struct lu *lu);

#endif
