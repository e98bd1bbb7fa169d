/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/iname.h - iSCSI names (RFC 7143 4.2.7, RFC 3722), names of blocks.
 */
#ifndef CONFIG_INAME_H
#define CONFIG_INAME_H

#include <stdbool.h>

#include "config/value.h"

#define INAME_BYTES_MAX       223
#define INAME_BLOCK_BYTES_MAX 63 /* what an LU's identity has room for */

/* A target's name: iqn., eui. or naa., in lower case already. */
bool iname_check_target(const char *name, struct value_fault *fault);
/* The name of a portal-group, auth-group or lun. */
bool iname_check_block(const char *name, struct value_fault *fault);
/* Change A-Z to a-z.  Was there any? */
bool iname_lower(char *name);

#endif
