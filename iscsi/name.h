/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/name.h - the form of iSCSI names, RFC 7143 4.2.7 and RFC 3722.
 */
#ifndef ISCSI_NAME_H
#define ISCSI_NAME_H

#include <stdbool.h>

#include "target/target.h"

/*
 * Copy a name in the form in which names are compared: ASCII letters in lower
 * case.  False, and an empty out, when it is none: longer than 223 bytes,
 * neither iqn.YYYY-MM., eui. nor naa., a character that RFC 3722 prohibits
 * ("_" passes: hypervisors put the virtual machine's name in), not UTF-8.
 */
bool iscsi_name_normalize(char out[ISCSI_NAME_MAX + 1], const char *name);

#endif
