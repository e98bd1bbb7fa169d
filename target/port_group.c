/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/port_group.c - REPORT and SET TARGET PORT GROUPS.
 */
#include "target/port_group.h"

#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "target/data_in.h"

#define EXTENDED_HEADER  0x20 /* byte 1 of the CDB; 0x10 in the answer */
#define GROUP_BYTES      12   /* with its one port */
#define HEADER_MAX       8
#define STATES_SUPPORTED 0x0f /* U_SUP, S_SUP, AN_SUP, AO_SUP */
#define REPORT_MAX       (HEADER_MAX + UINT16_MAX * GROUP_BYTES)
#define SET_HEADER       4
#define SET_BYTES        4 /* a set target port group descriptor */
#define SET_MAX          (SET_HEADER + 64 * SET_BYTES)

/* ---- REPORT TARGET PORT GROUPS ---- */

static bool
port_group_is_extended(const struct task *t)
{
	return (t->cdb[1] & EXTENDED_HEADER) != 0;
}

struct outcome
port_group_report_prepare(struct task *t)
{
	task_expect_data_in(
	    t, (uint32_t)min_u64(get_be32(t->cdb + 6), REPORT_MAX));
	return GOOD;
}

static void
port_group_append(struct data_in *r, const struct target_port *port)
{
	uint8_t group[GROUP_BYTES] = { 0, STATES_SUPPORTED };

	group[0] = (uint8_t)atomic_load(&port->state);
	put_be16(group + 2, port->tag);
	group[5] = (uint8_t)atomic_load(&port->status);
	group[7] = 1; /* TARGET PORT COUNT */
	put_be16(group + 10, port->tag);
	data_in_append(r, group, sizeof(group));
}

void
port_group_report_execute(struct task *t)
{
	const struct target *target = t->nexus->target;
	const struct target_port own = { .tag = t->nexus->portal_group_tag };
	struct data_in r = { .t = t };
	uint8_t header[HEADER_MAX] = { 0 };
	unsigned i;

	header[4] = 0x10; /* only sent with the extended header */
	data_in_append(&r, header, port_group_is_extended(t) ? 8 : 4);
	for (i = 0; i < target->port_count; i++)
		port_group_append(&r, &target->ports[i]);
	if (target->port_count == 0)
		port_group_append(&r, &own);
	data_in_put_be32(&r, 0, (uint32_t)r.length - 4);
	data_in_end(&r, get_be32(t->cdb + 6));
}

/* ---- SET TARGET PORT GROUPS ---- */

struct outcome
port_group_set_prepare(struct task *t)
{
	uint32_t length = get_be32(t->cdb + 6);

	if (!t->nexus->target->explicit_access)
		return invalid_field_in_cdb(1, 4);
	if (length > SET_MAX)
		return PARAMETER_LIST_LENGTH;
	task_expect_data_out(t, length, 1);
	return t->data_out_wanted < length ? PARAMETER_LIST_LENGTH : GOOD;
}

static struct outcome
port_group_check_set(
    const struct target *target, const uint8_t *list, unsigned length)
{
	unsigned at;

	if (length < SET_HEADER || length % SET_BYTES != 0)
		return PARAMETER_LIST_LENGTH;
	for (at = SET_HEADER; at < length; at += SET_BYTES) {
		if ((list[at] & 0x0f) >= PORT_STATES)
			return invalid_field_in_list(at, 3);
		if (target_find_port(target, get_be16(list + at + 2)) == NULL)
			return invalid_field_in_list(at + 2, -1);
	}
	return GOOD;
}

/* Has it another state than before? */
static bool
port_group_set_one(const struct task *t, const uint8_t *descriptor)
{
	struct target_port *port =
	    target_find_port(t->nexus->target, get_be16(descriptor + 2));
	int state = descriptor[0] & 0x0f;
	bool changed = atomic_exchange(&port->state, state) != state;

	atomic_store(&port->status, PORT_SET_BY_COMMAND);
	if (changed)
		log_notice("port state set target=%s tag=%u state=%s "
			   "initiator=\"%s\"",
		    t->nexus->target->name, port->tag, port_state_name(state),
		    t->nexus->initiator_name);
	return changed;
}

/* Have every nexus at lu by this target look at its port again. */
static void
port_group_publish(const struct task *t, struct lu *lu)
{
	const struct target *target = t->nexus->target;
	struct nexus_lu *nl;

	pthread_mutex_lock(&lu->mutex);
	LIST_FOREACH (nl, &lu->nexuses, link) {
		if (strcmp(nl->nexus->target_name, target->name) != 0)
			continue;
		nexus_lu_take_port_state(nl, target);
		if (nl->nexus != t->nexus)
			nexus_lu_establish_attention(
			    nl, UA_ACCESS_STATE_CHANGED);
	}
	pthread_mutex_unlock(&lu->mutex);
}

void
port_group_set_execute(struct task *t)
{
	const struct target *target = t->nexus->target;
	unsigned length = t->data_out_wanted, i;
	uint8_t list[SET_MAX];
	struct outcome o = GOOD;
	bool changed = false;

	/* A PARAMETER LIST LENGTH of 0 is no error (SPC-4 6.44). */
	if (length > 0) {
		buf_list_read(&t->data, 0, list, length);
		o = port_group_check_set(target, list, length);
	}
	for (i = SET_HEADER; outcome_good(o) && i < length; i += SET_BYTES)
		changed |= port_group_set_one(t, list + i);
	for (i = 0; changed && i < target->lun_count; i++)
		port_group_publish(t, target->luns[i].lu);
	task_end(t, o);
}
