/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/version.h - the release.
 */
#ifndef COMMON_VERSION_H
#define COMMON_VERSION_H

#define TISANE_VERSION "0.1"
#define TISANE_CONFIG  "/etc/tisane/tisane.conf"
#define TISANE_CONTROL "/run/tisane/control.sock"

#endif
