/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/port_group.c - REPORT TARGET PORT GROUPS.
 */
#include "target/port_group.h"

#include "common/bytes.h"
#include "target/data_in.h"

#define EXTENDED_HEADER  0x20 /* byte 1 of the CDB; 0x10 in the answer */
#define GROUP_BYTES      12   /* with its one port */
#define HEADER_MAX       8
#define ACTIVE_OPTIMIZED 0x00
#define AO_SUP           0x01
#define REPORT_MAX       (HEADER_MAX + UINT16_MAX * GROUP_BYTES)

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
port_group_append(struct data_in *r, uint16_t tag)
{
	uint8_t group[GROUP_BYTES] = { ACTIVE_OPTIMIZED, AO_SUP };

	put_be16(group + 2, tag);
	group[7] = 1; /* TARGET PORT COUNT */
	put_be16(group + 10, tag);
	data_in_append(r, group, sizeof(group));
}

void
port_group_report_execute(struct task *t)
{
	const struct target *target = t->nexus->target;
	struct data_in r = { .t = t };
	uint8_t header[HEADER_MAX] = { 0 };
	unsigned i;

	header[4] = 0x10; /* only sent with the extended header */
	data_in_append(&r, header, port_group_is_extended(t) ? 8 : 4);
	for (i = 0; i < target->port_count; i++)
		port_group_append(&r, target->ports[i]);
	if (target->port_count == 0)
		port_group_append(&r, t->nexus->portal_group_tag);
	data_in_put_be32(&r, 0, (uint32_t)r.length - 4);
	data_in_end(&r, get_be32(t->cdb + 6));
}
