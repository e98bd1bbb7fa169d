/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/offer.h - a service to log in to, and texts in a form that
 * can be read: pairs separated by ";" in place of the NUL behind each.
 */
#ifndef TESTS_UNIT_ISCSI_OFFER_H
#define TESTS_UNIT_ISCSI_OFFER_H

#include <stddef.h>
#include <stdint.h>

#include "iscsi/service.h"

#define OFFER_TEXT_MAX 70000 /* bytes */

/* Portal groups. */
extern struct portal_group offer_lan;    /* tag 1, most targets */
extern struct portal_group offer_other;  /* tag 2, "elsewhere" only */
extern struct portal_group offer_moved;  /* redirects every login */
extern struct portal_group offer_secure; /* discovery needs CHAP */

extern struct peer_address offer_peer;     /* 192.0.2.77 */
extern struct peer_address offer_peer_100; /* 198.51.100.9 */

/* Back to what offer.c's tables say; randomness is 0x11, always. */
struct service *offer_service(void);

/* ";" to NUL.  Return the bytes. */
size_t offer_text(const char *readable, uint8_t *out);
/* NUL to ";".  Return out, terminated. */
const char *offer_readable(const void *text, size_t bytes, char *out);

/* The last byte of the name: "iqn.2026-11.test:" and it. */
struct iscsi_target *offer_target(const char *name);

#endif
