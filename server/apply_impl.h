/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/apply_impl.h - between apply.c (units, the course of a plan) and
 * apply_portals.c (the ports that it listens on).
 */
#ifndef SERVER_APPLY_IMPL_H
#define SERVER_APPLY_IMPL_H

#include "server/apply.h"

#define PLAN_WHY 512

struct plan_unit {
	const struct config_lun *lun;
	const struct config_lun *old; /* of a unit that runs already */
	struct unit *unit;            /* NULL: could not be opened */
	bool kept;                    /* it runs already */
	struct unit *lost;            /* that unit is opened again instead of */
};

struct plan_portal {
	const struct config_portal_group *of;
	unsigned group; /* its index */
	char address[ADDRESS_TEXT_MAX];
	struct listener *listener; /* NULL: the one that is there */
};

struct plan {
	struct server *server;
	struct config *config;
	struct plan_unit *units;
	struct unit **switched; /* room for them, as the server has them */
	unsigned unit_count;
	struct plan_portal *portals;
	unsigned portal_count;
	struct service *service;
	struct throttle_rules *throttle_rules;
	uint64_t until_ms; /* we wait for stores to open */
	unsigned errors;
};

/* One more error, with its place: in the log, and for whoever asked. */
void plan_error(struct plan *p, const struct config_place *place,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void plan_no_memory(struct plan *p);

/* ---- apply_portals.c ---- */

/* Open what is not open yet.  Errors are the plan's. */
void plan_portals(struct plan *p);
/* Close it again. */
void plan_drop_portals(struct plan *p);
/* Main thread: accept for the plan's service, and nowhere else. */
void plan_switch_portals(struct server *s, struct plan *p);

#endif
