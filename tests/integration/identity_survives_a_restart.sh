#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-inq
target_with_lun "file @DIR@/disk.img; size 16M"
iscsi-inq -e 1 -c 131 "$LUN" >"$DIR/before"
target_stop TERM
target_run
iscsi-inq -e 1 -c 131 "$LUN" >"$DIR/after"
check "the same VPD 83h" -- cmp "$DIR/before" "$DIR/after"
