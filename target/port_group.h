/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/port_group.h - REPORT and SET TARGET PORT GROUPS (SPC-4 6.37, 6.44).
 *
 * Each portal group is a target port, and the only one of its target port
 * group; both have the portal group tag as their number.  The configuration
 * says in which asymmetric access state (SPC-4 5.15) a target has each; a new
 * configuration may change them, and where the target has explicit_access, so
 * may initiators.  Every change is 06/2A/06 to whoever did not ask for it.
 */
#ifndef TARGET_PORT_GROUP_H
#define TARGET_PORT_GROUP_H

#include "target/cmd.h"

/* Both formats: with and without the extended header. */
struct outcome port_group_report_prepare(struct task *t);
void port_group_report_execute(struct task *t);

/*
 * The whole list is checked first: one that is cut off is 05/1A/00, a group
 * that the target has not, and a state that no group can be in, 05/26/00.  A
 * group takes its state for all logical units of the target, at once.  05/24/00
 * for the service action where initiators may set nothing.
 */
struct outcome port_group_set_prepare(struct task *t);
void port_group_set_execute(struct task *t);

#endif
