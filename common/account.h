/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/account.h - users and groups by name.
 */
#ifndef COMMON_ACCOUNT_H
#define COMMON_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_USERS  "/etc/passwd"
#define ACCOUNT_GROUPS "/etc/group"

/*
 * The number of name in that file; a name of digits is the number itself.
 * False: there is no such one.  Only the local file is asked: what getpwnam()
 * asks may block, and ends the process when memory is short.
 */
bool account_find(const char *file, const char *name, uint32_t *id);

#endif
