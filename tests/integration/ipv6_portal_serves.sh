#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-inq
[ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6 || skip "no IPv6 loopback"
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@; listen [::1]:@PORT@ }
lun a { ram; size 1M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 a }
C
check "login over IPv6" -- iscsi-inq "iscsi://[::1]:$PORT/$IQN/0"
grep -q "\[::1\]:$PORT" <<<"$(iscsi-ls "iscsi://[::1]:$PORT")" || fail "no IPv6 portal in discovery"
