/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/target.c - a SCSI target device: a name, its ports, a LUN map.
 */
#include "target/target.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct target *
target_new(const char *name, const char *alias)
{
	struct target *target = calloc(1, sizeof *target);

	if (target == NULL)
		return NULL;
	snprintf(target->name, sizeof target->name, "%s", name);
	snprintf(target->alias, sizeof target->alias, "%s", alias);
	atomic_init(&target->references, 1);
	return target;
}

static void
target_free_names(struct lun_mapping *m)
{
	unsigned i;

	for (i = 0; i < m->initiator_name_count; i++)
		free(m->initiator_names[i]);
	free(m->initiator_names);
	m->initiator_names = NULL;
	m->initiator_name_count = 0;
}

static bool
target_copy_names(struct lun_mapping *m, char *const *names, unsigned count)
{
	unsigned i;

	if (count == 0)
		return true;
	m->initiator_names = calloc(count, sizeof *m->initiator_names);
	if (m->initiator_names == NULL)
		return false;
	for (i = 0; i < count; i++) {
		m->initiator_names[i] = strdup(names[i]);
		if (m->initiator_names[i] == NULL)
			return false;
		m->initiator_name_count++;
	}
	return true;
}

/* Where lun is, or belongs. */
static unsigned
target_find_place(const struct target *target, uint16_t lun)
{
	unsigned i;

	for (i = 0; i < target->lun_count; i++)
		if (target->luns[i].lun >= lun)
			break;
	return i;
}

/* Make room at i; false: out of memory. */
static bool
target_make_room(struct target *target, unsigned i)
{
	struct lun_mapping *luns;

	luns = realloc(
	    target->luns, (target->lun_count + 1) * sizeof *target->luns);
	if (luns == NULL)
		return false;
	target->luns = luns;
	memmove(luns + i + 1, luns + i, (target->lun_count - i) * sizeof *luns);
	target->lun_count++;
	return true;
}

bool
target_add_lun(struct target *target, uint16_t lun, struct lu *lu,
    bool read_only, char *const *initiator_names, unsigned count)
{
	struct lun_mapping m = { .lun = lun, .lu = lu, .read_only = read_only };
	unsigned i = target_find_place(target, lun);

	if (lun > LUN_MAX)
		return false;
	if (i < target->lun_count && target->luns[i].lun == lun)
		return false;
	if (!target_copy_names(&m, initiator_names, count) ||
	    !target_make_room(target, i)) {
		target_free_names(&m);
		return false;
	}
	lu_ref(lu);
	target->luns[i] = m;
	return true;
}

/* ---- ports ---- */

const char *
port_state_name(enum port_state state)
{
	static const char *const names[PORT_STATES] = {
		[PORT_ACTIVE_OPTIMIZED] = "active-optimized",
		[PORT_ACTIVE_NON_OPTIMIZED] = "active-non-optimized",
		[PORT_STANDBY] = "standby",
		[PORT_UNAVAILABLE] = "unavailable",
	};

	return names[state];
}

struct target_port *
target_find_port(const struct target *target, uint16_t portal_group_tag)
{
	unsigned i;

	for (i = 0; i < target->port_count; i++)
		if (target->ports[i].tag == portal_group_tag)
			return &target->ports[i];
	return NULL;
}

bool
target_add_port(
    struct target *target, uint16_t portal_group_tag, enum port_state state)
{
	unsigned i = target->port_count;
	struct target_port *ports;

	if (target_find_port(target, portal_group_tag) != NULL)
		return false;
	ports = realloc(target->ports, (i + 1) * sizeof *ports);
	if (ports == NULL)
		return false;
	for (; i > 0 && ports[i - 1].tag > portal_group_tag; i--)
		ports[i] = ports[i - 1];
	ports[i] = (struct target_port){
		.tag = portal_group_tag, .configured = state, .state = state
	};
	target->ports = ports;
	target->port_count++;
	return true;
}

enum port_state
target_port_state(const struct target *target, uint16_t portal_group_tag)
{
	const struct target_port *port =
	    target_find_port(target, portal_group_tag);

	return port == NULL ? PORT_ACTIVE_OPTIMIZED
			    : (enum port_state)atomic_load(&port->state);
}

void
target_inherit(struct target *target, const struct target *before)
{
	struct target_port *port;
	const struct target_port *old;
	int state;

	for (port = target->ports; port < target->ports + target->port_count;
	     port++) {
		old = target_find_port(before, port->tag);
		if (old == NULL)
			continue;
		state = atomic_load(&old->state);
		if (target->explicit_access &&
		    port->configured == old->configured) {
			atomic_store(&port->state, state);
			atomic_store(&port->status, atomic_load(&old->status));
		} else if (state != atomic_load(&port->state)) {
			atomic_store(&port->status, PORT_SET_IMPLICITLY);
		}
	}
}

bool
target_changes_states(const struct target *target, const struct target *before)
{
	unsigned i;

	for (i = 0; i < target->port_count; i++)
		if (target_port_state(before, target->ports[i].tag) !=
		    target_port_state(target, target->ports[i].tag))
			return true;
	return false;
}

bool
target_changes_inquiry(const struct target *target, const struct target *before)
{
	unsigned i;

	if (target->port_count != before->port_count ||
	    target->explicit_access != before->explicit_access)
		return true;
	for (i = 0; i < target->port_count; i++)
		if (target->ports[i].tag != before->ports[i].tag)
			return true;
	return false;
}

/* ---- life ---- */

void
target_ref(struct target *target)
{
	atomic_fetch_add_explicit(&target->references, 1, memory_order_relaxed);
}

void
target_unref(struct target *target)
{
	unsigned before, i;

	before = atomic_fetch_sub_explicit(
	    &target->references, 1, memory_order_acq_rel);
	assert(before > 0);
	if (before > 1)
		return;
	for (i = 0; i < target->lun_count; i++) {
		target_free_names(&target->luns[i]);
		lu_unref(target->luns[i].lu);
	}
	free(target->luns);
	free(target->ports);
	free(target);
}

bool
lun_mapping_visible(const struct lun_mapping *m, const char *initiator_name)
{
	unsigned i;

	if (m->initiator_name_count == 0)
		return true;
	for (i = 0; i < m->initiator_name_count; i++)
		if (fnmatch(m->initiator_names[i], initiator_name,
			FNM_CASEFOLD) == 0)
			return true;
	return false;
}

void
target_check(const struct target *target)
{
	unsigned i;

	assert(atomic_load(&target->references) > 0);
	for (i = 0; i < target->lun_count; i++) {
		assert(i == 0 || target->luns[i - 1].lun < target->luns[i].lun);
		assert(target->luns[i].lun <= LUN_MAX);
		lu_check(target->luns[i].lu);
	}
}
