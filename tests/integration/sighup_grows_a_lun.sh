#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-readcapacity16
target_with_lun "file @DIR@/disk.img; size 16M"
sed -i 's/size 16M/size 32M/' "$DIR/tisane.conf"
kill -HUP "$PID"
grown() { grep -q 'Total size:33554432' <<<"$(iscsi-readcapacity16 "$LUN")"; }
wait_for 20 grown || fail "still $(iscsi-readcapacity16 "$LUN")"

# and does not make it smaller
sed -i 's/size 32M/size 8M/' "$DIR/tisane.conf"
kill -HUP "$PID"
wait_for 20 grep -q 'lun disk is larger than its size says, and stays so' "$LOG" || fail "no warning"
applied() { [ "$(grep -c 'configuration applied' "$LOG")" -ge 2 ]; }
wait_for 20 applied || fail "no second reload"
grown || fail "it has shrunk: $(iscsi-readcapacity16 "$LUN")"
[ "$(stat -c %s "$DIR/disk.img")" = 33554432 ] || fail "the file was cut"
