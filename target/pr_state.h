/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_state.h - the reservations of one logical unit; for pr*.c only.
 *
 * Everything here is under lu->mutex, but for a table that is not in force yet.
 */
#ifndef TARGET_PR_STATE_H
#define TARGET_PR_STATE_H

#include <sys/queue.h>

#include "target/pr.h"
#include "target/turns.h"

#define PR_REGISTRATIONS_MAX 256 /* per LU; one more is 05/55/04 */

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

/* An I_T nexus known by its names, so that it outlives its sessions. */
struct pr_nexus {
	char initiator_name[ISCSI_NAME_MAX + 1];
	uint8_t isid[6];
	char target_name[ISCSI_NAME_MAX + 1];
	uint16_t portal_group_tag;
};

struct pr_registration {
	TAILQ_ENTRY(pr_registration) link;
	uint64_t key; /* never 0 */
	struct pr_nexus nexus;

	/* In a table that is not in force yet: what the change means to that
	 * nexus. */
	uint32_t tell;  /* 1 << enum unit_attention, to be established */
	bool preempted; /* PREEMPT AND ABORT: its tasks go */
	/* In the table in force: this one there, kept or removed. */
	struct pr_registration *successor;
};

TAILQ_HEAD(pr_list, pr_registration);

struct pr_table {
	struct pr_list registrations;   /* oldest first */
	struct pr_list removed;         /* by the change that is being made */
	unsigned count;                 /* of registrations */
	uint32_t generation;            /* PRGENERATION */
	enum pr_type type;              /* PR_NONE: not reserved */
	struct pr_registration *holder; /* NULL: none, or all registrants */
	bool aptpl;                     /* outlives a power loss */
};

struct pr_state {
	struct pr_table *table;       /* in force */
	struct nexus_lu *reserved_by; /* RESERVE(6); NULL: not */
	struct lu_store *store;       /* NULL: none */
	bool stale; /* what is kept may not be what is in force */
	struct turns changes;
};

/* ---- pr_table.c ---- */

struct pr_table *pr_table_new(void);
void pr_table_free(struct pr_table *table);
/* A copy, and the successors in table.  NULL: out of memory. */
struct pr_table *pr_table_copy(const struct pr_table *table);

void pr_nexus_of(struct pr_nexus *out, const struct nexus *n);
/* NULL: not registered. */
struct pr_registration *pr_find(
    const struct pr_table *table, const struct nexus *n);
struct pr_registration *pr_find_named(
    const struct pr_table *table, const struct pr_nexus *nexus);
/* NULL: as many as there may be, or out of memory. */
struct pr_registration *pr_add(
    struct pr_table *table, const struct pr_nexus *nexus, uint64_t key);
/* To removed.  The reservation must be settled by the caller. */
void pr_remove(struct pr_table *table, struct pr_registration *reg);

/* ---- pr_access.c ---- */

bool pr_type_is_valid(uint8_t type);
bool pr_type_is_all_registrants(enum pr_type type);
/* Registrants learn of its end: 06/2A/04, SPC-4 5.13.11. */
bool pr_type_is_for_registrants(enum pr_type type);
bool pr_is_holder(
    const struct pr_table *table, const struct pr_registration *reg);
/* What the state lets nl do. */
uint32_t pr_access(const struct lu *lu, const struct nexus_lu *nl);
/* Compute and store the access bits of every nexus of the LU. */
void pr_publish(struct lu *lu);

/* ---- pr_image.c ---- */

/*
 * What is kept of a table, malloc()ed: nothing (0 bytes) without APTPL.  NULL:
 * out of memory.
 */
char *pr_image_encode(const struct pr_table *table, size_t *bytes);
/* NULL: not such a text, or out of memory. */
struct pr_table *pr_image_decode(const char *text, size_t bytes);

/* ---- pr_transport_id.c ---- */

#define PR_TRANSPORT_ID_MAX 256

/* iSCSI initiator port TransportID (SPC-4 7.6.4.6); its length. */
size_t pr_transport_id_encode(
    const struct pr_nexus *nexus, uint8_t id[PR_TRANSPORT_ID_MAX]);

struct pr_transport_id {
	size_t length;
	bool any_port; /* form 0: a name, and all its ports */
	char name[ISCSI_NAME_MAX + 1];
	uint8_t isid[6];
};

/* False: none of iSCSI's, or longer than bytes; out->length is 0 then when it
 * goes beyond bytes. */
bool pr_transport_id_decode(
    const uint8_t *data, size_t bytes, struct pr_transport_id *out);

#endif
