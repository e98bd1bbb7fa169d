/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/port_group.h - REPORT TARGET PORT GROUPS (SPC-4 6.37).
 *
 * Each portal group is a target port, and the only one of its target port
 * group; both have the portal group tag as their number.  Every port reaches a
 * logical unit by the same path, so all of them are active/optimized for ever,
 * which is what TPGS 01b in INQUIRY (implicit) and no SET TARGET PORT GROUPS
 * say.
 */
#ifndef TARGET_PORT_GROUP_H
#define TARGET_PORT_GROUP_H

#include "target/cmd.h"

/* Both formats: with and without the extended header. */
struct outcome port_group_report_prepare(struct task *t);
void port_group_report_execute(struct task *t);

#endif
