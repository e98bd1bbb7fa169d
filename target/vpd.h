/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/vpd.h - vital product data pages 00 80 83 86 87 88 8F B0 B1 B2 (SPC-4
 * 7.8, SBC-3 6.6).
 *
 * One table of pages: page 00h lists what the table has and the logical unit
 * can do.
 */
#ifndef TARGET_VPD_H
#define TARGET_VPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/nexus.h"

/* What follows the header of any page but 88h: 83h with an iSCSI name of 223
 * bytes in two designators is the longest. */
#define VPD_MAX 1024

/* Is it listed in page 00h?  Without a logical unit (NULL), only 00h is. */
bool vpd_page_exists(const struct nexus_lu *nl, uint8_t page);

/* For the prepare and the execute function of INQUIRY with EVPD: bytes that the
 * page has at most, and the page, which exists; the task ends. */
size_t vpd_max(const struct nexus *n, const struct nexus_lu *nl, uint8_t page);
void vpd_answer(struct task *t, uint8_t page);

/* The NAA designator of a logical unit: fill p, at most 20 bytes, and return
 * the length in bytes. */
size_t vpd_naa_of_lu(const struct lu_identity *id, uint8_t *p);

/*
 * The designators that page 83h has for the logical unit itself: fill p, with
 * room for VPD_MAX zeroed bytes, and return the length in bytes.
 */
size_t vpd_designators_of_lu(const struct lu_identity *id, uint8_t *p);

#endif
