/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/spc.h - TEST UNIT READY, REQUEST SENSE, INQUIRY, REPORT LUNS.
 *
 * INQUIRY, REQUEST SENSE and REPORT LUNS are answered where there is no
 * logical unit too (SAM-5 4.8.2), and never end with a unit attention.
 */
#ifndef TARGET_SPC_H
#define TARGET_SPC_H

#include "target/cmd.h"

/* INQUIRY data byte 0, SPC-4 6.6.2 */
#define PERIPHERAL_DISK 0x00 /* connected, direct access block device */
#define PERIPHERAL_NONE 0x7f /* no logical unit here */

/*
 * GOOD, unless medium_check() has something against it: the store is open, and
 * what fails does so with the command that needs it.  SPC-4 6.47.
 */
void spc_test_unit_ready_execute(struct task *t);

/*
 * The pending unit attention, which is thereby delivered, as parameter data in
 * the format that DESC asks for; else the unit's condition (medium.h), or NO
 * SENSE.  Where there is no logical
 * unit, 05/25/00 as data.  SPC-4 6.39.
 */
struct outcome spc_request_sense_prepare(struct task *t);
void spc_request_sense_execute(struct task *t);

/*
 * Standard data (SPC-4 6.6.2), or with EVPD a page of vpd.h.  05/24/00 for a
 * page code without EVPD, and for a page that is not in VPD 00h.
 */
struct outcome spc_inquiry_prepare(struct task *t);
void spc_inquiry_execute(struct task *t);

/*
 * The LUNs that this nexus sees, each once, ascending; empty for the kinds of
 * logical unit that do not exist here (well known, administrative,
 * subsidiary).  05/24/00 for any other SELECT REPORT, and for 10h and 11h sent
 * to another LUN than 0.  Takes 3F/0E back from every LU of the nexus.
 * SPC-4 6.33.
 */
struct outcome spc_report_luns_prepare(struct task *t);
void spc_report_luns_execute(struct task *t);

#endif
