#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A new LUN appears by SIGHUP; a bad file changes nothing.
. "$(dirname "$0")/lib.sh"
need iscsi-ls iscsi-inq
target_with_lun "file @DIR@/disk.img; size 16M"
echo 'target {' >>"$DIR/tisane.conf"
kill -HUP "$PID"
wait_for 20 grep -q 'tisane.conf:' "$LOG" || fail "the error is not logged"
check "the old configuration serves on" -- iscsi-inq "$LUN"

target_conf <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { file @DIR@/disk.img; size 16M }
lun more { ram; size 32M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk; lun 7 more }
C
kill -HUP "$PID"
sees_7() { grep -q 'Lun:7' <<<"$(iscsi-ls -s "$URL")"; }
wait_for 20 sees_7 || fail "LUN 7 does not appear"
