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

struct target {
	char name[ISCSI_NAME_MAX + 1];
	char alias[256];          /* may be empty */
	struct lun_mapping *luns; /* ascending by lun */
	unsigned lun_count;
	uint16_t *ports; /* target ports: portal group tags, ascending */
	unsigned port_count;
	_Atomic unsigned references;
};

/* One reference, no LUNs.  NULL: out of memory. */
struct target *target_new(const char *name, const char *alias);
/* Takes a reference on lu; copies the globs.  False: out of memory or taken. */
bool target_add_lun(struct target *target, uint16_t lun, struct lu *lu,
    bool read_only, char *const *initiator_names, unsigned count);
/* A target port.  False: out of memory or taken. */
bool target_add_port(struct target *target, uint16_t portal_group_tag);
bool target_has_port(const struct target *target, uint16_t portal_group_tag);
void target_ref(struct target *target);
void target_unref(struct target *target);

/* May this initiator see the mapping?  Globs as in fnmatch(3). */
bool lun_mapping_visible(
    const struct lun_mapping *m, const char *initiator_name);

/* Tests, while no other thread runs: assert what must hold. */
void target_check(const struct target *target);

#endif
