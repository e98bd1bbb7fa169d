#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Two daemons, or QEMU and the daemon, on one file: refused with a clear message.
. "$(dirname "$0")/lib.sh"
need qemu-io
target_with_lun "file @DIR@/disk.img; size 16M"
refute "qemu-io on a served file" -- qemu-io -f raw -c 'write 0 4k' "$DIR/disk.img"
grep -q lock <<<"$out" || fail "QEMU gave another reason: $out"

sed -e "s/:$PORT/:$(free_port)/" -e "s|/state$|/state2|" -e "s|control.sock|second.sock|" "$DIR/tisane.conf" >"$DIR/second.conf"
refute "a second daemon" -- timeout 20 "$TISANED" -c "$DIR/second.conf"
grep -q "disk.img" <<<"$out" || fail "the file is not named: $out"
target_stop TERM

stdbuf -oL qemu-io -f raw -c 'write 0 4k' -c 'sleep 600000' "$DIR/disk.img" >"$DIR/qemu" &
children+=($!)
wait_for 20 grep -q wrote "$DIR/qemu" || fail "QEMU does not hold it"
refute "a file that QEMU holds" -- timeout 20 "$TISANED" -c "$DIR/tisane.conf"
grep -q "disk.img" <<<"$out" || fail "the file is not named: $out"
