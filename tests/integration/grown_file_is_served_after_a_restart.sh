#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A file that somebody grew past its configured size is served whole at the next start, with a warning.
. "$(dirname "$0")/lib.sh"
need iscsi-readcapacity16
target_with_lun "file @DIR@/disk.img; size 16M"
blocks() { iscsi-readcapacity16 "$LUN" | sed -n 's/^RETURNED LOGICAL BLOCK ADDRESS:\([0-9]*\)/\1/p'; }
check "16 MiB" -- [ "$(blocks)" = 32767 ]
target_stop TERM
truncate -s 24M "$DIR/disk.img"
target_run
check "24 MiB" -- [ "$(blocks)" = 49151 ]
check "the log says so" -- grep -q 'file is larger than configured.*size=25165824 configured=16777216' "$LOG"
