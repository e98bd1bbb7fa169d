/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/target.h - a SCSI target device: a name, its ports, a LUN map.
 *
 * Made by the shell from the configuration; immutable once made.  A changed
 * configuration makes a new one, and nexus_remap() moves nexuses over.
 */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "target/lu.h"

#define ISCSI_NAME_MAX 223 /* bytes, RFC 7143 4.2.7.1 */
#define LUN_MAX        16383

struct lun_mapping {
	uint16_t lun;
	struct lu *lu; /* holds a reference */
	bool read_only;
	/* Globs of initiator names that see it; none: all who may log in. */
	char **initiator_names;
	unsigned initiator_name_count;
};

/* Asymmetric access states of a port, by their codes (SPC-4 5.15.2). */
enum port_state {
	PORT_ACTIVE_OPTIMIZED,
	PORT_ACTIVE_NON_OPTIMIZED,
	PORT_STANDBY,
	PORT_UNAVAILABLE,
	PORT_STATES,
};

/* "standby": as the configuration has it. */
const char *port_state_name(enum port_state state);

/* STATUS CODE of REPORT TARGET PORT GROUPS. */
enum port_status { PORT_AS_MADE, PORT_SET_BY_COMMAND, PORT_SET_IMPLICITLY };

struct target_port {
	uint16_t tag;               /* of its portal group */
	enum port_state configured; /* the first state */
	/* What SET TARGET PORT GROUPS changes, any thread. */
	_Atomic int state;  /* enum port_state */
	_Atomic int status; /* enum port_status */
};

struct target {
	char name[ISCSI_NAME_MAX + 1];
	char alias[256];          /* may be empty */
	struct lun_mapping *luns; /* ascending by lun */
	unsigned lun_count;
	struct target_port *ports; /* ascending by tag */
	unsigned port_count;
	bool explicit_access; /* initiators may set the states of ports */
	_Atomic unsigned references;
};

/* One reference, no LUNs.  NULL: out of memory. */
struct target *target_new(const char *name, const char *alias);
/* Takes a reference on lu; copies the globs.  False: out of memory or taken. */
bool target_add_lun(struct target *target, uint16_t lun, struct lu *lu,
    bool read_only, char *const *initiator_names, unsigned count);
/* A target port.  False: out of memory or taken. */
bool target_add_port(
    struct target *target, uint16_t portal_group_tag, enum port_state state);
/* NULL: no such port. */
struct target_port *target_find_port(
    const struct target *target, uint16_t portal_group_tag);
/* Active/optimized where there is no such port. */
enum port_state target_port_state(
    const struct target *target, uint16_t portal_group_tag);
/*
 * target takes the place of before, and nobody uses it yet: states that were
 * set by a command stay, unless the configured one is another now.
 */
void target_inherit(struct target *target, const struct target *before);
/* Is any port's state not what it was? */
bool target_changes_states(
    const struct target *target, const struct target *before);
/* Is what INQUIRY says of the target and its ports not what it was? */
bool target_changes_inquiry(
    const struct target *target, const struct target *before);
void target_ref(struct target *target);
void target_unref(struct target *target);

/* May this initiator see the mapping?  Globs as in fnmatch(3). */
bool lun_mapping_visible(
    const struct lun_mapping *m, const char *initiator_name);

/* Tests, while no other thread runs: assert what must hold. */
void target_check(const struct target *target);

#endif
