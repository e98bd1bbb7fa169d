#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-readcapacity16
target_with_lun "file @DIR@/disk.img; size 16M"
sed -i 's/size 16M/size 32M/' "$DIR/tisane.conf"
kill -HUP "$PID"
grown() { iscsi-readcapacity16 "$LUN" | grep -q 'Total size:33554432'; }
wait_for 5 grown || fail "still $(iscsi-readcapacity16 "$LUN")"
