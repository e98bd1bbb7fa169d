/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/sandbox_impl.h - the parts of the sandbox among themselves.
 */
#ifndef SERVER_SANDBOX_IMPL_H
#define SERVER_SANDBOX_IMPL_H

#include "config/config.h"

/* Each: 0 or -errno, then nothing has been given up. */
int sandbox_limit_calls(bool names);
int sandbox_limit_files(const struct config *config, const char *config_path);

#endif
